"""Batches of messages in a world in memory: what is finished, what is retried, what is dead, and when it ends."""

import pytest

from connector.core.asset import Type
from connector.core.budget import HAND_BACK, MARGIN, WAIT, Deadline
from connector.core.disposition import Tally
from connector.core.envelope import HOPS, Message
from connector.errors import (
    ConnectorError,
    CredentialsError,
    PermanentlyFailedError,
    TemporarilyFailedError,
    UnauthorizedError,
    UnavailableError,
)
from connector.lease import InProcess
from tests.support import notice
from tests.support.function import TIMEOUT, Function, body
from tests.support.shop import BUCKET
from tests.support.world import World, key


@pytest.fixture
def function() -> Function:
    return Function(World())


def test_finished(function: Function) -> None:
    """What is applied or ignored is finished, and SQS is told nothing more of it."""
    function.world.put(key("1"))
    function.send("1")
    function.queue.send(notice.body((BUCKET, "elsewhere.txt")))

    assert function.invoke() == 2
    assert function.queue.dead == []


@pytest.mark.unmeasured
@pytest.mark.parametrize("seconds", [0.5, 3.0, 12.0])
@pytest.mark.parametrize("columns", [2, 400])
def test_progress(seconds: float, columns: int) -> None:
    """
    Whatever the batch's size and Atlan's answer times, each invocation ends in time, and the queue is empty in the end.

    1,000 messages: `tests/integration/test_large.py` has the same over HTTP and by the real clock, with SOAK.
    """
    world = World(columns=tuple(f"c{number}" for number in range(columns)))
    function = Function(world)
    world.catalog.seconds, function.queue.seconds = seconds, HAND_BACK
    world.put(*(key(str(number)) for number in range(1000)))
    function.send(*(str(number) for number in range(1000)))

    invocations, idle = 0, 0
    while function.queue.messages:
        invocations += 1
        idle = 0 if function.invoke() else idle + 1
        assert idle <= 5
        assert function.longest <= TIMEOUT
    assert len(world.atlan.active(Type.OBJECT)) == 1000
    assert len(world.atlan.active(Type.COLUMN_PROCESS)) == columns
    assert invocations <= 12 + (1000 / 16 + columns / 50 + 8) * seconds / (
        TIMEOUT - MARGIN - 1000 * HAND_BACK - seconds * 2
    )


def test_late(function: Function) -> None:
    """Of a batch that is too large, what was done is finished; the rest is retried soon, and has not failed."""
    function.world.catalog.seconds = 6.0
    function.world.put(*(key(str(number)) for number in range(400)))
    function.send(*(str(number) for number in range(400)))

    done = function.invoke()

    assert 0 < done < 400
    assert len(function.world.atlan.active(Type.OBJECT)) == done
    assert {report.reason for report in function.world.journal.reports} == {"", "late"}
    left = {function.queue.visible[name] - function.world.clock.now for name in function.queue.messages}
    assert left == {15.0}


@pytest.mark.parametrize("ambiguous", [False, True])
def test_outage(function: Function, ambiguous: bool) -> None:
    """When Atlan stops answering, what was saved before is finished, and nothing further is tried."""
    function.world.put(*(key(str(number)) for number in range(80)))
    function.send(*(str(number) for number in range(80)))
    function.world.catalog.left = 2
    function.world.catalog.death = UnavailableError("no response", ambiguous=ambiguous)

    done = function.invoke()

    assert done == 16
    assert len(function.world.catalog.log) == 2
    errors = [str(report.error) for report in function.world.journal.reports if report.error]
    assert errors.count("no response") == 16
    assert errors.count("not begun, since an earlier request of the batch failed (no response)") == 48
    left = {function.queue.visible[name] - function.world.clock.now for name in function.queue.messages}
    assert left == {60.0 if ambiguous else 15.0}


def test_renewal_fails(function: Function) -> None:
    """When the key is rejected and cannot be read again, what was done before is finished, and all is reported."""
    function.world.put(*(key(str(number)) for number in range(40)))
    function.send(*(str(number) for number in range(40)))
    function.world.catalog.left, function.world.catalog.death = 2, UnauthorizedError("who?")
    function.key.answers = [UnavailableError("the secret cannot be read")]

    assert function.invoke() == 16
    assert len(function.world.journal.reports) == 40
    assert [name for name, _ in function.world.journal.troubles] == ["unrenewed"]


def test_renewal(function: Function) -> None:
    """When the key was replaced, everything is tried once more with the new one."""
    function.world.put(key("1"))
    function.send("1")
    function.world.catalog.refuse = [UnauthorizedError("who?")]
    function.key.answers = [True]

    assert function.invoke() == 1


class Lossy(InProcess):
    """Items that are taken, and never given back."""

    def end(self, connection: str, holder: str, expires: float, due: float) -> None:
        raise CredentialsError("expired")


def test_lease_lost() -> None:
    """What was done is finished, also when the lease cannot be given back."""
    world = World()
    world.items = Lossy()
    world.restart()
    function = Function(world)
    world.put(key("1"))
    function.send("1")

    assert function.invoke() == 1
    assert [name for name, _ in function.world.journal.troubles] == ["unreleased"]


@pytest.mark.parametrize("bodies", [["{}"], ["{}", body("denied")]], ids=["dead letter", "and a retry"])
def test_queue_fails(function: Function, bodies: list[str]) -> None:
    """A message that SQS does not take is not deleted, whatever was to become of it; the others are."""
    function.world.catalog.refuse = [UnavailableError("down")]
    function.queue.send(*bodies)
    function.world.put(key("denied"), key("1"))
    function.queue.failing = {name: UnavailableError("SQS is down") for name in function.queue.messages}
    function.send("2")

    done = function.invoke(most=len(bodies))

    assert done == 0
    assert function.queue.dead == []
    assert sorted(name for name, _ in function.world.journal.troubles) == [f"unsettled {n}" for n in range(len(bodies))]


def test_looped(function: Function) -> None:
    """A message that is redriven in a loop is not dead-lettered again: it stays in the queue, and the log says why."""
    function.queue.send(body("1"))
    message = Message("0", "0", body("1"), 3, HOPS)

    answer = function.delivery.batch([message], function.world.deadline())

    assert answer == {"batchItemFailures": [{"itemIdentifier": "0"}]}
    assert function.queue.dead == []
    assert function.queue.visible["0"] - function.world.clock.now == 900
    assert [report.reason for report in function.world.journal.reports] == ["looped"]


@pytest.mark.parametrize(
    ("refusal", "raised"), [("permanent", PermanentlyFailedError), ("transient", TemporarilyFailedError)]
)
def test_direct(function: Function, refusal: str, raised: type[ConnectorError]) -> None:
    """A direct event with a record that failed raises once all others are applied; one without returns the facts."""
    function.world.put(key("1"), key("bad"))
    function.world.catalog.poison = "bad"
    if refusal == "transient":
        function.world.catalog.poison, function.world.store.errors["exports/public/orders/bad.csv"] = (
            "",
            UnavailableError("503"),
        )

    with pytest.raises(raised):
        function.direct("bad", "1")

    assert function.direct("1")["notifications"][0]["outcome"] == "applied"
    assert "default/s3/1/lake/exports/public/orders/1.csv" in function.world.atlan.active()


def test_busy(function: Function) -> None:
    """While another invocation holds the lease, messages are retried after a moment; they have not failed."""
    function.world.put(key("1"))
    function.send("1")
    began = function.world.clock.now
    with function.world.writer().hold("default/s3/1", function.world.deadline(100)):
        assert function.invoke() == 0
        assert function.longest <= WAIT
    assert function.queue.visible["0"] == began + WAIT + 15
    assert function.world.journal.tallies == [Tally(0, 0, 0, 0.0)]

    assert function.invoke() == 1
    assert function.world.journal.tallies[1:] == [Tally(1, 0, 0, 0.0)]


def test_busy_direct(function: Function) -> None:
    """A direct event waits for the lease as long as it can: Lambda would retry it only twice."""
    function.world.put(key("1"))
    began = function.world.clock.now
    killed = function.world.writer().hold("default/s3/1", Deadline(began - 40))
    killed.__enter__()

    function.direct("1")

    assert function.world.clock.now == pytest.approx(began + 20, abs=1)


def test_tally(function: Function) -> None:
    """The messages of a batch are counted; the age of the oldest that failed counts from its first receive."""
    function.world.put(key("1"))
    function.send("1")
    function.world.catalog.left, function.world.catalog.death = 0, UnavailableError("down")
    function.invoke()
    function.send("1")
    function.queue.send("{}")
    function.queue.visible = dict.fromkeys(function.queue.visible, function.world.clock.now + 20)
    function.invoke()
    function.world.catalog.left = 100
    function.invoke()

    assert function.world.journal.tallies == [
        Tally(finished=0, retried=1, dead_lettered=0, oldest=0.0),
        Tally(finished=0, retried=2, dead_lettered=1, oldest=20.0),
        Tally(finished=1, retried=0, dead_lettered=0, oldest=0.0),
    ]


@pytest.mark.parametrize("exists", [True, False])
def test_exists(function: Function, exists: bool) -> None:
    """The closing line says whether S3 had the object."""
    if exists:
        function.world.put(key("1"))

    (facts,) = function.direct("1")["notifications"]

    assert (facts["outcome"], facts["object_exists"]) == ("applied", exists)
