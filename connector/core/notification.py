"""
Parses S3 notifications: an object may have changed.

A notification is only a hint. Its type decides only whether it is handled; the object's state is read from S3, since
notifications arrive twice, late and out of order. An event of S3 that changes nothing that is cataloged is irrelevant:
it is read, and then ignored. Only what S3 cannot have sent is malformed.
"""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote_plus

from connector.core.order import Drifted
from connector.core.pattern import MAX_KEY_BYTES
from connector.core.slice import Order
from connector.errors import MalformedError, PermanentError, UndecodableKeyError

TYPES: Final = ("ObjectCreated:", "ObjectRemoved:", "LifecycleExpiration:", "LifecycleTransition:", "ObjectRestore:")
"""
The families of event types after which what is cataloged may differ: an object may exist, be deleted, have another
storage class, or become readable or unreadable, as an archived object does when its restored copy comes and goes.

All others change what is not cataloged: tags (ObjectTagging), permissions (ObjectAcl), replicas (Replication), and the
access tier within INTELLIGENT_TIERING (IntelligentTiering), which is no storage class of its own: S3 goes on naming
INTELLIGENT_TIERING. ReducedRedundancyLostObject is about the content; the key is still listed until it is deleted.

Source: S3 User Guide, "Supported event types for SQS, SNS, and Lambda"; "Intelligent-Tiering access tiers".
"""

REQUESTS: Final = ("ObjectRestore:Post",)
"""Types of these families that only announce a change: a restore has begun, and takes minutes to days."""

SHOWN: Final = 200
"""Characters of a foreign text that are repeated in an error or in the log."""

_STRAY_PERCENT: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")
_BUCKET: Final = re.compile(r"[A-Za-z0-9._-]{1,255}")
"""Source: S3 User Guide, "General purpose bucket naming rules", and the older rules of us-east-1 before March 2018."""


@dataclass(frozen=True, slots=True)
class Notification:
    """(bucket, key) may have changed. `event` is S3's event name, kept for the log."""

    bucket: str
    key: str
    event: str


@dataclass(frozen=True, slots=True)
class Irrelevant:
    """
    A well-formed event of S3 that changes nothing that is cataloged, as when an object is tagged.

    `bucket` and `key` are empty where the event is not about an object.
    """

    bucket: str
    key: str
    event: str


@dataclass(frozen=True, slots=True)
class S3TestEvent:
    """S3 sends this when a notification configuration is saved, to check the destination."""

    bucket: str


@dataclass(frozen=True, slots=True)
class Malformed:
    """A record that says nothing we can act on, with the error that explains it."""

    error: PermanentError


Record = Notification | Irrelevant | S3TestEvent | Malformed | Drifted | Order


def parse(event: object) -> tuple[Record, ...]:
    """
    Read a direct S3 notification, one result per record; a faulty record does not affect the others.

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
        UndecodableKeyError: the notification was altered, or is not from S3.

    Source:
        S3 User Guide, "Event message structure": the key is form-encoded.
    """
    if _STRAY_PERCENT.search(key):
        raise UndecodableKeyError(
            f"key {shown(key)} has an incomplete percent encoding; S3 sends a percent sign as %25"
        )
    try:
        return checked(unquote_plus(key, errors="strict"))
    except UnicodeDecodeError as error:
        raise UndecodableKeyError(
            f"key {shown(key)} is not form-encoded UTF-8; send the event as S3 emits it"
        ) from error


def checked(key: str) -> str:
    """
    Return a decoded key if it is valid in S3.

    Raises:
        UndecodableKeyError: it is empty, too long, or not Unicode.
    """
    try:
        size = len(key.encode())
    except UnicodeEncodeError as error:
        raise UndecodableKeyError(f"key {shown(key)} is not UTF-8; send the event as S3 emits it") from error
    if not 1 <= size <= MAX_KEY_BYTES:
        raise UndecodableKeyError(f"key {shown(key)} has {size} bytes; S3 keys have 1 to {MAX_KEY_BYTES}")
    return key


def of(bucket: str, key: str, event: str, *, relevant: bool) -> Notification | Irrelevant:
    """
    Return the notification for a checked key, or that it is irrelevant.

    Raises:
        MalformedError: this is not a valid bucket name.
    """
    if not _BUCKET.fullmatch(bucket):
        raise MalformedError(f"{shown(bucket)} is not a valid bucket name; send the event as S3 emits it")
    return (Notification if relevant else Irrelevant)(bucket, key, legible(event))


def member(value: object, *path: str) -> object:
    """Return the value at *path* in nested JSON objects, or None."""
    for field in path:
        value = value.get(field) if isinstance(value, dict) else None
    return value


def shown(text: str) -> str:
    """Quote a foreign text, shortened, since it may be of any length and content."""
    return repr(text[:SHOWN])


def legible(text: str) -> str:
    """Return a foreign text, shortened and valid in UTF-8, for the log."""
    return text[:SHOWN].encode(errors="backslashreplace").decode()


def _record(record: object, index: int) -> Record:
    try:
        return _read(record, f"Records[{index}]")
    except PermanentError as error:
        return Malformed(error)


def _read(record: object, where: str) -> Notification | Irrelevant:
    source = _text(record, where, "eventSource")
    if source != "aws:s3":
        raise MalformedError(f"{where}.eventSource is {shown(source)}; only S3 notifications (aws:s3) are handled")
    version = _text(record, where, "eventVersion")
    if version.partition(".")[0] != "2":
        raise MalformedError(f"{where}.eventVersion is {shown(version)}; this connector reads major version 2")
    event = _text(record, where, "eventName").removeprefix("s3:")
    bucket = _text(record, where, "s3", "bucket", "name")
    key = _text(record, where, "s3", "object", "key")
    relevant = f"{event}:".startswith(TYPES) and event not in REQUESTS
    return of(bucket, decode(key), event, relevant=relevant)


def _text(record: object, where: str, *path: str) -> str:
    value = member(record, *path)
    if not isinstance(value, str) or not value:
        raise MalformedError(f"{where}.{'.'.join(path)} is missing or not a string; send the record as S3 emits it")
    return value


def _shape(event: object) -> str:
    if not isinstance(event, dict):
        return f"a JSON {type(event).__name__}"
    if "Records" in event:
        return "its `Records` is not a list with at least one record"
    return f"an object with the fields {legible(', '.join(sorted(map(str, event)))) or '(none)'}"
