"""The message of a sweep: it says what is swept and how far that is, and stays small enough for SQS."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.core.drift import Drift
from connector.core.envelope import read, records
from connector.core.notification import Malformed
from connector.core.order import ObjectHint, Scope
from connector.core.slice import ENTRIES, OTHERS, Everywhere, Slice
from connector.core.tally import Cursor, Finding, Stage, Step, Tally
from connector.errors import BrakeError, MalformedError
from tests.support.notice import topic

LARGEST = 256 * 1024
"""Bytes of a message. Source: SQS quotas, before the limit was raised to 1 MiB."""

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
STEPS = st.builds(
    Step,
    st.builds(Cursor, st.sampled_from(Stage), TEXT),
    st.lists(st.builds(Finding, st.sampled_from(Drift), st.builds(ObjectHint, TEXT, TEXT), TEXT), max_size=6).map(
        tuple
    ),
    *[st.integers(0, 10**9)] * 3,
    twice=st.lists(TEXT, max_size=5).map(tuple),
)


def resumed(slice_: Slice) -> Slice:
    (found,) = read(slice_.body())
    assert isinstance(found, Slice)
    return found


@given(TEXT, st.floats(0, 100), st.lists(STEPS, max_size=4), st.booleans())
def test_resumed(prefix: str, percent: float, steps: list[Step], second: bool) -> None:
    """From its message a slice goes on with all that the last one knew, whatever the keys consist of."""
    slice_ = Slice(Scope("lake", prefix), percent, begun=1)
    for step in steps:
        slice_ = slice_.after(step)
    slice_ = slice_.second() if second else slice_

    again = resumed(slice_)

    assert again == Slice(
        slice_.scope, percent, slice_.cursor, slice_.tally, slice_.counted, slice_.number + 1, slice_.begun
    )
    assert slice_.body().isascii()


def test_size() -> None:
    """However many routes there are, and however long keys and names, the message fits, and no count is lost."""
    wide = "\U0001f4a9" * 256  # twelve bytes of JSON for four of UTF-8
    findings = tuple(
        Finding(drift, ObjectHint(wide, wide * 4), f"{number} {wide}") for number in range(3000) for drift in Drift
    )
    cursor = Cursor(Stage.PAIRS, "\x01" * 6000)
    slice_ = Slice(Scope("lake", wide), begun=1).after(Step(cursor, findings, twice=(wide,) * 9, undecided=(wide,) * 9))

    again = resumed(slice_)

    assert len(slice_.body()) < LARGEST
    assert len(again.tally.found) <= ENTRIES + len(Drift)
    assert again.tally.hints == len(findings)
    assert all(again.tally.of(drift) == 3000 for drift in Drift)
    assert any(route == OTHERS for _, route in again.tally.found)


@pytest.mark.parametrize(
    ("event", "order"),
    [
        ({"sweep": "s3://lake"}, Slice(Scope("lake"))),
        ({"sweep": "s3://lake/a/b", "max_retired": 0}, Slice(Scope("lake", "a/b"), 0)),
        ({"sweep": "*", "max_retired": 12.5}, Everywhere(12.5)),
        (topic('{"sweep": "*"}'), Everywhere()),
    ],
)
def test_ordered(event: dict[str, Any], order: Slice | Everywhere) -> None:
    """An order names a bucket, a prefix or everything, and how much may be retired; it may be wrapped."""
    assert records(event) == (order,)


STATE = json.loads(Slice(Scope("lake"), begun=1).body())["state"]


@pytest.mark.parametrize(
    ("event", "says"),
    [
        ({"sweep": None}, "not an order to sweep"),
        ({"sweep": ["s3://lake"]}, "not an order to sweep"),
        ({"sweep": "lake"}, "'lake' is no place to sweep"),
        ({"sweep": "s3://"}, "is no place to sweep"),
        ({"sweep": "s3://lake", "max_retierd": 5}, "and nothing else"),
        ({"sweep": "s3://lake", "max_retired": -1}, "max_retired is -1"),
        ({"sweep": "s3://lake", "max_retired": 101}, "max_retired is 101"),
        ({"sweep": "s3://lake", "max_retired": "5"}, "max_retired is '5'"),
        ({"sweep": "s3://lake", "max_retired": True}, "max_retired is True"),
        ({"sweep": "s3://lake", "max_retired": float("nan")}, "max_retired is nan"),
        ({"sweep": "s3://lake", "max_retired": None}, "max_retired is None"),
        *(
            ({"sweep": "s3://lake", "state": state}, "leave it out, to begin again")
            for state in (
                None,
                {},
                [],
                STATE | {"stage": "elsewhere"},
                STATE | {"counts": 5},
                STATE | {"counts": {"listed": "many"}},
                STATE | {"counts": {"listed": float("inf")}},
                STATE | {"found": [["retired", "daily"]]},
                STATE | {"found": [["forgotten", "daily", 1]]},
                STATE | {"examples": []},
                STATE | {"counted": []},
                STATE | {"slice": None},
            )
        ),
    ],
)
def test_malformed(event: dict[str, Any], says: str) -> None:
    """Any other order is malformed, and says what is wrong."""
    (found,) = records(event)

    assert isinstance(found, Malformed)
    assert isinstance(found.error, MalformedError)
    assert says in str(found.error)


@pytest.mark.parametrize(("vanished", "held"), [(1, False), (2, True)])
def test_brake(vanished: int, held: bool) -> None:
    """Up to ten per cent of the cataloged objects may vanish; in the second pass, of those of the first."""
    gone = Step(Cursor(), (Finding(Drift.VANISHED, ObjectHint("lake", "a")),) * vanished)
    first = Slice(Scope("lake"), tally=Tally()).after(Step(Cursor(), cataloged=10))

    for slice_ in (first.after(gone), first.second().after(gone)):
        if held:
            with pytest.raises(BrakeError, match="2 of the 10 objects"):
                slice_.check()
        else:
            slice_.check()
