"""Runs the handler as Lambda does: in its environment, with a context, and a log file. Used by every command."""

import importlib
import json
import os
import shlex
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from io import TextIOWrapper
from pathlib import Path
from typing import Any

from rich.console import Console

from local.aws.context import Context
from local.commands.display.printable import Screen
from local.commands.stack import SECRET

Handle = Callable[[dict[str, Any]], dict[str, Any]]


class Log:
    """
    The handler's log: JSON lines in a file.

    The response to an SQS batch has only the failed messages, so the outcome of each notification is read from the log.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._read = 0

    def endings(self) -> list[dict[str, Any]]:
        """Return the closing lines that were written since the last call, with all their fields."""
        with self.path.open("rb") as file:
            file.seek(self._read)
            written = file.read()
        whole = written[: written.rfind(b"\n") + 1]
        self._read += len(whole)
        lines = [_json(line) for line in whole.splitlines()]
        return [line for line in lines if str(line.get("message")).startswith(("notification.", "sweep."))]


def load(environment: dict[str, str]) -> Handle:
    """
    Import the handler in this environment, and return it as a function of the event alone.

    The import takes a few seconds, mostly for pyatlan. The key is read from Secrets Manager, as in Lambda. Metrics are
    switched off: they are lines on stdout that only CloudWatch reads. No proxy is used for local addresses.
    """
    os.environ.update(
        environment,
        ATLAN_API_KEY_SECRET=SECRET,
        POWERTOOLS_METRICS_DISABLED="true",
        POWERTOOLS_LOG_LEVEL="INFO",
        POWERTOOLS_DEV="false",
        no_proxy="127.0.0.1,localhost",
    )
    handler = importlib.import_module("handler").lambda_handler
    return lambda event: handler(event, Context())


def python() -> str:
    """Return the command of the interpreter that runs, for the shell; below the working directory it is relative."""
    path = Path(sys.executable)
    return shlex.quote(str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path))


@contextmanager
def screen() -> Iterator[tuple[Console, Log]]:
    """
    Yield the console for the user, and the log: a file that captures everything else written to stdout.

    The handler logs to stdout in JSON, as Lambda needs it.
    """
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a terminal that is not of UTF-8 shows what it can
    console = Screen(file=sys.stdout, highlight=False, markup=False, emoji=False)
    with (
        tempfile.NamedTemporaryFile("w", 1, prefix="connector-", suffix=".log", encoding="utf-8") as file,
        redirect_stdout(file),
    ):
        yield console, Log(Path(file.name))


def _json(line: bytes) -> dict[str, Any]:
    """Read a line of the log; return {} if it is not JSON, since it is then not from the handler."""
    try:
        found = json.loads(line)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
