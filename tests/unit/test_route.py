"""Routing: the first match wins, exclusions take precedence, and the prefixes of all objects of a pair."""

from collections.abc import Sequence

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from connector.core.columns import Rules
from connector.core.pattern import Literal, Star, Stars, Variable, pattern
from connector.core.route import Match, Naming, Pair, Route, Routes, Unrouted
from connector.core.template import template

WORDS = ("x", "y", "X")


def route(key: str, source: str | None = None, target: str | None = None, bucket: str = "b", name: str = "r") -> Route:
    """Make a route as the routes file would; the one column that it ignores is called like itself."""
    ends = [template(text) if text is not None else None for text in (source, target)]
    return Route(name, bucket, pattern(key), ends[0], ends[1], Rules(ignore=(name,)))


def routes(*found: Route, exclude: Sequence[str] = ()) -> Routes:
    """Return a routes file."""
    return Routes("default/s3/1", Naming.PATH, tuple(pattern(text) for text in exclude), found)


@st.composite
def small(draw: st.DrawFn) -> Route:
    """Routes with few keys, tables and variables, so that several of them overlap."""
    pieces = ["{a}", "{b}", "x", "y", "x{a}", "{b}y", "{a}-{b}", "*", "**"]
    keys = st.lists(st.sampled_from(pieces), min_size=1, max_size=3).map("/".join)
    key = draw(keys.filter(lambda text: text.count("{a}") < 2 and text.count("{b}") < 2))
    known = [name for name in ("a", "b") if f"{{{name}}}" in key]
    ends = [*WORDS, *(f"{{{name}{case}}}" for name in known for case in ("", ":upper", ":lower"))]
    ends += [f"{left}{right}" for left in ends for right in ("x", *ends[3:])]
    table = st.lists(st.sampled_from(ends), min_size=1, max_size=2).map("/".join)
    bucket = draw(st.sampled_from(["b", "c"]))
    return route(key, draw(table), draw(table), bucket, draw(st.sampled_from(["one", "two", "three"])))


FILES = st.builds(
    lambda found, exclude: routes(*found, exclude=exclude),
    st.lists(small(), min_size=1, max_size=3),
    st.lists(st.sampled_from(["x/**", "**/y", "*"]), max_size=1),
)
SEGMENTS = st.sampled_from(["x", "y", "X", "xx", "xy", "x-y", "y-x", "xx-yy"])


@st.composite
def asked(draw: st.DrawFn) -> tuple[Routes, str, str]:
    """A routes file, a bucket and a key, which is mostly generated from one of the routes."""
    file = draw(FILES)
    found = draw(st.sampled_from(file.routes))
    values = draw(st.fixed_dictionaries({"a": SEGMENTS, "b": SEGMENTS}))
    key = ""
    for piece in found.key.pieces:
        match piece:
            case Literal():
                key += piece.text
            case Variable():
                key += values[piece.name]
            case Star():
                key += draw(st.just("") | SEGMENTS)
            case Stars():
                key += draw(st.lists(SEGMENTS, max_size=2).map("/".join))
    if draw(st.integers(0, 3)) == 3:
        return file, draw(st.sampled_from(["b", "c", "d"])), draw(st.lists(SEGMENTS, min_size=1).map("/".join))
    return file, found.bucket, key


@settings(max_examples=300, deadline=None)
@given(asked())
def test_prefixes(question: tuple[Routes, str, str]) -> None:
    """Every key of a pair begins with one of the pair's prefixes, or lineage would be retired under living objects."""
    file, bucket, key = question
    match = file.match(bucket, key)
    event(f"routed: {isinstance(match, Match)}")
    if isinstance(match, Match):
        assert match.pair is not None
        assert match.route.prefix(match.pair) is not None
        assert any(bucket == where and key.startswith(prefix) for where, prefix in file.prefixes(match.pair))


@settings(max_examples=200, deadline=None)
@given(asked())
def test_rules_exist(question: tuple[Routes, str, str]) -> None:
    """The pair of any key has column rules, of the route that matches the key or of an earlier one."""
    file, bucket, key = question
    match = file.match(bucket, key)
    if isinstance(match, Match):
        assert match.pair is not None
        earlier = file.routes[: file.routes.index(match.route) + 1]
        assert file.rules(match.pair) in [candidate.columns for candidate in earlier]


@settings(max_examples=200, deadline=None)
@given(asked())
def test_match_law(question: tuple[Routes, str, str]) -> None:
    """A key goes to the first route of its bucket that matches it, unless it is excluded."""
    file, bucket, key = question

    found = file.match(bucket, key)

    mine = [candidate for candidate in file.routes if candidate.bucket == bucket]
    matching = [candidate for candidate in mine if candidate.key.match(key) is not None]
    taking = [found for found in matching if not key.endswith("/") or found.key.text.endswith("/")]
    if not mine:
        assert found is Unrouted.UNKNOWN_BUCKET
    elif any(exclusion.match(key) is not None for exclusion in file.exclude):
        assert found is Unrouted.EXCLUDED
    elif not taking:
        assert found is (Unrouted.FOLDER_MARKER if matching else Unrouted.NO_ROUTE)
    else:
        assert isinstance(found, Match)
        assert found.route == taking[0]


@pytest.mark.parametrize(
    ("bucket", "key", "expected"),
    [
        pytest.param("other", "a/t.csv", Unrouted.UNKNOWN_BUCKET, id="unknown bucket"),
        pytest.param("other", "a/_SUCCESS", Unrouted.UNKNOWN_BUCKET, id="unknown bucket, excluded key"),
        pytest.param("b", "a/_SUCCESS", Unrouted.EXCLUDED, id="excluded, though a route takes it"),
        pytest.param("b", "z", Unrouted.NO_ROUTE, id="no route"),
        pytest.param("c", "a/t.csv", Unrouted.NO_ROUTE, id="a route of another bucket"),
        pytest.param("b", "a/t.csv", "first", id="the first of two"),
        pytest.param("b", "a/t.txt", "second", id="the second"),
        pytest.param("c", "land/t", "third", id="another bucket's"),
    ],
)
def test_match(bucket: str, key: str, expected: str) -> None:
    """The first match wins, exclusions take precedence, and an unrouted key has a reason."""
    file = routes(
        route("a/{t}.csv", "s/{t}", "t/{t}", name="first"),
        route("a/{t}", "s/{t}", None, name="second"),
        route("land/**", bucket="c", name="third"),
        exclude=["**/_SUCCESS"],
    )

    found = file.match(bucket, key)

    assert (found.route.name if isinstance(found, Match) else found) == expected


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        pytest.param("exports/", Unrouted.FOLDER_MARKER, id="taken by two stars"),
        pytest.param("exports/public/orders/", Unrouted.FOLDER_MARKER, id="below a folder"),
        pytest.param("exports/public/orders/1.csv", "all", id="a file beside it"),
        pytest.param("folders/a/", "folders", id="the pattern ends in a slash, and is later"),
        pytest.param("folders/a", "all", id="a file of the marker's name"),
        pytest.param("deep/a/b/", "deep", id="the pattern ends in whole segments"),
        pytest.param("skip/a/", Unrouted.EXCLUDED, id="excluded"),
        pytest.param("/", Unrouted.FOLDER_MARKER, id="a slash alone"),
        pytest.param("elsewhere//", Unrouted.FOLDER_MARKER, id="an empty name"),
    ],
)
def test_folder_marker(key: str, expected: str) -> None:
    """A key that ends in a slash is no file; only a pattern that ends in a slash takes it, wherever it stands."""
    file = routes(
        route("**", "s/x", "t/x", name="all"),
        route("folders/{name}/", name="folders"),
        route("deep/**/", name="deep"),
        exclude=["skip/**"],
    )

    found = file.match("b", key)

    assert (found.route.name if isinstance(found, Match) else found) == expected


def test_folder_marker_nowhere() -> None:
    """A marker that no pattern takes is on no route, like any other key."""
    assert routes(route("exports/{t}.csv")).match("b", "exports/") is Unrouted.NO_ROUTE


@pytest.mark.parametrize(
    ("source", "target", "ends", "pair"),
    [
        pytest.param("s/{t}", "t/{t:upper}", ("s/ab", "t/AB"), Pair("s/ab", "t/AB"), id="both tables"),
        pytest.param("s/{t}", None, ("s/ab", None), None, id="without a target"),
        pytest.param(None, "t/{t}", (None, "t/ab"), None, id="without a source"),
        pytest.param(None, None, (None, None), None, id="without either"),
    ],
)
def test_ends(source: str | None, target: str | None, ends: tuple[str | None, str | None], pair: Pair | None) -> None:
    """A key gives the source and target tables, and end-to-end lineage needs both."""
    match = routes(route("{t}.csv", source, target)).match("b", "ab.csv")

    assert isinstance(match, Match)
    assert (match.source, match.target) == ends
    assert match.pair == pair


@pytest.mark.parametrize(
    ("key", "source", "target", "pair", "prefix"),
    [
        pytest.param("e/{s}/{t}/*.csv", "p/{s}/{t}", "q/{t}", ("p/a/b", "q/b"), "e/a/b/", id="solved"),
        pytest.param("e/{s}/{t}/*.csv", "p/{s}", "q/{t}", ("p/a", "q/b"), "e/a/b/", id="one from each table"),
        pytest.param("e/{s}/{t}.csv", "p/{s}", "q/{s}", ("p/a", "q/a"), "e/a/", id="one is not known"),
        pytest.param("e/{t}.csv", "p/{t:upper}", "q/{t:lower}", ("p/A", "q/a"), "e/", id="a case is not known"),
        pytest.param("e/{t}.csv", "p/x", "q/y", ("p/x", "q/y"), "e/", id="fixed tables"),
        pytest.param("e/{t}.csv", "p/x", "q/y", ("p/z", "q/y"), None, id="another source"),
        pytest.param("e/{t}.csv", "p/x", "q/y", ("p/x", "q/z"), None, id="another target"),
        pytest.param("e/{t}.csv", "p/{t}", "q/{t}", ("p/a", "q/b"), None, id="the tables contradict each other"),
        pytest.param("e/{t}.csv", "p/{t}", None, ("p/a", "q/a"), None, id="without a target"),
        pytest.param("e/{t}.csv", None, "q/{t}", ("p/a", "q/a"), None, id="without a source"),
    ],
)
def test_prefix(key: str, source: str | None, target: str | None, pair: tuple[str, str], prefix: str | None) -> None:
    """A route gives the prefix of a pair's objects, as long as possible; None if it never yields the pair."""
    assert route(key, source, target).prefix(Pair(*pair)) == prefix


def test_prefix_case() -> None:
    """A route that changes the case never yields a table whose name has another."""
    assert route("e/{t}.csv", "p/{t}", "q/{t:upper}").prefix(Pair("p/ab", "q/ab")) is None


def test_prefixes_once() -> None:
    """Each prefix of a pair is listed once, in the order of the routes, in all buckets."""
    file = routes(
        route("e/{t}/{p}.csv", "s/{t}", "t/{t}"),
        route("e/{t}/{p}.tsv", "s/{t}", "t/{t}"),
        route("e/{t}/{p}.csv", "s/{t}", "t/{t}", bucket="c"),
        route("f/{t}.csv", "s/{t}", "t/other"),
        route("g/**"),
    )

    assert list(file.prefixes(Pair("s/a", "t/a"))) == [("b", "e/a/"), ("c", "e/a/")]


def test_rules() -> None:
    """The column rules are those of the first route that can yield the pair, whichever route matches the object."""
    file = routes(
        route("e/{t}.csv", "s/{t}", "t/other", name="no"),
        route("f/{t}.csv", "s/{t}", "t/{t}", name="first"),
        route("g/{t}.csv", "s/{t}", "t/{t}", name="second"),
    )

    match = file.match("b", "g/a.csv")

    assert isinstance(match, Match)
    assert match.pair is not None
    assert file.rules(match.pair) == Rules(ignore=("first",))


def test_rules_case() -> None:
    """A route that cannot yield the pair, since it changes the case, does not decide its columns."""
    file = routes(
        route("e/{t}.csv", "s/{t}", "t/{t:upper}", name="upper"),
        route("f/{t}.csv", "s/{t}", "t/{t}", name="same"),
    )

    assert file.rules(Pair("s/a", "t/a")) == Rules(ignore=("same",))
