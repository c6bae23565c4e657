"""Prints diagnoses: the status and the thing, the fact, and below it the next step."""

from collections.abc import Iterable
from typing import Final

from connector.commands.output import Output
from connector.core.diagnosis import Diagnosis, Status

WIDTH: Final = 13
_STYLES: Final = {
    Status.ERROR: "bold red",
    Status.WARNING: "yellow",
    Status.UNKNOWN: "magenta",
    Status.OK: "green",
}


def show(diagnoses: Iterable[Diagnosis], output: Output) -> None:
    """Print each diagnosis."""
    for one in diagnoses:
        output.item((one.status.value, _STYLES[one.status]), f"{one.thing}: {one.fact}", WIDTH)
        if one.step:
            output.item("", f"next: {one.step}", WIDTH)
        for command in one.commands:
            output.line(" " * (WIDTH + 2), (command, "cyan"))
