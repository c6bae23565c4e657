"""
Unwraps notifications from SQS, SNS, EventBridge and Lambda's record of a failed invocation.

Envelopes may be nested, as when a topic feeds a queue; they are unwrapped until an S3 notification or unknown content
is found.
"""

import json
import re
from dataclasses import dataclass
from typing import Final

from connector.core import order
from connector.core.notification import Irrelevant, Malformed, Record, checked, legible, member, of, parse
from connector.core.slice import ordered
from connector.errors import LoopedError, MalformedError, PermanentError

DETAIL_TYPES: Final = ("Object Created", "Object Deleted", "Object Storage Class Changed", "Object Restore ")
"""EventBridge's families of S3 events after which what is cataloged may differ; see `connector.core.notification`."""

REQUESTS: Final = ("Object Restore Initiated",)
"""Types of these families that only announce a change."""

HOPS: Final = 16
"""How often a message may be redriven. It replaces Lambda's own loop limit, which does not know about redrives."""

WRAPPINGS: Final = 8
"""How deeply a notification may be wrapped; five levels occur, when a failed event from SNS is sent to a queue."""

_DIGITS: Final = 9
"""The most digits of a count in an SQS message."""

_MOMENT: Final = re.compile("[0-9]{1,15}")


@dataclass(frozen=True, slots=True)
class Message:
    """
    An SQS message.

    A message without an id can only be retried with its whole batch: Lambda does this for the id "".

    `receives` counts how often it was received, this time included; `hops`, how often it was redriven as a new message,
    as from the dead-letter queue. `since` is when it was first received, in seconds since 1970; None if that is not
    known.
    """

    id: str
    receipt: str
    body: str
    receives: int
    hops: int
    since: float | None = None

    def waited(self, now: float) -> float | None:
        """Return for how many seconds it has been in hand or retried; None if that is not known."""
        return None if self.since is None else max(0.0, now - self.since)


def messages(event: object) -> tuple[Message, ...]:
    """
    Return the messages of an SQS event; empty for any other event.

    A faulty message raises nothing, since that would retry the whole batch, for ever.

    Source:
        Lambda Developer Guide, "Using Lambda with Amazon SQS": the shape of the event; "Handling errors for an SQS
        event source": an empty item identifier retries the whole batch.
    """
    match event:
        case {"Records": [{"eventSource": "aws:sqs"}, *_] as records}:
            return tuple(_message(record) for record in records)
    return ()


def contents(message: Message) -> tuple[Record, ...]:
    """Read the records of a message, unless it is redriven in a loop."""
    if message.hops >= HOPS:
        return (
            Malformed(LoopedError(f"message {message.id} was redriven {message.hops} times; find what redrives it")),
        )
    return read(message.body)


def records(event: object) -> tuple[Record, ...]:
    """
    Read the records of an event, however it is wrapped; a faulty record does not affect the others.

    Source:
        S3 User Guide, "Using EventBridge", "Publishing to Amazon SNS"; SNS Developer Guide, "Raw message delivery";
        Lambda Developer Guide, "Capturing records of asynchronous invocations": the format for destinations.
    """
    return _unwrapped(event, WRAPPINGS)


def read(text: str) -> tuple[Record, ...]:
    """Read an event from its JSON text."""
    return _read(text, WRAPPINGS)


def _unwrapped(event: object, left: int) -> tuple[Record, ...]:
    if not left:
        return (
            Malformed(
                MalformedError(
                    f"not an S3 notification: wrapped {WRAPPINGS} times or more; send the event as S3 emits it"
                )
            ),
        )
    match event:
        case {"Records": [{"EventSource": "aws:sns"}, *_] as wrapped}:
            return tuple(record for one in wrapped for record in _unwrapped(one, left - 1))
        case {"EventSource": "aws:sns", "Sns": {"Message": str(text)}} | {"Type": "Notification", "Message": str(text)}:
            return _read(text, left - 1)
        case {"requestContext": {"functionArn": str()}, "requestPayload": payload}:
            return _unwrapped(payload, left - 1)
        case {"source": "aws.s3", "detail-type": str(kind)}:
            return (_bridged(event, kind),)
    return _own(event)


def _own(event: object) -> tuple[Record, ...]:
    """Read the hint of a sweep, or the order to sweep, or else a direct S3 notification."""
    try:
        match event:
            case {"hint": content}:
                return (order.hint(content),)
            case {"sweep": place, **rest}:
                return (ordered(place, rest),)
    except PermanentError as error:
        return (Malformed(error),)
    return parse(event)


def _read(text: str, left: int) -> tuple[Record, ...]:
    try:
        event = json.loads(text)
    except (ValueError, RecursionError) as error:
        return (
            Malformed(
                MalformedError(
                    f"not an S3 notification: not JSON ({error}): {text[:80]!r}; send the event as S3 emits it"
                )
            ),
        )
    return _unwrapped(event, left)


def _message(record: object) -> Message:
    """Read a message. One without a body, which SQS never sends, becomes its own body, so that nothing is lost."""
    body = member(record, "body")
    attributes = member(record, "attributes")
    return Message(
        _name(member(record, "messageId")),
        _name(member(record, "receiptHandle")),
        body if isinstance(body, str) and body else json.dumps(record),
        _count(member(attributes, "ApproximateReceiveCount")) or 1,
        _count(member(record, "messageAttributes", "hops", "stringValue")),
        _moment(member(attributes, "ApproximateFirstReceiveTimestamp")) or _moment(member(attributes, "SentTimestamp")),
    )


def _name(text: object) -> str:
    return text if isinstance(text, str) and text.isascii() else ""


def _moment(text: object) -> float | None:
    """Read a time, which SQS gives in milliseconds since 1970; None if it is absent or not a number."""
    return int(text) / 1000 if isinstance(text, str) and _MOMENT.fullmatch(text) else None


def _count(text: object) -> int:
    """Read a count; 0 if it is absent or not a number."""
    return int(text) if isinstance(text, str) and text.isdecimal() and len(text) <= _DIGITS else 0


def _bridged(event: object, kind: str) -> Record:
    """
    Read an EventBridge event. Its key is not encoded, so it is used unchanged.

    What is not about an object, as an "AWS API Call via CloudTrail" with S3 as its source, names none.
    """
    relevant = kind.startswith(DETAIL_TYPES) and kind not in REQUESTS
    match event:
        case {"detail": {"bucket": {"name": str(bucket)}, "object": {"key": str(key)}} as detail}:
            reason = detail.get("reason")
            try:
                name = f"{kind}: {reason}" if isinstance(reason, str) and reason else kind
                return of(bucket, checked(key), name, relevant=relevant)
            except PermanentError as error:
                return Malformed(error)
        case {"detail": dict()} if not kind.startswith("Object "):
            return Irrelevant("", "", legible(kind))
    return Malformed(
        MalformedError("detail.bucket.name or detail.object.key is missing; send the event as S3 emits it")
    )
