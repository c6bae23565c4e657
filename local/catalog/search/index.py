"""
The search index: one document per entity, a copy of what the entity was when it was last indexed.

`http.entities` calls `write` in the transaction of a write; `search` matches against what is visible. A document is
visible from `since` until `until`, in milliseconds, so that matching may lag behind the store, as it does in Atlan.
"""

import json
import sqlite3
from collections.abc import Iterable
from typing import Any, Final

from local.catalog.entities import read

Json = dict[str, Any]

FOREVER: Final = 2**63 - 1

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS document(
    id INTEGER PRIMARY KEY,
    guid TEXT NOT NULL,
    type TEXT NOT NULL,
    state TEXT NOT NULL,
    created_by TEXT NOT NULL,
    modified_by TEXT NOT NULL,
    created INTEGER NOT NULL,
    modified INTEGER NOT NULL,
    lineage INTEGER NOT NULL,
    qualified_name TEXT NOT NULL,
    name TEXT,
    connection TEXT,
    connector TEXT,
    bucket TEXT,
    object_key TEXT,
    table_name TEXT,
    since INTEGER NOT NULL,
    until INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS document_guid ON document(guid);
CREATE INDEX IF NOT EXISTS document_type ON document(type, qualified_name);
CREATE INDEX IF NOT EXISTS document_qualified_name ON document(qualified_name);
CREATE INDEX IF NOT EXISTS document_any_case ON document(qualified_name COLLATE NOCASE);
CREATE INDEX IF NOT EXISTS document_name ON document(name);
CREATE INDEX IF NOT EXISTS document_object_key ON document(object_key);
CREATE INDEX IF NOT EXISTS document_table_name ON document(table_name, name);
CREATE INDEX IF NOT EXISTS document_created ON document(created);
CREATE TABLE IF NOT EXISTS source(id INTEGER PRIMARY KEY, attributes TEXT NOT NULL);

ANALYZE sqlite_master;
DELETE FROM sqlite_stat1 WHERE tbl = 'document';
INSERT INTO sqlite_stat1(tbl, idx, stat) VALUES
    ('document', 'document_guid', '100000 1'),
    ('document', 'document_type', '100000 20000 1'),
    ('document', 'document_qualified_name', '100000 1'),
    ('document', 'document_any_case', '100000 1'),
    ('document', 'document_name', '100000 20'),
    ('document', 'document_object_key', '100000 2'),
    ('document', 'document_table_name', '100000 50 1'),
    ('document', 'document_created', '100000 50');
ANALYZE sqlite_master;
"""
"""
Executed whenever a store is opened. The made-up statistics keep plans the same however full a catalog is, and name the
selective index where a type is given as well. `source` is apart from `document` so that scans stay narrow.

Source: SQLite, "The Next-Generation Query Planner" and "Manual Control Of Query Plans Using SQLITE_STAT Tables".
"""

_INSERT: Final = f"INSERT INTO document VALUES (NULL{', ?' * 17})"
_ENTITIES: Final = "SELECT * FROM entity WHERE guid IN (SELECT value FROM json_each(?))"


def write(connection: sqlite3.Connection, guids: Iterable[str], due: int) -> None:
    """
    Index the entities *guids* as they now are, visible from *due* (milliseconds since 1970).

    Until then their older documents are. An entity that is gone leaves the index at once.
    """
    changed = json.dumps(list(guids))
    entities = connection.execute(_ENTITIES, (changed,)).fetchall()
    connection.execute(
        "UPDATE document SET until = ? WHERE until = ? AND guid IN (SELECT value FROM json_each(?))",
        (due, FOREVER, changed),
    )
    _forget(connection, changed, max((row["update_time"] for row in entities), default=due))
    for row in entities:
        attributes = json.loads(row["attributes"])
        cursor = connection.execute(_INSERT, (*_columns(row, attributes), due, FOREVER))
        connection.execute("INSERT INTO source VALUES (?, ?)", (cursor.lastrowid, _source(row, attributes)))


def _forget(connection: sqlite3.Connection, guids: str, now: int) -> None:
    """Drop the documents of *guids* (a JSON array) whose time is over, or whose entity is gone."""
    doomed = connection.execute(
        "SELECT id FROM document WHERE guid IN (SELECT value FROM json_each(?)) AND (until <= ?"
        " OR NOT EXISTS (SELECT 1 FROM entity WHERE entity.guid = document.guid))",
        (guids, now),
    ).fetchall()
    for (identity,) in doomed:
        connection.execute("DELETE FROM document WHERE id = ?", (identity,))
        connection.execute("DELETE FROM source WHERE id = ?", (identity,))


def _source(row: sqlite3.Row, attributes: Json) -> str:
    """Give what was sent as it is stored; custom attributes are a text, as they are in Atlan's index."""
    sent: str = row["attributes"]
    return json.dumps(attributes | {read.CUSTOM: row["custom"]}) if row["custom"] else sent


def _columns(row: sqlite3.Row, attributes: Json) -> tuple[Any, ...]:
    """Give the values of a document's columns, but for its id and the two times."""
    name = attributes.get("name")
    return (
        row["guid"],
        row["type"].lower(),
        row["status"],
        row["created_by"],
        row["updated_by"],
        row["create_time"],
        row["update_time"],
        row["has_lineage"],
        row["qualified_name"],
        name and name.lower(),
        attributes.get("connectionQualifiedName"),
        attributes.get("connectorName"),
        attributes.get("s3BucketName"),
        attributes.get("s3ObjectKey"),
        attributes.get("tableQualifiedName"),
    )
