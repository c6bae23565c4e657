"""S3 over HTTP: what it says of an object, and what is made of it when it says no; see `test_store` for the port."""

import boto3
import pytest
from botocore.config import Config

from connector.adapters.s3 import S3
from connector.errors import ConnectorError, CredentialsError, ForbiddenError, RefusedError, UnavailableError
from local.aws.client import connect
from local.aws.faults import Fault, Kind, answers
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
    """One request returns all values of an object: nothing is inferred, and missing values are empty."""
    s3 = connect("s3", aws.url)
    s3.create_bucket(Bucket="read")
    s3.put_object(Bucket="read", Key="a.csv.gz", Body=b"x" * 70_000, ContentEncoding="gzip", Metadata={"by": "nightly"})

    read = store(aws.url).read("read", "a.csv.gz")

    assert read is not None
    stat = read.stat
    assert stat.size == 70_000
    assert (stat.storage_class, stat.version, stat.disposition) == ("STANDARD", "", "")
    assert (stat.lock_mode, stat.lock_until, stat.legal_hold) == (None, None, None)
    assert stat.modified.tzinfo is not None


def test_many_pages(aws: Aws) -> None:
    """A listing continues where S3 says; a token that S3 has given before is an error."""
    connect("s3", aws.url).create_bucket(Bucket="many")
    for token in ("a", "b", "b"):
        text = f"<IsTruncated>true</IsTruncated><NextContinuationToken>{token}</NextContinuationToken>"
        body = f"<ListBucketResult><Name>many</Name><KeyCount>0</KeyCount>{text}</ListBucketResult>"
        aws.faults.add(Fault(Kind.ANSWER, "s3", "ListObjectsV2", text="many", answer=answers.xml(body)))
    loop, whole = store(aws.url).listing("many", "", ""), store(aws.url).listing("many", "", "")

    assert [next(loop), next(loop)] == [[], []]
    with pytest.raises(UnavailableError, match="does not say where it continues"):
        next(loop)
    assert list(whole) == [[]]

    aws.faults.add(Fault(Kind.ANSWER, "s3", "ListObjectsV2", text="many", answer=answers.xml(body)))
    assert list(store(aws.url).listing("many", "", "")) == [[], []]


@pytest.mark.parametrize("code", ["InvalidRange", "InvalidObjectState"])
def test_gone_in_between(script: Scripted, code: str) -> None:
    """An object without a body that is deleted before the second request is missing."""
    script.headers = {"x-amz-request-id": "1"}
    script.answers = {"GET": refusal(416 if code == "InvalidRange" else 403, code), "HEAD": (404, "")}

    assert store(script.url).read("bucket", "a.csv") is None


REFUSALS = [
    pytest.param((403, "AccessDenied"), ForbiddenError, "s3:ListBucket", id="denied"),
    pytest.param((404, "NoSuchBucket"), RefusedError, "NoSuchBucket", id="no bucket"),
    pytest.param((400, "InvalidRequest"), RefusedError, "InvalidRequest", id="customer's key"),
    pytest.param((429, "TooManyRequests"), UnavailableError, "429", id="too many"),
    pytest.param((400, "ExpiredToken"), CredentialsError, "ExpiredToken.*renew", id="expired"),
    pytest.param((403, "RequestTimeTooSkewed"), CredentialsError, "check the clock", id="clock"),
    pytest.param((403, "InvalidAccessKeyId"), CredentialsError, "renew", id="key id"),
    pytest.param((403, "SignatureDoesNotMatch"), CredentialsError, "renew", id="signature"),
    pytest.param((400, "RequestTimeout"), UnavailableError, "400 RequestTimeout", id="timeout"),
    pytest.param((409, "OperationAborted"), UnavailableError, "409 OperationAborted", id="aborted"),
    pytest.param((307, "TemporaryRedirect"), UnavailableError, "307 TemporaryRedirect", id="new bucket"),
    pytest.param((400, "KMS.ThrottlingException"), UnavailableError, "KMS.ThrottlingException", id="KMS throttles"),
    pytest.param((400, "KMS.DisabledException"), ForbiddenError, "has to be enabled", id="KMS key disabled"),
    pytest.param((400, "KMS.AccessDeniedException"), ForbiddenError, "kms:Decrypt", id="KMS denies"),
    pytest.param((400, "KMS.UnrecognizedClientException"), CredentialsError, "renew", id="KMS credentials"),
    pytest.param((403, "SomethingNew"), ForbiddenError, "SomethingNew", id="unknown 403"),
    pytest.param((500, "InternalError"), UnavailableError, "500 InternalError", id="fault"),
    pytest.param((503, "SlowDown"), UnavailableError, "503 SlowDown", id="slow down"),
]


@pytest.mark.parametrize(("answer", "error", "says"), REFUSALS)
def test_refusals(script: Scripted, answer: tuple[int, str], error: type[ConnectorError], says: str) -> None:
    """No error is treated as a missing object, and each names the object and the next step."""
    script.answers = {"GET": refusal(*answer)}

    with pytest.raises(error, match=rf"s3://bucket/a\.csv: .*{says}"):
        store(script.url).read("bucket", "a.csv")
    with pytest.raises(error, match=rf"s3://bucket/p/\*: .*{says}"):
        list(store(script.url).listing("bucket", "p/", ""))


HEADS = [
    pytest.param(403, {"x-amz-request-id": "1"}, UnavailableError, "403 without a reason", id="as of a wrong clock"),
    pytest.param(400, {"x-amz-request-id": "1"}, UnavailableError, "400 without a reason", id="as of an expired token"),
    pytest.param(404, {}, UnavailableError, "did not come from S3", id="a proxy's 404"),
    pytest.param(403, {}, UnavailableError, "did not come from S3", id="a proxy's 403"),
    pytest.param(302, {"Location": "https://login?s=1"}, UnavailableError, r"302 to https://login\)", id="a login"),
    pytest.param(200, {}, UnavailableError, "did not come from S3", id="a proxy's 200"),
    pytest.param(200, {"x-amz-request-id": "1"}, UnavailableError, "lacks ETag", id="no headers"),
]


@pytest.mark.parametrize(("status", "headers", "error", "says"), HEADS)
def test_head(script: Scripted, status: int, headers: dict[str, str], error: type[ConnectorError], says: str) -> None:
    """A HEAD has no body to give a reason: only S3's request id tells its word from a proxy's."""
    script.headers = headers
    script.answers = {"GET": refusal(416, "InvalidRange"), "HEAD": (status, "")}

    with pytest.raises(error, match=says):
        store(script.url).read("bucket", "a.csv")


REDIRECTIONS = [
    pytest.param({}, 1, id="a login"),
    pytest.param({"x-amz-bucket-region": "eu-west-1"}, 1, id="not S3's"),
    pytest.param({"x-amz-request-id": "1"}, 1, id="no region"),
    pytest.param({"x-amz-request-id": "1", "x-amz-bucket-region": "mars"}, 1, id="no such region"),
    pytest.param({"x-amz-request-id": "1", "x-amz-bucket-region": "eu-west-1"}, 2, id="S3's"),
]


@pytest.mark.parametrize(("headers", "times"), REDIRECTIONS)
def test_redirection(script: Scripted, headers: dict[str, str], times: int) -> None:
    """Only S3 sends a request to another region: whatever else redirects is not followed, once or without end."""
    script.headers = headers
    script.answers = dict.fromkeys(("GET", "HEAD"), (302, "<html></html>"))

    with pytest.raises(UnavailableError, match="302"):
        store(script.url).read("bucket", "a.csv")

    assert script.asked == times


def test_unsendable(script: Scripted) -> None:
    """What botocore does not even send is refused, since a retry would not be sent either."""
    with pytest.raises(RefusedError, match="cannot be sent to S3"):
        store(script.url).read("no bucket!", "a.csv")


def test_no_credentials(script: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without credentials every request fails, and the error says what to do."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", "nowhere")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "nowhere")
    nobody = boto3.session.Session().client("s3", endpoint_url=script.url, region_name="us-east-1")

    with pytest.raises(CredentialsError, match=r"no AWS credentials.*attach a role"):
        S3(nobody).read("bucket", "a.csv")


@pytest.mark.parametrize(("region", "partition"), [("us-east-1", "aws"), ("cn-north-1", "aws-cn")])
def test_partition(region: str, partition: str) -> None:
    """The partition follows the region."""
    assert S3(boto3.client("s3", region_name=region)).partition == partition


def test_unreachable() -> None:
    """No response from S3 is an error, not a missing object."""
    nobody = store("http://127.0.0.1:1")

    with pytest.raises(UnavailableError, match="no response from S3"):
        nobody.read("bucket", "a.csv")
    with pytest.raises(UnavailableError, match="no response from S3"):
        list(nobody.listing("bucket", "", ""))
