"""Sweeps: what a bucket and the catalog differ in is found, exactly, and healed by the same sync as notifications."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector.core.asset import Name, Type
from connector.core.drift import Drift
from connector.core.order import ObjectHint, PairHint, Scope
from connector.core.report import Outcome
from connector.core.tally import Cursor, Stage
from connector.errors import ForbiddenError, RefusedError, UnavailableError
from tests.support.shop import BUCKET, ITEMS, ORDERS, ROUTES, loaded
from tests.support.world import World, key

S3 = "default/s3/1"
PAIR = f"{S3}/ours/pair/{ORDERS[0]}>{ORDERS[1]}"
OTHER = ROUTES.replace("target: default/snowflake/3/DB", "target: default/snowflake/3/WRONG")
WRONG = (ORDERS[0], "default/snowflake/3/WRONG/PUBLIC/ORDERS")
COLD = """
  - name: cold
    bucket: cold
    key: "{table}-{part}.csv"
    source: default/postgres/2/shop/public/{table}
    target: default/snowflake/3/DB/PUBLIC/{table:upper}
"""
DROPPED = 'connection: default/s3/1\nroutes:\n  - {name: raw, bucket: lake, key: "raw/**"}\n'


@pytest.fixture
def world() -> World:
    return World()


def found(world: World, prefix: str = "") -> Counter[tuple[Drift, str]]:
    return Counter((finding.drift, str(finding.hint)) for finding in world.sweep(prefix))


def place(part: str) -> str:
    return f"s3://{BUCKET}/{key(part)}"


def process(world: World, name: str) -> str:
    """Return the guid of an asset of ours, by the end of its name."""
    (guid,) = [e.guid for e in world.atlan.entities.values() if e.active and e.name.qualified_name.endswith(name)]
    return guid


def archive(world: World, name: str) -> None:
    """Let a person archive an asset of ours in Atlan."""
    guid = process(world, name)
    world.atlan.entities[guid] = replace(world.atlan.entities[guid], active=False)


def test_load(world: World) -> None:
    """A bucket of which Atlan knows nothing is cataloged whole, and then there is nothing to find."""
    world.put(*map(key, "abc"), "raw/x.bin", "exports/public/orders/_SUCCESS", "elsewhere.txt")

    first = found(world)
    world.heal()

    assert first == {
        **{(Drift.NEW, place(part)): 1 for part in "abc"},
        (Drift.NEW, "s3://lake/raw/x.bin"): 1,
    }
    assert found(world) == {}
    assert {f"{S3}/lake/{key('a')}", f"{S3}/lake/raw/x.bin", PAIR} <= world.atlan.active()
    assert not any("SUCCESS" in name or "elsewhere" in name for name in world.atlan.active())


def unnoticed_upload(world: World) -> None:
    world.put(key("new"))


def unnoticed_change(world: World) -> None:
    world.put(key("1"))


def unnoticed_delete(world: World) -> None:
    world.s3.delete(BUCKET, key("1"))


def end_of_the_pair(world: World) -> None:
    world.s3.delete(BUCKET, key("1"))
    world.s3.delete(BUCKET, key("2"))


def process_deleted(world: World) -> None:
    archive(world, "/ours/in/lake/" + key("1"))


def pair_deleted(world: World) -> None:
    archive(world, PAIR)


def column_process_deleted(world: World) -> None:
    archive(world, "/id>ROW_ID")


def column_added(world: World) -> None:
    for table, (column,) in zip(ORDERS, (["note"], loaded(["note"])), strict=True):
        world.atlan.add_column(table, column)


def column_dropped(world: World) -> None:
    world.atlan.drop_column(ORDERS[0], "total")


def table_dropped(world: World) -> None:
    world.atlan.drop_table(ORDERS[1])


def table_remade(world: World) -> None:
    world.atlan.remake_table(ORDERS[0])


def object_archived(world: World) -> None:
    archive(world, f"{S3}/lake/{key('1')}")


CHANGES: dict[Callable[[World], None], dict[tuple[Drift, str], int]] = {
    unnoticed_upload: {(Drift.NEW, place("new")): 1},
    unnoticed_change: {(Drift.CHANGED, place("1")): 1},
    unnoticed_delete: {(Drift.VANISHED, place("1")): 1},
    end_of_the_pair: {
        (Drift.VANISHED, place("1")): 1,
        (Drift.VANISHED, place("2")): 1,
        (Drift.PAIR_UNLINKED, " > ".join(ORDERS)): 1,
    },
    process_deleted: {(Drift.LINKED, place("1")): 1},
    pair_deleted: {(Drift.PAIR_LINKED, " > ".join(ORDERS)): 1},
    column_process_deleted: {(Drift.PAIR_LINKED, " > ".join(ORDERS)): 1},
    column_added: {(Drift.PAIR_LINKED, " > ".join(ORDERS)): 1},
    column_dropped: {(Drift.PAIR_LINKED, " > ".join(ORDERS)): 1},
    table_dropped: {
        (Drift.UNLINKED, place("1")): 1,
        (Drift.UNLINKED, place("2")): 1,
        (Drift.PAIR_UNLINKED, " > ".join(ORDERS)): 1,
    },
    table_remade: {
        (Drift.LINKED, place("1")): 1,
        (Drift.LINKED, place("2")): 1,
        (Drift.PAIR_LINKED, " > ".join(ORDERS)): 1,
    },
    object_archived: {(Drift.NEW, place("1")): 1},
}


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_drift(world: World, change: Callable[[World], None]) -> None:
    """Each drift is found, and nothing else; the hints heal it, so that the catalog is as if it had been loaded new."""
    world.upload("1", "2")
    world.clock.sleep(1)

    change(world)

    assert found(world) == CHANGES[change]
    assert all(report.outcome is Outcome.APPLIED for report in world.heal())
    assert found(world) == {}
    assert world.atlan.dangling() == []


def test_table_comes_later(world: World) -> None:
    """A table that is crawled after the files gets their lineage from the next sweep; before, nothing is found."""
    world.atlan.drop_table(ORDERS[1])
    world.upload("1")

    without = found(world)
    world.atlan.add_table(ORDERS[1], [])
    with_it = found(world)
    world.heal()

    assert without == {}
    assert with_it == {(Drift.LINKED, place("1")): 1}
    assert PAIR in world.atlan.active()
    assert found(world) == {}


def test_corrected_route(world: World) -> None:
    """Objects that were linked to the wrong table are linked to the right one, and the wrong pair's lineage goes."""
    world.restart(OTHER)
    world.atlan.add_table(WRONG[1], loaded(("id", "total")))
    world.upload("1", "2")
    world.restart(ROUTES)

    before = found(world)
    world.heal()

    assert before == {
        (Drift.LINKED, place("1")): 1,
        (Drift.LINKED, place("2")): 1,
        (Drift.PAIR_UNLINKED, " > ".join(WRONG)): 1,
    }
    assert found(world) == {}
    assert not any("WRONG" in name for name in world.atlan.active())


def test_corrected_route_of_a_part(world: World) -> None:
    """The same where only a prefix is swept; a pair that no object there had is left to a sweep of the whole bucket."""
    world.restart(OTHER)
    world.atlan.add_table(WRONG[1], loaded(("id", "total")))
    world.upload("1")
    world.restart(ROUTES)

    elsewhere, here = found(world, "raw/"), found(world, "exports/")

    assert elsewhere == {}
    assert here == {(Drift.LINKED, place("1")): 1, (Drift.PAIR_UNLINKED, " > ".join(WRONG)): 1}


def test_dropped_route(world: World) -> None:
    """Objects of a route that is gone lose their lineage and stay; those that vanish later go, since they were ours."""
    world.upload("1", "2")
    world.restart(DROPPED)

    before = found(world)
    world.heal()
    after = world.atlan.active()
    world.s3.delete(BUCKET, key("1"))
    later = found(world)
    world.heal()

    assert before == {
        (Drift.UNLINKED, place("1")): 1,
        (Drift.UNLINKED, place("2")): 1,
        (Drift.PAIR_UNLINKED, " > ".join(ORDERS)): 1,
    }
    assert after == {f"{S3}/lake", f"{S3}/lake/{key('1')}", f"{S3}/lake/{key('2')}"}
    assert later == {(Drift.VANISHED, place("1")): 1}
    assert world.atlan.active() == {f"{S3}/lake", f"{S3}/lake/{key('2')}"}


def test_others(world: World) -> None:
    """Objects on no route that another tool cataloged, and lineage of another deployment, are never touched."""
    world.upload("1")
    for kind, name in (
        (Type.OBJECT, f"{S3}/lake/other/gone.csv"),
        (Type.PROCESS, f"{S3}/theirs/in/lake/{key('1')}"),
        (Type.PROCESS, f"{S3}/theirs/pair/{ITEMS[0]}>{ITEMS[1]}"),
        (Type.PROCESS, f"{S3}/theirs/in/lake/{key('gone')}"),
    ):
        world.atlan.foreign(Name(kind, name), foreign=True)

    assert found(world) == {}


def test_other_bucket(world: World) -> None:
    """A sweep of one bucket leaves another's alone, also where its own routes file has no route for that one."""
    both = (
        ROUTES
        + '  - name: cold\n    bucket: cold\n    key: "{t}.csv"\n    source: a/b/c/d/e/{t}\n    target: f/g/h/i/j/{t}\n'
    )
    for table in ("a/b/c/d/e/x", "f/g/h/i/j/x"):
        world.atlan.add_table(table, ["id"])
    world.restart(both)
    world.put("x.csv", bucket="cold")
    world.upload("1")
    world.notify("x.csv", bucket="cold")
    active = world.atlan.active()
    world.s3.delete("cold", "x.csv")

    with_its_route = found(world)
    world.restart(ROUTES)
    without = found(world)

    assert with_its_route == without == {}
    assert world.atlan.active() == active
    assert f"{S3}/ours/pair/a/b/c/d/e/x>f/g/h/i/j/x" in active


def test_prefix(world: World) -> None:
    """Only what begins with the prefix is compared, be it in S3 or in Atlan."""
    world.upload("1")
    world.put(key("2"), "raw/a", "raw/b/c")
    world.s3.delete(BUCKET, key("1"))

    assert found(world, "raw/b") == {(Drift.NEW, "s3://lake/raw/b/c"): 1}
    assert found(world, "raw/") == {(Drift.NEW, "s3://lake/raw/a"): 1, (Drift.NEW, "s3://lake/raw/b/c"): 1}
    assert {drift for drift, _ in found(world, "exports/")} == {Drift.NEW, Drift.VANISHED}


def test_same_name_twice(world: World) -> None:
    """Two assets of one name, as concurrent writers of others make them, are reported."""
    world.upload("1")
    twin = world.atlan.entities[process(world, f"{S3}/lake/{key('1')}")]
    world.atlan.entities["twin"] = replace(twin, guid="twin")

    steps = list(world.sweeper().steps(Scope(BUCKET)))

    assert [name for step in steps for name in step.twice] == [twin.name.qualified_name]
    assert not any(step.findings for step in steps)


def test_no_requests(world: World) -> None:
    """An object that is as it should be costs no request of its own: pages of S3 and of a search, a header a pair."""
    world.upload(*map(str, range(30)))
    world.store.reads.clear()
    world.catalog.reads.clear()

    assert found(world) == {}
    assert world.store.reads == [key("9")]
    assert all(read.startswith("search") for read in world.catalog.reads)
    assert len(world.catalog.reads) <= 1 + 3 * (30 // 7 + 2) + 6


@pytest.mark.parametrize("error", [ForbiddenError("403"), RefusedError("NoSuchBucket"), UnavailableError("503")])
def test_listing_fails(world: World, error: Exception) -> None:
    """Where S3 does not list, a sweep ends with S3's error, whatever Atlan has: it is no empty bucket."""
    world.upload("1")
    world.store.errors[BUCKET] = error

    with pytest.raises(type(error)):
        world.sweep()


def test_rejected_listing(world: World) -> None:
    """A pair whose prefixes S3 does not list, as in a bucket that does not exist, is left alone, and reported."""
    world.restart(ROUTES + COLD)
    world.upload("1")
    world.s3.delete(BUCKET, key("1"))
    world.store.errors["cold"] = RefusedError("NoSuchBucket")

    steps = list(world.sweeper().steps(Scope(BUCKET)))
    world.heal()

    assert [finding.drift for step in steps for finding in step.findings] == [Drift.VANISHED]
    assert [name for step in steps for name in step.undecided] == [" > ".join(ORDERS)]
    assert PAIR in world.atlan.active()


def test_finished(world: World) -> None:
    """After the end there is nothing."""
    world.put(key("1"))

    assert list(world.sweeper().steps(Scope(BUCKET), Cursor(Stage.DONE))) == []


@pytest.mark.parametrize("size", [1, 3, 1000])
def test_slices(size: int) -> None:
    """From each cursor on, a new process finds what the first one would have found."""
    world = World(page=size)
    world.upload(*map(str, range(9)))
    for part in "135":
        world.s3.delete(BUCKET, key(part))
    world.put(key("x"), "raw/z")
    scope = Scope(BUCKET)
    whole = [finding.hint for finding in world.sweep()]

    cursor, parts = Cursor(), []
    while cursor.stage is not Stage.DONE:
        step = next(iter(world.sweeper().steps(scope, cursor)))
        parts += [finding.hint for finding in step.findings]
        cursor = step.cursor

    assert parts == whole
    assert ObjectHint(BUCKET, key("x")) in whole


def test_undecided(world: World) -> None:
    """A pair that S3's listing cannot decide is decided by the catalog, once its objects are in sync."""
    routes = ROUTES.replace('"exports/{schema}/{table}/{part}.csv"', '"**/{schema}/{table}/{part}.csv"')
    world = World(routes=routes, page=1)
    world.upload("1")
    world.put(*(f"0/{number:03}" for number in range(120)))
    world.s3.delete(BUCKET, key("1"))
    world.notify(key("1"))
    left = PAIR in world.atlan.active()

    hints = [finding.hint for finding in world.sweep()]
    world.heal()

    assert left
    assert hints == [PairHint(*ORDERS)]
    assert PAIR not in world.atlan.active()


class StoppedError(BaseException):
    """The process is killed."""


def unnoticed(world: World, random: Random) -> None:
    """Load some objects, and change many of them unnoticed, so that a sweep has a bit of everything to do."""
    for table, columns in zip(ITEMS, (["id"], loaded(["id"])), strict=True):
        world.atlan.add_table(table, columns)
    world.upload(*map(str, range(40)))
    world.clock.sleep(1)
    for part in random.sample(range(60), 30):
        if random.random() < 0.5:
            world.s3.delete(BUCKET, key(str(part)))
        else:
            world.put(key(str(part)), f"exports/public/items/{part}.csv")


def test_standalone(world: World) -> None:
    """Without a queue, a sweep applies its hints itself, and then there is nothing to find."""
    unnoticed(world, Random(1))
    hints = len(world.sweep())

    progress = world.standalone()

    assert (progress.done, progress.waiting, progress.failed) == (hints, 0, [])
    assert hints > 30
    assert found(world) == {}


@pytest.mark.parametrize("seed", range(10))
def test_killed(seed: int) -> None:
    """Killed at any point, before or after a write, then run again: the same state as if it had never been killed."""
    whole, killed = World(), World()
    for world in (whole, killed):
        unnoticed(world, Random(seed))
    before = len(whole.catalog.log)
    whole.standalone()
    random = Random(seed)

    killed.catalog.death = StoppedError()
    killed.catalog.left, killed.catalog.undone = (
        random.randrange(len(whole.catalog.log) - before),
        random.random() < 0.5,
    )
    with pytest.raises(StoppedError):
        killed.standalone()
    killed.catalog.left = 1_000_000
    killed.restart()
    killed.clock.sleep(60)
    dangling = killed.atlan.dangling()
    killed.standalone()

    assert dangling == killed.catalog.broken == []
    assert killed.atlan.active() == whole.atlan.active()
    assert found(killed) == {}


@pytest.mark.unmeasured
@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32))
def test_converges(seed: int) -> None:
    """Whatever happened unnoticed, one sweep finds just that, a second one nothing, and the catalog is true."""
    random, world = Random(seed), World()
    world.upload(*map(str, range(12)))
    world.clock.sleep(5)
    there = set(map(str, range(12)))
    touched = set()
    for _ in range(10):
        part = str(random.randrange(18))
        world.clock.sleep(1)
        if random.random() < 0.5 and part in there:
            world.s3.delete(BUCKET, key(part))
            there.discard(part)
        else:
            world.put(key(part))
            there.add(part)
        touched.add(place(part))

    hints = {str(finding.hint) for finding in world.sweep()}
    world.heal()

    assert {hint for hint in hints if hint.startswith("s3://")} <= touched
    assert world.sweep() == []
    assert world.atlan.active(Type.OBJECT) == {f"{S3}/lake/{key(part)}" for part in there}
    assert (PAIR in world.atlan.active()) == bool(there)
    assert world.atlan.dangling() == []
