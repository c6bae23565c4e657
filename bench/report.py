"""The results of a run as Markdown: the goals, and a table for each part with medians, least and greatest values."""

from collections.abc import Iterable, Sequence
from typing import Final

from bench import goals
from bench.figures import Missing, Run, Samples, growth, seconds
from bench.tables import PARTS, Part

EXTRAPOLATED: Final = 10_000
"""Files of a bucket that was not measured."""

PLOTTED: Final = ("file", "burst", "floor", "limit", "cold")
HEAD: Final = """# Results

Written by `make bench`; the samples are in [results.json](results.json). Each value is the median, with the least and
the greatest in parentheses. Everything ran on one machine, in turn, against the same S3 (moto) and the same catalog
(`local/catalog`), over HTTP. Both run beside what is measured, so ratios count more than times.
"""


def report(run: Run) -> str:
    """Return the whole report."""
    reached = table(("goal", "measured", "is to be", "is", "met"), goals.rows(run))
    parts = "\n\n".join(_part(run, name, part) for name, part in PARTS.items() if name in run.parts)
    return f"{HEAD}\n{table(('about', 'this run'), run.about.items())}\n\n## Goals\n\n{reached}\n\n{parts}\n"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table in Markdown."""
    return "\n".join(f"| {' | '.join(map(str, cells))} |" for cells in (head, ["---"] * len(head), *rows))


def _part(run: Run, name: str, part: Part) -> str:
    done = run.parts[name]
    if done["error"]:
        return f"## {part.title}\n\n**Failed** after {done['seconds']:.0f} s: `{done['error']}`"
    samples = run.part(name)
    try:
        text = f"## {part.title}\n\n{part.text}\n\n{table(part.head.split(', '), part.rows(samples))}"
    except Missing as error:
        return f"## {part.title}\n\nIncomplete: no {error} was measured."
    grown = f"\n\n{_growth(samples)}" if name == "file" else ""
    return text + grown + (f"\n\n![{part.title}]({name}.svg)" if name in PLOTTED else "")


def _growth(samples: Samples) -> str:
    lines = [f"Fitted to the medians, and extrapolated to {EXTRAPOLATED:,} files:\n"]
    for subject in ("connector", "batch connector", "DataHub"):
        line = growth(samples.where(pair="known pair", subject=subject))
        lines.append(
            f"- {subject}: {line.base:.4f} s + {line.slope * 1000:.4f} ms × N; "
            f"{line.base:.4f} + {line.slope:.7f} × {EXTRAPOLATED:,} = {seconds(line.at(EXTRAPOLATED))}"
        )
    return "\n".join(lines)
