"""`python -m local table NAME COLUMN…`: makes a table in the catalog of `serve`, as crawlers do in production."""

import csv
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path

from pyatlan.client.atlan import AtlanClient
from pyatlan.model.assets import Asset, Column, Connection, Database, Schema, Table
from pyatlan.model.enums import AtlanConnectorType
from pyatlan.model.fluent_search import FluentSearch

from local.commands import place, runtime
from local.commands.sample import pipeline

_EXAMPLE = "default/postgres/1700000001/shop/public/orders"


def run(options: Namespace) -> int:
    """
    Make the table with its columns, and its connection, database and schema if they do not exist.

    Raises:
        SystemExit: the name or the columns are wrong, or no `serve` runs; says what to do.
    """
    with runtime.screen() as (console, _):
        columns = list(dict.fromkeys([*options.columns, *(_header(options.csv) if options.csv else ())]))
        parts = options.name.split("/")
        if len(parts) != len(_EXAMPLE.split("/")) or not all(parts):
            raise SystemExit(f"{options.name}: not the qualified name of a table, as in {_EXAMPLE}")
        if not all(columns) or not columns:
            raise SystemExit(f"{options.name}: give the names of its columns, or --csv FILE, whose header has them")
        atlan = place.running().atlan
        connection(atlan, "/".join(parts[:3]))
        make(atlan, options.name, columns)
        console.print(f"{options.name}: {len(columns)} column{'s' * (len(columns) != 1)}", soft_wrap=True)
    return 0


def connection(atlan: AtlanClient, qualified_name: str) -> None:
    """
    Save a connection, unless the catalog has it.

    Raises:
        SystemExit: Atlan has no such connector.
    """
    wanted = FluentSearch.select().where(FluentSearch.asset_type(Connection))
    if wanted.where(Connection.QUALIFIED_NAME.eq(qualified_name)).count(atlan):
        return
    kind = qualified_name.split("/")[1]
    found = next((connector for connector in AtlanConnectorType if connector.value == kind), None)
    if found is None:
        raise SystemExit(f"{qualified_name}: Atlan has no connector {kind}; names are as in {_EXAMPLE}")
    pipeline.connection(atlan, qualified_name, kind, found)


def make(atlan: AtlanClient, name: str, columns: Sequence[str]) -> None:
    """Save a table and its columns, after the database and the schema in which it is."""
    schema, _, table = name.rpartition("/")
    database, _, in_schema = schema.rpartition("/")
    at, _, in_database = database.rpartition("/")
    levels: list[list[Asset]] = [
        [Database.creator(name=in_database, connection_qualified_name=at)],
        [Schema.creator(name=in_schema, database_qualified_name=database)],
        [Table.creator(name=table, schema_qualified_name=schema)],
        [
            Column.creator(name=column, parent_qualified_name=name, parent_type=Table, order=order)
            for order, column in enumerate(columns, start=1)
        ],
    ]
    for level in levels:
        for start in range(0, len(level), pipeline.REQUEST):
            atlan.asset.save(level[start : start + pipeline.REQUEST])


def _header(file: Path) -> list[str]:
    """
    Read the names of columns from a file.

    Raises:
        SystemExit: it cannot be read, or has no header.
    """
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            return next(csv.reader(lines), [])
    except OSError as error:
        raise SystemExit(f"--csv {file}: {error.strerror}; give the path of a CSV file") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise SystemExit(f"--csv {file}: not a CSV file in UTF-8: {error}") from error
