"""
Puts the pieces together, once per process, and runs events through them.

Called by `handler`. Nothing is built at import, so that a fault in the settings is an error of the invocation, with
its message in the log; SnapStart's snapshot has all that is imported, and what is built comes after it.
"""

import os
import time
from collections.abc import Sequence
from functools import cache
from itertools import islice
from typing import Any, Final

from dotenv import load_dotenv
from snapshot_restore_py import register_after_restore, register_before_snapshot

from connector import config, log
from connector.adapters import wire
from connector.adapters.atlan import Atlan
from connector.adapters.lease import Dynamo, Local
from connector.adapters.pace import Pace
from connector.adapters.queue import Queue
from connector.adapters.s3 import S3
from connector.adapters.secret import Secret
from connector.config import Settings
from connector.core import envelope
from connector.core.envelope import Message
from connector.core.fate import Again, Done, fate
from connector.core.notification import Record
from connector.errors import ConnectorError, PermanentError, TransientError, UnauthorizedError, UnavailableError
from connector.sync import Outcome, Report, Sync

MARGIN: Final = 2.0
"""Seconds before the end of an invocation by which all has to be over."""


class FailedError(ConnectorError):
    """Some notifications of a direct event failed; Lambda keeps the event and tries again, or passes it on."""

    reason = "failed"

    def __init__(self, reports: Sequence[Report]) -> None:
        self.reports = tuple(reports)
        super().__init__("\n".join(str(report.error) for report in reports))


class PermanentlyFailedError(FailedError, PermanentError):
    """None of the failures will go away by itself."""


class TemporarilyFailedError(FailedError, TransientError):
    """At least one of the failures may go away by itself."""


class Application:
    """The connector, as *settings* want it."""

    def __init__(self, settings: Settings) -> None:
        routes = config.routes(settings.routes)
        self._url = settings.atlan_base_url
        self._secret = Secret(settings.atlan_api_key_secret) if settings.atlan_api_key_secret else None
        self._key = self._secret.read() if self._secret else settings.atlan_api_key
        self._pace = Pace(settings.rate)
        self._atlan = Atlan(wire.connect(self._url, self._key, self._pace))
        self._queue = Queue(settings.queue_url, settings.dead_letter_queue_url) if settings.queue_url else None
        lease = Dynamo(settings.lease_table, self._pace) if settings.lease_table else Local()
        self._sync = Sync(routes, settings.deployment, (S3(), self._atlan, lease), time.monotonic)

    def direct(self, event: object, remaining_ms: int) -> dict[str, Any]:
        """
        Apply an event that is not of SQS, and return how each of its records ended.

        Args:
            remaining_ms: milliseconds until the invocation ends.

        Raises:
            FailedError: a record could not be applied; all others were.
        """
        reports = self._apply(envelope.records(event), remaining_ms)
        failed = [report for report in reports if report.outcome is Outcome.FAILED]
        if failed:
            permanent = all(isinstance(report.error, PermanentError) for report in failed)
            raise (PermanentlyFailedError if permanent else TemporarilyFailedError)(failed)
        return {"notifications": [log.facts(report) for report in reports]}

    def batch(self, messages: Sequence[Message], remaining_ms: int) -> dict[str, Any]:
        """
        Apply a batch of SQS messages, and return those that are to come again.

        Args:
            remaining_ms: milliseconds until the invocation ends.

        Source:
            Lambda Developer Guide, "Using Lambda with Amazon SQS": partial batch responses.
        """
        contents = [envelope.contents(message) for message in messages]
        reports = iter(self._apply([record for records in contents for record in records], remaining_ms))
        failures = [
            message
            for message, records in zip(messages, contents, strict=True)
            if not self._settled(message, list(islice(reports, len(records))))
        ]
        return {"batchItemFailures": [{"itemIdentifier": message.id} for message in failures]}

    def _apply(self, records: Sequence[Record], remaining_ms: int) -> Sequence[Report]:
        """A key that is not accepted may have been replaced, so it is fetched again, and all is tried once more."""
        seconds = remaining_ms / 1000 - MARGIN
        deadline = time.monotonic() + seconds
        self._pace.begin(seconds)
        reports = self._sync.apply(records, deadline)
        if any(isinstance(report.error, UnauthorizedError) for report in reports) and self._renewed():
            reports = self._sync.apply(records, deadline)
        for report in reports:
            log.closing(report)
        return reports

    def _renewed(self) -> bool:
        key = self._secret.read(fresh=True) if self._secret else self._key
        if key == self._key:
            return False
        self._key = key
        self._atlan.connect(wire.connect(self._url, key, self._pace))
        return True

    def _settled(self, message: Message, reports: Sequence[Report]) -> bool:
        """Tell whether a message is finished: done, or in the dead-letter queue; else it is delayed."""
        ending = fate([report.error for report in reports if report.error], message.receives)
        if isinstance(ending, Done):
            return True
        if self._queue is None:
            return False
        try:
            if isinstance(ending, Again):
                self._queue.delay(message, ending.seconds)
                return False
            self._queue.bury(message, log.epitaph(reports, ending.error))
        except UnavailableError as error:
            log.unsettled(message, error)
            return False
        return True


@cache
def application() -> Application:
    """
    Build the connector from the environment, to which a `.env` file in the working directory adds.

    Raises:
        ConfigurationError: a setting or the routes file is wrong.
    """
    load_dotenv(".env")
    return Application(config.settings(os.environ))


def warm() -> None:
    """Build a client that is thrown away, so that the snapshot has whatever the first one loads; it holds no key."""
    wire.connect("https://snapshot.atlan.com", "none", Pace(1))


def restore() -> None:
    """Build the connector anew: no socket, key or identity comes out of a snapshot."""
    application.cache_clear()
    application()


register_before_snapshot(warm)
register_after_restore(restore)
