"""
The sample data: flights out of New York, exported from PostgreSQL to a bucket and loaded into Snowflake.

`serve`, `invoke` and `demo` create it through the real pyatlan client and boto3. The packaged routes file of the
connector maps these keys to these tables.
"""

import csv
import gzip
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from pyatlan.client.atlan import AtlanClient
from pyatlan.model.assets import Asset, Column, Connection, Database, Schema, Table
from pyatlan.model.enums import AtlanConnectorType
from pyatlan.model.fluent_search import FluentSearch

S3 = "default/s3/1700000000"
POSTGRES = "default/postgres/1700000001"
SNOWFLAKE = "default/snowflake/1700000002"
BUCKET = "nycflights-exports"
DATA = Path(__file__).parents[2] / "data"

FILES = {
    "exports/nycflights/airlines.csv": "airlines.csv",
    "exports/nycflights/airports.csv": "airports.csv",
    "exports/nycflights/planes.csv": "planes.csv",
    "exports/nycflights/flights/2013-01-01.csv": "flights-2013-01-01.csv",
    "exports/nycflights/flights/2013-01-02.csv": "flights-2013-01-02.csv",
    "exports/nycflights/flights/2013-01-03.csv": "flights-2013-01-03.csv",
}
TABLES = ("airlines", "airports", "flights", "planes")
LOADED = "_LOADED_AT"

_CONNECTIONS = {
    S3: ("exports", AtlanConnectorType.S3),
    POSTGRES: ("operations", AtlanConnectorType.POSTGRES),
    SNOWFLAKE: ("analytics", AtlanConnectorType.SNOWFLAKE),
}
REQUEST = 50  # assets per request; Atlan's documentation recommends 20 to 50


@dataclass(frozen=True, slots=True)
class Side:
    """One end of the pipeline: the location of its tables, and the spelling of names and types in its database."""

    connection: str
    database: str
    schema: str
    upper: bool
    types: dict[type, str]

    @property
    def path(self) -> str:
        """The qualified name of the schema."""
        return f"{self.connection}/{self.database}/{self.schema}"

    def name(self, text: str) -> str:
        """Spell a table's or a column's name."""
        return text.upper() if self.upper else text

    def columns(self, table: str) -> tuple[tuple[str, str], ...]:
        """List a table's columns as (name, data type), in order; Snowflake's loader adds one."""
        read = tuple((self.name(name), self.types[kind]) for name, kind in header(table))
        return (*read, (LOADED, self.types[datetime])) if self.upper else read


SOURCE = Side(
    POSTGRES,
    "nyc",
    "nycflights",
    upper=False,
    types={int: "integer", float: "double precision", datetime: "timestamp with time zone", str: "text"},
)
TARGET = Side(
    SNOWFLAKE,
    "ANALYTICS",
    "NYCFLIGHTS",
    upper=True,
    types={int: "NUMBER(38,0)", float: "FLOAT", datetime: "TIMESTAMP_TZ", str: "VARCHAR"},
)


def connect(url: str, key: str) -> AtlanClient:
    """Return a pyatlan client of the catalog at *url*, without any proxy of the environment."""
    return AtlanClient(base_url=url, api_key=key, proxy=None)  # type: ignore[no-untyped-call]


def stock(atlan: AtlanClient) -> bool:
    """Save connections, schemas, tables and columns, unless the catalog has all tables; return whether it saved any."""
    if _tables(atlan) == len(TABLES) * 2:
        return False
    for qualified_name, (name, kind) in _CONNECTIONS.items():
        connection(atlan, qualified_name, name, kind)
    for level in _levels():
        for start in range(0, len(level), REQUEST):
            atlan.asset.save(list(level[start : start + REQUEST]))
    return True


def connection(atlan: AtlanClient, qualified_name: str, name: str, kind: AtlanConnectorType) -> None:
    """Save a connection, of which every administrator is one."""
    role = atlan.role_cache.get_id_for_name("$admin")
    made = Connection.creator(client=atlan, name=name, connector_type=kind, admin_roles=[str(role)])
    made.qualified_name = qualified_name
    atlan.asset.save(made)


def upload(s3: Any, keys: Iterable[str] = FILES) -> None:
    """Put the files of these keys into the bucket."""
    for key in keys:
        s3.put_object(Bucket=BUCKET, Key=key, Body=body(key), ContentType="text/csv")


def replace(s3: Any) -> None:
    """Replace three files: planes by three of its columns, a day by itself compressed, and one without its header."""
    first, _, third = (key for key in FILES if exported(key) == "flights")
    (planes,) = (key for key in FILES if exported(key) == "planes")
    fewer = io.StringIO(newline="")
    rows = csv.reader(body(planes).decode().splitlines())
    csv.writer(fewer, lineterminator="\n").writerows(row[:3] for row in rows)
    bodies = {
        planes: fewer.getvalue().encode(),
        first: gzip.compress(body(first)),
        third: body(third).partition(b"\n")[2],
    }
    for key, data in bodies.items():
        s3.put_object(Bucket=BUCKET, Key=key, Body=data, ContentType="text/csv")


def body(key: str) -> bytes:
    """Return the sample file of a key; for another key of the same table, its first rows; else, a minimal CSV."""
    if key in FILES:
        return (DATA / FILES[key]).read_bytes()
    table = exported(key)
    return b"\n".join(_file(table).read_bytes().split(b"\n")[:4]) if table in TABLES else b"a\n"


def exported(key: str) -> str:
    """Return the table that a key of either bucket exports."""
    return key.removeprefix("exports/nycflights/").split("/")[0].removesuffix(".csv")


@cache
def header(table: str) -> tuple[tuple[str, type], ...]:
    """Read the columns of a table from the first file that exports it, as (name, Python type)."""
    with _file(table).open(encoding="utf-8", newline="") as lines:
        names, *rows = csv.reader(lines)
    return tuple((name, _kind([row[place] for row in rows])) for place, name in enumerate(names))


def _file(table: str) -> Path:
    return DATA / next(file for key, file in FILES.items() if exported(key) == table)


def _kind(values: Iterable[str]) -> type:
    """Find the narrowest of int, float, datetime and str that holds all values; NA is R's null."""
    known = [value for value in values if value not in ("NA", "")]
    for kind, parse in ((int, int), (float, float), (datetime, datetime.fromisoformat)):
        if all(_parses(parse, value) for value in known):
            return kind
    return str


def _parses(parse: Any, value: str) -> bool:
    try:
        parse(value)
    except ValueError:
        return False
    return True


def _tables(atlan: AtlanClient) -> int:
    names = [f"{side.path}/{side.name(table)}" for side in (SOURCE, TARGET) for table in TABLES]
    found = FluentSearch.select().where(FluentSearch.asset_type(Table)).where(Table.QUALIFIED_NAME.within(names))
    return found.count(atlan)


def _levels() -> Iterator[Sequence[Asset]]:
    """Yield groups of assets that can be saved together, each after its parents."""
    sides = (SOURCE, TARGET)
    yield [Database.creator(name=side.database, connection_qualified_name=side.connection) for side in sides]
    yield [
        Schema.creator(name=side.schema, database_qualified_name=f"{side.connection}/{side.database}") for side in sides
    ]
    yield [Table.creator(name=side.name(table), schema_qualified_name=side.path) for side in sides for table in TABLES]
    yield [
        _column(side, table, order, *column)
        for side in sides
        for table in TABLES
        for order, column in enumerate(side.columns(table), start=1)
    ]


def _column(side: Side, table: str, order: int, name: str, kind: str) -> Column:
    parent = f"{side.path}/{side.name(table)}"
    column = Column.creator(name=name, parent_qualified_name=parent, parent_type=Table, order=order)
    column.data_type = kind
    return column
