"""Every promise, in a thousand histories of duplicates, reorderings, kills and faults; `make soak` plays more."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.simulation.__main__ import report
from tests.simulation.history import history
from tests.simulation.process import Build
from tests.simulation.shrink import shrunk, told
from tests.simulation.wire import Fault
from tests.simulation.world import play
from tests.support.catalog import BrokenError

SEEDS = 1_000
PARTS = 10


@pytest.fixture(scope="module")
def tally() -> Iterator[Counter[str]]:
    """What all parts injected, printed at the end; see it with `pytest -s`."""
    counted: Counter[str] = Counter()
    yield counted
    print("\n" + report(SEEDS, counted))  # noqa: T201 - for pytest -s


@pytest.mark.parametrize("part", range(PARTS))
def test_promises(part: int, tally: Counter[str]) -> None:
    """In every history, the catalog is in sync at the end, nothing ever dangles, and nothing is lost."""
    for seed in range(part, SEEDS, PARTS):
        try:
            tally += play(history(seed))
        except BrokenError as error:
            pytest.fail(f"seed {seed}: {error}\n{told(shrunk(history(seed), Build()), Build())}", pytrace=False)


class Outage(dict[tuple[str, int], Fault]):
    """Atlan is down, and S3 with it: no request to them, whatever its number, is answered."""

    def get(self, number: tuple[str, int], default: Fault | None = None) -> Fault | None:
        return default if number[0] == "aws" else (Fault.UNSENT, Fault.UNAVAILABLE)[number[1] % 2]


def test_outage() -> None:
    """An hour's outage of Atlan only delays: no dead letter, and few receives per message."""
    for seed in range(30):
        drawn = history(seed)
        ops = tuple(op for op in drawn.ops if op.verb != "malformed")
        counted = play(replace(drawn, ops=ops, faults=Outage(), windows=(), calm=max(drawn.calm, 3600.0)))
        assert counted["dead letters"] == 0
        assert counted["redelivered"] <= 12 * counted["messages"]


def test_replays() -> None:
    """A seed is one history: played twice, the same happens at the same time."""
    first, second = told(history(7), Build()), told(history(7), Build())

    assert first == second
    assert first


def test_harsh() -> None:
    """A few seeds inject every kind of fault."""
    counted: Counter[str] = sum((play(history(seed)) for seed in range(60)), Counter())

    kinds = ["duplicate", "reordered", "redelivered", "S3 403", "S3 503", *(set(Fault) - {Fault.TWICE})]
    assert [kind for kind in kinds if not counted[kind]] == []
