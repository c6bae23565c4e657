"""
Follows lineage through the store, from assets to the processes that read or write them, and on to the next assets.

`view` starts it. Every read has a limit, so that a catalog of any size costs the same; what was left out is noted.
"""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import product
from typing import Any, Final, Literal

from local.page import assets
from local.page.assets import OBJECT, Asset

Side = Literal["up", "down"]
BOTH: Final[tuple[Side, ...]] = ("up", "down")

INPUTS: Final = "catalog_process_inputs"
OUTPUTS: Final = "process_catalog_outputs"

OBJECTS: Final = 6_000
"""Objects in one graph."""

TABLES: Final = 120
"""Other assets in one graph."""

FLOWS: Final = 2_500
"""Processes that are read of one asset, the newest first."""

_HOPS: Final = 12
_PER_OBJECT: Final = 20
_BRIDGES: Final = 100  # pairs of assets between which processes are looked for

_ALIVE: Final = """
(near.status = 'ACTIVE' AND far.status = 'ACTIVE') OR (
    process.status = 'DELETED' AND :also = 'DELETED'
    AND near.update_time = (SELECT max(update_time) FROM edge WHERE end1 = process.guid AND name = near.name)
    AND far.update_time = (SELECT max(update_time) FROM edge WHERE end1 = process.guid AND name = far.name)
)
"""
"""A retired process has no active edge left: those that it had last went when it did, or when their other end did."""

_STEP: Final = f"""
WITH near AS MATERIALIZED (
    SELECT end1, end2, name, status, update_time FROM edge
    WHERE end2 IN (SELECT value FROM json_each(:guids)) AND name = :near AND status IN ('ACTIVE', :also)
    ORDER BY rowid DESC LIMIT :limit
)
SELECT near.end2 AS near, process.guid AS process, far.end2 AS far, process.status = 'ACTIVE' AS active
FROM near
CROSS JOIN entity AS process ON process.guid = near.end1 AND process.type = :type
CROSS JOIN edge AS far ON far.end1 = near.end1 AND far.name = :far
WHERE {_ALIVE}
"""

_BRIDGE: Final = f"""
SELECT process.guid AS process, process.status = 'ACTIVE' AS active
FROM (
    SELECT end1 FROM edge WHERE end2 = :source AND name = :inputs
    INTERSECT SELECT end1 FROM edge WHERE end2 = :target AND name = :outputs LIMIT 20
) AS common
CROSS JOIN entity AS process ON process.guid = common.end1 AND process.type = 'Process'
CROSS JOIN edge AS near ON near.end1 = process.guid AND near.name = :inputs AND near.end2 = :source
CROSS JOIN edge AS far ON far.end1 = process.guid AND far.name = :outputs AND far.end2 = :target
WHERE {_ALIVE}
"""


@dataclass(frozen=True, slots=True)
class Flow:
    """A process leads from one asset to another; all are guids."""

    source: str
    target: str
    process: str
    active: bool


@dataclass(slots=True)
class Walk:
    """
    What was found so far. At most *limit* processes are read on a side of an asset.

    `partial` has the assets that have more; `cut` says that there was no room for some assets.
    """

    connection: sqlite3.Connection
    retired: bool
    limit: int = FLOWS
    assets: dict[str, Asset] = field(default_factory=dict)
    flows: dict[Flow, None] = field(default_factory=dict)
    partial: set[str] = field(default_factory=set)
    cut: bool = False

    @property
    def _also(self) -> str:
        return "DELETED" if self.retired else "ACTIVE"

    def spread(self, starts: Iterable[str], sides: tuple[Side, ...]) -> None:
        """Follow lineage from *starts*, upstream, downstream, or to all that hangs together with them."""
        done: set[str] = set()
        frontier = self._enter(starts)
        for _ in range(_HOPS):
            done |= set(frontier)
            reached: dict[str, None] = {}
            for batch, limit in self._batches(frontier):
                for side in sides:
                    reached |= dict.fromkeys(self._step(batch, side, limit))
            frontier = [guid for guid in reached if guid not in done]
        self.cut |= bool(frontier)

    def add(self, flows: Iterable[Flow]) -> None:
        """Add flows between assets that were found."""
        self.flows |= {flow: None for flow in flows if {flow.source, flow.target} <= self.assets.keys()}

    def bridge(self) -> None:
        """Add the processes that lead directly from a table to another, where the walk went through objects."""
        objects = {guid for guid, asset in self.assets.items() if asset.type == OBJECT}
        sources, targets = defaultdict[str, set[str]](set), defaultdict[str, set[str]](set)
        for flow in self.flows:
            sources[flow.target].add(flow.source)
            targets[flow.source].add(flow.target)
        through = dict.fromkeys(pair for one in objects for pair in product(sources[one], targets[one]))
        direct = {(flow.source, flow.target) for flow in self.flows}
        for source, target in [pair for pair in through if pair not in direct][:_BRIDGES]:
            values = {"source": source, "target": target, "inputs": INPUTS, "outputs": OUTPUTS, "also": self._also}
            for row in self.connection.execute(_BRIDGE, values):
                self.flows[Flow(source, target, row["process"], bool(row["active"]))] = None

    def columns(self, guids: Iterable[str]) -> list[Flow]:
        """Return the lineage between these columns."""
        wanted = set(guids)
        found = self._flows(wanted, "down", FLOWS, "ColumnProcess")
        return [flow for flow in found if flow.target in wanted]

    def _batches(self, guids: Iterable[str]) -> Iterator[tuple[list[str], int]]:
        """Yield each table alone, since it may have any number of processes, and all objects together."""
        objects = [guid for guid in guids if self.assets[guid].type == OBJECT]
        yield from (([guid], self.limit) for guid in guids if self.assets[guid].type != OBJECT)
        if objects:
            yield objects, _PER_OBJECT * len(objects)

    def _step(self, guids: list[str], side: Side, limit: int) -> list[str]:
        flows = list(self._flows(guids, side, limit))
        far = self._enter(flow.target if side == "down" else flow.source for flow in flows)
        self.add(flows)
        return far

    def _flows(self, guids: Iterable[str], side: Side, limit: int, type_: str = "Process") -> Iterator[Flow]:
        """Yield the flows on one side of assets; notes whether there are more."""
        wanted = list(guids)
        near, far = (INPUTS, OUTPUTS) if side == "down" else (OUTPUTS, INPUTS)
        values: dict[str, Any] = {"guids": json.dumps(wanted), "near": near, "far": far, "type": type_}
        values |= {"also": self._also, "limit": limit}
        rows = self.connection.execute(_STEP, values).fetchall()
        if len({row["process"] for row in rows}) >= limit:
            self.partial |= set(wanted)
        for row in rows:
            ends = (row["near"], row["far"]) if side == "down" else (row["far"], row["near"])
            yield Flow(*ends, row["process"], bool(row["active"]))

    def _enter(self, guids: Iterable[str]) -> list[str]:
        """Read the assets that are new, as far as there is room; return all of these guids that are in the graph."""
        wanted = dict.fromkeys(guids)
        found = assets.read(self.connection, [guid for guid in wanted if guid not in self.assets])
        room = {True: OBJECTS, False: TABLES}
        for asset in self.assets.values():
            room[asset.type == OBJECT] -= 1
        for guid in wanted:
            if guid not in found or not (found[guid].active or self.retired):
                continue
            kind = found[guid].type == OBJECT
            if room[kind] > 0:
                self.assets[guid] = found[guid]
                room[kind] -= 1
            else:
                self.cut = True
        return [guid for guid in wanted if guid in self.assets]
