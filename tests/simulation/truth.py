"""
What the catalog should be, said a second time: from S3, the routes and the tables, without `connector.core`.

The routes are `FILE` for the connector, and for this module a table of keys, written by hand.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from tests.support.catalog import Atlan, Entity
from tests.support.shop import CONNECTION, ITEMS, ORDERS, ROUTES
from tests.support.store import S3

_MORE: Final = """
  - name: landing
    bucket: lake
    key: "landing/{table}.csv"
    source: default/postgres/2/shop/public/{table}
  - name: old
    bucket: cold
    key: "old/{table}-{part}.csv"
    source: default/postgres/2/shop/public/{table}
    target: default/snowflake/3/DB/PUBLIC/{table:upper}
  - name: days
    bucket: days
    key: "{day}/{table}.csv"
    source: default/postgres/2/shop/public/{table}
    target: default/snowflake/3/DB/PUBLIC/{table:upper}
"""
FILE: Final = ROUTES + _MORE

PAIRS: Final = (ORDERS, ITEMS)

KEYS: Final[Mapping[tuple[str, str], tuple[str, str]]] = {
    ("lake", "exports/public/orders/1.csv"): ORDERS,
    ("lake", "exports/public/orders/a b+\u00fc.csv"): ORDERS,
    ("lake", "exports/public/items/1.csv"): ITEMS,
    ("cold", "old/orders-1.csv"): ORDERS,
    ("cold", "old/items-1.csv"): ITEMS,
    ("days", "2026/items.csv"): ITEMS,
    ("lake", "landing/orders.csv"): (ORDERS[0], ""),
    ("lake", "raw/x/y.bin"): ("", ""),
}
"""What is cataloged, and between which tables; an empty name is none."""

MANY: Final[Mapping[tuple[str, str], tuple[str, str]]] = {
    ("lake", f"exports/public/orders/many {number:03}.csv"): ORDERS for number in range(130)
}
"""What comes in a flood: more than one invocation can do where Atlan is slow."""

IGNORED: Final = (("lake", "exports/public/orders/_SUCCESS"), ("lake", "elsewhere.txt"), ("other", "old/orders-1.csv"))
FILLERS: Final = tuple(("days", f"0/no/{number:02}") for number in range(12))
"""On no route, but before all others in a listing of their bucket."""

HEADERS: Final = ("all", "all", "", "id,_loaded_at", "total", "total,id,extra", "id,note", "\0")
"""What files begin with: all columns, none, these, of which the tables may not have each, or what is no text."""

OURS: Final = f"{CONNECTION}/ours/"

Facts = dict[tuple[str, str], tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Table:
    """An active table: its guid, and the guids of its active columns by name."""

    guid: str
    columns: Mapping[str, str]


def columns(source: Table, target: Table) -> Iterator[tuple[str, str]]:
    """Yield the pairs of columns that FILE connects: `id` with ROW_ID, others with their like, `_loaded_at` never."""
    for name in source.columns:
        partner = "ROW_ID" if name == "id" else name.upper()
        if partner in target.columns and name != "_loaded_at":
            yield name, partner


def expected(s3: S3, atlan: Atlan, buckets: Mapping[str, str]) -> Facts:
    """Say all that is to be active and ours, with its ends; *buckets* has the qualified names of those."""
    tables = {name: _table(atlan, name) for pair in PAIRS for name in pair}
    facts: Facts = {}
    for (bucket, key), (source, target) in (KEYS | MANY).items():
        stat = s3.current(bucket, key)
        if stat:
            name = f"{buckets[bucket]}/{key}"
            facts["S3Object", name] = (stat, buckets[bucket])
            for way, table in (("in", tables.get(source)), ("out", tables.get(target))):
                if table:
                    ends = (table.guid, name) if way == "in" else (name, table.guid)
                    facts["Process", f"{OURS}{way}/{bucket}/{key}"] = (*ends, "")
    for pair in PAIRS:
        if any(s3.current(*place) for place, ends in (KEYS | MANY).items() if ends == pair):
            facts |= _between(pair, tables, _carried(s3, pair, tables))
    return facts


def actual(atlan: Atlan) -> Facts:
    """Say the same of what is active and of our making: objects, and processes under our name."""
    called = {guid: entity.name.qualified_name for guid, entity in atlan.entities.items()}
    facts: Facts = {}
    for entity in atlan.entities.values():
        name = entity.name.qualified_name
        if entity.active and entity.name.type == "S3Object" and not entity.foreign:
            facts["S3Object", name] = (entity.stat, called[entity.parent])
        elif entity.active and name.startswith(OURS) and not entity.foreign:
            noted = (bool(entity.note),) if name.startswith(f"{OURS}pair/") and not entity.parent else ()
            facts[entity.name.type.value, name] = (*_ends(entity, called), called.get(entity.parent, ""), *noted)
    return facts


def _carried(s3: S3, pair: tuple[str, str], tables: Mapping[str, Table | None]) -> list[frozenset[str] | None]:
    """Return what the objects of a pair carry that have a header, newest first, and None for those that are no text."""
    known = {column.lower() for end in pair if (table := tables[end]) for column in table.columns}
    live = [
        (stat.modified, *place)
        for place, ends in (KEYS | MANY).items()
        if ends == pair and (stat := s3.current(*place))
    ]
    found = []
    for _, *place in sorted(live, reverse=True):
        first = (s3.content(*place)[1] or b"").split(b"\n")[0].decode().split(",")
        is_header = 2 * sum(name in known for name in first) >= len(first)
        if is_header or first == ["\0"]:
            found.append(frozenset(first) if is_header else None)
    return found


def _between(
    pair: tuple[str, str],
    tables: Mapping[str, Table | None],
    carried: list[frozenset[str] | None],
) -> Facts:
    source, target = tables[pair[0]], tables[pair[1]]
    if not source or not target:
        return {}
    name = f"{OURS}pair/{pair[0]}>{pair[1]}"
    flows = dict(columns(source, target))
    shape = next((names for names in carried if names is not None), None)
    strange = bool(carried) and not (carried[0] and carried[0] - {"_loaded_at"} <= flows.keys() <= carried[0])
    facts: Facts = {("Process", name): (source.guid, target.guid, "", strange)}
    for left, right in flows.items():
        if shape is None or left in shape:
            facts["ColumnProcess", f"{name}/{left}>{right}"] = (source.columns[left], target.columns[right], name)
    return facts


def _table(atlan: Atlan, name: str) -> Table | None:
    part = atlan.warehouse.get(name)
    if part is None or not part.active:
        return None
    return Table(part.guid, {name: column.guid for name, column in part.columns.items() if column.active})


def _ends(entity: Entity, called: Mapping[str, str]) -> tuple[str, ...]:
    return tuple("|".join(sorted(called.get(guid, guid) for guid in ends)) for ends in (entity.inputs, entity.outputs))
