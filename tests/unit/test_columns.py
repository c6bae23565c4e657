"""Pairing columns: by exact names, then without case and separators, with renames and ignores, and no guesses."""

import time
from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector.core.columns import Pairing, Rename, Rules, paired

NAMES = st.lists(st.text("abAB_- ", min_size=1, max_size=3), unique=True, max_size=5)
CLEAR = st.lists(
    st.text("abc_", min_size=1, max_size=4).filter(lambda name: name.strip("_")),
    unique_by=lambda name: name.replace("_", ""),
)
RENAMES = st.dictionaries(
    st.text("abAB_", min_size=1, max_size=2), st.text("abAB_", min_size=1, max_size=2), max_size=2
)


def pairs(source: Iterable[str], target: Iterable[str], rules: Rules) -> tuple[tuple[str, str], ...]:
    """Return the pairs, of which none is left out."""
    found = paired(source, target, rules)
    assert found.findings == ()
    return both(found)


def both(found: Pairing) -> tuple[tuple[str, str], ...]:
    """Return the pairs of a pairing that has no derived columns."""
    return tuple((*flow.sources, flow.target) for flow in found.flows)


@pytest.mark.parametrize(
    ("source", "target", "rules", "expected"),
    [
        pytest.param("", "", Rules(), [], id="none"),
        pytest.param("id name", "name id", Rules(), ["id id", "name name"], id="in the order of the source"),
        pytest.param("id", "ID", Rules(), ["id ID"], id="case"),
        pytest.param("order_id", "OrderId", Rules(), ["order_id OrderId"], id="separators"),
        pytest.param("order-id", "ORDER.ID", Rules(), ["order-id ORDER.ID"], id="hyphens and dots"),
        pytest.param("straße", "STRASSE", Rules(), ["straße STRASSE"], id="case of all scripts"),
        pytest.param("_ id", "- ID", Rules(), ["id ID"], id="separators alone are not the same name"),
        pytest.param("_", "_", Rules(), ["_ _"], id="a separator is itself"),
        pytest.param("a b", "c d", Rules(), [], id="nothing in common"),
        pytest.param("id ID", "ID id", Rules(), ["id id", "ID ID"], id="letters before case"),
        pytest.param("id ID", "id", Rules(), ["id id"], id="letters before case, one left"),
        pytest.param("id ID x", "x y", Rules(), ["x x"], id="alike without a partner"),
        pytest.param("id x", "KEY X", Rules((("id", "KEY"),)), ["id KEY", "x X"], id="renamed"),
        pytest.param("ID", "key", Rules((("i_d", "KEY"),)), ["ID key"], id="renamed by another case"),
        pytest.param("id key", "KEY", Rules((("id", "KEY"),)), ["id KEY"], id="a rename takes the target away"),
        pytest.param("id", "ID", Rules((("id", "KEY"),)), [], id="renamed to what is not there, so not its own name"),
        pytest.param("x", "KEY X", Rules((("id", "KEY"),)), ["x X"], id="renamed from what is not there"),
        pytest.param("a b", "K", Rules((("a", "K"), ("b", "K"))), ["a K", "b K"], id="two renamed to one"),
        pytest.param("id ID", "a b", Rules((("id", "a"), ("ID", "b"))), ["id a", "ID b"], id="renamed by letters"),
        pytest.param("id ID", "id", Rules((("ID", "id"),)), ["ID id"], id="renamed before the same letters"),
        pytest.param("id ID", "x", Rules((("i_d", "gone"),)), [], id="alike, renamed to what is not there"),
        pytest.param("id at", "id AT", Rules(ignore=("at",)), ["id id"], id="ignored"),
        pytest.param("id loaded_at", "id LoadedAt", Rules(ignore=("LOADED-AT",)), ["id id"], id="ignored by any case"),
        pytest.param("id ID", "Id", Rules(ignore=("id",)), [], id="ignored, so not ambiguous"),
        pytest.param("id", "KEY", Rules((("id", "KEY"),), ("id",)), [], id="ignored beats renamed"),
    ],
)
def test_pairs(source: str, target: str, rules: Rules, expected: list[str]) -> None:
    """Renamed columns come first, identical names next, and names without case and separators last."""
    assert pairs(source.split(), target.split(), rules) == tuple(tuple(pair.split()) for pair in expected)


@pytest.mark.parametrize(
    ("source", "target", "rename", "names"),
    [
        pytest.param("id ID", "Id", (), "id and ID", id="two of the source"),
        pytest.param("Id", "id ID", (), "id and ID", id="two of the target"),
        pytest.param("a_b AB", "Ab aB", (), "a_b and AB", id="two of each"),
        pytest.param("id ID", "KEY", (("i_d", "KEY"),), "id and ID", id="renamed, two of the source"),
        pytest.param("id", "key KEY", (("id", "k_e_y"),), "key and KEY", id="renamed, two of the target"),
    ],
)
def test_ambiguous(source: str, target: str, rename: Rename, names: str) -> None:
    """What two columns could claim is left out, and the rest is not; the finding names both, and what to write."""
    found = paired([*source.split(), "x"], ["X", *target.split()], Rules(rename))

    (finding,) = found.findings
    assert both(found) == (("x", "X"),)
    assert f"columns {names} are" in finding
    assert "`columns: rename`" in finding
    assert "`columns: ignore`" in finding


FULL = (("FULL_NAME", ("first", "last")),)


@pytest.mark.parametrize(
    ("source", "target", "rules", "expected"),
    [
        pytest.param("first last", "FULL_NAME", Rules(derived=FULL), ["first+last>FULL_NAME"], id="two"),
        pytest.param("last first", "full_name", Rules(derived=FULL), ["first+last>full_name"], id="in one order"),
        pytest.param("First LAST", "FullName", Rules(derived=FULL), ["First+LAST>FullName"], id="other spellings"),
        pytest.param(
            "first last", "LAST FULL_NAME", Rules(derived=FULL), ["last>LAST", "first+last>FULL_NAME"], id="too"
        ),
        pytest.param("full_name first last", "FULL_NAME", Rules(derived=FULL), ["first+last>FULL_NAME"], id="its name"),
        pytest.param("a", "B", Rules(derived=(("b", ("a",)),)), ["a>B"], id="from one"),
        pytest.param("a", "B", Rules(derived=(("b", ("a", "A")),)), ["a>B"], id="from one, written twice"),
        pytest.param("a b", "C", Rules(derived=(("c", ("a", "b")), ("C", ("b", "a")))), ["a+b>C"], id="the same twice"),
        pytest.param("first last", "OTHER", Rules(derived=FULL), [], id="not a column of this target"),
        pytest.param("id", "ID FULL_NAME", Rules(derived=FULL), ["id>ID"], id="not columns of this source"),
        pytest.param("first last", "FULL_NAME", Rules(ignore=("full_name",), derived=FULL), [], id="ignored"),
    ],
)
def test_derived(source: str, target: str, rules: Rules, expected: list[str]) -> None:
    """A derived column has all of its columns, sorted by name; they may flow into others, too."""
    found = paired(source.split(), target.split(), rules)

    assert [f"{'+'.join(flow.sources)}>{flow.target}" for flow in found.flows] == expected
    assert found.findings == ()


@pytest.mark.parametrize(
    ("source", "target", "words"),
    [
        pytest.param("first", "FULL_NAME", ["FULL_NAME is left out", "no column last"], id="one is missing"),
        pytest.param("first last la_st", "FULL_NAME", [], id="one is exact"),
        pytest.param("first la-st la_st", "FULL_NAME", ["columns la-st and la_st are"], id="one could be two"),
        pytest.param("first last", "full-name full.name", ["columns full-name and full.name are"], id="into two"),
    ],
)
def test_not_derived(source: str, target: str, words: list[str]) -> None:
    """A derived column is left out, and named, if one of its columns is missing, or is not clear."""
    found = paired(source.split(), target.split(), Rules(derived=FULL))

    assert bool(found.flows) is not bool(words)
    assert all(word in " ".join(found.findings) for word in words)
    assert len(found.findings) == bool(words)


@pytest.mark.parametrize(
    ("source", "target", "expected"),
    [
        pytest.param("order_id OrderId", "ORDER_ID", ["order_id ORDER_ID"], id="case before separators"),
        pytest.param("order_id OrderId", "ORDERID", ["OrderId ORDERID"], id="case before separators, the other"),
        pytest.param("order_id", '"ORDER-ID"', ['order_id "ORDER-ID"'], id="quotes"),
        pytest.param("`order_id`", "OrderId", ["`order_id` OrderId"], id="other quotes"),
        pytest.param("cafe\u0301", "CAF\u00c9", ["cafe\u0301 CAF\u00c9"], id="an accent of its own"),
    ],
)
def test_levels(source: str, target: str, expected: list[str]) -> None:
    """Names are the same exactly, then without case, then without separators and quotes."""
    assert pairs(source.split(), target.split(), Rules()) == tuple(tuple(pair.split()) for pair in expected)


def test_wide() -> None:
    """2,000 columns are paired in the time of a few."""
    source = [f"column_{number}" for number in range(2000)]
    begun = time.process_time()

    found = paired(source, [name.upper().replace("_", "") for name in source], Rules(rename=(("column_1", "COLUMN2"),)))

    assert len(found.flows) == 1998 + 1
    assert time.process_time() - begun < 1  # 0.03 s


def test_same_rename_twice() -> None:
    """A column that is renamed twice, in two cases, to the same column is one pair."""
    assert pairs(["id"], ["KEY"], Rules((("id", "KEY"), ("ID", "KEY")))) == (("id", "KEY"),)


@settings(max_examples=300, deadline=None)
@given(NAMES, NAMES, RENAMES, st.lists(st.sampled_from(["a", "B", "ab"]), max_size=1))
def test_real(source: list[str], target: list[str], rename: dict[str, str], ignore: list[str]) -> None:
    """Pairs are of columns that there are, each pair once, in the order of the source, and never of ignored ones."""
    found = both(paired(source, target, Rules(tuple(rename.items()), tuple(ignore))))

    assert len(set(found)) == len(found)
    assert {old for old, _ in found} <= set(source)
    assert {new for _, new in found} <= set(target)
    assert [source.index(old) for old, _ in found] == sorted(source.index(old) for old, _ in found)
    assert not any(name.casefold().strip("_- ") in [i.casefold() for i in ignore] for pair in found for name in pair)


@settings(max_examples=200, deadline=None)
@given(NAMES, NAMES)
def test_once(source: list[str], target: list[str]) -> None:
    """No column has two partners, unless the route renames two to one."""
    found = both(paired(source, target, Rules()))

    assert len({old for old, _ in found}) == len(found) == len({new for _, new in found})


@settings(max_examples=200, deadline=None)
@given(NAMES, NAMES)
def test_either_way(source: list[str], target: list[str]) -> None:
    """Without renames, swapping source and target swaps the pairs, except their order."""
    there, back = paired(source, target, Rules()), paired(target, source, Rules())

    assert len(there.findings) == len(back.findings)
    assert set(both(there)) == {(old, new) for new, old in both(back)}


@settings(max_examples=200, deadline=None)
@given(CLEAR, CLEAR)
def test_cases(source: list[str], target: list[str]) -> None:
    """If names differ in more than case and separators, changing case and separators does not change the pairs."""
    plain = pairs(source, target, Rules())

    loud = {name.upper().replace("_", "-"): name for name in source}
    assert plain == tuple((loud[old], new) for old, new in pairs(loud, target, Rules()))


@settings(max_examples=200, deadline=None)
@given(NAMES, NAMES)
def test_letters(source: list[str], target: list[str]) -> None:
    """A column that both tables have with the same name is always paired with itself."""
    found = paired(source, target, Rules())

    assert {(name, name) for name in set(source) & set(target)} <= set(both(found))
