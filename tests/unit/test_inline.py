"""The queue within the process: every hint is applied, or fails with its reason, in little memory."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from connector.core import envelope
from connector.core.budget import LONGEST_HOLD
from connector.core.envelope import Message
from connector.core.order import Drifted, ObjectHint
from connector.errors import UnavailableError
from connector.inline import BATCH, WAITING, Inline, Progress
from tests.support.clock import Clock

Answer = Callable[[ObjectHint, int], float | str | None]
"""What becomes of a hint at its n-th try: None if it is done, the seconds until its next try, or why it failed."""


@dataclass
class Run:
    """A queue, and a delivery that does with each hint as *answer* says; a batch takes `seconds`."""

    answer: Answer
    seconds: float = 1.0
    clock: Clock = field(default_factory=Clock)
    batches: list[list[str]] = field(default_factory=list)
    at: list[tuple[str, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.queue = Inline(self.clock)

    def deliver(self, messages: Sequence[Message]) -> Mapping[str, Any]:
        again = []
        self.batches.append([])
        self.clock.sleep(self.seconds)
        for message in messages:
            (hint,) = envelope.contents(message)
            self.batches[-1].append(hint.key)
            self.at.append((hint.key, self.clock()))
            match self.answer(hint, message.receives):
                case str(reason):
                    self.queue.dead_letter([(message, {"error": reason})])
                case float(seconds):
                    self.queue.delay([(message, round(seconds))])
                    again.append({"itemIdentifier": message.id})
        return {"batchItemFailures": again}

    def run(self, hints: Iterator[Drifted], tell: Callable[[Progress], None] = lambda _: None) -> Progress:
        return self.queue.run(hints, self.deliver, tell)


def hints(number: int) -> Iterator[Drifted]:
    return (ObjectHint("lake", f"{number:05}") for number in range(number))


@pytest.mark.parametrize("number", [0, 1, BATCH, BATCH + 1, 5 * BATCH])
def test_done(number: int) -> None:
    """All hints are applied, in their order, a batch under each lease; the progress is told after each batch."""
    run, told = Run(lambda hint, tries: None), []

    progress = run.run(hints(number), lambda progress: told.append(progress.done))

    assert progress == Progress(done=number)
    assert [key for batch in run.batches for key in batch] == [hint.key for hint in hints(number)]
    assert max(map(len, run.batches), default=0) <= BATCH
    assert told == sorted(told)
    assert (told or [0])[-1] == number


def test_retries() -> None:
    """A hint that is to be retried is tried again after its delay, and no sooner; the others go on meanwhile."""
    run = Run(lambda hint, tries: 100.0 * tries if hint.key.endswith("7") and tries < 3 else None)
    before = run.clock()

    progress = run.run(hints(2 * BATCH))

    times: dict[str, list[float]] = {}
    for key, at in run.at:
        times.setdefault(key, []).append(at - before)
    assert progress == Progress(done=2 * BATCH)
    assert Counter(map(len, times.values())) == {3: BATCH // 5, 1: 2 * BATCH - BATCH // 5}
    for tries in times.values():
        assert len(tries) == 1 or (tries[1] - tries[0] >= 100 and tries[2] - tries[1] >= 200)
    assert times[f"{2 * BATCH - 1:05}"] == [2.0]


def test_failed() -> None:
    """What fails for good is told with its reason, and does not count as done; the rest is done."""
    run = Run(lambda hint, tries: "refused" if hint.key == "00003" else None)

    progress = run.run(hints(10))

    assert progress == Progress(done=9, failed=[(ObjectHint("lake", "00003"), "refused")])


def test_waiting() -> None:
    """While Atlan does nothing, no more hints are taken than are kept; then all are done."""
    taken, most = [], []
    run = Run(lambda hint, tries: None if run.clock() > 1_000_600 else 50.0)

    def coming() -> Iterator[Drifted]:
        for hint in hints(WAITING * 3):
            taken.append(hint)
            yield hint

    progress = run.run(coming(), lambda progress: most.append((len(taken), progress.waiting, progress.done)))

    assert progress == Progress(done=WAITING * 3)
    assert max(waiting for _, waiting, _ in most) <= WAITING + BATCH
    assert max(taken for taken, _, done in most if not done) <= WAITING + BATCH


def test_gives_up() -> None:
    """After a quarter of an hour in which nothing was done, it ends; that what is left is found again, it says."""
    run = Run(lambda hint, tries: None if hint.key == "00000" else 60.0)
    before = run.clock()

    with pytest.raises(UnavailableError, match="for 15 minutes; a run with --log-file FILE says why"):
        run.run(hints(10))

    assert LONGEST_HOLD <= run.clock() - before <= LONGEST_HOLD + 120
    assert run.queue.progress.done == 1


def test_reading_fails() -> None:
    """Where the hints cannot be read on, what was read is applied up to the last whole batch, and the error is told."""

    def coming() -> Iterator[Drifted]:
        yield from hints(BATCH)
        raise UnavailableError("S3 does not list")

    run = Run(lambda hint, tries: None)

    with pytest.raises(UnavailableError, match="does not list"):
        run.run(coming())

    assert run.queue.progress.done == BATCH
