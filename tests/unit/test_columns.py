"""Pairing columns: by exact names, then without case and separators, with renames and ignores, and no guesses."""

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
