"""What becomes of a message."""

import pytest

from connector.core.fate import Again, Dead, Done, Fate, fate
from connector.errors import BusyError, ConnectorError, ForbiddenError, MalformedError

BAD, WORSE, BUSY = MalformedError("bad"), ForbiddenError("worse"), BusyError("busy")


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
    assert fate([BUSY], receives) == Again(seconds)
