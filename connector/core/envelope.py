"""
What a notification travels in: SQS, SNS, EventBridge, Lambda's record of a failed invocation, or nothing.

Each says the same in its own way. They may be nested, as when a topic feeds a queue; what is inside is looked at
until it is an S3 notification, or nothing that we know.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from connector.core import notification
from connector.core.notification import Malformed, Notification, Record
from connector.errors import LoopedError, MalformedError, PermanentError

DETAIL_TYPES: Final = ("Object Created", "Object Deleted", "Object Restore ")
"""EventBridge's families of S3 events after which an object may be there, gone, or there again."""

HOPS: Final = 16
"""How often a message may be sent again. It stands in for Lambda's own limit, which knows no reason to send again."""


@dataclass(frozen=True, slots=True)
class Message:
    """
    An SQS message.

    `receives` counts how often it was delivered, this time included; `hops`, how often it was sent again as a new
    message, as from the dead-letter queue.
    """

    id: str
    receipt: str
    body: str
    receives: int
    hops: int


def messages(event: object) -> tuple[Message, ...]:
    """
    Return the messages of an SQS event, none where it is another.

    Source:
        Lambda Developer Guide, "Using Lambda with Amazon SQS": the shape of the event.
    """
    match event:
        case {"Records": [{"eventSource": "aws:sqs", "messageId": str()}, *_] as records}:
            return tuple(_message(record) for record in records)
    return ()


def contents(message: Message) -> tuple[Record, ...]:
    """Read what a message says, unless it goes in a circle."""
    if message.hops >= HOPS:
        return (Malformed(LoopedError(f"message {message.id} was sent again {message.hops} times; find out by what")),)
    return read(message.body)


def records(event: object) -> tuple[Record, ...]:
    """
    Read what an event says, whatever it is wrapped in; a faulty part does not spoil its neighbours.

    Source:
        S3 User Guide, "Using EventBridge", "Publishing to Amazon SNS"; SNS Developer Guide, "Raw message delivery";
        Lambda Developer Guide, "Capturing records of asynchronous invocations": what a destination is sent.
    """
    match event:
        case {"Records": [{"EventSource": "aws:sns"}, *_] as wrapped}:
            return tuple(record for one in wrapped for record in records(one))
        case {"EventSource": "aws:sns", "Sns": {"Message": str(text)}} | {"Type": "Notification", "Message": str(text)}:
            return read(text)
        case {"requestContext": {"functionArn": str()}, "requestPayload": payload}:
            return records(payload)
        case {"source": "aws.s3", "detail-type": str(kind)}:
            return (_bridged(event, kind),)
    return notification.parse(event)


def read(text: str) -> tuple[Record, ...]:
    """Read an event from its JSON text."""
    try:
        return records(json.loads(text))
    except (ValueError, RecursionError) as error:
        return (Malformed(MalformedError(f"not an S3 notification: no JSON ({error}): {text[:80]!r}")),)


def _message(record: Mapping[str, Any]) -> Message:
    hops = record.get("messageAttributes", {}).get("hops", {}).get("stringValue", "")
    return Message(
        record["messageId"],
        record.get("receiptHandle", ""),
        record.get("body", ""),
        int(record.get("attributes", {}).get("ApproximateReceiveCount", 1)),
        int(hops) if hops.isdecimal() else 0,
    )


def _bridged(event: object, kind: str) -> Record:
    """Read an EventBridge event. Its key is not encoded, so it is taken as it stands."""
    if not kind.startswith(DETAIL_TYPES):
        families = ", ".join(f"{family.rstrip()!r}" for family in DETAIL_TYPES)
        return Malformed(MalformedError(f"detail-type is {kind!r}; let the rule pass {families} only"))
    match event:
        case {"detail": {"bucket": {"name": str(bucket)}, "object": {"key": str(key)}} as detail}:
            reason = detail.get("reason")
            try:
                return Notification(bucket, notification.checked(key), f"{kind}: {reason}" if reason else kind)
            except PermanentError as error:
                return Malformed(error)
    return Malformed(MalformedError("detail.bucket.name or detail.object.key is missing; send the event as S3 does"))
