"""
Finds entities by guid or by unique attributes, and the edges of an entity. Everything in the catalog uses it.

Source: Apache Atlas, AtlasGraphUtilsV2.
"""

import sqlite3
from collections.abc import Iterable
from typing import Any, Final

from local.catalog.entities import types
from local.catalog.errors import CatalogError, unknown_guid, unknown_name

Json = dict[str, Any]
Row = sqlite3.Row

_EDGES: Final = """
SELECT edge.*, edge.rowid AS place, '{near}' = 'end1' AS outgoing, far.guid AS far_guid, far.type AS far_type,
       far.status AS far_status, far.attributes AS far_attributes, far.has_lineage AS far_lineage
FROM edge JOIN entity AS far ON far.guid = edge.{far} WHERE edge.{near} = ?
"""
_OUTGOING: Final = _EDGES.format(near="end1", far="end2")
_INCOMING: Final = _EDGES.format(near="end2", far="end1")


def by_guid(connection: sqlite3.Connection, guid: str) -> Row:
    """
    Find the entity *guid*, archived or not.

    Raises:
        CatalogError: 404 ATLAS-404-00-005, there is none.
    """
    if row := find_guid(connection, guid):
        return row
    raise unknown_guid(guid)


def by_unique(connection: sqlite3.Connection, type_: str, unique: dict[str, str]) -> Row:
    """
    Find the entity of *type_*, or of a type below it, that has all these unique attributes, archived or not.

    Raises:
        CatalogError: 400 ATLAS-400-00-014 for an unknown type, 400 ATLAS-400-00-013 where an attribute isn't unique
            or none is given, 404 ATLAS-404-00-009 where there is no such entity.
    """
    wrong = [name for name in unique if name not in types.unique(types.check(type_))]
    if wrong or not unique:
        name = wrong[0] if wrong else None
        raise CatalogError(400, "ATLAS-400-00-013", f"Type {type_} with unique attribute {name} does not exist")
    if row := find_unique(connection, type_, unique):
        return row
    raise unknown_name(type_, unique)


def find_guid(connection: sqlite3.Connection, guid: str) -> Row | None:
    """Find the entity *guid*, or None."""
    row: Row | None = connection.execute("SELECT * FROM entity WHERE guid = ?", (guid,)).fetchone()
    return row


def find_unique(connection: sqlite3.Connection, type_: str, unique: dict[str, str]) -> Row | None:
    """
    Find by unique attributes (all must hold): first among *type_* itself, then among the types below it, or None.

    Source: Apache Atlas, AtlasGraphUtilsV2.findByUniqueAttributes; for "Table" it doesn't look below.
    """
    below = () if type_ == "Table" else types.subtypes(type_)[1:]
    return next((row for one in (type_, *below) if (row := find_exact(connection, one, unique))), None)


def find_exact(connection: sqlite3.Connection, type_: str, unique: dict[str, str]) -> Row | None:
    """Find by unique attributes (all must hold) among entities of exactly this type, or None."""
    conditions, values = ["type = ?"], [type_]
    for name, value in unique.items():
        conditions.append(
            "qualified_name = ?" if name == "qualifiedName" else f"json_extract(attributes, '$.{name}') = ?"
        )
        values.append(value)
    sql = f"SELECT * FROM entity WHERE {' AND '.join(conditions)} ORDER BY rowid LIMIT 1"
    row: Row | None = connection.execute(sql, values).fetchone()
    return row


def unique_of(type_: str, attributes: Json) -> dict[str, str]:
    """Pick the unique attributes that have a value."""
    return {name: attributes[name] for name in types.unique(type_) if attributes.get(name)}


def edges(connection: sqlite3.Connection, guid: str, side: types.Side) -> list[Row]:
    """List an entity's edges on one side of a relationship, deleted ones too, oldest first, with the far entities."""
    sql = _OUTGOING if side.outgoing else _INCOMING
    return connection.execute(f"{sql} AND edge.name = ? ORDER BY place", (guid, side.relationship.name)).fetchall()


def edges_by_attribute(connection: sqlite3.Connection, row: Row) -> dict[str, list[Row]]:
    """Map each relationship attribute of the entity *row* to its edges, as `edges` lists them."""
    sides = types.sides(row["type"])
    names = {(side.relationship.name, side.outgoing): name for name, side in sides.items()}
    found: dict[str, list[Row]] = {name: [] for name in sides}
    both = f"{_OUTGOING} UNION ALL {_INCOMING} ORDER BY place"
    for edge in connection.execute(both, (row["guid"], row["guid"])):
        found[names[edge["name"], bool(edge["outgoing"])]].append(edge)
    return found


def live(rows: Iterable[Row]) -> list[Row]:
    """Keep the edges that are active."""
    return [row for row in rows if row["status"] == "ACTIVE"]
