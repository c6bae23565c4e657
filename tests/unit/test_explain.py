"""What `explain` says of one object, in a world in memory: its state, the causes in their order, and all sections."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from connector.core.asset import Name, Type
from connector.core.diagnosis import Diagnosis
from connector.core.document import document
from connector.core.explanation import Explained, Writer
from connector.core.sections import sections
from connector.core.state import State, state
from connector.core.verdict import flux, verdict
from connector.errors import ForbiddenError, UnavailableError
from tests.support.shop import BUCKET, CONNECTION, ORDERS
from tests.support.world import World, key, parsed

KEY = key("1")
SOURCE, TARGET = ORDERS
OBJECT = Name(Type.OBJECT, f"{CONNECTION}/{BUCKET}/{KEY}")

DOWN = UnavailableError("no response; it is retried")
Arrange = Callable[[World], Any]


def told(world: World, name: str = KEY, bucket: str = BUCKET) -> tuple[Explained, list[Diagnosis], str]:
    """Explain an object, and return it with the verdict and all sections as one text."""
    explained = world.explainer().explain(bucket, name)
    routes = parsed(world.routes)
    found = verdict(explained, routes)
    text = " ".join(
        f"{section.title} {' '.join(map(' '.join, section.lines))}" for section in sections(explained, routes)
    )
    assert document(explained, routes, found, flux(explained, CONNECTION))["verdict"]
    return explained, found, text


def later(world: World) -> None:
    """Let so much time pass that a notification would have arrived."""
    world.clock.now = 2_000_000_000.0


def just_now(world: World) -> None:
    """Let the object have been changed a moment ago, by the clock of S3."""
    modified = world.s3.current(BUCKET, KEY)
    assert modified
    world.clock.now = modified.modified.timestamp() + 5


def changed(world: World) -> None:
    world.upload("1")
    world.clock.sleep(5)
    world.put(KEY)
    later(world)


def unlinked(world: World) -> None:
    """Let somebody archive the process into the object."""
    world.upload("1")
    into = world.atlan.named(Name(Type.PROCESS, f"{CONNECTION}/ours/in/{BUCKET}/{KEY}"))
    world.atlan.retire([into])
    later(world)


def missing(world: World) -> None:
    world.atlan.drop_table(TARGET)
    world.upload("1")
    later(world)


def gone(world: World) -> None:
    world.upload("1")
    world.s3.delete(BUCKET, KEY)
    later(world)


def archived(world: World) -> None:
    world.upload("1")
    world.delete("1")
    world.put(KEY)
    later(world)


def unrelated(world: World) -> None:
    world.put(KEY, names=())
    for column in world.columns:
        world.atlan.drop_column(SOURCE, column)
    world.notify(KEY)
    later(world)


def different(world: World) -> None:
    world.put(KEY, names=("id", "surprise"))
    world.notify(KEY)
    later(world)


def doubled(world: World) -> None:
    """Let the source have two columns that one of the target could be."""
    for column in ("a_b", "a-b"):
        world.atlan.add_column(SOURCE, column)
    world.atlan.add_column(TARGET, "AB")
    world.upload("1")
    later(world)


def fails(where: str, error: Exception) -> Arrange:
    def arrange(world: World) -> None:
        world.upload("1")
        later(world)
        world.catalog.errors[where] = error

    return arrange


def denied(world: World) -> None:
    world.store.errors[KEY] = ForbiddenError("S3 denies access; grant s3:GetObject")


CASES = [
    pytest.param(lambda w: w.upload("1"), State.SYNC, ["the object and its lineage are in sync with S3"], id="in sync"),
    pytest.param(lambda w: (w.put(KEY), just_now(w)), State.NEW, ["may still be under way"], id="not yet"),
    pytest.param(lambda w: (w.put(KEY), later(w)), State.NEW, ["its notification was not applied"], id="not notified"),
    pytest.param(archived, State.NEW, ["its notification was not applied"], id="archived"),
    pytest.param(changed, State.BEHIND, ["an earlier state of the object"], id="changed"),
    pytest.param(unlinked, State.BEHIND, ["1 assets of its lineage differ"], id="unlinked"),
    pytest.param(missing, State.LACKING, [f"the table {TARGET} is archived in Atlan"], id="missing table"),
    pytest.param(unrelated, State.SYNC, ["the tables have no column in common: the source has none"], id="no columns"),
    pytest.param(
        different,
        State.DIFFERENT,
        [
            "the source table does not have surprise, which the file has",
            "which flow into no column",
            "does not have total",
        ],
        id="header",
    ),
    pytest.param(doubled, State.LACKING, ["are the same name but for case and separators"], id="ambiguous columns"),
    pytest.param(gone, State.STALE, ["Atlan still has its assets"], id="gone"),
    pytest.param(later, State.NOWHERE, ["there is no object of this key"], id="nowhere"),
    pytest.param(denied, State.UNREAD, ["S3 denies access"], id="denied"),
    pytest.param(
        fails("search all", UnavailableError("no response; it is retried")),
        State.FAILING,
        ["no response"],
        id="no Atlan",
    ),
    pytest.param(
        fails("search named", UnavailableError("no response; it is retried")),
        State.UNSEEN,
        ["no response"],
        id="no search",
    ),
]


@pytest.mark.parametrize(("arrange", "expected", "causes"), CASES)
def test_state(arrange: Arrange, expected: State, causes: list[str]) -> None:
    """Each state is recognised, and the causes are in their order; all but one that is in order have a next step."""
    world = World()
    arrange(world)

    explained, found, _ = told(world)

    assert state(explained) is expected
    assert expected.settled is (expected in (State.SYNC, State.DIFFERENT))
    assert len(found) == len(causes)
    assert [cause for cause, one in zip(causes, found, strict=True) if cause not in one.fact] == []
    assert all(one.step for one in found) or expected is State.SYNC


def test_sections() -> None:
    """Every part is told: captured variables, the object, both tables, header, columns, catalog and plan."""
    world = World()
    world.upload("1")
    explained, _, text = told(world)

    for words in (
        "exports takes the key by `exports/{schema}/{table}/{part}.csv`",
        "captured schema = public, table = orders, part = 1",
        "bytes, modified 2026-01-12",
        f"source {SOURCE}  in Atlan, 3 columns",
        "columns id, total, _loaded_at",
        "2 pairs id → ROW_ID, total → TOTAL",
        "unpaired of the source: _loaded_at",
        f"active S3Object {OBJECT.qualified_name}",
        "keep 6 assets, which Atlan skips since they are equal",
        "requests 1 to save, 0 to archive",
    ):
        assert words in text, words
    assert explained.match


def test_new() -> None:
    """Of an object that is new, the plan has each asset, and the number of its column processes."""
    world = World()
    world.put(KEY)

    _, _, text = told(world)

    assert f"create S3Object {OBJECT.qualified_name}" in text
    assert "create 2 column processes of the pair" in text
    assert f"absent S3Object {OBJECT.qualified_name}" in text


def test_deciding() -> None:
    """It is told which file decides about the columns, and that no file may have a header."""
    world = World()
    world.put(KEY, names=())
    world.notify(KEY)
    _, _, none = told(world)
    world.clock.sleep(5)
    world.put(key("2"), names=("id",))
    world.notify(key("2"))
    _, _, other = told(world, key("1"))

    assert f"columns none that the tables have: no header decides s3://{BUCKET}/{KEY} is the newest" in none
    assert f"decides s3://{BUCKET}/{key('2')} has the columns" in other


def test_undecided() -> None:
    """Where too many files would have to be listed, it is told that the columns are left as they are."""
    world = World(page=1)
    world.upload("1")
    for number in range(20):
        world.put(key(f"0{number:02}"), names=())
    world.put(KEY, names=("id",))
    later(world)

    explained, found, text = told(world)

    assert "undecided" in text
    assert any("left as they are" in one.fact for one in found)
    assert state(explained) is State.BEHIND


def test_wide() -> None:
    """Of many columns the first are shown, and the number of the others."""
    world = World(columns=tuple(f"c{number}" for number in range(30)))
    world.upload("1")

    _, _, text = told(world)

    assert "30 pairs c0 → C0" in text
    assert "and 18 more" in text


def test_one_column() -> None:
    """One pair is one pair."""
    world = World(columns=("total",))
    world.put(KEY)

    _, _, text = told(world)

    assert "1 pair total → TOTAL" in text
    assert "create 1 column process of the pair" in text


UNROUTED = [
    pytest.param("lake", "elsewhere.txt", "no route takes the key. The nearest is", id="no route"),
    pytest.param("lake", "exports/public/orders/_SUCCESS", "matches the pattern **/_SUCCESS", id="excluded"),
    pytest.param("lake", "raw/x/", "ends in a slash", id="folder marker"),
    pytest.param("lak", KEY, "no route is for the bucket lak; the routes are for lake", id="near bucket"),
    pytest.param("zzz", KEY, "no route is for the bucket zzz", id="bucket of a key"),
    pytest.param("zzz", "elsewhere.txt", "no route is for the bucket zzz", id="no bucket"),
]


@pytest.mark.parametrize(("bucket", "name", "cause"), UNROUTED)
def test_unrouted(bucket: str, name: str, cause: str) -> None:
    """A key that no route takes is told with the nearest route, or the bucket that was meant."""
    world = World()
    world.put(name, bucket=bucket)

    explained, (found,), text = told(world, name, bucket)

    assert state(explained) is State.IGNORED
    assert cause in found.fact
    assert found.step
    assert "a notification of this key is ignored" in text
    assert bool(found.commands) == (bucket != "lake" and name == KEY)


def test_near() -> None:
    """A key that S3 does not have is told with those that resemble it, of the same folder or of the bucket."""
    world = World()
    world.put(KEY, key("2"))
    _, (same, *_), _ = told(world, key("3"))
    _, (missed, _), _ = told(world, "export/public/orders/1.csv")

    assert f"python -m connector explain s3://{BUCKET}/{KEY}" in same.commands
    assert f"python -m connector explain s3://{BUCKET}/{KEY}" in missed.commands
    world.store.errors[BUCKET] = ForbiddenError("no list; grant s3:ListBucket")
    _, (alone, *_), _ = told(world, "raw/none")
    assert not alone.commands


def test_pair_over() -> None:
    """An object that never was is not in the catalog; that its pair has no object any more is told beside it."""
    world = World()
    gone(world)

    explained, (absent, lineage), _ = told(world, key("2"))

    assert state(explained) is State.NOWHERE
    assert "there is no object of this key" in absent.fact
    assert "nothing the notification would change nothing" in told(World())[2]
    assert "still has the lineage between them" in lineage.fact


def test_decoded() -> None:
    """A key as a notification encodes it is told as the key that S3 has."""
    world = World()
    world.put(key("a b"))

    _, (found,), _ = told(world, key("a+b"))

    assert found.commands == (f"python -m connector explain 's3://{BUCKET}/{key('a b')}'",)


def test_ends() -> None:
    """A route without tables is told, in the sections too; its object has no columns."""
    world = World()
    world.put("raw/x")
    world.notify("raw/x")
    later(world)

    explained, (found,), text = told(world, "raw/x")

    assert state(explained) is State.SYNC
    assert "it names no source and no target, so there is no lineage into the object or out of the object" in found.fact
    assert "source the route names none" in text


def test_twins() -> None:
    """Two assets of one name are told, with what to do."""
    world = World()
    world.upload("1")
    twin = world.atlan.named(OBJECT)
    world.atlan.entities["twin"] = type(twin)("twin", OBJECT, 0.0, stat=twin.stat, parent=twin.parent, label=twin.label)
    world.atlan.names[OBJECT].append("twin")
    later(world)

    _, found, _ = told(world)

    assert "2 assets of the name" in found[-1].fact


WRITERS = [
    pytest.param((None, None), "cannot tell", "LEASE_TABLE is not set", id="no table"),
    pytest.param((UnavailableError("no; grant"), Writer("a", 0)), "cannot tell", "no", id="unread"),
    pytest.param((Writer("a", 0), UnavailableError("no; grant")), "cannot tell", "no", id="unread afterwards"),
    pytest.param((Writer("a", 0), Writer("a", 0)), "ok", "none held the lease", id="nobody"),
    pytest.param((Writer("a", 0), Writer("a", 9)), "warning", "for 9 s more at most", id="a writer"),
    pytest.param((Writer("a", 9), Writer("a", 0)), "warning", "held the lease", id="until a moment ago"),
    pytest.param((Writer("a", 0), Writer("b", 0)), "warning", "held the lease", id="meanwhile"),
]


@pytest.mark.parametrize(("writers", "status", "fact"), WRITERS)
def test_flux(writers: Any, status: str, fact: str) -> None:
    """It is told whether another process may have written meanwhile."""
    world = World()
    explained = world.explainer().explain(BUCKET, KEY)

    (found,) = flux(Explained(explained.hint, None, writers=writers), CONNECTION)

    assert (found.status, fact in found.fact) == (status, True)


def test_lease() -> None:
    """The lease that another process holds is seen, and is not taken."""
    world = World()
    world.items.take(CONNECTION, "other", world.clock(), world.clock() + 100)

    explained = world.explainer().explain(BUCKET, KEY)

    assert explained.writers == (Writer("other", 100.0), Writer("other", 100.0))
    assert world.items.look(CONNECTION)[0] == "other"


def test_no_lease() -> None:
    """Without a lease table nothing is known of other writers; one that cannot be read is told as that."""
    world = World()
    world.items = None
    nothing = world.explainer().explain(BUCKET, KEY)

    class Broken:
        def look(self, connection: str) -> tuple[str, float]:
            raise DOWN

    world.items = Broken()
    broken = world.explainer().explain(BUCKET, KEY)

    assert nothing.writers == (None, None)
    assert broken.writers == (DOWN, DOWN)


def test_header_fails() -> None:
    """If a header cannot be read a second time, to tell it, that is told, and all else, too."""
    world = World()
    world.upload("1")
    explained, _, _ = told(world)

    (found,) = verdict(replace(explained, said=DOWN), parsed(world.routes))

    assert (found.thing, found.fact) == ("the header", "no response")


def test_lag() -> None:
    """Of an asset that the search does not show yet, it is not said that it differs: Atlan compares it."""
    world = World()
    world.atlan._lag = lambda: 100.0
    world.upload("1")
    later(world)
    world.clock.now = 1_000_001.0

    explained, _, text = told(world)

    assert state(explained) is State.SYNC
    assert f"save S3Object {OBJECT.qualified_name}" in text
