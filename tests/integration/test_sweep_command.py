"""`python -m connector sweep`, in this process, against moto and the local catalog: what it does, says, and returns."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest
from pyatlan.model.assets import Process, S3Object, Table
from pyatlan.model.enums import EntityStatus

from connector.__main__ import main
from local.catalog.faults import Kind
from tests.integration.conftest import S3, World
from tests.support.cloud import Queues


@dataclass
class Shell:
    """A shell with the settings of a world."""

    world: World
    capture: pytest.CaptureFixture[str]
    out: str = ""
    err: str = ""

    def sweep(self, *options: str, place: str = "") -> int:
        self.capture.readouterr()
        status = main(["sweep", place or f"s3://{self.world.bucket}", *options])
        self.out, self.err = self.capture.readouterr()
        return status

    @property
    def document(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def shell(world: World, capsys: pytest.CaptureFixture[str]) -> Shell:
    world.tables()
    return Shell(world, capsys)


def test_first_load(shell: Shell) -> None:
    """A sweep catalogs what is there with its lineage, says so, and the next one finds the catalog in sync."""
    for part in "abc":
        shell.world.put(f"{part}.csv")

    assert shell.sweep() == 0
    first = shell.out
    assert shell.sweep() == 0

    assert f"s3://{shell.world.bucket}/: 3 objects in S3, 0 in Atlan" in first
    assert "applied 3 of 3" in first
    assert "in sync" in shell.out
    assert shell.world.pair in shell.world.active(Process)
    assert len(shell.world.active(S3Object)) == 3


def test_dry_run(shell: Shell) -> None:
    """A dry run shows each kind of change, by route and with examples, and changes nothing."""
    shell.world.upload("old.csv", "same.csv", "other.csv")
    shell.world.put("same.csv", b"id,customer_id,total\n1,2,3\n4,5,6\n")
    shell.world.put("new.csv")
    shell.world.s3.delete_object(Bucket=shell.world.bucket, Key="old.csv")
    before = shell.world.everything()

    assert shell.sweep("--dry-run") == 0

    for words in ("cataloged", "changed", "retired"):
        assert any(line.split() == [words, "1", "all"] for line in shell.out.splitlines()), words
    assert f"s3://{shell.world.bucket}/new.csv" in shell.out
    assert shell.world.everything() == before


def test_json(shell: Shell) -> None:
    """With --json, stdout is one document that has the plan and what was done."""
    shell.world.put("a.csv")

    assert shell.sweep("--json") == 0

    assert shell.document["found"] == [{"drift": "cataloged", "route": "all", "number": 1}]
    assert (shell.document["applied"], shell.document["failed"]) == (1, [])
    assert shell.document["counts"]["listed"] == 1


def test_brake(shell: Shell) -> None:
    """Too many retirements stop before the first, with the command that allows them; it does."""
    shell.world.upload(*(f"{part}.csv" for part in range(4)))
    shell.world.s3.delete_object(Bucket=shell.world.bucket, Key="0.csv")
    before = shell.world.active()

    stopped = shell.sweep()
    said = shell.err
    unchanged = shell.world.active()
    allowed = shell.sweep("--max-retired", "100")

    assert (stopped, allowed) == (1, 0)
    assert f"sweep s3://{shell.world.bucket}/ --max-retired 100" in said
    assert unchanged == before
    assert f"{S3}/{shell.world.bucket}/0.csv" not in shell.world.active()


@pytest.mark.parametrize(
    ("place", "options", "status", "words"),
    [
        pytest.param("lake", (), 2, "give s3://BUCKET", id="no place"),
        pytest.param("s3://no-such-bucket", (), 2, "no route names the bucket no-such-bucket", id="no route"),
        pytest.param("", ("--max-retired", "101"), 2, "not a percentage", id="percentage"),
        pytest.param("", ("--routes", "nowhere.yaml"), 2, "names no file", id="no routes file"),
    ],
)
def test_refused(shell: Shell, place: str, options: tuple[str, ...], status: int, words: str) -> None:
    """What cannot be meant is refused with words that help."""
    try:
        ended = shell.sweep(*options, place=place)
    except SystemExit as exits:  # argparse
        ended, shell.err = int(str(exits.code)), shell.capture.readouterr().err

    assert ended == status
    assert words in shell.err


def test_failures(shell: Shell) -> None:
    """What Atlan refuses is named, all else is done, and the exit status tells."""
    shell.world.put("good.csv")
    shell.world.put("bad.csv")
    shell.world.fails(kind=Kind.STATUS, method="POST", path="entity/bulk", status=403, body="bad.csv", count=None)

    status = shell.sweep()

    assert status == 1
    assert f"failed s3://{shell.world.bucket}/bad.csv" in shell.out
    assert f"{S3}/{shell.world.bucket}/good.csv" in shell.world.active()


def test_many_failures(shell: Shell) -> None:
    """Where much fails, the first ten are named, and how many more there are."""
    for number in range(12):
        shell.world.put(f"{number}.csv")
    shell.world.fails(kind=Kind.STATUS, method="POST", path="entity/bulk", status=403, count=None)

    assert shell.sweep() == 1
    assert sum(line.startswith("failed ") for line in shell.out.splitlines()) == 10
    assert "2 more that failed" in shell.out


def test_queue(shell: Shell, queues: Queues) -> None:
    """With --queue, the hints are messages for the function, and nothing is applied here."""
    shell.world.put("a.csv")

    assert shell.sweep("--queue", "--json") == 0
    document = shell.document
    ((message,), before) = queues.event()["Records"], shell.world.active(S3Object)

    assert document["sent"] == 1
    assert json.loads(message["body"]) == {"hint": {"bucket": shell.world.bucket, "key": "a.csv"}}
    assert before == set()


def test_routed_bucket_is_gone(shell: Shell) -> None:
    """A bucket that a route names and S3 does not have is S3's error, and not an empty bucket."""
    shell.world.upload("a.csv")
    shell.world.s3.delete_object(Bucket=shell.world.bucket, Key="a.csv")
    shell.world.s3.delete_bucket(Bucket=shell.world.bucket)

    assert shell.sweep() == 1
    assert "NoSuchBucket" in shell.err
    assert f"{S3}/{shell.world.bucket}/a.csv" in shell.world.active()


def test_twice(shell: Shell) -> None:
    """Two assets of one name are reported, with what to do."""
    shell.world.fails(kind=Kind.RACE, names="twice.csv", count=2, delay=0.5)
    name = f"{S3}/{shell.world.bucket}/twice.csv"

    def save() -> None:
        twin = S3Object.updater(name, "twice.csv")
        shell.world.client.asset.save(twin)

    with ThreadPoolExecutor(2) as both:
        for saving in [both.submit(save) for _ in range(2)]:
            saving.result()

    shell.sweep("--dry-run")

    assert "1 names that two assets have" in shell.out
    assert name in shell.out


def test_foreign(shell: Shell) -> None:
    """Lineage of an earlier script is listed, and retired only with --adopt; ours is untouched."""
    shell.world.upload("a.csv")
    client, source = shell.world.client, shell.world.source
    object_ = shell.world.object("a.csv")
    theirs = Process.creator(
        name="script",
        connection_qualified_name=S3,
        process_id="script/1",
        inputs=[Table.ref_by_qualified_name(source)],
        outputs=[S3Object.ref_by_guid(object_.guid)],
    )
    client.asset.save(theirs)
    ours = {name for name in shell.world.active() if "/test/" in name}

    listed = shell.sweep("--foreign")
    said, still = shell.out, client.asset.get_by_qualified_name(f"{S3}/script/1", Process).status
    adopted = shell.sweep("--adopt")

    assert (listed, adopted) == (0, 0)
    assert f"{S3}/script/1" in said
    assert still == EntityStatus.ACTIVE
    assert client.asset.get_by_qualified_name(f"{S3}/script/1", Process).status == EntityStatus.DELETED
    assert {name for name in shell.world.active() if "/test/" in name} == ours
