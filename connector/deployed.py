"""
Checks a deployed stack: that it is whole, that its queue invokes the function, and what the function itself finds.

`connector.app` builds it for `check --deployed`. The function runs `connector.check` under its own role.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, Protocol

from connector import routesfile
from connector.core import diagnosis
from connector.core.diagnosis import Diagnosis, Status, of_error, of_text, ok, wrong
from connector.core.inspection import EVENT, configuration
from connector.errors import ConfigurationError, ConnectorError, ForbiddenError

_WHOLE: Final = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "IMPORT_COMPLETE")


class Stack(Protocol):
    """A stack of CloudFormation; see `connector.adapters.stack`."""

    def outputs(self) -> tuple[str, Mapping[str, str]]:
        """Return the status of the stack, and its outputs."""

    def sources(self, function: str) -> list[str]:
        """Return the state of each event source of the function."""

    def ask(self, function: str, event: Mapping[str, Any]) -> Any:
        """Invoke the function, and return its answer."""


def check(name: str, stack: Stack, routes: Path | None) -> list[Diagnosis]:
    """Check the stack *name*; the buckets of *routes*, if it is given, have to be those of the stack."""
    thing = f"stack {name}"
    try:
        status, outputs = stack.outputs()
    except ConnectorError as error:
        return [of_error(thing, error)]
    function = outputs.get("FunctionAlias", "")
    if not function:
        fact = "it has no output FunctionAlias, so it is another stack, or of an earlier version"
        return [wrong(thing, fact, "give the name of the connector's stack, or deploy it again")]
    return [
        *_whole(thing, status),
        *(_routes(routes, outputs.get("Buckets", "")) if routes else ()),
        *_source(stack, function),
        *_asked(stack, function),
    ]


def _whole(thing: str, status: str) -> Iterator[Diagnosis]:
    if status in _WHOLE:
        yield ok(thing, f"it is {status}")
    else:
        yield wrong(thing, f"it is {status}", "see its events in CloudFormation, and deploy it again")


def _routes(path: Path, buckets: str) -> list[Diagnosis]:
    """Compare the buckets of a routes file with those whose notifications the stack receives."""
    try:
        routesfile.load(path, buckets.split(","))
    except ConfigurationError as error:
        return configuration(error.source, error.faults)
    except OSError as error:
        return [wrong("routes file", f"{path} cannot be read ({error.strerror})", "correct --routes")]
    return [ok("routes file", f"{path.name} is for the buckets of the stack: {buckets}")]


def _source(stack: Stack, function: str) -> Iterator[Diagnosis]:
    thing = "event source"
    try:
        states = stack.sources(function)
    except ForbiddenError as error:
        yield of_text(Status.UNKNOWN, thing, str(error), "grant the permission")
        return
    except ConnectorError as error:
        yield of_error(thing, error)
        return
    if states and all(state in ("Enabled", "Enabling", "Updating") for state in states):
        yield ok(thing, "the queue invokes the function")
    else:
        told = ", ".join(states) or "absent"
        step = "enable the trigger of the function in the Lambda console, or deploy the stack again"
        yield wrong(thing, f"the queue does not invoke the function: its trigger is {told}", step)


def _asked(stack: Stack, function: str) -> Iterator[Diagnosis]:
    try:
        answer = stack.ask(function, EVENT)
        yield from map(diagnosis.read, answer["check"])
    except ConnectorError as error:
        fact, _, said = str(error).partition("\n")
        yield of_text(Status.ERROR, "function", fact, "see the log of the function")
        yield from configuration("function", [line.strip(" -") for line in said.splitlines() if line.strip()])
    except (LookupError, TypeError, ValueError):
        fact = "its answer is not that of a check, so it is of an earlier version"
        yield wrong("function", fact, "build and deploy the stack again")
