"""
The connector, wrong in twenty ways: the simulation has to find each.

A mutant is the real thing with one port, or one method, replaced.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any, Final

from connector.core.asset import Family, Found, Name, Read, Table, Type
from connector.core.budget import GRACE, Deadline
from connector.core.names import Namespace
from connector.core.notification import Notification, Record
from connector.core.order import ObjectHint
from connector.core.plan import Draft, Plan, Save
from connector.core.report import Outcome, Report, Result, ambiguous
from connector.core.route import Hint, Pair, Routes, Subject
from connector.divide import Reads
from connector.errors import ConnectorError, ForbiddenError, LateError, RateLimitedError
from connector.lease import Lease
from connector.lives import Living
from connector.ports import Clock, Term, Together
from connector.presence import PAGES_OF_A_SWEEP
from connector.reader import Reader
from connector.shapes import Shapes
from connector.sync import Sync
from connector.work import Work
from connector.writer import Writer
from tests.simulation.process import Build, Ports
from tests.support.client import Client
from tests.support.store import Reader as Store


class _NoLease:
    """Everybody writes whenever they want; what is remembered is trusted for no longer than a batch."""

    @contextmanager
    def hold(self, connection: str, deadline: Deadline) -> Iterator[Term]:
        yield Term(undisturbed=False)


class _KeepsCache:
    """What is remembered is taken to be true after others wrote, too."""

    def __init__(self, lease: Lease) -> None:
        self._lease = lease

    @contextmanager
    def hold(self, connection: str, deadline: Deadline) -> Iterator[Term]:
        with self._lease.hold(connection, deadline) as term:
            term.undisturbed = True
            yield term


class _Early(Reader):
    """Returns what S3 said before the lease was taken."""

    early: Mapping[Hint, Read | ConnectorError | None]

    def reads(self, hints: Collection[Hint]) -> dict[Hint, Read | ConnectorError | None]:
        return {hint: self.early[hint] for hint in hints}


class _ReadsFirst(Sync):
    """S3 is read before the lease is taken."""

    def _under_lease(self, hints, deadline):
        self._reader.__class__ = _Early
        self._reader.early = Reader.reads(self._reader, hints)
        return super()._under_lease(hints, deadline)


class _Trusting(Sync):
    """What the last notification says has been removed is gone, without asking S3."""

    def apply(self, records: Sequence[Record], deadline: Deadline) -> tuple[Report, ...]:
        self._said = {(r.bucket, r.key): r.event for r in records if isinstance(r, Notification)}
        return super().apply(records, deadline)

    def _in_slices(self, subjects, deadline):
        removed = ("ObjectRemoved:", "LifecycleExpiration:", "Object Deleted")
        asked = self._reader.reads
        gone = {
            one
            for one in subjects
            if isinstance(one, Hint) and self._said.get((one.bucket, one.key), "").startswith(removed)
        }
        self._reader.reads = lambda hints: {hint: None if hint in gone else asked([hint])[hint] for hint in hints}
        try:
            return super()._in_slices(subjects, deadline)
        finally:
            self._reader.reads = asked


class _Writing(Sync):
    """A sync whose writer is another; `plan` changes what is planned."""

    writer: type[Writer] = Writer

    def draft(self, reads: Reads) -> Draft:
        draft = super().draft(reads)
        return replace(draft, plan=self.plan(draft.plan))

    def plan(self, todo: Plan) -> Plan:
        return todo

    def _attempt(self, reads: Reads) -> dict[Subject, Result]:
        return self.writer(self.draft, self._catalog, self._cache, self._together).apply(reads)


class _RetiresFirst(_Writing):
    """Breaks before it makes: the plan backwards, so retirements first, and parents before children."""

    def plan(self, todo: Plan) -> Plan:
        backwards = tuple((found,) for request in reversed(todo.retires) for found in reversed(request))
        for request in backwards:
            self._catalog.retire(request)
        return replace(todo, retires=())


class _NoWaves(Writer):
    """All saves are in flight together: the next waves go with the first."""

    def _save(self, work: Work, wave: Sequence[Save]) -> None:
        if wave[0] == work.draft.plan.saves[0]:
            super()._save(work, work.draft.plan.saves)


class _AllAtOnce(Writer):
    """Retirements are in flight beside the last saves."""

    def _save(self, work: Work, wave: Sequence[Save]) -> None:
        together = self.together

        def more(calls: Sequence[Callable[[], Any]], ended: Callable[[int, Any], None]) -> None:
            extra = [partial(self._answer, partial(self.catalog.retire, one)) for one in work.draft.plan.retires]
            together([*calls, *extra], lambda place, answer: ended(place, answer) if place < len(calls) else None)

        self.together = more
        try:
            super()._save(work, wave)
        finally:
            self.together = together


class _Flat(Writer):
    """Retirements are in flight together, whatever depends on what."""

    def _retire(self) -> None:
        for work in self._whose():
            found = [(one,) for request in work.draft.plan.retires for one in request]
            self.together([partial(self._answer, partial(self.catalog.retire, one)) for one in found], lambda *_: None)


class _SavesTogether(_Writing):
    """An object is saved beside its own bucket."""

    writer = _NoWaves


class _RetiresBeside(_Writing):
    """What is to be retired is retired beside the saves."""

    writer = _AllAtOnce


class _RetiresTogether(_Writing):
    """Children and parents are retired together."""

    writer = _Flat


class _HastyLiving(Living):
    def of(self, reads, hinted):
        found = super().of({}, hinted)
        present = {hint.pair for hint, read in reads.items() if read}
        found.over |= {hint.pair for hint in reads if hint.pair} - present
        return found


class _Hasty(Sync):
    """When an object is gone, its pair is retired without a look for another object."""

    def __init__(self, routes: Routes, space: Namespace, ports: Ports, clock: Clock, together: Together) -> None:
        super().__init__(routes, space, ports, clock, together)
        self._reader._pairs.living = _HastyLiving(routes, space, ports[:2], self._cache)


class _Newest(Shapes):
    """The pair has the columns of the object of the notification, however old it is."""

    def told(self, newest, reads, of):
        mine = [one for one in newest if reads.get((one.bucket, one.key))]
        return super().told(mine or newest, reads, of)


class _LastComes(Sync):
    """An older file reshapes the pair."""

    def __init__(self, routes: Routes, space: Namespace, ports: Ports, clock: Clock, together: Together) -> None:
        super().__init__(routes, space, ports, clock, together)
        self._reader._pairs._shapes = _Newest(routes, space, ports[:2])


class _Keeping(Living):
    def of(self, reads, hinted):
        found = super().of(reads, hinted)
        found.alive = [pair for pair in found.alive if pair in hinted]
        return found


class _KeepsColumns(Sync):
    """The columns of a deleted object stay, as long as the pair has another."""

    def __init__(self, routes: Routes, space: Namespace, ports: Ports, clock: Clock, together: Together) -> None:
        super().__init__(routes, space, ports, clock, together)
        self._reader._pairs.living = _Keeping(routes, space, ports[:2], self._cache)


class _SearchingLiving(Living):
    def of(self, reads, hinted):
        found = super().of(reads, ())
        into = self._space.into("", "").qualified_name.removesuffix("/")
        pages = self._catalog.processes(Type.PROCESS, [into], "")
        ends = {end.qualified_name for page in pages for linked in page for end in linked.inputs}
        found.alive = [pair for pair in hinted if pair.source in ends]
        found.newest |= {pair: self.newest(pair, PAGES_OF_A_SWEEP) for pair in found.alive}
        found.over |= set(hinted) - {*found.alive}
        return found


class _Gullible(Sync):
    """A pair that a sweep doubts is retired where a search finds no object of it; S3 is not asked."""

    def __init__(self, routes: Routes, space: Namespace, ports: Ports, clock: Clock, together: Together) -> None:
        super().__init__(routes, space, ports, clock, together)
        self._reader._pairs.living = _SearchingLiving(routes, space, ports[:2], self._cache)


class _Believing(Sync):
    """An object that a sweep hints at is gone where a search does not find it; S3 is not asked."""

    def apply(self, records: Sequence[Record], deadline: Deadline) -> tuple[Report, ...]:
        self._hinted = {(r.bucket, r.key) for r in records if isinstance(r, ObjectHint)}
        return super().apply(records, deadline)

    def _in_slices(self, subjects, deadline):
        asked = self._reader.reads
        self._reader.reads = lambda subjects: {
            subject: None if self._lacks(subject) else stat for subject, stat in asked(subjects).items()
        }
        try:
            return super()._in_slices(subjects, deadline)
        finally:
            self._reader.reads = asked

    def _lacks(self, subject: Subject) -> bool:
        if isinstance(subject, Pair) or (subject.bucket, subject.key) not in self._hinted:
            return False
        bucket = self._space.bucket(subject.bucket, self._routes.naming)
        return not any(self._catalog.search([self._space.object(bucket, subject.key)]).values())


class _Hopeful(Sync):
    """A write without a response is treated as carried out."""

    def apply(self, records: Sequence[Record], deadline: Deadline) -> tuple[Report, ...]:
        reports = super().apply(records, deadline)
        return tuple(_excused(one) if one.error and ambiguous(one.error) else one for one in reports)


class _Careless(Sync):
    """What Atlan had no time for is dropped."""

    def apply(self, records: Sequence[Record], deadline: Deadline) -> tuple[Report, ...]:
        reports = super().apply(records, deadline)
        return tuple(_excused(one) if isinstance(one.error, RateLimitedError) else one for one in reports)


class _AllOrNothing(Sync):
    """Where some of a batch is late, all of it is retried."""

    def apply(self, records: Sequence[Record], deadline: Deadline) -> tuple[Report, ...]:
        reports = super().apply(records, deadline)
        late = next((one.error for one in reports if isinstance(one.error, LateError)), None)
        return tuple(replace(one, outcome=Outcome.FAILED, error=late) if late else one for one in reports)


def _excused(report: Report) -> Report:
    return replace(report, outcome=Outcome.APPLIED, error=None)


class _Searching(Client):
    """What a search lacks is taken not to be there."""

    def __init__(self, client: Client) -> None:
        super().__init__(client.atlan, client._ask)

    def get(self, names: Collection[Name]) -> dict[Name, list[Found]]:
        return {name: [] for name in names}

    def table(self, name: str) -> None:
        return None

    def family(self, process: Name) -> Family:
        return Family()

    def columns(self, name: str, table: Table) -> Table:
        return table


class _Childless(Client):
    """The column processes of a process are forgotten."""

    def __init__(self, client: Client) -> None:
        super().__init__(client.atlan, client._ask)

    def family(self, process: Name) -> Family:
        return replace(super().family(process), children=())


class _Blind:
    """What S3 denies is taken not to be there."""

    def __init__(self, store: Store) -> None:
        self._store, self.listing = store, store.listing

    def read(self, bucket: str, key: str, first: int = 1) -> Read | None:
        try:
            return self._store.read(bucket, key, first)
        except ForbiddenError:
            return None


def _graceless(store: Store, catalog: Client, lease: Lease) -> Ports:
    lease.items.late = -GRACE
    return store, catalog, lease


def _with(port: Callable[[Store, Client, Lease], Ports]) -> Build:
    return Build(ports=port)


MUTANTS: Final[Mapping[str, Build]] = {
    "no lease": _with(lambda store, catalog, lease: (store, catalog, _NoLease())),
    "S3 read before the lease": Build(sync=_ReadsFirst),
    "lease without grace": _with(_graceless),
    "acknowledge after an ambiguous write": Build(sync=_Hopeful),
    "trust the event type": Build(sync=_Trusting),
    "retire first": Build(sync=_RetiresFirst),
    "save an object beside its bucket": Build(sync=_SavesTogether),
    "retire beside saves": Build(sync=_RetiresBeside),
    "retire children and parents together": Build(sync=_RetiresTogether),
    "search to decide absence": _with(lambda store, catalog, lease: (store, _Searching(catalog), lease)),
    "forget the column cascade": _with(lambda store, catalog, lease: (store, _Childless(catalog), lease)),
    "treat 403 as 404": _with(lambda store, catalog, lease: (_Blind(store), catalog, lease)),
    "drop on 429": Build(sync=_Careless),
    "a late batch is retried whole": Build(sync=_AllOrNothing),
    "retire a pair without looking for its last object": Build(sync=_Hasty),
    "an older file reshapes the pair": Build(sync=_LastComes),
    "the deleted object's columns stay": Build(sync=_KeepsColumns),
    "a sweep's object is decided by search": Build(sync=_Believing),
    "a sweep's pair is decided by search": Build(sync=_Gullible),
    "keep the cache after someone else held the lease": _with(
        lambda store, catalog, lease: (store, catalog, _KeepsCache(lease))
    ),
}
