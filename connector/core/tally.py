"""
What a sweep counts, and the brake: a plan for a whole bucket, made before anything is written.

`connector.sweep` makes the steps; whoever runs it adds them up.
"""

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from connector.core.drift import Drift
from connector.core.order import Drifted

EXAMPLES: Final = 3
"""Examples that are kept of each kind of difference."""

PERCENT: Final = 10.0
"""A sweep may retire this share of the cataloged objects, unless it is told otherwise."""


class Stage(StrEnum):
    """The stages of a sweep: keys first, since they tell which pairs have an object; then the pairs of the catalog."""

    OBJECTS = "objects"
    PAIRS = "pairs"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a sweep goes on: after this key, or after this qualified name of a pair's process."""

    stage: Stage = Stage.OBJECTS
    after: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """A difference, the hint that mends it, and the route by which it is counted ("" where there is none)."""

    drift: Drift
    hint: Drifted
    route: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """
    A part of a sweep, and where the next one begins.

    `listed` and `cataloged` are objects in S3 and in Atlan, `pairs` the pairs of tables in Atlan; `twice` are names
    that two active assets have, `undecided` pairs of which S3's listing is too long to be read for each.
    """

    cursor: Cursor
    findings: tuple[Finding, ...] = ()
    listed: int = 0
    cataloged: int = 0
    pairs: int = 0
    twice: tuple[str, ...] = ()
    undecided: tuple[str, ...] = ()


@dataclass(slots=True)
class Tally:
    """The sum of the steps, in constant memory: counts, and a few examples of each kind."""

    counts: Counter[str] = field(default_factory=Counter)
    found: Counter[tuple[Drift, str]] = field(default_factory=Counter)
    examples: dict[str, list[str]] = field(default_factory=dict)

    def add(self, step: Step) -> None:
        """Add a step."""
        self.counts["listed"] += step.listed
        self.counts["cataloged"] += step.cataloged
        self.counts["pairs"] += step.pairs
        self._note("twice", step.twice)
        self._note("undecided", step.undecided)
        for finding in step.findings:
            self.found[finding.drift, finding.route] += 1
            self._example(finding.drift, str(finding.hint))

    def of(self, drift: Drift) -> int:
        """Return how many differences there are of one kind."""
        return sum(number for (kind, _), number in self.found.items() if kind is drift)

    @property
    def hints(self) -> int:
        """Return how many hints there are in all."""
        return self.found.total()

    def most(self, percent: float) -> float:
        """Return how many objects may be retired, if it may be this share of the cataloged ones."""
        return self.counts["cataloged"] * percent / 100

    def fields(self) -> dict[str, Any]:
        """Return the counts for JSON."""
        found = [{"drift": drift.value, "route": route, "number": n} for (drift, route), n in self.found.items()]
        return {"counts": dict(self.counts), "found": found}

    def _note(self, what: str, names: tuple[str, ...]) -> None:
        self.counts[what] += len(names)
        for name in names:
            self._example(what, name)

    def _example(self, what: str, name: str) -> None:
        examples = self.examples.setdefault(what, [])
        if len(examples) < EXAMPLES:
            examples.append(name)
