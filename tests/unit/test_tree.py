"""The drawing of a bucket's lineage shows each process as an arrow, and nothing else."""

from io import StringIO

import pytest
from rich.cells import cell_len
from rich.console import Console

from local.commands.display import tree
from local.commands.display.picture import File, Flow, Picture

SOURCE, TARGET = "default/postgres/1/nyc/public/flights", "default/snowflake/2/ANALYTICS/PUBLIC/FLIGHTS"


def file(key: str, *, into: bool = True, out: bool = True, active: bool = True) -> File:
    """An object with lineage."""
    return File(key, 2048, active, into and active, out and active)


def flow(*files: File, columns: int | None = 19, retired: bool = False) -> Flow:
    """The flow of flights through these files."""
    return Flow(SOURCE, TARGET, files, columns, retired)


def drawn(*flows: Flow, width: int = 80) -> list[str]:
    """Draw, and give the lines without the spaces at their ends."""
    paper = StringIO()
    Console(file=paper, width=width).print(tree.draw(Picture("lake", flows)))
    return [line.rstrip() for line in paper.getvalue().splitlines()]


def test_many_files() -> None:
    """The tables stand once, beside the first of their files, and a trunk joins the others."""
    assert drawn(flow(file("f/1.csv"), file("f/2.csv"), file("f/3.csv"))) == [
        "s3://lake/f/",
        "postgres nyc.public → snowflake ANALYTICS.PUBLIC",
        "flights  ─┬─→  1.csv  2.0 kB  ─┬─→  FLIGHTS  19 columns",
        "          ├─→  2.csv  2.0 kB  ─┤",
        "          └─→  3.csv  2.0 kB  ─┘",
        "3 files · 3 in · 3 out · 1 end to end · 19 columns",
    ]


@pytest.mark.parametrize(
    ("files", "rows"),
    [
        pytest.param(
            [file("1"), file("2", active=False), file("3")],
            ["flights  ─┬─→  1   2.0 kB  ─┬─→  FLIGHTS", "│    2  retired   │", "└─→  3   2.0 kB  ─┘"],
            id="middle",
        ),
        pytest.param(
            [file("1", active=False), file("2")],
            ["flights  ─┐    1  retired   ┌─→  FLIGHTS", "└─→  2   2.0 kB  ─┘"],
            id="first",
        ),
        pytest.param(
            [file("1"), file("2", active=False)],
            ["flights  ───→  1   2.0 kB  ───→  FLIGHTS", "2  retired"],
            id="last",
        ),
        pytest.param([file("1", into=False)], ["flights        1  2.0 kB  ───→  FLIGHTS"], id="no way in"),
        pytest.param([file("1", out=False)], ["flights  ───→  1  2.0 kB        FLIGHTS"], id="no way out"),
    ],
)
def test_missing_arrows(files: list[File], rows: list[str]) -> None:
    """A file that is retired, or has half of its lineage, has exactly the arrows that the catalog has."""
    lines = drawn(flow(*files, columns=None))

    assert [line.strip() for line in lines[2:-1]] == rows


def test_retired() -> None:
    """A pair whose last file is deleted is shown as retired, and is not counted."""
    lines = drawn(flow(file("1.csv", active=False), columns=None, retired=True))

    assert lines[2:] == ["flights        1.csv  retired        FLIGHTS  retired", "1 retired"]


def test_without_tables() -> None:
    """An object without tables has no arrows."""
    lines = drawn(Flow("", "", (file("landing/a.json", into=False, out=False),), None, retired=False))

    assert [line.strip() for line in lines] == ["s3://lake/landing/", "a.json  2.0 kB", "1 file"]


@pytest.mark.parametrize("key", ["x" * 1024, "日本" * 40, "a\nb\x1b[31m" * 30, "a b " * 60])
def test_width(key: str) -> None:
    """For any key, the drawing has one row per file, and is no wider than the console."""
    lines = drawn(flow(file(f"f/{key}"), file("f/b.csv")))

    assert len(lines) == len(drawn(flow(file("f/a.csv"), file("f/b.csv"))))
    assert all(cell_len(line) <= 80 for line in lines)
    assert "\x1b" not in "".join(lines)


def test_nothing() -> None:
    """An unknown bucket has nothing in the catalog."""
    assert drawn() == ["s3://lake: nothing in the catalog"]


def test_only() -> None:
    """A picture can be cut down to some keys; what they are part of stays."""
    picture = Picture("lake", (flow(file("1"), file("2")), Flow("", "", (file("3"),), None, retired=False)))

    assert picture.only({"2"}).flows == (flow(file("2")),)
