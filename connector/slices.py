"""
Sweeps within the function: each invocation does a slice, and a message to the queue goes on with the next one.

`connector.delivery` calls it with the records of an event. The notifications among them are applied first, by
`connector.sync`; sweeps have the time that is left.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import Final

from connector.core.budget import (
    ATTEMPT,
    FIRST_RETRY,
    HAND_BACK,
    LONGEST_RETRY,
    PATIENCE,
    POLL,
    SENDING,
    WORK,
    Deadline,
)
from connector.core.notification import Record
from connector.core.order import Drifted, Scope
from connector.core.report import Outcome, Report, postponed, stops
from connector.core.route import Routes
from connector.core.slice import Everywhere, Order, Slice
from connector.core.tally import Cursor, Finding
from connector.errors import ConnectorError, CredentialsError, LateError, TransientError, UnauthorizedError, unexpected
from connector.lease import Lease
from connector.ports import Journal, Outbox
from connector.runner import KEPT
from connector.sweep import Sweep
from connector.sync import Sync

LATE: Final = "not enough time left in the invocation for a slice of a sweep; it is retried"
UNFINISHED: Final = (
    "the invocation ends before the sweep; what was applied stays applied. Without QUEUE_URL it cannot go on in "
    "another invocation: run `python -m connector sweep`, which has no time limit"
)


@dataclass(slots=True)
class _Run:
    """
    A slice while it runs.

    `kept` has all findings so far, or None if there are too many or an earlier slice found some; `hints` is the number
    of hints that this slice has sent, `failed` the first error of one that was applied in process.
    """

    now: Slice
    kept: list[Finding] | None
    hints: int = 0
    failed: ConnectorError | None = None


class Slices:
    """Applies records; without an *outbox*, a sweep is applied in process, and has to end within the invocation."""

    def __init__(
        self, sync: Sync, sweep: Sweep, routes: Routes, lease: Lease, journal: Journal, outbox: Outbox | None
    ) -> None:
        self._sync, self._sweep, self._lease, self._journal, self._outbox = sync, sweep, lease, journal, outbox
        self._clock, self._connection = lease.clock, routes.connection
        self._buckets = sorted({route.bucket for route in routes.routes})

    def apply(self, records: Sequence[Record], deadline: Deadline) -> Sequence[Report]:
        """Apply the notifications and hints, then the sweeps; return one report per record, in order."""
        self._lease.limiter.begin(deadline)
        orders = [record for record in records if isinstance(record, Order)]
        applied = self._sync.apply([record for record in records if not isinstance(record, Order)], deadline)
        stopped = next((one.error for one in applied if one.error and stops(one.error)), None)
        others, swept = iter(applied), iter(self._all(orders, deadline, stopped))
        return tuple(next(swept if isinstance(record, Order) else others) for record in records)

    def _all(self, orders: Sequence[Order], deadline: Deadline, stopped: TransientError | None) -> Sequence[Report]:
        """Carry out the orders, each in its share of the time, if that is enough for a slice."""
        reports = []
        for place, order in enumerate(orders):
            now = self._clock()
            share = max((deadline.at - now) / (len(orders) - place), WORK + SENDING)
            mine = Deadline(min(deadline.at, now + share))
            reports.append(self._failed(order, postponed(stopped)) if stopped else self._ended(order, mine))
        return reports

    def _ended(self, order: Order, deadline: Deadline) -> Report:
        """Carry out an order; an error of one, whatever it is, does not keep the others' reports from being written."""
        begun = self._clock()
        if isinstance(order, Everywhere):
            slices = [Slice(Scope(bucket), order.percent) for bucket in self._buckets]
            report = self._everywhere(order, slices, deadline)
        else:
            report = self._slice(order, deadline)
        return replace(report, duration_ms=round((self._clock() - begun) * 1000))

    def _everywhere(self, order: Everywhere, slices: Sequence[Slice], deadline: Deadline) -> Report:
        """Send an order for each bucket; without an outbox, sweep one after the other."""
        if self._outbox is None:
            reports = [self._slice(slice_, deadline) for slice_ in slices]
            chosen = next((one for one in reports if one.error), reports[-1])
            return replace(chosen, record=order, hints=sum(one.hints for one in reports))
        try:
            self._outbox.send([slice_.body() for slice_ in slices])
        except ConnectorError as error:
            return self._failed(order, error)
        return Report(order, Outcome.ACKNOWLEDGED, "sweeps_started", sweeps=tuple(str(one.scope) for one in slices))

    def _slice(self, slice_: Slice, deadline: Deadline) -> Report:
        begun = slice_.begun or round(self._clock())
        run = _Run(replace(slice_, begun=begun), [] if slice_.counting and slice_.cursor == Cursor() else None)
        error = _error(lambda: self._run(run, deadline)) or run.failed
        if self._outbox is None and isinstance(error, LateError):
            error = LateError(f"{slice_.scope}: {UNFINISHED}")
        facts = run.now.facts(self._clock())
        if error:
            return replace(self._failed(slice_, error), hints=run.hints, swept=facts)
        reason = "finished" if run.now.ended and not run.now.counting else ""
        return Report(slice_, Outcome.APPLIED, reason, hints=run.hints, swept=facts)

    def _failed(self, order: Order, error: ConnectorError) -> Report:
        return Report(order, Outcome.FAILED, error.reason, error=error)

    def _run(self, run: _Run, deadline: Deadline) -> None:
        """Advance, and send the message of the next slice; without an outbox, go on until the end."""
        while not (run.now.ended and not run.now.counting):
            delay = self._advance(run, deadline)
            if run.now.ended and run.now.counting:
                self._checked(run, deadline)
            if self._outbox is not None:
                if not run.now.ended:
                    self._outbox.send([run.now.body()], delay)
                return

    def _checked(self, run: _Run, deadline: Deadline) -> None:
        """Check the brake; then send what was found, or begin the second pass if that was too much to be kept."""
        run.now.check()
        hints = None if run.kept is None else [finding.hint for finding in run.kept]
        if hints is None or not (self._outbox is None or deadline.allows(HAND_BACK * len(hints), self._clock())):
            run.now = run.now.second()
        else:
            self._send(run, hints, deadline)
            run.now = run.now.sent()

    def _advance(self, run: _Run, deadline: Deadline) -> int:
        """
        Read until the pass ends or the time is up, and return the delay of the next slice, in seconds.

        After a transient error the next slice goes on where the last step ended; only where nothing was done, the error
        is that of the slice.
        """
        reading = Deadline(deadline.at - SENDING)
        first = run.now.cursor
        try:
            self._steps(run, reading, deadline)
        except TransientError as error:
            lost = run.now.cursor == first or self._outbox is None
            if lost or isinstance(error, UnauthorizedError | CredentialsError):
                raise
            return 0 if isinstance(error, LateError) else min(LONGEST_RETRY, max(FIRST_RETRY, ceil(error.retry_after)))
        return 0

    def _steps(self, run: _Run, reading: Deadline, deadline: Deadline) -> None:
        begun, seconds = self._clock(), ATTEMPT
        self._meet(reading, seconds)
        for step in self._sweep.steps(run.now.scope, run.now.cursor):
            after = run.now.after(step)
            if after.counting:
                _keep(run, step.findings)
            else:
                after.check()
                self._send(run, [finding.hint for finding in step.findings], deadline)
            run.now = after
            if after.ended:
                return
            seconds, begun = max(ATTEMPT, self._clock() - begun), self._clock()
            self._meet(reading, seconds)

    def _meet(self, reading: Deadline, seconds: float) -> None:
        """
        Hold the lease for an instant, since it passes on the rate limiter's state: so reading and writing share a rate.

        While somebody writes, a sweep waits for `PATIENCE` seconds; then the rest of it is for the next slice.

        Raises:
            LateError: less than *seconds* are left to read in.
            BusyError: somebody else writes.
        """
        now = self._clock()
        if not reading.allows(seconds, now):
            raise LateError(LATE)
        self._lease.limiter.begin(reading)
        with self._lease.hold(self._connection, Deadline(min(reading.at, now + PATIENCE + WORK + POLL))):
            pass

    def _send(self, run: _Run, hints: Sequence[Drifted], deadline: Deadline) -> None:
        """Send hints to the queue, or apply them at once."""
        if self._outbox is not None:
            self._outbox.send([hint.body() for hint in hints])
        else:
            self._lease.limiter.begin(deadline)
            for report in self._sync.apply(hints, deadline):
                self._journal.closing(report)
                run.failed = run.failed or report.error
        run.hints += len(hints)


def _keep(run: _Run, findings: Sequence[Finding]) -> None:
    if run.kept is not None:
        run.kept += findings
        if len(run.kept) > KEPT:
            run.kept = None


def _error(act: Callable[[], None]) -> ConnectorError | None:
    """Return the error with which it ends."""
    try:
        act()
    except ConnectorError as error:
        return error
    except Exception as error:  # noqa: BLE001 - a sweep's fault must not keep the batch's notifications from their end
        return unexpected(error)
    return None
