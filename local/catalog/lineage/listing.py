"""
Answers POST lineage/list: the entities upstream or downstream of one, nearest first, processes included.

`http.queries` calls `answer`. Source: the public metastore,
LineageListRequestValidator and EntityLineageService (`traverseEdgesUsingBFS`).
"""

import json
import sqlite3
from collections import defaultdict, deque
from dataclasses import dataclass
from typing import Any, Final

from local.catalog.entities import read
from local.catalog.errors import bad_request, unsupported
from local.catalog.lineage import filters, step
from local.catalog.lineage.filters import Predicate

Json = dict[str, Any]

MAX_DEPTH: Final = 2**30 - 1


@dataclass(frozen=True, slots=True)
class Walk:
    """
    What a request asks for.

    `depth` counts data sets, so a process and the data set behind it are one step. Entities that aren't `shown` are
    still walked through; those not `entered`, and edges not `followed`, end the walk.
    """

    direction: step.Direction
    depth: int
    offset: int
    size: int
    neighbours: bool
    shown: Predicate
    entered: Predicate
    followed: Predicate


def answer(connection: sqlite3.Connection, request: Json) -> Json:
    """
    Answer a request for a list of lineage.

    Raises:
        CatalogError: 400, an invalid request; 404, no such entity, or one whose type has no lineage; 501, lineage of
            data products.
    """
    walk = _read(request)
    base = step.start(connection, request["guid"])
    traversal = _Traversal(connection, walk, base)
    found = traversal.run()
    if walk.neighbours:
        found.insert(0, (base, traversal.level(0)))
    attributes, related = request.get("attributes") or (), read.Relations(request.get("relationAttributes") or ())
    entities = [
        read.header(connection, row, attributes, related) | {"depth": level} | traversal.beside(row["guid"])
        for row, level in found
    ]
    return {
        "entities": entities,
        "hasMore": traversal.has_more,
        "entityCount": len(found) - walk.neighbours,
        "searchParameters": request,
    }


class _Traversal:
    """A breadth-first walk from *base*. It remembers what it passed, for the neighbours of what it shows."""

    def __init__(self, connection: sqlite3.Connection, walk: Walk, base: sqlite3.Row) -> None:
        self._connection = connection
        self._walk = walk
        self._base = base
        self._rows = {base["guid"]: base}
        self._queue: deque[tuple[sqlite3.Row, int]] = deque()
        self._before: defaultdict[str, list[str]] = defaultdict(list)
        self._behind: defaultdict[str, list[str]] = defaultdict(list)
        self.has_more = False

    def run(self) -> list[tuple[sqlite3.Row, int]]:
        """Walk until the page is full or the depth is exhausted; return entities with their levels."""
        found: list[tuple[sqlite3.Row, int]] = []
        to_skip = self._walk.offset
        self._enqueue(self._base, 1)
        while self._within() and len(found) < self._walk.size:
            row, distance = self._queue.popleft()
            self._enqueue(row, distance + 1)
            if not self._walk.shown(filters.of_entity(row)):
                continue
            if to_skip:
                to_skip -= 1
            else:
                found.append((row, self.level(distance)))
        self.has_more = self._within()
        return found

    def level(self, distance: int) -> int:
        """Turn a distance in edges to one in data sets; a walk that starts at a process is one ahead."""
        return 1 + distance // 2 if step.is_process(self._base) else (1 + distance) // 2

    def beside(self, guid: str) -> Json:
        """Give the data sets (of a process, the processes) two edges before and behind *guid*, if asked for."""
        if not self._walk.neighbours:
            return {}
        names = ("immediateDownstream", "immediateUpstream")
        before, behind = names if self._walk.direction == "INPUT" else reversed(names)
        sides = ((before, self._before), (behind, self._behind))
        return {name: self._two_away(side, guid) for name, side in sides if guid in side}

    def _within(self) -> bool:
        return bool(self._queue) and self._queue[0][1] <= 2 * self._walk.depth

    def _enqueue(self, row: sqlite3.Row, distance: int) -> None:
        for link in step.follow(self._connection, row, self._walk.direction):
            if not self._walk.followed(filters.of_edge(link)) or not self._walk.entered(filters.of_entity(link)):
                continue
            if link["guid"] not in self._rows:
                self._rows[link["guid"]] = link
                self._queue.append((link, distance))
            self._before[link["guid"]].append(row["guid"])
            self._behind[row["guid"]].append(link["guid"])

    def _two_away(self, side: dict[str, list[str]], guid: str) -> list[Json]:
        found = dict.fromkeys(far for near in side[guid] for far in side.get(near, ()))
        return [_details(self._rows[far]) for far in found]


def _details(row: sqlite3.Row) -> Json:
    stored = json.loads(row["attributes"])
    return {"guid": row["guid"], "name": stored["name"], "qualifiedName": row["qualified_name"]}


def _read(request: Json) -> Walk:
    if not request.get("guid"):
        raise bad_request("guid is required")
    depth = _whole(request, "depth")
    if depth > MAX_DEPTH:
        raise bad_request(f"Invalid 'depth' parameter, constraint not satisfied: 0 <= depth <= {MAX_DEPTH}")
    if request.get("lineageType") not in (None, "DatasetProcessLineage"):
        raise unsupported(f"lineage of type {request['lineageType']}")
    if request.get("direction") is None:
        raise bad_request("Invalid request, mandatory key 'direction' is required")
    if request["direction"] not in ("INPUT", "OUTPUT"):
        raise bad_request(f"Invalid 'direction' value {request['direction']!r}, it is INPUT or OUTPUT")
    return Walk(
        direction=request["direction"],
        depth=depth,
        offset=_whole(request, "from"),
        size=_whole(request, "size"),
        neighbours=bool(request.get("immediateNeighbours")),
        shown=filters.parse(request.get("entityFilters"), "entityFilters"),
        entered=filters.parse(request.get("entityTraversalFilters"), "entityTraversalFilters"),
        followed=filters.parse(request.get("relationshipTraversalFilters"), "relationshipTraversalFilters"),
    )


def _whole(request: Json, name: str) -> int:
    value = request.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise bad_request(f"The '{name}' parameter is missing or invalid")
    if value < 0:
        raise bad_request(f"Invalid '{name}' value, '{name}' should be greater than or equal to zero")
    return value
