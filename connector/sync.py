"""
Brings the catalog in sync with S3 for a batch of notifications: lease, facts, desired, plan, apply.

`connector.delivery` calls it. Every rule is in the core; every read is in `connector.reader`.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import Final

from connector.cache import Cache
from connector.core.asset import Name, Read
from connector.core.budget import ATTEMPT, REQUEST, Deadline
from connector.core.desired import desired
from connector.core.lineage import Lineage
from connector.core.names import Namespace
from connector.core.notification import Notification, Record
from connector.core.order import ObjectHint, PairHint
from connector.core.plan import REQUEST as ASSETS
from connector.core.plan import Actual, Draft, plan
from connector.core.report import Changes, Report, Result, Routed, ambiguous, postponed, reports, stops
from connector.core.route import Hint, Pair, Routes, Subject, Unrouted
from connector.divide import divided
from connector.errors import ConnectorError, LateError, TransientError
from connector.ports import Catalog, Clock, Lease, Store, Together
from connector.reader import Reader
from connector.writer import Writer

FULL: Final = 16
"""Objects that fill a request, with their processes."""

ROUNDS: Final = 2
"""Objects are applied together that fill so many times the requests that may be in flight."""

LATE: Final = "the invocation would end before this is applied; the notification is retried"


Answers = dict[Subject, Read | ConnectorError | None]
"""What S3 says of subjects, and which it could not be asked about."""


class Sync:
    """Applies notifications through the ports; a request to save or retire has at most so many `assets`."""

    assets = ASSETS

    def __init__(
        self,
        routes: Routes,
        space: Namespace,
        ports: tuple[Store, Catalog, Lease],
        clock: Clock,
        together: Together,
    ) -> None:
        store, self._catalog, self._lease = ports
        self._routes, self._space, self._clock, self._cache = routes, space, clock, Cache(clock)
        self._reader = Reader(routes, space, (store, self._catalog), self._cache, together)
        self._together = together
        self._most, self._first = FULL * together.limit * ROUNDS, FULL * together.limit
        self._size = self._first

    def apply(self, records: Sequence[Record], deadline: Deadline) -> tuple[Report, ...]:
        """Bring the catalog in sync with S3 for each object of the records, once; return one report per record."""
        started = self._clock()
        routed = [self._route(record) for record in records]
        subjects = dict.fromkeys(subject for subject in routed if isinstance(subject, Subject))
        results = self._under_lease(subjects, deadline) if subjects else {}
        return reports(records, routed, results, round((self._clock() - started) * 1000))

    def draft(self, reads: Mapping[Subject, Read | None]) -> Draft:
        """
        Read what there is, and decide what to do about it; nothing is written.

        Raises:
            ConnectorError: a request to S3 or Atlan failed, or the connection is missing.
        """
        facts = self._reader.facts(reads)
        wanted = desired(facts, self._routes, self._space)
        actual = self._reader.actual(wanted, facts)
        return Draft(facts, wanted, actual, plan(wanted, actual, self.assets))

    def read(self, hint: Hint) -> Read | ConnectorError | None:
        """Read an object as it is read when its notification is applied."""
        return self._reader.reads([hint])[hint]

    def adopt(self, processes: Sequence[Name], deadline: Deadline) -> Changes:
        """
        Retire lineage of others that `connector.foreign` found, column processes before their process.

        Raises:
            ConnectorError: it could not be retired, or not all of it.
        """
        with self._lease.hold(self._routes.connection, deadline) as term:
            try:
                found = {name: tuple(hits) for name, hits in self._catalog.find(processes).items()}
                children = {name: self._catalog.family(name).children for name in processes}
                todo = plan([Lineage(absent=tuple(processes))], Actual(found, children))
                for assets in todo.retires:
                    self._catalog.retire(assets)
                return Changes(retired=frozenset(asset.name for assets in todo.retires for asset in assets))
            except TransientError as error:
                term.ambiguous = error.ambiguous
                raise

    def _route(self, record: Record) -> Routed:
        """Return what a record is about; a sweep's hint may be about a key on no route, a notification is not."""
        match record:
            case Notification(bucket, key):
                route = self._routes.match(bucket, key)
                return route if isinstance(route, Unrouted) else Hint(bucket, key, route)
            case ObjectHint(bucket, key):
                return Hint(bucket, key, self._routes.match(bucket, key))
            case PairHint(source, target):
                return Pair(source, target)
        return None

    def _under_lease(self, subjects: Collection[Subject], deadline: Deadline) -> Mapping[Subject, Result]:
        """Read S3 and the catalog after taking the lease, so that no earlier state is written over a later one."""
        try:
            with self._lease.hold(self._routes.connection, deadline) as term:
                if not term.undisturbed:
                    self._cache.clear()
                results = self._in_slices(list(subjects), deadline)
                term.ambiguous = any(map(ambiguous, results.values()))
                return results
        except TransientError as error:
            return dict.fromkeys(subjects, error)

    def _in_slices(self, subjects: Sequence[Subject], deadline: Deadline) -> dict[Subject, Result]:
        """
        Do what fits before the deadline, a slice after the other, and postpone the rest: what was done is done.

        A slice for which there was no time is halved the next time, so that any batch makes progress, however long
        Atlan takes for an answer; slices grow again when they are in time. The next slice is read from S3 while one is
        written, if there will be time for it.
        """
        results: dict[Subject, Result] = {}
        answers: Answers = {}
        seconds, self._size = ATTEMPT, min(self._size, self._first)  # as writes wait until these are read
        while len(results) < len(subjects):
            begun = self._clock()
            if not deadline.allows(seconds, begun):
                return results | dict.fromkeys(subjects[len(results) :], LateError(LATE))
            part = subjects[len(results) : len(results) + self._size]
            rest = subjects[len(results) + len(part) :]
            following = rest[: min(self._most, self._size * 2)] if deadline.allows(2 * seconds, begun) else ()
            answers |= self._reader.reads([subject for subject in part if subject not in answers])
            with self._ahead(following) as ahead:
                done, stopped = self._slice({subject: answers.pop(subject) for subject in part})
                answers |= {} if stopped else ahead()
            results |= done
            if stopped:
                late = not deadline.allows(REQUEST, self._clock())
                self._size = max(1, len(part) // 2) if late else self._size
                return results | dict.fromkeys(subjects[len(results) :], postponed(stopped))
            self._size = min(self._most, self._size * 2)
            seconds = max(ATTEMPT, self._clock() - begun)
        return results

    def _ahead(self, subjects: Sequence[Subject]) -> AbstractContextManager[Callable[[], Answers]]:
        return self._together.aside(partial(self._reader.reads, subjects)) if subjects else nullcontext(dict)

    def _slice(self, answers: Answers) -> tuple[dict[Subject, Result], TransientError | None]:
        """Apply some of them, and return with their results what stops the others, if Atlan does not do its part."""
        failed: dict[Subject, Result] = {s: found for s, found in answers.items() if isinstance(found, ConnectorError)}
        reads = {s: found for s, found in answers.items() if not isinstance(found, ConnectorError)}
        results = divided(reads, self._attempt, self._cache.clear) if reads else {}
        return failed | results, next(filter(stops, results.values()), None)

    def _attempt(self, reads: Mapping[Subject, Read | None]) -> dict[Subject, Result]:
        return Writer(self.draft, self._catalog, self._cache, self._together).apply(reads)
