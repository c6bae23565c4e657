"""
The outcome of each notification; each change of a batch is credited to one of them.

`connector.sync` makes the reports, `connector.delivery` acts on them, `connector.log` writes them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Final, TypeGuard

from connector.core.asset import Name, Read
from connector.core.budget import GRACE
from connector.core.desired import Desired
from connector.core.diagnosis import explain
from connector.core.findings import Finding
from connector.core.lineage import Lineage
from connector.core.notification import Irrelevant, Malformed, Notification, Record, S3TestEvent
from connector.core.order import ObjectHint, PairHint
from connector.core.plan import Actual
from connector.core.route import Hint, Match, Pair, Subject, Unrouted
from connector.core.slice import Everywhere, Slice
from connector.errors import (
    ConnectorError,
    LateError,
    PermanentError,
    TransientError,
    UnavailableError,
    UnexpectedError,
)

LETTER: Final = ("reason", "error", "route", "bucket", "key", "explain")
"""The facts that a dead letter has as attributes. Source: SQS API, SendMessage: ten attributes at most."""


class Outcome(StrEnum):
    """The outcome of a notification."""

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
class Applied:
    """A subject was applied: what that changed, whether S3 has the object, what is incomplete, and what differs."""

    changes: Changes
    exists: bool | None
    missing: tuple[str, ...]
    findings: tuple[str, ...]
    differences: tuple[Finding, ...] = ()


Result = Applied | ConnectorError


@dataclass(frozen=True, slots=True)
class Report:
    """
    The outcome of one notification, with its facts.

    `reason` is the short name of why, where it was not applied; `missing` has the tables that Atlan lacks, for which
    lineage is incomplete, and `findings` what else is; `differences` are those between the file and its tables;
    `exists` says whether S3 had the object; `duration_ms` is measured from the beginning of the batch. Of a slice of a
    sweep, `hints` is how many it sent, and `swept` says how far the sweep is; `sweeps` are those that an order for all
    buckets started.
    """

    record: Record
    outcome: Outcome
    reason: str = ""
    match: Match | None = None
    missing: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()
    differences: tuple[Finding, ...] = ()
    exists: bool | None = None
    changes: Changes = field(default_factory=Changes)
    error: ConnectorError | None = None
    duration_ms: int = 0
    hints: int = 0
    swept: Mapping[str, Any] = field(default_factory=dict)
    sweeps: tuple[str, ...] = ()


Routed = Subject | Unrouted | None
"""What a record is about, or why it is about nothing; None if it is neither a notification nor a hint."""


def credited(
    subjects: Mapping[Subject, Read | None], desired: Desired, actual: Actual, changes: Changes
) -> dict[Subject, Result]:
    """Credit each subject with the changes of its object and, for the first subject of a pair, of the pair."""
    results: dict[Subject, Result] = {}
    credited: set[Pair] = set()
    for subject, stat in subjects.items():
        pair = subject.pair if isinstance(subject, Hint) else subject
        lineage = desired.objects[subject] if isinstance(subject, Hint) else Lineage()
        of_pair = desired.pairs.get(pair, Lineage()) if pair else Lineage()
        names = lineage.names
        if pair and pair not in credited:
            credited.add(pair)
            names |= of_pair.names
            names |= {child.name for name in of_pair.names for child in actual.children.get(name, ())}
        findings = (*lineage.findings, *of_pair.findings)
        exists = stat is not None if isinstance(subject, Hint) else None
        differences = lineage.differences if isinstance(subject, Hint) else of_pair.differences
        applied = Applied(changes.of(names), exists, lineage.missing, findings, differences)
        results[subject] = of_pair.failure or applied
    return results


def ambiguous(result: object) -> TypeGuard[TransientError]:
    """Return whether a write without a response may have been carried out, or may still be."""
    return isinstance(result, TransientError) and result.ambiguous


def stops(result: object) -> TypeGuard[TransientError]:
    """Tell whether nothing further is tried: Atlan does not do its part. An unexpected error may be one object's."""
    return isinstance(result, TransientError) and (
        result.ambiguous or not (result.alone or isinstance(result, UnexpectedError))
    )


def postponed(error: TransientError) -> TransientError:
    """Return the error of what was not begun because of an earlier *error* of the batch, and is retried no sooner."""
    if isinstance(error, LateError):
        return error
    kind = type(error) if not isinstance(error, UnexpectedError) else UnavailableError
    wait = max(error.retry_after, GRACE if error.ambiguous else 0.0)
    return kind(f"not begun, since an earlier request of the batch failed ({error})", retry_after=wait)


def doubted(results: Mapping[Subject, object], failure: ConnectorError) -> dict[Subject, ConnectorError]:
    """Replace results after an ambiguous write, since it may be carried out after a later one that succeeded."""
    doubt = UnavailableError(
        f"an earlier request may still be carried out; the notification is retried ({failure})", ambiguous=True
    )
    return {subject: result if ambiguous(result) else doubt for subject, result in results.items()}


def reports(
    records: Sequence[Record], routed: Sequence[Routed], results: Mapping[Subject, Result], duration_ms: int
) -> tuple[Report, ...]:
    """Report on each record, in order; a further notification of the same object in the batch is coalesced."""
    seen: set[Subject] = set()
    made = []
    for record, subject in zip(records, routed, strict=True):
        report = _report(record, subject, results, duration_ms)
        if isinstance(subject, Subject):
            made.append(_coalesced(report) if subject in seen else report)
            seen.add(subject)
        else:
            made.append(report)
    return tuple(made)


def facts(report: Report) -> dict[str, Any]:
    """Return the facts of a report as fields for JSON; absent facts are left out."""
    fields: dict[str, Any] = {"outcome": report.outcome.value, "reason": report.reason, **_about(report)}
    if report.match:
        fields |= {"route": report.match.route.name, "source": report.match.source, "target": report.match.target}
    if report.match or isinstance(report.record, ObjectHint | PairHint):
        fields |= {"object_exists": report.exists, "missing": list(report.missing), "findings": list(report.findings)}
        fields |= {"column_findings": [{"kind": one.kind.value, "text": str(one)} for one in report.differences]}
        fields |= {"duration_ms": report.duration_ms}
        changes = report.changes
        fields |= {"assets_created": len(changes.created), "assets_updated": len(changes.updated)}
        fields |= {"assets_retired": len(changes.retired)}
    if report.swept:
        fields |= {**report.swept, "hints_sent": report.hints, "duration_ms": report.duration_ms}
    if report.error:
        fields |= {"error": str(report.error), "retryable": not isinstance(report.error, PermanentError)}
    if (report.error or report.missing or report.findings or report.differences) and fields.get("key"):
        fields["explain"] = explain(fields["bucket"], fields["key"])
    return {name: value for name, value in fields.items() if value not in (None, "", [])}


def _about(report: Report) -> dict[str, Any]:
    """Return what the record itself says."""
    match report.record:
        case Notification(bucket, key, event) | Irrelevant(bucket, key, event):
            return {"event": event, "bucket": bucket, "key": key}
        case S3TestEvent(bucket):
            return {"event": "s3:TestEvent", "bucket": bucket}
        case ObjectHint(bucket, key):
            return {"event": "hint", "bucket": bucket, "key": key}
        case PairHint(source, target):
            return {"event": "hint", "source": source, "target": target}
        case Slice() | Everywhere() as order:
            return {"event": "sweep", **order.about, "sweeps": list(report.sweeps)}
    return {}


def attributes(reports: Sequence[Report], error: ConnectorError) -> dict[str, str]:
    """Return the attributes of a dead letter: facts of the notification that failed with *error*."""
    known = facts(next(report for report in reports if report.error is error))
    return {name: str(known.get(name, ""))[:1024] for name in LETTER}


def _report(record: Record, subject: Routed, results: Mapping[Subject, Result], duration_ms: int) -> Report:
    match record, subject:
        case Malformed(error), _:
            return Report(record, Outcome.FAILED, error.reason, error=error)
        case Irrelevant(), _:
            return Report(record, Outcome.IGNORED, "irrelevant_event")
        case _, Unrouted():
            return Report(record, Outcome.IGNORED, subject.value)
        case _, Hint() | Pair():
            return _ended(record, subject, results[subject], duration_ms)
    return Report(record, Outcome.ACKNOWLEDGED, "test_event")


def _ended(record: Record, subject: Subject, result: Result, duration_ms: int) -> Report:
    route = subject.match if isinstance(subject, Hint) and isinstance(subject.match, Match) else None
    match result:
        case Applied(changes, exists, missing, findings, differences):
            reason = "incomplete" if missing or findings else ""
            known = Report(record, Outcome.APPLIED, reason, route, missing, findings, differences, exists, changes)
            return replace(known, duration_ms=duration_ms)
        case error:
            return Report(record, Outcome.FAILED, error.reason, route, error=error, duration_ms=duration_ms)


def _coalesced(report: Report) -> Report:
    return replace(report, changes=Changes(), reason="coalesced") if report.outcome is Outcome.APPLIED else report
