"""`check`: says what is in order around the connector, what is not, and what cannot be told; nothing is written."""

from argparse import Namespace
from collections import Counter
from collections.abc import Iterable
from typing import Final

from connector import app, deployed
from connector.adapters.stack import Stack
from connector.commands import diagnoses
from connector.commands.output import Output
from connector.core import inspection
from connector.core.diagnosis import Diagnosis, Status, of_error, worst
from connector.errors import ConfigurationError, ConnectorError

_STATUSES: Final = {Status.OK: 0, Status.WARNING: 0, Status.UNKNOWN: 3, Status.ERROR: 1}
"""The exit status of the worst diagnosis; a wrong setting has that of every command."""

USAGE: Final = 2


def run(options: Namespace, output: Output) -> int:
    """Check, and return 0 if nothing is wrong, 1 if something is, 2 for settings, and 3 if something cannot be told."""
    status = 0
    try:
        with output.waiting("Checking…"):
            found = _deployed(options) if options.deployed else _here(options)
    except ConfigurationError as error:
        found, status = inspection.configuration(error.source, error.faults), USAGE
    show(found, output)
    return status or _STATUSES[worst(found)]


def show(found: Iterable[Diagnosis], output: Output) -> None:
    """Print how many there are of each status, and then all, the worst first."""
    ordered = sorted(found, key=lambda one: list(Status).index(one.status))
    counts = Counter(one.status for one in ordered)
    told = [f"{counts[kind]} {_word(kind, counts[kind])}" for kind in Status if counts[kind]]
    output.line((", ".join(told), "bold"))
    diagnoses.show(ordered, output)
    output.document({"result": worst(ordered).value, "checks": [one.document() for one in ordered]})


def _deployed(options: Namespace) -> list[Diagnosis]:
    app.environment()  # of AWS
    return deployed.check(options.deployed, Stack(options.deployed), options.routes)


def _here(options: Namespace) -> list[Diagnosis]:
    try:
        return app.build(options.routes).check()
    except ConfigurationError:
        raise
    except ConnectorError as error:  # of the secret, without which nothing else can be checked
        return [of_error("API key", error)]


def _word(status: Status, number: int) -> str:
    plural = "s" if number > 1 and status in (Status.ERROR, Status.WARNING) else ""
    return f"{status.value}{plural}"
