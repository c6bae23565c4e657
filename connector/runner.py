"""
Runs a sweep: counts first, checks the brake, then sends the hints or applies them.

The command line calls it for a whole sweep; `connector.delivery` calls `Sweep` itself, for a part of one at a time.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from connector.core.budget import FIRST_RETRY, LONGEST_HOLD
from connector.core.drift import Drift
from connector.core.order import Drifted, Scope
from connector.core.tally import PERCENT, Cursor, Finding, Stage, Step, Tally
from connector.errors import BrakeError, CredentialsError, TransientError, UnauthorizedError
from connector.ports import Clock
from connector.sweep import Sweep

KEPT: Final = 10_000
"""Findings that are kept between counting and sending; if there are more, the bucket is read twice."""

Waits = Callable[[TransientError, float], None]
"""It is told the error after which a sweep pauses, and for how many seconds."""


@dataclass(slots=True)
class Forecast:
    """What a sweep would do; `findings` is None if they are too many to be kept."""

    scope: Scope
    tally: Tally = field(default_factory=Tally)
    findings: list[Finding] | None = field(default_factory=list)

    def add(self, step: Step) -> None:
        """Add a step."""
        self.tally.add(step)
        if self.findings is not None:
            self.findings += step.findings
            if len(self.findings) > KEPT:
                self.findings = None


class Runner:
    """Runs sweeps; *begin* starts a request to Atlan that no invocation limits."""

    def __init__(self, sweep: Sweep, clock: Clock, begin: Callable[[], None]) -> None:
        self._sweep, self._clock, self._begin = sweep, clock, begin

    def forecast(
        self, scope: Scope, tell: Callable[[Tally], None] = lambda _: None, waits: Waits = lambda *_: None
    ) -> Forecast:
        """
        Count what a sweep would do, and *tell* after each step; nothing is written. *waits* is told of each pause.

        Raises:
            ConnectorError: S3 or Atlan does not answer.
        """
        forecast = Forecast(scope)
        for step in self._steps(scope, waits):
            forecast.add(step)
            tell(forecast.tally)
        return forecast

    def hints(self, forecast: Forecast, percent: float = PERCENT, waits: Waits = lambda *_: None) -> Iterator[Drifted]:
        """
        Yield the hints of a sweep whose forecast is made, unless it would retire too much.

        Raises:
            BrakeError: it would retire more than this share of the cataloged objects; raised before the first hint, and
                also where more has vanished since the forecast.
            ConnectorError: S3 or Atlan does not answer.
        """
        most, vanished = forecast.tally.most(percent), forecast.tally.of(Drift.VANISHED)
        if vanished > most:
            raise BrakeError(forecast.scope, vanished, forecast.tally.counts["cataloged"], percent)
        return self._sent(forecast, most, percent, waits)

    def _sent(self, forecast: Forecast, most: float, percent: float, waits: Waits) -> Iterator[Drifted]:
        vanished = 0
        for finding in self._findings(forecast, waits):
            vanished += finding.drift is Drift.VANISHED
            if vanished > most:
                raise BrakeError(
                    forecast.scope, vanished, forecast.tally.counts["cataloged"], percent, sent=vanished - 1
                )
            yield finding.hint

    def _findings(self, forecast: Forecast, waits: Waits) -> Iterable[Finding]:
        if forecast.findings is not None:
            return forecast.findings
        return (finding for step in self._steps(forecast.scope, waits) for finding in step.findings)

    def _steps(self, scope: Scope, waits: Waits) -> Iterator[Step]:
        """Yield the steps; after a transient error, go on where the last one ended, for up to a quarter of an hour."""
        cursor, wait, waited = Cursor(), float(FIRST_RETRY), 0.0
        while cursor.stage is not Stage.DONE:
            try:
                self._begin()
                for step in self._sweep.steps(scope, cursor):
                    yield step
                    cursor, wait, waited = step.cursor, float(FIRST_RETRY), 0.0
                    self._begin()
            except TransientError as error:
                if waited >= LONGEST_HOLD or isinstance(error, UnauthorizedError | CredentialsError):
                    raise
                pause = max(wait, error.retry_after)
                waits(error, pause)
                self._clock.sleep(pause)
                wait, waited = wait * 2, waited + pause
