"""
Makes the catalog true for a batch of notifications: lease, read, plan, apply, report.

There are no decisions here but one: what happens to the others when one of a batch cannot be done.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final, TypeGuard

from connector.core.asset import Name, Stat
from connector.core.lineage import Hint, Lineage, Namespace
from connector.core.notification import Malformed, Notification, Record
from connector.core.plan import Plan, plan
from connector.core.route import Match, Routes, Unrouted
from connector.errors import (
    BusyError,
    ConnectorError,
    LateError,
    PermanentError,
    RefusedError,
    TransientError,
    UnavailableError,
    UnexpectedError,
    unexpected,
)
from connector.ports import Catalog, Lease, Store
from connector.survey import Survey, Surveyor

READERS: Final = 8
"""Objects that are read from S3 at the same time."""


ATTEMPT: Final = 5.0
"""Seconds that an attempt needs at least: what cannot be begun so long before the end is handed back."""


class Outcome(StrEnum):
    """How a notification ends."""

    APPLIED = "applied"
    IGNORED = "ignored"
    ACKNOWLEDGED = "acknowledged"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Changes:
    """The names that were created, changed or restored, and archived."""

    created: frozenset[Name] = frozenset()
    updated: frozenset[Name] = frozenset()
    retired: frozenset[Name] = frozenset()

    def of(self, names: frozenset[Name]) -> "Changes":
        """Return the changes of these names."""
        return Changes(self.created & names, self.updated & names, self.retired & names)


@dataclass(frozen=True, slots=True)
class Report:
    """
    How one notification ended.

    `reason` is the short name of why, where it was not applied; `missing` has the tables that Atlan lacks, for which
    lineage is incomplete; `duration_ms` is measured from the beginning of the batch.
    """

    record: Record
    outcome: Outcome
    reason: str = ""
    match: Match | None = None
    missing: tuple[str, ...] = ()
    changes: Changes = field(default_factory=Changes)
    error: ConnectorError | None = None
    duration_ms: int = 0


@dataclass(frozen=True, slots=True)
class _Applied:
    changes: Changes
    missing: tuple[str, ...]


_Result = _Applied | ConnectorError


class Sync:
    """Applies notifications through the ports; *clock* gives monotonic seconds."""

    def __init__(
        self,
        routes: Routes,
        deployment: str,
        ports: tuple[Store, Catalog, Lease],
        clock: Callable[[], float],
    ) -> None:
        self._routes, self._clock = routes, clock
        self._store, self._catalog, self._lease = ports
        space = Namespace(routes.connection, deployment)
        self._surveyor = Surveyor(routes, space, self._store, self._catalog, clock)

    def apply(self, records: Sequence[Record], deadline: float) -> tuple[Report, ...]:
        """
        Make the catalog true for every object that is mentioned, each once; one report a record, in order.

        Args:
            deadline: when the invocation ends, in seconds of the clock.
        """
        started = self._clock()
        routed = [self._route(record) for record in records]
        hints = dict.fromkeys(hint for hint in routed if isinstance(hint, Hint))
        results = self._under_lease(hints, deadline) if hints else {}
        duration = round((self._clock() - started) * 1000)
        first = {hint: index for index, hint in reversed(list(enumerate(routed)))}
        return tuple(
            report if first[hint] == index else _coalesced(report)
            for index, (hint, report) in enumerate(
                (hint, _report(record, hint, results, duration)) for record, hint in zip(records, routed, strict=True)
            )
        )

    def _route(self, record: Record) -> Hint | Unrouted | None:
        if not isinstance(record, Notification):
            return None
        match = self._routes.match(record.bucket, record.key)
        return match if isinstance(match, Unrouted) else Hint(record.bucket, record.key, match)

    def _under_lease(self, hints: Iterable[Hint], deadline: float) -> Mapping[Hint, _Result]:
        """S3 and the catalog are read after the lease is taken, lest an earlier state be written after a later one."""
        try:
            with self._lease.hold(self._routes.connection, deadline) as term:
                if not term.undisturbed:
                    self._surveyor.forget()
                results = self._all(hints, deadline)
                for error in filter(_ambiguous, results.values()):
                    term.ambiguous, error.retry_after = True, max(error.retry_after, term.grace)
                return results
        except (BusyError, UnavailableError) as error:
            return dict.fromkeys(hints, error)

    def _all(self, hints: Iterable[Hint], deadline: float) -> Mapping[Hint, _Result]:
        with ThreadPoolExecutor(READERS) as readers:
            answers = dict(zip(hints, readers.map(self._read, hints), strict=True))
        failed: dict[Hint, _Result] = {h: answer for h, answer in answers.items() if isinstance(answer, ConnectorError)}
        stats = {h: answer for h, answer in answers.items() if not isinstance(answer, ConnectorError)}
        return failed | (self._converge(stats, deadline) if stats else {})

    def _read(self, hint: Hint) -> Stat | ConnectorError | None:
        try:
            return self._store.read(hint.bucket, hint.key)
        except ConnectorError as error:
            return error
        except Exception as error:  # noqa: BLE001 - whatever it is, it is true of this object only
            return unexpected(error, f"s3://{hint.bucket}/{hint.key}")

    def _converge(
        self, stats: Mapping[Hint, Stat | None], deadline: float, *, again: bool = True
    ) -> dict[Hint, _Result]:
        """
        Apply a batch; if it is refused, once more from fresh reads, then by halves until the bad one stands alone.

        A refusal can be our own fault: a table that was purged and made again has another guid than we remember. What
        nobody foresaw is treated alike, lest one object hold all others up.
        """
        try:
            return self._attempt(stats, deadline)
        except ConnectorError as error:
            failure = error
        except Exception as error:  # noqa: BLE001 - whatever it is, it may be true of one object only
            failure = unexpected(error)
        hints = list(stats)
        if again and isinstance(failure, RefusedError | UnexpectedError):
            self._surveyor.forget()
            parts = [hints]
        elif len(hints) > 1 and isinstance(failure, PermanentError | UnexpectedError):
            parts = [hints[: len(hints) // 2], hints[len(hints) // 2 :]]
        else:
            return dict.fromkeys(hints, failure)
        results = {
            hint: result
            for part in parts
            for hint, result in self._converge({hint: stats[hint] for hint in part}, deadline, again=False).items()
        }
        return _doubted(results, failure) if _ambiguous(failure) else results

    def _attempt(self, stats: Mapping[Hint, Stat | None], deadline: float) -> dict[Hint, _Result]:
        if self._clock() > deadline - ATTEMPT:
            raise LateError("the invocation ends before this could be applied; send it again")
        survey = self._surveyor.survey(stats)
        changes = self._carry_out(plan(survey.desired, survey.actual))
        self._surveyor.settle(survey.pairs)
        return {hint: _share(hint, survey, changes) for hint in stats}

    def _carry_out(self, plan: Plan) -> Changes:
        guids: dict[Name, str] = {}
        created, updated, retired = set[Name](), set[Name](), set[Name]()
        for assets in plan.saves:
            saved = self._catalog.save(assets, guids)
            guids |= saved.guids
            created |= saved.created
            updated |= saved.updated
        for found in plan.retires:
            self._catalog.retire(found)
            retired |= {asset.name for asset in found}
        return Changes(frozenset(created), frozenset(updated), frozenset(retired))


def _ambiguous(result: _Result) -> TypeGuard[TransientError]:
    return isinstance(result, TransientError) and result.ambiguous


def _doubted(results: Mapping[Hint, _Result], failure: ConnectorError) -> dict[Hint, _Result]:
    """After an ambiguous write nothing is acknowledged, even if a later one succeeded: the first may land after it."""
    doubt = UnavailableError(f"an earlier request may still be carried out; send it again ({failure})", ambiguous=True)
    return {hint: result if _ambiguous(result) else doubt for hint, result in results.items()}


def _share(hint: Hint, survey: Survey, changes: Changes) -> _Applied:
    """Return a hint's own share of what a batch changed: its object and, if it is the first of its pair, the pair."""
    mine = survey.objects[hint]
    names = set(_names(mine))
    pair = hint.match.pair
    if pair and pair in survey.pairs and hint == next(h for h in survey.objects if h.match.pair == pair):
        names |= _names(survey.pairs[pair])
        names |= {child.name for name in names for child in survey.actual.children.get(name, ())}
    return _Applied(changes.of(frozenset(names)), mine.missing)


def _names(lineage: Lineage) -> set[Name]:
    return {*(asset.name for asset in lineage.present), *lineage.absent}


def _report(record: Record, hint: Hint | Unrouted | None, results: Mapping[Hint, _Result], duration: int) -> Report:
    match record, hint:
        case Malformed(error), _:
            return Report(record, Outcome.FAILED, error.reason, error=error)
        case _, Unrouted():
            return Report(record, Outcome.IGNORED, hint.value)
        case _, Hint():
            return _ended(record, hint, results[hint], duration)
    return Report(record, Outcome.ACKNOWLEDGED, "test_event")


def _ended(record: Record, hint: Hint, result: _Result, duration: int) -> Report:
    match result:
        case _Applied(changes, missing):
            reason = "incomplete" if missing else ""
            return Report(record, Outcome.APPLIED, reason, hint.match, missing, changes, duration_ms=duration)
        case error:
            return Report(record, Outcome.FAILED, error.reason, hint.match, error=error, duration_ms=duration)


def _coalesced(report: Report) -> Report:
    """The same object was mentioned before in the batch: what was done counts once."""
    return replace(report, changes=Changes(), reason="coalesced") if report.outcome is Outcome.APPLIED else report
