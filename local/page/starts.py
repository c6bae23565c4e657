"""
Where a graph starts: at all lineage of the catalog, or at the asset that it is about. `view` uses it.

A column stands for its table, a process for its inputs and outputs, and a schema, a bucket and the like for all that
they contain.
"""

import sqlite3
from dataclasses import dataclass
from itertools import product
from typing import Final

from local.catalog.entities import types
from local.page.assets import OBJECT
from local.page.walk import BOTH, INPUTS, OUTPUTS, Flow, Side

OVERVIEW: Final = 40
"""Tables at which an overview starts, by qualified name."""

CONTAINED: Final = 2_000
"""Objects or tables of one bucket, schema, database or connection."""

_CONTAINERS: Final = ("Connection", "Database", "Schema", "S3Bucket", "S3Prefix")
DATA: Final = tuple(
    name
    for name in types.TYPES
    if types.is_a(name, "Catalog") and name not in (*_CONTAINERS, "Column", OBJECT, "Readme")
)
"""Types that have lineage of their own: tables, views and the like."""

PARENTS: Final = tuple(
    name for name, one in types.RELATIONSHIPS.items() if name.endswith("_columns") and one.end1.type in DATA
)
"""Relationships between such assets and their columns."""

_LINKED: Final = """
EXISTS (SELECT 1 FROM edge WHERE end2 = entity.guid AND name IN ('catalog_process_inputs', 'process_catalog_outputs'))
"""
_TABLES: Final = """
SELECT guid FROM entity WHERE type = ? AND (has_lineage AND status = 'ACTIVE' OR ? AND {linked})
ORDER BY qualified_name LIMIT ?
"""
_ALONE: Final = """
SELECT guid FROM entity INDEXED BY entity_alone
WHERE type = 'S3Object' AND status IN ('ACTIVE', ?) AND has_lineage = 0 LIMIT ?
"""
_WITHIN: Final = """
SELECT guid FROM entity WHERE type = ? AND qualified_name > ? || '/' AND qualified_name < ? || '0'
AND status IN ('ACTIVE', ?) ORDER BY qualified_name LIMIT ?
"""
_PARENT: Final = "SELECT end1 FROM edge WHERE end2 = ? AND name = ? ORDER BY status, update_time DESC LIMIT 1"
_ENDS: Final = """
SELECT DISTINCT end2 FROM edge WHERE end1 = :guid AND name = :name AND status = :status AND (
    status = 'ACTIVE' OR update_time = (SELECT max(update_time) FROM edge WHERE end1 = :guid AND name = :name)
)
"""


@dataclass(frozen=True, slots=True)
class Start:
    """
    Guids to start from, and where to go from them; flows that are not on these ways.

    `opened` are tables whose columns are asked for; `cut` says that there are more guids.
    """

    legs: tuple[tuple[tuple[str, ...], tuple[Side, ...]], ...]
    flows: tuple[Flow, ...] = ()
    opened: tuple[str, ...] = ()
    cut: bool = False


def overview(connection: sqlite3.Connection, *, retired: bool) -> Start:
    """Start at the first tables with lineage, and at the objects without."""
    found: list[str] = []
    sql = _TABLES.format(linked=_LINKED)
    for type_ in DATA:
        rows = connection.execute(sql, (type_, retired, OVERVIEW + 1))
        found += [row["guid"] for row in rows]
    alone = connection.execute(_ALONE, ("DELETED" if retired else "ACTIVE", CONTAINED + 1)).fetchall()
    objects = [row["guid"] for row in alone]
    cut = len(found) > OVERVIEW or len(objects) > CONTAINED
    return Start((((*found[:OVERVIEW], *objects[:CONTAINED]), BOTH),), cut=cut)


def of(connection: sqlite3.Connection, row: sqlite3.Row, *, retired: bool) -> Start:
    """Start at the asset *row*, and go upstream and downstream."""
    guid, type_ = row["guid"], row["type"]
    match type_:
        case "Process":
            inputs, outputs = (_ends(connection, row, name) for name in (INPUTS, OUTPUTS))
            own = tuple(Flow(*ends, guid, row["status"] == "ACTIVE") for ends in product(inputs, outputs))
            return Start(((inputs, ("up",)), (outputs, ("down",))), own)
        case "ColumnProcess":
            columns = [column for name in (INPUTS, OUTPUTS) for column in _ends(connection, row, name)]
            tables = tuple(dict.fromkeys(table for column in columns for table in parent(connection, column)))
            return Start(_both(tables), opened=tables)
        case "Column":
            tables = parent(connection, guid)
            return Start(_both(tables), opened=tables)
        case _ if type_ in _CONTAINERS:
            return _contained(connection, row["qualified_name"], retired=retired)
    return Start(_both((guid,)))


def parent(connection: sqlite3.Connection, column: str) -> tuple[str, ...]:
    """Return the table, view, … of a column."""
    found = (connection.execute(_PARENT, (column, name)).fetchone() for name in PARENTS)
    return tuple(row["end1"] for row in found if row)


def _both(guids: tuple[str, ...]) -> tuple[tuple[tuple[str, ...], tuple[Side, ...]], ...]:
    return ((guids, ("up",)), (guids, ("down",)))


def _ends(connection: sqlite3.Connection, row: sqlite3.Row, name: str) -> tuple[str, ...]:
    """Return the inputs or outputs of a process; of a retired one, those that it had last."""
    found = connection.execute(_ENDS, {"guid": row["guid"], "name": name, "status": row["status"]})
    return tuple(one["end2"] for one in found)


def _contained(connection: sqlite3.Connection, name: str, *, retired: bool) -> Start:
    found: list[str] = []
    for type_ in (*DATA, OBJECT):
        values = (type_, name, name, "DELETED" if retired else "ACTIVE", CONTAINED + 1)
        found += [row["guid"] for row in connection.execute(_WITHIN, values)]
    return Start(_both(tuple(found[:CONTAINED])), cut=len(found) > CONTAINED)
