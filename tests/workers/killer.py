"""Kills workers with -9 while they work, arms the catalog's faults, and takes note of what stalls because of it."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from local.catalog.faults import Entry, Fault
from tests.support.cloud import Lease
from tests.workers.crew import Crew, Worker
from tests.workers.stage import Stage

QUIET = 1.5
"""Seconds without a request to the catalog: whoever was killed had one open at most, and it is carried out by then."""


@dataclass(frozen=True, slots=True)
class Phase:
    """
    The kills and faults that begin once *share* of all (0 to 1) has happened to the bucket.

    Of *kills*, one happens *every* that many seconds in which a worker is busy. If a killed worker held the lease, the
    test waits for the lease to end by itself for the first and each *step*-th after it, *graces* times at most; for the
    others it makes time pass. With *graces* of 0, each kill is of the lease's holder, whose message returns at once.
    """

    share: float
    kills: int
    every: tuple[float, float]
    graces: int = 0
    step: int = 1
    faults: tuple[Fault, ...] = ()


@dataclass
class Stall:
    """A lease whose holder was *killed*, or left it after an ambiguous write; *passed* if time is made to pass."""

    holder: str
    killed: bool
    passed: bool
    since: float
    until: float

    @property
    def seconds(self) -> float:
        return self.until - self.since


class Killer:
    """Goes through *phases*; the *random* decides who is killed, and when."""

    def __init__(self, stage: Stage, crew: Crew, phases: Sequence[Phase], random: Random) -> None:
        self._stage, self._crew, self._random = stage, crew, random
        self._ahead = list(phases)
        self._phase = Phase(0, 0, (0, 0))
        self._kills = self._graces = self._fallen = 0
        self._due = 0.0
        self._now = time.monotonic()
        self._latest: Entry | None = None
        self._still = self._now
        self.stalled = False
        self.kills = 0
        self.stalls: list[Stall] = []

    def turn(self, share: float) -> None:
        """Take part in a turn of the run, of which *share* has happened."""
        if self._ahead and share >= self._ahead[0].share:
            self._begin(self._ahead.pop(0))
        before, self._now = self._now, time.monotonic()
        lease = self._stage.lease()
        self._listen()
        self.stalled = lease.live and not self._crew.at_work(lease.holder)
        if self.stalled:
            self._wait(lease)
        elif lease.live:
            self._due -= self._now - before
            self._kill(lease)

    def _listen(self) -> None:
        """Note when the catalog last served a request."""
        log = self._stage.catalog.faults.log
        latest = log[-1] if log else None
        if latest is not self._latest:
            self._latest, self._still = latest, self._now

    def _begin(self, phase: Phase) -> None:
        self._phase, self._kills, self._graces = phase, phase.kills, phase.graces
        self._due = self._random.uniform(*phase.every)
        for fault in phase.faults:
            self._stage.catalog.faults.add(fault)

    def _kill(self, lease: Lease) -> None:
        """Kill, if it is time; the worker may be at any of its requests."""
        victims = list(self._crew.alive.values())
        if not self._phase.graces:
            victims = [worker for worker in victims if worker.name == lease.holder]
        if self._due > 0 or not self._kills or not victims:
            return
        victim = self._random.choice(victims)
        self._crew.kill(victim)
        self.kills += 1
        self._due = self._random.uniform(*self._phase.every)
        if self._phase.graces or self._left(victim):
            self._kills -= 1
        if not self._phase.graces:
            self._stage.show(victim.hand)

    def _left(self, victim: Worker) -> bool:
        """Tell whether a killed worker has left the lease held."""
        lease = self._stage.lease()
        return lease.live and lease.holder == victim.name

    def _wait(self, lease: Lease) -> None:
        """Note a stall, and make time pass where it is not waited for."""
        if not self.stalls or self.stalls[-1].holder != lease.holder:
            self.stalls.append(self._stall(lease.holder))
        stall = self.stalls[-1]
        stall.until = self._now
        if stall.passed and self._now - max(self._still, stall.since) > QUIET:
            self._stage.expire(lease)

    def _stall(self, holder: str) -> Stall:
        killed = self._crew.fallen(holder) is not None
        passed = killed and (self._graces == 0 or self._fallen % self._phase.step > 0)
        self._fallen += killed
        self._graces -= killed and not passed
        return Stall(holder, killed, passed, self._now, self._now)
