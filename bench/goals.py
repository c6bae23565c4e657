"""What the connector is meant to reach, each with what was measured, and what stands in its way where it misses."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from bench.figures import Missing, Run, Samples, number


@dataclass(frozen=True, slots=True)
class Goal:
    """A goal: *limit* is the most, or with *least* the least that *measured* may be."""

    of: str
    what: str
    measure: Callable[[Run], float]
    limit: float
    why: str
    least: bool = False

    def row(self, run: Run) -> tuple[str, ...]:
        """
        Return the topic and the goal, what was measured, and whether the goal is met, or what stands in its way.

        Raises:
            Missing: it was not measured.
        """
        goal, measured = f"{'≥' if self.least else '≤'} {number(self.limit)}", self.measure(run)
        met = measured >= self.limit if self.least else measured <= self.limit
        return self.of, self.what, goal, number(measured), "yes" if met else f"**no**: {self.why}"


def rows(run: Run) -> Iterator[tuple[str, ...]]:
    """Yield the goals of the parts that were run."""
    for goal in GOALS:
        try:
            yield goal.row(run)
        except Missing as error:
            if str(error) in run.parts:
                yield goal.of, goal.what, "", "", f"not measured: the part {error} failed"


def _file(run: Run, subject: str = "connector", **case: object) -> Samples:
    return run.part("file").where(subject=subject, **case)


def _requests(pair: str) -> Callable[[Run], float]:
    def measure(run: Run) -> float:
        return max(_file(run, pair=pair).medians("catalog", by="files"))

    return measure


def _flat(run: Run) -> float:
    medians = _file(run, pair="known pair").medians("wall", by="files")
    return max(medians) / min(medians)


def _faster(run: Run) -> float:
    """Compare with the faster of the two others, in the bucket of 1,000, or in the largest of a small run."""
    size = min(1_000, max(run.part("file").each("files")))
    others = [_file(run, other, files=size).median("wall") for other in ("batch connector", "DataHub")]
    return min(others) / _file(run, files=size, pair="known pair").median("wall")


def _burst(run: Run, answer: float, size: int) -> Samples:
    bursts = run.part("burst").where(pairs=1, answer=answer)
    return bursts.where(burst=min(size, max(bursts.each("burst"))))


def _burst_requests(run: Run) -> float:
    return _burst(run, 0.0, 1_000).median("catalog", per="objects")


def _speedup(answer: float) -> Callable[[Run], float]:
    def measure(run: Run) -> float:
        burst, single = (_burst(run, answer, size).median("wall", per="objects") for size in (1_000, 0))
        return single / burst

    return measure


def _limit(run: Run, answer: float, subject: str = "connector") -> Samples:
    return run.part("limit").where(answer=answer, subject=subject)


def _share(run: Run) -> float:
    return _limit(run, 1.0).median("requests_a_minute", per="allowed")


def _refused(run: Run) -> float:
    return max(run.part("limit").where(subject="connector").values("refused"))


def _side_by_side(answer: float) -> Callable[[Run], float]:
    def measure(run: Run) -> float:
        one, many = (_limit(run, answer, name) for name in ("one request at a time", "connector"))
        return many.median("objects_a_minute") / one.median("objects_a_minute")

    return measure


def _cpu(size: int) -> Callable[[Run], float]:
    def measure(run: Run) -> float:
        floor = run.part("floor").where(burst=min(size, max(run.part("floor").each("burst"))))
        return floor.where(subject="connector").median("cpu") / floor.where(subject="plain pyatlan").median("cpu")

    return measure


def _init(run: Run) -> float:
    init = run.part("cold").where(step="init")
    return init.where(subject="connector").median("cpu") / init.where(subject="plain pyatlan").median("cpu")


def _ignored(run: Run) -> float:
    return run.part("cold").where(step="no route").median("wall") * 1000


def _memory(run: Run) -> float:
    memory = run.part("memory")
    return memory.where(batch=max(memory.each("batch"))).median("peak") / memory.where(batch=1).median("peak")


def _sweep_memory(run: Run) -> float:
    peaks = run.part("sweep").medians("peak", by="keys")
    return max(peaks) / min(peaks)


_FEW: Final = "the connector reads what it does not know: the bucket, the two tables, their columns"
_WAVES: Final = "the requests of a wave wait for the wave before, and all for the CPU"
_CPU: Final = "see where the CPU goes, in the table of the floor"
GOALS: Final = (
    Goal("one new file", "requests to Atlan, known pair", _requests("known pair"), 1, _FEW),
    Goal("one new file", "requests to Atlan, new pair", _requests("new pair"), 4, _FEW),
    Goal("one new file", "requests to Atlan, new pair in a new bucket", _requests("new pair in a new bucket"), 4, _FEW),
    Goal(
        "one new file", "time in the slowest of the buckets ÷ in the fastest", _flat, 1.1, "see the spread of the times"
    ),
    Goal(
        "one new file", "times faster than the faster alternative, N = 1,000", _faster, 100, "see the times", least=True
    ),
    Goal("bursts", "requests to Atlan an object, 1,000 of one pair", _burst_requests, 0.065, "requests are not full"),
    Goal(
        "bursts",
        "objects a second ÷ one at a time, Atlan answers after 0.2 s",
        _speedup(0.2),
        10,
        _WAVES,
        least=True,
    ),
    Goal(
        "at the limit",
        "requests ÷ those allowed, answers after 1 s",
        _share,
        0.95,
        _WAVES,
        least=True,
    ),
    Goal("at the limit", "429s provoked", _refused, 0, "the limiter allows too many at once"),
    Goal(
        "at the limit",
        "objects a minute ÷ those of one request at a time, answers after 1 s",
        _side_by_side(1.0),
        5,
        _WAVES,
        least=True,
    ),
    Goal(
        "at the limit",
        "objects a minute ÷ those of one request at a time, answers after 0.2 s",
        _side_by_side(0.2),
        0.99,
        "see the requests a minute",
        least=True,
    ),
    Goal("CPU", "÷ plain pyatlan's, bursts of 1,000", _cpu(1_000), 1.0, _CPU),
    Goal("CPU", "÷ plain pyatlan's, bursts of 100", _cpu(100), 1.0, _CPU),
    Goal("CPU", "÷ plain pyatlan's, single events", _cpu(1), 1.3, _CPU),
    Goal(
        "cold start",
        "CPU of init ÷ that of importing pyatlan and making its client",
        _init,
        1.1,
        "boto3 and Powertools are imported, too",
    ),
    Goal("cold start", "ms until a notification is ignored, warm", _ignored, 20, "see the cold start"),
    Goal("memory", "peak of a batch of 1,000 ÷ of one", _memory, 1.3, "see the memory"),
    Goal("memory", "peak of the largest sweep ÷ of the smallest", _sweep_memory, 1.1, "see the sweep"),
)
