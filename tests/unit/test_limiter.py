"""The rate limiter: its rate, its pauses, and how its state is passed on."""

from functools import partial
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector.core.budget import LONGEST_HOLD, PATIENCE, REQUEST, Deadline
from connector.errors import LateError, RateLimitedError
from connector.limiter import BURST, Limiter
from tests.support.clock import Clock
from tests.support.turns import START, Turns


@pytest.fixture
def clock() -> Clock:
    return Clock()


def limiter(clock: Clock, rate: float = 60) -> Limiter:
    return Limiter(rate, clock)


def spent(limiters: list[Limiter], clock: Clock, gaps: list[float]) -> list[float]:
    """Return the times of requests that arrive with these gaps, sent by limiters in turn, each passing its state on."""
    times = []
    for index, gap in enumerate(gaps):
        clock.now += gap
        mine = limiters[index % len(limiters)]
        mine.resume(limiters[index % len(limiters) - 1].due)
        mine.spend()
        times.append(clock.now)
    return times


@given(st.lists(st.floats(0, 5), max_size=300), st.floats(6, 400), st.integers(1, 3))
def test_share(gaps: list[float], rate: float, writers: int) -> None:
    """For any requests of several writers, a minute has at most the rate and one burst."""
    clock = Clock()

    times = spent([limiter(clock, rate) for _ in range(writers)], clock, gaps)

    for first in times:
        assert sum(first <= time < first + 60 for time in times) <= rate + BURST + 1


def test_burst(clock: Clock) -> None:
    """After a pause, a few requests do not wait; those after them follow at the rate."""
    times = spent([limiter(clock)], clock, [0.0] * (BURST + 3))

    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert gaps == pytest.approx([0.0] * BURST + [1.0, 1.0])


def test_alone(clock: Clock) -> None:
    """Requests no faster than the rate never wait."""
    times = spent([limiter(clock)], clock, [1.0] * 100)

    assert times[-1] - times[0] == pytest.approx(99)


def test_hold(clock: Clock) -> None:
    """Nothing is sent until Retry-After is over, and the next requests follow at the rate."""
    mine = limiter(clock)
    before = clock.now
    mine.hold(7)

    times = spent([mine], clock, [0.0] * 3)

    assert [time - before for time in times] == pytest.approx([7, 8, 9])


def test_long_wait(clock: Clock) -> None:
    """A request that would wait too long does not wait at all, and its error has the seconds."""
    mine = limiter(clock)
    before = clock.now
    mine.hold(PATIENCE + 20)
    clock.now += 1

    with pytest.raises(RateLimitedError, match=r"rate limit: the clients .*; retry in 29 s") as failure:
        mine.spend()

    assert failure.value.retry_after == pytest.approx(PATIENCE + 19)
    assert clock.now == before + 1


@pytest.mark.parametrize(
    "left", [pytest.param(REQUEST - 1, id="too late"), pytest.param(REQUEST + 2, id="to wait for")]
)
def test_late(clock: Clock, left: float) -> None:
    """A request is not sent if the invocation would end before the response."""
    mine = limiter(clock)
    mine.begin(Deadline(clock.now + left))
    mine.hold(3)

    with pytest.raises(LateError):
        mine.spend()


def test_begin(clock: Clock) -> None:
    """Each invocation has its own deadline: one with time left sends requests that the previous one could not send."""
    mine = limiter(clock)
    mine.begin(Deadline(clock.now + REQUEST - 1))
    with pytest.raises(LateError):
        mine.spend()

    mine.begin(Deadline(clock.now + REQUEST + 1))
    mine.spend()

    assert mine.due == clock.now + 1


def test_resume(clock: Clock) -> None:
    """The requests of the previous writer count, unless the own state is later."""
    mine = limiter(clock)
    mine.hold(7)
    due = mine.due

    mine.resume(due - 1)
    assert mine.due == due
    mine.resume(due + 1)
    assert mine.due == due + 1


@settings(max_examples=50, deadline=None)
@given(
    senders=st.integers(2, 12),
    rate=st.floats(6, 400),
    holds=st.lists(st.tuples(st.floats(0, 30), st.floats(0.1, 9)), max_size=3),
)
def test_threads(senders: int, rate: float, holds: list[tuple[float, float]]) -> None:
    """However many threads wait, a minute has at most the rate and one burst, and none sends during a pause."""
    clock = Turns()
    mine = Limiter(rate, clock)
    sent: list[float] = []

    def send() -> None:
        for _ in range(6):
            mine.spend()
            sent.append(clock())

    def hold(at: float, seconds: float) -> None:
        clock.sleep(at)
        mine.hold(seconds)

    for _ in range(senders):
        clock.start(send)
    for at, seconds in holds:
        clock.start(partial(hold, at, seconds))
    clock.run()

    assert mine.sent == len(sent) == senders * 6
    for first in sent:
        assert sum(first <= time < first + 60 for time in sent) <= rate + BURST + 1
    for at, seconds in holds:
        during = [time for time in sent if at + 1e-6 < time - START < at + seconds - 1e-6]
        assert during == []


@pytest.mark.parametrize("senders", [1, 8])
def test_used_up(senders: int) -> None:
    """Threads that wait for answers use the rate up: none of it is lost."""
    clock = Turns()
    mine = Limiter(200, clock)

    def send() -> None:
        while clock() < START + 120:
            mine.spend()
            clock.sleep(0.25 if senders == 1 else 1.0)

    for _ in range(senders):
        clock.start(send)
    clock.run()

    assert mine.sent == pytest.approx(BURST + 2 * 200, abs=8)


FAR = [pytest.param(seconds, id=str(seconds)) for seconds in (LONGEST_HOLD + 1, 1e9, 1e300, float("inf"))]


@pytest.mark.parametrize("rate", [6, 60, 400])
@pytest.mark.parametrize("seconds", FAR)
@pytest.mark.parametrize("how", ["held", "resumed", "the clock is set back"])
def test_far(clock: Clock, seconds: float, how: str, rate: float) -> None:
    """Whoever wants nothing to be sent for long is given 15 minutes, after which one request tries."""
    mine = limiter(clock, rate)
    if how == "held":
        mine.hold(seconds)
    elif how == "resumed":
        mine.resume(clock.now + seconds)
    else:
        mine.due = clock.now + seconds
    with pytest.raises(RateLimitedError) as failure:
        mine.spend()
    assert failure.value.retry_after <= LONGEST_HOLD
    assert mine.due <= clock.now + LONGEST_HOLD + BURST * 60 / rate

    clock.now += LONGEST_HOLD
    before = clock.now
    mine.spend()

    assert clock.now == before


@pytest.mark.parametrize("due", [float("nan"), float("-inf"), -1.0, 0.0])
def test_nothing(clock: Clock, due: float) -> None:
    """What is no time in the future holds nothing."""
    mine = limiter(clock)

    mine.resume(due)
    mine.spend()

    assert mine.due == clock.now + 1
