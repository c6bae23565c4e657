"""
Local versions of resources in template.yaml: the secret, the lease table, and the function's settings.

Used by `serve`, `invoke` and `demo`, so that the handler runs as it does when it is deployed.
"""

import json
from collections.abc import Mapping
from typing import Final

from botocore.exceptions import ClientError

from local.aws.client import REGION, connect
from local.aws.server import Bucket

KEY: Final = "local"
"""The API key of the catalog."""

SECRET: Final = "atlan-api-key"
SETTINGS: Final = "serve-settings"
"""The secret in which `serve` leaves its settings for the other commands."""

LEASE_TABLE: Final = "LeaseTable"
"""Its name under `sam local`: the logical id in template.yaml."""


def provide(endpoint: str) -> None:
    """Create the secret and the lease table."""
    connect("secretsmanager", endpoint).create_secret(Name=SECRET, SecretString=KEY)
    connect("dynamodb", endpoint).create_table(
        TableName=LEASE_TABLE,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "connection", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "connection", "KeyType": "HASH"}],
    )


def variables(catalog: str, aws: str) -> dict[str, str]:
    """Return the environment variables that make programs, boto3 and the AWS CLI use these two URLs."""
    return {
        "ATLAN_BASE_URL": catalog,
        "ATLAN_API_KEY": KEY,
        "DEPLOYMENT": "local",
        "RATE_LIMIT": "60000",
        "LEASE_TABLE": LEASE_TABLE,
        "AWS_ENDPOINT_URL": aws,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
    }


def publish(endpoint: str, environment: Mapping[str, str], host: str) -> None:
    """Leave the settings of `serve`, and the address it listens on, for the commands that use it."""
    left = json.dumps({"environment": dict(environment), "host": host})
    connect("secretsmanager", endpoint).create_secret(Name=SETTINGS, SecretString=left)


def published(endpoint: str) -> tuple[dict[str, str], str]:
    """Return what `serve` left; without it, something else serves AWS there, on an unknown address."""
    try:
        found = connect("secretsmanager", endpoint).get_secret_value(SecretId=SETTINGS)
    except ClientError:
        return {}, "an unknown address"
    left = json.loads(found["SecretString"])
    return left["environment"], left["host"]


def queues(bucket: Bucket) -> dict[str, str]:
    """Return the environment variables that name the queues of *bucket*."""
    return {"QUEUE_URL": bucket.queue, "DEAD_LETTER_QUEUE_URL": bucket.dead}
