"""Envelopes of notifications: each gives the same records."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.core.envelope import WRAPPINGS, Message, contents, messages, read, records
from connector.core.notification import Irrelevant, Malformed, Notification, S3TestEvent
from tests.support.notice import bridged, direct, message, posted, record, topic

KEY = "exports/a b+c%2B é日本.csv"


DIRECT = direct(record("lake", KEY))
BRIDGED = bridged("lake", KEY, reason="PutObject")

WRAPPED = [
    pytest.param(DIRECT, "ObjectCreated:Put", id="direct"),
    pytest.param(BRIDGED, "Object Created: PutObject", id="EventBridge"),
    pytest.param(topic(json.dumps(DIRECT)), "ObjectCreated:Put", id="SNS"),
    pytest.param(posted(json.dumps(DIRECT)), "ObjectCreated:Put", id="SNS in SQS"),
    pytest.param(
        {"requestContext": {"functionArn": "arn:aws:lambda:…:live"}, "requestPayload": DIRECT, "responsePayload": {}},
        "ObjectCreated:Put",
        id="a failed invocation, sent again",
    ),
    pytest.param(posted(json.dumps(BRIDGED)), "Object Created: PutObject", id="EventBridge in SNS"),
]


@pytest.mark.parametrize(("event", "kind"), WRAPPED)
def test_records(event: dict[str, Any], kind: str) -> None:
    """In every envelope the key is read unchanged, from text and from an event."""
    assert records(event) == (Notification("lake", KEY, kind),)
    assert read(json.dumps(event)) == records(event)


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=200))
def test_same_key(key: str) -> None:
    """A key is the same through all of them, though one encodes it and the other does not."""
    keys = {found.key for event in (direct(record("lake", key)), bridged("lake", key)) for found in records(event)}

    assert keys == {key}


@pytest.mark.parametrize(
    "kind",
    [
        "Object Created",
        "Object Deleted",
        "Object Restore Completed",
        "Object Restore Expired",
        "Object Storage Class Changed",
    ],
)
def test_detail_types(kind: str) -> None:
    """EventBridge's events of what is cataloged are ours; a missing reason is no fault, nor one of nonsense."""
    event = bridged("lake", KEY, kind)

    assert records(event) == (Notification("lake", KEY, kind),)
    assert records(bridged("lake", KEY, kind, reason=[[]])) == (Notification("lake", KEY, kind),)


@pytest.mark.parametrize(
    "kind",
    [
        "Object Tags Added",
        "Object Tags Deleted",
        "Object ACL Updated",
        "Object Restore Initiated",
        "Object Access Tier Changed",
        "Object Annotated",
        "Bucket Emptied",
    ],
)
def test_irrelevant(kind: str) -> None:
    """Any other event of S3, in every wrapping, is told apart from what is malformed, and keeps its object."""
    event = bridged("lake", KEY, kind)
    text = json.dumps(event)

    for wrapped in (event, topic(text), {"Type": "Notification", "Message": text}):
        assert records(wrapped) == (Irrelevant("lake", KEY, kind),)


@pytest.mark.parametrize(
    "detail",
    [
        pytest.param({"eventName": "PutObject", "requestParameters": {"bucketName": "lake", "key": "a"}}, id="a call"),
        pytest.param({}, id="nothing"),
    ],
)
def test_irrelevant_call(detail: dict[str, Any]) -> None:
    """An event of S3 that is not about an object, as CloudTrail's of a call, names none, and is no fault either."""
    event = {"source": "aws.s3", "detail-type": "AWS API Call via CloudTrail", "detail": detail}

    assert records(event) == (Irrelevant("", "", "AWS API Call via CloudTrail"),)


FAULTS = [
    pytest.param(
        bridged("lake", KEY, "Object Tags Added", object={}), "detail.object.key is missing", id="other, no key"
    ),
    pytest.param(bridged("lake", "", "Object Tags Added"), "has 0 bytes", id="other, empty key"),
    pytest.param({"source": "aws.s3", "detail-type": "AWS API Call"}, "detail.object.key is missing", id="no detail"),
    pytest.param(
        topic('{"AlarmName": "Errors", "NewStateValue": "ALARM"}'), "fields AlarmName, NewStateValue", id="an alarm"
    ),
    pytest.param(bridged("lake", KEY, object={}), "detail.object.key is missing", id="no key"),
    pytest.param(bridged("lake", ""), "has 0 bytes", id="empty key"),
    pytest.param(bridged("a/b", KEY), "'a/b' is not a valid bucket name", id="no bucket's name"),
    pytest.param(bridged("lake", "\ud800"), "is not UTF-8", id="no Unicode"),
    pytest.param({"source": "aws.ec2", "detail-type": "x"}, "not an S3 notification", id="another source"),
    pytest.param(topic("{"), "not JSON", id="SNS without JSON"),
]


@pytest.mark.parametrize(("event", "says"), FAULTS)
def test_faults(event: dict[str, Any], says: str) -> None:
    """What is no event of an object that came or went is malformed, and says why."""
    (found,) = records(event)

    assert isinstance(found, Malformed)
    assert says in str(found.error)


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, "null"])
def test_no_json(text: str) -> None:
    """A body that is no JSON, or none of an object, is malformed, however strange it is."""
    (found,) = read(text)

    assert isinstance(found, Malformed)


def wrapped(times: int) -> dict[str, Any]:
    """Return a notification within so many records of failed invocations."""
    event = DIRECT
    for _ in range(times):
        event = {"requestContext": {"functionArn": "arn"}, "requestPayload": event}
    return event


@pytest.mark.parametrize("times", [WRAPPINGS, 900])
def test_deep(times: int) -> None:
    """What is wrapped too deep is malformed before it can exhaust the stack; what is wrapped less deep is read."""
    (found,) = records(wrapped(times))

    assert isinstance(found, Malformed)
    assert "wrapped 8 times or more" in str(found.error)
    assert records(wrapped(WRAPPINGS - 1)) == (Notification("lake", KEY, "ObjectCreated:Put"),)


def test_neighbours() -> None:
    """A faulty record of an SNS event does not affect the others."""
    first, second = records(topic("{", json.dumps(DIRECT)))

    assert isinstance(first, Malformed)
    assert second == Notification("lake", KEY, "ObjectCreated:Put")


def test_test_event() -> None:
    """S3's test event is read in every envelope."""
    test = {"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "lake"}

    assert records(topic(json.dumps(test))) == (S3TestEvent("lake"),)


def test_messages() -> None:
    """A message has its id, receipt handle, body, number of receives, and number of redrives."""
    event = {
        "Records": [
            message(
                "b",
                attributes={"ApproximateReceiveCount": "3"},
                messageAttributes={"hops": {"stringValue": "1"}},
            ),
            {"eventSource": "aws:sqs", "messageId": "n", "body": "c"},
        ]
    }

    assert messages(event) == (Message("m", "r", "b", 3, 1), Message("n", "", "c", 1, 0))


@pytest.mark.parametrize(
    ("attributes", "since"),
    [
        pytest.param({"SentTimestamp": "1700000000500"}, 1_700_000_000.5, id="sent"),
        pytest.param(
            {"SentTimestamp": "1600000000000", "ApproximateFirstReceiveTimestamp": "1700000000500"},
            1_700_000_000.5,
            id="received later",
        ),
        pytest.param({}, None, id="not known"),
        pytest.param({"SentTimestamp": 1_700_000_000_500}, None, id="a number"),
        pytest.param({"SentTimestamp": "-5"}, None, id="before 1970"),
        pytest.param({"SentTimestamp": "9" * 5_000}, None, id="endless"),
        pytest.param({"SentTimestamp": "²"}, None, id="no digit"),
    ],
)
def test_since(attributes: dict[str, object], since: float | None) -> None:
    """A message's age counts from its first receive, as a backlog is no failure; without that, since it was sent."""
    (found,) = messages({"Records": [message("b", attributes=attributes)]})

    assert found.since == since
    assert found.waited(1_700_000_010.5) == (None if since is None else 10.0)
    assert found.waited(0.0) == (None if since is None else 0.0)


@pytest.mark.parametrize(("hops", "looped"), [(0, False), (15, False), (16, True), (99, True)])
def test_hops(hops: int, looped: bool) -> None:
    """A message that was redriven too often is not read any more, so that no loop runs for ever."""
    (found,) = contents(Message("m", "r", json.dumps(DIRECT), 1, hops))

    assert isinstance(found, Malformed) == looped


STRANGE = [
    pytest.param({"messageId": None}, Message("", "r", "b", 1, 0), id="no id"),
    pytest.param({"messageId": "\ud800"}, Message("", "r", "b", 1, 0), id="id of no Unicode"),
    pytest.param({"receiptHandle": 5}, Message("m", "", "b", 1, 0), id="receipt a number"),
    pytest.param({"attributes": None}, Message("m", "r", "b", 1, 0), id="no attributes"),
    *(
        pytest.param({"attributes": {"ApproximateReceiveCount": count}}, Message("m", "r", "b", 1, 0), id=name)
        for name, count in {
            "a word": "abc",
            "none": "0",
            "negative": "-3",
            "endless": "9" * 5_000,
            "a number": 3,
        }.items()
    ),
    *(
        pytest.param({"messageAttributes": {"hops": hops}}, Message("m", "r", "b", 1, 0), id=f"hops {hops!r:.20}")
        for hops in (None, 5, {}, *({"stringValue": text} for text in ("x", "²", "-1", None, "9" * 5_000)))
    ),
]


@pytest.mark.parametrize(("members", "read_as"), STRANGE)
def test_strange(members: dict[str, Any], read_as: Message) -> None:
    """A member of a message that SQS cannot have sent spoils nothing: neither the message, nor its neighbours."""
    assert messages(direct(message("b", **members), message("b"))) == (read_as, Message("m", "r", "b", 1, 0))


@pytest.mark.parametrize("strange", [None, [], "text", 5, {}, {"body": ""}, {"body": {"a": 1}}, record("lake", KEY)])
def test_no_message(strange: object) -> None:
    """What is no message among messages is malformed, and is kept whole as what a dead letter would say."""
    first, second = messages(direct(message("b"), strange))

    assert (first.id, second.id) == ("m", "")
    assert json.loads(second.body) == strange
    assert isinstance(contents(second)[0], Malformed)


@pytest.mark.parametrize("event", [{}, [], None, DIRECT, {"Records": []}, {"Records": [None]}, {"Records": {}}])
def test_no_messages(event: object) -> None:
    """An event that is not from SQS has no messages."""
    assert messages(event) == ()
