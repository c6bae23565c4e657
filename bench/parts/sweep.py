"""
A sweep of 10,000 to 1,000,000 keys that are in sync, over a listing and a catalog in memory that count requests.

So it is the sweep alone that is measured: its own time, and its memory, in a new process each.
"""

from collections.abc import Iterator

from bench.subject import Sample, Subject
from bench.world import world


def measure(*, small: bool) -> Iterator[Sample]:
    """Measure all sizes in turn."""
    sizes = (1_000, 5_000) if small else (10_000, 100_000, 1_000_000)
    with world() as one:
        for number in range(1 if small else 3):
            for keys in sizes:
                if keys < sizes[-1] or number < 2:  # noqa: PLR2004 - the largest takes most of the time: twice
                    with Subject("sweep", "bench.subjects.sweep", one.environment()) as sweep:
                        yield {"keys": keys} | sweep.ask(keys=keys)
