"""A cell of the fault matrix: one notification, and one request to Atlan that fails while it is applied."""

import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from typing import Final

from connector import log
from connector.app import Application
from connector.core import envelope
from connector.errors import RateLimitedError
from local.catalog.faults import Fault, Kind
from local.catalog.server import Server
from tests.integration.site import KEY, Scene, Site
from tests.support.cloud import Leases, Queues

REMAINING: Final = 60_000
"""Milliseconds that an invocation has."""

SERVED: Final = Fault(Kind.LATE, count=None)
"""No fault, but the catalog's log then shows which requests matched."""

_ENTITIES: Final = "SELECT type, qualified_name, status, attributes FROM entity ORDER BY 1, 2, 3"
_EDGES: Final = """
SELECT edge.name, one.qualified_name, other.qualified_name
FROM edge JOIN entity AS one ON one.guid = edge.end1 JOIN entity AS other ON other.guid = edge.end2
WHERE edge.status = 'ACTIVE' ORDER BY 1, 2, 3
"""

State = Sequence[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Request:
    """A request of the connector in a scene; *after* is the number of matching requests before it."""

    name: str
    scene: Scene
    method: str
    path: str
    body: str = ""
    after: int = 0

    def suffers(self, fault: Fault) -> Fault:
        """Return the fault for requests that match this one."""
        return replace(fault, method=self.method, path=self.path, body=self.body)


@dataclass(frozen=True, slots=True)
class Cell:
    """
    The outcome of the receive in which the request failed.

    `reason` is the one in the log line, empty if it was applied; `met`, how often the request met the fault; `delay`,
    the seconds until the message is retried, None if it is not; `dead`, whether it is in the dead-letter queue;
    `kept`, whether the lease was left to expire. `error` is the message.
    """

    reason: str
    met: int
    delay: int | None
    dead: bool
    kept: bool
    error: str = field(compare=False)

    def __str__(self) -> str:
        """Write the cell; `measure` checked that the final state is in sync."""
        what = f"{f'`{self.reason}`' if self.reason else 'applied'} ×{self.met}"
        if self.dead:
            return f"{what} → dead letter → redriven, in sync"
        if self.delay is None:
            return f"{what} → finished → in sync"
        return f"{what} → {'lease kept, ' if self.kept else ''}retried in {self.delay} s → in sync"


class World:
    """
    A connector, its catalog, queues and lease table; it also acts as Lambda's poller and as the engineer on call.

    *requests* lists all known requests: `lost` reports any other.
    """

    def __init__(self, site: Site, scene: Scene, server: Server, requests: Sequence[Request]) -> None:
        self._site, self._scene, self._server, self._requests = site, scene, server, requests
        name = site.name(scene)
        self._leases = Leases.create(site.dynamo, name)
        self._queues = Queues.create(site.sqs, name, visibility=600)
        self._app = self.process()
        self._handle = ""
        self.notify()

    def process(self) -> Application:
        """Start a process of the connector."""
        settings = {"LEASE_TABLE": self._leases.name} | self._queues.settings
        return self._site.build(self._server, self._scene.name, **settings)

    def notify(self) -> None:
        """Send the scene's notification."""
        self._queues.send(self._scene.body)

    def suffer(self, request: Request, fault: Fault) -> None:
        """Apply the fault to the request and, if it lasts, to all later requests that match it."""
        if request.after:
            self._server.faults.add(replace(request.suffers(SERVED), count=request.after))
        self._server.faults.add(request.suffers(fault))
        self.watch()

    def met(self, fault: Fault) -> int:
        """Count how often the fault was applied."""
        left = [one["left"] for one in self._server.faults.armed() if one["left"] is not None]
        return (fault.count or 0) - (left[-1] if left else 0)

    def receive(self, app: Application | None = None) -> Cell:
        """Receive a message as Lambda's poller does, and delete it unless it is retried."""
        (message,) = envelope.messages(self._queues.event(most=1))
        self._site.lines.take()
        answer = (app or self._app).batch([message], REMAINING)
        log.metrics.clear_metrics()  # they are one set per process, and not published here
        (facts,) = (vars(line) for line in self._site.lines.take() if hasattr(line, "outcome"))
        delay = None
        if answer["batchItemFailures"]:
            delay, self._handle = self._site.delays.pop(self._queues.url), message.receipt
        else:
            self._queues.finish(message.receipt)
        reason = facts.get("reason", "") if facts["outcome"] == "failed" else ""
        return Cell(
            reason, 0, delay, self._count(self._queues.dead) > 0, self._leases.get().live, facts.get("error", "")
        )

    def recover(self, cell: Cell) -> None:
        """
        End the fault, redrive a dead letter as the engineer on call does, and let time pass until the retry.

        No real time passes: the message's visibility timeout is set to 0, the lease's item is changed as if it and the
        rate limit had expired, and a new process replaces one that remembers the rate limit.
        """
        self._server.faults.clear()
        self.watch()
        if cell.dead:
            self._queues.redrive()
        if cell.delay is not None:
            self._queues.show(self._handle)
        if cell.reason == RateLimitedError.reason:
            self._app = self.process()
        self._leases.expire(self._leases.get())

    def lost(self) -> str:
        """Return what is wrong at the end: a message that is left, or a request that the matrix does not have."""
        left = sum(self._count(url) for url in (self._queues.url, self._queues.dead))
        strange = sorted({f"{e.method} {e.path}" for e in self._server.faults.log if not e.fault})
        return f"{left} messages are left" if left else f"no row of the matrix has {strange}" if strange else ""

    def state(self) -> State:
        """Return all entities and live edges, by name; duplicates are listed twice."""
        with self._server.store.read() as connection:
            return [tuple(row) for query in (_ENTITIES, _EDGES) for row in connection.execute(query)]

    def watch(self) -> None:
        """Make the catalog's log mark the known requests."""
        for request in self._requests:
            self._server.faults.add(request.suffers(SERVED))

    def _count(self, queue: str) -> int:
        return sum(self._queues.waiting(queue))


def prepare(site: Site, scene: Scene, requests: Sequence[Request]) -> State:
    """Prepare the scene, and return the state that its notification gives without faults."""
    with site.empty(scene) as server:
        if scene.removal:
            World(site, replace(scene, removal=False), server, requests).receive()
            site.s3.delete_object(Bucket=scene.name, Key=KEY)
    with site.copy(scene) as server:
        world = World(site, scene, server, requests)
        world.watch()
        cell = world.receive()
        assert (cell.reason, cell.delay, world.lost()) == ("", None, ""), f"{scene.name}: {cell.error or world.lost()}"
        return world.state()


def measure(world: World, request: Request, fault: Fault, truth: State) -> Cell:
    """
    Receive the notification while the request meets the fault, and again after the fault.

    Raises:
        AssertionError: something is lost: the fault was not met, the notification is not finished in the end, or the
            catalog differs from the state without faults.
    """
    world.suffer(request, fault)
    with _rival(world) if fault.kind is Kind.RACE else nullcontext():
        cell = world.receive()
    cell = replace(cell, met=world.met(fault))
    assert cell.met, "the request was not made"
    if fault.kind is Kind.ORPHAN:
        time.sleep(fault.delay)  # the write comes while the lease is kept
    world.recover(cell)
    if cell.dead or cell.delay is not None:
        last = world.receive()
        assert not last.reason, f"the second receive: {last.error}"
    assert not world.lost(), world.lost()
    found = world.state()
    assert found == truth, f"too much: {_less(found, truth)}; missing: {_less(truth, found)}"
    return cell


def _less(one: State, other: State) -> list[tuple[str, ...]]:
    """Return the rows that one state has more often than the other."""
    return sorted((Counter(one) - Counter(other)).elements())


@contextmanager
def _rival(world: World) -> Iterator[None]:
    """Deliver the same notification to another process at the same time."""
    world.notify()
    rival = threading.Thread(target=world.receive, args=(world.process(),))
    rival.start()
    yield
    rival.join()
