"""Peak memory: of a process that handled single notifications, and of the same after a batch of 1,000 messages."""

from collections.abc import Iterator

from bench.subject import Sample, Subject
from bench.world import world
from tests.support.shop import BUCKET


def measure(*, small: bool) -> Iterator[Sample]:
    """Measure a new process in each round."""
    rounds, most = (1, 50) if small else (3, 1_000)
    with world() as one:
        one.buckets(BUCKET)
        one.pairs("orders")
        for _ in range(rounds):
            with Subject("connector", "bench.subjects.connector", one.environment()) as ours:
                for batch in (1, most):
                    for _ in range(20 if batch == 1 else 1):
                        sample = one.measured(ours, places=one.put(["orders"] * batch), at_once=batch)
                    yield {"batch": batch} | sample
