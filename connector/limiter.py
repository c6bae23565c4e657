"""
The rate limiter: how fast requests to Atlan may follow each other.

They take a share of what the tenant allows, and stop while it says so, since a client that exceeds the tenant's limit
blocks all others, too. The Atlan adapter calls it before each request; the lease hands its state on.
"""

from dataclasses import dataclass
from math import inf
from typing import Final

from connector.core.budget import PATIENCE, REQUEST, Deadline
from connector.errors import LateError, RateLimitedError
from connector.ports import Clock

BURST: Final = 10
"""Requests that may be sent at once after a pause: half of what Atlan's public chart allows."""


_NONE: Final = Deadline(inf)


@dataclass(slots=True)
class Limiter:
    """
    Requests at *rate* a minute, with bursts.

    `due`, in seconds since 1970, is when everything that was sent would be paid for at that rate. This one number is
    the whole state, so the lease can hand it to the next writer, and all writers share one rate.

    Source:
        ATM Forum, Traffic Management Specification: the generic cell rate algorithm, as virtual scheduling.
    """

    rate: float
    clock: Clock
    due: float = 0.0
    deadline: Deadline = _NONE

    def begin(self, deadline: Deadline) -> None:
        """Begin an invocation."""
        self.deadline = deadline

    def resume(self, due: float) -> None:
        """Go on where another writer stopped."""
        self.due = max(self.due, due)

    def spend(self) -> None:
        """
        Wait until one more request may be sent.

        Raises:
            RateLimitedError: the wait would be too long.
            LateError: the invocation would end before the answer came.
        """
        wait = self.due - BURST * self._interval - self.clock()
        if wait > PATIENCE:
            raise limited(wait)
        if not self.deadline.allows(max(wait, 0.0) + REQUEST, self.clock()):
            raise LateError("the invocation would end before Atlan answers; the notification is retried")
        if wait > 0:
            self.clock.sleep(wait)
        self.due = max(self.due, self.clock()) + self._interval

    def hold(self, seconds: float) -> None:
        """Send nothing for so many seconds, and no burst afterwards."""
        self.due = max(self.due, self.clock() + seconds + BURST * self._interval)

    @property
    def _interval(self) -> float:
        return 60 / self.rate


def limited(seconds: float) -> RateLimitedError:
    """Return the error of a tenant that asks for no request for so many seconds."""
    return RateLimitedError(
        f"rate limit: Atlan asks for no request for {seconds:.0f} s, since the clients of the tenant together exceeded "
        f"its request limit; retry in {seconds:.0f} s",
        retry_after=seconds,
    )
