"""Tables of 2 to 2,000 columns: the first file of a pair, which makes its column lineage, and those after it."""

from collections.abc import Iterator

from bench.subject import Sample, Subject
from bench.world import world
from tests.support.shop import BUCKET


def measure(*, small: bool) -> Iterator[Sample]:
    """Measure the first file, and the third to the fifth."""
    rounds, sizes = (1, (2, 60)) if small else (3, (2, 20, 200, 2_000))
    with world() as one:
        one.buckets(BUCKET)
        with Subject("connector", "bench.subjects.connector", one.environment()) as ours:
            for number in range(-1, rounds):  # the first round warms up
                for columns in sizes if number >= 0 else sizes[:1]:
                    table = f"t{number + 1}of{columns}"
                    one.pairs(table, columns=columns)
                    files = [one.measured(ours, places=one.put([table], columns=columns)) for _ in range(5)]
                    if number >= 0:
                        yield {"columns": columns, "file": "first"} | files[0]
                        yield from ({"columns": columns, "file": "further"} | file for file in files[2:])
