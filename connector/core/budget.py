"""
Every duration of the connector in one place, and the deadline that is passed down.

They depend on each other; `tests/unit/test_budget.py` checks how. All are in seconds.
"""

from dataclasses import dataclass
from math import inf
from typing import Final

MARGIN: Final = 2.0
"""All work ends this long before Lambda ends the invocation."""

HAND_BACK: Final = 0.005
"""Handing back a message takes this, in batches of ten and several at a time; work ends early enough for all."""

ATTEMPT: Final = 5.0
"""An attempt to apply a batch needs at least this; with less left, the batch is retried."""

REQUEST: Final = 5.0
"""A request to Atlan needs at least this; with less left, it is not sent."""

WORK: Final = 15.0
"""The work under a lease needs at least this; with less left, nobody waits for the lease."""

SENDING: Final = 10.0
"""A slice of a sweep stops reading this long before its deadline, to send the hints of a step and its next message."""

POLL: Final = 0.5
"""The pause between two tries to take the lease."""

WAIT: Final = 5.0
"""
An invocation waits this long for the lease, then retries its messages later: waiting is billed, a delay is not.

A batch of ten holds the lease for a second or two, so most that wait get it; and no invocation delays messages so fast
that it hides the whole queue from the one that has the lease.
"""

GRACE: Final = 60.0
"""A write may still be carried out this long after its sender timed out or was killed."""

CACHE: Final = 300.0
"""Results of catalog reads are cached this long, since people and crawlers change it."""

EXPLANATION: Final = 10.0
"""
What explains a missing table is cached this long: so that a burst of objects costs one search in that time, and whoever
corrects a name is soon told what is wrong with it now.
"""

ATLAN_CONNECT: Final = 3.0
ATLAN_READ: Final = 15.0
"""Timeouts for the connection to Atlan, and between two packets of its response."""

ATLAN_ANSWER: Final = 30.0
"""A response of Atlan has to end within this: one that comes byte by byte never meets a timeout."""

ATLAN_RETRIES: Final = 12.0
"""The pauses between the transport's own retries of one request add up to this at most."""

PATIENCE: Final = 10.0
"""The rate limiter waits this long at most; if the wait is longer, the notification is retried."""

BLOCK: Final = 60.0
"""
The assumed duration of a 429 without a Retry-After.

Source: Atlan's developer documentation: 400 requests per minute, and a client that exceeds it is blocked for a minute.
"""

AWS_CONNECT: Final = 3.0
AWS_READ: Final = 5.0
S3_READ: Final = 10.0
"""Timeouts of requests to AWS; each request is tried three times at most."""

FIRST_RETRY: Final = 15
"""The visibility timeout of a message after its first retry; it doubles with each receive."""

LONGEST_RETRY: Final = 900
"""The delay between retries stops growing here."""

LONGEST_TURN: Final = 60
"""The delay of a message that only waited for the lease stops growing here: half of an invocation, on average."""

TRYING: Final = 3600.0
"""
A message with an unexpected error is retried for this long at least: not each of its receives was a failure.

Ten receives that all failed take a little longer.
"""

LONGEST_HOLD: Final = 900.0
"""
No number from outside holds anything for longer: not a Retry-After, not what another writer stored, whatever it says.

Source: SQS API, ChangeMessageVisibility: a message may be hidden for twelve hours at most.
"""

LONGEST_INVOCATION: Final = 900.0
"""Source: Lambda quotas: the longest timeout of a function."""

LONGEST_LEASE: Final = LONGEST_INVOCATION + GRACE + LONGEST_HOLD
"""No holder that lives sets its lease to expire later than this from now, even if its clock is wrong by minutes."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """
    The time by which an invocation has to be over, in seconds since 1970.

    `patience` is the number of seconds for which it may wait for the lease.
    """

    at: float
    patience: float = inf

    @classmethod
    def after(cls, remaining_ms: int, now: float, messages: int = 0) -> "Deadline":
        """
        Return the deadline of an invocation that ends in *remaining_ms*, with *messages* to return to the queue.

        It is at most `LONGEST_INVOCATION` from now, on which the lease relies; other runners may offer more. A direct
        event has no messages to return, and Lambda retries it only twice: it waits for the lease as long as it can.
        """
        at = now + min(remaining_ms / 1000, LONGEST_INVOCATION) - MARGIN - HAND_BACK * messages
        return cls(at, WAIT if messages else inf)

    def allows(self, seconds: float, now: float) -> bool:
        """Return whether this many seconds are left."""
        return now + seconds <= self.at
