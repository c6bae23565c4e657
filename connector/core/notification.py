"""
What a notification says: that an object may have changed.

An S3 notification is read into hints. Its type decides only whether it is one of ours; what became of the object
is asked of S3 itself, since notifications come twice, late and out of order.
"""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote_plus

from connector.errors import MalformedError, PermanentError, UndecodableKeyError

MAX_KEY_BYTES: Final = 1024
"""Source: S3, "Object key naming guidelines"."""

TYPES: Final = ("ObjectCreated:", "ObjectRemoved:", "LifecycleExpiration:", "ObjectRestore:")
"""The families of event types after which an object may be there, gone, or there again."""

SHOWN: Final = 200
"""Characters of a text of somebody else's that are repeated in an error or in the log."""

_STRAY_PERCENT: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")
_BUCKET: Final = re.compile(r"[A-Za-z0-9._-]{1,255}")
"""Source: S3 User Guide, "General purpose bucket naming rules", with those that us-east-1 had before March 2018."""


@dataclass(frozen=True, slots=True)
class Notification:
    """(bucket, key) may have changed. `event` is S3's word for it, kept for the log."""

    bucket: str
    key: str
    event: str


@dataclass(frozen=True, slots=True)
class S3TestEvent:
    """S3 tries whether the destination can be reached, when a notification configuration is saved."""

    bucket: str


@dataclass(frozen=True, slots=True)
class Malformed:
    """A record that says nothing we can act on, with the error that explains it."""

    error: PermanentError


Record = Notification | S3TestEvent | Malformed


def parse(event: object) -> tuple[Record, ...]:
    """
    Read a direct S3 notification, one result a record; a faulty record does not spoil its neighbours.

    Source:
        S3 User Guide, "Event message structure": the major version is compared for equality, fields that are
        not known are ignored, and the test event has no `Records`.
    """
    match event:
        case {"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": str(bucket)} if _BUCKET.fullmatch(bucket):
            return (S3TestEvent(bucket),)
        case {"Records": [_, *_] as records}:
            return tuple(_record(record, index) for index, record in enumerate(records))
    return (Malformed(MalformedError(f"not an S3 notification: {_shape(event)}; send the event as S3 emits it")),)


def decode(key: str) -> str:
    """
    Decode a key as S3 notifications encode it, `red+flower.jpg` for `red flower.jpg`.

    Raises:
        UndecodableKeyError: the notification was altered on its way, or is not S3's.

    Source:
        S3 User Guide, "Event message structure": the key is form-encoded.
    """
    if _STRAY_PERCENT.search(key):
        raise UndecodableKeyError(f"key {shown(key)} has a % that encodes nothing; S3 sends a percent sign as %25")
    try:
        return checked(unquote_plus(key, errors="strict"))
    except UnicodeDecodeError as error:
        raise UndecodableKeyError(f"key {shown(key)} is not form-encoded UTF-8; send it as S3 does") from error


def checked(key: str) -> str:
    """
    Return a decoded key that S3 can have.

    Raises:
        UndecodableKeyError: it is empty, too long, or not Unicode.
    """
    try:
        size = len(key.encode())
    except UnicodeEncodeError as error:
        raise UndecodableKeyError(f"key {shown(key)} is not UTF-8; send it as S3 does") from error
    if not 1 <= size <= MAX_KEY_BYTES:
        raise UndecodableKeyError(f"key {shown(key)} has {size} bytes; S3 keys have 1 to {MAX_KEY_BYTES}")
    return key


def of(bucket: str, key: str, event: str) -> Notification:
    """
    Return the notification of a key that was checked.

    Raises:
        MalformedError: S3 can have no bucket of this name.
    """
    if not _BUCKET.fullmatch(bucket):
        raise MalformedError(f"no bucket can have the name {shown(bucket)}; send the event as S3 emits it")
    return Notification(bucket, key, legible(event))


def member(value: object, *path: str) -> object:
    """Return what is at *path* in nested JSON objects, None where there is nothing."""
    for field in path:
        value = value.get(field) if isinstance(value, dict) else None
    return value


def shown(text: str) -> str:
    """Quote a text of somebody else's, which may be as long and as strange as they like."""
    return repr(text[:SHOWN])


def legible(text: str) -> str:
    """Return such a text as a log can hold it, in UTF-8."""
    return text[:SHOWN].encode(errors="backslashreplace").decode()


def _record(record: object, index: int) -> Record:
    try:
        return _read(record, f"Records[{index}]")
    except PermanentError as error:
        return Malformed(error)


def _read(record: object, where: str) -> Notification:
    source = _text(record, where, "eventSource")
    if source != "aws:s3":
        raise MalformedError(f"{where}.eventSource is {shown(source)}; only S3 notifications (aws:s3) are handled")
    version = _text(record, where, "eventVersion")
    if version.partition(".")[0] != "2":
        raise MalformedError(f"{where}.eventVersion is {shown(version)}; this connector reads major version 2")
    event = _text(record, where, "eventName").removeprefix("s3:")
    if not event.startswith(TYPES):
        families = ", ".join(f"{family}*" for family in TYPES)
        raise MalformedError(f"{where}.eventName is {shown(event)}; subscribe the queue to {families} only")
    bucket = _text(record, where, "s3", "bucket", "name")
    key = _text(record, where, "s3", "object", "key")
    return of(bucket, decode(key), event)


def _text(record: object, where: str, *path: str) -> str:
    value = member(record, *path)
    if not isinstance(value, str) or not value:
        raise MalformedError(f"{where}.{'.'.join(path)} is missing or not a text; send the record as S3 emits it")
    return value


def _shape(event: object) -> str:
    if not isinstance(event, dict):
        return f"a JSON {type(event).__name__}"
    if "Records" in event:
        return "its `Records` is not a list with at least one record"
    return f"an object with the fields {legible(', '.join(sorted(map(str, event)))) or '(none)'}"
