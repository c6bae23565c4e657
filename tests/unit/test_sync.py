"""The promises of the connector, one by one, in an in-memory world."""

from contextlib import suppress

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from connector.core.asset import Found, Name, Type
from connector.core.budget import GRACE
from connector.core.notification import Notification, S3TestEvent, parse
from connector.core.report import Outcome
from connector.errors import (
    ConnectorError,
    ForbiddenError,
    RefusedError,
    UnavailableError,
    UnexpectedError,
)
from tests.support.shop import BUCKET, CONNECTION, ORDERS, ROUTES
from tests.support.world import World, key

OBJECT = "default/s3/1/lake/exports/public/orders/1.csv"
INTO = "default/s3/1/ours/in/lake/exports/public/orders/1.csv"
OUT = "default/s3/1/ours/out/lake/exports/public/orders/1.csv"
SOURCE, TARGET = ORDERS
PAIR = f"default/s3/1/ours/pair/{SOURCE}>{TARGET}"
COLUMNS = {f"{PAIR}/id>ROW_ID", f"{PAIR}/total>TOTAL"}


@pytest.fixture
def world() -> World:
    return World()


def test_upload(world: World) -> None:
    """A new object is cataloged with its bucket, its two processes, the pair's one, and one per common column."""
    (report,) = world.upload("1")

    assert report.outcome is Outcome.APPLIED
    assert world.atlan.active() == {"default/s3/1/lake", OBJECT, INTO, OUT, PAIR, *COLUMNS}
    assert {name.qualified_name for name in report.changes.created} == {OBJECT, INTO, OUT, PAIR, *COLUMNS}
    assert world.atlan.dangling() == []


def test_second_delivery(world: World) -> None:
    """A second delivery writes nothing, in the same process or in a new one."""
    world.upload("1")
    before, writes = world.atlan.versions(), len(world.catalog.log)

    (same,) = world.notify(key("1"))
    world.restart()
    (new,) = world.notify(key("1"))

    assert world.atlan.versions() == before
    assert len(world.catalog.log) == writes
    assert not same.changes.created | same.changes.updated | new.changes.created | new.changes.updated


def test_delete_one_of_two(world: World) -> None:
    """When one of a pair's objects is deleted, it and its two processes are retired, but nothing of the pair."""
    world.upload("1", "2")

    (report,) = world.delete("1")

    assert {name.qualified_name for name in report.changes.retired} == {OBJECT, INTO, OUT}
    assert {PAIR, *COLUMNS} <= world.atlan.active()


def test_delete_last(world: World) -> None:
    """When a pair's last object is deleted, the end-to-end process is retired, too, after its column processes."""
    world.upload("1")

    (report,) = world.delete("1")

    assert world.atlan.active() == {"default/s3/1/lake"}
    assert {name.qualified_name for name in report.changes.retired} == {OBJECT, INTO, OUT, PAIR, *COLUMNS}
    ((_, retired),) = [entry for entry in world.catalog.log if entry[0] == "retire"]
    assert max(retired.index(column) for column in COLUMNS) < retired.index(PAIR)
    assert max(retired.index(INTO), retired.index(OUT)) < retired.index(OBJECT)


def test_second_delete(world: World) -> None:
    """A second notification of a deletion sends no write."""
    world.upload("1")
    world.delete("1")
    writes = len(world.catalog.log)

    (report,) = world.notify(key("1"), event="ObjectRemoved:Delete")

    assert report.outcome is Outcome.APPLIED
    assert len(world.catalog.log) == writes


def test_upload_again(world: World) -> None:
    """An object that is uploaded again is the same asset, with the same guid."""
    world.upload("1")
    guids = {entity.name: guid for guid, entity in world.atlan.entities.items()}
    world.delete("1")

    world.upload("1")

    assert {entity.name: guid for guid, entity in world.atlan.entities.items()} == guids
    assert world.atlan.active() == {name.qualified_name for name in guids}


@pytest.mark.parametrize("event", ["ObjectRemoved:Delete", "LifecycleExpiration:Delete"])
def test_false_removal(world: World, event: str) -> None:
    """A removal notification for an object that S3 has retires nothing: the object is cataloged."""
    world.put(key("1"))

    world.notify(key("1"), event=event)

    assert OBJECT in world.atlan.active()


def test_false_creation(world: World) -> None:
    """A creation notification for an object that S3 no longer has retires it."""
    world.upload("1", "2")
    world.s3.delete(BUCKET, key("1"))

    world.notify(key("1"), event="ObjectCreated:Put")

    assert OBJECT not in world.atlan.active()


def test_bucket_of_others(world: World) -> None:
    """A bucket that Atlan has under another name keeps it, and its objects use it; the bucket is not written."""
    theirs = Name(Type.BUCKET, "default/s3/1/arn:aws:s3:::lake")
    world.atlan.foreign(theirs, label=BUCKET)

    world.upload("1")

    assert world.atlan.active(Type.BUCKET) == {theirs.qualified_name}
    assert world.atlan.active(Type.OBJECT) == {f"{theirs.qualified_name}/{key('1')}"}
    assert world.atlan.named(theirs).version == 1


def test_bucket_retired(world: World) -> None:
    """An archived bucket is restored with its own name when an object needs it."""
    world.upload("1")
    name = Name(Type.BUCKET, "default/s3/1/lake")
    world.catalog.retire([Found(name, world.atlan.named(name).guid, active=True)])
    world.restart()

    world.notify(key("1"))

    assert world.atlan.named(name).active


def test_missing_connection(world: World) -> None:
    """Without the S3 connection nothing is created, and the error says what to do."""
    world.atlan.connections.clear()

    (report,) = world.upload("1")

    assert report.outcome is Outcome.FAILED
    assert report.reason == "missing_connection"
    assert "create the S3 connection" in str(report.error)
    assert world.atlan.entities == {}


@pytest.mark.parametrize(
    ("missing", "process"),
    [pytest.param(SOURCE, OUT, id="source"), pytest.param(TARGET, INTO, id="target")],
)
def test_missing_table(world: World, missing: str, process: str) -> None:
    """Without one of the tables the other half of the lineage is created, and the report names the missing table."""
    world.atlan.drop_table(missing)

    (report,) = world.upload("1")

    assert report.outcome is Outcome.APPLIED
    assert report.reason == "incomplete"
    assert report.missing == (missing,)
    assert world.atlan.active() == {"default/s3/1/lake", OBJECT, process}


def test_nearest(world: World) -> None:
    """The report of a missing table names the nearest one, by one search for as many objects as there are."""
    world.atlan.drop_table(TARGET)
    world.atlan.warehouse.pop(TARGET)
    world.atlan.add_table(TARGET.lower(), ["id"])

    reports = world.upload("1", "2")
    world.upload("3")

    assert {report.findings for report in reports} == {
        (f"Atlan has no table {TARGET}; it has {TARGET.lower()} (another case)",)
    }
    assert world.catalog.reads.count("search similar") == 1
    world.clock.now += 11
    world.upload("4")
    assert world.catalog.reads.count("search similar") == 2


def test_nearest_fails(world: World) -> None:
    """If what resembles a missing table cannot be read, the object is cataloged all the same; the report says so."""
    world.atlan.drop_table(TARGET)
    world.catalog.errors["search similar"] = UnavailableError("no response")

    (report,) = world.upload("1")

    assert (report.outcome, report.missing) == (Outcome.APPLIED, (TARGET,))
    assert report.findings == (f"Atlan has no table {TARGET}; similar names could not be looked up (no response)",)
    assert OBJECT in world.atlan.active()


def test_other_connections(world: World) -> None:
    """The error of a missing S3 connection names those that Atlan has."""
    world.atlan.connections.remove("default/s3/1")
    world.atlan.connections.add("default/s3/2")

    (report,) = world.upload("1")

    assert "no active connection default/s3/1; it has default/s3/2; create the S3 connection" in str(report.error)


def test_table_comes(world: World) -> None:
    """Once the missing table exists, the next notification of the object completes its lineage."""
    world.atlan.drop_table(TARGET)
    world.upload("1")
    world.atlan.add_table(TARGET, ())

    (report,) = world.notify(key("1"))

    assert report.missing == ()
    assert {OUT, PAIR, *COLUMNS} <= world.atlan.active()


def test_table_goes(world: World) -> None:
    """When a table is retired in Atlan, the lineage through it is retired with the next notification."""
    world.upload("1")
    world.atlan.drop_table(SOURCE)
    world.clock.now += 301

    world.notify(key("1"))

    assert world.atlan.active() == {"default/s3/1/lake", OBJECT, OUT}
    assert world.atlan.dangling() == []


def test_column_goes(world: World) -> None:
    """If a column is deleted, only its process is retired."""
    world.upload("1")
    world.atlan.drop_column(SOURCE, "total")
    world.clock.now += 301

    world.notify(key("1"))

    assert {PAIR, f"{PAIR}/id>ROW_ID"} <= world.atlan.active()
    assert f"{PAIR}/total>TOTAL" not in world.atlan.active()


def test_table_goes_in_between(world: World) -> None:
    """A table that is deleted while it is cached is missing as soon as its columns are read."""
    world.upload("1")
    world.delete("1")
    world.atlan.drop_table(SOURCE)

    (report,) = world.upload("1")

    assert report.missing == (SOURCE,)
    assert PAIR not in world.atlan.active()


def test_process_of_others(world: World) -> None:
    """A column process that somebody else put under the end-to-end process is left alone."""
    world.upload("1")
    theirs = Name(Type.COLUMN_PROCESS, "default/s3/1/theirs/id")
    world.atlan.foreign(theirs, parent=world.atlan.named(Name(Type.PROCESS, PAIR)).guid, foreign=True)

    world.delete("1")

    assert world.atlan.active() == {"default/s3/1/lake", theirs.qualified_name}


def test_ambiguous_columns() -> None:
    """Columns that cannot be told apart are left out and named, each time; the object and all else is cataloged."""
    world = World(columns=("order_id", "order_Id", "total"))

    reports = (*world.upload("1"), *world.upload("2"))

    for report in reports:
        assert (report.outcome, report.reason) == (Outcome.APPLIED, "incomplete")
        assert ["order_id and order_Id" in finding for finding in report.findings] == [True]
    assert {OBJECT, INTO, OUT, PAIR} <= world.atlan.active()
    assert world.atlan.active(Type.COLUMN_PROCESS) == {f"{PAIR}/total>TOTAL"}


def test_catalog_only(world: World) -> None:
    """A route without tables catalogs the object and nothing else."""
    world.put("raw/a/b.json")

    (report,) = world.notify("raw/a/b.json")

    assert report.outcome is Outcome.APPLIED
    assert world.atlan.active() == {"default/s3/1/lake", "default/s3/1/lake/raw/a/b.json"}


def test_changed_route(world: World) -> None:
    """An object whose route no longer names tables loses its two processes, and stays."""
    world.upload("1")
    world.restart(ROUTES.replace('"exports/', '"others/').replace('"raw/**"', '"**"'))

    world.notify(key("1"))

    assert not {INTO, OUT} & world.atlan.active()
    assert OBJECT in world.atlan.active()


@pytest.mark.parametrize(
    ("bucket", "name", "reason"),
    [
        pytest.param("other", key("1"), "unknown_bucket", id="unknown bucket"),
        pytest.param(BUCKET, "elsewhere/1.csv", "no_route", id="no route"),
        pytest.param(BUCKET, "exports/_SUCCESS", "excluded", id="excluded"),
    ],
)
def test_ignored(world: World, bucket: str, name: str, reason: str) -> None:
    """A key that no route matches is ignored with a reason, without any request."""
    (report,) = world.notify(name, bucket=bucket)

    assert (report.outcome, report.reason) == (Outcome.IGNORED, reason)
    assert world.store.reads == []
    assert world.catalog.reads == []
    assert world.lease.held == 0


def test_test_event(world: World) -> None:
    """S3's test event is acknowledged."""
    (report,) = world.sync.apply([S3TestEvent(BUCKET)], world.deadline())

    assert (report.outcome, report.reason) == (Outcome.ACKNOWLEDGED, "test_event")


def test_malformed(world: World) -> None:
    """A faulty record fails alone; the others are applied."""
    world.put(key("1"))
    good = Notification(BUCKET, key("1"), "ObjectCreated:Put")

    reports = world.sync.apply([*parse({}), good], world.deadline())

    assert [report.outcome for report in reports] == [Outcome.FAILED, Outcome.APPLIED]
    assert reports[0].reason == "malformed_event"


def test_coalesced(world: World) -> None:
    """An object that is twice in a batch is read once, and counted once."""
    world.put(key("1"))

    first, second = world.notify(key("1"), key("1"))

    assert world.store.reads == [key("1")]
    assert (first.outcome, second.outcome) == (Outcome.APPLIED, Outcome.APPLIED)
    assert second.reason == "coalesced"
    assert first.changes.created
    assert not second.changes.created


def test_coalesced_failure(world: World) -> None:
    """When an object that is twice in a batch fails, both notifications fail."""
    world.store.errors[key("1")] = ForbiddenError("denied")

    reports = world.notify(key("1"), key("1"))

    assert [(report.outcome, report.reason) for report in reports] == [(Outcome.FAILED, "forbidden")] * 2


def test_unreadable_object(world: World) -> None:
    """An object to which S3 denies access fails alone, and is not retired."""
    world.upload("1", "2")
    world.store.errors[key("1")] = ForbiddenError("denied")

    reports = world.notify(key("1"), key("2"))

    assert [report.outcome for report in reports] == [Outcome.FAILED, Outcome.APPLIED]
    assert OBJECT in world.atlan.active()


def test_poison(world: World) -> None:
    """One object that Atlan rejects does not block the others of its batch."""
    parts = [str(n) for n in range(7)]
    world.catalog.poison = key("4")

    reports = world.upload(*parts)

    assert [n for n, report in zip(parts, reports, strict=True) if report.outcome is Outcome.FAILED] == ["4"]
    assert len(world.atlan.active(Type.OBJECT)) == 6


def test_remade_table(world: World) -> None:
    """A table that was purged and created again has a new guid: the rejected save is planned again, and succeeds."""
    world.upload("1")
    world.atlan.remake_table(SOURCE)

    (report,) = world.upload("2")

    assert report.outcome is Outcome.APPLIED
    assert len(world.atlan.active(Type.OBJECT)) == 2


def test_refused_twice(world: World) -> None:
    """A second rejection fails the notification."""
    world.catalog.refuse = [RefusedError("no"), RefusedError("no, again")]

    (report,) = world.upload("1")

    assert (report.outcome, str(report.error)) == (Outcome.FAILED, "no, again")


def test_unexpected(world: World) -> None:
    """An unexpected error has its own reason and its cause, and does not affect the other objects."""
    world.catalog.poison, world.catalog.verdict = key("2"), ZeroDivisionError("by zero")

    reports = world.upload("1", "2", "3")

    assert [report.reason for report in reports] == ["", "unexpected", ""]
    assert isinstance(reports[1].error, UnexpectedError)
    assert isinstance(reports[1].error.__cause__, ZeroDivisionError)
    assert not world.lease.term.ambiguous


def test_unexpected_write(world: World) -> None:
    """After an unexpected error of a write, the lease is kept, and every notification is retried."""
    world.catalog.poison, world.catalog.verdict = key("2"), UnexpectedError("what?", ambiguous=True)

    reports = world.upload("1", "2", "3")

    assert world.lease.term.ambiguous
    assert [report.reason for report in reports] == ["unavailable", "unexpected", "unavailable"]
    assert "an earlier request may still be carried out; the notification is retried (what?)" in str(reports[0].error)


def test_ambiguous_at_first(world: World) -> None:
    """An ambiguous write is not acknowledged, even if the second attempt succeeds."""
    world.catalog.refuse = [UnexpectedError("what?", ambiguous=True)]

    (report,) = world.upload("1")

    assert report.reason == "unavailable"
    assert world.lease.term.ambiguous


def test_unexpected_read(world: World) -> None:
    """An unexpected error while an object is read fails only that object."""
    world.put(key("1"), key("2"))
    world.store.errors[key("1")] = ZeroDivisionError("by zero")

    reports = world.notify(key("1"), key("2"))

    assert [report.reason for report in reports] == ["unexpected", ""]


def test_unavailable(world: World) -> None:
    """When Atlan does not respond, the whole batch is retried later, without dividing it."""
    world.catalog.refuse = [UnavailableError("down", ambiguous=True)]

    reports = world.upload("1", "2")

    assert [report.reason for report in reports] == ["unavailable", "unavailable"]
    assert world.atlan.entities == {}


def test_busy(world: World) -> None:
    """Without the lease nothing is read or written, and the notification is retried."""
    with world.writer().hold(CONNECTION, world.deadline()):
        (report,) = world.upload("1")

    assert report.reason == "busy"
    assert world.store.reads == []


def test_late(world: World) -> None:
    """If too little time is left in the invocation, the notification is retried, and nothing is written."""
    world.put(key("1"))

    (report,) = world.sync.apply([Notification(BUCKET, key("1"), "ObjectCreated:Put")], world.deadline(2))

    assert report.reason == "late"
    assert world.catalog.log == []


def test_memory(world: World) -> None:
    """Once a pair and its bucket are known, a further object costs the catalog one request: the save."""
    world.upload("1")
    world.upload("2")
    world.catalog.reads.clear()

    world.upload("3")

    assert world.catalog.reads == []


def test_one_side() -> None:
    """The one table of a route with one side is remembered, too: only the process that should not be there is read."""
    world = World(ROUTES.replace("    target: default/snowflake/3/DB/{schema:upper}/{table:upper}\n", ""))
    world.upload("1")
    world.upload("2")
    world.catalog.reads.clear()

    world.upload("3")

    assert world.catalog.reads == ["search", "get ours/out/lake/exports/public/orders/3.csv"]


def test_credit(world: World) -> None:
    """The changes and retirements of a pair are credited to only one notification of the batch."""
    first, second = world.upload("1", "2")

    assert {PAIR, *COLUMNS} <= {name.qualified_name for name in first.changes.created}
    assert {name.qualified_name for name in second.changes.created} == {
        name.replace("1.csv", "2.csv") for name in (OBJECT, INTO, OUT)
    }

    first, second = world.delete("1", "2")

    assert {PAIR, *COLUMNS} <= {name.qualified_name for name in first.changes.retired}
    assert len(second.changes.retired) == 3


def test_disturbed(world: World) -> None:
    """The cache is dropped after another process held the lease: assets that it retired are created again."""
    world.upload("1")
    other = world.connector()
    world.s3.delete(BUCKET, key("1"))
    other.apply([Notification(BUCKET, key("1"), "ObjectRemoved:Delete")], world.deadline())

    world.upload("2")

    assert {PAIR, *COLUMNS} <= world.atlan.active()


def test_undecided(world: World) -> None:
    """While a listing does not end within ten pages, the pair is left alone: no object seen is not no object."""
    world = World(ROUTES.replace('"exports/{schema}/{table}/{part}.csv"', '"{day}/{schema}/{table}.csv"'), page=2)
    orders = "2026/public/orders.csv"
    world.put(orders, *(f"2025/public/t{n}.csv" for n in range(30)))
    world.notify(orders)
    world.s3.delete(BUCKET, orders)
    world.restart()
    world.store.pages_read = 0

    world.notify(orders)

    assert PAIR in world.atlan.active()
    assert world.store.pages_read == 10


def test_last_object_on_another_route(world: World) -> None:
    """A pair stays while any route has an object of it, also in another bucket."""
    world = World(
        ROUTES
        + """
  - name: archive
    bucket: cold
    key: "old/orders-{n}.csv"
    source: default/postgres/2/shop/public/orders
    target: default/snowflake/3/DB/PUBLIC/ORDERS
"""
    )
    world.put("old/orders-1.csv", bucket="cold")
    world.upload("1")

    world.delete("1")

    assert PAIR in world.atlan.active()


ARCHIVE = """
  - name: archive
    bucket: cold
    key: "old/orders-{n}.csv"
    source: default/postgres/2/shop/public/orders
    target: default/snowflake/3/DB/PUBLIC/ORDERS
"""


@pytest.mark.parametrize(
    ("error", "reason"), [(RefusedError("NoSuchBucket"), "incomplete"), (ForbiddenError("denied"), "incomplete")]
)
def test_bucket_of_another_route(error: ConnectorError, reason: str) -> None:
    """When the listing of another route's bucket is rejected, the object goes, and the pair stays; it says why."""
    world = World(ROUTES + ARCHIVE)
    world.upload("1")
    world.store.errors["cold"] = error

    (report,) = world.delete("1")

    assert (report.outcome, report.reason) == (Outcome.APPLIED, reason)
    assert [str(error) in finding for finding in report.findings] == [True]
    assert world.atlan.active(Type.OBJECT) == set()
    assert {PAIR, *COLUMNS} <= world.atlan.active()


def test_bucket_unavailable() -> None:
    """When the listing of another route's bucket has no answer, the notification is retried, and nothing is retired."""
    world = World(ROUTES + ARCHIVE)
    world.upload("1")
    world.store.errors["cold"] = UnavailableError("503")

    (report,) = world.delete("1")

    assert report.reason == "unavailable"
    assert OBJECT in world.atlan.active()


def test_wide_table() -> None:
    """A table of 120 columns takes several requests, parents first, and then one for each further object."""
    world = World(columns=tuple(f"c{n}" for n in range(120)))
    world.upload("1")
    saves = [names for verb, names in world.catalog.log if verb == "save"]

    world.upload("2")

    assert PAIR in saves[0]
    assert all(len(names) <= 50 for names in saves)
    assert len(world.atlan.active(Type.COLUMN_PROCESS)) == 120
    assert len(world.catalog.log) == len(saves) + 1


class _StoppedError(BaseException):
    """The process is killed."""


DEATHS = {"kill": _StoppedError(), "fail": UnavailableError("down"), "crash": KeyError("a bug")}
parts = st.lists(st.sampled_from("123"), min_size=1, max_size=3, unique=True)
verbs = st.sampled_from(["put", "delete", "notify", "restart", *DEATHS])
steps = st.lists(st.tuples(verbs, parts, st.integers(0, 3)), max_size=12)


def play(history: list[tuple[str, list[str], int]]) -> World:
    """Play a history: a killed process is replaced; one that failed or crashed continues."""
    world = World(columns=tuple(f"c{n}" for n in range(60)))
    for verb, names, number in history:
        keys = [key(name) for name in names]
        match verb:
            case "put":
                world.put(*keys)
            case "delete":
                for name in keys:
                    world.s3.delete(BUCKET, name)
            case "notify":
                world.notify(*keys)
            case "restart":
                world.restart()
            case _:
                world.catalog.left, world.catalog.death = number, DEATHS[verb]
                with suppress(_StoppedError):
                    world.notify(*keys)
                world.catalog.left = 1_000_000
                if verb == "kill":
                    world.restart()
                    world.clock.sleep(GRACE)
    return world


@pytest.mark.unmeasured
@settings(max_examples=200, deadline=None)
@given(steps)
@example([("put", ["1"], 0), ("notify", ["1"], 0), ("delete", ["1"], 0), ("fail", ["1"], 1), ("put", ["1"], 0)])
def test_converges(history: list[tuple[str, list[str], int]]) -> None:
    """After any history, once every key is notified, the catalog is in sync with S3; another round writes nothing."""
    world = play(history)
    keys = [key(name) for name in "123"]

    world.notify(*keys)

    there = world.s3.keys(BUCKET)
    expected = {f"default/s3/1/lake/{name}" for name in there}
    for direction in ("in", "out"):
        expected |= {f"default/s3/1/ours/{direction}/lake/{name}" for name in there}
    if there:
        expected |= {PAIR, *(f"{PAIR}/c{n}>C{n}" for n in range(60))}
    assert world.atlan.active() - {"default/s3/1/lake"} == expected
    before = world.atlan.versions()
    world.notify(*keys)
    assert world.atlan.versions() == before
    assert world.catalog.broken == []
    assert world.atlan.dangling() == []


def test_stat_is_current(world: World) -> None:
    """A changed object is updated in the catalog."""
    world.upload("1")
    world.put(key("1"))

    (report,) = world.notify(key("1"))

    assert {name.qualified_name for name in report.changes.updated} == {OBJECT}


def test_columns_once() -> None:
    """Columns that an interrupted invocation saved are not sent again by the next one, a request of them not at all."""
    columns = ("id", *(f"c{number}" for number in range(160)))
    whole, halted = World(columns=columns), World(columns=columns)
    for world in (whole, halted):
        world.put(key("1"))
    halted.catalog.left, halted.catalog.death = 3, UnavailableError("unavailable (503)")

    whole.notify(key("1"))
    halted.notify(key("1"))
    halted.catalog.left = 1_000_000
    (report,) = halted.notify(key("1"))

    assert report.outcome is Outcome.APPLIED
    assert 1_000_000 - halted.catalog.left == 1_000_000 - whole.catalog.left - 1
    assert halted.atlan.active() == whole.atlan.active()
