"""Where a key leaves a route: the first segment at which the pattern does not match it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector import routesfile
from connector.core import trail
from connector.core.pattern import pattern
from connector.core.route import Routes


def routes(*keys: str, bucket: str = "lake") -> Routes:
    made = "\n".join(f'  - {{name: r{number}, bucket: {bucket}, key: "{key}"}}' for number, key in enumerate(keys))
    return routesfile.read(f"connection: default/s3/1\nexclude: ['**/_*']\nroutes:\n{made}", "routes.yaml")


CASES = [
    pytest.param(
        "e/{s}/{t}/{p}.csv", "e/a/b.csv", 3, "goes on with `{t}/{p}.csv`, and the key ends with `b.csv`", id="few"
    ),
    pytest.param(
        "e/{s}/{t}.csv", "e/a/b/1.csv", 3, "ends with `{t}.csv`, and the key goes on with `b/1.csv`", id="many"
    ),
    pytest.param(
        "e/{s}/{t}.csv", "E/a/b.csv", 1, "has `e`, and the key has `E`; only the case is different", id="case"
    ),
    pytest.param("e/{s}/{t}.CSV", "e/a/b.csv", 3, "has `b.csv`; only the case is different", id="case at the end"),
    pytest.param("e/{s}/{t}.csv", "e/a/b.parquet", 3, "has `{t}.csv`, and the key has `b.parquet`", id="suffix"),
    pytest.param("raw/**/x.csv", "raw/a/b/y.csv", 3, "has `x.csv`, and the key has `y.csv`", id="stars"),
    pytest.param("a/{b}/", "a/b", 2, "goes on with `{b}/`, and the key ends with `b`", id="no slash"),
    pytest.param("a/{b}/", "a/b/c", 3, "ends with `/`, and the key goes on with `c`", id="behind the slash"),
    pytest.param("a/{b}", "a/", 2, "goes on with `{b}`, and the key ends", id="folder"),
    pytest.param(
        "{t}.csv", "x/y.csv", 1, "ends with `{t}.csv`, and the key goes on with `x/y.csv`", id="folder in front"
    ),
]


@pytest.mark.parametrize(("wanted", "key", "segment", "why"), CASES)
def test_miss(wanted: str, key: str, segment: int, why: str) -> None:
    """The number of the segment is told, and what the pattern and the key have there."""
    (miss,) = trail.misses(routes(wanted), "lake", key)

    assert (miss.route, miss.pattern, miss.segment) == ("r0", wanted, segment)
    assert why in miss.why


def test_nearest() -> None:
    """The route that gets furthest comes first; routes of other buckets are left out."""
    found = trail.misses(routes("x/{a}", "e/{s}/{t}.csv", "e/{s}"), "lake", "e/a/b.txt")

    assert [miss.route for miss in found] == ["r1", "r2", "r0"]
    assert trail.misses(routes("x/{a}", bucket="cold"), "lake", "x/a/b") == []
    assert trail.misses(routes("raw/**"), "lake", "raw/folder/") == []  # a folder marker matches


@given(
    st.lists(st.sampled_from(["a", "{v}", "b*", "**", "c.csv", ""]), min_size=1, max_size=5),
    st.text("abc/.", min_size=1, max_size=12),
)
def test_law(parts: list[str], key: str) -> None:
    """Whatever pattern does not match, a segment of it is named, and all before it match the beginning of the key."""
    text = "/".join(part.replace("v", f"v{number}") for number, part in enumerate(parts))
    wanted = pattern(text)
    if not text or wanted.match(key) is not None:
        return

    segment, why = trail.fault(wanted, key)

    assert 1 <= segment <= len(parts)
    assert why
    assert pattern("/".join((*text.split("/")[: segment - 1], "**"))).match(key) is not None


@pytest.mark.parametrize(
    ("key", "others"),
    [
        ("a.csv", []),
        ("a+b.csv", ["a b.csv"]),
        ("a%20b+c.csv", ["a b c.csv", "a b+c.csv"]),
        ("a%FF.csv", []),
        ("%E6%97%A5.csv", ["日.csv"]),
    ],
)
def test_decoded(key: str, others: list[str]) -> None:
    """A key is decoded as S3's notifications are encoded, and as a URL; what is no UTF-8 is not encoded."""
    assert trail.decoded(key) == others


def test_exclusion() -> None:
    """The pattern that excludes a key is told, and the routes that would take it in another bucket."""
    made = routes("e/{s}")

    assert (trail.exclusion(made, "e/_x"), trail.exclusion(made, "e/x")) == ("**/_*", "")
    assert (trail.takers(made, "e/x"), trail.takers(made, "f")) == ([("lake", "r0")], [])
