"""
Answers GET lineage/{guid} and POST lineage/getlineage: lineage as nodes and the relations between them, both ways.

`http.queries` calls `answer`. Source: the public metastore, LineageREST and EntityLineageService
(`getLineageInfoV2`); its paging (`limit`, `offset`) isn't offered here.
"""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from local.catalog.entities import read
from local.catalog.errors import CatalogError, bad_request, unsupported
from local.catalog.lineage import step

Json = dict[str, Any]

UNLIMITED: Final = -1


@dataclass(slots=True)
class _Graph:
    """What was found so far. `children` says, by direction, whether there is more behind an entity."""

    hide_process: bool
    entities: dict[str, sqlite3.Row] = field(default_factory=dict)
    relations: dict[tuple[str, str, str], Json] = field(default_factory=dict)
    children: dict[str, dict[str, bool]] = field(default_factory=dict)

    def relate(self, upstream: sqlite3.Row, downstream: sqlite3.Row, edge: str, process: str | None = None) -> None:
        """Note a relation from *upstream* to *downstream*: an edge, or, where processes are hidden, a *process*."""
        self.entities |= {upstream["guid"]: upstream, downstream["guid"]: downstream}
        relation = {"fromEntityId": upstream["guid"], "toEntityId": downstream["guid"], "relationshipId": edge}
        relation |= {"processId": process} if process else {}
        self.relations[upstream["guid"], downstream["guid"], process or ""] = relation


def answer(connection: sqlite3.Connection, guid: str, params: Json) -> Json:
    """
    Answer a request for a graph of lineage; *params* may be texts (of a query string) or JSON values.

    Raises:
        CatalogError: 400, an invalid parameter; 404, no such entity, one whose type has no lineage, or a hidden
            process; 501, paging.
    """
    direction, depth = str(params.get("direction", "BOTH")), _whole(params, "depth", 3)
    if direction not in ("INPUT", "OUTPUT", "BOTH"):
        raise bad_request(f"Invalid 'direction' value {direction!r}, it is INPUT, OUTPUT or BOTH")
    if max(_whole(params, "limit", UNLIMITED), _whole(params, "offset", UNLIMITED)) > 0:
        raise unsupported("paging of a lineage graph (limit, offset)")
    base = step.start(connection, guid)
    found = _Graph(hide_process=str(params.get("hideProcess", False)).lower() == "true", entities={guid: base})
    if found.hide_process and step.is_process(base):
        message = f"Given instance guid {guid} with type {base['type']} is not a valid lineage entity type"
        raise CatalogError(404, "ATLAS-404-00-017", f"{message} with hideProcess as true.")
    for side in _sides(direction):
        _walk(connection, base, side, depth or UNLIMITED, found)
    return _body(connection, guid, direction, depth, found)


def _sides(direction: str) -> Iterator[step.Direction]:
    if direction != "OUTPUT":
        yield "INPUT"
    if direction != "INPUT":
        yield "OUTPUT"


def _walk(connection: sqlite3.Connection, base: sqlite3.Row, side: step.Direction, depth: int, found: _Graph) -> None:
    """Go *depth* data sets far from *base* (for ever, if it is negative), noting relations on the way."""
    seen, frontier = {base["guid"]}, [base]
    if step.is_process(base):
        frontier, depth = _step(connection, base, side, found), depth - 1
    while frontier and depth:
        reached = [far for row in frontier for far in _hop(connection, row, side, found)]
        frontier = [row for row in {row["guid"]: row for row in reached}.values() if row["guid"] not in seen]
        seen |= {row["guid"] for row in frontier}
        depth -= 1
    for row in frontier:
        found.children.setdefault(row["guid"], {})[side] = bool(step.follow(connection, row, side))


def _hop(connection: sqlite3.Connection, row: sqlite3.Row, side: step.Direction, found: _Graph) -> list[sqlite3.Row]:
    """Go from a data set through its active processes to the next data sets."""
    reached = []
    for process in step.follow(connection, row, side):
        if process["status"] != "ACTIVE":
            continue
        if found.hide_process:
            far = step.follow(connection, process, side)
            for one in far:
                found.relate(*_flow(row, one, side), one["edge_guid"], process["guid"])
        else:
            found.relate(*_flow(row, process, side), process["edge_guid"])
            far = _step(connection, process, side, found)
        found.children.setdefault(process["guid"], {})[side] = bool(far)
        reached += far
    return reached


def _step(
    connection: sqlite3.Connection, process: sqlite3.Row, side: step.Direction, found: _Graph
) -> list[sqlite3.Row]:
    """Go from a process to its data sets."""
    far = step.follow(connection, process, side)
    for row in far:
        found.relate(*_flow(process, row, side), row["edge_guid"])
    return far


def _flow(near: sqlite3.Row, far: sqlite3.Row, side: step.Direction) -> tuple[sqlite3.Row, sqlite3.Row]:
    """Order two neighbours as data flows."""
    return (far, near) if side == "INPUT" else (near, far)


def _body(connection: sqlite3.Connection, guid: str, direction: str, depth: int, found: _Graph) -> Json:
    return {
        "baseEntityGuid": guid,
        "lineageDirection": direction,
        "lineageDepth": depth,
        "limit": UNLIMITED,
        "offset": UNLIMITED,
        "hasMoreUpstreamVertices": False,
        "hasMoreDownstreamVertices": False,
        "guidEntityMap": {one: read.header(connection, row) for one, row in found.entities.items()},
        "relations": list(found.relations.values()),
        "vertexChildrenInfo": found.children,
    }


def _whole(params: Json, name: str, default: int) -> int:
    try:
        return int(params.get(name, default))
    except (TypeError, ValueError) as error:
        raise bad_request(f"The '{name}' parameter {params[name]!r} is not a whole number") from error
