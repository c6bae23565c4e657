"""
How fast requests to Atlan may follow each other: at a share of what the tenant allows, and not at all while it says so.

Whoever exceeds the tenant's limit locks all others out of it, too.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from typing import Final

from connector.errors import LateError, RateLimitedError

BURST: Final = 10
"""Requests that may be sent at once after a while without any: half of what Atlan's public chart allows."""

PATIENCE: Final = 10.0
"""Seconds that are waited for the tenant at most; what has to wait for longer is better handed back."""

LAST: Final = 5.0
"""Seconds before the end of an invocation after which no request is begun any more."""


@dataclass(slots=True)
class Pace:
    """
    Requests at *rate* a minute, with bursts.

    `due`, in seconds since 1970, is when all that was sent would be paid for at that rate. One number is all there is
    to know, so that the lease can hand it to whoever writes next: writers share one pace. `deadline` is in seconds of
    the same *clock*; *pause* waits so many seconds.

    Source:
        ATM Forum, Traffic Management Specification: the generic cell rate algorithm, as virtual scheduling.
    """

    rate: float
    clock: Callable[[], float] = time.time
    pause: Callable[[float], None] = time.sleep
    due: float = 0.0
    deadline: float = inf

    def begin(self, seconds: float) -> None:
        """Begin an invocation that ends in so many seconds."""
        self.deadline = self.clock() + seconds

    def resume(self, due: float) -> None:
        """Go on where another writer stopped."""
        self.due = max(self.due, due)

    def spend(self) -> None:
        """
        Wait until one more request may be sent.

        Raises:
            RateLimitedError: the tenant wants to be left alone for too long to wait.
            LateError: the invocation would end before the answer came.
        """
        wait = self.due - BURST * self._interval - self.clock()
        if wait > PATIENCE:
            raise limited(wait)
        if self.clock() + max(wait, 0.0) > self.deadline - LAST:
            raise LateError("the invocation ends before Atlan could answer; send it again")
        if wait > 0:
            self.pause(wait)
        self.due = max(self.due, self.clock()) + self._interval

    def hold(self, seconds: float) -> None:
        """Send nothing for so many seconds, and no burst afterwards."""
        self.due = max(self.due, self.clock() + seconds + BURST * self._interval)

    @property
    def _interval(self) -> float:
        return 60 / self.rate


def limited(seconds: float) -> RateLimitedError:
    """Return the error of a tenant that wants to be left alone for so many seconds."""
    return RateLimitedError(
        f"Atlan wants no request for {seconds:.0f} s, as it does when the tenant's request limit is used up by anyone",
        retry_after=seconds,
    )
