"""Which columns flow between the tables of a pair: those that its newest object with a header carries."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from connector.core.findings import Kind
from connector.core.header import FIRST, LIMIT
from connector.core.names import Namespace
from connector.core.report import Report
from connector.core.route import Pair
from connector.core.seen import Listed
from connector.core.stream import RECENT
from connector.errors import ForbiddenError, RefusedError, UnavailableError
from connector.headers import Headers
from connector.presence import NEWEST, PAGES, PAGES_OF_A_SWEEP
from connector.shapes import Shapes
from tests.support.shop import BUCKET, CONNECTION, ORDERS, ROUTES
from tests.support.world import World, key, parsed

PAIR = f"{CONNECTION}/ours/pair/{ORDERS[0]}>{ORDERS[1]}"
SPACE = Namespace(CONNECTION, "ours")
ID, TOTAL = "id>ROW_ID", "total>TOTAL"


@pytest.fixture
def world() -> World:
    return World()


def upload(world: World, part: str, *names: str) -> Report:
    """Upload a file with these columns a minute later; without any, it has no header."""
    world.clock.now += 60
    world.put(key(part), names=names)
    (report,) = world.notify(key(part))
    return report


def columns(world: World) -> set[str]:
    """Return the active column processes of the pair."""
    return {name.removeprefix(f"{PAIR}/") for name in world.atlan.active() if name.startswith(f"{PAIR}/")}


def note(world: World) -> str:
    """Return what the process of the pair says."""
    (entity,) = (one for one in world.atlan.entities.values() if one.name.qualified_name == PAIR)
    return entity.note


def test_fewer(world: World) -> None:
    """A file that carries one column of two has one column process, and says which is not there."""
    report = upload(world, "1", "id")

    assert columns(world) == {ID}
    assert [finding.kind for finding in report.differences] == [Kind.NOT_IN_FILE]
    assert note(world).startswith("-- The file does not have total (into TOTAL)")


def test_back(world: World) -> None:
    """A column that goes loses its process, and gets the same one back later."""
    upload(world, "1", "id", "total")
    guid = next(guid for guid, one in world.atlan.entities.items() if one.name.qualified_name.endswith(TOTAL))

    upload(world, "2", "id")
    assert columns(world) == {ID}
    upload(world, "3", "total", "id")

    assert columns(world) == {ID, TOTAL}
    assert world.atlan.entities[guid].active
    assert note(world) == ""


def test_older(world: World) -> None:
    """An older file that is notified late does not shape the pair, whatever it carries."""
    upload(world, "new", "id", "total")
    world.clock.now -= 600
    world.put(key("old"), names=["id"])
    world.clock.now += 600

    for restart in (False, True):
        if restart:
            world.restart()
        (report,) = world.notify(key("old"))
        assert columns(world) == {ID, TOTAL}
        assert [finding.kind for finding in report.differences] == [Kind.NOT_IN_FILE]
        assert note(world) == ""


@pytest.mark.parametrize("restart", [False, True], ids=["known", "not known"])
@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda world: world.delete("2"), id="deleted"),
        pytest.param(lambda world: upload(world, "2"), id="replaced by one without a header"),
    ],
)
def test_gone(world: World, change: Callable[[World], Any], *, restart: bool) -> None:
    """When the object that shaped the pair is gone, or has no header any more, the next newest shapes it."""
    upload(world, "1", "id", "total")
    upload(world, "2", "id")
    if restart:
        world.restart()

    change(world)

    assert columns(world) == {ID, TOTAL}
    assert note(world) == ""


@pytest.mark.parametrize("restart", [False, True], ids=["known", "not known"])
def test_all_over_headerless(world: World, *, restart: bool) -> None:
    """Of two files that carry all and one column, the first is replaced by one without a header: the second counts."""
    upload(world, "1", "id")
    upload(world, "2", "id", "total")
    if restart:
        world.restart()

    upload(world, "2")

    assert columns(world) == {ID}


def test_no_header(world: World) -> None:
    """Objects without a header have no say: without any other, all common columns flow."""
    report = upload(world, "1")
    assert (columns(world), report.differences) == ({ID, TOTAL}, ())

    upload(world, "2", "id")
    said = note(world)
    upload(world, "3")

    assert columns(world) == {ID}
    assert note(world) == said != ""


@pytest.mark.parametrize("restart", [False, True], ids=["known", "not known"])
def test_no_header_says_nothing(*, restart: bool) -> None:
    """A file without a header does not hide what differs for an older one, and takes its place only with its key."""
    world = World(ROUTES.replace("    columns:", "    delimiter: ';'\n    columns:"))
    upload(world, "1", "id")
    world.clock.now += 60
    world.put(key("2"), names=["a\0b"])
    world.notify(key("2"))
    assert "cannot be read" in note(world)

    upload(world, "3")
    assert "cannot be read" in note(world)
    if restart:
        world.restart()
    upload(world, "2")

    assert columns(world) == {ID}
    assert note(world).startswith("-- The file does not have total")


def test_steady_in_turns(world: World) -> None:
    """Files with a header and without one may come in turns: each costs one GET and one save, whatever differs."""
    upload(world, "1", "id")
    upload(world, "2")
    world.store.reads.clear()
    world.store.pages_read, writes = 0, len(world.catalog.log)

    upload(world, "3", "id")
    upload(world, "4")
    upload(world, "5", "id")

    assert (world.store.reads, world.store.pages_read) == ([key("3"), key("4"), key("5")], 0)
    assert len(world.catalog.log) - writes == 3


def test_declared() -> None:
    """A route that says that its files have no header reads one byte of each, and all common columns flow."""
    world = World(ROUTES.replace("    columns:", "    header: no\n    columns:"))

    upload(world, "1", "id")

    assert columns(world) == {ID, TOTAL}
    assert set(world.store.firsts) == {1}


@pytest.mark.parametrize("names", [("id", "total"), ("id",), ()], ids=["all", "one", "no header"])
def test_steady(world: World, names: tuple[str, ...]) -> None:
    """A new file like the last costs one GET of S3, one save, and nothing else; with a header or without one."""
    upload(world, "1", *names)
    upload(world, "2", *names)
    world.store.reads.clear()
    world.catalog.reads.clear()
    world.store.pages_read, writes = 0, len(world.catalog.log)

    upload(world, "3", *names)

    assert (world.store.reads, world.store.pages_read) == ([key("3")], 0)
    assert (world.catalog.reads, len(world.catalog.log) - writes) == ([], 1)


def test_steady_in_a_new_process(world: World) -> None:
    """Where nothing is remembered, an object that agrees with the catalog makes no listing either."""
    upload(world, "1", "id")
    world.restart()
    world.store.pages_read = 0

    upload(world, "2", "id")

    assert world.store.pages_read == 0


def test_delete_another(world: World) -> None:
    """When an object goes that did not decide, only that is applied: no header is read, and no column changes."""
    for part in ("1", "2", "3"):
        upload(world, part, "id")
    upload(world, "4", "total")
    world.store.reads.clear()
    world.catalog.reads.clear()

    world.delete("2")

    assert world.store.reads == [key("2")]
    assert not any("family" in read or "PUBLIC" in read for read in world.catalog.reads)
    assert columns(world) == {TOTAL}


def test_long_header() -> None:
    """A header that is longer than 64 KiB is read on, up to 1 MiB."""
    many = tuple(f"column_{number}_with_a_name_that_is_rather_long" for number in range(2000))
    world = World(columns=many)

    upload(world, "1", *many[:1900])

    assert len(columns(world)) == 1900
    assert world.store.firsts == [FIRST, LIMIT]


def test_wide() -> None:
    """At steady state, a new file of a pair of 2,000 columns makes as many requests as one of 2."""
    counted = []
    for number in (2, 2000):
        names = tuple(f"c{column}" for column in range(number))
        world = World(columns=names)
        for part in ("1", "2"):
            upload(world, part, *names)
        world.store.reads.clear()
        before = len(world.catalog.reads), world.catalog.writes
        upload(world, "3", *names)
        counted.append((world.store.reads, len(world.catalog.reads) - before[0], world.catalog.writes - before[1]))
        assert len(columns(world)) == number

    assert counted[0] == counted[1] == ([key("3")], 0, 1)


def test_bounded() -> None:
    """Beyond ten pages the newest is not known: the columns stay, the report says so, and a sweep decides."""
    world = World(page=1)
    for part in ("a", "b"):
        upload(world, part, "id")
    world.put(*(key(f"m{number}") for number in range(PAGES)), names=["id"])
    world.restart()

    report = upload(world, "z", "total")

    assert columns(world) == {ID}
    assert any("left as they are" in finding for finding in report.findings)
    assert report.reason == "incomplete"

    world.heal()
    assert columns(world) == {TOTAL}


def test_bounded_for_good() -> None:
    """Beyond a hundred pages, a sweep leaves the columns, too, and a new pair gets what was seen of it."""
    world = World(page=1)
    world.put(*(key(f"m{number:03}") for number in range(PAGES_OF_A_SWEEP + 1)), names=["id"])

    report = upload(world, "z", "id")

    assert columns(world) == {ID}
    assert report.reason == ""


def test_no_header_among_the_newest(world: World) -> None:
    """If none of the ten newest has a header, the columns stay; a sweep decides that the files have none."""
    upload(world, "1", "id")
    upload(world, "2", "total")
    world.clock.now += 60
    world.put(*(key(f"m{number}") for number in range(NEWEST)), names=())
    world.restart()

    (report,) = world.notify(key("m1"))

    assert columns(world) == {TOTAL}
    assert any("none of the 10 newest" in finding for finding in report.findings)
    world.heal()
    assert columns(world) == {ID, TOTAL}


def test_refused(world: World) -> None:
    """An object that S3 refuses to return has no say about the columns of its pair."""
    upload(world, "1", "id")
    upload(world, "2", "total")
    world.store.errors[key("2")] = ForbiddenError("S3 denies access")
    world.restart()

    upload(world, "3")

    assert columns(world) == {ID}


def test_unavailable(world: World) -> None:
    """If S3 does not return the object that decides, the notification is retried, and others of the batch are not."""
    upload(world, "1", "id")
    upload(world, "2", "total")
    world.restart()
    world.store.errors[key("2")] = UnavailableError("S3 returned 503")
    world.put(key("3"), names=())
    world.put("exports/public/items/1.csv", "raw/x")

    reports = world.notify(key("3"), "raw/x")

    assert [report.reason for report in reports] == ["unavailable", ""]
    assert columns(world) == {TOTAL}
    world.store.errors.clear()
    world.notify(key("3"))
    assert columns(world) == {TOTAL}


def test_unavailable_without_columns(world: World) -> None:
    """It is retried, too, if the pair has no column processes, as it would have if nothing was told."""
    for column in ("ROW_ID", "TOTAL"):
        world.atlan.drop_column(ORDERS[1], column)
    upload(world, "1")
    upload(world, "2")
    assert columns(world) == set()
    world.store.errors[key("2")] = UnavailableError("S3 returned 503")

    (report,) = world.delete("1")

    assert report.reason == "unavailable"


def test_removed_meanwhile(world: World) -> None:
    """An object that is removed after it was listed has no say."""
    upload(world, "1", "id")
    upload(world, "2", "total")
    world.restart()
    world.store.before_read[key("2")] = lambda: world.s3.delete(BUCKET, key("2"))

    upload(world, "3")

    assert columns(world) == {ID}


def test_sweep(world: World) -> None:
    """A sweep shapes by the same rule, and reads one header a pair."""
    upload(world, "1", "id", "total")
    world.clock.now += 60
    world.put(key("2"), names=["id"])
    world.s3.delete(BUCKET, key("1"))
    world.store.reads.clear()

    world.heal()

    assert columns(world) == {ID}
    assert world.sweep() == []


@pytest.mark.parametrize("prefix", ["", "exports/public/orders/2"], ids=["whole", "a part"])
def test_sweep_finds_columns(world: World, prefix: str) -> None:
    """A sweep finds columns that the newest object does not carry, also if it sees only a part of the objects."""
    upload(world, "1", "id", "total")
    upload(world, "2", "id")
    lost = next(guid for guid, one in world.atlan.entities.items() if one.name.qualified_name.endswith(TOTAL))
    world.atlan.entities[lost] = replace(world.atlan.entities[lost], active=True)
    assert columns(world) == {ID, TOTAL}

    world.heal(prefix)

    assert columns(world) == {ID}


def test_crowded() -> None:
    """When an object of a crowded pair goes, its columns stay; the next time, S3 is asked for one page only."""
    world = World(page=1)
    world.put(*(key(f"m{number:02}") for number in range(PAGES + 2)), names=["id"])
    world.notify(key("m01"))
    world.restart()
    world.store.pages_read = 0

    world.delete("m01")
    assert world.store.pages_read == PAGES
    world.delete("m02")

    assert world.store.pages_read == PAGES + 1
    assert columns(world) == {ID}


def test_unexpected(world: World) -> None:
    """An unexpected error of the object that decides fails those that depend on it, by name."""
    upload(world, "1", "id")
    upload(world, "2", "total")
    world.store.errors[key("2")] = ZeroDivisionError("by zero")
    world.restart()

    report = upload(world, "3")

    assert report.reason == "unexpected"
    assert key("2") in str(report.error)


def test_sweep_refused(world: World) -> None:
    """If S3 refuses to return the newest object, a sweep reads the next one."""
    upload(world, "1", "id", "total")
    upload(world, "2", "id")
    world.store.errors[key("2")] = ForbiddenError("S3 denies access")

    world.heal()

    assert columns(world) == {ID, TOTAL}


def test_sweep_rejected(world: World) -> None:
    """If S3 does not list another bucket of the pair, a sweep leaves its columns alone."""
    cold = ROUTES + '  - {name: cold, bucket: cold, key: "{part}.csv", source: SOURCE, target: TARGET}\n'
    world.restart(cold.replace("SOURCE", ORDERS[0]).replace("TARGET", ORDERS[1]))
    upload(world, "1", "id")
    world.store.errors["cold"] = RefusedError("NoSuchBucket")

    assert world.sweep() == []
    assert columns(world) == {ID}


def test_forgotten() -> None:
    """A sweep remembers the newest objects of so many pairs, and forgets those that it saw first."""
    headers = Headers(parsed(ROUTES), Shapes(parsed(ROUTES), SPACE, (World().store, World().catalog)), World().store)
    pairs = [Pair(f"source {number}", "target") for number in range(RECENT + 1)]

    for one in pairs:
        headers.see(BUCKET, Listed("a.csv", 1, "etag", datetime(2026, 1, 1, tzinfo=UTC)), one)

    assert [one in headers for one in (pairs[0], pairs[1], pairs[-1])] == [False, True, True]


POSITION, YES = "load: position", "header: yes"


@pytest.mark.parametrize(
    ("body", "says", "kind"),
    [
        pytest.param(b"id,total,extra\n", "", Kind.NOT_IN_SOURCE, id="not in source"),
        pytest.param(b"id,total,only_source\n", "", Kind.NOT_IN_TARGET, id="not in target"),
        pytest.param(b"id\n", "", Kind.NOT_IN_FILE, id="not in the file"),
        pytest.param(b"id,total,t_o_tal,TWIN\n", "", Kind.AMBIGUOUS, id="ambiguous"),
        pytest.param(b"id,total,total\n", "", Kind.DOUBLED, id="doubled"),
        pytest.param(b"total,id\n", POSITION, Kind.ORDER, id="order of a header"),
        pytest.param(b"1,2,3,4,5,6\n", "", Kind.ORDER, id="order without a header"),
        pytest.param(b"id,total\n1,2,3\n", "", Kind.RAGGED, id="ragged"),
        pytest.param(b"a,b\n", YES, Kind.MISSING, id="no header, although the route has one"),
        pytest.param(b"PAR1\x15\x04", "", Kind.UNREADABLE, id="another format"),
        pytest.param(b"\x1f\x8b\x08 corrupt", "", Kind.UNREADABLE, id="corrupt"),
    ],
)
def test_findings(body: bytes, says: str, kind: Kind) -> None:
    """Each finding appears in the report and on the process of the pair, and vanishes when the difference does."""
    world = World(ROUTES.replace("    columns:", f"    {says}\n    columns:") if says else ROUTES)
    for column in ("only_source", "twin", "Twin"):
        world.atlan.add_column(ORDERS[0], column)
    if not says:
        table = world.atlan.warehouse[ORDERS[1]]
        world.atlan.warehouse[ORDERS[1]] = replace(table, columns=dict(reversed(table.columns.items())))
    upload(world, "1", "id", "total")
    assert note(world) == ""

    for restart in (False, True):
        world.clock.now += 60
        world.put(key("2"), body=body)
        (report,) = world.notify(key("2"))
        assert kind in [finding.kind for finding in report.differences]
        assert report.reason == ""
        assert set(note(world).splitlines()) == {f"-- {finding}" for finding in report.differences}

        report = upload(world, "3", "id", "total")
        assert report.differences == ()
        assert note(world) == ""
        if not restart:
            world.restart()
    assert world.sweep() == []
