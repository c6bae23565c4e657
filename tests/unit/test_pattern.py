"""The pattern language: the keys that a pattern matches, and the values that it captures."""

import re
import sys
import time
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector.core.pattern import (
    Case,
    Literal,
    Pattern,
    Piece,
    Star,
    Stars,
    Variable,
    pattern,
)
from connector.core.template import Template, template

NAMES = ("a", "b", "c", "d", "e", "f")
KEYS = st.text("ab./", max_size=10)
LITERALS = st.text("ab./", min_size=1, max_size=3)


@st.composite
def patterns(draw: st.DrawFn) -> str:
    """Texts of patterns: pieces in any order, but no two variables meet, and `**/` begins a segment."""
    text, names = "", list(NAMES)
    for _ in range(draw(st.integers(0, 5))):
        choices = [LITERALS, st.sampled_from(["*", "**"])]
        if not text.endswith("}"):
            choices.append(st.just(f"{{{names.pop()}}}"))
        if text.endswith("/") or not text:
            choices.append(st.just("**/"))
        text += draw(st.one_of(choices))
    return text


def oracle(pieces: tuple[Piece, ...]) -> re.Pattern[str]:
    """Return an equivalent regular expression."""
    words = {Star: "[^/]*", Stars: ".*"}
    text = ""
    for piece in pieces:
        match piece:
            case Literal():
                text += re.escape(piece.text)
            case Variable():
                text += f"(?P<{piece.name}>[^/]+)"
            case Stars(segments=True):
                text += "(?:.*/)?"
            case _:
                text += words[type(piece)]
    return re.compile(text, re.DOTALL)


@settings(max_examples=300, deadline=None)
@given(patterns(), st.lists(KEYS, min_size=1, max_size=8))
def test_oracle(text: str, keys: list[str]) -> None:
    """A pattern matches and captures the same as the equivalent regular expression."""
    read = pattern(text)
    expression = oracle(read.pieces)

    for key in keys:
        found = expression.fullmatch(key)
        assert read.match(key) == (found.groupdict() if found else None)


@settings(max_examples=200, deadline=None)
@given(st.data(), patterns())
def test_made(data: st.DataObject, text: str) -> None:
    """A pattern matches the keys that are generated from it, and each begins with the prefix for any known values."""
    read = pattern(text)
    key = data.draw(st.from_regex(oracle(read.pieces), fullmatch=True, alphabet="ab./"))

    values = read.match(key)

    assert values is not None
    known = data.draw(st.sets(st.sampled_from(sorted(values)))) if values else set()
    assert key.startswith(read.prefix({name: values[name] for name in known}))


@pytest.mark.parametrize(
    ("text", "key", "values"),
    [
        pytest.param("", "", {}, id="nothing"),
        pytest.param("", "a", None, id="not even a letter"),
        pytest.param("a/b.csv", "a/b.csv", {}, id="letters"),
        pytest.param("a/b.csv", "a/b_csv", None, id="a dot is a dot"),
        pytest.param("a/b.csv", "a/b.csv.gz", None, id="the whole key"),
        pytest.param("a/b.csv", "x/a/b.csv", None, id="from its beginning"),
        pytest.param("{t}.csv", "orders.csv", {"t": "orders"}, id="a variable"),
        pytest.param("{t}.csv", ".csv", None, id="a variable is not empty"),
        pytest.param("{t}.csv", "a/b.csv", None, id="a variable stays in its segment"),
        pytest.param("{t}.csv", "a.csv.csv", {"t": "a.csv"}, id="a variable takes all it can"),
        pytest.param("{t}-{u}", "a-b-c", {"t": "a-b", "u": "c"}, id="the first takes most"),
        pytest.param("{t}", "日\n本", {"t": "日\n本"}, id="any character"),
        pytest.param("a/*.csv", "a/.csv", {}, id="a star may be empty"),
        pytest.param("a/*.csv", "a/b.csv", {}, id="a star"),
        pytest.param("a/*.csv", "a/b/c.csv", None, id="a star stays in its segment"),
        pytest.param("a/**", "a/", {}, id="two stars may be empty"),
        pytest.param("a/**", "a/b/c", {}, id="two stars"),
        pytest.param("a**z", "a/b/cz", {}, id="two stars within a segment"),
        pytest.param("a/**", "a", None, id="the slash is wanted"),
        pytest.param("**/b", "b", {}, id="no segment"),
        pytest.param("**/b", "a/b", {}, id="one segment"),
        pytest.param("**/b", "a/c/b", {}, id="two segments"),
        pytest.param("**/b", "ab", None, id="not half a segment"),
        pytest.param("a/**/b", "a/b", {}, id="no segment between"),
        pytest.param("a/**/b", "a/x/y/b", {}, id="two segments between"),
        pytest.param("a/**/b", "a/xb", None, id="not half a segment between"),
        pytest.param("a/**/{t}", "a/x/y", {"t": "y"}, id="segments before a variable"),
        pytest.param("***", "a/b", {}, id="three stars"),
        pytest.param("{{{t}}}", "{a}", {"t": "a"}, id="braces"),
        pytest.param("}}{{", "}{", {}, id="braces alone"),
    ],
)
def test_match(text: str, key: str, values: dict[str, str] | None) -> None:
    """Each element of the language behaves as documented."""
    assert pattern(text).match(key) == values


def test_within_a_segment() -> None:
    """Within a segment, `**/` is `**` and a slash."""
    assert pattern("a**/b").match("ab") is None
    assert pattern("a**/b").match("axx/y/b") == {}


@pytest.fixture
def untraced() -> Iterator[None]:
    """Measure the code without the tracer of a coverage run, which takes ten times as long as the code."""
    tracer = sys.gettrace()
    sys.settrace(None)
    yield
    sys.settrace(tracer)


@pytest.mark.usefixtures("untraced")
@pytest.mark.parametrize(
    ("text", "key"),
    [
        pytest.param("a".join(f"{{v{n}}}" for n in range(300)), "a" * 1023 + "/", id="variables"),
        pytest.param("*a" * 300, "a" * 1023 + "b", id="stars"),
        pytest.param("**a" * 300, "a" * 1023 + "b", id="two stars"),
        pytest.param("**/a/" * 300, "a/" * 511 + "b", id="segments"),
    ],
)
def test_hostile(text: str, key: str) -> None:
    """A pattern of 300 variables or stars needs less than a second of CPU for a key that is made to delay it."""
    read = pattern(text)
    started = time.process_time()

    assert read.match(key) is None

    assert time.process_time() - started < 10  # a second, on a machine that is ten times as slow


@pytest.mark.usefixtures("untraced")
@pytest.mark.parametrize(
    ("text", "key"),
    [
        pytest.param("/".join(f"{{v{n}}}" for n in range(512)), "/".join("a" * 512), id="512 variables"),
        pytest.param("*a" * 512, "a" * 1024, id="512 stars"),
    ],
)
def test_long(text: str, key: str) -> None:
    """A pattern may have as many pieces as a key has characters."""
    assert pattern(text).match(key) is not None


@pytest.mark.parametrize(
    ("text", "values", "prefix"),
    [
        pytest.param("a/b.csv", {}, "a/b.csv", id="no variables"),
        pytest.param("a/{s}/{t}.csv", {"s": "x", "t": "y"}, "a/x/y.csv", id="all known"),
        pytest.param("a/{s}/{t}.csv", {"s": "x"}, "a/x/", id="up to the first that is not known"),
        pytest.param("a/{s}/{t}.csv", {"t": "y"}, "a/", id="none after it"),
        pytest.param("a/*/{t}", {"t": "y"}, "a/", id="up to a star"),
        pytest.param("a/**/{t}", {"t": "y"}, "a/", id="up to segments"),
        pytest.param("**", {}, "", id="nothing"),
    ],
)
def test_prefix(text: str, values: dict[str, str], prefix: str) -> None:
    """The prefix is as long as the known values allow."""
    assert pattern(text).prefix(values) == prefix


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("a{b", "unmatched { at character 2; write {{ for a literal one", id="lone {"),
        pytest.param("ab}", "unmatched } at character 3; write }} for a literal one", id="lone }"),
        pytest.param("{a{b}}", "unmatched { at character 1", id="braces within braces"),
        pytest.param("{}", "{} is not a variable; name it with letters, digits and _ only", id="no name"),
        pytest.param("{a b}", "{a b} is not a variable", id="a space"),
        pytest.param("{1a}", "{1a} is not a variable", id="a digit first"),
        pytest.param("{a/b}", "{a/b} is not a variable", id="a slash"),
        pytest.param("{a:title}", "{a:title} has an unknown case :title; use :upper or :lower", id="another case"),
        pytest.param("{a:\n}", "has an unknown case :\n; use :upper or :lower", id="a line break"),
    ],
)
def test_unreadable(text: str, words: str) -> None:
    """Text that is neither a pattern nor a template is rejected, and the message says how to write it."""
    for read in (pattern, template):
        with pytest.raises(ValueError, match=re.escape(words)):
            read(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("{t}/{t}.csv", "{t} is used twice; give each variable its own name", id="a variable twice"),
        pytest.param("{a}{b}", "nothing separates {a} from {b}; put text between them", id="adjacent variables"),
        pytest.param("{a:upper}", ":upper and :lower are allowed in source and target, not in key", id="upper"),
        pytest.param("x/{a:lower}/*", ":upper and :lower are allowed in source", id="lower"),
    ],
)
def test_no_pattern(text: str, words: str) -> None:
    """Elements that only a template may have are rejected in a pattern."""
    assert isinstance(template(text.rstrip("/*")), Template)

    with pytest.raises(ValueError, match=re.escape(words)):
        pattern(text)


@given(patterns())
def test_pieces(text: str) -> None:
    """Reading keeps the text, and joins neighbouring letters into one piece."""
    read = pattern(text)

    assert read == Pattern(text, read.pieces)
    assert not any(
        isinstance(left, Literal) and isinstance(right, Literal)
        for left, right in zip(read.pieces, read.pieces[1:], strict=False)
    )


def test_escapes() -> None:
    """Doubled braces are ordinary characters, and join adjacent text."""
    assert pattern("a{{b}}c").pieces == (Literal("a{b}c"),)
    assert template("{a:upper}x").pieces == (Variable("a", Case.UPPER), Literal("x"))
    assert pattern("**/**").pieces == (Stars(segments=True), Stars(segments=False))
