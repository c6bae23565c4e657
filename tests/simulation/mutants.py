"""
The connector, wrong in twelve ways: the simulation has to find each.

A mutant is the real thing with one port, one method or one function replaced.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Final

from connector.core.asset import Found, Name, Stat, Table
from connector.core.fate import Done, Fate, fate
from connector.core.lineage import Hint, Namespace
from connector.core.notification import Notification, Record
from connector.core.plan import Plan
from connector.core.route import Pair, Routes
from connector.errors import ConnectorError, ForbiddenError, RateLimitedError, UnavailableError
from connector.ports import Term
from connector.survey import Surveyor
from connector.sync import Changes, Report, Sync
from tests.simulation.catalog import Client
from tests.simulation.lease import Dynamo
from tests.simulation.process import Build, Ports
from tests.simulation.store import Reader


class _NoLease:
    """Everybody writes whenever they want; what is remembered is trusted for no longer than a batch."""

    def __init__(self, lease: Dynamo) -> None: ...

    @contextmanager
    def hold(self, connection: str, deadline: float) -> Iterator[Term]:
        yield Term(undisturbed=False)


class _KeepsCache:
    """What is remembered is taken to be true after others wrote, too."""

    def __init__(self, lease: Dynamo) -> None:
        self._lease = lease

    @contextmanager
    def hold(self, connection: str, deadline: float) -> Iterator[Term]:
        with self._lease.hold(connection, deadline) as term:
            term.undisturbed = True
            yield term


class _ReadsFirst(Sync):
    """S3 is read before the lease is taken."""

    def _under_lease(self, hints: Iterable[Hint], deadline: float) -> Mapping[Hint, Any]:
        self._early = {hint: super(_ReadsFirst, self)._read(hint) for hint in hints}
        return super()._under_lease(hints, deadline)

    def _read(self, hint: Hint) -> Stat | ConnectorError | None:
        return self._early[hint]


class _Trusting(Sync):
    """What the last notification says has been removed is gone, without asking S3."""

    def apply(self, records: Sequence[Record], deadline: float) -> tuple[Report, ...]:
        self._said = {(r.bucket, r.key): r.event for r in records if isinstance(r, Notification)}
        return super().apply(records, deadline)

    def _read(self, hint: Hint) -> Stat | ConnectorError | None:
        said = self._said[hint.bucket, hint.key]
        removed = said.startswith(("ObjectRemoved:", "LifecycleExpiration:", "Object Deleted"))
        return None if removed else super()._read(hint)


class _RetiresFirst(Sync):
    """Breaks before it makes: the plan backwards, so retirements first, and parents before children."""

    def _carry_out(self, plan: Plan) -> Changes:
        backwards = tuple((found,) for request in reversed(plan.retires) for found in reversed(request))
        retired = super()._carry_out(Plan((), backwards))
        return replace(super()._carry_out(Plan(plan.saves, ())), retired=retired.retired)


class _HastySurveyor(Surveyor):
    def _is_over(self, pair: Pair) -> bool:
        return True


class _Hasty(Sync):
    """When an object is gone, its pair is retired without a look for another object."""

    def __init__(self, routes: Routes, deployment: str, ports: Ports, clock: Callable[[], float]) -> None:
        super().__init__(routes, deployment, ports, clock)
        space = Namespace(routes.connection, deployment)
        self._surveyor = _HastySurveyor(routes, space, ports[0], ports[1], clock)


class _Searching(Client):
    """What a search lacks is taken not to be there."""

    def __init__(self, client: Client) -> None:
        super().__init__(client.atlan, client._ask)

    def get(self, name: Name) -> list[Found]:
        return []

    def columns(self, name: str, table: Table) -> Table:
        return table


class _Childless(Client):
    """The column processes of a process are forgotten."""

    def __init__(self, client: Client) -> None:
        super().__init__(client.atlan, client._ask)

    def children(self, process: Name) -> Sequence[Found]:
        return ()


class _Blind:
    """What S3 denies is taken not to be there."""

    def __init__(self, reader: Reader) -> None:
        self._reader, self.pages = reader, reader.pages

    def read(self, bucket: str, key: str) -> Stat | None:
        try:
            return self._reader.read(bucket, key)
        except ForbiddenError:
            return None


def _hopeful(errors: Sequence[ConnectorError], receives: int) -> Fate:
    ambiguous = any(isinstance(error, UnavailableError) and error.ambiguous for error in errors)
    return Done() if ambiguous else fate(errors, receives)


def _careless(errors: Sequence[ConnectorError], receives: int) -> Fate:
    return Done() if any(isinstance(error, RateLimitedError) for error in errors) else fate(errors, receives)


def _graceless(store: Reader, catalog: Client, lease: Dynamo) -> Ports:
    lease.grace = 0.0
    return store, catalog, lease


MUTANTS: Final[Mapping[str, Build]] = {
    "no lease": Build(ports=lambda store, catalog, lease: (store, catalog, _NoLease(lease))),
    "S3 read before the lease": Build(sync=_ReadsFirst),
    "lease without grace": Build(ports=_graceless),
    "acknowledge after an ambiguous write": Build(fate=_hopeful),
    "trust the event type": Build(sync=_Trusting),
    "retire first": Build(sync=_RetiresFirst),
    "search to decide absence": Build(ports=lambda store, catalog, lease: (store, _Searching(catalog), lease)),
    "forget the column cascade": Build(ports=lambda store, catalog, lease: (store, _Childless(catalog), lease)),
    "treat 403 as 404": Build(ports=lambda store, catalog, lease: (_Blind(store), catalog, lease)),
    "drop on 429": Build(fate=_careless),
    "retire a pair without looking for its last object": Build(sync=_Hasty),
    "keep the cache after someone else held the lease": Build(
        ports=lambda store, catalog, lease: (store, catalog, _KeepsCache(lease))
    ),
}
