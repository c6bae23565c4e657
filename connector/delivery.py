"""
Applies an event, and decides for each message: delete it, retry it later, or send it to the dead-letter queue.

`connector.app` builds it with the real ports; the simulation runs the same code with simulated ones.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar

from connector.core import envelope, report
from connector.core.budget import Deadline
from connector.core.disposition import DeadLetter, Disposition, Done, Retry, dispose, tally
from connector.core.envelope import Message
from connector.core.notification import Record
from connector.core.report import Report
from connector.errors import (
    ConnectorError,
    PermanentError,
    PermanentlyFailedError,
    TemporarilyFailedError,
    UnauthorizedError,
)
from connector.ports import Clock, Credentials, Journal, Queue, Records

_What = TypeVar("_What")


@dataclass(frozen=True, slots=True)
class _Ending:
    """A message, how its notifications ended, and what becomes of it."""

    message: Message
    reports: Sequence[Report]
    disposition: Disposition


class Delivery:
    """Applies events through *sync*; without a *queue*, every failed message is returned to SQS unchanged."""

    def __init__(
        self, sync: Records, credentials: Credentials, journal: Journal, queue: Queue | None, clock: Clock
    ) -> None:
        self._sync, self._credentials, self._journal, self._queue = sync, credentials, journal, queue
        self._clock = clock

    def direct(self, event: object, deadline: Deadline) -> dict[str, Any]:
        """
        Apply a direct event (not from SQS), and return the outcome of each record.

        Raises:
            FailedError: a record could not be applied; all others were.
        """
        reports = self._apply(envelope.records(event), deadline)
        errors = [one.error for one in reports if one.error]
        if errors:
            permanent = all(isinstance(error, PermanentError) for error in errors)
            raise (PermanentlyFailedError if permanent else TemporarilyFailedError)(errors)
        return {"notifications": [report.facts(one) for one in reports]}

    def batch(self, messages: Sequence[Message], deadline: Deadline) -> dict[str, Any]:
        """
        Apply a batch of SQS messages, and return those to retry.

        Source:
            Lambda Developer Guide, "Using Lambda with Amazon SQS": partial batch responses.
        """
        contents = [envelope.contents(message) for message in messages]
        reports = iter(self._apply([record for records in contents for record in records], deadline))
        endings, now = [], self._clock()
        for message, records in zip(messages, contents, strict=True):
            mine = list(islice(reports, len(records)))
            errors = [one.error for one in mine if one.error]
            endings.append(_Ending(message, mine, dispose(errors, message.receives, message.waited(now))))
        again = self._unfinished(endings)
        returns = {id(message) for message in again}
        self._journal.batch(
            tally((one.disposition, id(one.message) in returns, one.message.waited(now)) for one in endings)
        )
        return {"batchItemFailures": [{"itemIdentifier": message.id} for message in again]}

    def _apply(self, records: Sequence[Record], deadline: Deadline) -> Sequence[Report]:
        """Apply the records. If Atlan rejects the API key and there is a new one, apply them once more with it."""
        reports = self._sync.apply(records, deadline)
        if any(isinstance(one.error, UnauthorizedError) for one in reports) and self._renewed():
            reports = self._sync.apply(records, deadline)
        for one in reports:
            self._journal.closing(one)
        return reports

    def _renewed(self) -> bool:
        """Whatever comes of it, the reports of what was done are not lost."""
        try:
            return self._credentials.renew()
        except ConnectorError as error:
            self._journal.unrenewed(error)
            return False

    def _unfinished(self, endings: Sequence[_Ending]) -> list[Message]:
        """Delay and dead-letter what failed, and return the messages that must not be deleted, in order."""
        again = {id(one.message) for one in endings if not isinstance(one.disposition, Done)}
        if self._queue is not None:
            delays = [(one.message, one.disposition.seconds) for one in endings if isinstance(one.disposition, Retry)]
            self._each(delays, self._queue.delay)
            letters = [
                (one.message, report.attributes(one.reports, one.disposition.error))
                for one in endings
                if isinstance(one.disposition, DeadLetter)
            ]
            again -= {id(message) for message in self._each(letters, self._queue.dead_letter)}
        return [one.message for one in endings if id(one.message) in again]

    def _each(
        self,
        messages: Sequence[tuple[Message, _What]],
        send: Callable[[Sequence[tuple[Message, _What]]], Sequence[ConnectorError | None]],
    ) -> list[Message]:
        """Send all at once, and return those with which it succeeded."""
        sent = []
        for (message, _), error in zip(messages, send(messages) if messages else (), strict=True):
            if error:
                self._journal.unsettled(message, error)
            else:
                sent.append(message)
        return sent
