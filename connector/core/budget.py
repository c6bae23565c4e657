"""
Every duration of the connector in one place, and the deadline that is passed down.

They depend on each other; `tests/unit/test_budget.py` checks how. All are in seconds.
"""

from dataclasses import dataclass
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

GRACE: Final = 60.0
"""A write may still be carried out this long after its sender timed out or was killed."""

CACHE: Final = 300.0
"""Results of catalog reads are cached this long, since people and crawlers change it."""

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
    """The time by which an invocation has to be over, in seconds since 1970."""

    at: float

    @classmethod
    def after(cls, remaining_ms: int, now: float, messages: int = 0) -> "Deadline":
        """
        Return the deadline of an invocation that ends in *remaining_ms*, with *messages* to return to the queue.

        It is at most `LONGEST_INVOCATION` from now, on which the lease relies; other runners may offer more.
        """
        return cls(now + min(remaining_ms / 1000, LONGEST_INVOCATION) - MARGIN - HAND_BACK * messages)

    def allows(self, seconds: float, now: float) -> bool:
        """Return whether this many seconds are left."""
        return now + seconds <= self.at
