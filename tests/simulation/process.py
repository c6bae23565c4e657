"""The processes of the connector: its own delivery, lease, sync and sweep, behind simulated ports."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import count
from math import inf
from typing import TYPE_CHECKING, Any

from connector import routesfile
from connector.core.budget import Deadline
from connector.core.disposition import Tally
from connector.core.envelope import Message
from connector.core.names import Namespace
from connector.core.order import Scope
from connector.core.report import Report
from connector.core.route import Routes
from connector.delivery import Delivery
from connector.errors import ConnectorError, UnexpectedError
from connector.lease import Lease
from connector.limiter import Limiter
from connector.ports import Catalog, Clock, Store, Together
from connector.ports import Lease as LeasePort
from connector.runner import Runner
from connector.sweep import Sweep
from connector.sync import Sync
from tests.simulation.crew import Crew
from tests.simulation.lease import Items
from tests.simulation.loop import Fiber, KilledError, current
from tests.simulation.truth import FILE
from tests.simulation.watched import Watched
from tests.simulation.wire import TIMEOUT, Request, aws, s3
from tests.support.catalog import BrokenError
from tests.support.client import Client
from tests.support.shop import CONNECTION
from tests.support.store import Reader

if TYPE_CHECKING:
    from tests.simulation.world import World

RATE = 1e6
"""Requests a minute: the limiter has tests of its own, and would only make time pass."""

SPACE = Namespace(CONNECTION, "ours")

Ports = tuple[Store, Catalog, LeasePort]


@cache
def routes() -> Routes:
    """Read the routes once; they never change."""
    return routesfile.read(FILE, "routes.yaml")


@dataclass(frozen=True, slots=True)
class Build:
    """What a process is made of: the real thing, unless a mutant has something else for a part of it."""

    ports: Callable[[Reader, Client, Lease], Ports] = lambda store, catalog, lease: (store, catalog, lease)
    sync: Callable[[Routes, Namespace, Ports, Clock, Together], Sync] = Sync


class Host:
    """A process with its clock and its network, until it is killed. `skew` is how wrong its wall clock is."""

    def __init__(self, world: "World", name: str) -> None:
        self.name, self.skew = name, 0.0
        self._world = world
        self._limiter = Limiter(RATE, self)
        self.crew = Crew(world.loop, self._flown, world.history.at_once)
        self.fiber = Fiber(self._live)
        self.fiber.switch()

    def kill(self) -> None:
        if self.fiber.alive:
            self._world.note(f"{self.name} is killed")
            self.end()
            self._replace()

    def end(self) -> None:
        """End all of its fibers where they wait."""
        self.fiber.kill()
        self.crew.kill()

    def _broke(self, promise: str) -> None:
        """Let the loop raise it, since the process itself would take it for an error of a request."""

        def fail() -> None:
            raise BrokenError(promise)

        self._world.loop.after(0.0, fail)

    def _flown(self, number: int) -> None:
        self._world.wire.tally["requests side by side"] += number

    def _live(self) -> None:
        raise NotImplementedError

    def _replace(self) -> None:
        """Let another process take its place."""

    def __call__(self) -> float:
        return self._world.loop.now + self.skew

    def sleep(self, seconds: float) -> None:
        """A process sleeps for a while more than it wanted to."""
        self._check()
        fiber = current()
        self._world.loop.after(seconds + self._world.random.random(), fiber.switch)
        fiber.wait()

    # The network.

    def _check(self) -> None:
        """The dead send nothing, also where their code would clean up."""
        if not self.fiber.alive:
            raise KilledError

    def _ask_atlan(self, what: str, answer: Callable[..., Any], **more: Any) -> Any:
        """Send a request past the rate limiter, and wait no longer for the answer than the adapter does."""
        self._check()
        self._limiter.spend()
        began = self()
        found = self._ask(what, answer, patience=min(TIMEOUT, self._limiter.left()), **more)
        self._limiter.answered(self() - began)
        return found

    def _ask(self, what: str, answer: Callable[..., Any], patience: float = TIMEOUT, **more: Any) -> Any:
        """Send a request to Atlan or S3; only a write sees the world twice, so only its answer takes an argument."""
        self._check()
        given = answer if more.get("write") else lambda _: answer()
        return self._world.wire.call(self, Request(f"{self.name} {what}", given, **more), patience)

    def _ask_s3(self, what: str, answer: Callable[[], Any]) -> Any:
        return self._ask(what, answer, explain=s3)

    def _ask_aws(self, what: str, answer: Callable[[], Any]) -> Any:
        self._check()
        return self._world.wire.call(self, Request(f"{self.name} {what}", lambda _: answer(), explain=aws))


class Process(Host):
    """Runs one invocation after another, in a fiber."""

    def __init__(self, world: "World", name: str, build: Build) -> None:
        super().__init__(world, name)
        self.busy, self.invocation = False, 0
        tokens = (f"{name}.{number}" for number in count(1))
        items = Items(world.leases, self._ask_aws)
        lease = Lease(items, self._limiter, self, lambda: next(tokens), self)
        client = Watched(world.atlan, self._ask_atlan, self._broke)
        client.together = self.crew
        ports = build.ports(Reader(world.s3, self._ask_s3), client, lease)
        sync = build.sync(routes(), SPACE, ports, self, self.crew)
        sync.assets = world.history.assets
        self._delivery = Delivery(sync, self, self, self, self)

    def invoke(self, messages: Sequence[Message], seconds: float) -> None:
        """Run a batch; the process is killed if it takes longer."""
        self.busy, self.invocation = True, self.invocation + 1
        number = self.invocation
        self._world.loop.after(seconds, lambda: self._overdue(number))
        self.fiber.switch((messages, Deadline.after(round(seconds * 1000), self(), len(messages))))

    def _overdue(self, number: int) -> None:
        if self.busy and self.invocation == number and self.fiber.alive:
            self._world.wire.tally["kill at the deadline"] += 1
            self.kill()

    def _live(self) -> None:
        while True:
            messages, deadline = self.fiber.wait()
            self._limiter.begin(deadline)
            answer = self._delivery.batch(messages, deadline)
            failed = {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}
            self.busy = False
            self._world.finished([message for message in messages if message.id not in failed])

    def _replace(self) -> None:
        self._world.replace(self)

    # The ports of the delivery: journal, credentials, queue.

    def closing(self, report: Report) -> None:
        self._world.note(f"{self.name} {report.outcome} {report.reason}")
        if isinstance(report.error, UnexpectedError):
            raise BrokenError(f"a bug, which retries would hide: {report.error}") from report.error

    def batch(self, tally: Tally) -> None:
        pass

    def unsettled(self, message: Message, error: ConnectorError) -> None:
        self._world.note(f"{self.name} message {message.id}: {error}")

    def unrenewed(self, error: ConnectorError) -> None:
        raise AssertionError("there is no other key") from error

    def unreleased(self, error: ConnectorError) -> None:
        self._world.note(f"{self.name} keeps the lease: {error}")

    def renew(self) -> bool:
        return False

    def delay(self, messages: Sequence[tuple[Message, int]]) -> Sequence[ConnectorError | None]:
        return self._each("queue.delay", messages, self._world.queue.delay)

    def dead_letter(self, messages: Sequence[tuple[Message, Mapping[str, str]]]) -> Sequence[ConnectorError | None]:
        return self._each("queue.dead_letter", messages, self._world.queue.dead_letter)

    def _each(self, what: str, messages: Sequence[Any], send: Callable[..., None]) -> Sequence[ConnectorError | None]:
        """Send ten a request, as the adapter does; all of a request fail together."""
        errors: list[ConnectorError | None] = []
        for start in range(0, len(messages), 10):
            part = messages[start : start + 10]
            try:
                self._ask_aws(what, lambda part=part: [send(*one) for one in part])
                errors += [None] * len(part)
            except ConnectorError as error:
                errors += [error] * len(part)
        return errors


class Sweeper(Host):
    """Sweeps a part of a bucket, and sends its hints to the queue, one a message."""

    def __init__(self, world: "World", name: str, scope: Scope) -> None:
        self.sent = 0
        self._scope = scope
        super().__init__(world, name)

    def _live(self) -> None:
        self._begin()
        ports = Reader(self._world.s3, self._ask_s3), Client(self._world.atlan, self._ask_atlan)
        runner = Runner(Sweep(routes(), SPACE, (*ports, ports[1])), self, self._begin)
        self.fiber.wait()
        try:
            for hint in runner.hints(runner.forecast(self._scope), 100):
                self._ask_aws(f"queue.send {hint}", lambda hint=hint: self._world.hinted(hint))
                self.sent += 1
        except ConnectorError as error:
            self._world.note(f"{self.name} ends: {error}")
        self._world.note(f"{self.name} swept {self._scope}: {self.sent} hints")

    def _begin(self) -> None:
        self._limiter.begin(Deadline(inf))
