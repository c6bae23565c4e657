"""S3 through boto3, read only: the current state of an object, and the keys with a prefix."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from botocore.config import Config
from botocore.exceptions import ClientError

from connector.adapters.aws import Service, code, connect, request_id, status
from connector.core.asset import Read, Stat
from connector.core.budget import AWS_CONNECT, S3_READ
from connector.core.seen import Listed
from connector.errors import UnavailableError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

LARGEST: Final = 10**15
"""Bytes of an object, far above S3's limit: a larger size is no size."""

CONNECTIONS: Final = 32
"""As many as `connector.reader` reads objects at the same time."""

_CONFIG: Final = Config(
    connect_timeout=AWS_CONNECT,
    read_timeout=S3_READ,
    retries={"mode": "standard", "total_max_attempts": 3},
    max_pool_connections=CONNECTIONS,
)
_SERVICE: Final = Service(
    "S3",
    "grant the role s3:GetObject, s3:ListBucket (without it S3 returns 403 for a missing key, too) and kms:Decrypt on "
    "the key of an encrypted object, which has to be enabled",
)
_MISSING: Final = "NoSuchKey"
_UNTOLD: Final = "404"
"""botocore's code for a 404 without a readable body, which a HEAD never has; nor has XML for some keys."""

_NO_BODY: Final = ("InvalidRange", "InvalidObjectState")
"""An empty object has no range, and an archived one no body; neither response describes the object."""

_SIZE: Final = re.compile(r"bytes 0-([0-9]{1,15})/([0-9]{1,15})")
_REGION: Final = re.compile(r"[a-z]{2,4}(-[a-z]{2,12}){1,2}-[0-9]{1,2}")
_ON_OFF: Final = {"ON": True, "OFF": False}


class S3:
    """The store port."""

    def __init__(self, client: "S3Client | None" = None) -> None:
        self._client: Any = client or connect("s3", _CONFIG)
        self._client.meta.events.register_first("needs-retry.s3", _stay)

    @property
    def partition(self) -> str:
        """Return the part of AWS that the client's region is in: "aws", "aws-cn", "aws-us-gov"."""
        return str(self._client.meta.partition)

    def read(self, bucket: str, key: str, first: int = 1) -> Read | None:
        """
        Read the current state of *key* by one ranged GET, and by a HEAD where its response does not describe it.

        One byte is the least: the headers of the response describe the object, and Content-Range has its size.

        Returns None where S3 says that there is no object: never written, deleted, or hidden by a delete marker.

        Args:
            first: bytes that are read of the object, at most.

        Raises:
            ForbiddenError: the role may not read the object, or may not list the bucket, and S3 then returns 403 for a
                missing key.
            RefusedError: there is no such bucket, or S3 rejects the request.
            CredentialsError: S3 does not accept the credentials or the clock.
            UnavailableError: S3 does not respond, or something else responds in its place.

        Source:
            S3 API, GetObject: 404 only with s3:ListBucket, else 403; 416 for a range of an empty object; 403
            InvalidObjectState for archived storage classes.
        """
        what = f"s3://{bucket}/{key}"
        try:
            answer = self._get(what, bucket, key, first)
        except ClientError as error:
            return None if _gone(error, what, key) else self._head(what, bucket, key)
        size = _size(answer, first)
        return self._head(what, bucket, key) if size is None else Read(_stat(answer, size, what), answer["Head"])

    def listing(self, bucket: str, prefix: str, after: str) -> Iterator[Sequence[Listed]]:
        """
        Yield the objects whose keys begin with *prefix* and come after *after*, up to 1,000 a page.

        Those that are hidden by a delete marker are not there.

        Raises:
            ForbiddenError: the role lacks s3:ListBucket.
            RefusedError: there is no such bucket.
            CredentialsError: S3 does not accept the credentials or the clock.
            UnavailableError: S3 does not respond, or the response is not a listing of this bucket and prefix.

        Source:
            S3 API, ListObjectsV2: objects are returned in the order of the UTF-8 of their keys.
        """
        for entries in self._listed(bucket, prefix, {"StartAfter": after} if after else {}):
            yield [_as_listed(bucket, entry) for entry in entries]

    def _listed(self, bucket: str, prefix: str, start: Mapping[str, str]) -> Iterator[Sequence[Mapping[str, Any]]]:
        what, token = f"s3://{bucket}/{prefix}*", dict(start)
        while True:
            answer = _SERVICE.ask(what, self._client.list_objects_v2, Bucket=bucket, Prefix=prefix, **token)
            if wrong := _misfit(answer, prefix, token.get("ContinuationToken")):
                raise UnavailableError(f"{what}: the response is not a listing of S3: {wrong}; it is retried")
            yield answer.get("Contents", ())
            if not answer["IsTruncated"]:
                return
            token = {"ContinuationToken": answer["NextContinuationToken"]}

    def _get(self, what: str, bucket: str, key: str, first: int) -> Mapping[str, Any]:
        """Return the response, with the bytes of its body as "Head"; a body that is too long is not read."""

        def get() -> Mapping[str, Any]:
            answer: Mapping[str, Any] = self._client.get_object(Bucket=bucket, Key=key, Range=f"bytes=0-{first - 1}")
            if 0 < answer.get("ContentLength", 0) <= first:
                return {**answer, "Head": answer["Body"].read()}  # to its end, for the connection to be reused
            answer["Body"].close()  # whatever this is, it may have any length
            return answer

        answer: Mapping[str, Any] = _SERVICE.ask(what, get, (_MISSING, _UNTOLD, *_NO_BODY))
        return answer

    def _head(self, what: str, bucket: str, key: str) -> Read | None:
        try:
            answer = _SERVICE.ask(what, self._client.head_object, (_UNTOLD,), Bucket=bucket, Key=key)
        except ClientError as error:
            if not request_id(error.response):
                raise _SERVICE.foreign(what, error.response) from error
            return None
        return Read(stat := _stat(answer, answer.get("ContentLength"), what), None if stat.size else b"")


def _stay(request_dict: Mapping[str, Any], response: tuple[Any, Mapping[str, Any]] | None, **_: Any) -> None:
    """
    Keep botocore from following a redirection to another region unless it is S3's and names the region.

    For any other it asks HeadBucket for the region; if that is redirected, too, as by a login page, it asks again, and
    again, until Python's recursion limit. What it follows, it follows from then on.

    Source:
        botocore.utils.S3RegionRedirectorv2; S3 API, HeadBucket: x-amz-bucket-region is also in redirections.
    """
    answer = response[1] if response else {}
    named = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("x-amz-bucket-region")
    region = named or answer.get("Error", {}).get("Region")
    if not (request_id(answer) and isinstance(region, str) and _REGION.fullmatch(region)):
        request_dict.get("context", {}).get("s3_redirect", {})["redirected"] = True


def _gone(error: ClientError, what: str, key: str) -> bool:
    """
    Return whether S3 says that there is no object; if not, a HEAD has to be asked.

    Raises:
        UnavailableError: a 404 that is not S3's.

    Source:
        S3 API, "Error responses": NoSuchKey comes with 404, and names the key.
    """
    if code(error) == _UNTOLD and not request_id(error.response):
        raise _SERVICE.foreign(what, error.response) from error
    about = error.response["Error"].get("Key", key)
    return code(error) == _MISSING and status(error) == HTTPStatus.NOT_FOUND and about == key


def _size(answer: Mapping[str, Any], first: int) -> int | None:
    """Return the object's size; None if the response is not the first bytes, as many as were asked for."""
    found = _SIZE.fullmatch(answer.get("ContentRange", ""))
    if not found or answer["ResponseMetadata"]["HTTPStatusCode"] != HTTPStatus.PARTIAL_CONTENT:
        return None
    length, size = int(found[1]) + 1, int(found[2])
    return size if length == answer.get("ContentLength") == min(first, size) else None


def _stat(answer: Mapping[str, Any], size: object, what: str) -> Stat:
    """
    Read the headers that describe an object.

    Raises:
        UnavailableError: one is missing that S3 always sends, or is not what it should be.

    Source:
        S3 API, GetObject: no storage class means STANDARD; the ETag is sent in quotes.
    """
    etag, modified = answer.get("ETag", "").strip('"'), answer.get("LastModified")
    if not (etag and isinstance(modified, datetime) and modified.tzinfo and isinstance(size, int)):
        raise UnavailableError(f"{what}: S3's response lacks ETag, Last-Modified or size; it is retried")
    if not 0 <= size <= LARGEST:
        raise UnavailableError(f"{what}: S3's response has the size {size}; it is retried")
    return Stat(
        size=size,
        etag=etag,
        modified=modified,
        version=answer.get("VersionId", ""),
        content_type=answer.get("ContentType", ""),
        disposition=answer.get("ContentDisposition", ""),
        storage_class=answer.get("StorageClass", "STANDARD"),
        encryption=answer.get("ServerSideEncryption", ""),
        lock_mode=answer.get("ObjectLockMode"),
        lock_until=answer.get("ObjectLockRetainUntilDate"),
        legal_hold=_ON_OFF.get(answer.get("ObjectLockLegalHoldStatus", "")),
    )


def _as_listed(bucket: str, entry: Mapping[str, Any]) -> Listed:
    size, modified = entry.get("Size"), entry.get("LastModified")
    if not isinstance(size, int) or not isinstance(modified, datetime):
        raise UnavailableError(f"s3://{bucket}/{entry['Key']}: the listing has no size or time of it; it is retried")
    etag, storage_class = str(entry.get("ETag", "")).strip('"'), entry.get("StorageClass") or "STANDARD"
    return Listed(entry["Key"], size, etag, modified, storage_class)


def _misfit(answer: Mapping[str, Any], prefix: str, asked: str | None) -> str:
    """
    Say what is not as in S3's listings, since an empty one retires lineage.

    Source:
        S3 API, ListObjectsV2, "Response Syntax": Name, Prefix, KeyCount and IsTruncated are always there.
    """
    entries = answer.get("Contents", [])
    lacking = [name for name in ("Name", "KeyCount", "IsTruncated") if not answer.get(name) and name not in answer]
    if lacking or not answer["Name"]:
        return f"it has no {', '.join(lacking) or 'Name'}"
    if answer.get("Prefix", prefix) != prefix or not all(entry.get("Key", "").startswith(prefix) for entry in entries):
        return "it is of another prefix"
    if answer["KeyCount"] != len(entries) or not all(entry.get("Key") for entry in entries):
        return f"it says that it has {answer['KeyCount']} keys, and has others"
    if answer["IsTruncated"] and answer.get("NextContinuationToken") in (None, "", asked):
        return "it is truncated, and does not say where it continues"
    return ""
