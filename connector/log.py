"""
What the connector says: a closed set of log events and metrics, each described in ARCHITECTURE.md.

A notification ends in exactly one line, which carries every fact as a field.
"""

import os
import warnings
from collections.abc import Sequence
from enum import StrEnum
from typing import Any, Final

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from connector.core.envelope import Message
from connector.core.notification import Notification, S3TestEvent
from connector.errors import ConnectorError, PermanentError, UnexpectedError
from connector.sync import Outcome, Report

_SERVICE: Final = os.environ.get("POWERTOOLS_SERVICE_NAME") or "atlan-s3-connector"
logger: Final = Logger(service=_SERVICE)
metrics: Final = Metrics(namespace="AtlanS3Connector", service=_SERVICE)
# An invocation that a fault in the settings ends has nothing to count.
warnings.filterwarnings("ignore", "No application metrics to publish")


class Event(StrEnum):
    """The log lines there are."""

    APPLIED = "notification.applied"
    IGNORED = "notification.ignored"
    ACKNOWLEDGED = "notification.acknowledged"
    FAILED = "notification.failed"
    UNSETTLED = "message.unsettled"


class Metric(StrEnum):
    """The metrics there are; each is a count, but for the duration."""

    APPLIED = "NotificationsApplied"
    IGNORED = "NotificationsIgnored"
    ACKNOWLEDGED = "NotificationsAcknowledged"
    FAILED = "NotificationsFailed"
    INCOMPLETE = "LineageIncomplete"
    CREATED = "AssetsCreated"
    UPDATED = "AssetsUpdated"
    RETIRED = "AssetsRetired"
    DURATION = "Duration"


def closing(report: Report) -> None:
    """Write the closing line of a notification, and count it."""
    fields = facts(report)
    match report.outcome:
        case Outcome.FAILED:
            unexpected = report.error if isinstance(report.error, UnexpectedError) else None
            logger.error(Event.FAILED, extra=fields, exc_info=unexpected)
        case outcome:
            logger.info(Event[outcome.name], extra=fields)
    _count(report)


def unsettled(message: Message, error: ConnectorError) -> None:
    """Say that a message could neither be delayed nor buried, and comes back by itself."""
    logger.warning(Event.UNSETTLED, extra={"message_id": message.id, "error": str(error)})


def epitaph(reports: Sequence[Report], error: ConnectorError) -> dict[str, str]:
    """Return what explains a dead letter: the facts of the notification of it that failed by *error*."""
    report = next(report for report in reports if report.error is error)
    known = facts(report)
    return {name: str(known.get(name, ""))[:1024] for name in ("reason", "error", "route", "bucket", "key")}


def facts(report: Report) -> dict[str, Any]:
    """Return all that is known of how a notification ended, as JSON-able fields; absent facts are left out."""
    fields: dict[str, Any] = {"outcome": report.outcome.value, "reason": report.reason}
    match report.record:
        case Notification(bucket, key, event):
            fields |= {"event": event, "bucket": bucket, "key": key}
        case S3TestEvent(bucket):
            fields |= {"event": "s3:TestEvent", "bucket": bucket}
    if report.match:
        fields |= {"route": report.match.route.name, "source": report.match.source, "target": report.match.target}
        fields |= {"missing": list(report.missing), "duration_ms": report.duration_ms}
        changes = report.changes
        fields |= {"assets_created": len(changes.created), "assets_updated": len(changes.updated)}
        fields |= {"assets_retired": len(changes.retired)}
    if report.error:
        fields |= {"error": str(report.error), "retryable": not isinstance(report.error, PermanentError)}
    return {name: value for name, value in fields.items() if value not in (None, "", [])}


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
