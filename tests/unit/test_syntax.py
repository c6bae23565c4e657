"""What is said of a routes file that is not YAML: the line of the mistake, and what to write."""

import pytest

from connector import routesfile
from connector.core.syntax import Problem, explain
from connector.errors import ConfigurationError

TAB = "has a tab, where YAML allows only spaces; write spaces instead of it"
INDENT = (
    "not indented as the lines that it belongs to; the fields of a route begin in one column, that of the first field "
    "after the dash"
)


def sign(line: int, text: str) -> str:
    return f"line {line}: {text!r} begins with {text[0]}, a sign of YAML's own; put the text in quotes: {text!r}"


def after(line: int, quote: str) -> str:
    return f"line {line}: text after a closing quote; put the whole text in quotes, and write {quote} for a quote in it"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("connection: x\nroutes:\n\t- name: a\n", f"line 3: {TAB}", id="tab, indents"),
        pytest.param("\tconnection: x\n", f"line 1: {TAB}", id="tab, first"),
        pytest.param("routes:\n  -\tname: a\n    key: b\n", f"line 2: {TAB}", id="tab after a dash"),
        pytest.param("routes:\n  - name: a\n  \tkey: b\n", f"line 3: {TAB}", id="tab among blanks"),
        pytest.param("connection:\tdefault/s3/1\n", f"line 1: {TAB}", id="tab after a colon"),
        pytest.param("connection: default/s3/1\t\n", f"line 1: {TAB}", id="tab at the end"),
        pytest.param(
            "connection: default/s3/1\t# c\nroutes:\n - {name: a,\tkey: b}", f"line 1: {TAB}", id="tab before a comment"
        ),
        pytest.param("routes:\n  - key: {schema}/x.csv\n", sign(2, "{schema}/x.csv"), id="brace"),
        pytest.param("routes:\n  - source: {db}/{schema}/x\n", sign(2, "{db}/{schema}/x"), id="two braces"),
        pytest.param("exclude:\n  - {a}/b\n", sign(2, "{a}/b"), id="brace in a list"),
        pytest.param("exclude:\n  - {a}{b}\n", sign(2, "{a}{b}"), id="braces only"),
        pytest.param("exclude: [{a}/b, c]\n", sign(1, "{a}/b"), id="brace within brackets"),
        pytest.param("key: {schema:upper}/x\n", sign(1, "{schema:upper}/x"), id="brace with a case"),
        pytest.param("routes:\n  - key: **/x\n", sign(2, "**/x"), id="stars"),
        pytest.param("routes:\n  - key: *.csv\n", sign(2, "*.csv"), id="star"),
        pytest.param("exclude: [**/_SUCCESS, b]\n", sign(1, "**/_SUCCESS"), id="stars within brackets"),
        pytest.param("exclude: [b, *.tmp]\n", sign(1, "*.tmp"), id="star within brackets"),
        pytest.param("exclude:\n  - **/x\n", sign(2, "**/x"), id="stars in a list"),
        pytest.param("exclude:\n  - *\n", sign(2, "*"), id="star alone"),
        pytest.param("a: &b/c\n", sign(1, "&b/c"), id="ampersand"),
        pytest.param("a: & b\n", sign(1, "& b"), id="ampersand, blank"),
        pytest.param("a: @b\n", sign(1, "@b"), id="at"),
        pytest.param("a: %b\n", sign(1, "%b"), id="percent"),
        pytest.param("a: `b`\n", sign(1, "`b`"), id="backtick"),
        pytest.param("a: !b c\n", sign(1, "!b c"), id="exclamation mark"),
        pytest.param("a: !! c\n", sign(1, "!! c"), id="exclamation marks"),
        pytest.param("a: |b\n", sign(1, "|b"), id="pipe"),
        pytest.param("a: >b\n", sign(1, ">b"), id="greater than"),
        pytest.param("%b: 1\n", sign(1, "%b: 1"), id="percent in a name"),
        pytest.param(
            "connection:default/s3/1\nroutes: []\n",
            "line 1: no space after the colon; write 'connection: default/s3/1'",
            id="no space after a colon, first",
        ),
        pytest.param(
            "routes:\n  - name:a\n    key: b\n",
            "line 2: no space after the colon; write 'name: a'",
            id="no space after a colon, after a dash",
        ),
        pytest.param(
            "connection: a\nroutes:\n  - name: a\n    key:b\n",
            "line 4: no space after the colon; write 'key: b'",
            id="no space after a colon, last",
        ),
        pytest.param(
            "connection: a\nroutes:\n  - name: a\n    key:b\n    bucket: c\n",
            "line 4: no space after the colon; write 'key: b'",
            id="no space after a colon, between",
        ),
        pytest.param(
            "connection: a\nroutes:\n  - name: a\n    key:'b'\n    bucket: c\n",
            "line 4: no space after the colon; write \"key: 'b'\"",
            id="no space before a quote",
        ),
        pytest.param(
            "connection: a\nroutes:\n  - name: a\n    source:default/postgres/1/a/b/c\n    bucket: c\n",
            "line 4: no space after the colon; write 'source: default/postgres/1/a/b/c'",
            id="no space before a table",
        ),
        pytest.param("routes:\n  - name: a\n   key: b\n", f"line 3: {INDENT}", id="field left of the others"),
        pytest.param("routes:\n  - name: a\n      key: b\n", f"line 3: {INDENT}", id="field right of the others"),
        pytest.param("connection: a\n routes: b\n", f"line 2: {INDENT}", id="field indented"),
        pytest.param("routes:\n  - name: a\n - name: b\n", f"line 3: {INDENT}", id="dash left of the others"),
        pytest.param(
            "connection: a\nroutes:\n- name: a\n  key: b\n   bucket: c\n",
            f"line 5: {INDENT}",
            id="field right, no indented list",
        ),
        pytest.param(
            "connection: a\nroutes:\n- name: a\n  columns:\n    rename: {a: b}\n   ignore: [a]\n",
            f"line 6: {INDENT}",
            id="columns",
        ),
        pytest.param("a: b: c\n", "line 1: a second colon; put the text in quotes: a: 'b: c'", id="second colon"),
        pytest.param(
            "source: default/x: y\n",
            "line 1: a second colon; put the text in quotes: source: 'default/x: y'",
            id="second colon, later",
        ),
        pytest.param(
            "routes:\n  - name: a: b\n",
            "line 2: a second colon; put the text in quotes: name: 'a: b'",
            id="second colon after a dash",
        ),
        pytest.param(
            'key: "abc\nroutes: []\n',
            'line 1: a quote that is not closed; add " at the end of the text',
            id="open quote",
        ),
        pytest.param(
            "key: 'abc\n", "line 1: a quote that is not closed; add ' at the end of the text", id="open single quote"
        ),
        pytest.param(
            'key: "a" b\n',
            'line 1: text after a closing quote; put the whole text in quotes, and write \\" for a quote in it',
            id="text after a quote",
        ),
        pytest.param("key: 'it's'\n", after(1, "''"), id="quote within quotes"),
        pytest.param(
            'name: "abc\nkey: "x"\n',
            'line 1: a quote that is not closed; add " at the end of the text',
            id="open quote, closed later",
        ),
        pytest.param(
            "exclude: ['a, b]\nroutes: []\n",
            "line 1: a quote that is not closed; add ' at the end of the text",
            id="open quote within brackets",
        ),
        pytest.param("exclude: ['a, 'b']\n", after(1, "''"), id="open quote before another"),
        pytest.param("exclude: [a, b\nroutes: []\n", "line 1: [ is not closed; add ]", id="open bracket"),
        pytest.param("columns: {rename: {a: b}\nroutes: x\n", "line 1: { is not closed; add }", id="open brace"),
        pytest.param(
            'key: "a\\d"\n',
            "line 1: in double quotes a backslash begins an escape; put the text in single quotes",
            id="backslash",
        ),
        pytest.param(
            "routes:\n  -name: a\n    key: b\n",
            "line 2: no space after the dash; write '- name: a'",
            id="no space after a dash",
        ),
        pytest.param(
            "columns: {rename: {a: b}, ignore: [c]\n", "line 1: { is not closed; add }", id="open brace at the end"
        ),
        pytest.param(
            "exclude: ['a' 'b']\n",
            "line 1: a comma is missing between two texts, or [ is not closed by ]",
            id="no comma between quotes",
        ),
        pytest.param(
            "columns: {rename: {a: b} ignore: [c]}\n",
            "line 1: a comma is missing between two texts, or { is not closed by }",
            id="no comma between brackets",
        ),
        pytest.param("a: 1\n---\na: 2\n", "line 2: --- begins a second file; remove it", id="two documents"),
        pytest.param("- a\nb: c\n", f"line 2: {INDENT}", id="field beside a list"),
        pytest.param("? [a]\n: b\n", "line 1: the name of a field must be a string", id="list for a name"),
        pytest.param("a: *b\n", sign(1, "*b"), id="alias"),
        pytest.param("routes:\n  - name: a\n  key: b\n", f"line 3: {INDENT}", id="field below the dash"),
        pytest.param(
            '{"connection": "x", "routes": [}',
            "line 1: a closing bracket too many; remove it, or put the text in quotes",
            id="bracket in JSON",
        ),
        pytest.param("a: \x01\n", "line 1: has a control character; remove it", id="control character"),
        pytest.param("a: b\nc: d\x00", "line 2: has a control character; remove it", id="control character, later"),
        pytest.param("connection: x\r\n\troutes: 1\r\n", f"line 2: {TAB}", id="tab, Windows lines"),
        pytest.param(
            '"a" b: c\n',
            'line 1: text after a closing quote; put the whole text in quotes, and write \\" for a quote in it',
            id="text after a quoted name",
        ),
        pytest.param(
            "<<: 1\n",
            "line 1: not valid YAML: expected a mapping or list of mappings for merging, but found scalar",
            id="merge of a string",
        ),
        pytest.param(
            "key: - a\n",
            "line 1: a dash after a colon; begin the list in the next line, or put the text in quotes",
            id="dash after a colon",
        ),
        pytest.param("key: a\n  b: c\n", f"line 2: {INDENT}", id="field below a value"),
        pytest.param("a: [", "line 1: a bracket is not closed, or there is one too many", id="open bracket at the end"),
        pytest.param(
            "connection: a\nroutes\n", "line 2: 'routes' has no colon; write it as name: value", id="no colon"
        ),
        pytest.param(
            "routes\nconnection: a\n", "line 1: 'routes' has no colon; write it as name: value", id="no colon, first"
        ),
        pytest.param("!!python/object:os.system {}", sign(1, "!!python/object:os.system {}"), id="tag"),
        pytest.param(
            "exclude: [a]]\n",
            "line 1: a closing bracket too many; remove it, or put the text in quotes",
            id="bracket too many",
        ),
        pytest.param(
            "columns: {rename: {a: b}}}\n",
            "line 1: a closing bracket too many; remove it, or put the text in quotes",
            id="brace too many",
        ),
        pytest.param("key: %Y/%m.csv\n", sign(1, "%Y/%m.csv"), id="dates"),
    ],
)
def test_said(text: str, said: str) -> None:
    """The only fault is the line of the mistake and what to write, in words of ours and not of the parser."""
    with pytest.raises(ConfigurationError) as caught:
        routesfile.read(text, "routes.yaml")

    assert caught.value.faults == (said,)


@pytest.mark.parametrize(
    ("what", "context"),
    [
        pytest.param("something new", "", id="unknown problem"),
        pytest.param("for the tag", "", id="no sign in the line"),
        pytest.param("expected ':'", "", id="no colon is missing"),
        pytest.param("found <scalar>", "", id="no quote before it"),
    ],
)
def test_unknown(what: str, context: str) -> None:
    """What no rule explains has its line and the parser's words."""
    assert explain("a: b\n", Problem(what, 0, 4, context, 0)) == f"line 1: not valid YAML: {what}"
