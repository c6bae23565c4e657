"""What becomes of a message."""

import pytest

from connector.core.fate import Again, Dead, Done, Fate, fate
from connector.errors import (
    BusyError,
    ConnectorError,
    ForbiddenError,
    LateError,
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
        pytest.param([BAD], Dead(BAD), id="permanent"),
        pytest.param([BAD, WORSE], Dead(BAD), id="the first says why"),
        pytest.param([BUSY], Again(15), id="transient"),
        pytest.param([BAD, BUSY], Again(15), id="one may go better"),
    ],
)
def test_fate(errors: list[ConnectorError], expected: Fate) -> None:
    """A message is finished, comes again while anything may go better, and is dead when nothing will."""
    assert fate(errors, 1) == expected


@pytest.mark.parametrize(("receives", "seconds"), [(1, 15), (2, 30), (3, 60), (6, 480), (7, 900), (999, 900)])
def test_delay(receives: int, seconds: int) -> None:
    """Each retry waits twice as long as the one before, up to fifteen minutes."""
    assert fate([DOWN], receives) == Again(seconds)
    assert fate([BUSY, DOWN], receives) == Again(seconds)


@pytest.mark.parametrize("receives", [1, 7, 999])
def test_turn(receives: int) -> None:
    """Whoever only waited for its turn, or had no time left, waits no longer however often that happened."""
    assert fate([BUSY, LATE], receives) == Again(15)


@pytest.mark.parametrize(
    ("asked", "receives", "seconds"),
    [
        pytest.param(7.2, 1, 15, id="sooner than it would come"),
        pytest.param(59.2, 1, 60, id="later, to the second"),
        pytest.param(59.2, 4, 120, id="it failed often"),
        pytest.param(7200, 1, 7200, id="hours"),
        pytest.param(1e6, 1, 43_000, id="longer than SQS hides it"),
    ],
)
def test_asked(asked: float, receives: int, seconds: int) -> None:
    """A retry comes no sooner than the tenant wants it."""
    assert fate([BUSY, RateLimitedError("wait", retry_after=asked), BAD], receives) == Again(seconds)


@pytest.mark.parametrize(
    ("errors", "receives", "expected"),
    [
        pytest.param([STRANGE], 9, Again(900), id="it may go away"),
        pytest.param([STRANGE], 10, Dead(STRANGE), id="it does not"),
        pytest.param([BAD, STRANGE], 10, Dead(BAD), id="with a permanent one"),
        pytest.param([STRANGE, DOWN], 10, Again(900), id="with one that may go better"),
    ],
)
def test_unexpected(errors: list[ConnectorError], receives: int, expected: Fate) -> None:
    """What nobody foresaw is tried ten times."""
    assert fate(errors, receives) == expected
