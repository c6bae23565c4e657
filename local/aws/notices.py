"""
S3's notifications, sent for moto: a WSGI middleware around moto's server, used by `server`.

moto 5.2 sends notifications of puts, copies, multipart uploads and plain deletes, without version and sequencer, but
none of delete markers, most deleted versions, and lifecycle. So the middleware compares a request's objects before and
after it, and sends one notification in S3's format per difference; moto's for the same events are suppressed.
"""

import itertools
import json
import time
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from threading import Lock
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote_plus
from uuid import uuid4
from xml.etree.ElementTree import fromstring

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.s3.models import FakeBucket, FakeDeleteMarker, FakeKey, Notification, S3Backend, s3_backends
from moto.sqs.models import sqs_backends

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

Version = FakeKey | FakeDeleteMarker
_sequence = itertools.count(time.time_ns())


class Notices:
    """moto's S3 as a WSGI application that sends each change of an object to the bucket's queues, once."""

    def __init__(self, app: "WSGIApplication") -> None:
        self._app = app
        self._lock = Lock()

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Pass the request to moto; requests that write to a bucket run one at a time, so that they can be compared."""
        write = _write(environ)
        if write is None:
            for known in list(_s3().buckets.values()):
                _hold_back(known)
            return self._app(environ, start_response)
        with self._lock:
            bucket = _s3().buckets[write.bucket]
            _hold_back(bucket)
            before = {key: _versions(bucket, key) for key in write.keys}
            with closing(self._app(environ, start_response)) as chunks:  # type: ignore[type-var]  # Flask's have it
                answer = list(chunks)
            for key, versions in before.items():
                for kind, version in _differences(versions, _versions(bucket, key)):
                    _send(bucket, version, write.created if kind == "Created" else f"ObjectRemoved:{kind}")
        return answer

    def expire(self, bucket: str, key: str) -> None:
        """
        Expire an object as a lifecycle rule does: remove it or, in a versioned bucket, hide it by a delete marker.

        Raises:
            LookupError: the bucket has no such object.
        """
        with self._lock:
            store = _s3().get_bucket(bucket)
            _hold_back(store)
            before = _versions(store, key)
            _s3().delete_object(bucket, key)
            expired = list(_differences(before, _versions(store, key)))
            if not expired:
                raise LookupError(f"s3://{bucket}/{key}: no such object, so it cannot expire")
            for kind, version in expired:
                _send(store, version, f"LifecycleExpiration:{kind}")


@dataclass(frozen=True, slots=True)
class _Write:
    """A request that may change objects, and the event name for a new version."""

    bucket: str
    keys: tuple[str, ...]
    created: str


class _HeldBack(Notification):
    """
    A notification configuration in which moto handles only the events that `Notices` does not.

    moto says of every object that it has read that its restore was completed; that is held back.
    """

    ours = (
        "s3:ObjectRemoved:",
        "s3:ObjectCreated:Put",
        "s3:ObjectCreated:Copy",
        "s3:ObjectCreated:Complete",
        "s3:ObjectRestore:Completed",
    )

    def matches(self, event_name: str, key_name: str) -> bool:
        """Return whether moto sends this event itself."""
        return not event_name.startswith(self.ours) and super().matches(event_name, key_name)


def _write(environ: "WSGIEnvironment") -> _Write | None:
    """Return the objects that the request may change; None for reads, bucket settings, and SQS."""
    path: str = environ["PATH_INFO"].encode("latin-1").decode()
    bucket, _, key = path.removeprefix("/").partition("/")
    query = parse_qs(environ["QUERY_STRING"], keep_blank_values=True)
    method = environ["REQUEST_METHOD"]
    if bucket not in _s3().buckets or method not in ("PUT", "POST", "DELETE"):
        return None
    if not key:
        return _Write(bucket, _listed(environ), "") if "delete" in query else None
    if "HTTP_X_AMZ_COPY_SOURCE" in environ:
        return _Write(bucket, (key,), "ObjectCreated:Copy")
    return _Write(bucket, (key,), f"ObjectCreated:{'CompleteMultipartUpload' if method == 'POST' else 'Put'}")


def _listed(environ: "WSGIEnvironment") -> tuple[str, ...]:
    """List the keys that a DeleteObjects request names, and put its body back for moto."""
    body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
    environ["wsgi.input"] = BytesIO(body)
    keys = (element.text or "" for element in fromstring(body).iterfind("{*}Object/{*}Key"))
    return tuple(dict.fromkeys(keys))


def _s3() -> S3Backend:
    return s3_backends[DEFAULT_ACCOUNT_ID]["aws"]


def _hold_back(bucket: FakeBucket) -> None:
    if wishes := bucket.notification_configuration:
        wishes.queue = [_HeldBack(wish.arn, wish.events, wish.filters, wish.id) for wish in wishes.queue]


def _versions(bucket: FakeBucket, key: str) -> tuple[Version, ...]:
    return tuple(bucket.keys.getlist(key, []))


def _differences(before: tuple[Version, ...], after: tuple[Version, ...]) -> Iterator[tuple[str, Version]]:
    """
    Yield the changes of one key: Created, DeleteMarkerCreated, or Delete, each with its version.

    A put to an unversioned bucket replaces the only version; this is not a deletion.
    """
    new = [version for version in after if version not in before]
    gone = [version for version in before if version not in after]
    for version in new:
        yield ("DeleteMarkerCreated" if isinstance(version, FakeDeleteMarker) else "Created"), version
    if not any(isinstance(version, FakeKey) for version in new):
        yield from (("Delete", version) for version in gone)


def _send(bucket: FakeBucket, version: Version, event: str) -> None:
    """Send the notification to every existing queue that the bucket's configuration names for it."""
    for wish in bucket.notification_configuration.queue if bucket.notification_configuration else ():
        region, _, name = wish.arn.split(":")[3:]
        queues = sqs_backends[DEFAULT_ACCOUNT_ID][region]
        wanted = Notification.matches(wish, f"s3:{event}", version.name)  # the filter, not the suppressed events
        if wanted and name in queues.queues:
            queues.send_message(name, json.dumps({"Records": [_record(bucket, version, event, wish.id)]}))


def _record(bucket: FakeBucket, version: Version, event: str, configuration: str) -> dict[str, Any]:
    """
    Describe one event as S3 does.

    Source: Amazon S3 User Guide, "Event message structure"; deletions have neither size nor ETag.
    """
    actor = "s3.amazonaws.com" if event.startswith("Lifecycle") else "127.0.0.1"
    return {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "awsRegion": bucket.region_name,
        "eventTime": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "eventName": event,
        "userIdentity": {"principalId": f"AWS:{DEFAULT_ACCOUNT_ID}"},
        "requestParameters": {"sourceIPAddress": actor},
        "responseElements": {"x-amz-request-id": uuid4().hex[:16].upper(), "x-amz-id-2": uuid4().hex},
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": configuration,
            "bucket": {"name": bucket.name, "ownerIdentity": {"principalId": "LOCAL"}, "arn": bucket.arn},
            "object": _object(version, event, versioned=bucket.is_versioned),
        },
    }


def _object(version: Version, event: str, *, versioned: bool) -> dict[str, Any]:
    entry: dict[str, Any] = {"key": quote_plus(version.name, safe="/")}
    if isinstance(version, FakeKey) and event.startswith("ObjectCreated"):
        entry |= {"size": version.size, "eTag": version.etag.strip('"')}
    if versioned:
        entry["versionId"] = version.version_id
    return entry | {"sequencer": f"{next(_sequence):016X}"}
