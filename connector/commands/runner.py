"""
Runs a command: prepares output and log, and turns each error into a message and an exit status.

`connector.__main__` calls it.
"""

import os
from argparse import Namespace
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path
from typing import Final, TextIO

from connector import log
from connector.commands.output import Output
from connector.errors import (
    ConfigurationError,
    ConnectorError,
    CredentialsError,
    TransientError,
    UnauthorizedError,
    UnexpectedError,
    unexpected,
)

FAILED: Final = 1
USAGE: Final = 2
LATER: Final = 75
"""Trying again later helps. Source: sysexits.h, EX_TEMPFAIL."""


def run(options: Namespace) -> int:
    """Run the command that *options* name, and return its exit status; no error prints a stack trace."""
    output = Output(json=options.json)
    try:
        with ExitStack() as opened:
            opened.enter_context(log.redirected(opened.enter_context(_log(options.log_file))))
            return _run(options, output)
    except ConfigurationError as error:  # of the log file
        output.error(error)
        return USAGE


def _run(options: Namespace, output: Output) -> int:
    try:
        with output.waiting("Loading pyatlan, which takes a few seconds…"):
            command = import_module(f"connector.commands.{options.command}")
        status: int = command.run(options, output)
    except ConnectorError as error:
        return _failed(error, options, output)
    except Exception as error:  # noqa: BLE001 - it is logged with its stack trace
        return _failed(unexpected(error, said=log.shown(error)), options, output)
    return status


def _failed(error: ConnectorError, options: Namespace, output: Output) -> int:
    log.failed(options.command, error)
    output.error(error)
    if isinstance(error, UnexpectedError) and not options.log_file:
        output.note("For the stack trace, run the command again with --log-file FILE.")
    return status(error)


def status(error: ConnectorError) -> int:
    """Return the exit status of an error: whether it helps to try again later, or to change something first."""
    match error:
        case ConfigurationError():
            return USAGE
        case UnauthorizedError() | CredentialsError() | UnexpectedError():
            return FAILED
        case TransientError():
            return LATER
    return FAILED


def _log(path: Path | None) -> TextIO:
    """Open the log file, or a file that keeps nothing."""
    try:
        return Path(path or os.devnull).open("a", buffering=1, encoding="utf-8", errors="backslashreplace")
    except (OSError, ValueError) as error:
        words = error.strerror if isinstance(error, OSError) else "it is not a path"
        raise ConfigurationError(
            "--log-file", [f"{path}: it cannot be written ({words}); give another file"]
        ) from error
