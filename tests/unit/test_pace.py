"""The pace of requests: how fast, how long not at all, and how it is handed on."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.adapters.pace import BURST, LAST, PATIENCE, Pace
from connector.errors import LateError, RateLimitedError
from tests.fakes import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


def pace(clock: Clock, rate: float = 60) -> Pace:
    return Pace(rate, clock, clock.pause)


def spent(paces: list[Pace], clock: Clock, gaps: list[float]) -> list[float]:
    """Return when requests were sent that came after such gaps, by the paces in turn, each handing on to the next."""
    times = []
    for index, gap in enumerate(gaps):
        clock.now += gap
        mine = paces[index % len(paces)]
        mine.resume(paces[index % len(paces) - 1].due)
        mine.spend()
        times.append(clock.now)
    return times


@given(st.lists(st.floats(0, 5), max_size=300), st.floats(6, 400), st.integers(1, 3))
def test_share(gaps: list[float], rate: float, writers: int) -> None:
    """However requests come, and whoever of several writers sends them, a minute sees the rate and one burst."""
    clock = Clock()

    times = spent([pace(clock, rate) for _ in range(writers)], clock, gaps)

    for first in times:
        assert sum(first <= time < first + 60 for time in times) <= rate + BURST + 1


def test_burst(clock: Clock) -> None:
    """After a while without any, a few requests need not wait; those after them follow at the rate."""
    times = spent([pace(clock)], clock, [0.0] * (BURST + 3))

    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert gaps == pytest.approx([0.0] * BURST + [1.0, 1.0])


def test_alone(clock: Clock) -> None:
    """Requests that come no faster than the rate never wait."""
    times = spent([pace(clock)], clock, [1.0] * 100)

    assert times[-1] - times[0] == pytest.approx(99)


def test_hold(clock: Clock) -> None:
    """Nothing is sent for as long as the tenant says, and the next ones follow at the rate."""
    paced = pace(clock)
    before = clock.now
    paced.hold(7)

    times = spent([paced], clock, [0.0] * 3)

    assert [time - before for time in times] == pytest.approx([7, 8, 9])


def test_impatient(clock: Clock) -> None:
    """What would have to wait for too long does not wait at all, and says how long it should have."""
    paced = pace(clock)
    before = clock.now
    paced.hold(PATIENCE + 20)
    clock.now += 1

    with pytest.raises(RateLimitedError, match="no request for 29 s") as failure:
        paced.spend()

    assert failure.value.retry_after == pytest.approx(PATIENCE + 19)
    assert clock.now == before + 1


@pytest.mark.parametrize("left", [pytest.param(LAST - 1, id="too late"), pytest.param(LAST + 2, id="to wait for")])
def test_late(clock: Clock, left: float) -> None:
    """What would not be answered before the invocation ends is not begun."""
    paced = pace(clock)
    paced.begin(left)
    paced.hold(3)

    with pytest.raises(LateError):
        paced.spend()


def test_begin(clock: Clock) -> None:
    """Each invocation has a time of its own."""
    paced = pace(clock)
    paced.begin(LAST - 1)
    paced.begin(LAST + 1)

    paced.spend()


def test_resume(clock: Clock) -> None:
    """What another writer sent before counts, unless it is less than one's own."""
    paced = pace(clock)
    paced.hold(7)
    due = paced.due

    paced.resume(due - 1)
    assert paced.due == due
    paced.resume(due + 1)
    assert paced.due == due + 1
