"""The decision about a message after its notifications were tried."""

import pytest

from connector.core.disposition import DeadLetter, Disposition, Done, Retry, Tally, dispose, tally
from connector.errors import (
    BusyError,
    ConnectorError,
    ForbiddenError,
    LateError,
    LoopedError,
    MalformedError,
    RateLimitedError,
    UnavailableError,
    UnexpectedError,
)

BAD, WORSE, BUSY, STRANGE = MalformedError("bad"), ForbiddenError("worse"), BusyError("busy"), UnexpectedError("what?")
DOWN, LATE = UnavailableError("down"), LateError("late")


@pytest.mark.parametrize(
    ("errors", "expected"),
    [
        pytest.param([], Done(), id="all well"),
        pytest.param([BAD], DeadLetter(BAD), id="permanent"),
        pytest.param([BAD, WORSE], DeadLetter(BAD), id="the first says why"),
        pytest.param([DOWN], Retry(15), id="transient"),
        pytest.param([BAD, DOWN], Retry(15), id="one may go away"),
        pytest.param([BAD, BUSY], Retry(15, failed=False), id="one was not tried"),
    ],
)
def test_dispose(errors: list[ConnectorError], expected: Disposition) -> None:
    """A message is deleted, retried while retrying may help, and dead-lettered when it cannot."""
    assert dispose(errors, 1) == expected


@pytest.mark.parametrize(("receives", "seconds"), [(1, 15), (2, 30), (3, 60), (6, 480), (7, 900), (999, 900)])
def test_delay(receives: int, seconds: int) -> None:
    """Each retry waits twice as long as the one before, up to fifteen minutes."""
    assert dispose([DOWN], receives) == Retry(seconds)
    assert dispose([BUSY, DOWN], receives) == Retry(seconds)


@pytest.mark.parametrize(("receives", "seconds"), [(1, 15), (2, 30), (3, 60), (999, 60)])
def test_turn(receives: int, seconds: int) -> None:
    """A message that timed out waiting for the lease is retried within a minute, one that ran out of time at once."""
    assert dispose([BUSY, LATE], receives) == Retry(seconds, failed=False)
    assert dispose([LATE], receives) == Retry(15, failed=False)


@pytest.mark.parametrize(
    ("waited", "seconds"),
    [
        pytest.param(0.0, 15, id="received for the first time"),
        pytest.param(40.0, 55, id="only waited for the lease until now"),
        pytest.param(945.0, 900, id="failed each time"),
        pytest.param(None, 900, id="not known"),
    ],
)
def test_age(waited: float | None, seconds: int) -> None:
    """Receives for which a message only waited for the lease do not make the delay after its first failure long."""
    assert dispose([DOWN], 7, waited) == Retry(seconds)


@pytest.mark.parametrize("receives", range(1, 12))
def test_age_agrees(receives: int) -> None:
    """For a message that failed each time, the age makes no difference."""
    waited = float(sum(Retry(min(900, 15 << number)).seconds for number in range(receives - 1)))

    assert dispose([DOWN], receives, waited) == dispose([DOWN], receives)


def test_kept() -> None:
    """A message that waits for a lease that is kept comes back when it is free."""
    assert dispose([BusyError("kept", retry_after=41.2)], 1) == Retry(42, failed=False)


@pytest.mark.parametrize(
    ("asked", "receives", "seconds"),
    [
        pytest.param(7.2, 1, 15, id="sooner than it would come"),
        pytest.param(59.2, 1, 60, id="later, to the second"),
        pytest.param(59.2, 4, 120, id="it failed often"),
        pytest.param(7200, 1, 900, id="hours: a quarter of one"),
        pytest.param(4e9, 1, 900, id="for ever: a quarter of an hour"),
    ],
)
def test_asked(asked: float, receives: int, seconds: int) -> None:
    """A retry comes no sooner than the tenant asks for it, which can ask for a quarter of an hour at most."""
    assert dispose([BUSY, RateLimitedError("wait", retry_after=asked), BAD], receives) == Retry(seconds)


@pytest.mark.parametrize(
    ("errors", "receives", "expected"),
    [
        pytest.param([STRANGE], 9, Retry(900), id="it may go away"),
        pytest.param([STRANGE], 10, DeadLetter(STRANGE), id="it does not"),
        pytest.param([BAD, STRANGE], 10, DeadLetter(BAD), id="with a permanent one"),
        pytest.param([STRANGE, DOWN], 10, Retry(900), id="with one that may go away"),
    ],
)
def test_unexpected(errors: list[ConnectorError], receives: int, expected: Disposition) -> None:
    """An unexpected error is tried ten times."""
    assert dispose(errors, receives) == expected


@pytest.mark.parametrize(
    ("waited", "expected"),
    [(200.0, Retry(215)), (3599.0, Retry(900)), (3600.0, DeadLetter(STRANGE)), (3645.0, DeadLetter(STRANGE))],
)
def test_unexpected_at_last(waited: float, expected: Disposition) -> None:
    """A message that nine times only waited for the lease is not dead-lettered at its first unexpected error."""
    assert dispose([STRANGE], 10, waited) == expected


def test_tally() -> None:
    """Messages are counted by what became of them; one that was only postponed is none of these."""
    endings = [
        (Done(), False, 9000.0),
        (Retry(15), True, 20.5),
        (Retry(900), True, 1900.0),
        (Retry(900), True, None),
        (Retry(15, failed=False), True, 7000.0),
        (DeadLetter(BAD), False, 8000.0),
    ]

    assert tally(endings) == Tally(finished=1, retried=3, dead_lettered=1, oldest=1900.0)
    assert tally([(DeadLetter(BAD), True, 50.0)]) == Tally(finished=0, retried=1, dead_lettered=0, oldest=50.0)
    assert tally([]) == Tally(0, 0, 0, 0.0)


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [pytest.param(7.0, 60, id="shorter than the lease is kept"), pytest.param(90.0, 90, id="longer")],
)
def test_grace(asked: float, seconds: int) -> None:
    """After an ambiguous write a message is retried when the lease is free again, or later if Retry-After is longer."""
    ambiguous = UnavailableError("down", ambiguous=True, retry_after=asked)

    assert dispose([ambiguous, BUSY], 1) == Retry(seconds)


@pytest.mark.parametrize("receives", [1, 999])
def test_looped(receives: int) -> None:
    """A message that is redriven in a loop is not sent on again, which would feed the loop: it stays in the queue."""
    assert dispose([LoopedError("16 times"), BAD], receives) == Retry(900)
