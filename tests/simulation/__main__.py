"""
Runs histories by hand.

    python -m tests.simulation 141                      one seed; if it breaks a promise, its shrunk history
    python -m tests.simulation --seeds 1000             many, and what was injected
    python -m tests.simulation 29 --mutant "no lease"   a connector with a deliberate bug
"""

# ruff: noqa: T201 - a command prints

import argparse
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from functools import partial

from tests.simulation.history import history
from tests.simulation.mutants import MUTANTS
from tests.simulation.process import Build
from tests.simulation.shrink import broken, shrunk, told
from tests.simulation.world import play
from tests.support.catalog import BrokenError


def report(seeds: int, tally: Counter[str]) -> str:
    """Return what was injected, one kind a line."""
    return "\n".join([f"{seeds:>9} seeds", *(f"{count:>9} {what}" for what, count in tally.most_common())])


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description="Search for a broken promise.")
    parser.add_argument("seed", nargs="?", type=int, help="replay this one, and shrink it if it breaks a promise")
    parser.add_argument("--seeds", type=int, default=1000, help="how many to play, from 0")
    parser.add_argument("--mutant", choices=list(MUTANTS), help="play against a connector that is wrong")
    arguments = parser.parse_args()
    if arguments.seed is not None:
        return _replay(arguments.seed, arguments.mutant)
    tally: Counter[str] = Counter()
    with ProcessPoolExecutor() as pool:
        for injected, broke in pool.map(partial(_play, arguments.mutant), range(arguments.seeds), chunksize=50):
            if broke is not None:
                pool.shutdown(cancel_futures=True)
                return _replay(broke, arguments.mutant)
            tally += injected
    print(report(arguments.seeds, tally))
    return 0


def _play(mutant: str | None, seed: int) -> tuple[Counter[str], int | None]:
    """Return what was injected, and the seed if it broke a promise."""
    try:
        return play(history(seed), _build(mutant)), None
    except BrokenError:
        return Counter(), seed


def _build(mutant: str | None) -> Build:
    return MUTANTS[mutant] if mutant else Build()


def _replay(seed: int, mutant: str | None) -> int:
    build = _build(mutant)
    whole = history(seed)
    why = broken(whole, build)
    print(f"seed {seed}: {why or 'no promise is broken'}")
    if not why:
        return 0
    short = shrunk(whole, build)
    print(
        f"{len(whole.ops)} operations and {len(whole.faults)} faults, {len(short.ops)} and {len(short.faults)} matter:"
    )
    print(told(short, build))
    return 1


if __name__ == "__main__":
    sys.exit(main())
