"""What becomes of a message once its notifications were tried."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from connector.errors import ConnectorError, PermanentError

FIRST: Final = 15
"""Seconds until the first retry; each further one waits twice as long."""

LONGEST: Final = 900
"""Seconds that a retry waits at most."""


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

    error: PermanentError


Fate = Done | Again | Dead


def fate(errors: Sequence[ConnectorError], receives: int) -> Fate:
    """
    Decide by the errors of a message's notifications, none if all went well, and by how often it was received.

    One that may go better keeps the whole message, since what was applied already changes nothing when it comes again.
    """
    permanent = [error for error in errors if isinstance(error, PermanentError)]
    if len(permanent) < len(errors):
        return Again(min(LONGEST, FIRST * 2 ** min(receives - 1, 10)))
    return Dead(permanent[0]) if permanent else Done()
