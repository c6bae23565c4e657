"""
What the commands `explain` and `check` say: what is examined, what was found, and the next step.

`connector.core.verdict` and `connector.core.inspection` make diagnoses, and `connector.commands` prints them.
"""

import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from connector.errors import ConnectorError, TransientError


class Status(StrEnum):
    """What a diagnosis means for the connector; the worst comes first."""

    ERROR = "error"
    UNKNOWN = "cannot tell"
    WARNING = "warning"
    OK = "ok"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """
    One thing, the fact about it, and the next step; a thing that is in order needs no step.

    `commands` belong to the step, and are shown so that they can be copied.
    """

    status: Status
    thing: str
    fact: str
    step: str = ""
    commands: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        """Return it for JSON; see `read`."""
        told = {"status": self.status.value, "thing": self.thing, "fact": self.fact, "next": self.step}
        return told | {"commands": list(self.commands)}


def read(document: Any) -> Diagnosis:
    """
    Read what `Diagnosis.document` returned.

    Raises:
        ValueError: it is something else.
    """
    match document:
        case {
            "status": str(status),
            "thing": str(thing),
            "fact": str(fact),
            "next": str(step),
            "commands": list(commands),
        }:
            return Diagnosis(Status(status), thing, fact, step, tuple(map(str, commands)))
    raise ValueError("not a diagnosis")


def ok(thing: str, fact: str) -> Diagnosis:
    """Say that a thing is in order."""
    return Diagnosis(Status.OK, thing, fact)


def wrong(thing: str, fact: str, step: str, *commands: str) -> Diagnosis:
    """Say that a thing keeps the connector from its work."""
    return Diagnosis(Status.ERROR, thing, fact, step, commands)


def doubtful(thing: str, fact: str, step: str, *commands: str) -> Diagnosis:
    """Say that a thing may be intended, and is a fault if it is not."""
    return Diagnosis(Status.WARNING, thing, fact, step, commands)


def untold(thing: str, fact: str, step: str, *commands: str) -> Diagnosis:
    """Say that it could not be found out whether a thing is in order."""
    return Diagnosis(Status.UNKNOWN, thing, fact, step, commands)


def worst(diagnoses: Iterable[Diagnosis]) -> Status:
    """Return the worst status; that of nothing is ok."""
    found = {diagnosis.status for diagnosis in diagnoses}
    return next((status for status in Status if status in found), Status.OK)


def explain(bucket: str, key: str) -> str:
    """Return the command that explains an object, as a shell takes it."""
    return f"python -m connector explain {shlex.quote(f's3://{bucket}/{key}')}"


def of_text(status: Status, thing: str, text: str, step: str) -> Diagnosis:
    """Divide a message of the connector: the fact is followed by the step; *step* is for one that has none."""
    fact, semicolon, rest = text.partition("; ")
    return Diagnosis(status, thing, fact, rest if semicolon else step)


def of_error(thing: str, error: ConnectorError) -> Diagnosis:
    """Make a diagnosis of an error."""
    later = isinstance(error, TransientError)
    return of_text(Status.ERROR, thing, str(error), "run the command again in a minute" if later else "see the error")


CHECK: Final = "python -m connector check"
"""The command that looks at everything around the connector."""


def deployed(stack: str = "STACK") -> str:
    """Return the command that asks the function of a stack."""
    return f"{CHECK} --deployed {stack}"


def bridge(bucket: str) -> str:
    """Return the command that switches EventBridge on for a bucket."""
    return f"make eventbridge BUCKET={bucket} TURN=on"
