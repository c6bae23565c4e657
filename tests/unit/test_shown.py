"""The output of `explain` and `check` that docs/cli.md shows is what they print, in 80 columns."""

import re
from pathlib import Path

import pytest

from connector.commands import check, explain
from connector.commands.output import Output
from connector.core.site import Connection, Notices
from tests.support.world import World, parsed
from tests.unit.test_check import Around, checked

DOCS = Path(__file__).parents[2] / "docs/cli.md"
BUCKET, KEY = "acme-exports", "exports/shop/orders.csv"
HOME = "default/postgres/1700000001/shop", "default/snowflake/1700000002/ANALYTICS"
ROUTES = f"""
connection: default/s3/1700000000
routes:
  - name: exports
    bucket: {BUCKET}
    key: "exports/{{schema}}/{{table}}.csv"
    source: {HOME[0]}/{{schema}}/{{table}}
    target: {HOME[1]}/{{schema:upper}}/{{table:upper}}
"""


@pytest.fixture
def world() -> World:
    """The world of the README, in which the target table is of another case than the route says."""
    world = World(ROUTES)
    world.atlan.warehouse.clear()
    world.atlan.connections = {"default/s3/1700000000", "default/postgres/1700000001", "default/snowflake/1700000002"}
    world.atlan.add_table(f"{HOME[0]}/shop/orders", world.columns)
    world.atlan.add_table(f"{HOME[1]}/shop/ORDERS", world.columns)
    world.put(KEY, bucket=BUCKET)
    world.notify(KEY, bucket=BUCKET)
    world.clock.now = 2_000_000_000.0
    return world


def documented(command: str) -> list[str]:
    """Return the output of a command that the page shows."""
    text = DOCS.read_text(encoding="utf-8")
    block = re.search(rf"^    \$ python -m connector {command}.*\n((?: {{4}}.*\n)+)", text, re.MULTILINE)
    assert block
    return [line[4:] for line in block[1].splitlines()]


@pytest.fixture
def output(monkeypatch: pytest.MonkeyPatch) -> Output:
    monkeypatch.setenv("COLUMNS", "80")
    return Output(json=False)


def test_explain(world: World, output: Output, capsys: pytest.CaptureFixture[str]) -> None:
    """The page shows the verdict of an object whose target table has another case in Atlan."""
    explain.show(world.explainer().explain(BUCKET, KEY), parsed(ROUTES), output)

    wanted = documented("explain")
    assert capsys.readouterr().out.splitlines()[: len(wanted)] == wanted


def test_check(world: World, output: Output, capsys: pytest.CaptureFixture[str]) -> None:
    """The page shows a bucket whose notifications go nowhere."""
    names = ("default/s3/1700000000", "default/postgres/1700000001", "default/snowflake/1700000002")
    known = dict.fromkeys(names, Connection(True, frozenset({"me"})))
    world.atlan.add_table(f"{HOME[1]}/SHOP/ORDERS", world.columns)
    check.show(checked(Around(notifications=Notices(), connections=known), world), output)

    wanted = documented("check")
    assert capsys.readouterr().out.splitlines()[: len(wanted)] == wanted
