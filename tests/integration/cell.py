"""A cell of the fault matrix: one notification, and one request that fails while it is applied."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from connector import log
from connector.app import Application
from connector.core import envelope
from connector.errors import ConnectorError, RateLimitedError
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
    """
    A request of the connector in a scene; *after* is the number of matching requests before it.

    One that only *explains* what is missing is not needed: if it fails, the notification may be applied all the same.
    """

    name: str
    scene: Scene
    method: str
    path: str
    body: str = ""
    after: int = 0
    explains: bool = False

    def suffers(self, fault: Fault) -> Fault:
        """Return the fault for requests that match this one."""
        return replace(fault, method=self.method, path=self.path, body=self.body)


@dataclass(frozen=True, slots=True)
class Cell:
    """
    The outcome of the receive in which the request failed.

    `reason` is the one in the log line, empty if it was applied; `met`, how often the request met the fault; `again`,
    whether the message is retried; `delay`, after how many seconds, None if SQS was not told, so that it is received
    when its visibility timeout ends; `dead`, whether it is in the dead-letter queue; `kept`, whether the lease was left
    to expire; `raised`, whether the invocation failed. `error` is the message.
    """

    reason: str
    met: int
    again: bool
    delay: int | None
    dead: bool
    kept: bool
    raised: bool = False
    error: str = field(compare=False, default="")

    def __str__(self) -> str:
        """Write the cell; `measure` checked that the final state is in sync."""
        what = f"{f'`{self.reason}`' if self.reason else 'applied'} ×{self.met}"
        if self.dead:
            return f"{what} → dead letter{', also retried' if self.again else ''} → redriven, in sync"
        kept = "lease kept, " if self.kept else ""
        if not self.again:
            return f"{what} → {kept}finished → in sync"
        when = f"in {self.delay} s" if self.delay is not None else "after the visibility timeout"
        return f"{what} → {'invocation fails, ' if self.raised else ''}{kept}retried {when} → in sync"


class World:
    """
    A connector, its catalog, queues and lease table; it also acts as Lambda's poller and as the engineer on call.

    *requests* lists all known requests to Atlan: `lost` reports any other. If it is empty, `lost` reports none.
    """

    def __init__(self, site: Site, scene: Scene, server: Server, requests: Sequence[Request] = ()) -> None:
        self._site, self._scene, self._server, self._requests = site, scene, server, requests
        self._name = site.name(scene)
        self._settings: dict[str, str] = {}
        self._leases = Leases.create(site.dynamo, self._name)
        self._queues = Queues.create(site.sqs, self._name, visibility=600)
        self._app = self.process()
        self._handle = ""
        self.notify()

    def process(self) -> Application:
        """Start a process of the connector."""
        settings = {"LEASE_TABLE": self._leases.name} | self._queues.settings | self._settings
        return self._site.build(self._server, self._scene.name, self._name, **settings)

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

    def start(self) -> Cell:
        """Receive a message as Lambda's poller does, in a process that starts only now."""
        try:
            self._app = self.process()
        except ConnectorError as error:
            self._handle = self._received().receipt
            return Cell(error.reason, 0, again=True, delay=None, dead=False, kept=False, raised=True, error=str(error))
        return self.receive()

    def receive(self, app: Application | None = None) -> Cell:
        """Receive a message as Lambda's poller does, and delete it unless it is retried."""
        message = self._received()
        self._site.lines.take()
        answer = (app or self._app).batch([message], REMAINING)
        log.metrics.clear_metrics()  # they are one set per process, and not published here
        lines = self._site.lines.take()
        (facts,) = (vars(line) for line in lines if hasattr(line, "outcome"))
        again = bool(answer["batchItemFailures"])
        delay = self._site.delays.pop(self._queues.url, None)
        if any(line.getMessage() == log.Event.UNSETTLED for line in lines):
            delay = None
        if again:
            self._handle = message.receipt
        else:
            self._queues.finish(message.receipt)
        reason = facts.get("reason", "") if facts["outcome"] == "failed" else ""
        dead, kept = self._count(self._queues.dead) > 0, self._leases.get().live
        return Cell(reason, 0, again, delay, dead, kept, error=facts.get("error", ""))

    def recover(self, cell: Cell) -> None:
        """
        End the fault, redrive a dead letter as the engineer on call does, and let time pass until the retry.

        No real time passes: the message's visibility timeout is set to 0, the lease's item is changed as if it and the
        rate limit had expired, and a new process replaces one that remembers the rate limit.
        """
        self._server.faults.clear()
        self.watch()
        self._queues.redrive()
        if cell.again:
            self._queues.show(self._handle)
        if cell.raised or cell.reason == RateLimitedError.reason:
            self._app = self.process()
        if (lease := self._leases.get()).holder:
            self._leases.expire(lease)

    def lost(self) -> str:
        """Return what is wrong at the end: a message that is left, or a request that the matrix does not have."""
        left = sum(self._count(url) for url in (self._queues.url, self._queues.dead))
        log = self._server.faults.log if self._requests else ()
        strange = sorted({f"{e.method} {e.path}" for e in log if not e.fault})
        return f"{left} messages are left" if left else f"no row of the matrix has {strange}" if strange else ""

    def state(self) -> State:
        """Return all entities and live edges, by name; duplicates are listed twice."""
        with self._server.store.read() as connection:
            return [tuple(row) for query in (_ENTITIES, _EDGES) for row in connection.execute(query)]

    def watch(self) -> None:
        """Make the catalog's log mark the known requests."""
        for request in self._requests:
            self._server.faults.add(request.suffers(SERVED))

    def _received(self) -> envelope.Message:
        (message,) = envelope.messages(self._queues.event(most=1))
        return message

    def _count(self, queue: str) -> int:
        return sum(self._queues.waiting(queue))

    def waiting(self) -> int:
        """Count the messages in the queue."""
        return self._count(self._queues.url)


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
        assert (cell.reason, cell.again) == ("", False), f"{scene.name}: {cell.error}"
        while world.waiting():  # the hints of a sweep
            world.receive()
        assert not world.lost(), f"{scene.name}: {world.lost()}"
        return world.state()


def finish(world: World, truth: State) -> None:
    """
    Receive all messages that are left in the queue, after the fault.

    Raises:
        AssertionError: something is lost: a message is not finished in the end, or the catalog differs from the state
            without faults.
    """
    while world.waiting():
        last = world.receive()
        assert not last.reason, f"the second receive: {last.error}"
    assert not world.lost(), world.lost()
    found = world.state()
    assert found == truth, f"too much: {_less(found, truth)}; missing: {_less(truth, found)}"


def _less(one: State, other: State) -> list[tuple[str, ...]]:
    """Return the rows that one state has more often than the other."""
    return sorted((Counter(one) - Counter(other)).elements())
