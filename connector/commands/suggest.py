"""`suggest`: proposes a routes file for a bucket, and says what it covers and what it does not, and why."""

from argparse import Namespace
from pathlib import Path
from typing import Any, Final

from connector import app
from connector.adapters.atlan.connections import Connections
from connector.adapters.s3 import S3
from connector.commands.output import Output
from connector.commands.progress import Bar
from connector.core import inventory, order
from connector.core.suggest import file
from connector.core.suggest.bounds import Bounds
from connector.core.suggest.told import Covered, Sum, Uncovered, covered, total, uncovered
from connector.errors import ConfigurationError, MalformedError, MissingConnectionError
from connector.suggest import Suggesting, Suggestion

NOTHING: Final = 1
"""The exit status where no route is proposed."""

SHOWN: Final = 10
"""Kinds of keys without a route that are printed; --json has all."""


def run(options: Namespace, output: Output) -> int:
    """Propose, and return 1 if there is nothing to propose; an error of ours is for the caller."""
    try:
        scope = order.scope(options.place)
    except MalformedError as error:
        raise ConfigurationError("the command line", [str(error)]) from error
    _unwritten(options.output)
    atlan = app.connections(app.environment())
    suggesting = Suggesting(S3(), atlan.survey(), Bounds(options.limit, options.headers))
    with output.waiting("Reading connections and tables…"):
        connection = _connection(options, atlan)
        sides = atlan.sides()
        sources = suggesting.tables(options.source or sides[0], "--source")
        targets = suggesting.tables(options.target or sides[1], "--target")
    with Bar(output, "Listing") as bar:
        found = suggesting.suggest(scope, connection, (sources, targets), lambda done: bar.at(done, None, "objects"))
    _tell(found, (len(sources), len(targets)), scope, output)
    if found.text:
        _write(found, options.output, output)
    output.document(_document(found, str(scope)))
    return 0 if found.text else NOTHING


def _connection(options: Namespace, atlan: Connections) -> str:
    """
    Return the S3 connection for the routes file.

    Raises:
        AmbiguousConnectionError: there are several; --name chooses one.
        MissingConnectionError: there is none, or none of that name.
    """
    entry = inventory.named(atlan.s3(), options.name) if options.name else inventory.only(atlan.s3())
    if entry is None:
        raise MissingConnectionError(
            f"Atlan has no S3 connection {options.name}; to create it, run: "
            f"python -m connector connection --name {options.name}"
        )
    return entry.qualified_name


def _unwritten(path: Path | None) -> None:
    """
    Refuse a file that exists, before anything is read.

    Raises:
        ConfigurationError: there is something of this name.
    """
    if path and (path.exists() or path.is_symlink()):
        raise ConfigurationError("--output", [f"{path} exists, and is not overwritten; give another name"])


def _write(found: Suggestion, path: Path | None, output: Output) -> None:
    """
    Write the routes file, or print it.

    Raises:
        ConfigurationError: it cannot be written.
    """
    if path is None:
        for line in found.text.splitlines():
            output.line(line)
        return
    try:
        with path.open("x", encoding="utf-8") as opened:
            opened.write(found.text)
    except OSError as error:
        raise ConfigurationError(
            "--output", [f"{path}: it cannot be written ({error.strerror}); give another"]
        ) from error
    output.note(("wrote ", "green"), str(path))


def _tell(found: Suggestion, tables: tuple[int, int], scope: order.Scope, output: Output) -> None:
    """Say what is covered and what is not, to stderr, since stdout is the routes file."""
    output.note((str(scope), "bold"), f": {file.counted(found.whole)}")
    output.note(f"  compared with {tables[0]:,} tables as sources and {tables[1]:,} as targets")
    for remark in found.remarks:
        output.note((f"  {remark}", "yellow"))
    for one in covered(found.made):
        output.note(("  " + f"{one.name:<15}", "cyan"), f"{one.sum.objects:>10,}  {one.key}")
    left = uncovered(found.made)
    for open_ in left[:SHOWN]:
        output.note(("  " + f"{'not covered':<15}", "yellow"), f"{open_.sum.objects:>10,}  {open_.example}")
        output.note((f"{'':<29}{open_.why}", "dim"))
        for ends in open_.options[:SHOWN]:
            output.note((f"{'':<31}{' → '.join(end or 'none' for end in ends)}", "dim"))
    if len(left) > SHOWN:
        output.note(f"  … and {len(left) - SHOWN:,} more kinds of keys that are not covered; --json has all")
    if found.text:
        output.note((f"covers {file.share(found.made, found.whole)}", "bold"))
    else:
        output.note(("no routes proposed: ", "bold red"), _next(found, tables))


def _next(found: Suggestion, tables: tuple[int, int]) -> str:
    """Say what to do where no route is proposed."""
    if not found.whole.objects:
        return "there is no object; check the bucket and the prefix"
    if not any(tables):
        return "Atlan has no tables that the API key may read; let a crawler run, or give --source and --target"
    if any(one.options for one in uncovered(found.made)):
        return "the keys can mean several tables; name the right database or schema with --source and --target"
    return "no key names a table; write the routes by hand: python -m connector connection --list has the names"


def _document(found: Suggestion, place: str) -> dict[str, Any]:
    part = total(found.made.stems[index] for index in found.made.covered)
    return {
        "place": place,
        **_sum(found.whole),
        "last": found.last or None,
        "not_looked_at": found.beyond,
        "headers_read": found.headers,
        "covered": _sum(part),
        "routes": [_route(one) for one in covered(found.made)],
        "not_covered": [_left(one) for one in uncovered(found.made)],
        "yaml": found.text or None,
    }


def _sum(what: Sum) -> dict[str, int]:
    return {"objects": what.objects, "bytes": what.size}


def _route(one: Covered) -> dict[str, Any]:
    ends = {"source": one.source, "target": one.target}
    return {"name": one.name, "key": one.key, **ends, **_sum(one.sum), "pairs": one.pairs, "example": one.example}


def _left(one: Uncovered) -> dict[str, Any]:
    options = [{"source": source, "target": target} for source, target in one.options]
    return {"example": one.example, "key": one.key, **_sum(one.sum), "why": str(one.why), "options": options}
