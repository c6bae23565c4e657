"""
Orders to sweep, and how far each sweep is: it goes from slice to slice in the sweep's own message.

`connector.core.envelope` reads them, and `connector.slices` carries them out. A message is JSON in ASCII, and of
limited size, whatever the bucket has.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from connector.core.drift import Drift
from connector.core.order import Scope, scope
from connector.core.tally import PERCENT, Cursor, Stage, Step, Tally
from connector.errors import BrakeError, MalformedError

WHOLE: Final = 100
"""The most per cent."""

EVERYWHERE: Final = "*"
"""What `sweep` says for all buckets of the routes file."""

ENTRIES: Final = 200
"""Counts by route that a message has, at most; with more, the smallest are added up by kind."""

SHOWN: Final = 64
"""Characters of a route's name in a message."""

EXAMPLE: Final = 200
"""Characters of an example in a message."""

OTHERS: Final = "(others)"
"""The route under which a message adds up the counts for which it has no room."""


@dataclass(frozen=True, slots=True)
class Everywhere:
    """Sweep every bucket of the routes file, each on its own."""

    percent: float = PERCENT

    @property
    def about(self) -> dict[str, Any]:
        """Return what is ordered, for JSON."""
        return {"sweep": EVERYWHERE, "max_retired": self.percent}


@dataclass(frozen=True, slots=True)
class Slice:
    """
    A sweep, and how far it is.

    The first pass only counts; `counted` is None in it, and has its counts in the second pass, which sends the hints.
    `tally` has what this pass found. `percent` of the cataloged objects may be retired. Slices are numbered from 1;
    `begun` is in seconds since 1970, 0 before the first slice.
    """

    scope: Scope
    percent: float = PERCENT
    cursor: Cursor = field(default_factory=Cursor)
    tally: Tally = field(default_factory=Tally)
    counted: Mapping[str, int] | None = None
    number: int = 1
    begun: int = 0

    @property
    def about(self) -> dict[str, Any]:
        """Return what is ordered, for JSON."""
        return {"sweep": str(self.scope), "bucket": self.scope.bucket, "max_retired": self.percent}

    @property
    def counting(self) -> bool:
        """Return whether this is the first pass."""
        return self.counted is None

    @property
    def ended(self) -> bool:
        """Return whether the pass has ended."""
        return self.cursor.stage is Stage.DONE

    def after(self, step: Step) -> "Slice":
        """Return how far the sweep is after a step."""
        mine = self.tally
        examples = {kind: [*some] for kind, some in mine.examples.items()}
        tally = Tally(Counter(mine.counts), Counter(mine.found), examples)
        tally.add(step)
        return replace(self, cursor=step.cursor, tally=tally)

    def check(self) -> None:
        """
        Check the brake.

        Raises:
            BrakeError: more has vanished from S3 than a sweep may retire.
        """
        cataloged = (self.tally.counts if self.counted is None else self.counted).get("cataloged", 0)
        vanished = self.tally.of(Drift.VANISHED)
        if vanished > cataloged * self.percent / 100:
            raise BrakeError(self.scope, vanished, cataloged, self.percent)

    def sent(self) -> "Slice":
        """Return the end of a sweep whose hints were all sent after the first pass."""
        return replace(self, counted=dict(self.tally.counts))

    def second(self) -> "Slice":
        """Return the beginning of the second pass."""
        return replace(self, cursor=Cursor(), tally=Tally(), counted=dict(self.tally.counts))

    def body(self) -> str:
        """Return the message of the sweep, or of the slice that follows."""
        order: dict[str, Any] = {"sweep": str(self.scope), "max_retired": self.percent}
        if self.begun:
            order["state"] = _packed(replace(self, number=self.number + 1))
        return json.dumps(order)

    def facts(self, now: float) -> dict[str, Any]:
        """Return the facts for JSON; *now* is in seconds since 1970."""
        found = Counter[str]()
        for (drift, _), number in self.tally.found.items():
            found[drift.value] += number
        counts = self.tally.counts
        facts = {
            "phase": "count" if self.counting else "send",
            "slice": self.number,
            "stage": self.cursor.stage.value,
            "after": self.cursor.after,
            "objects_listed": counts["listed"],
            "objects_cataloged": counts["cataloged"],
            "pairs": counts["pairs"],
            "names_twice": counts["twice"],
            "pairs_undecided": counts["undecided"],
            "found": dict(found),
            "examples": self.tally.examples,
            "elapsed_s": round(now - self.begun),
        }
        if self.counted is not None:
            facts["objects_total"] = self.counted.get("listed", 0)
        return facts


Order = Slice | Everywhere


def ordered(place: object, rest: Mapping[Any, Any]) -> Order:
    """
    Read an order, as `{"sweep": "s3://bucket/prefix", "max_retired": 10}`: the *place*, and what else it says.

    Raises:
        MalformedError: it is none.
    """
    if not isinstance(place, str) or rest.keys() - {"max_retired", "state"}:
        raise MalformedError(
            'not an order to sweep; send {"sweep": "s3://BUCKET/PREFIX"}, or {"sweep": "*"} for every bucket of the '
            'routes file; it may have "max_retired": PERCENT, and nothing else'
        )
    percent = _percent(rest.get("max_retired", PERCENT))
    if place == EVERYWHERE:
        return Everywhere(percent)
    slice_ = Slice(scope(place), percent)
    return _resumed(slice_, rest["state"]) if "state" in rest else slice_


def _percent(value: object) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= WHOLE:
        return value
    raise MalformedError(f"max_retired is {value!r:.80}; give a percentage from 0 to 100")


def _packed(slice_: Slice) -> dict[str, Any]:
    tally = slice_.tally
    return {
        "stage": slice_.cursor.stage.value,
        "after": slice_.cursor.after,
        "counts": dict(tally.counts),
        "found": [[drift.value, route, number] for (drift, route), number in _bounded(tally.found)],
        "examples": {kind: [text[:EXAMPLE] for text in texts] for kind, texts in tally.examples.items()},
        "counted": slice_.counted,
        "slice": slice_.number,
        "begun": slice_.begun,
    }


def _bounded(found: Counter[tuple[Drift, str]]) -> Iterator[tuple[tuple[Drift, str], int]]:
    """Yield the largest counts, and the sum of all others of each kind."""
    kept = Counter[tuple[Drift, str]]()
    for place, ((drift, route), number) in enumerate(found.most_common()):
        kept[drift, route[:SHOWN] if place < ENTRIES else OTHERS] += number
    yield from kept.items()


def _resumed(slice_: Slice, state: Any) -> Slice:
    try:
        counted = state["counted"]
        return replace(
            slice_,
            cursor=Cursor(Stage(state["stage"]), str(state["after"])),
            tally=Tally(
                _counts(state["counts"]),
                Counter({(Drift(drift), str(route)): int(number) for drift, route, number in state["found"]}),
                {str(kind): [str(text) for text in texts] for kind, texts in state["examples"].items()},
            ),
            counted=None if counted is None else _counts(counted),
            number=int(state["slice"]),
            begun=int(state["begun"]),
        )
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise MalformedError(
            f"the `state` of the sweep is not as a slice wrote it ({error!r:.200}); leave it out, to begin again"
        ) from error


def _counts(counts: Any) -> Counter[str]:
    return Counter({str(name): int(number) for name, number in counts.items()})
