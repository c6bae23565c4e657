"""Sweeps by messages of a real queue: through the handler, and in slices that end at their deadline or are killed."""

import json
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from pyatlan.model.assets import S3Object

import handler
from connector import app, routesfile
from connector.adapters import s3
from connector.adapters.atlan.catalog import Atlan
from connector.adapters.atlan.client import connect
from connector.adapters.sqs import Queues as Outbox
from connector.core import envelope
from connector.core.budget import ATTEMPT, MARGIN, SENDING, Deadline
from connector.core.names import Namespace
from connector.core.order import ObjectHint, Scope
from connector.core.tally import Step
from connector.delivery import Delivery
from connector.errors import ConfigurationError, PermanentlyFailedError
from connector.lease import InProcess, Lease
from connector.limiter import Limiter
from connector.slices import Slices
from connector.sweep import Sweep
from connector.sync import Sync
from connector.threads import Threads
from local.aws.context import Context
from tests.integration.conftest import S3, World
from tests.support.clock import Clock
from tests.support.cloud import Queues
from tests.support.function import Key
from tests.support.journal import Journal

SHORT = MARGIN + SENDING + ATTEMPT + 1.5
"""Seconds of an invocation that has time for two steps of a second."""


class Steps(Sweep):
    """A sweep each of whose steps takes a second; the process is killed in the one that `kill` counts down to."""

    clock: Clock
    kill = 0

    def steps(self, *args: Any) -> Iterator[Step]:
        for step in super().steps(*args):
            self.clock.sleep(1)
            self.kill -= 1
            if not self.kill:
                raise KeyboardInterrupt("kill -9")
            yield step


class Function:
    """The function on a clock of its own, with the real queue, S3 and catalog."""

    def __init__(self, world: World, queues: Queues) -> None:
        self.clock, self.journal, self.queues, self.kills = Clock(), Journal(), queues, 0
        limiter = self.limiter = Limiter(1e6, self.clock)
        atlan, store = Atlan(connect(world.server.url, world.server.key, limiter)), s3.S3()
        routes = routesfile.load(world.routes)
        space = Namespace(routes.connection, "test", store.partition)
        tokens = iter(map(str, range(10**6)))
        lease = Lease(InProcess(), limiter, self.clock, lambda: next(tokens), self.journal)
        self.sweep = Steps(routes, space, (store, atlan, atlan), keys=4)
        self.sweep.clock = self.clock
        outbox = Outbox(queues.url, queues.dead)
        sync = Sync(routes, space, (store, atlan, lease), self.clock, Threads(8))
        slices = Slices(sync, self.sweep, routes, lease, self.journal, outbox)
        self.delivery = Delivery(slices, Key(), self.journal, outbox, self.clock)

    def invoke(self) -> int:
        """Run one invocation, and return how many messages it received."""
        event = self.queues.event()
        receipts = [record["receiptHandle"] for record in event["Records"]]
        try:
            deadline = Deadline(self.clock.now + SHORT - MARGIN)
            answer = self.delivery.batch(envelope.messages(event), deadline) if receipts else {}
        except KeyboardInterrupt:
            self.kills += 1
            self.clock.sleep(180)  # until a lease that was held has expired
            self.queues.show(*receipts)
        else:
            assert not answer.get("batchItemFailures"), [one.error for one in self.journal.reports]
            for receipt in receipts:
                self.queues.finish(receipt)
        return len(receipts)

    def drain(self) -> None:
        while self.invoke():
            pass

    def finds_nothing(self, bucket: str) -> bool:
        self.limiter.begin(Deadline(self.clock.now + 1000))
        return not any(step.findings for step in self.sweep.steps(Scope(bucket)))

    @property
    def slices(self) -> list[tuple[str, int]]:
        return [(one.swept["phase"], one.swept["slice"]) for one in self.journal.reports if one.swept]


def drifted(world: World) -> set[str]:
    """Let files appear and disappear unnoticed, and return the objects that there are to be."""
    world.tables()
    world.upload(*(f"exports/{number:02}.csv" for number in range(12)))
    for number in (3, 7):
        world.s3.delete_object(Bucket=world.bucket, Key=f"exports/{number:02}.csv")
    for key in ("exports/é new.csv", "zz/odd +%.csv"):
        world.put(key)
    listed = world.s3.list_objects_v2(Bucket=world.bucket)["Contents"]
    return {f"{S3}/{world.bucket}/{item['Key']}" for item in listed}


def order(world: World, **more: Any) -> str:
    return json.dumps({"sweep": f"s3://{world.bucket}/", "max_retired": 50} | more)


def test_handler(world: World, queues: Queues) -> None:
    """An order in the queue is done by the handler, with all that follows it in the queue."""
    there = drifted(world)
    queues.send(order(world))

    while (event := queues.event())["Records"]:
        assert handler.lambda_handler(event, Context()) == {"batchItemFailures": []}
        for record in event["Records"]:
            queues.finish(record["receiptHandle"])

    assert world.active(S3Object) == there


def test_direct(world: World) -> None:
    """Without a queue, as under `sam local invoke`, one invocation does it all and says what it did."""
    there = drifted(world)

    answer = handler.lambda_handler(json.loads(order(world)), Context())

    (facts,) = answer["notifications"]
    assert (facts["reason"], facts["found"], facts["hints_sent"]) == ("finished", {"cataloged": 2, "retired": 2}, 4)
    assert world.active(S3Object) == there


def test_brake(world: World) -> None:
    """An invocation that orders to retire too much fails with the numbers."""
    drifted(world)

    with pytest.raises(PermanentlyFailedError, match="does not list 2 of the 12 objects"):
        handler.lambda_handler(json.loads(order(world, max_retired=5)), Context())


def test_sent(world: World, queues: Queues) -> None:
    """Hints of a sweep that runs elsewhere are sent to the queue, and are done by the function."""
    world.put("a.csv")

    sent = app.application().send(iter([ObjectHint(world.bucket, "a.csv")]))
    answer = handler.lambda_handler(queues.event(), Context())

    assert (sent, answer) == (1, {"batchItemFailures": []})
    assert world.active(S3Object) == {f"{S3}/{world.bucket}/a.csv"}


def test_nowhere_to_send(world: World) -> None:
    """Without a queue that is an error, which names the setting."""
    with pytest.raises(ConfigurationError, match="QUEUE_URL is not set"):
        app.application().send([ObjectHint(world.bucket, "a.csv")])


def test_slices(world: World, queues: Queues) -> None:
    """In slices of two steps, by messages of the queue, a sweep ends in the same state, and then finds nothing."""
    there = drifted(world)
    function = Function(world, queues)
    queues.send(order(world))

    function.drain()

    assert len(function.slices) >= 6
    assert world.active(S3Object) == there
    assert function.finds_nothing(world.bucket)
    assert queues.dead_letters() == []


def test_killed(world: World, queues: Queues) -> None:
    """Killed at ten random points, its messages return, and the final state is the same."""
    there = drifted(world)
    function, random = Function(world, queues), Random(1)
    while function.kills < 10:
        if function.sweep.kill <= 0:
            function.sweep.kill = random.randrange(1, 8)
        if not function.invoke():
            queues.send(order(world))

    function.sweep.kill = 0
    function.drain()

    assert world.active(S3Object) == there
    assert function.finds_nothing(world.bucket)
    assert queues.dead_letters() == []
