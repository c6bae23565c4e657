"""
Applies an event, and decides for each message: delete it, retry it later, or send it to the dead-letter queue.

`connector.app` builds it with the real ports; the simulation runs the same code with simulated ones.
"""

from collections.abc import Sequence
from itertools import islice
from typing import Any

from connector.core import envelope, report
from connector.core.budget import Deadline
from connector.core.disposition import Done, Retry, dispose
from connector.core.envelope import Message
from connector.core.notification import Record
from connector.core.report import Report
from connector.errors import (
    PermanentError,
    PermanentlyFailedError,
    TemporarilyFailedError,
    UnauthorizedError,
    UnavailableError,
)
from connector.ports import Credentials, Journal, Queue
from connector.sync import Sync


class Delivery:
    """Applies events through *sync*; without a *queue*, every failed message is returned to SQS unchanged."""

    def __init__(self, sync: Sync, credentials: Credentials, journal: Journal, queue: Queue | None) -> None:
        self._sync, self._credentials, self._journal, self._queue = sync, credentials, journal, queue

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
        failures = [
            message
            for message, records in zip(messages, contents, strict=True)
            if not self._finished(message, list(islice(reports, len(records))))
        ]
        return {"batchItemFailures": [{"itemIdentifier": message.id} for message in failures]}

    def _apply(self, records: Sequence[Record], deadline: Deadline) -> Sequence[Report]:
        """Apply the records. If Atlan rejects the API key and there is a new one, apply them once more with it."""
        reports = self._sync.apply(records, deadline)
        if any(isinstance(one.error, UnauthorizedError) for one in reports) and self._credentials.renew():
            reports = self._sync.apply(records, deadline)
        for one in reports:
            self._journal.closing(one)
        return reports

    def _finished(self, message: Message, reports: Sequence[Report]) -> bool:
        """Return whether a message may be deleted: done, or in the dead-letter queue. Otherwise delay it."""
        ending = dispose([one.error for one in reports if one.error], message.receives)
        if isinstance(ending, Done):
            return True
        if self._queue is None:
            return False
        try:
            if isinstance(ending, Retry):
                self._queue.delay(message, ending.seconds)
                return False
            self._queue.dead_letter(message, report.attributes(reports, ending.error))
        except UnavailableError as error:
            self._journal.unsettled(message, error)
            return False
        return True
