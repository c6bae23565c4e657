"""S3 through boto3, read only: the current state of an object, and the keys with a prefix."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from connector.core.asset import Stat
from connector.core.budget import AWS_CONNECT, S3_READ
from connector.errors import ConnectorError, ForbiddenError, RefusedError, UnavailableError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

RANGE: Final = "bytes=0-0"
"""One byte: the headers of the response describe the object, and Content-Range has its size after the slash."""

_CONFIG: Final = Config(
    connect_timeout=AWS_CONNECT, read_timeout=S3_READ, retries={"mode": "standard", "total_max_attempts": 3}
)
_MISSING: Final = {"NoSuchKey", "404"}
_NO_BODY: Final = {"InvalidRange", "InvalidObjectState"}
"""An empty object has no range, and an archived one no body; neither response describes the object."""

_ON_OFF: Final = {"ON": True, "OFF": False}


class S3:
    """The store port."""

    def __init__(self, client: "S3Client | None" = None) -> None:
        self._client = client or boto3.client("s3", config=_CONFIG)

    def read(self, bucket: str, key: str) -> Stat | None:
        """
        Read the current state of *key* by one ranged GET, and by a HEAD where the object has no body.

        Returns None where there is no object: never written, deleted, or hidden by a delete marker.

        Raises:
            ForbiddenError: the role may not read the object, or may not list the bucket, and S3 then returns 403 for a
                missing key.
            RefusedError: there is no such bucket, or S3 rejects the request.
            UnavailableError: S3 does not respond.

        Source:
            S3 API, GetObject: 404 only with s3:ListBucket, else 403; 416 for a range of an empty object; 403
            InvalidObjectState for archived storage classes.
        """
        with _explaining(f"s3://{bucket}/{key}"):
            try:
                return self._get(bucket, key)
            except ClientError as error:
                if _code(error) in _MISSING:
                    return None
                if _code(error) not in _NO_BODY:
                    raise
            return self._head(bucket, key)

    def pages(self, bucket: str, prefix: str) -> Iterator[Sequence[str]]:
        """
        Yield the keys that begin with *prefix*, up to 1,000 a page, without those hidden by a delete marker.

        Raises:
            ForbiddenError: the role lacks s3:ListBucket.
            RefusedError: there is no such bucket.
            UnavailableError: S3 does not respond.
        """
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        with _explaining(f"s3://{bucket}/{prefix}*"):
            for page in pages:
                yield [entry["Key"] for entry in page.get("Contents", ())]

    def _get(self, bucket: str, key: str) -> Stat:
        answer = self._client.get_object(Bucket=bucket, Key=key, Range=RANGE)
        answer["Body"].read()  # otherwise the connection could not be reused
        return _stat(answer, int(answer["ContentRange"].rpartition("/")[2]))

    def _head(self, bucket: str, key: str) -> Stat | None:
        try:
            answer = self._client.head_object(Bucket=bucket, Key=key)
        except ClientError as error:
            if _code(error) in _MISSING:
                return None
            raise
        return _stat(answer, answer["ContentLength"])


def _stat(answer: Mapping[str, Any], size: int) -> Stat:
    """Source: S3 API, GetObject: no storage class means STANDARD; the ETag is sent in quotes."""
    return Stat(
        size=size,
        etag=answer["ETag"].strip('"'),
        modified=answer["LastModified"],
        version=answer.get("VersionId", ""),
        content_type=answer.get("ContentType", ""),
        disposition=answer.get("ContentDisposition", ""),
        storage_class=answer.get("StorageClass", "STANDARD"),
        encryption=answer.get("ServerSideEncryption", ""),
        lock_mode=answer.get("ObjectLockMode"),
        lock_until=answer.get("ObjectLockRetainUntilDate"),
        legal_hold=_ON_OFF.get(answer.get("ObjectLockLegalHoldStatus", "")),
    )


@contextmanager
def _explaining(what: str) -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        raise _explained(error, what) from error
    except BotoCoreError as error:
        raise UnavailableError(f"{what}: no response from S3: {error}") from error


def _explained(error: ClientError, what: str) -> ConnectorError:
    """Source: S3 API, "Error responses"."""
    code, status = _code(error), error.response["ResponseMetadata"]["HTTPStatusCode"]
    if status == HTTPStatus.FORBIDDEN:
        return ForbiddenError(
            f"{what}: S3 denies access ({code}); grant the role s3:GetObject, s3:ListBucket (without it S3 returns "
            "403 for a missing key, too) and kms:Decrypt on the key of an encrypted object"
        )
    if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return UnavailableError(f"{what}: S3 returned {status} {code}")
    return RefusedError(f"{what}: S3 rejects the request: {error}")


def _code(error: ClientError) -> str:
    return str(error.response["Error"]["Code"])
