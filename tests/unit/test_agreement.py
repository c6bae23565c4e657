"""What `explain` says that a notification will write is what it writes: for the sample events, and in random worlds."""

from collections.abc import Sequence
from random import Random
from typing import Any

import pytest

from connector import config
from connector.core.asset import Asset, Found, Name
from connector.core.envelope import messages, records
from connector.core.envelope import read as unwrap
from connector.core.explanation import Contents, Explained, Verb, changes
from connector.core.notification import Notification
from connector.core.plan import Draft
from connector.core.report import Report
from connector.errors import ConnectorError, ForbiddenError
from connector.ports import Saved
from tests.simulation.history import Op, history
from tests.simulation.truth import FILE, IGNORED, KEYS
from tests.support.shop import ITEMS, ORDERS, loaded
from tests.support.world import Catalog, World
from tests.unit.test_events import CASES, WRAPPED, read

WORLDS = 200
PACKAGED = config.ROUTES.read_text(encoding="utf-8")
NYC = "default/postgres/1700000001/nyc/nycflights", "default/snowflake/1700000002/ANALYTICS/NYCFLIGHTS"


class Recording(Catalog):
    """Atlan, and the requests that were sent to it."""

    saves: list[list[Name]]
    retires: list[list[Name]]

    def save(self, assets: Sequence[Asset], guids: dict[Name, str]) -> Saved:
        self.saves.append([asset.name for asset in assets])
        return super().save(assets, guids)

    def retire(self, assets: Sequence[Found]) -> None:
        self.retires.append([asset.name for asset in assets])
        super().retire(assets)


def recorded(world: World) -> Recording:
    """Let the world's catalog record what is sent from now on."""
    recording = Recording(world.atlan, world.limiter)
    recording.saves, recording.retires = [], []
    world.catalog = recording
    world.restart()
    return recording


def agree(world: World, bucket: str, key: str) -> Explained:
    """Explain an object, apply its notification in a new process, and compare what was said with what was written."""
    recording = recorded(world)
    explained = world.explainer().explain(bucket, key)
    assert (recording.saves, recording.retires) == ([], []), "explain writes"
    before = world.atlan.versions()

    (report,) = world.notify(key, bucket=bucket)

    if explained.ignored:
        assert (report.outcome, recording.saves, recording.retires) == ("ignored", [], [])
    elif not isinstance(explained.draft, Draft):
        error = explained.stat if isinstance(explained.stat, ConnectorError) else explained.draft
        assert (str(report.error), recording.saves, recording.retires) == (str(error), [], [])
    else:
        compare(explained, explained.draft, report, recording)
        now = world.atlan.versions()
        changed = {name: name in before for name, version in now.items() if version != before.get(name)}
        assert written(explained, explained.draft, before) == changed
    return explained


def written(explained: Explained, draft: Draft, before: dict[Name, int]) -> dict[Name, bool]:
    """
    Return the names that are said to change, and whether they are said to exist.

    Of a column process that is not active, it is not said whether it is archived: it is created, or restored.
    """
    assert isinstance(explained.contents, Contents)
    todo = [one for one in changes(draft, explained.contents) if one.verb is not Verb.KEEP]
    return {one.name: one.name in before if one.column else one.verb is not Verb.CREATE for one in todo}


def compare(explained: Explained, draft: Draft, report: Report, recording: Recording) -> None:
    """Compare the requests, and the facts of the report."""
    assert recording.saves == [[asset.name for asset in request] for request in draft.plan.saves]
    assert recording.retires == [[asset.name for asset in request] for request in draft.plan.retires]
    assert (explained.stat is not None) == report.exists
    lineage = draft.desired.objects[explained.hint]
    assert lineage.missing == report.missing


def packaged() -> World:
    """The packaged routes, with some of the tables that they name."""
    world = World(PACKAGED)
    world.atlan.connections |= {"default/s3/1700000000", "default/postgres/1700000001", "default/snowflake/1700000002"}
    for table in ("flights", "airlines"):
        world.atlan.add_table(f"{NYC[0]}/{table}", ["id", "name"])
        world.atlan.add_table(f"{NYC[1]}/{table.upper()}", ["ID", "NAME", "_LOADED_AT"])
    return world


@pytest.mark.parametrize("name", [*CASES, *WRAPPED])
def test_sample(name: str) -> None:
    """For each sample event, whether S3 has the object or not, and whether Atlan knows it: what is said is done."""
    event: dict[str, Any] = read(name)
    found = [record for message in messages(event) for record in unwrap(message.body)] or list(records(event))
    for record in found:
        if isinstance(record, Notification):
            world = packaged()
            world.put(record.key, bucket=record.bucket)
            first = agree(world, record.bucket, record.key)
            second = agree(world, record.bucket, record.key)
            world.s3.delete(record.bucket, record.key)
            third = agree(world, record.bucket, record.key)

            assert first.ignored == (name == "no-route")
            assert verbs(second) <= {Verb.KEEP}
            assert verbs(third) <= {Verb.RETIRE}
            assert first.ignored or (Verb.CREATE in verbs(first) and verbs(third))


def verbs(explained: Explained) -> set[Verb]:
    assert isinstance(explained.draft, Draft)
    assert isinstance(explained.contents, Contents)
    return {change.verb for change in changes(explained.draft, explained.contents)}


def lived(seed: int) -> World:
    """Let a history of the simulation happen, one operation after another; about half of it is notified."""
    world, random = World(FILE), Random(seed)
    for table, columns in zip(ITEMS, (("id", "total"), loaded(("id", "total"))), strict=True):
        if random.random() < 0.8:
            world.atlan.add_table(table, columns)
    for op in history(seed).ops:
        happen(world, op)
        if random.random() < 0.5:
            world.notify(op.place[1], bucket=op.place[0])
        world.clock.sleep(1 + random.random() * 400)
    if random.random() < 0.1:
        world.store.errors[random.choice(list(KEYS))[1]] = ForbiddenError("S3 denies access; grant s3:GetObject")
    return world


def happen(world: World, op: Op) -> None:
    table, _, column = op.argument.partition(" ")
    match op.verb:
        case "put":
            names = world.columns if op.argument == "all" else op.argument.split(",") if op.argument else ()
            world.put(op.place[1], bucket=op.place[0], names=names)
        case "delete" | "expire" | "undelete" | "prune":
            getattr(world.s3, op.verb)(*op.place)
        case "add_table":
            world.atlan.add_table(table, ("id",) if table in (ORDERS[0], ITEMS[0]) else ("ROW_ID",))
        case "drop_table" | "remake_table":
            getattr(world.atlan, op.verb)(table)
        case "add_column" | "drop_column":
            getattr(world.atlan, op.verb)(table, column)


def test_worlds() -> None:
    """In 200 random worlds, what is said of any object is what its notification then does."""
    seen = set[Verb]()
    kinds = set[bool | None]()
    for seed in range(WORLDS):
        world, random = lived(seed), Random(seed)
        for place in (*random.sample(list(KEYS), 3), random.choice(IGNORED)):
            explained = agree(world, *place)
            kinds.add(None if isinstance(explained.stat, ConnectorError) else explained.stat is not None)
            if isinstance(explained.draft, Draft):
                seen |= verbs(explained)

    assert seen == set(Verb) - {Verb.SAVE}  # there is no lag
    assert kinds == {None, True, False}
