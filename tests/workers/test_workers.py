"""Two workers on one route, one of them killed with -9 now and then; with SOAK for some minutes, every few seconds."""

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import pytest

from local.catalog.faults import Fault, Kind
from tests.workers import truth
from tests.workers.crew import Crew
from tests.workers.killer import Killer, Phase
from tests.workers.stage import Stage, stage
from tests.workers.traffic import Traffic, history, listing

WORKERS = 2
SECONDS = 30
"""Of an invocation, which waits for the lease until 17 are left, and else hands its messages back."""

GRACE = 60
"""Seconds that the lease of a killed worker outlasts its invocation, so that what it sent has landed by then."""

RACE = Fault(Kind.RACE, "/entity/bulk", "POST", count=None, probability=0.5, delay=0.15)
"""Nothing but the lease keeps two saves at once from making two assets of one name."""

FAULTS = (
    Fault(Kind.LOST, "/entity/bulk", probability=0.1),
    Fault(Kind.ORPHAN, "/entity/bulk", "POST", probability=0.1, delay=40, hold=1),
    Fault(Kind.STATUS, "/entity/uniqueAttribute|/search", count=8, probability=0.01),
)
"""A write whose answer is lost, one that lands 40 s after its connection broke, and reads that fail."""


@dataclass(frozen=True, slots=True)
class Scale:
    """
    How large a run is, in objects and in seconds; *pause* is between two things that happen to the bucket.

    A run that takes longer than *limit* fails, since it may have no end.
    """

    seed: int
    objects: int
    pause: float
    limit: float
    phases: tuple[Phase, ...]


SMALL = Scale(1, objects=60, pause=0.05, limit=900, phases=(Phase(0, kills=1, every=(0.3, 1), faults=(RACE,)),))
LARGE = Scale(
    seed=2,
    objects=500,
    pause=0.15,
    limit=3600,
    phases=(
        Phase(0, kills=30, every=(1, 3.5), graces=3, step=2, faults=(RACE,)),
        Phase(0.7, kills=1, every=(3, 6), graces=9, faults=FAULTS),
    ),
)
SCALE = LARGE if os.environ.get("SOAK") else SMALL


@dataclass
class Run:
    """All that takes part in a run."""

    stage: Stage
    crew: Crew
    traffic: Traffic
    killer: Killer
    began: float = field(default_factory=time.monotonic)
    looked: float = 0.0
    hurried: int = 0

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.began

    def play(self) -> None:
        """Turn after turn until all is told, and the queue has no message left, be it hidden."""
        while not self.traffic.over or any(self.stage.waiting()):
            self.crew.hear()
            self.traffic.step(SCALE.pause * (10 if self.killer.stalled else 1))
            self.killer.turn(self.traffic.share)
            if self.seconds > self.looked + 1:
                self.looked = self.seconds
                self._look()
                self._hurry()
            assert self.seconds < SCALE.limit, f"messages are left\n{self.told()}"

    def told(self) -> str:
        """Summarise it."""
        heard, stalls = self.crew.heard, self.killer.stalls
        waited = ", ".join(f"{stall.seconds:.0f} s" for stall in stalls if not stall.passed)
        facts = {
            "objects": SCALE.objects,
            "messages": f"{self.traffic.sent}, {self.traffic.duplicates} of them duplicates",
            "left": f"{self.stage.waiting()}, {self.hurried} of the last were hurried",
            "received": f"{heard['took']} times, {heard['again']} of them again, by {heard['done']} invocations",
            "kills": f"{self.killer.kills}, {sum(stall.killed for stall in stalls)} of the lease's holder",
            "late": heard["late"],
            "stalls": f"{len(stalls)}, waited for: {waited or 'none'}",
            "seconds": round(self.seconds),
        }
        return "\n".join(f"{name:<10}{fact}" for name, fact in facts.items())

    def _look(self) -> None:
        with self.stage.catalog.store.read() as catalog:
            assert truth.dangling(truth.actual(catalog)) == []

    def _hurry(self) -> None:
        """When nothing is left but messages that wait for their time, up to a quarter of an hour, let it have come."""
        idle = self.crew.idle and not self.killer.stalled and not self.stage.waiting()[0]
        if self.traffic.over and idle and self.crew.taken:
            self.hurried = max(self.hurried, self.stage.waiting()[1])
            self.stage.show(self.crew.taken)
            self.crew.taken.clear()


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    random = Random(SCALE.seed)
    steps = history(random, SCALE.objects)
    with (
        stage(visibility=6 * SECONDS) as world,
        Crew(world.environment(tmp_path), tmp_path / "log", WORKERS, SECONDS) as crew,
    ):
        run = Run(world, crew, Traffic(world, steps, random), Killer(world, crew, SCALE.phases, random))
        yield run
        print(f"\n{run.told()}")  # noqa: T201 - for pytest -s


@pytest.mark.timeout(SCALE.limit + 60)
def test_workers(run: Run) -> None:
    """
    Whatever is killed in the middle of its writes, the catalog is right in the end, and nothing dangles on the way.

    Three killed holders of the lease are waited for with SOAK, until the lease ends by itself. For the others the test
    lets that time pass, once the catalog has carried out all that they sent.
    """
    run.play()

    wanted = truth.expected(listing(run.stage.s3))
    with run.stage.catalog.store.read() as catalog:
        assert truth.differences(wanted, truth.actual(catalog)) == []
        assert truth.doubles(catalog) == []
    assert run.stage.waiting(run.stage.dead) == (0, 0)
    assert any(stall.killed for stall in run.killer.stalls)
    assert sum(stall.killed and stall.seconds > GRACE for stall in run.killer.stalls) >= SCALE.phases[0].graces
