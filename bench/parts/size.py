"""
Memory sizes of the function: how long invocations take with the CPU that Lambda gives at each size.

That is one CPU at 1,769 MB, and in proportion below, enforced as Lambda does, by a quota of the kernel's control
groups, for which it has to run as root on Linux. Atlan takes 0.1 s for each request.

Source:
    Lambda Developer Guide, "Configure Lambda function memory": CPU is in proportion to memory, one vCPU at 1,769 MB.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from bench.subject import Sample, Subject
from bench.world import World, world
from tests.support.shop import BUCKET

SIZES: Final = (512, 1024, 1769)
"""Memory sizes, in MB."""

FULL: Final = 1769
ANSWER: Final = 0.1
GROUP: Final = Path("/sys/fs/cgroup/cpu/connector-bench")
PERIOD: Final = 20_000
"""Microseconds over which the quota counts."""

BATCHES: Final = {1: 20, 10: 10, 1_000: 1}
"""Messages of an invocation, and how many invocations are measured."""


def measure(*, small: bool) -> Iterator[Sample]:
    """Measure a new process at each size."""
    batches = {1: 2, 10: 1} if small else BATCHES
    with world() as one, _group():
        one.buckets(BUCKET)
        one.pairs("orders")
        one.answers(ANSWER)
        for size in SIZES:
            _limit(size)
            with Subject("connector", "bench.subjects.connector", one.environment()) as ours:
                (GROUP / "cgroup.procs").write_text(str(ours.pid))
                yield from ({"size": size} | sample for sample in _invocations(one, ours, batches))


def _invocations(one: World, ours: Subject, batches: dict[int, int]) -> Iterator[Sample]:
    """Measure the first invocation, and then batches of growing size."""
    yield {"batch": 0} | one.measured(ours, places=one.put(["orders"]), at_once=1)
    ours.ask(places=one.put(["orders"]), at_once=1)
    for batch, times in batches.items():
        for _ in range(times):
            yield {"batch": batch} | one.measured(ours, places=one.put(["orders"] * batch), at_once=batch)


@contextmanager
def _group() -> Iterator[None]:
    """
    Make a control group, and remove it.

    Raises:
        RuntimeError: this user or this kernel does not allow it.
    """
    try:
        GROUP.mkdir(exist_ok=True)
        _limit(FULL)
    except OSError as error:
        raise RuntimeError(f"{error}; it needs root, and control groups of version 1 at {GROUP.parent}") from error
    try:
        yield
    finally:
        GROUP.rmdir()


def _limit(size: int) -> None:
    (GROUP / "cpu.cfs_period_us").write_text(str(PERIOD))
    (GROUP / "cpu.cfs_quota_us").write_text(str(round(PERIOD * size / FULL)))
