"""
The floor: what the same assets cost without the connector, by plain pyatlan and botocore, and as prebuilt JSON.

First it is checked that they are the same: the catalog changes nothing when plain pyatlan saves what the connector
saved. The connector is measured as it is deployed, with its lease in DynamoDB, and without.
"""

from collections.abc import Iterator
from typing import Final

from bench.subject import Sample, Subject
from bench.world import World, world
from tests.support.shop import BUCKET

ROUNDS: Final = {1: 30, 10: 15, 100: 7, 1_000: 3}
"""How often a burst of each size is measured."""

TABLE: Final = "orders"


def measure(*, small: bool) -> Iterator[Sample]:
    """Measure all subjects in turn, in bursts of growing size."""
    with world() as one:
        one.buckets(BUCKET)
        one.pairs(TABLE)
        with (
            Subject("connector", "bench.subjects.connector", one.environment()) as ours,
            Subject("without the lease table", "bench.subjects.connector", one.environment(LEASE_TABLE="")) as alone,
            Subject("plain pyatlan", "bench.subjects.plain", one.environment()) as plain,
        ):
            first = _same(one, ours, plain)
            for _ in range(2):
                alone.ask(places=one.put([TABLE]))
            for size, rounds in {1: 3, 20: 1}.items() if small else ROUNDS.items():
                for _ in range(rounds):
                    for subject in (ours, alone):
                        yield {"burst": size} | one.measured(subject, places=one.put([TABLE] * size), at_once=size)
                    order = {"guids": one.guids, "first": first}
                    yield {"burst": size} | one.measured(plain, places=one.put([TABLE] * size), **order)
                    built = one.measured(plain, places=one.put([TABLE] * size), prebuilt=True, **order)
                    yield {"burst": size} | built | {"subject": "prebuilt JSON"}


def _same(one: World, ours: Subject, plain: Subject) -> int:
    """
    Check that both save the same, and return how many bytes of an object the connector reads.

    Raises:
        RuntimeError: plain pyatlan's assets differ from the connector's.
    """
    for _ in range(2):
        places = one.put([TABLE] * 20)
        read = one.measured(ours, places=places, at_once=len(places))["s3_bytes"]
        if plain.ask(places=places, guids=one.guids)["changed"]:
            raise RuntimeError("bench.subjects.plain does not save what the connector saves; bring it in line")
    return max(1, int(read) // len(places))
