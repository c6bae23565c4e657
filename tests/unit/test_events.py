"""The sample events have S3's real format, for documentation and as input."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus

import pytest

from connector.core.envelope import messages, records
from connector.core.envelope import read as unwrap
from connector.core.notification import Notification
from connector.core.order import Scope
from connector.core.slice import Slice

EVENTS = Path(__file__).parents[2] / "events"
ODD = "flights/2012-12-31 ré+sumé %2B 日本 ✈.csv"

CASES = {
    "put": ("ObjectCreated:Put", "exports/nycflights/airlines.csv"),
    "copy": ("ObjectCreated:Copy", "exports/nycflights/airports.csv"),
    "multipart": ("ObjectCreated:CompleteMultipartUpload", "exports/nycflights/flights/2013-01-01.csv"),
    "delete": ("ObjectRemoved:Delete", "flights/2012-12-29.csv"),
    "delete-marker": ("ObjectRemoved:DeleteMarkerCreated", "flights/2012-12-30.csv"),
    "undelete": ("ObjectRemoved:Delete", "exports/nycflights/planes.csv"),
    "lifecycle-expiry": ("LifecycleExpiration:Delete", "flights/2012-12-31.csv"),
    "lifecycle-transition": ("LifecycleTransition", "flights/2012-12-27.csv"),
    "tagging": ("ObjectTagging:Put", "exports/nycflights/airports.csv"),
    "restore": ("ObjectRestore:Completed", "flights/2012-12-28.csv"),
    "encoded-key": ("ObjectCreated:Put", ODD),
    "no-route": ("ObjectCreated:Put", "backups/nycflights.dump"),
}

WRAPPED = {
    "sqs": [CASES["put"], CASES["delete"]],
    "sqs-sns": [CASES["put"]],
    "sqs-sns-raw": [CASES["encoded-key"]],
    "sqs-eventbridge": [("Object Created: PutObject", ODD), ("Object Deleted: DeleteObject", CASES["delete"][1])],
    "sns": [CASES["put"]],
    "eventbridge": [("Object Created: PutObject", ODD)],
}


def read(name: str) -> dict[str, Any]:
    """Read one sample event."""
    event: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text(encoding="utf-8"))
    return event


def bucket(key: str) -> str:
    """Return the bucket of a sample event: keys of December 2012 are in the archive."""
    return f"nycflights-{'archive' if key.startswith('flights/') else 'exports'}"


def test_all() -> None:
    """Every file is one of the cases, and every case has a file."""
    assert {path.stem for path in EVENTS.glob("*.json")} == {*CASES, *WRAPPED, "test-event", "sweep"}


@pytest.mark.parametrize("name", WRAPPED)
def test_wrapped(name: str) -> None:
    """Every sample has its event type and key, in any envelope."""
    event = read(name)
    found = [record for message in messages(event) for record in unwrap(message.body)] or list(records(event))

    assert [(record.event, record.key) for record in found if isinstance(record, Notification)] == WRAPPED[name]
    assert all(record.bucket == bucket(record.key) for record in found if isinstance(record, Notification))
    assert all(isinstance(record, Notification) for record in found)


@pytest.mark.parametrize("name", CASES)
def test_record(name: str) -> None:
    """A record has its event type and key; the key is form-encoded UTF-8."""
    kind, key = CASES[name]

    (record,) = read(name)["Records"]

    assert record["eventName"] == kind
    assert unquote_plus(record["s3"]["object"]["key"], errors="strict") == key
    assert record["s3"]["object"]["key"].isascii()
    assert record["eventSource"] == "aws:s3"
    assert record["eventVersion"].startswith("2.")
    assert record["s3"]["bucket"]["name"] == bucket(key)


@pytest.mark.parametrize("name", [name for name, (kind, _) in CASES.items() if "Removed" in kind or "Expir" in kind])
def test_removed(name: str) -> None:
    """A removal event has neither size nor ETag."""
    (record,) = read(name)["Records"]

    assert not {"size", "eTag"} & record["s3"]["object"].keys()


@pytest.mark.parametrize("name", ["lifecycle-transition", "tagging", "restore"])
def test_no_sequencer(name: str) -> None:
    """An event of what already exists has no sequencer."""
    (record,) = read(name)["Records"]

    assert "sequencer" not in record["s3"]["object"]


def test_transition() -> None:
    """A transition says which storage class the object has now; S3 makes it, and nobody calls."""
    (record,) = read("lifecycle-transition")["Records"]

    assert record["lifecycleEventData"]["transitionEventData"]["destinationStorageClass"] == "GLACIER"
    assert record["requestParameters"]["sourceIPAddress"] == "s3.amazonaws.com"


def test_restore() -> None:
    """A restore says how long the copy stays."""
    (record,) = read("restore")["Records"]

    assert record["glacierEventData"]["restoreEventData"]["lifecycleRestorationExpiryTime"]


def test_sweep() -> None:
    """An order to sweep the exports of the demo's bucket."""
    assert records(read("sweep")) == (Slice(Scope("nycflights-exports", "exports/"), 10),)


def test_test_event() -> None:
    """The event that S3 sends when notifications are switched on has no records."""
    event = read("test-event")

    assert (event["Event"], event["Bucket"], "Records" in event) == ("s3:TestEvent", "nycflights-exports", False)
