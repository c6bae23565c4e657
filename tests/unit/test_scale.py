"""What a sweep of a large bucket costs, in requests and in memory; S3 and Atlan are generators that are counted."""

import os
import tracemalloc
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Final

import pytest

from connector import routesfile
from connector.core.asset import Column, Found, Name, Read, Stat, Table, Type
from connector.core.columns import Flow
from connector.core.names import Namespace
from connector.core.order import Scope
from connector.core.route import Pair
from connector.core.seen import Cataloged, End, Linked, Listed
from connector.core.tally import Tally
from connector.sweep import KEYS, PAIRS, Sweep
from tests.support.shop import BUCKET, CONNECTION, ROUTES, pair

FILES: Final = 100
"""Objects of a table; a million keys are then of as many pairs as a sweep remembers."""

PAGE: Final = 500
"""Results of a page of a search; `connector.adapters.atlan.survey` asks for as many."""

SPACE: Final = Namespace(CONNECTION, "ours")
MODIFIED: Final = datetime(2026, 1, 1, tzinfo=UTC)
LARGE, MORE = (1_000_000, 20.0) if "SOAK" in os.environ else (20_000, 4.0)
"""Keys, and the megabytes that they may take more than a thousand keys do."""

MEGABYTE: Final = 2**20


@dataclass
class Large:
    """
    S3 and Atlan with so many objects, in sync.

    All is made when it is read, so that the memory of a sweep is its own. `asked` counts the requests.
    """

    keys: int
    asked: Counter[str] = field(default_factory=Counter)

    @property
    def tables(self) -> int:
        return -(-self.keys // FILES)

    def listing(self, bucket: str, prefix: str, after: str) -> Iterator[Sequence[Listed]]:
        def item(number: int) -> Listed:
            return Listed(_key(number), 1, "etag", MODIFIED)

        return self._pages("list", self.keys, 1000, item)

    def read(self, bucket: str, key: str, first: int = 1) -> Read:
        self.asked["read"] += 1
        return Read(Stat(5, "etag", MODIFIED), b"id\n1\n")

    def objects(self, prefix: str, after: str) -> Iterator[Sequence[Cataloged]]:
        def item(number: int) -> Cataloged:
            return Cataloged(_object(number), f"object-{number}", 1, "etag", MODIFIED, "STANDARD")

        return self._pages("objects", self.keys, PAGE, item)

    def processes(self, kind: Type, prefixes: Sequence[str], after: str) -> Iterator[Sequence[Linked]]:
        if kind is Type.COLUMN_PROCESS:
            ours = [SPACE.pair_of(Name(Type.PROCESS, prefix.removesuffix("/"))) for prefix in prefixes]
            return self._pages("columns", len(ours), PAGE, lambda number: _column_process(ours[number]))
        if prefixes == [SPACE.pairs]:
            return self._pages("pairs", self.tables, PAGE, lambda number: _end_to_end(_pair(number)))
        side = "in" if "/in/" in prefixes[0] else "out"
        return self._pages(side, self.keys, PAGE, _into if side == "in" else _out)

    def named(self, names: Collection[Name]) -> Sequence[Linked]:
        self.asked["named"] += -(-len(names) // 100)
        return [_end_to_end(SPACE.pair_of(name)) for name in names]

    def with_columns(self, names: Collection[str]) -> Mapping[str, Table]:
        self.asked["tables"] += -(-len(names) // 20)
        return {name: Table("Table", name, (Column(_id(name), f"{name}/id"),)) for name in names}

    def buckets(self, connection: str, bucket: str, names: Sequence[Name]) -> Sequence[Found]:
        self.asked["bucket"] += 1
        return [Found(names[0], "bucket", active=True)]

    def _pages(self, what: str, size: int, page: int, make: Callable[[int], Any]) -> Iterator[Sequence[Any]]:
        numbers = iter(range(size))
        while part := [make(number) for number in islice(numbers, page)]:
            self.asked[what] += 1
            yield part


def _key(number: int) -> str:
    return f"exports/public/t{number // FILES:06}/{number:08}.csv"


def _pair(table: int) -> Pair:
    return Pair(*pair(f"t{table:06}"))


def _id(table: str) -> str:
    return "ROW_ID" if "snowflake" in table else "id"


def _object(number: int) -> Name:
    return Name(Type.OBJECT, f"{CONNECTION}/{BUCKET}/{_key(number)}")


def _into(number: int) -> Linked:
    table, object_ = _pair(number // FILES).source, _object(number).qualified_name
    return Linked(SPACE.into(BUCKET, _key(number)), f"in-{number}", (End(table, table),), (End("o", object_),))


def _out(number: int) -> Linked:
    table, object_ = _pair(number // FILES).target, _object(number).qualified_name
    return Linked(SPACE.out(BUCKET, _key(number)), f"out-{number}", (End("o", object_),), (End(table, table),))


def _end_to_end(pair: Pair) -> Linked:
    ends = (End(pair.source, pair.source),), (End(pair.target, pair.target),)
    return Linked(SPACE.pair(pair), f"pair-{pair.source}", *ends)


def _column_process(pair: Pair) -> Linked:
    ends = [(End(f"{table}/id", f"{table}/{_id(table)}"),) for table in (pair.source, pair.target)]
    return Linked(SPACE.column(pair, Flow(("id",), "ROW_ID")), f"column-{pair.source}", *ends)


def swept(large: Large) -> tuple[Tally, float]:
    """Sweep, and return what was counted, and the most memory that it took, in megabytes."""
    routes = routesfile.read(ROUTES, "routes.yaml")
    tally, sweep = Tally(), Sweep(routes, SPACE, (large, large, large))
    tracemalloc.start()
    try:
        for step in sweep.steps(Scope(BUCKET)):
            tally.add(step)
        return tally, tracemalloc.get_traced_memory()[1] / MEGABYTE
    finally:
        tracemalloc.stop()


@pytest.mark.unmeasured
@pytest.mark.timeout(3600)
def test_cost() -> None:
    """One LIST a thousand keys, one search a page, one header a pair; and memory does not grow, but by a constant."""
    large = Large(LARGE)

    small_tally, small = swept(Large(1000))
    tally, most = swept(large)

    assert tally.hints == small_tally.hints == 0
    assert tally.counts["listed"] == tally.counts["cataloged"] == LARGE
    assert large.asked.pop("list") == LARGE // 1000
    assert {what: large.asked.pop(what) for what in ("objects", "in", "out")} == dict.fromkeys(
        ("objects", "in", "out"), LARGE // PAGE
    )
    tables, steps = LARGE // FILES, LARGE // FILES // PAIRS
    assert large.asked.pop("bucket") == 1
    assert large.asked.pop("pairs") == -(-tables // PAGE)
    assert large.asked.pop("named") == LARGE // KEYS
    assert large.asked.pop("columns") == steps
    assert large.asked.pop("read") == tables
    assert large.asked.pop("tables") == steps * (2 * PAIRS // 20)
    assert not large.asked
    assert most < small + MORE
