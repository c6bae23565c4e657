"""`explain`: says why an object is in the catalog as it is, or is not; nothing is written."""

from argparse import Namespace
from typing import Final

from connector import app
from connector.commands import diagnoses
from connector.commands.output import Output
from connector.core import order
from connector.core.document import document
from connector.core.explanation import Explained
from connector.core.route import Routes
from connector.core.sections import sections
from connector.core.state import state
from connector.core.verdict import flux, verdict
from connector.errors import ConfigurationError, ConnectorError, MalformedError, TransientError

FAILED: Final = 1
LATER: Final = 75
"""As in `connector.commands.runner`."""

WIDTH: Final = 12
"""Columns of a label."""


def run(options: Namespace, output: Output) -> int:
    """Explain an object; return 0 if the catalog has it as it should be, and 1 or 75 if it has not."""
    bucket, key = _place(options.place)
    application = app.build(options.routes)
    with output.waiting("Reading S3 and Atlan…"):
        explained = application.explain(bucket, key)
    show(explained, application.routes, output)
    return 0 if state(explained).settled else _status(explained)


def show(explained: Explained, routes: Routes, output: Output) -> None:
    """Print the verdict, and below it all that was read."""
    found, others = verdict(explained, routes), flux(explained, routes.connection)
    output.line((f"s3://{explained.hint.bucket}/{explained.hint.key}", "bold"))
    output.line((f"{state(explained).value}:", "bold"))
    diagnoses.show(found, output)
    for section in sections(explained, routes):
        output.line()
        output.line((section.title, "bold"))
        for label, text in section.lines:
            output.item((f"  {label}", "dim"), text, max(WIDTH, len(label) + 4))
    output.line()
    diagnoses.show(others, output)
    output.line(("Nothing was written: explain only reads, and does not take the lease.", "dim"))
    output.document(document(explained, routes, found, others) | {"state": state(explained).value})


def _place(text: str) -> tuple[str, str]:
    try:
        scope = order.scope(text)
    except MalformedError:
        scope = order.Scope("")
    if not scope.bucket or not scope.prefix:
        raise ConfigurationError("the command line", [f"{text[:200]!r} is no object; give s3://BUCKET/KEY"])
    return scope.bucket, scope.prefix


def _status(explained: Explained) -> int:
    errors = [one for one in (explained.stat, explained.draft, explained.contents) if isinstance(one, ConnectorError)]
    return LATER if any(isinstance(error, TransientError) for error in errors) else FAILED
