"""The routes file: every fault at once, each with its line, and nothing that is silently ignored."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector import routesfile
from connector.core.columns import Rules
from connector.core.layout import Declared, Layout, Load
from connector.core.pattern import pattern
from connector.core.route import Naming, Route, Routes
from connector.core.template import template
from connector.core.text import Encoding
from connector.errors import ConfigurationError

FULL = """\
connection: default/s3/1700000000
qualified_names: arn
exclude: ["**/_SUCCESS"]
routes:
  - name: exports
    bucket: acme-exports
    key: "exports/{schema}/{table}/{part}.csv"
    source: default/postgres/1700000001/shop/{schema}/{table}
    target: default/snowflake/1700000002/ANALYTICS/{schema:upper}/{table:upper}
    columns: {rename: {id: ORDER_ID, at: ORDERED_AT}, ignore: [_loaded_at]}
  - name: landing
    bucket: acme.landing
    key: "**"
"""

BAD = """\
connection: s3/1700000000
qualified_names: url
exclude: ["a{b", "", [5]]
tables: []
routes:
  - name: exports
    bucket: Acme Exports
    key: "exports/{schema}{table}.csv"
    source: default/postgres/1700000001/shop/orders
    target: default/snowflake/1700000002/ANALYTICS/*/ORDERS
    columns:
      rename:
        id: ~
        at: [ORDERED_AT]
      ignore: _loaded_at
  - name: ""
    bucket: acme
    bucket: acme-exports
    colour: red
  - landing
  - name: landing
    bucket: acme
    key: [5]
    columns: [id]
    source: "{a:title}/b/c/d/e/f"
"""

FAULTS = """\
routes.yaml: 21 errors
  - line 1: connection: 's3/1700000000' is not the qualified name of an S3 connection, as in default/s3/1700000000
  - line 2: qualified_names: should be 'path' or 'arn'
  - line 3: exclude[0]: unmatched { at character 2; write {{ for a literal one
  - line 3: exclude[1]: must be a non-empty string
  - line 3: exclude[2]: must be a string
  - line 4: tables: is an unknown field; see the routes section of the README
  - line 7: routes[0].bucket: 'Acme Exports' is not a bucket name: 3 to 63 lower-case letters, digits, dots and \
hyphens (a bucket made before March 2018 may have capitals, underscores and up to 255 characters)
  - line 8: routes[0].key: nothing separates {schema} from {table}; put text between them
  - line 9: routes[0].source: 'default/postgres/1700000001/shop/orders' is not the qualified name of a table, \
as in default/postgres/1700000001/database/schema/table, with or without variables
  - line 10: routes[0].target: * is not allowed in source and target, which name one table; use a variable
  - line 13: routes[0].columns.rename.id: has no value; write it after the colon and a space
  - line 14: routes[0].columns.rename.at: must be a string
  - line 15: routes[0].columns.ignore: must be a list: [a, b], or an entry per line, each after a dash and a space
  - line 16: routes[1].name: must be a non-empty string
  - line 16: routes[1].key: is required
  - line 18: bucket is given twice; keep one
  - line 19: routes[1].colour: is an unknown field; see the routes section of the README
  - line 20: routes[2]: must be a mapping of fields, each written as name: value, with a space after the colon
  - line 23: routes[3].key: must be a string
  - line 24: routes[3].columns: must be a mapping of fields, each written as name: value, with a space after the colon
  - line 25: routes[3].source: {a:title} has an unknown case :title; use :upper or :lower
"""


def faults(text: str) -> tuple[str, ...]:
    """Return the errors of a routes file."""
    with pytest.raises(ConfigurationError) as caught:
        routesfile.read(text, "routes.yaml")
    return caught.value.faults


def file(**fields: str) -> str:
    """Return a routes file of one route, with these fields of it changed."""
    route = {"name": "all", "bucket": "acme", "key": "'**'"} | fields
    lines = (f"{name}: {value}" for name, value in route.items())
    return "connection: default/s3/1\nroutes:\n  - " + "\n    ".join(lines) + "\n"


def test_read() -> None:
    """A routes file is read completely, in its order."""
    assert routesfile.read(FULL, "routes.yaml") == Routes(
        "default/s3/1700000000",
        Naming.ARN,
        (pattern("**/_SUCCESS"),),
        (
            Route(
                "exports",
                "acme-exports",
                pattern("exports/{schema}/{table}/{part}.csv"),
                template("default/postgres/1700000001/shop/{schema}/{table}"),
                template("default/snowflake/1700000002/ANALYTICS/{schema:upper}/{table:upper}"),
                Rules((("id", "ORDER_ID"), ("at", "ORDERED_AT")), ("_loaded_at",)),
            ),
            Route("landing", "acme.landing", pattern("**"), None, None, Rules()),
        ),
    )


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        pytest.param({"header": "yes"}, Layout(Declared.YES), id="a header"),
        pytest.param({"header": "no"}, Layout(Declared.NO), id="none"),
        pytest.param({"header": "[id, Order ID]"}, Layout(("id", "Order ID")), id="its columns"),
        pytest.param({"delimiter": '"\\t"'}, Layout(delimiter="\t"), id="tab"),
        pytest.param({"delimiter": '"\\x01"'}, Layout(delimiter="\x01"), id="Ctrl-A"),
        pytest.param({"delimiter": "'||'"}, Layout(delimiter="||"), id="two characters"),
        pytest.param({"encoding": "latin1"}, Layout(encoding=Encoding.LATIN_1), id="another name of an encoding"),
        pytest.param({"encoding": "CP1252"}, Layout(encoding=Encoding.WINDOWS_1252), id="a code page"),
        pytest.param({"load": "position"}, Layout(load=Load.POSITION), id="loaded by position"),
    ],
)
def test_layout(fields: dict[str, str], expected: Layout) -> None:
    """A route may say how its files are written and loaded."""
    assert routesfile.read(file(**fields), "routes.yaml").routes[0].layout == expected


def test_derived() -> None:
    """A route may say which columns of the source one of the target is derived from."""
    found = routesfile.read(file(columns="{derived: {full_name: [first, last]}}"), "routes.yaml")

    assert found.routes[0].columns == Rules(derived=(("full_name", ("first", "last")),))


def test_least() -> None:
    """Only a connection and a route with a name, a bucket and a key are required."""
    found = routesfile.read(file(), "routes.yaml")

    assert (found.naming, found.exclude, found.routes[0].columns) == (Naming.PATH, (), Rules())


def test_all() -> None:
    """All errors of a file are reported at once, in the order of its lines, each with its place and how to fix it."""
    with pytest.raises(ConfigurationError) as caught:
        routesfile.read(BAD, "routes.yaml")

    assert str(caught.value) == FAULTS.rstrip()


def test_name() -> None:
    """The message begins with the name of the file."""
    with pytest.raises(ConfigurationError, match=r"^mine\.yaml: 1 error\n  - line 1: the file is empty"):
        routesfile.read("", "mine.yaml")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", "line 1: the file is empty; it needs `connection` and `routes`", id="empty"),
        pytest.param("\n# nothing\n", "line 1: the file is empty; it needs `connection` and `routes`", id="a comment"),
        pytest.param("routes", "line 1: the file: must be a mapping of fields", id="a delimiter in words"),
        pytest.param("\n- a\n- b\n", "line 2: the file: must be a mapping of fields", id="a list"),
        pytest.param(
            "connection: default/s3/1\nroutes: []", "line 2: routes: must be a non-empty list", id="no routes"
        ),
        pytest.param(
            "connection: default/s3/1\nroutes:", "line 2: routes: has no value; write it", id="routes left empty"
        ),
        pytest.param("connection: default/s3/1\nroutes: a", "line 2: routes: must be a list", id="routes a word"),
        pytest.param("connection: default/s3/1", "line 1: routes: is required", id="routes left out"),
        pytest.param(file(bucket="ab"), "line 4: routes[0].bucket: 'ab' is not a bucket name", id="short bucket"),
        pytest.param(file(bucket="a" * 256), "line 4: routes[0].bucket: 'aaa", id="long bucket"),
        pytest.param(file(bucket="-ab"), "line 4: routes[0].bucket: '-ab' is not a bucket name", id="hyphen first"),
        pytest.param(file(bucket="[2013]"), "line 4: routes[0].bucket: must be a string", id="a list is no text"),
        pytest.param(
            file(key="{t}"), "line 5: routes[0].key: must be a string; put a text that begins", id="a mapping"
        ),
        pytest.param(file(name="null"), "line 3: routes[0].name: has no value", id="null is no text"),
        pytest.param(file(columns="null"), "line 6: routes[0].columns: has no value", id="null columns"),
        pytest.param(
            file(columns="{rename: [a]}"), "line 6: routes[0].columns.rename: must be a mapping of names", id="rename"
        ),
        pytest.param(
            file(columns="{drop: [a]}"), "line 6: routes[0].columns.drop: is an unknown field", id="unknown field"
        ),
        pytest.param(
            file(columns="{ignore: ['']}"), "line 6: routes[0].columns.ignore[0]: must be a non-empty", id="blank"
        ),
        pytest.param(file(columns="{rename: {'': a}}"), "line 6: routes[0].columns.rename", id="renamed from nothing"),
        pytest.param(
            file(key="'{t}'", source="a/b/c/{t}/{s}/{r}"),
            "line 6: routes[0].source: uses {r}, {s}, which key does not capture",
            id="not captured by the key",
        ),
        pytest.param(
            file(key="'{t}'", target="a/b/c/{u:upper}/{t}/t"),
            "line 6: routes[0].target: uses {u}, which key does not capture",
            id="not captured for the target",
        ),
        pytest.param(
            file(key="'*'", source="a/b/c/d/e/f/g"), "line 6: routes[0].source: 'a/b/c/d/e/f/g' is not", id="too long"
        ),
        pytest.param(
            file(key="'{t'", source="a/b/c/d/e/{t}"),
            "line 5: routes[0].key: unmatched {",
            id="a key that captures nothing",
        ),
        pytest.param(
            file() + file(name="all").partition("routes:\n")[2],
            "line 6: routes[1].name: several routes are named all; give each its own name",
            id="two of one name",
        ),
        pytest.param(file() + "connection: default/s3/2\n", "line 6: connection is given twice; keep one", id="twice"),
        pytest.param(
            file(columns="{rename: {a: A, a: B}}"), "line 6: a is given twice; keep one", id="renamed twice to two"
        ),
        pytest.param(
            file(columns='{rename: {"a\\n": b}}'),
            r"line 6: routes[0].columns.rename.a\n: 'a\n' ends in a",
            id="renamed",
        ),
        pytest.param(
            file(columns='{ignore: [" a"]}'), "line 6: routes[0].columns.ignore[0]: ' a' begins", id="left out"
        ),
        pytest.param(file(header="true"), "line 6: routes[0].header: 'true' is not yes or no; write", id="true"),
        pytest.param(file(header="[]"), "line 6: routes[0].header: is not a list of names; write", id="no columns"),
        pytest.param(file(header="[a, [b]]"), "line 6: routes[0].header: is not a list of names", id="a list in it"),
        pytest.param(file(header="[a, a]"), "line 6: routes[0].header: has 'a' twice", id="a column twice"),
        pytest.param(file(header="[' a']"), "line 6: routes[0].header: ' a' begins with a", id="a blank before"),
        pytest.param(file(header="null"), "line 6: routes[0].header: has no value; write yes, no", id="null header"),
        pytest.param(file(delimiter="\\t"), r"line 6: routes[0].delimiter: '\\t' is no delimiter", id="no quotes"),
        pytest.param(
            file(delimiter="tab"), "line 6: routes[0].delimiter: 'tab' is no delimiter", id="a delimiter in words"
        ),
        pytest.param(file(delimiter="''"), "line 6: routes[0].delimiter: '' is no delimiter", id="no delimiter"),
        pytest.param(
            file(delimiter="null"), "line 6: routes[0].delimiter: has no value; write it", id="null delimiter"
        ),
        pytest.param(file(delimiter="[a]"), "line 6: routes[0].delimiter: must be a string", id="two delimiters"),
        pytest.param(file(encoding="utf-16"), "line 6: routes[0].encoding: 'utf-16' is none of the", id="UTF-16"),
        pytest.param(file(encoding='"a\\0"'), r"line 6: routes[0].encoding: 'a\x00' is none of", id="a NUL"),
        pytest.param(file(load="order"), "line 6: routes[0].load: should be 'name' or 'position'", id="to load"),
        pytest.param(
            file(columns="{derived: {f: []}}"), "line 6: routes[0].columns.derived.f: must be a non-empty", id="of none"
        ),
        pytest.param(
            file(columns="{derived: {F: [a], f_: [b]}}"),
            "line 6: routes[0].columns.derived.f_: 'F' is the same column; write each once",
            id="derived twice",
        ),
        pytest.param(
            file(columns="{rename: {a: F}, derived: {f: [b]}}"),
            "line 6: routes[0].columns.derived.f: rename makes 'F', too; remove one of the two",
            id="derived and renamed",
        ),
        pytest.param(file() + '"a\\u202Eb": c\n', r"line 6: a\u202eb: is an unknown field", id="a hidden name"),
        pytest.param(file(key='"a\\uD800"'), "line 5: routes[0].key: should be a valid string", id="half a surrogate"),
        pytest.param(
            file(key="'{t:\n\n      }'"), r"line 5: routes[0].key: '{t:\n}' has an invisible", id="in a variable"
        ),
    ],
)
def test_fault(text: str, expected: str) -> None:
    """Each fault is one line: its place, its reason, and what to write instead."""
    found = [fault for fault in faults(text) if fault.startswith(expected)]

    assert len(found) == 1
    assert "\n" not in found[0]


@pytest.mark.parametrize(
    "connection", ["default/postgres/1", "default/s3", "default/s3/", "default/s3/1/2", "s3", "/s3/1"]
)
def test_connection(connection: str) -> None:
    """A connection's qualified name is that of an S3 connection."""
    (fault,) = faults(file().replace("default/s3/1", connection))

    assert fault.startswith(f"line 1: connection: '{connection}' is not the qualified name of an S3 connection")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("connection: 2013-13-01\n", id="a date that is none"),
        pytest.param("connection: 2013-02-30\n", id="a day that is none"),
        pytest.param("connection: !!int abc\n", id="a number that is none"),
        pytest.param("connection: 0b_\n", id="a binary number that is none"),
        pytest.param("routes: &a [*a]\n", id="a list within itself"),
        pytest.param("routes: &a {b: *a}\n", id="a mapping within itself"),
        pytest.param("routes: " + "[" * 2000, id="depth"),
    ],
)
def test_strange(text: str) -> None:
    """YAML with more features than a routes file allows is an ordinary fault of the file."""
    assert faults(text)


def test_no_name() -> None:
    """A field whose name is not a string is a fault with its line."""
    assert any(fault.startswith("line 6: 5: ") for fault in faults(file() + "5: a\n"))


@pytest.mark.parametrize(
    ("text", "both"),
    [
        pytest.param(
            file(bucket="X") + file().partition("routes:\n")[2],
            ["is not a bucket name", "several routes are named all"],
            id="a wrong bucket, and two of one name",
        ),
        pytest.param(
            file(bucket="X", key="'{t}'", source="a/b/c/d/e/{u}"),
            ["is not a bucket name", "which key does not capture"],
            id="a wrong bucket, and a variable that is not captured",
        ),
        pytest.param(
            file(key="'{t}'", source="a/b/c/d/e/{u}", target="a/b/c/d/e/{v}"),
            ["source: uses {u}", "target: uses {v}"],
            id="not captured for the source, nor for the target",
        ),
    ],
)
def test_hidden(text: str, both: list[str]) -> None:
    """No fault hides another: faults between fields are reported together with faults in fields."""
    found = "\n".join(faults(text))

    assert [words for words in both if words not in found] == []


@pytest.mark.parametrize("bucket", ["My_Bucket", "a" * 255, "ACME", "acme.exports-2013", "_logs_"])
def test_bucket(bucket: str) -> None:
    """A bucket of the old kind can be routed."""
    assert routesfile.read(file(bucket=bucket), "r").routes[0].bucket == bucket


@pytest.mark.parametrize(
    ("key", "meant"),
    [
        pytest.param("|\n      exports/**", "exports/**", id="a block"),
        pytest.param(">\n      exports/**", "exports/**", id="a folded block"),
        pytest.param("'s3://acme/exports/**'", "exports/**", id="an address"),
        pytest.param("'/exports/**'", "exports/**", id="a slash"),
    ],
)
def test_meant(key: str, meant: str) -> None:
    """A pattern that can match nothing is refused with its line and what was meant, as a key and as an exclusion."""
    (fault,) = faults(file(key=key))
    (excluded,) = faults(file() + f"exclude:\n    - {key}\n")

    assert fault.startswith("line 5: routes[0].key: ")
    assert excluded.startswith("line 7: exclude[0]: ")
    for each in (fault, excluded):
        assert f"write '{meant}'" in each
        assert each.isprintable()


@pytest.mark.parametrize("field", ["name", "bucket", "source", "target"])
@pytest.mark.parametrize(
    ("mark", "shown"), [(r"\n", r"\n"), (r"\u200B", r"\u200b"), (r"\u00A0", r"\xa0"), (" ", " '"), (r"\e[0m", r"\x1b")]
)
def test_mark(field: str, mark: str, shown: str) -> None:
    """No text of the file may have invisible characters; the error shows them escaped."""
    text = {"bucket": "acme", "name": "all"}.get(field, "default/postgres/1/a/b/c")
    (fault,) = faults(file(**{field: f'"{text}{mark}"'}))

    assert f"routes[0].{field}: '{text}{shown}" in fault
    assert fault.isprintable()


def test_mark_connection() -> None:
    """Nor may the connection."""
    (fault,) = faults(file().replace("default/s3/1", '"default/s3/1\\n"'))

    assert fault.startswith(r"line 1: connection: 'default/s3/1\n' ends in a line break")


@pytest.mark.parametrize(
    ("first", "second", "taken"),
    [
        pytest.param("**", "exports/{t}.csv", True, id="all"),
        pytest.param("**/*", "exports/{t}.csv", True, id="all, in segments"),
        pytest.param("{a}/{b}.csv", "{schema}/{table}.csv", True, id="other names"),
        pytest.param("x/", "x/", True, id="folder markers, twice"),
        pytest.param("**", "exports/", False, id="folder markers"),
        pytest.param("{a}/{b}", "{schema}/{table}.csv", False, id="some"),
        pytest.param("*/b", "{a}/b", False, id="a star may be empty"),
        pytest.param("exports/**", "**", False, id="the wider one is later"),
    ],
)
def test_unreached(first: str, second: str, taken: bool) -> None:
    """A route whose every key goes to an earlier one of its bucket is refused; one of another bucket is not."""
    one, other = (f"{{name: {name}, bucket: {{}}, key: '{key}'}}" for name, key in (("a", first), ("b", second)))
    text = f"connection: default/s3/1\nroutes:\n  - {one}\n  - {other}\n"

    found = faults(text.replace("bucket: {}", "bucket: acme")) if taken else ()

    assert found == (
        ("line 4: routes[1].key: takes no key, since the earlier route a takes all of them; put this route before it",)
        if taken
        else ()
    )
    assert routesfile.read(text.replace("{}", "one", 1).replace("{}", "two" if taken else "one"), "r")


def test_unreached_excluded() -> None:
    """A route whose every key is excluded is refused."""
    text = file(key="'exports/{t}'") + "exclude: ['x/**', 'exports/{any}']\n"

    assert faults(text) == (
        "line 5: routes[0].key: takes no key, since exclude[1] excludes all of them; change one of the two",
    )


def test_given_twice_below() -> None:
    """A field that is given twice is found at any depth, so that its first value is not lost silently."""
    text = file(columns="{ignore: [a], ignore: [b]}").replace("'**'", "'**'\n    key: '*'")

    assert faults(text) == ("line 6: key is given twice; keep one", "line 7: ignore is given twice; keep one")


def test_merged() -> None:
    """Fields that routes share may be written once, with YAML anchors."""
    text = (
        "connection: default/s3/1\nroutes:\n  - &first {name: a, bucket: acme, key: '*.csv'}\n"
        "  - {<<: *first, name: b, key: '*.tsv'}\n"
    )

    assert [(route.name, route.bucket) for route in routesfile.read(text, "r").routes] == [("a", "acme"), ("b", "acme")]


@settings(max_examples=150, deadline=None)
@given(st.text("abc:-{}[]\n '\"*&!?#,|>0", max_size=40))
def test_any(text: str) -> None:
    """Any text is a routes file or has faults, and every fault has its line, except invalid YAML."""
    found = faults(text)

    assert found
    assert all(fault.startswith(("line ", "not valid YAML: ")) for fault in found)
