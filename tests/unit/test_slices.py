"""Sweeps by messages, slice by slice: as one in a single go, whatever a slice is cut short by."""

import json
from random import Random
from typing import Any

import pytest

from connector import routesfile
from connector.core.budget import ATTEMPT, FIRST_RETRY, MARGIN, SENDING, Deadline
from connector.core.envelope import records
from connector.core.names import Namespace
from connector.core.order import ObjectHint
from connector.core.report import Outcome
from connector.core.slice import Everywhere, Slice
from connector.core.tally import Stage
from connector.delivery import Delivery
from connector.errors import (
    ConnectorError,
    ForbiddenError,
    LateError,
    PermanentlyFailedError,
    TemporarilyFailedError,
    UnauthorizedError,
    UnavailableError,
)
from connector.lease import Lease
from connector.runner import KEPT
from connector.slices import Slices
from connector.sweep import Sweep
from tests.support.function import Key, body
from tests.support.queue import Outbox, Queue
from tests.support.shop import BUCKET, ROUTES
from tests.support.world import World, key

ORDER = {"sweep": "s3://lake/"}
SECONDS = 120.0


class Steps(Sweep):
    """A sweep each of whose steps takes a second, or as many as `seconds` says."""

    def __init__(self, world: World, keys: int) -> None:
        parsed = routesfile.read(world.routes, "routes.yaml")
        ports = (world.store, world.catalog, world.catalog)
        super().__init__(parsed, Namespace(parsed.connection, "ours"), ports, keys)
        self._clock, self.seconds, self.errors = world.clock, 1.0, dict[int, Exception | BaseException]()
        self.made = 0

    def steps(self, *args: Any) -> Any:
        for step in super().steps(*args):
            self._clock.sleep(self.seconds)
            self.made += 1
            if error := self.errors.pop(self.made, None):
                raise error
            yield step


class Function:
    """The function, its queue, and how many slices ran; *queued* is false under `sam local invoke`."""

    def __init__(self, world: World, *, keys: int = 2, queued: bool = True) -> None:
        self.world, self.key, self.queue = world, Key(), Queue(world.clock)
        self.outbox = Outbox(self.queue)
        self.sweep = Steps(world, keys)
        tokens = iter(map(str, range(10**6)))
        self.lease = Lease(world.items, world.limiter, world.clock, lambda: next(tokens), world.journal)
        routes = routesfile.read(world.routes, "routes.yaml")
        outbox = self.outbox if queued else None
        self.slices = Slices(world.connector(lease=self.lease), self.sweep, routes, self.lease, world.journal, outbox)
        self.delivery = Delivery(self.slices, self.key, world.journal, self.queue if queued else None, world.clock)

    def order(self, **order: Any) -> None:
        self.queue.send(json.dumps(ORDER | order))

    def invoke(self, seconds: float = SECONDS, most: int = 10) -> int:
        """Run one invocation, and return how many messages it finished."""
        received = self.queue.receive(most)
        deadline = Deadline(self.world.clock.now + seconds - MARGIN)
        return self.queue.finish(received, self.delivery.batch(received, deadline))

    def drain(self, seconds: float = SECONDS) -> None:
        """Run invocations until the queue is empty."""
        for _ in range(500):
            if not self.queue.messages:
                return
            self.invoke(seconds)
        raise AssertionError("it does not end")

    def direct(self, seconds: float = SECONDS, **order: Any) -> dict[str, Any]:
        return self.delivery.direct(ORDER | order, Deadline(self.world.clock.now + seconds - MARGIN))

    @property
    def hints(self) -> list[str]:
        return [one for one in self.outbox.bodies if "hint" in json.loads(one)]

    @property
    def slices_run(self) -> list[dict[str, Any]]:
        return [dict(one.swept) for one in self.world.journal.reports if isinstance(one.record, Slice) and one.swept]


SHORT = MARGIN + SENDING + ATTEMPT + 1.5
"""Seconds of an invocation that has time for two steps of a second."""


def drifted(parts: int = 12, vanished: int = 1) -> World:
    """Return a world in which some objects are new and some have vanished."""
    world = World()
    world.upload(*map(str, range(parts)))
    for part in range(vanished):
        world.s3.delete(BUCKET, key(str(part)))
    world.put(key("new"), "raw/new", "raw/newer")
    world.journal.reports.clear()
    return world


def in_sync(world: World) -> bool:
    return world.sweep() == [] and world.atlan.dangling() == []


def test_one_slice() -> None:
    """A small sweep is one slice: the bucket is read once, the hints are sent, and no message follows."""
    function = Function(drifted(), keys=1000)
    function.order()

    function.invoke()

    assert [(one["phase"], one["stage"]) for one in function.slices_run] == [("send", "done")]
    assert len(function.outbox.bodies) == len(function.hints) == 4
    assert function.slices_run[0]["found"] == {"cataloged": 3, "retired": 1}
    function.drain()
    assert in_sync(function.world)


def test_many_slices() -> None:
    """A sweep whose slices have time for two steps counts first, sends then, and ends as one in a single go."""
    world = drifted()
    whole = sorted(finding.hint.body() for finding in world.sweep())
    function = Function(world)
    function.order()

    function.drain(SHORT)

    phases = [one["phase"] for one in function.slices_run]
    assert phases == sorted(phases)  # "count" before "send"
    assert phases.count("count") > 3
    assert phases.count("send") > 3
    assert sorted(function.hints) == whole
    assert [one["slice"] for one in function.slices_run] == [*range(1, len(phases) + 1)]
    assert in_sync(world)


def test_nothing_before_the_end_of_counting() -> None:
    """No hint is sent before all is counted, and the lease is not held between the steps."""
    function = Function(drifted())
    function.order()

    while not any(one["phase"] == "send" for one in function.slices_run):
        assert function.hints == []
        function.invoke(SHORT)

    assert all(report.outcome is Outcome.APPLIED for report in function.world.journal.reports)


@pytest.mark.parametrize("seed", range(10))
def test_killed(seed: int) -> None:
    """Killed anywhere, also while it sends, a slice is repeated when its message returns: the same final state."""
    world = drifted()
    whole = {finding.hint.body() for finding in world.sweep()}
    function, random = Function(world), Random(seed)
    function.order()
    for _ in range(4):
        kill = KeyboardInterrupt("kill -9")
        if random.random() < 0.5:
            function.sweep.errors[function.sweep.made + random.randrange(1, 6)] = kill
        else:
            function.outbox.errors.append(kill)
        try:
            while function.queue.messages:
                function.invoke(SHORT)
        except KeyboardInterrupt:
            world.clock.sleep(180)  # until the lease that was held has expired

    function.outbox.errors.clear()
    function.sweep.errors.clear()
    function.drain(SHORT)

    assert set(function.hints) == whole
    assert in_sync(world)


def test_brake() -> None:
    """A sweep that would retire too much is a dead letter with the reason and the counts, and sends no hint."""
    world = drifted(vanished=6)
    function = Function(world)
    function.order()

    function.drain(SHORT)

    ((_, facts),) = function.queue.dead
    assert facts["reason"] == "brake"
    assert "does not list 6 of the 12 objects" in facts["error"]
    assert '{"sweep": "s3://lake/", "max_retired": 100}' in facts["error"]
    assert function.slices_run[-1]["found"]["retired"] == 6
    assert function.hints == []
    assert f"default/s3/1/lake/{key('0')}" in world.atlan.active()


def test_brake_released() -> None:
    """`max_retired` lets it retire more, in each of its slices."""
    function = Function(drifted(vanished=6))
    function.order(max_retired=50)

    function.drain(SHORT)

    assert function.queue.dead == []
    assert in_sync(function.world)


def test_brake_of_a_direct_order() -> None:
    """An invocation that orders too much fails, so that who made it sees the reason."""
    function = Function(drifted(vanished=6), keys=1000)

    with pytest.raises(PermanentlyFailedError, match="does not list 6 of the 12"):
        function.direct()

    assert function.outbox.bodies == []


def test_brake_meanwhile() -> None:
    """If more vanishes after the count than may be retired, the second pass stops before it sends that step's hints."""
    world = drifted(vanished=0)
    function = Function(world)
    function.order()
    while not any(one["phase"] == "send" for one in function.slices_run):
        function.invoke(SHORT)
    for part in range(12):
        world.s3.delete(BUCKET, key(str(part)))

    function.drain(SHORT)

    ((_, facts),) = function.queue.dead
    assert facts["reason"] == "brake"
    assert sum(key("")[:-4] in hint for hint in function.hints) <= 2  # 10 % of 12, and the new object


def test_kept() -> None:
    """A count that one slice made, but that found more than it keeps, is followed by a second pass."""
    world = World()
    world.put(*(f"raw/{number:05}" for number in range(KEPT + 1)))
    function = Function(world, keys=5000)
    function.order()

    function.invoke()

    (second,) = function.outbox.bodies
    assert json.loads(second)["state"]["counted"]["listed"] == KEPT + 1


def test_no_time_to_send() -> None:
    """Findings that the rest of the invocation has no time to send are found again by a second pass."""
    world = World()
    world.put(*(f"raw/{number:05}" for number in range(4000)))
    function = Function(world, keys=1000)
    function.sweep.seconds = 2.0
    function.order()

    function.invoke(MARGIN + SENDING + ATTEMPT * 2 + 8)

    assert [json.loads(one)["state"]["stage"] for one in function.outbox.bodies] == [Stage.OBJECTS]
    function.invoke()
    assert len(function.hints) == 4000


@pytest.mark.parametrize(
    ("error", "delay"),
    [
        pytest.param(UnavailableError("503"), FIRST_RETRY, id="unavailable"),
        pytest.param(UnavailableError("503", retry_after=99.5), 100, id="Retry-After"),
        pytest.param(UnavailableError("503", retry_after=1e9), 900, id="Retry-After of years"),
        pytest.param(LateError("late"), 0, id="late"),
    ],
)
def test_transient(error: ConnectorError, delay: int) -> None:
    """After a transient error the next slice goes on after the last step, no sooner than the error says."""
    function = Function(drifted())
    function.order()
    function.sweep.errors[3] = error

    function.invoke()

    (follower,) = function.queue.messages
    assert function.queue.visible[follower] == function.world.clock.now + delay
    assert json.loads(function.outbox.bodies[0])["state"]["counts"]["listed"] == 3
    function.drain()
    assert in_sync(function.world)


def test_transient_at_once() -> None:
    """A slice that gets nowhere is itself retried, as any message: 15 seconds, then 30, and so on."""
    function = Function(drifted())
    function.order()
    function.world.store.errors[BUCKET] = UnavailableError("503")

    function.invoke()
    first = function.queue.visible["0"] - function.world.clock.now
    function.invoke()

    assert (first, function.queue.visible["0"] - function.world.clock.now) == (15, 30)
    assert function.outbox.bodies == []


def test_refused() -> None:
    """Where S3 denies the listing, the order is a dead letter with S3's error; nothing is retired."""
    function = Function(drifted())
    function.order()
    function.world.store.errors[BUCKET] = ForbiddenError("403: no s3:ListBucket")

    function.invoke()

    ((message, facts),) = function.queue.dead
    assert json.loads(message.body) == ORDER
    assert (facts["reason"], facts["bucket"]) == ("forbidden", BUCKET)


def test_queue_fails() -> None:
    """Where SQS does not take a step's hints, the step is repeated: twice is harmless, none is lost."""
    function = Function(drifted())
    function.order()
    while not any(one["phase"] == "send" for one in function.slices_run):
        function.invoke(SHORT)
    function.outbox.errors = [UnavailableError("SQS does not take it")]

    function.drain(SHORT)

    assert in_sync(function.world)
    final = function.slices_run[-1]
    assert final["found"] == {"cataloged": 3, "retired": 1}  # no step is counted twice


def test_follower_fails() -> None:
    """Where SQS does not take the message of the next slice, the slice is repeated."""
    function = Function(drifted())
    function.order()
    function.outbox.errors = [UnavailableError("SQS does not take it")]

    function.invoke(SHORT)

    assert function.queue.visible["0"] == function.world.clock.now + FIRST_RETRY
    function.drain(SHORT)
    assert in_sync(function.world)


def test_fault_of_ours() -> None:
    """An unexpected error in a sweep fails its message alone, and has a stack trace; the notifications are finished."""
    function = Function(drifted())
    function.sweep.errors[1] = ZeroDivisionError("bug")
    function.order()
    function.queue.send(body("new"))

    finished = function.invoke()

    assert finished == 1
    assert list(function.queue.messages) == ["0"]
    assert "ZeroDivisionError: bug" in str(function.world.journal.reports[0].error)


def test_notifications_first() -> None:
    """Notifications of the batch are applied before a sweep reads anything, also where no time is left for it."""
    function = Function(drifted())
    function.order()
    function.queue.send(body("new"))

    finished = function.invoke(MARGIN + SENDING + ATTEMPT - 1)

    assert finished == 1
    assert function.sweep.made == 0
    assert isinstance(function.world.journal.reports[0].error, LateError)
    assert f"default/s3/1/lake/{key('new')}" in function.world.atlan.active()
    assert function.queue.visible["0"] == function.world.clock.now + FIRST_RETRY


def test_notifications_fail() -> None:
    """Where Atlan does not do its part for the notifications, no slice is begun."""
    function = Function(drifted())
    function.order()
    function.queue.send(body("new"))
    function.world.catalog.refuse.append(UnavailableError("503", retry_after=60))

    finished = function.invoke()

    assert (finished, function.sweep.made) == (0, 0)
    assert function.queue.visible["0"] == function.world.clock.now + 60


def test_side_by_side() -> None:
    """Sweeps of several prefixes are independent; those of one batch share its time."""
    world = drifted()
    function = Function(world)
    function.order(sweep="s3://lake/exports/")
    function.order(sweep="s3://lake/raw/")
    function.sweep.seconds = 15

    function.invoke()
    ran = {one.record.scope.prefix for one in world.journal.reports if isinstance(one.record, Slice) and not one.error}
    function.drain()

    assert ran == {"exports/", "raw/"}
    assert in_sync(world)


def test_writer_first() -> None:
    """While somebody writes, a sweep waits ten seconds, and goes on later: so both share the rate limit."""
    function = Function(drifted())
    function.order()
    function.world.items.take("default/s3/1", "writer", function.world.clock.now, function.world.clock.now + 70)
    began = function.world.clock.now

    function.invoke()

    assert function.sweep.made == 0
    assert function.world.clock.now - began <= 11
    assert function.queue.visible["0"] >= function.world.clock.now + FIRST_RETRY


def test_rate() -> None:
    """What a sweep reads counts for the next writer, and what a writer wrote counts for the sweep."""
    function = Function(drifted())
    function.world.items.take("default/s3/1", "writer", function.world.clock.now, function.world.clock.now)
    function.world.items.end("default/s3/1", "writer", 0.0, function.world.clock.now + 5)
    function.order()

    function.invoke(SHORT)
    began = function.world.limiter.due
    function.world.limiter.due += 7
    function.invoke(SHORT)
    left = function.world.items.take("default/s3/1", "next", function.world.clock.now, function.world.clock.now)

    assert began >= function.world.clock.now - 3
    assert left is not None
    assert left.due >= began + 7


def test_renewed() -> None:
    """If Atlan rejects the API key and there is a new one, the slice is done again with it."""
    function = Function(drifted())
    function.order()
    function.key.answers = [True]
    function.sweep.errors[3] = UnauthorizedError("401")

    function.invoke()

    assert len(function.hints) == 4


def test_everywhere() -> None:
    """An order for everything becomes one order for each bucket that a route names."""
    routes = ROUTES + '  - {name: cold, bucket: cold, key: "**"}\n'
    world = World(routes)
    world.put("a", bucket="cold")
    world.put("raw/a")
    function = Function(world)
    function.order(sweep="*", max_retired=5)

    function.invoke()
    started, (report,) = function.outbox.bodies[:], world.journal.reports
    function.drain()

    assert [json.loads(one) for one in started] == [
        {"sweep": "s3://cold/", "max_retired": 5},
        {"sweep": "s3://lake/", "max_retired": 5},
    ]
    assert report.sweeps == ("s3://cold/", "s3://lake/")
    assert {"default/s3/1/cold/a", "default/s3/1/lake/raw/a"} <= world.atlan.active()


def test_everywhere_fails() -> None:
    """If SQS does not take the orders, the message is retried."""
    function = Function(World())
    function.order(sweep="*")
    function.outbox.errors = [UnavailableError("SQS does not take it")]

    assert function.invoke() == 0
    assert function.queue.visible["0"] == function.world.clock.now + FIRST_RETRY


def test_direct() -> None:
    """A direct order does the first slice, says how far it is, and the queue goes on with the others."""
    function = Function(drifted())

    answer = function.direct(SHORT)

    (facts,) = answer["notifications"]
    assert (facts["phase"], facts["slice"], facts["objects_listed"]) == ("count", 1, 3)
    function.drain()
    assert in_sync(function.world)


@pytest.mark.parametrize("place", ["s3://lake/", "*"])
def test_in_process(place: str) -> None:
    """Without a queue the sweep is applied in the same invocation, and says that it is finished."""
    function = Function(drifted(), queued=False)

    (facts,) = function.direct(sweep=place)["notifications"]

    assert (facts["outcome"], facts["reason"], facts["hints_sent"]) == ("applied", "finished", 4)
    assert in_sync(function.world)


@pytest.mark.parametrize("place", ["s3://lake/", "*"])
def test_in_process_late(place: str) -> None:
    """Where it does not end in time, the invocation fails and says what to run instead."""
    function = Function(drifted(), queued=False)

    with pytest.raises(TemporarilyFailedError, match=r"run `python -m connector sweep`"):
        function.direct(SHORT, sweep=place)


def test_in_process_fails() -> None:
    """A hint that fails in process fails the invocation; the others are applied."""
    world = drifted()
    world.store.errors["raw/new"] = ForbiddenError("raw/new: 403")
    function = Function(world, queued=False)

    with pytest.raises(PermanentlyFailedError, match="raw/new: 403"):
        function.direct()

    assert [finding.hint for finding in world.sweep()] == [ObjectHint(BUCKET, "raw/new")]


def test_records_in_order() -> None:
    """Each record has its report, in the order of the records."""
    function = Function(drifted())
    given = [*records(ORDER), *records({"hint": {"bucket": BUCKET, "key": "raw/new"}}), Everywhere()]

    reports = function.slices.apply(given, function.world.deadline(SECONDS))

    assert [report.record for report in reports] == given
