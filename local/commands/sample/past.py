"""
What happened before `serve` started: objects that the catalog knows, and that have changed in S3 since.

The sample events tell of these changes, so each of them has something to do. Used by `serve` and `invoke`.
"""

from collections.abc import Callable
from itertools import chain
from typing import Any
from urllib.parse import quote_plus

from local.commands.sample import pipeline

_FLIGHTS = "exports/nycflights/flights"
ODD = f"{_FLIGHTS}/2013-01-01 ré+sumé %2B 日本 ✈.csv"

PAST = {
    f"{_FLIGHTS}/2012-12-27.csv": ("STANDARD", "GLACIER"),
    f"{_FLIGHTS}/2012-12-28.csv": ("GLACIER", "GLACIER"),
    f"{_FLIGHTS}/2012-12-29.csv": ("STANDARD", None),
    f"{_FLIGHTS}/2012-12-30.csv": ("STANDARD", None),
    f"{_FLIGHTS}/2012-12-31.csv": ("STANDARD", None),
}
"""The storage class that the catalog has, and the one that S3 has now; None if the object is deleted."""


def load(s3: Any, handle: Callable[[dict[str, Any]], Any]) -> None:
    """Catalog the objects as they were, and then change them, in a bucket that sends no notifications yet."""
    for key, (then, _) in PAST.items():
        _put(s3, key, then)
    handle({"Records": list(map(record, PAST))})
    for key, (then, now) in PAST.items():
        if now is None:
            s3.delete_object(Bucket=pipeline.BUCKET, Key=key)
        elif now != then:
            _put(s3, key, now)
    pipeline.upload(s3, chain(pipeline.FILES, [ODD]))


def record(key: str, bucket: str = pipeline.BUCKET) -> dict[str, Any]:
    """Return the record of a put of that object, as S3 sends it."""
    s3 = {"bucket": {"name": bucket}, "object": {"key": quote_plus(key)}}
    return {"eventVersion": "2.1", "eventSource": "aws:s3", "eventName": "ObjectCreated:Put", "s3": s3}


def _put(s3: Any, key: str, storage: str) -> None:
    body = pipeline.body(key)
    s3.put_object(Bucket=pipeline.BUCKET, Key=key, Body=body, ContentType="text/csv", StorageClass=storage)
