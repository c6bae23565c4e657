"""`python -m connector suggest`, in this process, against moto and the local catalog: what it says and returns."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from connector import routesfile
from connector.__main__ import main
from connector.core.route import Match
from local.aws.faults import Fault, Kind, answers
from local.aws.server import Aws
from tests.integration.conftest import S3, World
from tests.support import crawler, shop


@dataclass
class Shell:
    """A shell with the settings of a world whose tables are those of a schema of its own."""

    world: World
    capture: pytest.CaptureFixture[str]
    out: str = ""
    err: str = ""

    def suggest(self, *options: str, place: str = "") -> int:
        """Suggest with the schemas of this test, unless other ones are named."""
        self.capture.readouterr()
        own = ["--source", f"{shop.POSTGRES}/shop/{self.world.schema}", "--target", self.home]
        named = [] if "--source" in options else own
        status = main(["suggest", place or f"s3://{self.world.bucket}", *options, *named])
        self.out, self.err = self.capture.readouterr()
        return status

    @property
    def home(self) -> str:
        return f"{shop.SNOWFLAKE}/DB/{self.world.schema}"

    @property
    def document(self) -> Any:
        return json.loads(self.out)

    def tables(self, **columns: tuple[str, ...]) -> None:
        """Make these tables of the source's schema, and of the target's."""
        sources = {f"{shop.POSTGRES}/shop/{self.world.schema}/{name}": names for name, names in columns.items()}
        upper = {name.upper(): [one.upper() for one in names] for name, names in columns.items()}
        targets = {f"{self.home}/{name}": names for name, names in upper.items()}
        crawler.tables(self.world.client, sources | targets)


@pytest.fixture
def shell(world: World, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(world, capsys)


def test_proposed(shell: Shell) -> None:
    """Stdout is a routes file that the connector reads and that covers what stderr says; nothing is written."""
    shell.tables(orders=("id",), items=("id",))
    for name in ("orders", "items"):
        for day in ("2026-11-25", "2026-11-26"):
            shell.world.put(f"exports/{shell.world.schema}/{name}/{day}.csv")
    shell.world.put("notes/readme.txt")
    before = shell.world.everything()

    assert shell.suggest("--source", shop.POSTGRES, "--target", shop.SNOWFLAKE) == 0
    named = shell.out
    assert main(["suggest", f"s3://{shell.world.bucket}"]) == 0
    shell.out, shell.err = shell.capture.readouterr()

    assert shell.out == named
    routes = routesfile.read(shell.out, "proposal")
    match = routes.match(shell.world.bucket, f"exports/{shell.world.schema}/orders/2026-11-27.csv")
    assert routes.connection == S3
    assert isinstance(match, Match)
    assert (match.source, match.target) == (shell.world.source, shell.world.target)
    assert "covers 4 of 5 objects (80.0 %)" in shell.err
    assert "no table that Atlan has is named in the key" in shell.err
    assert shell.world.everything() == before


def test_output(shell: Shell, tmp_path: Path) -> None:
    """With --output, the file is written once, and never over another one; it works as a routes file."""
    shell.tables(orders=("id",))
    shell.world.put(f"{shell.world.schema}.orders.csv")
    file = tmp_path / "proposal.yaml"

    assert shell.suggest("--output", str(file)) == 0
    wrote, said = shell.out, shell.err
    text = file.read_text(encoding="utf-8")
    assert shell.suggest("--output", str(file)) == 2
    refused = shell.err
    assert shell.suggest("--output", str(tmp_path / "none" / "proposal.yaml")) == 2

    assert wrote == ""
    assert "wrote" in said
    assert "exists, and is not overwritten" in refused
    assert "it cannot be written" in shell.err
    assert file.read_text(encoding="utf-8") == text
    assert main(["sweep", f"s3://{shell.world.bucket}", "--dry-run", "--routes", str(file)]) == 0


def test_json(shell: Shell) -> None:
    """With --json, stdout is one document with the routes, what is not covered and why, and the text of the file."""
    shell.tables(orders=("id",), items=("id",))
    for key in ("orders/1.csv", "items/1.csv", "zebra/1.csv"):
        shell.world.put(key, b"id\n1")

    assert shell.suggest("--json") == 0

    (route,) = shell.document["routes"]
    assert (route["key"], route["objects"], route["pairs"]) == ("{table}/{part}.csv", 2, 2)
    (left,) = shell.document["not_covered"]
    assert (left["example"], left["objects"], left["options"]) == ("zebra/1.csv", 1, [])
    assert shell.document["covered"] == {"objects": 2, "bytes": 8}
    assert routesfile.read(shell.document["yaml"], "proposal").match(shell.world.bucket, "orders/2.csv")


def test_decided(shell: Shell) -> None:
    """The header of a file decides between tables of one name; without it, both are printed, and an option chooses."""
    schema = shell.world.schema
    other = f"{shop.POSTGRES}/crm/{schema}/orders"
    both = (
        "--source",
        f"{shop.POSTGRES}/shop/{schema}",
        "--source",
        f"{shop.POSTGRES}/crm/{schema}",
        "--target",
        shell.home,
    )
    shell.tables(orders=("id", "total"))
    crawler.tables(shell.world.client, {other: ["id", "lead"]})
    shell.world.put("orders/1.csv", b"id,total\n1,2\n")

    assert shell.suggest(*both) == 0
    read, said = shell.out, shell.err
    shell.world.put("orders/1.csv", b"")
    assert shell.suggest(*both) == 1
    empty, nothing = shell.out, shell.err
    assert shell.suggest("--headers", "0", "--json", *both[2:]) == 0

    assert f"source: {shell.world.source}\n" in read
    assert "headers were read: 1" in said
    assert empty == ""
    assert f"{shell.world.source} → {shell.world.target}" in nothing
    assert f"{other} → {shell.world.target}" in nothing
    assert "name the right database or schema with --source and --target" in nothing
    assert shell.document["routes"][0]["source"] == other


def test_denied(shell: Shell, aws: Aws) -> None:
    """A header that may not be read ends the reading of headers, with the reason; the rest is proposed."""
    shell.tables(orders=("id", "total"), items=("id",))
    crawler.tables(shell.world.client, {f"{shell.home}_2/ORDERS": ["ID", "LEAD"]})
    shell.world.put("orders/1.csv", b"id,total\n1,2\n")
    shell.world.put("items/1.csv")
    denied = answers.error("s3", 403, "AccessDenied")
    aws.faults.add(Fault(Kind.ANSWER, "s3", "GetObject", text=shell.world.bucket, answer=denied))
    source, target = f"{shop.POSTGRES}/shop/{shell.world.schema}", f"{shell.home}_2"

    assert shell.suggest("--source", source, "--target", shell.home, "--target", target) == 0
    assert "headers could not be read" in shell.err
    assert "grant the role s3:GetObject" in shell.err


def test_cut(shell: Shell) -> None:
    """A list that is cut says where, and how to read on."""
    shell.tables(orders=("id",))
    for number in range(3):
        shell.world.put(f"orders/{number}.csv")

    assert shell.suggest("--limit", "2") == 0
    assert "only the first objects were listed, up to orders/1.csv; --limit N lists more" in shell.err
    assert "covers 2 of 2 objects" in shell.err


def test_many_kinds(shell: Shell) -> None:
    """Of many kinds of keys that are not covered, ten are printed, and how many more there are."""
    shell.tables(orders=("id",))
    for number in range(12):
        shell.world.put(f"{chr(97 + number) * 3}/x.csv")
    shell.world.put("orders/1.csv")

    assert shell.suggest() == 0
    assert "and 2 more kinds of keys that are not covered" in shell.err
    assert "and 2 more kinds of keys" in shell.out


def test_nothing(shell: Shell) -> None:
    """Where nothing can be proposed, the message says what to do, and stdout stays empty."""
    assert shell.suggest() == 1
    assert (shell.out, "check the bucket and the prefix" in shell.err) == ("", True)

    shell.world.put("a/b.csv")
    assert shell.suggest() == 1
    assert "Atlan has no tables that the API key may read" in shell.err

    shell.tables(orders=("id",))
    assert shell.suggest() == 1
    assert "write the routes by hand" in shell.err


@pytest.mark.parametrize(
    ("place", "options", "status", "words"),
    [
        pytest.param("lake", (), 2, "give s3://BUCKET", id="no place"),
        pytest.param("s3://no-such-bucket", (), 1, "NoSuchBucket", id="no bucket"),
        pytest.param("", ("--name", "nowhere"), 1, "Atlan has no S3 connection nowhere", id="connection"),
        pytest.param("", ("--source", "shop"), 2, "is not the qualified name of a connection", id="source"),
        pytest.param("", ("--limit", "0"), 2, "is not a number from 1", id="limit"),
        pytest.param("", ("--headers", "x"), 2, "is not a number from 0", id="headers"),
    ],
)
def test_refused(shell: Shell, place: str, options: tuple[str, ...], status: int, words: str) -> None:
    """What cannot be meant is refused with words that help."""
    try:
        ended = shell.suggest(*options, place=place)
    except SystemExit as exits:  # argparse
        ended, shell.err = int(str(exits.code)), shell.capture.readouterr().err

    assert ended == status
    assert words in shell.err
