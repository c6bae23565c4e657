"""
A bucket, a catalog with two tables, and the connector's `Sync` between them, in memory and one request after another.

The simulation has the same S3 and the same Atlan behind a network and many processes.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from connector import routesfile
from connector.core.asset import Asset, Found, Name, Read
from connector.core.budget import Deadline
from connector.core.names import Namespace
from connector.core.notification import Notification
from connector.core.order import Scope
from connector.core.report import Report
from connector.core.seen import Listed
from connector.core.tally import Finding
from connector.delivery import Delivery
from connector.errors import RefusedError, UnavailableError
from connector.inline import Inline, Progress
from connector.lease import InProcess, Lease
from connector.limiter import Limiter
from connector.ports import Saved, Term
from connector.runner import Runner
from connector.sweep import Sweep
from connector.sync import Sync
from tests.support.catalog import Atlan, BrokenError
from tests.support.client import Client
from tests.support.clock import Clock
from tests.support.journal import Journal
from tests.support.notice import DELETE, PUT
from tests.support.shop import BUCKET, COLUMNS, ORDERS, ROUTES, loaded
from tests.support.store import S3, Reader


class Store(Reader):
    """
    S3 as the connector reads it: `reads`, for so many bytes as `firsts` has, and `pages_read` are the requests.

    `errors` has what a key, or the listing of a bucket, answers instead, `before_read` what happens before it is read.
    """

    def __init__(self, s3: S3) -> None:
        super().__init__(s3, self._asked)
        self.errors: dict[str, Exception] = {}
        self.before_read: dict[str, Callable[[], object]] = {}
        self.reads: list[str] = []
        self.firsts: list[int] = []
        self.pages_read = 0

    def read(self, bucket: str, key: str, first: int = 1) -> Read | None:
        self.reads.append(key)
        self.firsts.append(first)
        self.before_read.pop(key, bool)()
        if key in self.errors:
            raise self.errors[key]
        return super().read(bucket, key, first)

    def listing(self, bucket: str, prefix: str, after: str) -> Iterator[Sequence[Listed]]:
        if bucket in self.errors:
            raise self.errors[bucket]
        yield from super().listing(bucket, prefix, after)

    def _asked(self, what: str, answer: Callable[[], list[str]]) -> list[str]:
        self.pages_read += 1
        return answer()


class Catalog(Client):
    """
    Atlan as the connector asks it: `reads` has what was read, `log` every write that changed something.

    `refuse` has errors for the next writes, one each. A save of something with `poison` in its name ends by `verdict`.
    After `left` more writes each ends by `death`, before it is carried out, or after it if `undone` is false. `broken`
    has the promises that a write broke. `errors` has what a read answers instead. Each request takes `seconds`, and is
    not sent where *limiter* says that it is too late.
    """

    def __init__(self, atlan: Atlan, limiter: Limiter) -> None:
        super().__init__(atlan, self._asked)
        self._limiter, self.seconds = limiter, 0.0
        self.reads: list[str] = []
        self.log: list[tuple[str, tuple[str, ...]]] = []
        self.writes = 0
        self.refuse: list[BaseException] = []
        self.poison, self.verdict = "", RefusedError("refused")
        self.left, self.death, self.undone = 1_000_000, BaseException(), True
        self.broken: list[str] = []
        self.errors: dict[str, Exception] = {}

    def save(self, assets: Sequence[Asset], guids: dict[Name, str]) -> Saved:
        if self.poison and any(self.poison in asset.name.qualified_name for asset in assets):
            raise self.verdict
        saved = super().save(assets, guids)
        self.writes += 1
        changed = saved.created | saved.updated
        if changed:
            self.log.append(("save", tuple(asset.name.qualified_name for asset in assets if asset.name in changed)))
        return saved

    def retire(self, assets: Sequence[Found]) -> None:
        super().retire(assets)
        self.log.append(("retire", tuple(asset.name.qualified_name for asset in assets)))

    def _asked(
        self, what: str, answer: Callable[..., Any], prepare: Callable[[], Any] = dict, *, write: bool = False
    ) -> Any:
        if self.seconds:
            self._limiter.spend()
            self._limiter.clock.sleep(min(self.seconds, self._limiter.left()))
            self._limiter.answered(self.seconds)
            if not self._limiter.left():
                raise UnavailableError("no response in time", ambiguous=write)
        if not write:
            self.reads.append(what)
            if what in self.errors:
                raise self.errors[what]
            return answer()
        if self.refuse:
            raise self.refuse.pop(0)
        if self.left == 0 and self.undone:
            raise self.death
        self.left -= 1
        try:
            answered = answer(prepare())
        except BrokenError as error:
            self.broken.append(str(error))
            raise
        if self.left < 0:
            raise self.death
        return answered


class OneKey:
    """The only API key that there is; see `connector.ports.Credentials`."""

    def renew(self) -> bool:
        return False


class Watched:
    """The real lease, which counts how often it was held, and keeps the last term."""

    def __init__(self, lease: Lease) -> None:
        self._lease = lease
        self.held = 0
        self.term = Term(undisturbed=False)

    @contextmanager
    def hold(self, connection: str, deadline: Deadline) -> Iterator[Term]:
        with self._lease.hold(connection, deadline) as self.term:
            self.held += 1
            yield self.term


@dataclass
class World:
    """One writer after another in a world that nobody else changes but the test."""

    routes: str = ROUTES
    columns: tuple[str, ...] = COLUMNS
    page: int = 1000
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        self.s3 = S3(self.page, (), self.clock)
        self.atlan = Atlan(self.clock, lambda: 0.0, lambda _: None)
        for table, columns in zip(ORDERS, (self.columns, loaded(self.columns)), strict=True):
            self.atlan.add_table(table, columns)
        self.limiter = Limiter(1e6, self.clock)
        self.store, self.catalog = Store(self.s3), Catalog(self.atlan, self.limiter)
        self.items, self.journal = InProcess(), Journal()
        self._tokens = (f"holder {number}" for number in count(1))
        self.restart()

    def restart(self, routes: str = "") -> None:
        """Let a new process of the connector take over, with other routes perhaps."""
        self.lease = Watched(self.writer())
        self.routes = routes or self.routes
        self.sync = self.connector(self.routes, self.lease)

    def writer(self) -> Lease:
        """Return the lease of one more process."""
        return Lease(self.items, Limiter(400, self.clock), self.clock, lambda: next(self._tokens), self.journal)

    def connector(self, routes: str = "", lease: Watched | Lease | None = None) -> Sync:
        """Return one more process of the connector."""
        ports = (self.store, self.catalog, lease or self.writer())
        parsed = routesfile.read(routes or self.routes, "routes.yaml")
        return Sync(parsed, Namespace(parsed.connection, "ours"), ports, self.clock)

    def sweep(self, prefix: str = "", bucket: str = BUCKET) -> list[Finding]:
        """Compare a bucket with the catalog, and return what differs; nothing is written."""
        scope = Scope(bucket, prefix)
        return [finding for step in self.sweeper().steps(scope) for finding in step.findings]

    def sweeper(self) -> Sweep:
        parsed = routesfile.read(self.routes, "routes.yaml")
        return Sweep(parsed, Namespace(parsed.connection, "ours"), (self.store, self.catalog, self.catalog))

    def heal(self, prefix: str = "", bucket: str = BUCKET) -> tuple[Report, ...]:
        """Apply what a sweep finds."""
        return self.sync.apply([finding.hint for finding in self.sweep(prefix, bucket)], self.deadline())

    def standalone(self) -> Progress:
        """Sweep the bucket as the command line does, whatever it retires, and apply the hints in this process."""
        runner, queue = Runner(self.sweeper(), self.clock, lambda: None), Inline(self.clock)
        delivery = Delivery(self.sync, OneKey(), self.journal, queue, self.clock)
        hints = runner.hints(runner.forecast(Scope(BUCKET)), 100)
        return queue.run(hints, lambda batch: delivery.batch(batch, self.deadline(100)))

    def deadline(self, seconds: float = 60.0) -> Deadline:
        return Deadline(self.clock() + seconds)

    def put(
        self, *keys: str, bucket: str = BUCKET, names: Iterable[str] | None = None, body: bytes | None = None
    ) -> None:
        """Write files whose header has all columns of the source, or these *names*; without any, it has none."""
        header = ",".join(self.columns if names is None else names)
        written = f"{header}\n".encode() if header else b"1\n2\n"
        for key in keys:
            self.s3.put(bucket, key, written if body is None else body)

    def notify(self, *keys: str, bucket: str = BUCKET, event: str = PUT) -> tuple[Report, ...]:
        return self.sync.apply([Notification(bucket, key, event) for key in keys], self.deadline())

    def upload(self, *parts: str) -> tuple[Report, ...]:
        keys = [key(part) for part in parts]
        self.put(*keys)
        return self.notify(*keys)

    def delete(self, *parts: str) -> tuple[Report, ...]:
        keys = [key(part) for part in parts]
        for name in keys:
            self.s3.delete(BUCKET, name)
        return self.notify(*keys, event=DELETE)


def key(part: str) -> str:
    """Return the key of an object of the pair."""
    return f"exports/public/orders/{part}.csv"
