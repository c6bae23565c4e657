"""`sweep`: compares a bucket with the catalog, shows what it would do, and does it."""

from argparse import Namespace
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, Final

from connector import app
from connector.app import Application
from connector.commands.output import Output
from connector.commands.progress import Bar
from connector.core import order
from connector.core.diagnosis import explain
from connector.core.drift import Drift
from connector.core.tally import Tally
from connector.errors import ConfigurationError, MalformedError, RefusedError, TransientError
from connector.inline import Progress
from connector.runner import Forecast

FAILED: Final = 1
SHOWN: Final = 10
"""Failures that are printed; the log file has all."""

PART: Final = 50
"""Processes of others that are retired together."""

_TOLD: Final = {
    "twice": "names that two assets have; delete one of each in Atlan",
    "undecided": "pairs of which S3 could not be asked whether they have an object; they are left as they are",
}


def run(options: Namespace, output: Output) -> int:
    """Sweep, and return 1 if something failed; an error of ours is for the caller."""
    try:
        scope = order.scope(options.place)
    except MalformedError as error:
        raise ConfigurationError("the command line", [str(error)]) from error
    application = app.build(options.routes)
    forecast = _forecast(application, scope, output)
    _show(forecast, output)
    document = _document(forecast) | {"dry_run": options.dry_run}
    if options.foreign or options.adopt:
        document |= _foreign(application, scope, options, output)
    if options.dry_run:
        output.document(document)
        return 0
    hints = application.runner.hints(forecast, options.max_retired, _waiting(output))
    if options.queue:
        sent = application.send(hints)
        output.line(f"sent {sent:,} hints to the queue")
        output.document(document | {"sent": sent})
        return 0
    progress = _apply(application, forecast, hints, output)
    output.document(document | _ended(progress))
    return FAILED if progress.failed else 0


def _forecast(application: Application, scope: order.Scope, output: Output) -> Forecast:
    """
    Count what there is to do.

    Raises:
        ConfigurationError: no route names the bucket, and there is no lineage of ours to remove: the name may be wrong.
    """
    unrouted = scope.bucket not in application.buckets
    try:
        with Bar(output, "Comparing") as bar:
            forecast = application.runner.forecast(
                scope, lambda tally: bar.at(tally.counts["listed"], None, "objects"), _waiting(output)
            )
        lost = unrouted and not forecast.tally.hints
    except RefusedError:
        if not unrouted:
            raise
        lost = True
    if lost:
        routed = ", ".join(application.buckets)
        raise ConfigurationError(
            "the routes file",
            [f"no route names the bucket {scope.bucket}; its routes name {routed}; correct the name, or add a route"],
        )
    return forecast


def _apply(application: Application, forecast: Forecast, hints: Iterator[order.Drifted], output: Output) -> Progress:
    total = forecast.tally.hints
    with Bar(output, "Applying") as bar:
        bar.at(0, total, "hints")

        def tell(progress: Progress) -> None:
            waiting = f"{progress.waiting:,} to try again, " if progress.waiting else ""
            pace = f"{application.pace:.0f} of {application.rate:.0f} requests a minute"
            bar.at(progress.done + len(progress.failed), total, f"hints, {waiting}{pace}")

        progress = application.apply(hints, tell)
    output.line(f"applied {progress.done:,} of {total:,}" if total else "in sync")
    for hint, why in islice(progress.failed, SHOWN):
        output.line(("failed ", "bold red"), str(hint), f": {why}")
    if len(progress.failed) > SHOWN:
        output.line(f"… and {len(progress.failed) - SHOWN:,} more that failed; --log-file FILE has all")
    first = next((hint for hint, _ in progress.failed if isinstance(hint, order.ObjectHint)), None)
    if first:
        output.line("next: see what is wrong with one of them: ", (explain(first.bucket, first.key), "cyan"))
    return progress


def _waiting(output: Output) -> Callable[[TransientError, float], None]:
    return lambda error, seconds: output.note(("waiting: ", "yellow"), f"{error}; it goes on in {seconds:.0f} s")


def _foreign(application: Application, scope: order.Scope, options: Namespace, output: Output) -> dict[str, Any]:
    """List lineage of others, and retire it if that is asked for; parts of it, so that memory is constant."""
    processes, found, retired = application.foreign.processes(scope), list[str](), 0
    while part := list(islice(processes, PART)):
        for linked in part:
            output.line(("  of others      ", "cyan"), linked.name.qualified_name)
        found += [linked.name.qualified_name for linked in part]
        if options.adopt and not options.dry_run:
            retired += application.adopt([linked.name for linked in part])
    output.line(f"  {len(found):,} processes of others, {retired:,} retired with their column processes")
    return {"foreign": found, "adopted": retired}


def _show(forecast: Forecast, output: Output) -> None:
    """Print the plan: what would be done, by kind and route, with examples."""
    counts, tally = forecast.tally.counts, forecast.tally
    output.line(
        (f"{forecast.scope}", "bold"),
        f": {counts['listed']:,} objects in S3, {counts['cataloged']:,} in Atlan, with {counts['pairs']:,} "
        f"{'pair' if counts['pairs'] == 1 else 'pairs'} of tables",
    )
    for drift in Drift:
        routes = sorted((route, number) for (kind, route), number in tally.found.items() if kind is drift)
        for route, number in routes:
            output.line(("  " + f"{drift.value:<15}", "cyan"), f"{number:>10,}  ", (route or "on no route", "dim"))
        for example in tally.examples.get(drift, ()):
            output.line((f"{'':<31}{example}", "dim"))
    for what, words in _TOLD.items():
        if counts[what]:
            output.line((f"  {counts[what]:,} {words}:", "yellow"))
            for example in tally.examples[what]:
                output.line((f"{'':<31}{example}", "dim"))
    if not tally.hints:
        output.line("  nothing to do: the catalog is in sync with S3")


def _document(forecast: Forecast) -> dict[str, Any]:
    tally: Tally = forecast.tally
    return {"scope": str(forecast.scope), **tally.fields(), "examples": dict(tally.examples)}


def _ended(progress: Progress) -> dict[str, Any]:
    failed = [{"hint": str(hint), "error": why} for hint, why in progress.failed]
    return {"applied": progress.done, "failed": failed}
