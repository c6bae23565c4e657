"""
What S3 sends when something happens to an object: as an event, and as the body of a message, in each of its forms.

It is written without the connector and without `local/`, both of which read it.
"""

import json
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote_plus

PUT: Final = "ObjectCreated:Put"
DELETE: Final = "ObjectRemoved:Delete"
_KINDS: Final = {"ObjectCreated": "Object Created", "ObjectRestore": "Object Restore Completed"}

Place = tuple[str, str]
"""A bucket and a key."""


def record(bucket: str, key: str, event: str = PUT) -> dict[str, Any]:
    """Return what S3 says of one object, as short as it may be: the key is form-encoded."""
    s3 = {"bucket": {"name": bucket}, "object": {"key": quote_plus(key, safe="/")}}
    return {"eventVersion": "2.1", "eventSource": "aws:s3", "eventName": event, "s3": s3}


def direct(*records: Mapping[str, Any]) -> dict[str, Any]:
    """Return an event as S3 sends it."""
    return {"Records": list(records)}


def bridged(bucket: str, key: str, kind: str = "Object Created", **detail: Any) -> dict[str, Any]:
    """Return an event of EventBridge: the key is not encoded, and *detail* adds to what is said or replaces it."""
    said = {"bucket": {"name": bucket}, "object": {"key": key}} | detail
    return {"version": "0", "source": "aws.s3", "detail-type": kind, "detail": said}


def topic(*texts: str) -> dict[str, Any]:
    """Return an event of SNS, as Lambda gets it from a topic."""
    return {"Records": [{"EventSource": "aws:sns", "Sns": {"Message": text}} for text in texts]}


def posted(text: str) -> dict[str, Any]:
    """Return what SNS puts into a queue."""
    return {"Type": "Notification", "Message": text}


def message(text: str, **members: Any) -> dict[str, Any]:
    """Return a message of SQS with this body, as Lambda gets it; *members* are added or replaced."""
    return {"eventSource": "aws:sqs", "messageId": "m", "receiptHandle": "r", "body": text} | members


def body(*places: Place, event: str = PUT, form: str = "s3") -> str:
    """
    Return the body of a message that says that *event* happened at these places.

    *form* is how it came to the queue: "s3", "sns", or "eventbridge", which tells of one place only.
    """
    if form == "eventbridge":
        return json.dumps(bridged(*places[0], _KINDS.get(event.partition(":")[0], "Object Deleted")))
    text = json.dumps(direct(*(record(*place, event) for place in places)))
    return text if form == "s3" else json.dumps(posted(text))
