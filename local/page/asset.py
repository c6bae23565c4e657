"""An asset's own page: its attributes and its relationships, with links. `app` calls `answer` and `related`."""

import json
import sqlite3
from typing import Any, Final

from local.catalog.entities import find, types
from local.catalog.errors import CatalogError
from local.page import assets
from local.page.starts import parent

Json = dict[str, Any]

PAGE: Final = 10
"""Assets of one relationship that are listed at once."""

_SHOWN_ELSEWHERE: Final = ("name", "qualifiedName")
_COUNT: Final = "SELECT status, count(*) AS number FROM edge WHERE {near} = ? AND name = ? GROUP BY status"
_PAGE: Final = """
SELECT DISTINCT {far} AS far, status FROM edge WHERE {near} = ? AND name = ?
ORDER BY status, rowid DESC LIMIT ? OFFSET ?
"""


def answer(connection: sqlite3.Connection, guid: str) -> Json:
    """
    Return an asset with the attributes that have a value, and the first assets of each relationship that has any.

    Raises:
        CatalogError: 404, there is no such asset.
    """
    row = find.by_guid(connection, guid)
    stored = json.loads(row["attributes"])
    known = types.ATTRIBUTES[row["type"]]
    values = {
        name: {"value": value, "type": known[name].type if name in known else "string"}
        for name, value in sorted(stored.items())
        if value not in (None, "", [], {}) and name not in _SHOWN_ELSEWHERE
    }
    relationships = {name: related(connection, guid, name, 0) for name in types.sides(row["type"])}
    return assets.read(connection, [guid])[guid].short() | {
        "created": row["create_time"],
        "createdBy": row["created_by"],
        "updated": row["update_time"],
        "updatedBy": row["updated_by"],
        "attributes": values,
        "custom": json.loads(row["custom"]) if row["custom"] else {},
        "relationships": {name: one for name, one in relationships.items() if one["count"] or one["removed"]},
        "tables": list(parent(connection, guid)) if row["type"] == "Column" else [],
    }


def related(connection: sqlite3.Connection, guid: str, name: str, offset: int) -> Json:
    """
    Return a page of the assets that a relationship links to one, those that are linked no more after the others.

    Raises:
        CatalogError: 404, there is no such asset, or its type has no such relationship.
    """
    side = types.sides(find.by_guid(connection, guid)["type"]).get(name)
    if side is None:
        raise CatalogError(404, "LOCAL-404", f"The asset {guid} has no relationship {name}")
    near, far = ("end1", "end2") if side.outgoing else ("end2", "end1")
    values = (guid, side.relationship.name)
    counts = {row["status"]: row["number"] for row in connection.execute(_COUNT.format(near=near), values)}
    rows = connection.execute(_PAGE.format(near=near, far=far), (*values, PAGE, offset)).fetchall()
    found = assets.read(connection, [row["far"] for row in rows])
    listed = [found[row["far"]].short() | {"linked": row["status"] == "ACTIVE"} for row in rows if row["far"] in found]
    removed = counts.get("DELETED", 0)
    return {"count": counts.get("ACTIVE", 0), "removed": removed, "offset": offset, "page": PAGE, "assets": listed}
