"""`connection`: finds the S3 connection for the routes file, or creates it; `--list` shows what routes can name."""

from argparse import Namespace
from collections.abc import Iterator, Sequence
from typing import Final

from connector import app
from connector.adapters.atlan.connections import Connections
from connector.commands.output import Output, Part
from connector.core import inventory
from connector.core.inventory import S3, Connection, Database, Entry, Schema

LIMIT: Final = 50
"""Databases of a connection, and schemas of a database, that are listed at most."""


def run(options: Namespace, output: Output) -> int:
    """Print the line for the routes file, or the list; an error of ours is for the caller."""
    atlan = app.connections(app.environment())
    if options.list:
        _list(options, output, atlan)
    else:
        _find(options, output, atlan)
    return 0


def _find(options: Namespace, output: Output, atlan: Connections) -> None:
    with output.waiting("Looking for the S3 connection…"):
        s3 = atlan.s3()
    found = inventory.named(s3, options.name) if options.name else inventory.only(s3)
    created = found is None
    if found is None:
        with output.waiting(f"Creating the S3 connection {options.name}, which takes a few seconds…"):
            found = atlan.create(options.name, options.admin)
    output.line("connection: ", (found.qualified_name, "bold"))
    output.document({"connection": found.qualified_name, "name": found.name, "created": created})
    if created:
        _explain(options, output, found)


def _explain(options: Namespace, output: Output, created: Entry) -> None:
    admins = " and ".join(("the API key's user", *options.admin))
    output.note((f"Created the S3 connection {created.name}. Its admins: {admins}.", "green"))
    if not options.admin:
        output.note(
            "Nobody else can see it in Atlan until an admin adds them; --admin USER does so for a new connection."
        )


def _list(options: Namespace, output: Output, atlan: Connections) -> None:
    with output.waiting("Reading connections, databases and schemas…"):
        found, unread = atlan.inventory(options.connector or "")
        shown = list(inventory.bounded(inventory.narrowed(found, options.filter or ""), options.limit or LIMIT))
        shown = list(inventory.counted(shown, atlan.tables(inventory.schemas(shown))))
    for title, section in (
        ("S3 connections, for `connection`", [one for one in shown if one.connector == S3]),
        ("Connections with tables, for `source` and `target`", [one for one in shown if one.connector != S3]),
    ):
        if section:
            output.line((title, "bold"))
            for line in _lines(section):
                output.line(*line)
    if not shown:
        output.note("Atlan has nothing like this that the API key may read.")
    if unread:
        output.note((f"{unread} more assets were not read; narrow the list with --connector.", "yellow"))
    output.document({"connections": [_document(one) for one in shown], "not_read": unread})


_Line = tuple[Part, ...]


def _lines(connections: Sequence[Connection]) -> Iterator[_Line]:
    """Draw the tree: names on the left, qualified names on the right, in one column."""
    rows = [row for connection in connections for row in _rows(connection)]
    width = max(len(label) for label, _, _ in rows)
    for label, qualified_name, fact in rows:
        yield (f"{label:<{width}}  ", (qualified_name, "cyan"), (f"  {fact}" if fact else "", "dim"))


def _rows(connection: Connection) -> Iterator[tuple[str, str, str]]:
    """Yield label, qualified name and a fact of a connection and all that is below it."""
    yield f"  {connection.name}", connection.qualified_name, ""
    for database in connection.databases:
        yield f"    {database.name}", database.qualified_name, ""
        for schema in database.schemas:
            yield f"      {schema.name}", schema.qualified_name, _many(schema.tables, "table")
        if database.more:
            yield f"      … {_many(database.more, 'more schema')}", "", "--filter TEXT, or --limit N"
    if connection.more:
        yield f"    … {_many(connection.more, 'more database')}", "", "--filter TEXT, or --limit N"


def _many(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def _document(part: Connection | Database | Schema) -> dict[str, object]:
    """Return a part of the tree as data."""
    names = {"qualified_name": part.qualified_name, "name": part.name}
    match part:
        case Connection():
            databases = [_document(database) for database in part.databases]
            return names | {"connector": part.connector, "databases": databases, "more_databases": part.more}
        case Database():
            return names | {"schemas": [_document(schema) for schema in part.schemas], "more_schemas": part.more}
    return names | {"tables": part.tables}
