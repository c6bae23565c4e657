"""What becomes of a message once its notifications were tried."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final

from connector.errors import BusyError, ConnectorError, LateError, PermanentError, TransientError, UnexpectedError

FIRST: Final = 15
"""Seconds until the first retry; each further one waits twice as long."""

LONGEST: Final = 900
"""Seconds that a retry waits at most by itself."""

HIDDEN: Final = 43_000
"""
Seconds that a retry waits at most, because it was asked to.

Source: SQS API, ChangeMessageVisibility: a message may be hidden for twelve hours since it was received.
"""

TRIES: Final = 10
"""Receipts after which something unexpected is taken to be permanent."""


@dataclass(frozen=True, slots=True)
class Done:
    """All of it was applied, ignored or acknowledged: the message is finished."""


@dataclass(frozen=True, slots=True)
class Again:
    """Something may go better later: hand it back, for so many seconds."""

    seconds: int


@dataclass(frozen=True, slots=True)
class Dead:
    """Nothing will go better: to the dead-letter queue, with the first error that says why."""

    error: ConnectorError


Fate = Done | Again | Dead


def fate(errors: Sequence[ConnectorError], receives: int) -> Fate:
    """
    Decide by the errors of a message's notifications, none if all went well, and by how often it was received.

    One that may go better keeps the whole message, since what was applied already changes nothing when it comes again.
    """
    hopeful = [error for error in errors if not _hopeless(error, receives)]
    if hopeful:
        asked = max((error.retry_after for error in hopeful if isinstance(error, TransientError)), default=0.0)
        return Again(max(_delay(hopeful, receives), min(HIDDEN, ceil(asked))))
    return Dead(errors[0]) if errors else Done()


def _delay(errors: Sequence[ConnectorError], receives: int) -> int:
    """Whoever only waited for its turn has not failed, and need not wait longer for the next."""
    if all(isinstance(error, BusyError | LateError) for error in errors):
        return FIRST
    return min(LONGEST, FIRST << min(receives - 1, 10))


def _hopeless(error: ConnectorError, receives: int) -> bool:
    return isinstance(error, PermanentError) or (isinstance(error, UnexpectedError) and receives >= TRIES)
