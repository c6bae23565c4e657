"""What S3 sends when something happens, in the forms in which it reaches the queue."""

import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote_plus

_KINDS = {"ObjectCreated": "Object Created", "ObjectRestore": "Object Restore Completed"}


def notice(event: str, places: Sequence[tuple[str, str]], form: str) -> str:
    """Return the body of a message that says that *event* happened at these places; EventBridge knows one only."""
    if form == "eventbridge":
        (bucket, key), *_ = places
        kind = _KINDS.get(event.partition(":")[0], "Object Deleted")
        detail = {"bucket": {"name": bucket}, "object": {"key": key}}
        return json.dumps({"source": "aws.s3", "detail-type": kind, "detail": detail})
    body = json.dumps({"Records": [_record(event, *place) for place in places]})
    return body if form == "s3" else json.dumps({"Type": "Notification", "Message": body})


def _record(event: str, bucket: str, key: str) -> dict[str, Any]:
    s3 = {"bucket": {"name": bucket}, "object": {"key": quote_plus(key, safe="/")}}
    return {"eventSource": "aws:s3", "eventVersion": "2.1", "eventName": event, "s3": s3}
