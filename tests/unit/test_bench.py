"""The committed results of `make bench`: what the docs say follows from them; and the arithmetic of the report."""

import re
from pathlib import Path

import pytest

from bench import docs, goals
from bench.figures import RESULTS, Line, Run, Samples, read
from bench.report import PLOTTED, report
from bench.tables import PARTS

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def run() -> Run:
    return read()


@pytest.mark.parametrize("page", docs.PAGES)
def test_passages(run: Run, page: str) -> None:
    """The numbers in the docs are those of the committed results."""
    text = (ROOT / page).read_text(encoding="utf-8")

    assert docs.written(text, run) == text


def test_used() -> None:
    """Each passage is on a page, and each page that has one is written."""
    pages = {page.relative_to(ROOT).as_posix(): page for page in (*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"))}
    found = {name: docs.PASSAGE.findall(page.read_text(encoding="utf-8")) for name, page in pages.items()}

    assert {passage for passages in found.values() for _, passage, _ in passages} == docs.PASSAGES.keys()
    assert {name for name, passages in found.items() if passages} == set(docs.PAGES)


def test_report(run: Run) -> None:
    """The committed report and plots are those of the committed samples, of a complete run."""
    assert (RESULTS / "README.md").read_text(encoding="utf-8") == report(run)
    assert run.about["size"] == "full"
    assert run.parts.keys() == PARTS.keys()
    assert [name for name in PLOTTED for kind in ("png", "svg") if not (RESULTS / f"{name}.{kind}").exists()] == []


def test_goals(run: Run) -> None:
    """Each goal is measured; one that is missed says what stands in its way."""
    rows = list(goals.rows(run))

    assert len(rows) == len(goals.GOALS)
    assert all(met == "yes" or re.fullmatch(r"\*\*no\*\*: .+", met) for *_, met in rows)


def test_failed_part(run: Run) -> None:
    """A part that failed is in the report, with its error, and does not lose the others; one not run is left out."""
    failed = {name: dict(part) for name, part in run.parts.items()}
    failed["file"] |= {"error": "no DataHub", "samples": []}
    del failed["sweep"]

    text = report(Run(run.about, failed))

    assert "`no DataHub`" in text
    assert "## Sweep" not in text
    assert text.count("not measured: the part file failed") == 5
    assert "smallest" not in text
    assert "## Bursts" in text


def test_written_and_read(run: Run, tmp_path: Path) -> None:
    """What is written is what is read again."""
    run.write(tmp_path)

    assert read(tmp_path) == run


def test_line() -> None:
    """Points on a line give that line, and its extrapolation."""
    line = Line.through([(100, 1.5), (300, 2.5), (1_000, 6.0)])

    assert line.base == pytest.approx(1.0)
    assert line.at(10_000) == pytest.approx(51.0)


def test_samples() -> None:
    """A median has the least and the greatest value with it, also of a ratio of two fields."""
    samples = Samples({"burst": 10, "cpu": cpu, "subject": "a"} for cpu in (30.0, 10.0, 20.0))

    assert samples.where(subject="a", burst=10).spread("cpu", "{:.0f}".format, per="burst") == "2 (1 to 3)"
    assert samples.where(subject="b").each("cpu") == []
