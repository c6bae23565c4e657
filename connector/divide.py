"""What to do when a batch is refused: plan it once more, then halve it until the refused object stands alone."""

from collections.abc import Callable, Mapping

from connector.core.asset import Stat
from connector.core.report import Result, ambiguous, doubted
from connector.core.route import Hint
from connector.errors import ConnectorError, PermanentError, RefusedError, UnexpectedError, unexpected

Stats = Mapping[Hint, Stat | None]
Attempt = Callable[[Stats], dict[Hint, Result]]


def divided(stats: Stats, attempt: Attempt, forget: Callable[[], None]) -> dict[Hint, Result]:
    """
    Apply a batch by *attempt*; if it is refused, once more from fresh reads, then by halves.

    A refusal can be our own fault: a table that was purged and made again has another guid than the cache, which
    *forget* clears. An unexpected error is treated like a refusal, lest one object hold up all others. If Atlan does
    not answer, nothing is tried further.
    """
    failure = _attempted(stats, attempt)
    if not isinstance(failure, ConnectorError):
        return failure
    if isinstance(failure, RefusedError | UnexpectedError):
        forget()
        return _settled(_tried(stats, attempt), failure)
    return _split(stats, failure, attempt)


def _tried(stats: Stats, attempt: Attempt) -> dict[Hint, Result]:
    failure = _attempted(stats, attempt)
    return _split(stats, failure, attempt) if isinstance(failure, ConnectorError) else failure


def _split(stats: Stats, failure: ConnectorError, attempt: Attempt) -> dict[Hint, Result]:
    """Try each half by itself, where that can help; else all of it has failed."""
    hints = list(stats)
    if len(hints) == 1 or not isinstance(failure, PermanentError | UnexpectedError):
        return dict.fromkeys(hints, failure)
    middle = len(hints) // 2
    parts = ({hint: stats[hint] for hint in part} for part in (hints[:middle], hints[middle:]))
    results = {hint: result for part in parts for hint, result in _tried(part, attempt).items()}
    return _settled(results, failure)


def _settled(results: dict[Hint, Result], failure: ConnectorError) -> dict[Hint, Result]:
    return doubted(results, failure) if ambiguous(failure) else results


def _attempted(stats: Stats, attempt: Attempt) -> dict[Hint, Result] | ConnectorError:
    try:
        return attempt(stats)
    except ConnectorError as error:
        return error
    except Exception as error:  # noqa: BLE001 - whatever it is, it may be true of one object only
        return unexpected(error)
