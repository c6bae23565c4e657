"""
Puts the pieces together, once per process, and runs a direct notification through them.

Called by `handler`. Nothing is built at import, so that a fault in the settings is an error of the invocation, with
its message in the log.
"""

import os
import time
from collections.abc import Sequence
from functools import cache
from typing import Any, Final

from dotenv import load_dotenv

from connector import config, log
from connector.adapters import wire
from connector.adapters.atlan import Atlan
from connector.adapters.lease import Local
from connector.adapters.s3 import S3
from connector.core.notification import parse
from connector.errors import ConnectorError, PermanentError, TransientError
from connector.sync import Outcome, Report, Sync

GRACE: Final = 2.0
"""Seconds before the end of an invocation after which nothing new is begun."""


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


@cache
def sync() -> Sync:
    """
    Build the connector from the environment, to which a `.env` file in the working directory adds.

    Raises:
        ConfigurationError: a setting or the routes file is wrong.
    """
    load_dotenv(".env")
    settings = config.settings(os.environ)
    routes = config.routes(settings.routes)
    catalog = Atlan(wire.connect(settings.atlan_base_url, settings.atlan_api_key))
    return Sync(routes, settings.deployment, (S3(), catalog, Local()), time.monotonic)


def direct(event: object, remaining_ms: int) -> dict[str, Any]:
    """
    Apply a direct S3 notification and return how each of its records ended.

    Args:
        remaining_ms: milliseconds until the invocation ends.

    Raises:
        ConfigurationError: a setting or the routes file is wrong.
        FailedError: a record could not be applied; all others were.
    """
    deadline = time.monotonic() + remaining_ms / 1000 - GRACE
    reports = sync().apply(parse(event), deadline)
    for report in reports:
        log.closing(report)
    failed = [report for report in reports if report.outcome is Outcome.FAILED]
    if failed:
        permanent = all(isinstance(report.error, PermanentError) for report in failed)
        raise (PermanentlyFailedError if permanent else TemporarilyFailedError)(failed)
    return {"notifications": [log.facts(report) for report in reports]}
