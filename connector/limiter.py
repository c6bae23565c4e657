"""
The rate limiter for requests to Atlan.

The connector uses a share of the tenant's rate limit, and pauses when Atlan says so, since a client that exceeds the
limit blocks all others, too. The Atlan adapter calls it before each request; the lease passes its state on.
"""

from dataclasses import dataclass, field
from math import inf
from threading import Lock
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
    request is sent again after `LONGEST_HOLD` at the latest. `sent` counts the requests of this process. Threads may
    share it: none holds its lock while it waits.

    Source:
        ATM Forum, Traffic Management Specification: the generic cell rate algorithm, as virtual scheduling.
    """

    rate: float
    clock: Clock
    due: float = 0.0
    deadline: Deadline = _NONE
    answer: float = 0.0
    sent: int = 0
    _lock: Lock = field(default_factory=Lock, repr=False)
    _waiting: int = 0
    _holds: int = 0

    def begin(self, deadline: Deadline) -> None:
        """Start an invocation with this deadline."""
        self.deadline = deadline

    def resume(self, due: float) -> None:
        """Continue from the state of the previous writer; one that is later than any writer's could be is cut."""
        with self._lock:
            self.due = max(self.due, min(due, self._latest))

    def spend(self) -> None:
        """
        Wait until one more request may be sent. Each of several threads that wait has a time of its own.

        Whoever waits when Atlan asks for a pause waits for its end, too, and takes a new time.

        Raises:
            RateLimitedError: the wait would be too long.
            LateError: the invocation would end before the response.
        """
        sent = False
        while not sent:
            with self._lock:
                wait, holds = self._reserved(), self._holds
                self._waiting += 1
            try:
                if wait > 0:
                    self.clock.sleep(wait)
            finally:
                with self._lock:
                    self._waiting -= 1
                    sent = holds == self._holds
                    self.sent += sent

    def _reserved(self) -> float:
        """Take the next time at which a request may be sent, and return the seconds until then."""
        now = self.clock()
        self.due = min(self.due, self._latest)  # the clock may have been set back
        wait = max(0.0, self.due - BURST * self._interval - now)
        if round(wait - self._waiting * self._interval, 3) > PATIENCE:  # not counting the turns of other threads
            raise limited(wait)
        if not self.deadline.allows(wait + max(REQUEST, self.answer), now):
            raise LateError(
                "not enough time left in the invocation for a request to Atlan; the notification is retried"
            )
        self.due = max(self.due, now) + self._interval
        return wait

    def answered(self, seconds: float) -> None:
        """Expect the next answer to take as long as the last one: a write that is not answered in time is ambiguous."""
        self.answer = seconds

    def left(self) -> float:
        """Return the seconds for which an answer may be waited for."""
        return max(0.0, self.deadline.at - self.clock())

    def hold(self, seconds: float) -> None:
        """Send nothing for this many seconds, `LONGEST_HOLD` at most, and no burst afterwards."""
        with self._lock:
            self.due = max(self.due, self.clock() + min(seconds, LONGEST_HOLD) + BURST * self._interval)
            self._holds += 1

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
