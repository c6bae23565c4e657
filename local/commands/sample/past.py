"""
What happened before `serve` started: objects that the catalog knows, and that have changed in S3 since.

The sample events tell of these changes, so each of them has something to do. They are in a bucket of their own. The
bucket of `pipeline` has all its files, and none of them is cataloged yet. Used by `serve` and `invoke`.
"""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote_plus

from local.commands.sample import pipeline

BUCKET = "nycflights-archive"
ODD = "flights/2012-12-31 ré+sumé %2B 日本 ✈.csv"
"""An object that is not cataloged yet."""

PAST = {
    "flights/2012-12-27.csv": ("STANDARD", "GLACIER"),
    "flights/2012-12-28.csv": ("GLACIER", "GLACIER"),
    "flights/2012-12-29.csv": ("STANDARD", None),
    "flights/2012-12-30.csv": ("STANDARD", None),
    "flights/2012-12-31.csv": ("STANDARD", None),
}
"""The storage class that the catalog has, and the one that S3 has now; None if the object is deleted."""


def load(s3: Any, handle: Callable[[dict[str, Any]], Any]) -> None:
    """Catalog the objects as they were, change them, and upload the files; no bucket sends notifications yet."""
    for key, (then, _) in PAST.items():
        _put(s3, key, then)
    handle({"Records": list(map(record, PAST))})
    for key, (then, now) in PAST.items():
        if now is None:
            s3.delete_object(Bucket=BUCKET, Key=key)
        elif now != then:
            _put(s3, key, now)
    _put(s3, ODD, "STANDARD")
    pipeline.upload(s3)


def has(bucket: str, key: str) -> bool:
    """Whether that object was cataloged."""
    return bucket == BUCKET and key in PAST


def record(key: str, bucket: str = BUCKET) -> dict[str, Any]:
    """Return the record of a put of that object, as S3 sends it."""
    s3 = {"bucket": {"name": bucket}, "object": {"key": quote_plus(key)}}
    return {"eventVersion": "2.1", "eventSource": "aws:s3", "eventName": "ObjectCreated:Put", "s3": s3}


def _put(s3: Any, key: str, storage: str) -> None:
    body = pipeline.body(key)
    s3.put_object(Bucket=BUCKET, Key=key, Body=body, ContentType="text/csv", StorageClass=storage)
