"""Reads the columns of tables for `view`: their number, a page of them, and the number of column processes."""

import json
import sqlite3
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, Final

from local.page.starts import PARENTS

Json = dict[str, Any]

PAGE: Final = 60
"""Columns of a table that are listed at once."""

_SOME: Final = "SELECT value FROM json_each(?)"
_COUNT: Final = f"""
SELECT end1, count(*) AS number FROM edge WHERE end1 IN ({_SOME}) AND name IN ({_SOME}) AND status = 'ACTIVE'
GROUP BY end1
"""
_ROWS: Final = f"""
SELECT entity.guid, entity.status = 'ACTIVE' AS active, entity.has_lineage,
       json_extract(attributes, '$.name') AS name, json_extract(attributes, '$.dataType') AS kind
FROM edge JOIN entity ON entity.guid = edge.end2
WHERE edge.end1 = ? AND edge.name IN ({_SOME}) AND edge.status = 'ACTIVE'
ORDER BY json_extract(attributes, '$.order'), name, entity.guid LIMIT ? OFFSET ?
"""


@dataclass(frozen=True, slots=True)
class Column:
    """A line of a table's card."""

    guid: str
    name: str
    kind: str
    active: bool
    lineage: bool


def counts(connection: sqlite3.Connection, guids: Iterable[str]) -> dict[str, int]:
    """Count the columns of tables."""
    return _counted(connection, guids, PARENTS)


def flows(connection: sqlite3.Connection, processes: Iterable[str]) -> dict[str, int]:
    """Count the column processes of processes."""
    return _counted(connection, processes, ("column_lineage",))


def page(connection: sqlite3.Connection, table: str, offset: int) -> list[Column]:
    """List the columns of a table, in its order, from one on."""
    rows = connection.execute(_ROWS, (table, json.dumps(PARENTS), PAGE, offset))
    return [
        Column(row["guid"], row["name"] or "", row["kind"] or "", bool(row["active"]), bool(row["has_lineage"]))
        for row in rows
    ]


def _counted(connection: sqlite3.Connection, guids: Iterable[str], names: Collection[str]) -> dict[str, int]:
    rows = connection.execute(_COUNT, (json.dumps(list(guids)), json.dumps(list(names))))
    return {row["end1"]: row["number"] for row in rows}
