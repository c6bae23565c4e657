"""Runs the handler as Lambda would: with its environment, a context, and its log out of the way."""

import importlib
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

from rich.console import Console

KEY = "local"  # the catalog's API key
Handle = Callable[[dict[str, Any]], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Context:
    """What Lambda passes beside the event; it has `seconds` to live."""

    aws_request_id: str = field(default_factory=lambda: str(uuid4()))
    function_name: str = "local"
    function_version: str = "$LATEST"
    memory_limit_in_mb: int = 1769
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:123456789012:function:local"
    deadline: float = field(default_factory=lambda: time.monotonic() + 60)

    def get_remaining_time_in_millis(self) -> int:
        """Say how long the invocation may still take."""
        return max(0, int((self.deadline - time.monotonic()) * 1000))


def variables(catalog: str, aws: str) -> dict[str, str]:
    """List the environment variables that point the connector, and boto3 and the AWS CLI, at these two URLs."""
    return {
        "ATLAN_BASE_URL": catalog,
        "ATLAN_API_KEY": KEY,
        "DEPLOYMENT": "local",
        "RATE_LIMIT": "60000",
        "AWS_ENDPOINT_URL": aws,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
    }


def load(environment: dict[str, str]) -> Handle:
    """
    Import the handler in this environment, and give it back as a function of the event alone.

    The import takes some seconds, nearly all of them pyatlan's. Metrics are switched off: they are lines on stdout
    that only CloudWatch reads. No proxy is asked for what is on this machine.
    """
    os.environ.update(environment, POWERTOOLS_METRICS_DISABLED="true", no_proxy="127.0.0.1,localhost")
    handler = importlib.import_module("handler").lambda_handler
    return lambda event: handler(event, Context())


@contextmanager
def screen() -> Iterator[tuple[Console, Path]]:
    """
    Give the console for people, and the log: a file that takes what others write to stdout, while this lasts.

    The handler logs to stdout, in JSON, as Lambda wants it.
    """
    console = Console(file=sys.stdout, highlight=False)
    with (
        tempfile.NamedTemporaryFile("w", 1, prefix="connector-", suffix=".log", encoding="utf-8") as log,
        redirect_stdout(log),
    ):
        yield console, Path(log.name)
