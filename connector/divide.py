"""Retries a rejected batch: once as a whole, then in halves, until the rejected object is alone."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from connector.core.asset import Read
from connector.core.report import ambiguous, doubted
from connector.core.route import Subject
from connector.errors import ConnectorError, PermanentError, RefusedError, UnexpectedError, unexpected

_DoneT = TypeVar("_DoneT")
Reads = Mapping[Subject, Read | None]
Results = dict[Subject, _DoneT | ConnectorError]
Attempt = Callable[[Reads], Results[_DoneT]]


def divided(reads: Reads, attempt: Attempt[_DoneT], forget: Callable[[], None]) -> Results[_DoneT]:
    """Apply a batch by *attempt*; if it is rejected as a whole, see `recovered`."""
    failure = _attempted(reads, attempt)
    return recovered(reads, failure, attempt, forget) if isinstance(failure, ConnectorError) else failure


def recovered(
    reads: Reads, failure: ConnectorError, attempt: Attempt[_DoneT], forget: Callable[[], None]
) -> Results[_DoneT]:
    """
    Do what can be done about a batch that ended by *failure*: try it once more from fresh reads, then in halves.

    A rejection can be our own fault: a table that was purged and created again has a different guid than the cache,
    which *forget* clears. An unexpected error is treated like a rejection, so that one object does not block all
    others. If Atlan does not respond, nothing more is tried.
    """
    if isinstance(failure, RefusedError | UnexpectedError):
        forget()
        return _marked(_tried(reads, attempt), failure)
    return _split(reads, failure, attempt)


def _tried(reads: Reads, attempt: Attempt[_DoneT]) -> Results[_DoneT]:
    failure = _attempted(reads, attempt)
    return _split(reads, failure, attempt) if isinstance(failure, ConnectorError) else failure


def _split(reads: Reads, failure: ConnectorError, attempt: Attempt[_DoneT]) -> Results[_DoneT]:
    """Try each half on its own if that can help; otherwise the whole batch has failed."""
    hints = list(reads)
    if len(hints) == 1 or not isinstance(failure, PermanentError | UnexpectedError):
        return dict.fromkeys(hints, failure)
    middle = len(hints) // 2
    parts = ({hint: reads[hint] for hint in part} for part in (hints[:middle], hints[middle:]))
    results = {hint: result for part in parts for hint, result in _tried(part, attempt).items()}
    return _marked(results, failure)


def _marked(results: Results[_DoneT], failure: ConnectorError) -> Results[_DoneT]:
    return {**doubted(results, failure)} if ambiguous(failure) else results


def _attempted(reads: Reads, attempt: Attempt[_DoneT]) -> Results[_DoneT] | ConnectorError:
    try:
        return attempt(reads)
    except ConnectorError as error:
        return error
    except Exception as error:  # noqa: BLE001 - any error may concern only one object
        return unexpected(error)
