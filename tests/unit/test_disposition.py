"""The decision about a message after its notifications were tried."""

import pytest

from connector.core.disposition import DeadLetter, Disposition, Done, Retry, dispose
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
        pytest.param([BUSY], Retry(15), id="transient"),
        pytest.param([BAD, BUSY], Retry(15), id="one may go away"),
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


@pytest.mark.parametrize("receives", [1, 7, 999])
def test_turn(receives: int) -> None:
    """A message that timed out waiting for the lease, or ran out of time, always has the same delay."""
    assert dispose([BUSY, LATE], receives) == Retry(15)


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
