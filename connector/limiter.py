"""
The rate limiter for requests to Atlan.

The connector uses a share of the tenant's rate limit, and pauses when Atlan says so, since a client that exceeds the
limit blocks all others, too. The Atlan adapter calls it before each request; the lease passes its state on.
"""

from dataclasses import dataclass
from math import inf
from typing import Final

from connector.core.budget import LONGEST_HOLD, PATIENCE, REQUEST, Deadline
from connector.errors import LateError, RateLimitedError
from connector.ports import Clock

BURST: Final = 10
"""Requests that may be sent at once after a pause: half of the number in Atlan's public chart."""


_NONE: Final = Deadline(inf)


@dataclass(slots=True)
class Limiter:
    """
    Allows *rate* requests per minute, with bursts.

    `due`, in seconds since 1970, is the time at which all requests sent so far would fit into that rate. This number is
    the whole state, so the lease can pass it to the next writer, and all writers share one rate. Whoever says so, a
    request is sent again after `LONGEST_HOLD` at the latest. `sent` counts the requests of this process.

    Source:
        ATM Forum, Traffic Management Specification: the generic cell rate algorithm, as virtual scheduling.
    """

    rate: float
    clock: Clock
    due: float = 0.0
    deadline: Deadline = _NONE
    answer: float = 0.0
    sent: int = 0

    def begin(self, deadline: Deadline) -> None:
        """Start an invocation with this deadline."""
        self.deadline = deadline

    def resume(self, due: float) -> None:
        """Continue from the state of the previous writer; one that is later than any writer's could be is cut."""
        self.due = max(self.due, min(due, self._latest))

    def spend(self) -> None:
        """
        Wait until one more request may be sent.

        Raises:
            RateLimitedError: the wait would be too long.
            LateError: the invocation would end before the response.
        """
        self.due = min(self.due, self._latest)  # the clock may have been set back
        wait = self.due - BURST * self._interval - self.clock()
        if wait > PATIENCE:
            raise limited(wait)
        if not self.deadline.allows(max(wait, 0.0) + max(REQUEST, self.answer), self.clock()):
            raise LateError(
                "not enough time left in the invocation for a request to Atlan; the notification is retried"
            )
        if wait > 0:
            self.clock.sleep(wait)
        self.due = max(self.due, self.clock()) + self._interval
        self.sent += 1

    def answered(self, seconds: float) -> None:
        """Expect the next answer to take as long as the last one: a write that is not answered in time is ambiguous."""
        self.answer = seconds

    def left(self) -> float:
        """Return the seconds for which an answer may be waited for."""
        return max(0.0, self.deadline.at - self.clock())

    def hold(self, seconds: float) -> None:
        """Send nothing for this many seconds, `LONGEST_HOLD` at most, and no burst afterwards."""
        self.due = max(self.due, self.clock() + min(seconds, LONGEST_HOLD) + BURST * self._interval)

    @property
    def _latest(self) -> float:
        return self.clock() + LONGEST_HOLD + BURST * self._interval

    @property
    def _interval(self) -> float:
        return 60 / self.rate


def limited(seconds: float) -> RateLimitedError:
    """Return the error of a rate limit that lasts this many seconds."""
    return RateLimitedError(
        f"rate limit: the clients of the tenant together exceeded Atlan's request limit; retry in {seconds:.0f} s",
        retry_after=seconds,
    )
