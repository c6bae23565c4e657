"""Reading S3 notifications: all event types that may change an object, keys in all scripts, and clear errors."""

import copy
import json
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.core import notification
from connector.core.notification import Irrelevant, Malformed, Notification, decode, parse
from connector.core.pattern import MAX_KEY_BYTES
from connector.errors import MalformedError, PermanentError, UndecodableKeyError
from tests.unit.test_events import bucket

EVENTS = Path(__file__).parents[2] / "events"
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)
KEYS = TEXTS.filter(lambda key: len(key.encode()) <= MAX_KEY_BYTES)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
GONE = object()


def sample(name: str) -> dict[str, Any]:
    """Read one of the sample events."""
    event: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text(encoding="utf-8"))
    return event


def record(path: str = "", value: object = GONE) -> dict[str, Any]:
    """Return the record of a put, with the field at the dotted *path* set to *value*, or left out without one."""
    found: dict[str, Any] = copy.deepcopy(sample("put")["Records"][0])
    *parents, last = path.split(".")
    place = found
    for parent in parents:
        place = place[parent]
    if value is GONE:
        place.pop(last, None)
    else:
        place[last] = value
    return found


def fault(result: object) -> PermanentError:
    """Return the error of a malformed record."""
    assert isinstance(result, Malformed)
    return result.error


@pytest.mark.parametrize(
    ("name", "event", "key"),
    [
        pytest.param("put", "ObjectCreated:Put", "exports/nycflights/airlines.csv", id="put"),
        pytest.param("copy", "ObjectCreated:Copy", "exports/nycflights/airports.csv", id="copy"),
        pytest.param(
            "multipart",
            "ObjectCreated:CompleteMultipartUpload",
            "exports/nycflights/flights/2013-01-01.csv",
            id="multipart upload",
        ),
        pytest.param("delete", "ObjectRemoved:Delete", "flights/2012-12-29.csv", id="delete"),
        pytest.param(
            "delete-marker", "ObjectRemoved:DeleteMarkerCreated", "flights/2012-12-30.csv", id="delete marker"
        ),
        pytest.param("lifecycle-expiry", "LifecycleExpiration:Delete", "flights/2012-12-31.csv", id="lifecycle expiry"),
        pytest.param("restore", "ObjectRestore:Completed", "flights/2012-12-28.csv", id="restore"),
        pytest.param(
            "lifecycle-transition", "LifecycleTransition", "flights/2012-12-27.csv", id="lifecycle transition"
        ),
        pytest.param(
            "encoded-key", "ObjectCreated:Put", "flights/2012-12-31 ré+sumé %2B 日本 ✈.csv", id="key of many scripts"
        ),
        pytest.param("no-route", "ObjectCreated:Put", "backups/nycflights.dump", id="key of no route"),
    ],
)
def test_sample(name: str, event: str, key: str) -> None:
    """Every sample is read as a key that may have changed, with its event type, also a delete marker's."""
    assert parse(sample(name)) == (Notification(bucket(key), key, event),)


def test_test_event() -> None:
    """S3's test event is recognised, with its bucket."""
    assert parse(sample("test-event")) == (notification.S3TestEvent("nycflights-exports"),)


@pytest.mark.parametrize("family", notification.TYPES)
def test_family(family: str) -> None:
    """Any type of the families is read, also future ones, with or without `s3:`."""
    new = record("eventName", f"{family}SomethingNew")
    prefixed = record("eventName", f"s3:{family}SomethingNew")

    assert [found.event for found in parse({"Records": [new, prefixed]}) if isinstance(found, Notification)] == [
        f"{family}SomethingNew"
    ] * 2


READ = [
    "ObjectCreated:Put",
    "ObjectRemoved:Delete",
    "LifecycleExpiration:DeleteMarkerCreated",
    "LifecycleTransition",
    "ObjectRestore:Completed",
    "ObjectRestore:Delete",
]
IRRELEVANT = [
    "ObjectTagging:Put",
    "ObjectTagging:Delete",
    "ObjectAcl:Put",
    "Replication:OperationFailedReplication",
    "Replication:OperationMissedThreshold",
    "Replication:OperationReplicatedAfterThreshold",
    "Replication:OperationNotTracked",
    "ReducedRedundancyLostObject",
    "IntelligentTiering",
    "ObjectRestore:Post",
    "ObjectAnnotated:Put",
    "objectcreated:put",
]


@pytest.mark.parametrize("event", READ)
@pytest.mark.parametrize("prefix", ["", "s3:"])
def test_read(prefix: str, event: str) -> None:
    """An event after which S3 may say something else of what is cataloged is read."""
    assert parse({"Records": [record("eventName", prefix + event)]}) == (
        Notification("nycflights-exports", "exports/nycflights/airlines.csv", event),
    )


@pytest.mark.parametrize("event", IRRELEVANT)
@pytest.mark.parametrize("prefix", ["", "s3:"])
def test_irrelevant(prefix: str, event: str) -> None:
    """Any other event of S3, also one that S3 has yet to invent, is told apart from what is malformed."""
    assert parse({"Records": [record("eventName", prefix + event)]}) == (
        Irrelevant("nycflights-exports", "exports/nycflights/airlines.csv", event),
    )


@pytest.mark.parametrize(
    ("path", "value"),
    [
        pytest.param("eventSource", "aws:sqs", id="another source"),
        pytest.param("eventVersion", "3.0", id="another version"),
        pytest.param("eventName", "", id="no name"),
        pytest.param("s3.bucket.name", "a/b", id="no bucket"),
        pytest.param("s3.object.key", "%FF", id="a key that S3 cannot have sent"),
        pytest.param("s3.object", GONE, id="no object"),
    ],
)
def test_irrelevant_malformed(path: str, value: object) -> None:
    """What S3 cannot have sent is malformed, whatever type it says it is."""
    wrong = record(path, value)
    wrong.setdefault("eventName", "ObjectTagging:Put")
    wrong["eventName"] = wrong["eventName"] and "ObjectTagging:Put"

    assert isinstance(parse({"Records": [wrong]})[0], Malformed)


def test_irrelevant_sample() -> None:
    """The sample of an event that changes nothing that is cataloged."""
    assert parse(sample("tagging")) == (
        Irrelevant("nycflights-exports", "exports/nycflights/airports.csv", "ObjectTagging:Put"),
    )


@pytest.mark.parametrize("version", ["2", "2.0", "2.1", "2.6", "2.99"])
def test_version(version: str) -> None:
    """Only the major number of the version is compared, and unknown fields are ignored."""
    known = {**record("eventVersion", version), "aNewField": {"of": "S3"}}

    assert isinstance(parse({"Records": [known]})[0], Notification)


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        pytest.param("text", "Records[0].eventSource is missing or not a string", id="a text"),
        pytest.param(None, "Records[0].eventSource is missing or not a string", id="null"),
        pytest.param([], "Records[0].eventSource is missing or not a string", id="a list"),
        pytest.param({}, "Records[0].eventSource is missing or not a string", id="no fields"),
        pytest.param(record("eventSource", "aws:sqs"), "Records[0].eventSource is 'aws:sqs'", id="not of S3"),
        pytest.param(record("eventSource", ""), "Records[0].eventSource is missing or not", id="empty source"),
        pytest.param(record("eventVersion"), "Records[0].eventVersion is missing or not", id="no version"),
        pytest.param(record("eventVersion", 2.1), "Records[0].eventVersion is missing or not", id="version a number"),
        pytest.param(record("eventVersion", "3.0"), "Records[0].eventVersion is '3.0'; this connector reads", id="3.0"),
        pytest.param(record("eventVersion", "20.1"), "Records[0].eventVersion is '20.1'", id="20.1"),
        pytest.param(record("eventName"), "Records[0].eventName is missing or not a string", id="no name"),
        pytest.param(record("s3"), "Records[0].s3.bucket.name is missing or not a string", id="no s3"),
        pytest.param(record("s3", "text"), "Records[0].s3.bucket.name is missing or not", id="s3 a text"),
        pytest.param(record("s3.bucket", None), "Records[0].s3.bucket.name is missing or not", id="bucket null"),
        pytest.param(record("s3.bucket.name", ""), "Records[0].s3.bucket.name is missing or not", id="bucket empty"),
        pytest.param(record("s3.bucket.name", "a/b"), "'a/b' is not a valid bucket name; send the", id="bucket a path"),
        pytest.param(record("s3.bucket.name", "\ud800"), r"'\ud800' is not a valid bucket name", id="no Unicode"),
        pytest.param(record("s3.bucket.name", "b" * 256), "bbb' is not a valid bucket", id="bucket of 256 letters"),
        pytest.param(record("s3.object"), "Records[0].s3.object.key is missing or not a string", id="no object"),
        pytest.param(record("s3.object.key"), "Records[0].s3.object.key is missing or not a string", id="no key"),
        pytest.param(record("s3.object.key", 5), "Records[0].s3.object.key is missing or not", id="key a number"),
    ],
)
def test_malformed_record(bad: object, words: str) -> None:
    """A malformed record is a permanent error that names the field."""
    error = fault(*parse({"Records": [bad]}))

    assert type(error) is MalformedError
    assert words in str(error)


def test_neighbours() -> None:
    """A faulty record does not affect the others, and results keep the order of the records."""
    first, last = record("s3.object.key", "a"), record("s3.object.key", "b")

    results = parse({"Records": [first, record("eventSource", "aws:sns"), record("s3.object.key", "%FF"), last]})

    assert results[0] == Notification("nycflights-exports", "a", "ObjectCreated:Put")
    assert "Records[1]" in str(fault(results[1]))
    assert isinstance(fault(results[2]), UndecodableKeyError)
    assert results[3] == Notification("nycflights-exports", "b", "ObjectCreated:Put")


@pytest.mark.parametrize(
    ("event", "words"),
    [
        pytest.param(None, "a JSON NoneType", id="null"),
        pytest.param([], "a JSON list", id="a list"),
        pytest.param("Records", "a JSON str", id="a text"),
        pytest.param({}, "an object with the fields (none)", id="no fields"),
        pytest.param({"detail": {}, "source": "aws.s3"}, "an object with the fields detail, source", id="other fields"),
        pytest.param({"Records": []}, "its `Records` is not a list with at least one record", id="no records"),
        pytest.param({"Records": "text"}, "its `Records` is not a list with", id="records a text"),
        pytest.param({"Records": None}, "its `Records` is not a list with", id="records null"),
        pytest.param({"Records": {"0": {}}}, "its `Records` is not a list with", id="records an object"),
        pytest.param(
            {**sample("test-event"), "Service": "Amazon SQS"},
            "an object with the fields Bucket, Ev",
            id="of another",
        ),
        pytest.param({**sample("test-event"), "Bucket": None}, "an object with the fields Bucket, Ev", id="no bucket"),
    ],
)
def test_malformed_event(event: object, words: str) -> None:
    """An event that is not an S3 notification is described by its shape, never by its contents."""
    error = fault(*parse(event))

    assert type(error) is MalformedError
    assert str(error).startswith(f"not an S3 notification: {words}")


@pytest.mark.parametrize(
    "event",
    [
        pytest.param({"x" * 100_000: 1, "\ud800": 2}, id="fields"),
        *(
            pytest.param({"Records": [record(path, f"{start}\ud800{'%' * 100_000}")]}, id=path)
            for path, start in (
                *(("eventSource", "x"), ("eventVersion", "x")),
                *(("s3.bucket.name", "x"), ("s3.object.key", "%")),
            )
        ),
        pytest.param({**sample("test-event"), "Bucket": "\ud800"}, id="bucket of a test event"),
    ],
)
def test_legible(event: object) -> None:
    """An error that repeats a foreign text is short and valid in UTF-8."""
    error = fault(*parse(event))

    assert len(str(error).encode()) < 500


@pytest.mark.parametrize(("family", "kind"), [("ObjectCreated", Notification), ("Object", Irrelevant)])
def test_event_name(family: str, kind: type[Notification] | type[Irrelevant]) -> None:
    """The type of an event is kept for the log as the log can hold it: not for ever, and in UTF-8."""
    (found,) = parse({"Records": [record("eventName", f"{family}:\ud800{'x' * 100_000}")]})

    assert isinstance(found, kind)
    assert found.event.startswith(rf"{family}:\ud800xxx")
    assert len(found.event) < 300


@given(JSON)
def test_any(event: object) -> None:
    """Any JSON is read, or is a malformed record; nothing is raised."""
    assert parse(event)
    for result in parse({"Records": [event]}):
        assert fault(result).reason == "malformed_event"


@given(KEYS)
def test_decode(key: str) -> None:
    """Every key that S3 allows is read unchanged from a form-encoded notification."""
    assert decode(quote_plus(key)) == key
    assert decode(quote_plus(key, safe="/")) == key


@pytest.mark.parametrize(
    ("encoded", "key"),
    [
        pytest.param("red+flower.jpg", "red flower.jpg", id="a plus is a space"),
        pytest.param("red%2Bflower.jpg", "red+flower.jpg", id="an encoded plus"),
        pytest.param("a%252Bb", "a%2Bb", id="encoded once only"),
        pytest.param("100%25", "100%", id="a percent sign"),
        pytest.param("%e6%97%a5", "日", id="lower-case digits"),
        pytest.param("日", "日", id="not encoded at all"),
        pytest.param("%0A", "\n", id="a line break"),
        pytest.param("a" * 1024, "a" * 1024, id="1,024 bytes"),
        pytest.param("%C3%A9" * 512, "é" * 512, id="1,024 bytes of 512 letters"),
    ],
)
def test_decoded(encoded: str, key: str) -> None:
    """Keys are form-decoded once."""
    assert decode(encoded) == key


@pytest.mark.parametrize(
    ("encoded", "words"),
    [
        pytest.param("%FF", "key '%FF' is not form-encoded UTF-8", id="no UTF-8"),
        pytest.param("%C3", "key '%C3' is not form-encoded UTF-8", id="half a letter"),
        pytest.param("%ED%A0%80", "is not form-encoded UTF-8", id="an encoded surrogate"),
        pytest.param("\ud800", r"key '\ud800' is not UTF-8", id="a surrogate"),
        pytest.param("100%", "key '100%' has an incomplete percent encoding; S3 sends", id="% at last"),
        pytest.param("a%2Gb", "has an incomplete percent encoding", id="no digit"),
        pytest.param("%%41", "has an incomplete percent encoding", id="two percent signs"),
        pytest.param("", "key '' has 0 bytes; S3 keys have 1 to 1024", id="empty"),
        pytest.param("a" * 1025, "has 1025 bytes; S3 keys have 1 to 1024", id="1,025 bytes"),
        pytest.param("%C3%A9" * 513, "has 1026 bytes", id="1,026 bytes of 513 letters"),
    ],
)
def test_undecodable(encoded: str, words: str) -> None:
    """A key that S3 cannot have sent is rejected permanently, and the message has the reason."""
    with pytest.raises(UndecodableKeyError) as caught:
        decode(encoded)

    assert words in str(caught.value)


@given(st.text(max_size=40) | TEXTS.map(lambda text: f"%{text}"))
def test_decode_or_refuse(text: str) -> None:
    """Any text is decoded to a key that S3 allows, or rejected as undecodable."""
    refused = False
    key = ""

    try:
        key = decode(text)
    except UndecodableKeyError:
        refused = True

    assert refused or 1 <= len(key.encode()) <= MAX_KEY_BYTES
