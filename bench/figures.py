"""
What a run measured, and the figures that follow from it: read by the report, the plots and the goals.

It needs nothing but Python, since the plots are drawn in an environment of their own.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Final

RESULTS: Final = Path(__file__).with_name("results")
FILE: Final = "results.json"


class Missing(LookupError):  # noqa: N818
    """A part failed, so there is no figure."""


class Samples(list[dict[str, Any]]):
    """Measurements, in the order in which they were made."""

    def where(self, **case: Any) -> "Samples":
        """Return those of a case."""
        return Samples(sample for sample in self if all(sample.get(name) == value for name, value in case.items()))

    def each(self, name: str) -> list[Any]:
        """Return the values that a field has, each once, in order."""
        return list(dict.fromkeys(sample[name] for sample in self if name in sample))

    def values(self, name: str, per: str = "") -> list[float]:
        """
        Return the values of a field, perhaps divided by that of another.

        Raises:
            Missing: there is no such measurement.
        """
        found = [sample.get(name, 0) / (sample[per] if per else 1) for sample in self]
        if not found:
            raise Missing(name)
        return found

    def median(self, name: str, per: str = "") -> float:
        """Return the median of `values`."""
        return median(self.values(name, per))

    def medians(self, name: str, by: str) -> list[float]:
        """
        Return the median for each value of the field *by*.

        Raises:
            Missing: there is no such measurement.
        """
        self.values(name)
        return [self.where(**{by: value}).median(name) for value in self.each(by)]

    def spread(self, name: str, unit: Callable[[float], str], per: str = "") -> str:
        """Return the median, with the least and the greatest value."""
        values = self.values(name, per)
        least, most = unit(min(values)), unit(max(values))
        return unit(median(values)) + (f" ({least} to {most})" if least != most else "")


@dataclass(frozen=True, slots=True)
class Run:
    """A run of `make bench`: what it ran on, and its parts, each with samples or with an error."""

    about: Mapping[str, Any]
    parts: Mapping[str, Mapping[str, Any]]

    def part(self, name: str) -> Samples:
        """
        Return the samples of a part.

        Raises:
            Missing: it failed, or was not run.
        """
        part = self.parts.get(name)
        if part is None or part["error"]:
            raise Missing(name)
        return Samples(part["samples"])

    def write(self, folder: Path) -> None:
        """Write it with one sample a line, so that two runs can be compared."""
        parts = []
        for name, part in self.parts.items():
            samples = ",\n".join(json.dumps(sample) for sample in part["samples"])
            head = json.dumps({"seconds": part["seconds"], "error": part["error"]})[:-1]
            parts.append(f'"{name}": {head}, "samples": [\n{samples}\n]}}')
        text = f'{{"about": {json.dumps(dict(self.about), indent=1)},\n"parts": {{\n' + ",\n".join(parts) + "\n}}\n"
        (folder / FILE).write_text(text, encoding="utf-8")


def read(folder: Path = RESULTS) -> Run:
    """
    Read the results that are in a folder.

    Raises:
        Missing: there are none.
    """
    if not (folder / FILE).exists():
        raise Missing(str(folder))
    found = json.loads((folder / FILE).read_text(encoding="utf-8"))
    return Run(found["about"], found["parts"])


def rounded(sample: Any) -> Any:
    """Leave out the digits below a microsecond."""
    if isinstance(sample, dict):
        return {name: rounded(value) for name, value in sample.items()}
    return round(sample, 6) if isinstance(sample, float) else sample


@dataclass(frozen=True, slots=True)
class Line:
    """A straight line through measurements: *base* + *slope* × N."""

    base: float
    slope: float

    def at(self, number: float) -> float:
        """Return its value at N."""
        return self.base + self.slope * number

    @classmethod
    def through(cls, points: Sequence[tuple[float, float]]) -> "Line":
        """Fit it by least squares of the relative errors, since values of all sizes count the same."""
        weights = [1 / max(y, 1e-9) ** 2 for _, y in points]
        total = sum(weights)
        x0 = sum(w * x for w, (x, _) in zip(weights, points, strict=True)) / total
        y0 = sum(w * y for w, (_, y) in zip(weights, points, strict=True)) / total
        above = sum(w * (x - x0) * (y - y0) for w, (x, y) in zip(weights, points, strict=True))
        slope = above / sum(w * (x - x0) ** 2 for w, (x, _) in zip(weights, points, strict=True))
        return cls(y0 - slope * x0, slope)


def growth(samples: Samples, name: str = "wall") -> Line:
    """Fit the medians of a field by the number of files in the bucket."""
    return Line.through([(n, samples.where(files=n).median(name)) for n in samples.each("files")])


def seconds(value: float) -> str:
    """Write a time for people."""
    if value < 1:
        return f"{value * 1000:.3g} ms" if value < 0.1 else f"{value * 1000:.0f} ms"  # noqa: PLR2004
    return f"{value:.3g} s" if value < 100 else f"{value:,.0f} s"  # noqa: PLR2004


def millis(value: float) -> str:
    """Write a time in milliseconds."""
    return f"{value * 1000:.3g}"


def number(value: float) -> str:
    """Write a number with three digits, or a whole one with commas."""
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.3g}"  # noqa: PLR2004


def megabytes(value: float) -> str:
    """Write an amount of memory."""
    return f"{value:.0f} MB"
