"""The local commands read an event as the connector does, in any envelope."""

import pytest

from local.aws import events
from tests.unit.test_events import CASES, WRAPPED, bucket, read


@pytest.mark.parametrize("name", [*CASES, *WRAPPED])
def test_sample(name: str) -> None:
    """Each sample event is read as event types and objects, in order."""
    found = events.read(read(name))

    assert [(one.kind, one.key) for one in found] == (WRAPPED.get(name) or [CASES[name]])
    assert all(one.bucket == bucket(one.key) for one in found)


@pytest.mark.parametrize("name", CASES)
def test_removed(name: str) -> None:
    """An event says whether the object was removed."""
    (found,) = events.read(read(name))

    assert found.removed is (name in ("delete", "delete-marker", "lifecycle-expiry"))
    assert found.url == f"s3://{bucket(CASES[name][1])}/{CASES[name][1]}"


@pytest.mark.parametrize(
    "event",
    [
        pytest.param(None, id="null"),
        pytest.param([], id="list"),
        pytest.param(read("test-event"), id="test event"),
        pytest.param({"Records": [{"eventSource": "aws:sqs", "body": "no JSON"}]}, id="no JSON"),
        pytest.param({"Records": [{"eventSource": "aws:sqs", "body": "[" * 100_000}]}, id="too deep"),
        pytest.param({"Records": [{"eventSource": "aws:kinesis"}]}, id="another service"),
    ],
)
def test_nothing(event: object) -> None:
    """A record without an object is left out, and raises nothing."""
    assert events.read(event) == []
