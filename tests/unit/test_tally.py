"""The sum of a sweep."""

import json

from connector.core.drift import Drift
from connector.core.order import ObjectHint, PairHint
from connector.core.tally import EXAMPLES, Cursor, Finding, Stage, Step, Tally


def new(number: int, route: str = "raw") -> Finding:
    return Finding(Drift.NEW, ObjectHint("lake", f"{number}"), route)


def test_add() -> None:
    """Steps add up, by kind and by route; each hint counts."""
    tally = Tally()

    tally.add(Step(Cursor(), (new(1), new(2), new(3, "exports")), listed=5, cataloged=2))
    tally.add(Step(Cursor(Stage.PAIRS), (Finding(Drift.PAIR_LINKED, PairHint("a", "b"), "exports"),), pairs=4))
    tally.add(Step(Cursor(Stage.DONE)))

    assert tally.hints == 4
    assert (tally.of(Drift.NEW), tally.of(Drift.PAIR_LINKED), tally.of(Drift.VANISHED)) == (3, 1, 0)
    assert tally.found == {(Drift.NEW, "raw"): 2, (Drift.NEW, "exports"): 1, (Drift.PAIR_LINKED, "exports"): 1}
    assert {name: tally.counts[name] for name in ("listed", "cataloged", "pairs")} == {
        "listed": 5,
        "cataloged": 2,
        "pairs": 4,
    }


def test_examples() -> None:
    """Of each kind, a few examples are kept, the first; so memory is constant."""
    tally = Tally()

    for number in range(100):
        tally.add(Step(Cursor(), (new(number),), twice=(f"twin {number}",), undecided=(f"pair {number}",)))

    assert tally.examples[Drift.NEW] == ["s3://lake/0", "s3://lake/1", "s3://lake/2"]
    assert tally.examples["twice"] == [f"twin {number}" for number in range(EXAMPLES)]
    assert tally.examples["undecided"] == [f"pair {number}" for number in range(EXAMPLES)]
    assert (tally.counts["twice"], tally.counts["undecided"]) == (100, 100)


def test_most() -> None:
    """The share that may be retired is of the objects that Atlan has."""
    tally = Tally()
    tally.add(Step(Cursor(), listed=1000, cataloged=40))

    assert (tally.most(10), tally.most(100), tally.most(0)) == (4, 40, 0)


def test_fields() -> None:
    """The counts are JSON."""
    tally = Tally()
    tally.add(Step(Cursor(), (new(1), new(2)), listed=2))

    fields = json.loads(json.dumps(tally.fields()))

    assert fields["found"] == [{"drift": "cataloged", "route": "raw", "number": 2}]
    assert fields["counts"]["listed"] == 2
