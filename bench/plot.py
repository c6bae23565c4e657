"""Draws the plots of a run, as PNG and SVG: `.venv/bench/bin/python -m bench.plot FOLDER`, which `bench` calls."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl
from matplotlib import pyplot as plt

from bench.figures import Missing, Samples, growth, read

BLUE, ORANGE, GREY, GREEN = "#0072b2", "#d55e00", "#7f7f7f", "#009e73"
COLOURS: Final = {
    "connector": BLUE,
    "batch connector": ORANGE,
    "DataHub": GREY,
    "plain pyatlan": ORANGE,
    "one request at a time": ORANGE,
    "without the lease table": GREEN,
    "prebuilt JSON": GREY,
}


def main(folder: str) -> None:
    """Draw a plot for each part that was run and did not fail."""
    mpl.use("Agg")
    mpl.rcParams.update({"svg.hashsalt": "bench", "font.size": 9, "axes.spines.top": False, "axes.spines.right": False})
    run = read(Path(folder))
    for name, (draw, title) in PLOTS.items():
        try:
            samples = run.part(name)
        except Missing:
            continue
        figure, axes = plt.subplots(figsize=(6.4, 3.8), layout="constrained")
        axes.set_title(title, loc="left")
        draw(axes, samples)
        for kind in ("png", "svg"):
            metadata = {"Date": None} if kind == "svg" else None
            figure.savefig(Path(folder) / f"{name}.{kind}", dpi=120, metadata=metadata)
        plt.close(figure)


def _spread(axes: Any, points: list[tuple[float, Samples]], name: str, per: str = "", **style: Any) -> None:
    """Draw medians with a bar from the least to the greatest."""
    places = [x for x, _ in points]
    middle = [found.median(name, per) for _, found in points]
    low = [y - min(found.values(name, per)) for y, (_, found) in zip(middle, points, strict=True)]
    high = [max(found.values(name, per)) - y for y, (_, found) in zip(middle, points, strict=True)]
    axes.errorbar(places, middle, yerr=[low, high], marker="o", markersize=4, capsize=2, linewidth=1, **style)


def _file(axes: Any, samples: Samples) -> None:
    known = samples.where(pair="known pair")
    for subject in known.each("subject"):
        mine = known.where(subject=subject)
        colour = COLOURS[subject]
        _spread(axes, [(n, mine.where(files=n)) for n in mine.each("files")], "wall", color=colour, label=subject)
        line, most = growth(mine), max(mine.each("files"))
        axes.plot([most, 10_000], [line.at(most), line.at(10_000)], color=colour, linestyle=":")
    axes.set(xscale="log", yscale="log", xlabel="files in the bucket (dotted: extrapolated)", ylabel="seconds")
    axes.legend(frameon=False)


def _burst(axes: Any, samples: Samples) -> None:
    for (pairs, answer), colour in (((1, 0.0), BLUE), ((100, 0.0), GREEN), ((1, 0.2), ORANGE)):
        mine = samples.where(pairs=pairs, answer=answer)
        rates = Samples(sample | {"rate": sample["objects"] / sample["wall"]} for sample in mine)
        label = f"{pairs} pair{'s' if pairs > 1 else ''}, Atlan answers {f'after {answer} s' if answer else 'at once'}"
        points = [(n, rates.where(burst=n)) for n in rates.each("burst") if n]
        _spread(axes, points, "rate", color=colour, label=label)
        axes.axhline(rates.where(burst=0).median("rate"), color=colour, linestyle=":", linewidth=1)
    axes.set(
        xscale="log", yscale="log", xlabel="notifications at once (dotted: one at a time)", ylabel="objects a second"
    )
    axes.legend(frameon=False)


def _floor(axes: Any, samples: Samples) -> None:
    for subject in samples.each("subject"):
        mine = Samples(sample | {"ms": sample["cpu"] * 1000} for sample in samples.where(subject=subject))
        points = [(n, mine.where(burst=n)) for n in mine.each("burst")]
        _spread(axes, points, "ms", per="burst", color=COLOURS[subject], label=subject)
    axes.set(xscale="log", ylim=(0, None), xlabel="objects at once", ylabel="CPU an object, ms")
    axes.legend(frameon=False)


def _limit(axes: Any, samples: Samples) -> None:
    for subject in samples.each("subject"):
        mine = samples.where(subject=subject)
        points = [(answer, mine.where(answer=answer)) for answer in mine.each("answer")]
        _spread(axes, points, "requests_a_minute", color=COLOURS[subject], label=subject)
    axes.axhline(samples.median("allowed"), color=GREY, linestyle=":", linewidth=1)
    axes.set(ylim=(0, None), xlabel="seconds until Atlan answers", ylabel="requests a minute (dotted: allowed)")
    axes.legend(frameon=False)


def _cold(axes: Any, samples: Samples) -> None:
    imports = samples.where(step="import")
    sizes = sorted((imports.where(package=name).median("wall"), name) for name in imports.each("package"))
    axes.barh([name for _, name in sizes], [size for size, _ in sizes], color=BLUE)
    reference = samples.where(step="init", subject="plain pyatlan").median("wall")
    axes.axvline(reference, color=ORANGE, linestyle=":", linewidth=1)
    axes.set(xlabel="seconds of init (dotted: all of init of plain pyatlan)")


PLOTS: Final[dict[str, tuple[Callable[[Any, Samples], None], str]]] = {
    "file": (_file, "One new file in a bucket of N"),
    "burst": (_burst, "Bursts of notifications"),
    "floor": (_floor, "CPU of the same assets"),
    "limit": (_limit, "At a tenant's limit of 400 requests a minute"),
    "cold": (_cold, "Imports of the built artifact"),
}

if __name__ == "__main__":
    main(*sys.argv[1:])
