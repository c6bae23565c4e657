"""
What the catalog should hold, stated a second time: from S3's listing, the exports and the tables, and no connector.

It is compared with the catalog's own file, of which one state is seen throughout.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from tests.support.shop import BUCKET, CONNECTION, pair

DEPLOYMENT = "ours"
TABLES = ("orders", "items", "customers", "invoices", "returns", "visits", "stock")
COLUMNS = (("id", "ROW_ID"), ("total", "TOTAL"), ("placed_at", "PLACED_AT"))
"""The columns that the route connects; each table has two more that it does not."""

Facts = dict[tuple[str, str], tuple[Any, ...]]
"""What is active, by type and qualified name: an object's (size, ETag), a process's (inputs, outputs, parents)."""

_SOURCE = (*(left for left, _ in COLUMNS), "secret", "_loaded_at")
_TARGET = (*(right for _, right in COLUMNS), "BATCH", "_LOADED_AT")
WAREHOUSE: Mapping[str, tuple[str, ...]] = {
    name: columns for table in TABLES for name, columns in zip(pair(table), (_SOURCE, _TARGET), strict=True)
}
"""The columns of every table."""


def expected(listing: Iterable[Mapping[str, Any]]) -> Facts:
    """Say what is to be active of ours, while S3 lists these objects and nothing else."""
    facts: Facts = {}
    for entry in listing:
        key = entry["Key"]
        table = key.split("/")[2]
        name = f"{CONNECTION}/{BUCKET}/{key}"
        facts["S3Object", name] = (entry["Size"], entry["ETag"].strip('"'))
        source, target = pair(table)
        facts["Process", _ours(f"in/{BUCKET}/{key}")] = ((source,), (name,), ())
        facts["Process", _ours(f"out/{BUCKET}/{key}")] = ((name,), (target,), ())
        facts |= _end_to_end(table)
    return facts


def _end_to_end(table: str) -> Facts:
    left, right = pair(table)
    name = _ours(f"pair/{left}>{right}")
    columns = {("ColumnProcess", f"{name}/{a}>{b}"): ((f"{left}/{a}",), (f"{right}/{b}",), (name,)) for a, b in COLUMNS}
    return {("Process", name): ((left,), (right,), ()), **columns}


def _ours(path: str) -> str:
    return f"{CONNECTION}/{DEPLOYMENT}/{path}"


_OBJECTS = """
SELECT qualified_name, json_extract(attributes, '$.s3ObjectSize') AS size, json_extract(attributes, '$.s3ETag') AS etag
FROM entity WHERE type = 'S3Object' AND status = 'ACTIVE'
"""
_PROCESSES = "SELECT guid, type, qualified_name FROM entity WHERE type LIKE '%Process' AND status = 'ACTIVE'"
_ENDS = """
SELECT edge.name, edge.end1 AS process, far.qualified_name FROM edge JOIN entity AS far ON far.guid = edge.end2
WHERE edge.name LIKE '%catalog%' AND edge.status = 'ACTIVE' AND far.status = 'ACTIVE'
UNION ALL
SELECT edge.name, edge.end2 AS process, far.qualified_name FROM edge JOIN entity AS far ON far.guid = edge.end1
WHERE edge.name = 'column_lineage' AND edge.status = 'ACTIVE' AND far.status = 'ACTIVE'
"""
_SIDES = ("catalog_process_inputs", "process_catalog_outputs", "column_lineage")


def actual(catalog: sqlite3.Connection) -> Facts:
    """Say the same of what the catalog has: ends that are retired, or no longer joined, are none."""
    ends: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for side, process, name in catalog.execute(_ENDS):
        ends[process, side].append(name)
    facts: Facts = {("S3Object", name): (size, etag) for name, size, etag in catalog.execute(_OBJECTS)}
    for guid, kind, name in catalog.execute(_PROCESSES):
        facts[kind, name] = tuple(tuple(sorted(ends[guid, side])) for side in _SIDES)
    return facts


def dangling(facts: Facts) -> list[str]:
    """List the active processes that have an end, or a parent, that is retired: each was made with all of them."""
    wanted = {"Process": 2, "ColumnProcess": 3}
    return [name for (kind, name), ends in facts.items() if not all(ends[: wanted.get(kind, 0)])]


def doubles(catalog: sqlite3.Connection) -> list[tuple[Any, ...]]:
    """List the (type, qualified name, how many) that are there more than once, in any status."""
    grouped = "SELECT type, qualified_name, count(*) FROM entity GROUP BY type, qualified_name HAVING count(*) > 1"
    return [tuple(row) for row in catalog.execute(grouped)]


def differences(wanted: Facts, found: Facts, most: int = 12) -> list[str]:
    """Tell what differs, a line each, the first few."""
    told = [
        f"{' '.join(name)}: {found.get(name, 'missing')}, wanted {wanted.get(name, 'retired')}"
        for name in sorted(wanted.keys() | found.keys())
        if wanted.get(name) != found.get(name)
    ]
    return told[:most] + [f"... {len(told)} in all"] * (len(told) > most)
