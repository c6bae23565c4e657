"""Which columns a file carries: those that its header names, as the source or as the target calls them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector.core.carried import Carried, Field, carried
from connector.core.columns import Flow, Rules, paired

TABLES = st.lists(st.text("abAB_- ", min_size=1, max_size=3), unique=True, max_size=5)


def split(names: str, source: str, target: str, rules: Rules | None = None) -> Carried:
    return carried(names.split(), source.split(), target.split(), rules or Rules())


def said(flows: tuple[Flow, ...]) -> list[str]:
    return [f"{'+'.join(flow.sources)}>{flow.target}" for flow in flows]


RENAMED = Rules(rename=(("id", "KEY"),))
DERIVED = Rules(derived=(("FULL", ("first", "last")),))


@pytest.mark.parametrize(
    ("names", "source", "target", "rules", "expected"),
    [
        pytest.param("id name", "id name at", "ID NAME AT", None, ["id>ID", "name>NAME"], id="fewer columns"),
        pytest.param("AT ID", "id name at", "ID NAME AT", None, ["id>ID", "at>AT"], id="another order, the target's"),
        pytest.param("OrderId", "order_id", "ORDER-ID", None, ["order_id>ORDER-ID"], id="another spelling"),
        pytest.param("x y", "id", "ID", None, [], id="nothing"),
        pytest.param("id x", "id x", "ID", None, ["id>ID"], id="not in the target"),
        pytest.param("KEY", "id", "KEY", RENAMED, ["id>KEY"], id="the name after the rename"),
        pytest.param("id", "id", "KEY", RENAMED, ["id>KEY"], id="the name before the rename"),
        pytest.param("id", "id", "KEY id", RENAMED, ["id>KEY"], id="a column of the target that gets nothing"),
        pytest.param("first last", "first last", "FULL", DERIVED, ["first+last>FULL"], id="derived"),
        pytest.param("first", "first last", "FULL", DERIVED, [], id="derived, a half"),
        pytest.param("full", "first last", "FULL", DERIVED, ["first+last>FULL"], id="derived before the export"),
        pytest.param("full", "first last", "FULL LAST", DERIVED, ["first+last>FULL"], id="and only that"),
        pytest.param("id at", "id at", "ID AT", Rules(ignore=("at",)), ["id>ID"], id="ignored"),
        pytest.param("K", "a b", "K", Rules((("a", "K"), ("b", "K"))), ["a>K", "b>K"], id="two renamed to one"),
        pytest.param("a", "a b", "K", Rules((("a", "K"), ("b", "K"))), ["a>K"], id="one of two renamed to one"),
    ],
)
def test_carried(names: str, source: str, target: str, rules: Rules | None, expected: list[str]) -> None:
    """A column flows if the file has it under a name of either table; what the file lacks does not."""
    found = split(names, source, target, rules)

    assert said(found.flows) == expected
    assert {*found.flows, *found.lacking} == {*paired(source.split(), target.split(), rules or Rules()).flows}


@pytest.mark.parametrize(
    ("names", "source", "target", "rules", "several"),
    [
        pytest.param("Id", "id ID", "x", None, ("id of the source", "ID of the source"), id="two of the source"),
        pytest.param("Id", "x", "id ID", None, ("id of the target", "ID of the target"), id="two of the target"),
        pytest.param(
            "b",
            "a b",
            "b c",
            Rules((("a", "b"), ("b", "c"))),
            ("b of the source", "b of the target"),
            id="renamed in a circle",
        ),
    ],
)
def test_ambiguous(names: str, source: str, target: str, rules: Rules | None, several: tuple[str, ...]) -> None:
    """A field that could be one column or another is none, and both are named."""
    found = split(names, source, target, rules)

    assert found.flows == ()
    assert found.fields == (Field(names, several=several),)


def test_blank() -> None:
    """A field without a name, as that of an index, is no column."""
    assert carried(["", "id", ""], ["id"], ["ID"], Rules()).fields == (Field("id", "id", "ID"),)


@settings(max_examples=300, deadline=None)
@given(TABLES, TABLES)
def test_whole(source: list[str], target: list[str]) -> None:
    """A file that has all columns of the source carries all that flows between the tables."""
    found = carried(source, source, target, Rules())

    assert found.flows == paired(source, target, Rules()).flows or any(field.several for field in found.fields)


@settings(max_examples=300, deadline=None)
@given(TABLES, TABLES, TABLES)
def test_order(names: list[str], source: list[str], target: list[str]) -> None:
    """What a file carries does not depend on the order of its columns, nor on that of the tables."""
    there, back = carried(names, source, target, Rules()), carried(names[::-1], source[::-1], target[::-1], Rules())

    assert set(there.flows) == set(back.flows)
