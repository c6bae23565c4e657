"""
Brings the catalog in sync with S3 for a batch of notifications: lease, facts, desired, plan, apply.

`connector.delivery` calls it. Every rule is in the core; every read is in `connector.reader`.
"""

from collections.abc import Collection, Mapping, Sequence

from connector.cache import Cache
from connector.core.asset import Name, Stat
from connector.core.budget import ATTEMPT, Deadline
from connector.core.desired import desired
from connector.core.names import Namespace
from connector.core.notification import Notification, Record
from connector.core.plan import Plan, plan
from connector.core.report import Changes, Report, Result, Routed, ambiguous, credited, reports
from connector.core.route import Hint, Routes, Unrouted
from connector.divide import divided
from connector.errors import BusyError, ConnectorError, LateError, UnavailableError
from connector.ports import Catalog, Clock, Lease, Store
from connector.reader import Reader


class Sync:
    """Applies notifications through the ports."""

    def __init__(self, routes: Routes, deployment: str, ports: tuple[Store, Catalog, Lease], clock: Clock) -> None:
        store, self._catalog, self._lease = ports
        self._routes, self._clock, self._cache = routes, clock, Cache(clock)
        self._space = Namespace(routes.connection, deployment)
        self._reader = Reader(routes, self._space, (store, self._catalog), self._cache)

    def apply(self, records: Sequence[Record], deadline: Deadline) -> tuple[Report, ...]:
        """Bring the catalog in sync with S3 for each object of the records, once; return one report per record."""
        started = self._clock()
        routed = [self._route(record) for record in records]
        hints = dict.fromkeys(hint for hint in routed if isinstance(hint, Hint))
        results = self._under_lease(hints, deadline) if hints else {}
        return reports(records, routed, results, round((self._clock() - started) * 1000))

    def _route(self, record: Record) -> Routed:
        if not isinstance(record, Notification):
            return None
        match = self._routes.match(record.bucket, record.key)
        return match if isinstance(match, Unrouted) else Hint(record.bucket, record.key, match)

    def _under_lease(self, hints: Collection[Hint], deadline: Deadline) -> Mapping[Hint, Result]:
        """Read S3 and the catalog after taking the lease, so that no earlier state is written over a later one."""
        try:
            with self._lease.hold(self._routes.connection, deadline) as term:
                if not term.undisturbed:
                    self._cache.clear()
                results = self._results(hints, deadline)
                term.ambiguous = any(map(ambiguous, results.values()))
                return results
        except (BusyError, UnavailableError) as error:
            return dict.fromkeys(hints, error)

    def _results(self, hints: Collection[Hint], deadline: Deadline) -> dict[Hint, Result]:
        answers = self._reader.stats(hints)
        failed: dict[Hint, Result] = {h: answer for h, answer in answers.items() if isinstance(answer, ConnectorError)}
        stats = {h: answer for h, answer in answers.items() if not isinstance(answer, ConnectorError)}
        attempt = lambda part: self._attempt(part, deadline)  # noqa: E731 - the deadline does not change
        return failed | (divided(stats, attempt, self._cache.clear) if stats else {})

    def _attempt(self, stats: Mapping[Hint, Stat | None], deadline: Deadline) -> dict[Hint, Result]:
        if not deadline.allows(ATTEMPT, self._clock()):
            raise LateError("not enough time left in the invocation to apply the notification; it is retried")
        facts = self._reader.facts(stats)
        wanted = desired(facts, self._routes, self._space)
        actual = self._reader.actual(wanted)
        todo = plan(wanted, actual)
        with self._cache.writing(wanted.pairs):
            changes = self._apply(todo)
        return credited(wanted, actual, changes)

    def _apply(self, todo: Plan) -> Changes:
        guids: dict[Name, str] = {}
        created, updated, retired = set[Name](), set[Name](), set[Name]()
        for assets in todo.saves:
            saved = self._catalog.save(assets, guids)
            guids |= saved.guids
            created |= saved.created
            updated |= saved.updated
        for found in todo.retires:
            self._catalog.retire(found)
            retired |= {asset.name for asset in found}
        return Changes(frozenset(created), frozenset(updated), frozenset(retired))
