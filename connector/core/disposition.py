"""Decides what to do with a message after its notifications were tried: delete, retry later, or dead-letter."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final

from connector.core.budget import FIRST_RETRY, GRACE, LONGEST_HOLD, LONGEST_RETRY
from connector.errors import (
    BusyError,
    ConnectorError,
    LateError,
    LoopedError,
    TransientError,
    UnexpectedError,
)

TRIES: Final = 10
"""Receives after which an unexpected error is treated as permanent."""


@dataclass(frozen=True, slots=True)
class Done:
    """Every notification was applied, ignored or acknowledged: the message is deleted."""


@dataclass(frozen=True, slots=True)
class Retry:
    """Retrying may help: the message returns after this many seconds."""

    seconds: int


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """Retrying cannot help: the message goes to the dead-letter queue, with the first error as the reason."""

    error: ConnectorError


Disposition = Done | Retry | DeadLetter


def dispose(errors: Sequence[ConnectorError], receives: int) -> Disposition:
    """
    Decide from the errors of a message's notifications and the number of its receives.

    One error that may go away keeps the whole message: what was applied already changes nothing when it is retried.
    A message that is redriven in a loop is not dead-lettered once more, which would feed the loop: it stays in the
    queue, until the queue's own redrive policy takes it out.
    """
    if any(isinstance(error, LoopedError) for error in errors):
        return Retry(LONGEST_RETRY)
    transient = [error for error in errors if isinstance(error, TransientError) and not _worn_out(error, receives)]
    if transient:
        return Retry(max(_delay(transient, receives), *(_asked(error) for error in transient)))
    return DeadLetter(errors[0]) if errors else Done()


def _asked(error: TransientError) -> int:
    """Return the seconds that an error asks to wait: Retry-After, or the time that the lease is kept, if longer."""
    return ceil(min(LONGEST_HOLD, max(error.retry_after, GRACE if error.ambiguous else 0.0)))


def _delay(errors: Sequence[TransientError], receives: int) -> int:
    """Double the delay with each receive, except where the message only waited for the lease or ran out of time."""
    if all(isinstance(error, BusyError | LateError) for error in errors):
        return FIRST_RETRY
    return min(LONGEST_RETRY, FIRST_RETRY << min(receives - 1, 10))


def _worn_out(error: TransientError, receives: int) -> bool:
    return isinstance(error, UnexpectedError) and receives >= TRIES
