"""
Log events and metrics: a closed set, each described in ARCHITECTURE.md.

A notification ends in exactly one line, which carries every fact as a field.
"""

import os
import warnings
from enum import StrEnum
from typing import Final

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from connector.core.envelope import Message
from connector.core.report import Outcome, Report, facts
from connector.errors import ConnectorError, UnexpectedError

_SERVICE: Final = os.environ.get("POWERTOOLS_SERVICE_NAME") or "atlan-s3-connector"
logger: Final = Logger(service=_SERVICE)
metrics: Final = Metrics(namespace="AtlanS3Connector", service=_SERVICE)
# An invocation that fails on a wrong setting has no metrics.
warnings.filterwarnings("ignore", "No application metrics to publish")


class Event(StrEnum):
    """The log events."""

    APPLIED = "notification.applied"
    IGNORED = "notification.ignored"
    ACKNOWLEDGED = "notification.acknowledged"
    FAILED = "notification.failed"
    UNSETTLED = "message.unsettled"


class Metric(StrEnum):
    """The metrics: all are counts, except the duration."""

    APPLIED = "NotificationsApplied"
    IGNORED = "NotificationsIgnored"
    ACKNOWLEDGED = "NotificationsAcknowledged"
    FAILED = "NotificationsFailed"
    INCOMPLETE = "LineageIncomplete"
    CREATED = "AssetsCreated"
    UPDATED = "AssetsUpdated"
    RETIRED = "AssetsRetired"
    DURATION = "Duration"


class Journal:
    """Log lines and metrics through Powertools; see `connector.ports.Journal`."""

    def closing(self, report: Report) -> None:
        """Write the closing line of a notification, and count it."""
        fields = facts(report)
        match report.outcome:
            case Outcome.FAILED:
                unexpected = report.error if isinstance(report.error, UnexpectedError) else None
                logger.error(Event.FAILED, extra=fields, exc_info=unexpected)
            case outcome:
                logger.info(Event[outcome.name], extra=fields)
        _count(report)

    def unsettled(self, message: Message, error: ConnectorError) -> None:
        """Log that a message could be neither delayed nor dead-lettered; it returns after its visibility timeout."""
        logger.warning(Event.UNSETTLED, extra={"message_id": message.id, "error": str(error)})


def _count(report: Report) -> None:
    metrics.add_metric(Metric[report.outcome.name], MetricUnit.Count, 1)
    if report.outcome is Outcome.APPLIED:
        for metric, value in (
            (Metric.INCOMPLETE, bool(report.missing)),
            (Metric.CREATED, len(report.changes.created)),
            (Metric.UPDATED, len(report.changes.updated)),
            (Metric.RETIRED, len(report.changes.retired)),
        ):
            metrics.add_metric(metric, MetricUnit.Count, value)
        metrics.add_metric(Metric.DURATION, MetricUnit.Milliseconds, report.duration_ms)
