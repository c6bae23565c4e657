"""
Bursts of notifications: 1 to 1,000 of them in one invocation, of one pair of tables and of 100, and one at a time.

Once the catalog answers at once, so that the connector itself is measured, and once after 0.2 s, as a tenant may.
"""

from collections.abc import Iterator
from typing import Final

from bench.subject import Sample, Subject
from bench.world import World, world
from tests.support.shop import BUCKET

PAIRS: Final = {1: 20, 100: 4}
"""Pairs of tables, and how many columns these have."""

ANSWERS: Final = (0.0, 0.2)
"""Seconds until the catalog answers."""


def measure(*, small: bool) -> Iterator[Sample]:
    """Measure bursts of all sizes in turn."""
    rounds, sizes = (1, (1, 10, 50)) if small else (3, (1, 10, 100, 1_000))
    with world() as one:
        one.buckets(BUCKET)
        for pairs, columns in PAIRS.items():
            one.pairs(*_tables(pairs), columns=columns)
        with Subject("connector", "bench.subjects.connector", one.environment()) as ours:
            for _ in range(rounds):
                for pairs in PAIRS:
                    yield from _bursts(one, ours, pairs, sizes)


def _bursts(one: World, ours: Subject, pairs: int, sizes: tuple[int, ...]) -> Iterator[Sample]:
    """Measure a round, on pairs that are known."""
    one.answers(0)
    tables = _tables(pairs)
    for fresh in (True, False):
        ours.ask(places=one.put(tables), at_once=len(tables), fresh=fresh)
    for answer in ANSWERS if pairs == 1 else ANSWERS[:1]:
        one.answers(answer)
        case = {"pairs": pairs, "answer": answer}
        for size in sizes:
            places = one.put(tables[number % pairs] for number in range(size))
            yield case | {"burst": size} | one.measured(ours, places=places, at_once=size) | {"objects": size}
        single = one.put(tables[number % pairs] for number in range(sizes[-1] // (20 if answer else 5)))
        yield case | {"burst": 0} | one.measured(ours, places=single, at_once=1) | {"objects": len(single)}


def _tables(pairs: int) -> list[str]:
    return [f"t{number}of{pairs}" for number in range(pairs)]
