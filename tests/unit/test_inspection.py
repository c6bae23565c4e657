"""The judgements of `check` that need no request: rights, queues, and diagnoses as data."""

from datetime import UTC, datetime

import pytest

from connector.core import diagnosis, inspection
from connector.core.diagnosis import Diagnosis, Status
from connector.core.nearest import Similar
from connector.core.site import Connection, Queue

NAME = "default/postgres/2"
RIGHTS = [
    pytest.param(Connection(active=False), Status.ERROR, f"has no active connection {NAME}", id="absent"),
    pytest.param(Connection(True, frozenset({"me"})), Status.OK, "is an admin of it", id="admin"),
    pytest.param(
        Connection(True, written=datetime(2026, 1, 2, tzinfo=UTC)),
        Status.OK,
        "last wrote an asset of it on 2026-01-02",
        id="wrote",
    ),
    pytest.param(Connection(True, frozenset({"you"})), Status.UNKNOWN, "shows only in a write", id="neither"),
]


@pytest.mark.parametrize(("found", "status", "fact"), RIGHTS)
def test_rights(found: Connection, status: Status, fact: str) -> None:
    """Only an admin, and who wrote before, is known to have the right to write; of others it cannot be told."""
    told = inspection.connection(NAME, found, "me", Similar())

    assert (told.status, fact in told.fact) == (status, True)
    assert bool(told.step) is (status is not Status.OK)


@pytest.mark.parametrize(
    ("url", "key", "status"),
    [
        pytest.param("https://sqs/1/q", "", Status.OK, id="SSE-SQS"),
        pytest.param("https://sqs/1/q.fifo", "", Status.ERROR, id="FIFO"),
        pytest.param("https://sqs/1/q", "alias/aws/sqs", Status.ERROR, id="AWS-managed key"),
        pytest.param("https://sqs/1/q", "arn:aws:kms:eu-west-1:1:key/x", Status.UNKNOWN, id="own key"),
    ],
)
def test_queue(url: str, key: str, status: Status) -> None:
    """S3 sends to standard queues, and not to those under AWS's own key; another key has a policy of its own."""
    (told,) = inspection.queue("queue", url, Queue("arn:aws:sqs:eu-west-1:1:q", {}, key))

    assert told.status is status


def test_dead_letters() -> None:
    """Messages in the dead-letter queue are a warning that says where their reason is."""
    told = inspection.dead_letters(Queue("arn:aws:sqs:eu-west-1:1:q", waiting=3))

    assert (told.status, told.fact) == (Status.WARNING, "3 messages failed, and are in it")
    assert "attribute `error`" in told.step


def test_configuration() -> None:
    """Each fault of the settings is a diagnosis; one that has no step gets one."""
    first, second = inspection.configuration("the environment", ["A is not set; set it", "B is wrong"])

    assert (first.thing, first.fact, first.step) == ("the environment", "A is not set", "set it")
    assert second.step == "correct it, and run the command again"


def test_data() -> None:
    """A diagnosis is the same after it was sent as JSON; anything else is refused."""
    one = Diagnosis(Status.ERROR, "queue", "it is full", "empty it", ("make empty",))

    assert diagnosis.read(one.document()) == one
    for other in ({}, {"status": "fine"}, None, one.document() | {"status": "unheard"}):
        with pytest.raises(ValueError, match=r"diagnosis|valid Status"):
            diagnosis.read(other)


def test_worst() -> None:
    """What cannot be told is worse than a warning, and no diagnosis is in order."""
    warned, untold = diagnosis.doubtful("a", "b", "c"), diagnosis.untold("a", "b", "c")

    assert diagnosis.worst([warned, untold]) is Status.UNKNOWN
    assert diagnosis.worst([warned]) is Status.WARNING
    assert diagnosis.worst([]) is Status.OK
