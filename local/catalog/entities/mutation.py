"""
The changes of one request to the store, and the entities they affect.

`save` and `remove` decide what changes; this module keeps the edges, the neighbours' modification times and the lineage
flags in step with it.
"""

import json
import sqlite3
import uuid
from typing import Any, Final

from local.catalog.entities import find, types
from local.catalog.entities.find import Row

Json = dict[str, Any]

INPUTS: Final = "catalog_process_inputs"
OUTPUTS: Final = "process_catalog_outputs"
LINEAGE: Final = (INPUTS, OUTPUTS)

_LINKED: Final = """
SELECT 1 FROM edge JOIN entity ON entity.guid = edge.end2
WHERE edge.end1 = ? AND edge.name = ? AND edge.status = 'ACTIVE' AND entity.status = 'ACTIVE' LIMIT 1
"""
_ENDS: Final = "SELECT end2 FROM edge WHERE end1 = ? AND name IN (?, ?) AND status = 'ACTIVE'"
_IN_LINEAGE: Final = """
SELECT 1 FROM edge JOIN entity ON entity.guid = edge.end1
WHERE edge.end2 = ? AND edge.name IN (?, ?) AND edge.status = 'ACTIVE'
AND entity.status = 'ACTIVE' AND entity.has_lineage LIMIT 1
"""


class Mutation:
    """
    The changes of one request, in one transaction: make them, and `finish` once; `answer` then gives the response.

    *actor* becomes `updatedBy`, *now* (milliseconds) becomes `updateTime`.
    """

    def __init__(self, connection: sqlite3.Connection, actor: str, now: int) -> None:
        self.connection = connection
        self.actor = actor
        self.now = now
        self.assignments: dict[str, str] = {}
        self.reported: dict[str, str] = {}
        self.gone: dict[str, Json] = {}
        self.touched: dict[str, None] = {}
        self._silent: dict[str, None] = {}
        self._processes: dict[str, None] = {}
        self._ends: dict[str, None] = {}

    def create(self, guid: str, type_: str, attributes: Json, custom: Json | None) -> None:
        """Insert an active entity."""
        times = (self.actor, self.actor, self.now, self.now)
        values = (guid, type_, attributes["qualifiedName"], "ACTIVE", json.dumps(attributes), _text(custom), *times, 0)
        self.connection.execute(f"INSERT INTO entity VALUES ({','.join('?' * len(values))})", values)
        self.reported[guid] = "CREATE"

    def update(self, guid: str, attributes: Json, custom: Json | None, operation: str = "UPDATE") -> None:
        """Rewrite an entity's attributes; *custom* None leaves the custom attributes alone."""
        sql = "UPDATE entity SET qualified_name = ?, attributes = ?, custom = coalesce(?, custom) WHERE guid = ?"
        self.connection.execute(sql, (attributes["qualifiedName"], json.dumps(attributes), _text(custom), guid))
        self.reported.setdefault(guid, operation)
        self.touch(guid)

    def mark(self, row: Row, status: str) -> None:
        """Set an entity's status; lineage through it is computed again."""
        self.connection.execute("UPDATE entity SET status = ? WHERE guid = ?", (status, row["guid"]))
        self.touch(row["guid"])
        if types.is_a(row["type"], "Process"):
            self._processes[row["guid"]] = None

    def report(self, guid: str, operation: str, header: Json | None = None) -> None:
        """List an entity in the response under *operation*, with its *header* if it will be deleted."""
        self.reported[guid] = operation
        if header:
            self.gone[guid] = header

    def touch(self, guid: str, *, silent: bool = False) -> None:
        """Bump an entity's modification time, because it or an edge of it changed; *silent*: without reporting it."""
        sql = "UPDATE entity SET updated_by = ?, update_time = ? WHERE guid = ?"
        self.connection.execute(sql, (self.actor, self.now, guid))
        (self._silent if silent else self.touched)[guid] = None

    def link(self, name: str, end1: str, end2: str) -> None:
        """
        Create an active edge, unless it exists.

        Source: Apache Atlas, AtlasRelationshipStoreV2.getOrCreate (a deleted edge is not used again).
        """
        sql = "SELECT 1 FROM edge WHERE name = ? AND end1 = ? AND end2 = ? AND status = 'ACTIVE'"
        if self.connection.execute(sql, (name, end1, end2)).fetchone():
            return
        values = (str(uuid.uuid4()), name, end1, end2, "ACTIVE", self.now, self.now)
        self.connection.execute("INSERT INTO edge VALUES (?, ?, ?, ?, ?, ?, ?)", values)
        self._edge_changed(name, end1, end2)

    def switch(self, edge: Row, status: str) -> None:
        """Set the status of an edge."""
        sql = "UPDATE edge SET status = ?, update_time = ? WHERE guid = ?"
        self.connection.execute(sql, (status, self.now, edge["guid"]))
        self._edge_changed(edge["name"], edge["end1"], edge["end2"])

    def erase(self, guid: str) -> None:
        """Remove an entity and all its edges permanently."""
        rows = self.connection.execute("SELECT * FROM edge WHERE end1 = ? OR end2 = ?", (guid, guid)).fetchall()
        self.connection.execute("DELETE FROM edge WHERE end1 = ? OR end2 = ?", (guid, guid))
        self.connection.execute("DELETE FROM entity WHERE guid = ?", (guid,))
        for edge in find.live(rows):
            self._edge_changed(edge["name"], edge["end1"], edge["end2"])
        self.touched[guid] = None

    def _edge_changed(self, name: str, end1: str, end2: str) -> None:
        self.touch(end1)
        self.touch(end2)
        if name in LINEAGE:
            self._processes[end1] = None
            self._ends[end2] = None

    def finish(self) -> list[str]:
        """Set the lineage flags, and return the guids of all entities that changed, for the search index."""
        flipped = [guid for guid in self._processes if self._flag(guid, value=self._has_both(guid))]
        for process in self._processes:
            rows = self.connection.execute(_ENDS, (process, *LINEAGE))
            self._ends |= dict.fromkeys(row["end2"] for row in rows)
        flipped += [guid for guid in self._ends if self._flag(guid, value=self._in_lineage(guid))]
        return list(dict.fromkeys((*self.touched, *self._silent, *self.reported, *flipped)))

    def _has_both(self, process: str) -> bool:
        return all(self.connection.execute(_LINKED, (process, name)).fetchone() for name in LINEAGE)

    def _in_lineage(self, guid: str) -> bool:
        return self.connection.execute(_IN_LINEAGE, (guid, *LINEAGE)).fetchone() is not None

    def _flag(self, guid: str, *, value: bool) -> bool:
        """Set the lineage flag of an active entity; return whether that changed it. An archived one keeps its own."""
        sql = "UPDATE entity SET has_lineage = ? WHERE guid = ? AND status = 'ACTIVE' AND has_lineage <> ?"
        return self.connection.execute(sql, (value, guid, value)).rowcount > 0


def _text(custom: Json | None) -> str | None:
    return None if custom is None else json.dumps(custom)
