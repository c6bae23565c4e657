"""One execution environment: the real `Sync` behind simulated ports, and what `connector.app` does with a batch."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from connector.core import envelope, mapping
from connector.core.envelope import Message
from connector.core.fate import Again, Done, Fate, fate
from connector.core.route import Routes
from connector.errors import ConnectorError, UnavailableError, UnexpectedError
from connector.ports import Catalog, Lease, Store
from connector.sync import Report, Sync
from tests.simulation.catalog import Client
from tests.simulation.lease import Dynamo
from tests.simulation.loop import Fiber
from tests.simulation.store import Reader
from tests.simulation.truth import FILE
from tests.simulation.wire import Request, aws

if TYPE_CHECKING:
    from tests.simulation.world import World

MARGIN: Final = 2.0
"""Seconds before the end of an invocation by which all has to be over, as in `connector.app`."""

Ports = tuple[Store, Catalog, Lease]


@cache
def routes() -> Routes:
    """Read the routes once; they never change."""
    return mapping.read(FILE, "routes.yaml")


@dataclass(frozen=True, slots=True)
class Build:
    """What a process is made of: the real thing, unless a mutant has something else for a part of it."""

    ports: Callable[[Reader, Client, Dynamo], Ports] = lambda store, catalog, lease: (store, catalog, lease)
    sync: Callable[[Routes, str, Ports, Callable[[], float]], Sync] = Sync
    fate: Callable[[Sequence[ConnectorError], int], Fate] = fate


class Process:
    """Runs one invocation after another, in a fiber, until it is killed. `skew` is how wrong its wall clock is."""

    def __init__(self, world: "World", name: str, build: Build) -> None:
        self.name, self.skew, self.busy, self.invocation = name, 0.0, False, 0
        self._world, self._build = world, build
        loop = world.loop
        lease = Dynamo(world.item, lambda: loop.now, lambda: loop.now + self.skew, self._ask_aws, self._pause, name)
        ports = build.ports(Reader(world.s3, self._ask), Client(world.atlan, self._ask), lease)
        self._sync = build.sync(routes(), "ours", ports, lambda: loop.now)
        self.fiber = Fiber(self._live)
        self.fiber.switch()

    def invoke(self, messages: Sequence[Message], seconds: float) -> None:
        """Run a batch; the process is killed if it takes longer."""
        self.busy, self.invocation = True, self.invocation + 1
        number = self.invocation
        self._world.loop.after(seconds, lambda: self._overdue(number))
        self.fiber.switch((messages, self._world.loop.now + seconds - MARGIN))

    def kill(self) -> None:
        if self.fiber.alive:
            self._world.note(f"{self.name} is killed")
            self.fiber.kill()
            self._world.replace(self)

    def _overdue(self, number: int) -> None:
        if self.busy and self.invocation == number and self.fiber.alive:
            self._world.wire.tally["kill at the deadline"] += 1
            self.kill()

    def _live(self) -> None:
        while True:
            messages, deadline = self.fiber.wait()
            finished = self._batch(messages, deadline)
            self.busy = False
            self._world.finished(finished)

    def _batch(self, messages: Sequence[Message], deadline: float) -> list[Message]:
        """Apply a batch, and return the messages that are finished, as `Application.batch` does the others."""
        contents = [envelope.contents(message) for message in messages]
        reports = iter(self._sync.apply([record for records in contents for record in records], deadline))
        return [
            message
            for message, records in zip(messages, contents, strict=True)
            if self._settled(message, list(islice(reports, len(records))))
        ]

    def _settled(self, message: Message, reports: Sequence[Report]) -> bool:
        self._world.note(f"{self.name} message {message.id}: {', '.join(f'{r.outcome} {r.reason}' for r in reports)}")
        for report in reports:
            if isinstance(report.error, UnexpectedError):
                raise report.error  # a bug, which retries might hide
        queue = self._world.queue
        ending = self._build.fate([report.error for report in reports if report.error], message.receives)
        if isinstance(ending, Done):
            return True
        try:
            if isinstance(ending, Again):
                self._ask_aws("queue.delay", lambda: queue.delay(message, ending.seconds))
                return False
            self._ask_aws("queue.bury", lambda: queue.bury(message, {"reason": ending.error.reason}))
        except UnavailableError:
            return False
        return True

    def _ask(self, what: str, answer: Callable[..., Any], **more: Any) -> Any:
        """Send a request to Atlan or S3; only a write sees the world twice, so only its answer takes an argument."""
        given = answer if more.get("write") else lambda _: answer()
        return self._world.wire.call(self, Request(f"{self.name} {what}", given, **more))

    def _ask_aws(self, what: str, answer: Callable[[], Any]) -> Any:
        return self._world.wire.call(self, Request(f"{self.name} {what}", lambda _: answer(), explain=aws))

    def _pause(self) -> None:
        self._world.loop.after(self._world.random.uniform(0.5, 6.0), self.fiber.switch)
        self.fiber.wait()
