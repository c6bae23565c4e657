"""
Keeps the numbers in the docs those of the committed results.

A passage between `<!-- bench: NAME -->` and `<!-- end -->` follows from the results: a complete run writes it, and a
test compares it.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Final

from bench.figures import Missing, Run, Samples, megabytes, number, seconds
from bench.report import table
from bench.tables import PARTS

ROOT: Final = Path(__file__).parents[1]
PAGES: Final = ("README.md", "ARCHITECTURE.md", "docs/costs.md", "docs/cli.md")
PASSAGE: Final = re.compile(r"(<!-- bench: (\w+) -->\n\n).*?(\n\n<!-- end -->)", re.DOTALL)
LOADS: Final = {"1 million": 10**6, "10 million": 10**7, "100 million": 10**8}
S3_GET, S3_LIST = 0.4e-6, 5e-6
"""USD for a request, at the list prices of us-east-1."""

COMPUTE: Final = 16.67
"""USD for a million GB-seconds of Lambda, at the list price of us-east-1."""


def write(run: Run) -> None:
    """Write the passages of all pages."""
    for page in PAGES:
        path = ROOT / page
        path.write_text(written(path.read_text(encoding="utf-8"), run), encoding="utf-8")


def written(text: str, run: Run) -> str:
    """Return a page with the passages that follow from a run; one that needs a part that failed stays as it is."""

    def passage(found: re.Match[str]) -> str:
        try:
            return f"{found[1]}{PASSAGES[found[2]](run)}{found[3]}"
        except Missing:
            return found[0]

    return PASSAGE.sub(passage, text)


def _speed(run: Run) -> str:
    """Return what the README says of the speed."""
    file, burst, limit, cold = (run.part(name) for name in ("file", "burst", "limit", "cold"))
    sizes = file.where(pair="known pair").each("files")
    small, large = min(sizes), max(sizes)
    ours, batch, datahub = (
        [file.where(subject=name, pair="known pair", files=size).median("wall") for size in (small, large)]
        for name in ("connector", "batch connector", "DataHub")
    )
    most, init = burst.where(pairs=1, answer=0.0, burst=max(burst.each("burst"))), cold.where(step="init")
    slow = limit.where(answer=1.0)
    ratio = _cpu(run, max(burst.each("burst")))
    rows = [
        (f"one new file in a bucket of {small:,}, and of {large:,}", f"{seconds(ours[0])}, {seconds(ours[1])}"),
        ("the same by a batch connector that saves everything again", f"{seconds(batch[0])}, {seconds(batch[1])}"),
        ("the same by DataHub's S3 source, without lineage", f"{seconds(datahub[0])}, {seconds(datahub[1])}"),
        (
            "requests to Atlan an object, alone",
            number(file.where(pair="known pair", subject="connector").median("catalog")),
        ),
        ("requests to Atlan an object, 1,000 at once", number(most.median("catalog", per="objects"))),
        ("CPU of 1,000 at once ÷ that of plain pyatlan for the same assets", f"{ratio:.2f}"),
        (
            f"objects a minute at {slow.median('allowed'):.0f} requests a minute, if Atlan answers after 1 s",
            number(slow.where(subject="connector").median("objects_a_minute")),
        ),
        (
            "start without a snapshot, and that of a function that only imports pyatlan",
            ", ".join(seconds(init.where(subject=name).median("wall")) for name in ("connector", "plain pyatlan")),
        ),
    ]
    return table(("what", "measured"), rows)


def _cpu(run: Run, size: int) -> float:
    floor = run.part("floor").where(burst=size)
    return floor.where(subject="connector").median("cpu") / floor.where(subject="plain pyatlan").median("cpu")


def _load(run: Run) -> str:
    """Return the table of the first load: by arithmetic, from the requests that an object takes in a burst."""
    rows = []
    for name, objects in LOADS.items():
        requests = objects * _requests(run)
        dollars = objects * (S3_GET + 2 * S3_LIST / 1000)
        rows.append((name, f"{requests:,.0f}", _long(requests / 200), _long(requests / 400), f"{dollars:.2f}"))
    text = f"In a measurement, 1,000 new objects of one pair took {_requests(run) * 1000:.0f} requests to Atlan, "
    text += f"{_requests(run):.3g} an object. At half of a\ntenant's 400 requests a minute, which is the default of "
    return f"{text}`RATE_SHARE`, that is {200 / _requests(run):,.0f} objects a minute:\n\n" + table(
        ("objects", "requests to Atlan", "at 200 a minute", "at 400 a minute", "S3, in USD"), rows
    )


def _first(run: Run) -> str:
    """Return the same in a sentence."""
    times = [_long(objects * _requests(run) / 200) for objects in LOADS.values()]
    return (
        f"By the arithmetic of that page, a million objects take {times[0]} with half of a tenant's 400 requests a\n"
        f"minute, ten million {times[1]}, and a hundred million {times[2]}; S3's requests for them cost 0.41, 4.10\n"
        "and 41.00 USD."
    )


def _requests(run: Run) -> float:
    return run.part("burst").where(pairs=1, answer=0.0, burst=1_000).median("catalog", per="objects")


def _long(minutes: float) -> str:
    """Write a long time in two units."""
    hours, days = minutes / 60, minutes / 1440
    if hours < 24:  # noqa: PLR2004
        return f"{int(hours)} h {round(minutes % 60 / 5) * 5:02} min"
    return f"{days:.0f} days" if days >= 10 else f"{days:.1f} days"  # noqa: PLR2004


def _memory(run: Run) -> str:
    """Return the table of memory sizes, with what a million objects cost, and what the function holds."""
    size, floor, columns = run.part("size"), run.part("floor"), run.part("columns")
    rows = [(f"{mb:,} MB", *_costs(size.where(size=mb), mb)) for mb in size.each("size")]
    head = "memory, first after a restore, one object, 10 objects, 1000 objects, a million one by one, a million by 10"
    ours = floor.where(subject="connector")
    cpu = [f"{ours.where(burst=n).median('cpu', per='burst') * 1000:.1f}" for n in (1, 1_000)]
    most = run.part("memory").where(batch=1_000).median("peak")
    peaks = [megabytes(peak) for peak in (most, columns.where(columns=2_000).median("peak"))]
    init = run.part("cold").where(step="init", subject="connector").median("cpu")
    return (
        f"{table(head.split(', '), rows)}\n\n"
        f"An object takes {cpu[0]} ms of CPU alone, and {cpu[1]} ms in a batch of 1,000; the rest is waiting,\n"
        f"which more CPU does not shorten. The function holds {peaks[0]} with tables of 20 columns, also with 1,000\n"
        f"messages at once, and {peaks[1]} with tables of 2,000 columns. Without SnapStart, the start takes\n"
        f"{init:.1f} s of CPU."
    )


def _costs(samples: Samples, mb: int) -> list[str]:
    times = [samples.where(batch=batch).median("wall") for batch in (0, 1, 10, 1_000)]
    cells = [f"{times[0]:.2f}", f"{times[1]:.3f}", f"{times[2]:.3f}", f"{times[3]:.1f}"]
    each = (times[1], times[2] / 10)
    return cells + [
        f"{time:.3g} × {mb / 1024:.4g} GB × ${COMPUTE} = ${time * mb / 1024 * COMPUTE:.2f}" for time in each
    ]


def _where(run: Run) -> str:
    """Return the table of where the CPU goes, with what it is altogether, and plain pyatlan's."""
    part, samples, floor = PARTS["profile"], run.part("profile"), run.part("floor")
    rows = list(part.rows(samples))
    for subject, name in (("connector", "CPU an object, ms"), ("plain pyatlan", "of plain pyatlan, ms")):
        found = (floor.where(subject=subject, burst=size) for size in samples.each("burst"))
        rows.append((name, *(f"{one.median('cpu', per='burst') * 1000:.2f}" for one in found)))
    return table(part.head.split(", "), rows)


PASSAGES: Final[dict[str, Callable[[Run], str]]] = {
    "speed": _speed,
    "load": _load,
    "first": _first,
    "memory": _memory,
    "where": _where,
}
"""What each passage says; each is on one of the pages."""
