"""How a sweep is run: counted first, braked, and resumed after an outage."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from connector.core.budget import FIRST_RETRY, LONGEST_HOLD
from connector.core.drift import Drift
from connector.core.order import ObjectHint, Scope
from connector.core.tally import Cursor, Finding, Stage, Step, Tally
from connector.errors import (
    BrakeError,
    ConnectorError,
    CredentialsError,
    ForbiddenError,
    RateLimitedError,
    UnauthorizedError,
    UnavailableError,
)
from connector.runner import KEPT, Runner
from tests.support.clock import Clock

SCOPE = Scope("lake")
SIZE = 100


@dataclass
class Fake:
    """A sweep of so many new objects, of which some have vanished instead; `errors` has what comes before a step."""

    new: int = 0
    vanished: list[int] = field(default_factory=lambda: [0])
    cataloged: int = 0
    errors: dict[int, list[ConnectorError]] = field(default_factory=dict)
    begun: list[Cursor] = field(default_factory=list)

    def steps(self, scope: Scope, cursor: Cursor) -> Iterator[Step]:
        self.begun.append(cursor)
        vanished = self.vanished.pop(0) if len(self.vanished) > 1 else self.vanished[0]
        found = [Finding(Drift.VANISHED, ObjectHint(scope.bucket, f"{number:07}")) for number in range(vanished)]
        found += [
            Finding(Drift.NEW, ObjectHint(scope.bucket, f"{number:07}"))
            for number in range(vanished, vanished + self.new)
        ]
        for number in range(int(cursor.after or 0), len(found), SIZE):
            if self.errors.get(number):
                raise self.errors[number].pop(0)
            part = tuple(found[number : number + SIZE])
            yield Step(Cursor(Stage.OBJECTS, f"{number + SIZE}"), part, cataloged=0 if number else self.cataloged)
        yield Step(Cursor(Stage.DONE))


@dataclass
class Run:
    """A runner; `begun` counts the requests that it says it begins."""

    fake: Fake
    clock: Clock = field(default_factory=Clock)
    begun: int = 0

    def __post_init__(self) -> None:
        self.runner = Runner(self.fake, self.clock, self.begin)

    def begin(self) -> None:
        self.begun += 1


def test_forecast() -> None:
    """All steps are counted, and what is counted so far is told after each; the hints are not found a second time."""
    run, told = Run(Fake(new=250)), []

    forecast = run.runner.forecast(SCOPE, lambda tally: told.append(tally.hints))
    hints = list(run.runner.hints(forecast))

    assert told == [100, 200, 250, 250]
    assert len(hints) == len(set(hints)) == 250
    assert len(run.fake.begun) == 1


def test_untold() -> None:
    """Nobody needs to be told."""
    assert isinstance(Run(Fake(new=1)).runner.forecast(SCOPE).tally, Tally)


@pytest.mark.parametrize(("new", "passes"), [(KEPT, 1), (KEPT + 1, 2)])
def test_kept(new: int, passes: int) -> None:
    """Where there are too many findings to keep, they are found again while they are sent; memory is constant."""
    run = Run(Fake(new=new))

    forecast = run.runner.forecast(SCOPE)
    hints = list(run.runner.hints(forecast))

    assert (forecast.findings is None) == (passes == 2)
    assert len(hints) == new
    assert len(run.fake.begun) == passes


@pytest.mark.parametrize(
    ("vanished", "cataloged", "percent", "brakes"),
    [
        pytest.param(10, 100, 10, False, id="ten of a hundred"),
        pytest.param(11, 100, 10, True, id="eleven"),
        pytest.param(1, 9, 10, True, id="one of nine"),
        pytest.param(100, 100, 100, False, id="all, if told to"),
        pytest.param(1, 100, 0, True, id="none, if told to"),
        pytest.param(0, 0, 10, False, id="nothing cataloged"),
    ],
)
def test_brake(vanished: int, cataloged: int, percent: float, brakes: bool) -> None:
    """More than the share stops the sweep before its first hint, and the error has the command that overrides it."""
    run = Run(Fake(new=5, vanished=[vanished], cataloged=cataloged))
    forecast = run.runner.forecast(SCOPE)

    if brakes:
        with pytest.raises(BrakeError, match=r"sweep s3://lake/ --max-retired 100`"):
            run.runner.hints(forecast, percent)
    else:
        assert len(list(run.runner.hints(forecast, percent))) == vanished + 5


def test_brake_meanwhile() -> None:
    """Where more has vanished between counting and sending, no more than the share is sent before the sweep stops."""
    run = Run(Fake(new=KEPT + 1, vanished=[1, 30], cataloged=100))
    hints, sent = run.runner.hints(run.runner.forecast(SCOPE)), []

    with pytest.raises(BrakeError, match=r"11 or more of the 100 objects .* 10 were retired"):
        sent.extend(hints)

    assert len(sent) == 10


@pytest.mark.parametrize("error", [UnavailableError("503"), RateLimitedError("429", retry_after=40.0)])
def test_resumes(error: ConnectorError) -> None:
    """After an error that may pass, it goes on where it was, later, and no sooner than it is asked to."""
    run = Run(Fake(new=250, errors={100: [error, error]}))
    before = run.clock()

    forecast = run.runner.forecast(SCOPE)

    assert forecast.tally.of(Drift.NEW) == 250
    assert run.fake.begun == [Cursor(), *[Cursor(Stage.OBJECTS, "100")] * 2]
    assert run.clock() - before == pytest.approx(max(FIRST_RETRY, error.retry_after) + max(30, error.retry_after))
    assert run.begun > len(run.fake.begun)


def test_gives_up() -> None:
    """After a quarter of an hour without a step, the error is the answer; a step in between starts anew."""
    endless = [UnavailableError("503")] * 100
    run = Run(Fake(new=250, errors={0: [UnavailableError("503")] * 5, 100: endless}))
    before = run.clock()

    with pytest.raises(UnavailableError, match="503"):
        run.runner.forecast(SCOPE)

    waited = run.clock() - before - sum(FIRST_RETRY * 2**number for number in range(5))
    assert LONGEST_HOLD <= waited <= 2 * LONGEST_HOLD
    assert run.fake.begun[-1] == Cursor(Stage.OBJECTS, "100")


@pytest.mark.parametrize("error", [UnauthorizedError("401"), CredentialsError("expired"), ForbiddenError("403")])
def test_not_retried(error: ConnectorError) -> None:
    """What a person has to put right first is told at once."""
    run = Run(Fake(new=250, errors={100: [error]}))
    before = run.clock()

    with pytest.raises(type(error)):
        run.runner.forecast(SCOPE)

    assert run.clock() == before
    assert len(run.fake.begun) == 1
