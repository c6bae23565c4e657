"""
Archiving, deleting permanently, and restoring: `DELETE entity/bulk` and `POST entity/restore/bulk`.

Nothing cascades, since every relationship is an aggregation. An archived entity keeps its unique names, and a save
with status ACTIVE brings it back.

Source: Apache Atlas, AtlasEntityStoreV2.deleteVertices, DeleteHandlerV1, SoftDeleteHandlerV1, RestoreHandlerV1.
"""

from collections.abc import Iterable, Iterator

from local.catalog.entities import find, read
from local.catalog.entities.find import Row
from local.catalog.entities.mutation import LINEAGE, Mutation
from local.catalog.entities.types import RELATIONSHIPS

# An entity's own references, declared as attributes of its type, and every edge that comes in.
_OWN_AND_INCOMING = "SELECT * FROM edge WHERE ((end1 = ? AND name IN (?, ?)) OR end2 = ?) AND status = 'ACTIVE'"
_ACTIVE_INCOMING = "SELECT name FROM edge WHERE end2 = ? AND status = 'ACTIVE'"
# Its own references, and what comes in except from processes: the newest edge between each two entities.
_RESTORABLE = """
SELECT * FROM edge WHERE rowid IN (
    SELECT max(rowid) FROM edge WHERE (end1 = ? AND name IN (?, ?)) OR (end2 = ? AND name NOT IN (?, ?))
    GROUP BY name, end1, end2
) AND status = 'DELETED' ORDER BY update_time DESC, rowid DESC
"""


def delete(mutation: Mutation, guids: Iterable[str], handler: str) -> None:
    """
    Archive entities (*handler* SOFT or DEFAULT) or delete them permanently (HARD, PURGE).

    Unknown guids are ignored. Of an archived entity only the modification time is bumped, unless it is purged.
    """
    for row in _known(mutation, guids):
        if row["status"] == "DELETED" and handler != "PURGE":
            mutation.touch(row["guid"], silent=True)
        elif handler in ("HARD", "PURGE"):
            _erase(mutation, row, handler)
        else:
            _archive(mutation, row, handler)


def restore(mutation: Mutation, guids: Iterable[str]) -> None:
    """Bring archived entities back. Unknown guids and active entities are ignored."""
    for row in _known(mutation, guids):
        if row["status"] == "DELETED":
            revive(mutation, row)
            mutation.report(row["guid"], "UPDATE")


def revive(mutation: Mutation, row: Row) -> None:
    """
    Make an archived entity active again, with its edges, but without those that processes had to it.

    A process gets back every input and output that it ever had, also those that an update removed. Where there is
    room for one edge only, such as a column's table, it is the one deleted last.
    """
    mutation.mark(row, "ACTIVE")
    guid = row["guid"]
    taken = {edge["name"] for edge in mutation.connection.execute(_ACTIVE_INCOMING, (guid,))}
    for edge in mutation.connection.execute(_RESTORABLE, (guid, *LINEAGE, guid, *LINEAGE)).fetchall():
        if edge["name"] not in taken or RELATIONSHIPS[edge["name"]].end2.many:
            mutation.switch(edge, "ACTIVE")
            taken.add(edge["name"])


def _known(mutation: Mutation, guids: Iterable[str]) -> Iterator[Row]:
    """Look up the guids, each just before it is changed."""
    for guid in dict.fromkeys(guids):
        if row := find.find_guid(mutation.connection, guid):
            yield row


def _archive(mutation: Mutation, row: Row, handler: str) -> None:
    """Archive one entity, and with it the edges that are its own or come in."""
    guid = row["guid"]
    for edge in mutation.connection.execute(_OWN_AND_INCOMING, (guid, *LINEAGE, guid)).fetchall():
        mutation.switch(edge, "DELETED")
    mutation.mark(row, "DELETED")
    _report(mutation, guid, handler)


def _erase(mutation: Mutation, row: Row, handler: str) -> None:
    """Delete one entity with all its edges; its names are free again."""
    mutation.mark(row, "DELETED")
    _report(mutation, row["guid"], handler)
    mutation.erase(row["guid"])


def _report(mutation: Mutation, guid: str, handler: str) -> None:
    header = read.header(mutation.connection, find.by_guid(mutation.connection, guid))
    mutation.report(guid, "DELETE", header | {"deleteHandler": handler})
