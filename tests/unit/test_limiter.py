"""The rate limiter: how fast requests follow, how long there are none, and how its state is handed on."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.core.budget import PATIENCE, REQUEST, Deadline
from connector.errors import LateError, RateLimitedError
from connector.limiter import BURST, Limiter
from tests.support.clock import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


def limiter(clock: Clock, rate: float = 60) -> Limiter:
    return Limiter(rate, clock)


def spent(limiters: list[Limiter], clock: Clock, gaps: list[float]) -> list[float]:
    """Return when requests were sent that came after such gaps, by limiters in turn, each handing on to the next."""
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
    """However requests come, and whoever of several writers sends them, a minute sees the rate and one burst."""
    clock = Clock()

    times = spent([limiter(clock, rate) for _ in range(writers)], clock, gaps)

    for first in times:
        assert sum(first <= time < first + 60 for time in times) <= rate + BURST + 1


def test_burst(clock: Clock) -> None:
    """After a while without any, a few requests need not wait; those after them follow at the rate."""
    times = spent([limiter(clock)], clock, [0.0] * (BURST + 3))

    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert gaps == pytest.approx([0.0] * BURST + [1.0, 1.0])


def test_alone(clock: Clock) -> None:
    """Requests that come no faster than the rate never wait."""
    times = spent([limiter(clock)], clock, [1.0] * 100)

    assert times[-1] - times[0] == pytest.approx(99)


def test_hold(clock: Clock) -> None:
    """Nothing is sent for as long as the tenant asks, and the next requests follow at the rate."""
    mine = limiter(clock)
    before = clock.now
    mine.hold(7)

    times = spent([mine], clock, [0.0] * 3)

    assert [time - before for time in times] == pytest.approx([7, 8, 9])


def test_long_wait(clock: Clock) -> None:
    """A request that would wait for too long does not wait at all, and says how long it should have."""
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
    """A request that would not be answered before the invocation ends is not sent."""
    mine = limiter(clock)
    mine.begin(Deadline(clock.now + left))
    mine.hold(3)

    with pytest.raises(LateError):
        mine.spend()


def test_begin(clock: Clock) -> None:
    """Each invocation has a deadline of its own: one that has time left sends what the one before it could not."""
    mine = limiter(clock)
    mine.begin(Deadline(clock.now + REQUEST - 1))
    with pytest.raises(LateError):
        mine.spend()

    mine.begin(Deadline(clock.now + REQUEST + 1))
    mine.spend()

    assert mine.due == clock.now + 1


def test_resume(clock: Clock) -> None:
    """What another writer sent before counts, unless it is less than one's own."""
    mine = limiter(clock)
    mine.hold(7)
    due = mine.due

    mine.resume(due - 1)
    assert mine.due == due
    mine.resume(due + 1)
    assert mine.due == due + 1
