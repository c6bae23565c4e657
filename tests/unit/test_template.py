"""Templates: the names that they give, and the values that a name solves."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector.core.pattern import Literal, Star, Variable, variables
from connector.core.template import Template, template

VALUES = st.text("abAB-ß", min_size=1, max_size=4)


@st.composite
def templates(draw: st.DrawFn) -> str:
    """Texts of templates: segments of letters and variables, some of which occur twice or change their case."""
    variables = st.sampled_from(["{a}", "{b}", "{c}", "{a:upper}", "{b:lower}"])
    segments = st.lists(variables | st.text("ab-", min_size=1, max_size=2), min_size=1, max_size=3).map("".join)
    return "/".join(draw(st.lists(segments, min_size=1, max_size=4)))


@pytest.mark.parametrize("text", ["a*", "**", "**/a"])
def test_no_template(text: str) -> None:
    """A table has one name, so a template has no stars."""
    with pytest.raises(ValueError, match="is not allowed in source and target, which name one table; use a variable"):
        template(text)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        pytest.param("x/y", "x/y", id="letters"),
        pytest.param("x/{a}", "x/Straße", id="as it is"),
        pytest.param("x/{a:}", "x/Straße", id="as it is, with a colon"),
        pytest.param("x/{a:upper}", "x/STRASSE", id="upper"),
        pytest.param("x/{a:lower}", "x/straße", id="lower"),
        pytest.param("{a}{b}{a}", "StraßetStraße", id="without anything between"),
        pytest.param("{{{b}}}", "{t}", id="braces"),
    ],
)
def test_fill(text: str, name: str) -> None:
    """A template gives the name for the values, in the right case."""
    assert template(text).fill({"a": "Straße", "b": "t"}) == name


def test_star() -> None:
    """A template with a star, which only code can build, may be solved but cannot be filled."""
    pieces = (Star(), Literal("/"), Variable("a"), Literal("/"), Variable("b"), Variable("c"))
    made = Template("*/{a}/{b}{c}", pieces)

    assert made.solve("x/y/zz") == {"a": "y"}
    with pytest.raises(AssertionError, match="in a template"):
        made.fill({"a": "y", "b": "z", "c": "z"})


def test_variables() -> None:
    """A template's variables are those that a key must capture, each once."""
    assert variables("x/{a}/{b:upper}/{a:lower}") == {"a", "b"}
    assert variables("x/y") == frozenset()


@pytest.mark.parametrize(
    ("text", "name", "values"),
    [
        pytest.param("x/y", "x/y", {}, id="letters"),
        pytest.param("x/y", "x/z", None, id="other letters"),
        pytest.param("x/{a}", "x/y", {"a": "y"}, id="alone in its segment"),
        pytest.param("x/pre_{a}_post", "x/pre_y_post", {"a": "y"}, id="alone between letters"),
        pytest.param("x/{a}", "x/y/z", None, id="a segment too many"),
        pytest.param("x/{a}/{a}", "x/y/y", {"a": "y"}, id="twice"),
        pytest.param("x/{a}/{a}", "x/y/z", None, id="twice, of two values"),
        pytest.param("{a}/{a:upper}", "y/Y", {"a": "y"}, id="twice, of two cases"),
        pytest.param("{a}/{a:upper}", "y/Z", None, id="twice, of two values and cases"),
        pytest.param("x/{a:upper}", "x/Y", {}, id="a case cannot be changed back"),
        pytest.param("x/{a}_{b}/{c}", "x/1_2_3/4", {"c": "4"}, id="two share a segment"),
        pytest.param("{a}{a:upper}/{c}", "yY/4", {"c": "4"}, id="one shares with itself"),
        pytest.param("{a}/{a}{b}", "y/yz", {"a": "y"}, id="alone once"),
    ],
)
def test_solve(text: str, name: str, values: dict[str, str] | None) -> None:
    """Solving a name gives only values that are unique."""
    assert template(text).solve(name) == values


@settings(max_examples=300, deadline=None)
@given(templates(), st.fixed_dictionaries({"a": VALUES, "b": VALUES, "c": VALUES}))
def test_solve_fill(text: str, values: dict[str, str]) -> None:
    """Solving a filled name always succeeds, and never contradicts the original values."""
    read = template(text)

    solved = read.solve(read.fill(values))

    assert solved is not None
    assert solved.items() <= values.items()


@settings(max_examples=200, deadline=None)
@given(templates(), st.text("abAB-/", max_size=12))
def test_solve_certain(text: str, name: str) -> None:
    """If every variable is solved, filling the template gives the name again."""
    read = template(text)

    solved = read.solve(name)

    if solved is not None and solved.keys() == variables(text):
        assert read.fill(solved) == name
