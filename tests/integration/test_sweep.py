"""Sweeps over HTTP: a bucket on moto, the real pyatlan, the local catalog, the application with its settings."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from random import Random

import pytest
from pyatlan.model.assets import ColumnProcess, Process, S3Object

from connector import app
from connector.core.drift import Drift
from connector.core.order import Drifted, ObjectHint, Scope
from connector.core.tally import PERCENT
from connector.errors import BrakeError, ForbiddenError, RefusedError
from local.aws.faults import Fault, Kind, answers
from local.aws.server import Aws
from tests.integration.conftest import BODY, World
from tests.support import crawler
from tests.support.shop import CONNECTION as S3
from tests.support.shop import POSTGRES, SNOWFLAKE

ROOT = Path(__file__).parents[2]
KILLS = 10 if "SOAK" in os.environ else 1
OBJECTS, CHANGES = (5_000, 200) if "SOAK" in os.environ else (500, 20)


def drifts(bucket: str) -> dict[str, Drift]:
    """Return what a sweep of a bucket would do, by hint; nothing is written."""
    forecast = app.application().runner.forecast(Scope(bucket))
    return {str(finding.hint): finding.drift for finding in forecast.findings or ()}


def swept(bucket: str, percent: float = PERCENT) -> list[Drifted]:
    """Sweep a bucket, apply the hints, and return them."""
    application = app.application()
    hints = list(application.runner.hints(application.runner.forecast(Scope(bucket)), percent))
    progress = application.apply(hints, lambda progress: None)
    assert (progress.waiting, progress.failed) == (0, [])
    return hints


@pytest.mark.timeout(1800)
def test_bucket(world: World) -> None:
    """
    A first sweep loads all; a second finds nothing, and only searches; later, just what changed unnoticed is found.
    """
    world.tables()
    keys = [f"exports/{number:05}.csv" for number in range(OBJECTS)]
    for key in keys:
        world.put(key)

    first = swept(world.bucket)
    loaded = world.active(S3Object)
    asked = len(world.server.faults.log)
    second = swept(world.bucket)
    requests = list(world.server.faults.log)[asked:]
    changed = unnoticed(world, keys)
    third = swept(world.bucket)

    assert sorted(map(str, first)) == [f"s3://{world.bucket}/{key}" for key in keys]
    assert len(loaded) == OBJECTS
    assert second == []
    assert {request.path for request in requests} == {"/api/meta/search/indexsearch"}
    assert len(requests) <= 8 + 3 * (OBJECTS // 500 + 1)
    assert sorted(map(str, third)) == sorted(f"s3://{world.bucket}/{key}" for key in changed)
    assert swept(world.bucket) == []
    assert len(world.active(Process)) == 2 * len(world.active(S3Object)) + 1


@pytest.mark.unmeasured
@pytest.mark.timeout(1800)
def test_sigkill(world: World) -> None:
    """
    A sweep that is killed with -9 in the middle of its writes loses nothing: the next one goes on, to the same end.
    """
    world.tables()
    keys = [f"exports/{number:03}.csv" for number in range(160 + 64 * KILLS)]
    for key in keys:
        world.put(key)
    random, saved = Random(1), lambda: sum(entry.path.endswith("/entity/bulk/") for entry in world.server.faults.log)

    for _ in range(KILLS):
        until = saved() + random.randint(1, 2)
        process = subprocess.Popen(
            [sys.executable, "-m", "connector", "sweep", f"s3://{world.bucket}"],
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdout=subprocess.DEVNULL,
        )
        while saved() < until and process.poll() is None:
            time.sleep(0.005)
        process.kill()
        assert process.wait() == -signal.SIGKILL
    loaded = len(world.active(S3Object))
    swept(world.bucket)

    assert 0 < loaded < len(keys)
    assert world.active(S3Object) == {f"{S3}/{world.bucket}/{key}" for key in keys}
    assert len(world.active(Process)) == 2 * len(keys) + 1
    assert swept(world.bucket) == []


def unnoticed(world: World, keys: list[str]) -> list[str]:
    """Create, change and delete some objects; no notification tells of it."""
    random = Random(1)
    changed = random.sample(keys, CHANGES)
    for key in changed[: CHANGES // 3]:
        world.s3.delete_object(Bucket=world.bucket, Key=key)
    for key in changed[CHANGES // 3 : 2 * CHANGES // 3]:
        world.put(key, b"id,customer_id,total\n2,3,4\n5,6,7\n")
    created = [key.replace("exports/", "more/") for key in changed[2 * CHANGES // 3 :]]
    for key in created:
        world.put(key)
    return [*changed[: 2 * CHANGES // 3], *created]


def test_heals(world: World) -> None:
    """Each of these is found and healed: a wrong route, a late table, a lost notification, lineage deleted by hand."""
    tables = {
        name: (f"{POSTGRES}/shop/{world.schema}/{name}", f"{SNOWFLAKE}/DB/{world.schema}/{name}") for name in NAMES
    }
    ends = [end for pair in tables.values() for end in pair]
    late = tables["late"][1]
    crawler.tables(world.client, {end: ["id"] for end in ends if end != late})
    right = {"name": "all", "bucket": world.bucket, "key": "{t}/{part}.csv"}
    right |= {"source": f"{POSTGRES}/shop/{world.schema}/{{t}}", "target": f"{SNOWFLAKE}/DB/{world.schema}/{{t}}"}
    wrong = {"name": "wrong", "bucket": world.bucket, "key": "moved/*", "source": tables["moved"][0]}
    world.route(routes=[wrong | {"target": tables["wrong"][1]}, right])
    world.upload("moved/1.csv", "late/1.csv", "process/1.csv", "orphan/1.csv")

    world.route(routes=[right])
    crawler.tables(world.client, {late: ["id"]})
    world.put("lost/1.csv")
    world.client.asset.delete_by_guid(world.process(f"in/{world.bucket}/process/1.csv").guid)
    world.s3.delete_object(Bucket=world.bucket, Key="orphan/1.csv")
    world.client.asset.delete_by_guid([world.object("orphan/1.csv").guid])
    found = drifts(world.bucket)
    swept(world.bucket, 100)

    place = f"s3://{world.bucket}/"
    assert found == {
        f"{place}moved/1.csv": Drift.LINKED,
        f"{tables['moved'][0]} > {tables['wrong'][1]}": Drift.PAIR_UNLINKED,
        f"{place}late/1.csv": Drift.LINKED,
        f"{place}lost/1.csv": Drift.NEW,
        f"{place}process/1.csv": Drift.LINKED,
        f"{place}orphan/1.csv": Drift.UNLINKED,
        " > ".join(tables["orphan"]): Drift.PAIR_UNLINKED,
    }
    assert drifts(world.bucket) == {}
    live = ("late", "lost", "moved", "process")
    pairs = {f"{S3}/test/pair/{tables[name][0]}>{tables[name][1]}" for name in live}
    assert world.active(Process) == pairs | {
        f"{S3}/test/{side}/{world.bucket}/{name}/1.csv" for name in live for side in ("in", "out")
    }
    assert world.active(ColumnProcess) == {f"{pair}/id>id" for pair in pairs}


NAMES = ("moved", "wrong", "late", "lost", "process", "orphan")

CAUSES = {
    "no permission": (answers.error("s3", 403, "AccessDenied"), ForbiddenError),
    "a wrong name": (answers.error("s3", 404, "NoSuchBucket"), RefusedError),
    "a wrong region": (answers.error("s3", 301, "PermanentRedirect"), RefusedError),
}


@pytest.fixture
def full(world: World) -> World:
    """A bucket with three objects in sync."""
    world.tables()
    world.upload("a.csv", "b.csv", "c.csv")
    return world


def test_empty_answers(full: World, aws: Aws) -> None:
    """Where S3 lists nothing because of permissions, name, region or account, an error says so; nothing is retired."""
    before = full.everything()
    nothing = f"<Name>{full.bucket}</Name><Prefix/><KeyCount>0</KeyCount><IsTruncated>false</IsTruncated>"
    another = answers.xml(f"<ListBucketResult>{nothing}</ListBucketResult>"), BrakeError

    for cause, (answer, error) in {**CAUSES, "a wrong account": another}.items():
        aws.faults.clear()
        aws.faults.add(Fault(Kind.ANSWER, operation="ListObjectsV2", text=full.bucket, answer=answer, count=None))
        with pytest.raises(error):
            swept(full.bucket)
        assert full.everything() == before, cause
    aws.faults.clear()

    assert drifts(full.bucket) == {}


def test_emptied(full: World) -> None:
    """A bucket that was emptied stops a sweep before it retires anything, until it is told that this is right."""
    before = full.everything()
    for key in ("a.csv", "b.csv", "c.csv"):
        full.s3.delete_object(Bucket=full.bucket, Key=key)

    with pytest.raises(BrakeError, match="--max-retired 100"):
        swept(full.bucket)
    after = full.everything()
    swept(full.bucket, 100)

    assert after == before
    assert full.active() == {f"{S3}/{full.bucket}"}


def test_no_bucket(full: World) -> None:
    """A bucket that does not exist is S3's error."""
    with pytest.raises(RefusedError, match="NoSuchBucket"):
        swept(f"{full.bucket}-no")


def test_others(full: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sweep leaves alone what another deployment made of the same objects, and what is of another bucket."""
    other = f"{full.bucket}-2"
    full.s3.create_bucket(Bucket=other)
    full.s3.put_object(Bucket=other, Key="x.csv", Body=BODY)
    both = [
        {"name": name, "bucket": name, "key": "**", "source": full.source, "target": full.target}
        for name in (full.bucket, other)
    ]
    full.route(routes=both)
    swept(other)
    ours = full.active()
    full.s3.delete_object(Bucket=other, Key="x.csv")

    monkeypatch.setenv("DEPLOYMENT", "theirs")
    app.application.cache_clear()
    swept(full.bucket)
    theirs = full.active() - ours
    full.route(routes=[both[0] | {"key": "a.csv"}])
    hints = swept(full.bucket)
    monkeypatch.setenv("DEPLOYMENT", "test")
    full.route(routes=both)

    assert {name.split("/")[3] for name in theirs} == {"theirs"}
    assert hints == [ObjectHint(full.bucket, "b.csv"), ObjectHint(full.bucket, "c.csv")]
    assert ours <= full.active()
    assert drifts(full.bucket) == {}
    assert f"{S3}/{other}/x.csv" in full.active(S3Object)
