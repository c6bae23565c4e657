"""boto3 clients of the local AWS. Used by the commands, the pump and the tests."""

from typing import Any

import boto3
from botocore.config import Config

REGION = "us-east-1"


def connect(service: str, endpoint: str) -> Any:
    """Return a boto3 client ("s3", "sqs") of the AWS at *endpoint*; the environment's account is not used."""
    return boto3.client(  # type: ignore[call-overload]
        service,
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id="local",
        aws_secret_access_key="local",
        config=Config(proxies={}, s3={"addressing_style": "path"}),
    )
