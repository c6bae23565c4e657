"""
One step of lineage: from a data set to its processes, or from a process to its data sets. `lineage` and `graph` use it.

Source: the public metastore, EntityLineageService (`enqueueNeighbours`): only active edges are followed, whatever state
the entity at their far end is in.
"""

import sqlite3
from typing import Final, Literal

from local.catalog.entities import find, types
from local.catalog.errors import CatalogError

Direction = Literal["INPUT", "OUTPUT"]

_INPUTS: Final = "catalog_process_inputs"
_OUTPUTS: Final = "process_catalog_outputs"
_STEP: Final = """
SELECT entity.*, edge.guid AS edge_guid, edge.name AS edge_name, edge.status AS edge_status,
       edge.create_time AS edge_created, edge.update_time AS edge_updated
FROM edge JOIN entity ON entity.guid = edge.{far}
WHERE edge.{near} = ? AND edge.name = ? AND edge.status = 'ACTIVE' ORDER BY edge.rowid
"""


def start(connection: sqlite3.Connection, guid: str) -> sqlite3.Row:
    """
    Find the entity that lineage starts from.

    Raises:
        CatalogError: 404 ATLAS-404-00-005, there is none; 404 ATLAS-404-00-011, its type has no lineage.
    """
    row = find.by_guid(connection, guid)
    if not any(types.is_a(row["type"], kind) for kind in ("Process", "Catalog", "Connection")):
        message = f"Given instance guid {guid} with type {row['type']} is not a valid lineage entity type."
        raise CatalogError(404, "ATLAS-404-00-011", message)
    return row


def is_process(row: sqlite3.Row) -> bool:
    """Return whether the entity links data sets, or is one."""
    return types.is_a(row["type"], "Process")


def follow(connection: sqlite3.Connection, row: sqlite3.Row, direction: Direction) -> list[sqlite3.Row]:
    """
    List the entities one step upstream (INPUT) or downstream (OUTPUT) of the entity *row*, oldest edge first.

    Each is the row of an entity, and beside it the edge (`edge_guid`, `edge_name`, `edge_status` and its times).
    """
    if is_process(row):
        near, far, name = "end1", "end2", _INPUTS if direction == "INPUT" else _OUTPUTS
    else:
        near, far, name = "end2", "end1", _OUTPUTS if direction == "INPUT" else _INPUTS
    return connection.execute(_STEP.format(near=near, far=far), (row["guid"], name)).fetchall()
