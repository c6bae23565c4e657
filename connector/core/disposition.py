"""Decides what to do with a message after its notifications were tried: delete, retry later, or dead-letter."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil, inf
from typing import Final

from connector.core.budget import FIRST_RETRY, GRACE, LONGEST_HOLD, LONGEST_RETRY, LONGEST_TURN, TRYING
from connector.errors import (
    BusyError,
    ConnectorError,
    LateError,
    LoopedError,
    TransientError,
    UnexpectedError,
)

TRIES: Final = 10
"""Receives after which an unexpected error is treated as permanent, if they took `TRYING`."""


@dataclass(frozen=True, slots=True)
class Done:
    """Every notification was applied, ignored or acknowledged: the message is deleted."""


@dataclass(frozen=True, slots=True)
class Retry:
    """
    Retrying may help: the message returns after this many seconds.

    It has not `failed` if it only waited for the lease or ran out of time.
    """

    seconds: int
    failed: bool = True


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """Retrying cannot help: the message goes to the dead-letter queue, with the first error as the reason."""

    error: ConnectorError


Disposition = Done | Retry | DeadLetter


@dataclass(frozen=True, slots=True)
class Tally:
    """
    What became of the messages of a batch.

    Those that were only postponed count nowhere. `oldest` is for how many seconds the longest of those that are retried
    has been retried already; 0 if none is.
    """

    finished: int
    retried: int
    dead_lettered: int
    oldest: float


def tally(endings: Iterable[tuple[Disposition, bool, float | None]]) -> Tally:
    """Count messages: what was decided, whether the message returns to the queue all the same, and how old it is."""
    finished = retried = dead = 0
    oldest = 0.0
    for disposition, returns, waited in endings:
        match disposition:
            case Retry(failed=False):
                pass
            case Done():
                finished += 1
            case DeadLetter() if not returns:
                dead += 1
            case _:
                retried += 1
                oldest = max(oldest, waited or 0.0)
    return Tally(finished, retried, dead, oldest)


def dispose(errors: Sequence[ConnectorError], receives: int, waited: float | None = None) -> Disposition:
    """
    Decide from the errors of a message's notifications, the number of its receives, and the seconds since the first.

    One error that may go away keeps the whole message: what was applied already changes nothing when it is retried.
    A message that is redriven in a loop is not dead-lettered once more, which would feed the loop: it stays in the
    queue, until the queue's own redrive policy takes it out.
    """
    if any(isinstance(error, LoopedError) for error in errors):
        return Retry(LONGEST_RETRY)
    age = inf if waited is None else waited
    transient = [error for error in errors if isinstance(error, TransientError) and not _worn_out(error, receives, age)]
    if transient:
        failed = not all(isinstance(error, BusyError | LateError) for error in transient)
        delay = _delay(receives, age) if failed else _turn(transient, receives)
        return Retry(max(delay, *(_asked(error) for error in transient)), failed)
    return DeadLetter(errors[0]) if errors else Done()


def _asked(error: TransientError) -> int:
    """Return the seconds that an error asks to wait: Retry-After, or the time that the lease is kept, if longer."""
    return ceil(min(LONGEST_HOLD, max(error.retry_after, GRACE if error.ambiguous else 0.0)))


def _delay(receives: int, age: float) -> int:
    """
    Double the delay with each receive.

    Receives count, too, when the message only waited for the lease; so the delay is no longer than the message is old,
    which makes no difference to one that failed each time: doubled delays add up to the next one, less the first.
    """
    return ceil(min(LONGEST_RETRY, FIRST_RETRY << min(receives - 1, 10), FIRST_RETRY + age))


def _turn(errors: Sequence[TransientError], receives: int) -> int:
    """Come back soon when time ran out; where others had the lease each time, they hold it for longer."""
    busy = any(isinstance(error, BusyError) for error in errors)
    return min(LONGEST_TURN, FIRST_RETRY << min(receives - 1, 10)) if busy else FIRST_RETRY


def _worn_out(error: TransientError, receives: int, age: float) -> bool:
    return isinstance(error, UnexpectedError) and receives >= TRIES and age >= TRYING
