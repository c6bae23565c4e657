"""S3 over HTTP: what it says of an object, and what is made of it when it says no; see `test_store` for the port."""

import boto3
import pytest
from botocore.config import Config

from connector.adapters.s3 import S3
from connector.errors import ConnectorError, ForbiddenError, RefusedError, UnavailableError
from local.aws.client import connect
from local.aws.server import Aws
from tests.integration.scripted import Scripted

NO_RETRY = Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"})


def refusal(status: int, code: str) -> tuple[int, str]:
    return status, f"<Error><Code>{code}</Code><Message>no</Message></Error>"


def store(url: str) -> S3:
    return S3(
        boto3.client(
            "s3",
            endpoint_url=url,
            region_name="us-east-1",
            aws_access_key_id="local",
            aws_secret_access_key="local",
            config=NO_RETRY,
        )
    )


def test_read(aws: Aws) -> None:
    """One request tells all of an object: nothing is inferred, and what S3 does not say is empty."""
    s3 = connect("s3", aws.url)
    s3.create_bucket(Bucket="read")
    s3.put_object(Bucket="read", Key="a.csv.gz", Body=b"x" * 70_000, ContentEncoding="gzip", Metadata={"by": "nightly"})

    stat = store(aws.url).read("read", "a.csv.gz")

    assert stat is not None
    assert stat.size == 70_000
    assert (stat.storage_class, stat.version, stat.disposition) == ("STANDARD", "", "")
    assert (stat.lock_mode, stat.lock_until, stat.legal_hold) == (None, None, None)
    assert stat.modified.tzinfo is not None


@pytest.mark.parametrize("code", ["InvalidRange", "InvalidObjectState"])
def test_gone_in_between(script: Scripted, code: str) -> None:
    """An object without a body to give that is deleted before the second request is no object."""
    script.answers = {"GET": refusal(416 if code == "InvalidRange" else 403, code), "HEAD": (404, "")}

    assert store(script.url).read("bucket", "a.csv") is None


REFUSALS = [
    pytest.param((403, "AccessDenied"), ForbiddenError, "s3:ListBucket", id="denied"),
    pytest.param((404, "NoSuchBucket"), RefusedError, "NoSuchBucket", id="no bucket"),
    pytest.param((400, "InvalidRequest"), RefusedError, "InvalidRequest", id="customer's key"),
    pytest.param((429, "TooManyRequests"), UnavailableError, "429", id="too many"),
    pytest.param((500, "InternalError"), UnavailableError, "500 InternalError", id="fault"),
    pytest.param((503, "SlowDown"), UnavailableError, "503 SlowDown", id="slow down"),
]


@pytest.mark.parametrize(("answer", "error", "says"), REFUSALS)
def test_refusals(script: Scripted, answer: tuple[int, str], error: type[ConnectorError], says: str) -> None:
    """No refusal is taken for a missing object, and each error names the object and the way out."""
    script.answers = {"GET": refusal(*answer)}

    with pytest.raises(error, match=rf"s3://bucket/a\.csv: .*{says}"):
        store(script.url).read("bucket", "a.csv")
    with pytest.raises(error, match=rf"s3://bucket/p/\*: .*{says}"):
        list(store(script.url).pages("bucket", "p/"))


def test_denied_head(script: Scripted) -> None:
    """A HEAD that is denied is an error, too."""
    script.answers = {"GET": refusal(416, "InvalidRange"), "HEAD": (403, "")}

    with pytest.raises(ForbiddenError, match="S3 denies access"):
        store(script.url).read("bucket", "a.csv")


def test_unreachable() -> None:
    """An S3 that does not answer is not one without the object."""
    nobody = store("http://127.0.0.1:1")

    with pytest.raises(UnavailableError, match="S3 does not answer"):
        nobody.read("bucket", "a.csv")
    with pytest.raises(UnavailableError, match="S3 does not answer"):
        list(nobody.pages("bucket", ""))
