"""
Reads S3 events, received directly or by SQS, SNS or EventBridge.

Used by the commands, to print events and to change S3 accordingly. Unreadable records are skipped; the handler
reports them.
"""

import json
from dataclasses import dataclass
from urllib.parse import unquote_plus


@dataclass(frozen=True, slots=True)
class ObjectEvent:
    """
    One record: the type of the event, and the object; `version` if a version of it was deleted.

    Source: S3 User Guide, "Deleting object versions": a permanent deletion names its version, and that may be a delete
    marker, by whose deletion the object is back.
    """

    kind: str
    bucket: str
    key: str
    version: str = ""

    @property
    def removed(self) -> bool:
        """Whether the object was removed; the deletion of a version does not tell."""
        return self.kind.startswith(("ObjectRemoved", "LifecycleExpiration", "Object Deleted")) and not self.version

    @property
    def url(self) -> str:
        """The URL of the object."""
        return f"s3://{self.bucket}/{self.key}"


def read(event: object) -> list[ObjectEvent]:
    """
    List the objects of an event, in order.

    Source:
        S3 User Guide, "Event message structure" (the key is form-encoded) and "Using EventBridge" (it is not).
    """
    match event:
        case {"Records": [*records]}:
            return [found for record in records for found in read(record)]
        case (
            {"eventSource": "aws:sqs", "body": str(text)}
            | {"EventSource": "aws:sns", "Sns": {"Message": str(text)}}
            | {"Type": "Notification", "Message": str(text)}
        ):
            return read(_json(text))
        case {"requestContext": _, "requestPayload": payload}:
            return read(payload)
        case {"eventName": str(kind), "s3": {"bucket": {"name": str(bucket)}, "object": {"key": str(key), **rest}}}:
            kind = kind.removeprefix("s3:")
            version = rest.get("versionId") if kind == "ObjectRemoved:Delete" else ""
            return [ObjectEvent(kind, bucket, unquote_plus(key), str(version or ""))]
        case {
            "detail-type": str(kind),
            "detail": {"bucket": {"name": str(bucket)}, "object": {"key": str(key)}, **rest},
        }:
            return [ObjectEvent(f"{kind}: {rest['reason']}" if rest.get("reason") else kind, bucket, key)]
    return []


def _json(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
