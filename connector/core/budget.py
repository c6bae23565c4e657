"""
Every duration of the connector in one place, and the deadline that is passed down.

They depend on each other; `tests/unit/test_budget.py` states how. All are in seconds.
"""

from dataclasses import dataclass
from typing import Final

MARGIN: Final = 2.0
"""All work is over so long before Lambda ends the invocation."""

ATTEMPT: Final = 5.0
"""An attempt to apply a batch needs at least this; with less left, the batch is handed back."""

REQUEST: Final = 5.0
"""A request to Atlan needs at least this; with less left, it is not sent."""

WORK: Final = 15.0
"""The work under a lease needs at least this; nobody waits for the lease any longer."""

POLL: Final = 0.5
"""The pause between two tries to take the lease."""

GRACE: Final = 60.0
"""A write may still be carried out so long after its sender gave up waiting, or was killed."""

CACHE: Final = 300.0
"""What was read of the catalog is remembered for so long, since people and crawlers change it."""

ATLAN_CONNECT: Final = 3.0
ATLAN_READ: Final = 15.0
"""Atlan is waited for so long, until the connection is made and between two packets of the answer."""

ATLAN_RETRIES: Final = 12.0
"""The pauses between the transport's own retries of one request add up to this at most."""

PATIENCE: Final = 10.0
"""The rate limiter waits for so long at most; what has to wait longer is handed back."""

BLOCK: Final = 60.0
"""
A 429 without a Retry-After is taken to last so long.

Source: Atlan's developer documentation: 400 requests a minute, and a client that exceeds them is blocked for a minute.
"""

AWS_CONNECT: Final = 3.0
AWS_READ: Final = 5.0
S3_READ: Final = 10.0
"""AWS is waited for so long, and the whole of it three times at most."""

FIRST_RETRY: Final = 15
"""A message that is handed back stays hidden so long; twice as long after each further receive."""

LONGEST_RETRY: Final = 900
"""The delay between retries stops growing here."""

LONGEST_HIDDEN: Final = 43_000
"""
A message is hidden for so long at most, whatever Retry-After asks for.

Source: SQS API, ChangeMessageVisibility: twelve hours since the message was received.
"""


@dataclass(frozen=True, slots=True)
class Deadline:
    """The time by which an invocation has to be over, in seconds since 1970."""

    at: float

    @classmethod
    def after(cls, remaining_ms: int, now: float) -> "Deadline":
        """Return the deadline of an invocation that Lambda ends in so many milliseconds."""
        return cls(now + remaining_ms / 1000 - MARGIN)

    def allows(self, seconds: float, now: float) -> bool:
        """Tell whether so many seconds are left."""
        return now + seconds <= self.at
