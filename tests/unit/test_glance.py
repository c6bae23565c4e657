"""What a batch reads of Atlan: how many requests that takes, and that a search alone never decides."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.core.asset import Name, Type
from connector.core.report import Outcome
from connector.core.seen import Wanted
from connector.glance import TABLES, _parts
from tests.support.shop import BUCKET, CONNECTION, ORDERS
from tests.support.world import World, key

NEW = ["search all", "get arn:aws:s3:::lake", "get family"]


@pytest.fixture
def world() -> World:
    return World()


def writes(world: World) -> int:
    return len(world.catalog.log)


def test_new(world: World) -> None:
    """A file of a new pair in a new bucket takes four requests: a search, two reads of what it may lack, and a save."""
    world.upload("1")

    assert world.catalog.reads == NEW
    assert writes(world) == 1


def test_known(world: World) -> None:
    """The next file of the pair takes one: a save."""
    world.upload("1")
    world.catalog.reads.clear()

    world.upload("2")

    assert world.catalog.reads == []
    assert writes(world) == 2


def test_again(world: World) -> None:
    """A new process takes two for a pair that is there: it searches, and saves."""
    world.upload("1")
    world.restart()
    world.catalog.reads.clear()

    world.upload("2")

    assert world.catalog.reads == ["search all"]


def test_lagging(world: World) -> None:
    """Where a search finds nothing yet, all is read from the graph, and the result is the same."""
    world.atlan._lag = lambda: 1e6
    for table, columns in zip(ORDERS, (["id", "total"], ["ROW_ID", "TOTAL"]), strict=True):
        del world.atlan.warehouse[table]
        world.atlan.add_table(table, columns)
    theirs = Name(Type.BUCKET, f"{CONNECTION}/arn:aws:s3:::{BUCKET}")
    world.atlan.foreign(theirs, label=BUCKET, foreign=True)

    (first,) = world.upload("1")
    world.restart()
    (second,) = world.notify(key("1"))

    assert (first.outcome, first.missing) == (Outcome.APPLIED, ())
    assert world.atlan.active(Type.BUCKET) == {theirs.qualified_name}
    assert len(world.atlan.active(Type.COLUMN_PROCESS)) == 2
    assert not second.changes.created | second.changes.updated | second.changes.retired


def test_lagging_bucket(world: World) -> None:
    """Our own bucket that a search does not find yet is saved again, which changes nothing."""
    world.atlan._lag = lambda: 1e6
    world.upload("1")
    world.restart()

    world.notify(key("1"))

    assert world.atlan.named(Name(Type.BUCKET, f"{CONNECTION}/{BUCKET}")).version == 1


NAMES = st.lists(st.integers(0, 200), max_size=70, unique=True)


@given(NAMES, NAMES, st.booleans())
def test_parts(tables: list[int], processes: list[int], bucket: bool) -> None:
    """Searches are few and small: each name is in one, none has too many, and one has the buckets."""
    names = [Name(Type.PROCESS, str(number)) for number in processes]
    buckets = {"b": [Name(Type.BUCKET, "b")]} if bucket else {}

    parts = _parts(Wanted("c", buckets, list(map(str, tables)), names))

    assert sorted(name for part in parts for name in part.tables) == sorted(map(str, tables))
    assert sorted((name for part in parts for name in part.processes), key=str) == sorted(names, key=str)
    assert all(len(part.tables) <= TABLES and len(part.processes) <= TABLES for part in parts)
    assert [dict(part.buckets) for part in parts if part.buckets] == ([buckets] if bucket else [])
    assert len(parts) <= max(1, -(-max(len(tables), len(processes)) // TABLES))
