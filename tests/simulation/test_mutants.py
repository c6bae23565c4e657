"""The simulation finds bugs: for each mutant of the connector, it finds a history that breaks a promise."""

import os

import pytest

from tests.simulation.history import history
from tests.simulation.mutants import MUTANTS
from tests.simulation.shrink import broken, shrunk

SEEDS = 2_000
QUICK = (
    "no lease",
    "retire first",
    "save an object beside its bucket",
    "retire beside saves",
    "treat 403 as 404",
    "an older file reshapes the pair",
    "the deleted object's columns stay",
    "a sweep's object is decided by search",
)


@pytest.mark.parametrize("name", MUTANTS if os.environ.get("SOAK") else QUICK)
def test_found(name: str) -> None:
    """Each mutant is found within two thousand seeds."""
    found = next((seed for seed in range(SEEDS) if broken(history(seed), MUTANTS[name])), None)

    assert found is not None


def test_shrinks() -> None:
    """What is left of a history after shrinking still breaks a promise, and is shorter."""
    build = MUTANTS["retire first"]
    seed = next(seed for seed in range(SEEDS) if broken(history(seed), build))

    short = shrunk(history(seed), build, seconds=5.0)

    assert broken(short, build)
    assert len(short.ops) < len(history(seed).ops)
