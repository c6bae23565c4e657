"""
What all worlds call the same: an S3 connection, the tables of a shop in PostgreSQL and in Snowflake, and the routes.

Each world stocks the tables in its own catalog; what is said here is said without the connector.
"""

import json
from collections.abc import Iterable
from typing import Any, Final

CONNECTION: Final = "default/s3/1"
POSTGRES: Final = "default/postgres/2"
SNOWFLAKE: Final = "default/snowflake/3"
BUCKET: Final = "lake"

Pair = tuple[str, str]
"""A source and a target, by qualified name."""


def pair(table: str) -> Pair:
    """Name the two tables that `ROUTES` connects."""
    return f"{POSTGRES}/shop/public/{table}", f"{SNOWFLAKE}/DB/PUBLIC/{table.upper()}"


def loaded(columns: Iterable[str]) -> tuple[str, ...]:
    """Name the columns of a target as those of its source demand: `id` is renamed, all are in upper case."""
    return tuple("ROW_ID" if column == "id" else column.upper() for column in columns)


ORDERS: Final = pair("orders")
ITEMS: Final = pair("items")

COLUMNS: Final = ("id", "total", "_loaded_at")
"""Of a source; the routes leave out the last."""

ROUTES: Final = """
connection: default/s3/1
exclude: ["**/_SUCCESS"]
routes:
  - name: exports
    bucket: lake
    key: "exports/{schema}/{table}/{part}.csv"
    source: default/postgres/2/shop/{schema}/{table}
    target: default/snowflake/3/DB/{schema:upper}/{table:upper}
    columns: {rename: {id: ROW_ID}, ignore: [_loaded_at]}
  - name: raw
    bucket: lake
    key: "raw/**"
"""


def single(bucket: str, ends: Pair, **changes: Any) -> str:
    """Return another routes file: one route for all keys of a bucket, or what *changes* say instead."""
    route = {"name": "all", "bucket": bucket, "key": "**", "source": ends[0], "target": ends[1]}
    return json.dumps({"connection": CONNECTION, "routes": [route]} | changes)
