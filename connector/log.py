"""
Log events and metrics: a closed set, each described in ARCHITECTURE.md.

A notification ends in exactly one line, which carries every fact as a field. No line has an API key in it: what
`hide` was told is taken out of ours, and of those that other libraries write.
"""

import logging
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Final, TextIO, cast

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.metrics.functions import is_metrics_disabled

from connector.core import key
from connector.core.disposition import Tally
from connector.core.envelope import Message
from connector.core.report import Outcome, Report, facts
from connector.core.slice import Order
from connector.errors import ConnectorError, UnexpectedError

_SERVICE: Final = os.environ.get("POWERTOOLS_SERVICE_NAME") or "atlan-s3-connector"
_DISABLED: Final = "POWERTOOLS_METRICS_DISABLED"
_hidden: Final = set[str]()
"""The API keys that this process has had."""


class _Formatter(LambdaPowertoolsFormatter):
    """Powertools' lines, without the keys: whatever field, exception or stack trace they would be in."""

    def format(self, record: logging.LogRecord) -> str:
        return key.hidden(super().format(record), _hidden)


class _Filter(logging.Filter):
    """Takes the keys out of the records of other libraries, whose handlers are not ours."""

    def filter(self, record: logging.LogRecord) -> bool:
        if not record.exc_text and record.exc_info:
            record.exc_text = _PLAIN.formatException(record.exc_info)
        try:
            record.msg, record.args = record.getMessage(), None
        except (TypeError, ValueError):  # a message that does not fit its arguments
            record.msg, record.args = f"{record.msg} {record.args}", None
        for name, value in list(vars(record).items()):
            if isinstance(value, str):
                setattr(record, name, key.hidden(value, _hidden))
        return True


_PLAIN: Final = logging.Formatter()
_FILTER: Final = _Filter()
logger: Final = Logger(service=_SERVICE, logger_formatter=_Formatter())
metrics: Final = Metrics(namespace="AtlanS3Connector", service=_SERVICE)
# An invocation that fails on a wrong setting has no metrics.
warnings.filterwarnings("ignore", "No application metrics to publish")


def hide(secret: str) -> None:
    """Take this API key out of every line from now on, also of those that other libraries give to the root logger."""
    _hidden.add(secret)
    for handler in filter(None, (*logging.getLogger().handlers, logging.lastResort)):
        handler.addFilter(_FILTER)


@contextmanager
def redirected(stream: TextIO) -> Iterator[None]:
    """Write log lines to *stream*, and count nothing: metrics are lines on stdout that only CloudWatch reads."""
    handler = cast("logging.StreamHandler[TextIO]", logger.registered_handler)
    before = handler.setStream(stream)
    counted = os.environ.get(_DISABLED)
    os.environ[_DISABLED] = "true"
    try:
        yield
    finally:
        handler.setStream(before or stream)
        if counted is None:
            del os.environ[_DISABLED]
        else:
            os.environ[_DISABLED] = counted


def failed(command: str, error: ConnectorError) -> None:
    """Log that a command of the command line failed."""
    stack = error if isinstance(error, UnexpectedError) else None
    fields = {"command": command, "reason": error.reason, "error": str(error)}
    logger.error(Event.COMMAND, extra=fields, exc_info=stack)


def shown(error: Exception) -> str:
    """Return the text of an unexpected error as it may be shown: without any API key that this process has had."""
    return key.shown(str(error), _hidden)


class Event(StrEnum):
    """The log events."""

    APPLIED = "notification.applied"
    IGNORED = "notification.ignored"
    ACKNOWLEDGED = "notification.acknowledged"
    FAILED = "notification.failed"
    STARTED = "sweep.started"
    COUNTED = "sweep.counted"
    SENT = "sweep.sent"
    FINISHED = "sweep.finished"
    STOPPED = "sweep.failed"
    UNSETTLED = "message.unsettled"
    UNRENEWED = "key.unrenewed"
    UNRELEASED = "lease.unreleased"
    COMMAND = "command.failed"


class Metric(StrEnum):
    """The metrics: all are counts, except the duration, and the age of the message that is retried for the longest."""

    APPLIED = "NotificationsApplied"
    IGNORED = "NotificationsIgnored"
    ACKNOWLEDGED = "NotificationsAcknowledged"
    FAILED = "NotificationsFailed"
    INCOMPLETE = "LineageIncomplete"
    COLUMNS = "ColumnFindings"
    CREATED = "AssetsCreated"
    UPDATED = "AssetsUpdated"
    RETIRED = "AssetsRetired"
    DURATION = "Duration"
    HINTS = "SweepHints"
    SWEPT = "SweepsFinished"
    STOPPED = "SweepsFailed"
    FINISHED = "MessagesFinished"
    RETRIED = "MessagesRetried"
    DEAD_LETTERED = "MessagesDeadLettered"
    OLDEST = "OldestRetried"


class Journal:
    """Log lines and metrics through Powertools; see `connector.ports.Journal`."""

    def closing(self, report: Report) -> None:
        """Write the closing line of a notification, or of a slice of a sweep, and count it."""
        event = _event(report)
        if report.error:
            unexpected = report.error if isinstance(report.error, UnexpectedError) else None
            logger.error(event, extra=facts(report), exc_info=unexpected)
        else:
            logger.info(event, extra=facts(report))
        if isinstance(report.record, Order):
            _count_sweep(report, event)
        else:
            _count(report)

    def batch(self, tally: Tally) -> None:
        """Count what became of the messages of a batch; also zeros, so that an alarm sees that all is well again."""
        _add(Metric.FINISHED, MetricUnit.Count, tally.finished)
        _add(Metric.RETRIED, MetricUnit.Count, tally.retried)
        _add(Metric.DEAD_LETTERED, MetricUnit.Count, tally.dead_lettered)
        _add(Metric.OLDEST, MetricUnit.Seconds, tally.oldest)

    def unsettled(self, message: Message, error: ConnectorError) -> None:
        """Log that a message could be neither delayed nor dead-lettered; it returns after its visibility timeout."""
        logger.warning(Event.UNSETTLED, extra={"message_id": message.id, "error": str(error)})

    def unrenewed(self, error: ConnectorError) -> None:
        """Say that the API key could not be read again after Atlan did not accept it."""
        logger.warning(Event.UNRENEWED, extra={"error": str(error)})

    def unreleased(self, error: ConnectorError) -> None:
        """Say that the lease could not be given back, and ends by itself."""
        logger.warning(Event.UNRELEASED, extra={"error": str(error)})


def _event(report: Report) -> Event:
    if not isinstance(report.record, Order):
        return Event[report.outcome.name]
    if report.error:
        return Event.STOPPED
    if report.sweeps:
        return Event.STARTED
    if report.reason:
        return Event.FINISHED
    return Event.COUNTED if report.swept["phase"] == "count" else Event.SENT


def _count_sweep(report: Report, event: Event) -> None:
    _add(Metric.HINTS, MetricUnit.Count, report.hints)
    if event in (Event.FINISHED, Event.STOPPED):
        _add(Metric.SWEPT if event is Event.FINISHED else Metric.STOPPED, MetricUnit.Count, 1)


def _count(report: Report) -> None:
    _add(Metric[report.outcome.name], MetricUnit.Count, 1)
    if report.outcome is Outcome.APPLIED:
        for metric, value in (
            (Metric.INCOMPLETE, bool(report.missing or report.findings)),
            (Metric.COLUMNS, len(report.differences)),
            (Metric.CREATED, len(report.changes.created)),
            (Metric.UPDATED, len(report.changes.updated)),
            (Metric.RETIRED, len(report.changes.retired)),
        ):
            _add(metric, MetricUnit.Count, value)
        _add(Metric.DURATION, MetricUnit.Milliseconds, report.duration_ms)


def _add(metric: Metric, unit: MetricUnit, value: float) -> None:
    """
    Add to a metric, which has one value a batch: the sum of counts, the longest duration.

    With a value for each notification, a batch of a thousand would have a thousand of each; of a hundred, Powertools
    prints them at once.
    """
    if is_metrics_disabled():
        return
    if known := metrics.metric_set.get(metric):
        before = known["Value"][0]
        known["Value"] = [before + value if unit is MetricUnit.Count else max(before, value)]
    else:
        metrics.add_metric(metric, unit, value)
