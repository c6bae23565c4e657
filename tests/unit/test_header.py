"""Headers: read back exactly as any tool wrote them, or refused, and never read wrongly."""

import bz2
import csv
import gzip
import io
import os
import time
from collections.abc import Callable, Sequence

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from connector.core.dialect import DELIMITERS
from connector.core.header import FIRST, LIMIT, Header, More, Names, NoHeader, header
from connector.core.layout import Declared, Layout
from connector.core.text import Encoding, Fault, Unreadable
from tests.corpus.names import AWKWARD
from tests.unit.test_corpus import FOLDER, told

EXAMPLES = 20_000 if os.environ.get("SOAK") else 300
LAW = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])

SIGNS = "abn\"'\\,;|\t\x01\n\r ~é_-"
NAMES = st.lists(
    (st.text(SIGNS, min_size=1, max_size=6) | st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=4))
    .filter(str.strip)
    .filter(lambda name: "\0" not in name and not name.startswith("\ufeff")),
    min_size=1,
    max_size=6,
    unique=True,
)
DELIMITER = st.sampled_from(DELIMITERS)
BREAKS = st.sampled_from(["\n", "\r\n", "\r"])


def read(data: bytes, columns: Sequence[str], layout: Layout | None = None, *, complete: bool = True) -> Header:
    return header(data, complete=complete, columns=columns, layout=layout)


def exact(data: bytes, names: Sequence[str], data_: st.DataObject, layout: Layout | None = None) -> None:
    """Assert that these names are read, or none, whatever else the tables have."""
    others = data_.draw(st.lists(st.text(SIGNS, min_size=1, max_size=4).filter(str.strip), max_size=3))
    columns = data_.draw(st.permutations([*names, *others]))

    found = read(data, columns, layout)

    assert isinstance(found, Unreadable) or (isinstance(found, Names) and found.names == tuple(names)), found


def packed(data: bytes, how: str) -> bytes:
    return {"": bytes, "gzip": gzip.compress, "bzip2": bz2.compress}[how](data)


@LAW
@given(NAMES, st.data())
def test_python(names: list[str], data: st.DataObject) -> None:
    """A header that Python's csv wrote, in any dialect, is read back exactly, or refused."""
    out = io.StringIO(newline="")
    style = data.draw(
        st.sampled_from(
            [
                {},
                {"quoting": csv.QUOTE_ALL},
                {"escapechar": "\\"},
                {"doublequote": False, "escapechar": "\\"},
                {"doublequote": False, "escapechar": "\\", "quoting": csv.QUOTE_ALL},
                {"quoting": csv.QUOTE_NONE, "escapechar": "\\"},
                {"quoting": csv.QUOTE_NONE, "escapechar": "\\", "quotechar": None},
            ]
        )
    )
    rows = [names, *data.draw(st.lists(st.just(["v"] * len(names)), max_size=2))]
    ends = data.draw(BREAKS)
    if style.get("quoting") != csv.QUOTE_ALL:  # Python before 3.13 leaves the other line break without quotes
        assume(not {"\r", "\n"}.difference(ends).intersection("".join(names)))
    csv.writer(out, delimiter=data.draw(DELIMITER), lineterminator=ends, **style).writerows(rows)
    encoding = data.draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))

    exact(packed(out.getvalue().encode(encoding), data.draw(st.sampled_from(["", "gzip", "bzip2"]))), names, data)


def copied(names: Sequence[str], delimiter: str, quote_all: bool, escape: str) -> bytes:
    """
    Write a header as COPY does in CSV format.

    Source: PostgreSQL, src/backend/commands/copyto.c, CopyAttributeOutCSV; the corpus has files of a real one.
    """

    def written(name: str) -> str:
        special = any(sign in name for sign in (delimiter, '"', "\n", "\r")) or (names == ["\\."])
        if not (special or quote_all):
            return name
        return '"' + "".join(escape + sign if sign in ('"', escape) else sign for sign in name) + '"'

    return (delimiter.join(map(written, names)) + "\n").encode()


def texted(names: Sequence[str], delimiter: str) -> bytes:
    """
    Write a header as COPY does in text format.

    Source: PostgreSQL, src/backend/commands/copyto.c, CopyAttributeOutText.
    """
    letters = {"\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v", "\\": "\\\\"}
    escapes = str.maketrans({delimiter: "\\" + delimiter} | letters)
    return (delimiter.join(name.translate(escapes) for name in names) + "\n").encode()


@LAW
@given(NAMES, st.data())
def test_postgres(names: list[str], data: st.DataObject) -> None:
    """A header that COPY wrote, as CSV or as text, is read back exactly, or refused."""
    delimiter = data.draw(DELIMITER)
    escape = data.draw(st.sampled_from(['"', "\\"]))
    assume(len("".join(names).encode()) < 1000)

    exact(copied(names, delimiter, data.draw(st.booleans()), escape), names, data)
    exact(texted(names, delimiter), names, data)


@LAW
@given(NAMES, st.data())
def test_told(names: list[str], data: st.DataObject) -> None:
    """The delimiter of a route, of one character or several, is the file's, whatever the names have in them."""
    delimiter = data.draw(st.sampled_from(["^", "||", "~|~", " ", "::"]))
    encoding = data.draw(st.sampled_from([Encoding.UTF_8, Encoding.UTF_16_LE, Encoding.UTF_16_BE]))
    text = copied(names, delimiter, True, '"').decode()

    exact(text.encode(encoding), names, data, Layout(delimiter=delimiter, encoding=encoding))


@LAW
@given(st.binary(max_size=200) | st.text(SIGNS + "id", max_size=60).map(str.encode), st.booleans())
def test_anything(data: bytes, complete: bool) -> None:
    """Any bytes have a header, or none, or are refused, and nothing fails."""
    found = read(data, ["a", "id", "b,", '"'], complete=complete)

    assert isinstance(found, Names | NoHeader | Unreadable | More)
    assert not complete or not isinstance(found, More)


@LAW
@given(st.text(SIGNS + "id", max_size=60), st.data())
def test_prefix(text: str, data: st.DataObject) -> None:
    """The first bytes of a file give its header, or ask for more: never another one."""
    whole = data.draw(st.sampled_from(["", "gzip", "bzip2"]).map(lambda how: packed(text.encode(), how)))
    columns = ["a", "b", "i", "d", "id", "n"]
    part = read(whole[: data.draw(st.integers(0, len(whole)))], columns, complete=False)

    if isinstance(part, Names):
        found = read(whole, columns)
        assert isinstance(found, Unreadable) or (isinstance(found, Names) and found.names == part.names)


@pytest.mark.skipif(not os.environ.get("SOAK"), reason="SOAK=1 runs it, with duckdb installed")
@settings(max_examples=2000, deadline=None)
@given(NAMES, st.data())
def test_duckdb(tmp_path_factory: pytest.TempPathFactory, names: list[str], data: st.DataObject) -> None:
    """A header that a real DuckDB wrote is read back exactly, or refused."""
    duckdb = pytest.importorskip("duckdb", reason="pip install duckdb")
    assume(len({name.lower() for name in names}) == len(names))  # its names differ in more than case
    file = tmp_path_factory.getbasetemp() / "duckdb.csv"
    columns = ", ".join('1 AS "{}"'.format(name.replace('"', '""')) for name in names)
    escape = data.draw(st.sampled_from(['"', "\\"]))
    force = data.draw(st.sampled_from(["", ", FORCE_QUOTE *"]))
    options = f"HEADER, DELIMITER '{data.draw(DELIMITER)}', ESCAPE '{escape}'{force}"

    duckdb.execute(f"COPY (SELECT {columns}) TO '{file}' ({options})")

    exact(file.read_bytes(), names, data)


@pytest.mark.parametrize(
    ("file", "made"),
    [
        ("postgres-csv-awkward", lambda names: copied(names, ",", False, '"')),
        ("postgres-csv-escape", lambda names: copied(names, ",", False, "\\")),
        ("postgres-csv-force-quote", lambda names: copied(names, ",", False, '"')),
        ("postgres-text", lambda names: texted(names, "\t")),
        ("postgres-text-comma", lambda names: texted(names, ",")),
    ],
)
def test_model(file: str, made: Callable[[list[str]], bytes]) -> None:
    """What these tests call COPY's rules are those of a real COPY, whose files the corpus has."""
    assert (FOLDER / file).read_bytes().startswith(made(list(AWKWARD)))


@pytest.mark.parametrize(
    ("whole", "columns"),
    [
        pytest.param('"' + "a" * 100_000 + '",b\n1,2\n', ["a" * 100_000, "b"], id="a long name"),
        pytest.param('"' + "a\n" * 50_000 + '",b\n1,2\n', ["a\n" * 50_000, "b"], id="many line breaks in quotes"),
        pytest.param('a,"' + "b" * (FIRST - 5) + '"\r\n', ["a", "b" * (FIRST - 5)], id="ends with the first bytes"),
    ],
)
@pytest.mark.parametrize("how", ["", "gzip", "bzip2"])
def test_more(whole: str, columns: list[str], how: str) -> None:
    """A header that is longer than the first bytes is asked for, up to the limit, and then read."""
    data = packed(whole.encode(), how)
    first = read(data[:FIRST], columns, complete=len(data) <= FIRST)

    assert isinstance(first, More if len(data) > FIRST else Names)
    assert told(read(data, columns)) == tuple(columns)


@pytest.mark.parametrize(
    ("sign", "fault"),
    [
        pytest.param(b"x", Fault.TOO_LONG, id="no line break"),
        pytest.param(b'"', Fault.TOO_LONG, id="quotes"),
        pytest.param(b"x,", Fault.TOO_LONG, id="delimiters"),
        pytest.param(b"\\", Fault.TOO_LONG, id="backslashes"),
        pytest.param(b';\\"', Fault.TOO_LONG, id="all signs"),
        pytest.param(b"\0", Fault.BINARY, id="NUL"),
        pytest.param(b"\xff", Fault.ENCODING, id="no UTF-8"),
        pytest.param(b"\n", None, id="line breaks"),
        pytest.param(b"\r", None, id="CR"),
        pytest.param(b"1,2\n", None, id="rows"),
        pytest.param(gzip.compress(b"x" * 50_000_000), Fault.TOO_LONG, id="a gzip bomb"),
        pytest.param(gzip.compress(b""), Fault.TOO_LONG, id="empty gzip members"),
        pytest.param(bz2.compress(b""), Fault.TOO_LONG, id="empty bzip2 members"),
        pytest.param(bz2.compress(b"x" * 50_000_000), Fault.TOO_LONG, id="a bzip2 bomb"),
    ],
)
def test_bounds(sign: bytes, fault: Fault | None) -> None:
    """A file that is made to cost much is refused, or has no header, within the limit and in bounded time."""
    begun = time.process_time()

    found = read((sign * (LIMIT // len(sign) + 1))[:LIMIT], ["id", "name"], complete=False)

    assert told(found) == fault
    assert time.process_time() - begun < 5  # about 0.5 s on a slow machine


@pytest.mark.parametrize("how", ["", "gzip", "bzip2"])
def test_fast(how: str) -> None:
    """A file of the usual kind takes milliseconds."""
    names = [f"column_{number}" for number in range(30)]
    rows = ",".join(names) + "\n" + ('"a ""b""",' + ",".join(["1.5"] * 29) + "\n") * 500
    data = packed(rows.encode()[:FIRST], how)
    read(data, names)

    spent = []
    for _ in range(5):
        begun = time.process_time()
        found = read(data, [*names, *map(str.upper, names)], complete=False)
        spent.append(time.process_time() - begun)

    assert told(found) == tuple(names)
    assert min(spent) < 0.05  # 0.5 to 4 ms; ten times as much on a slow machine


@pytest.mark.parametrize(
    ("text", "said", "expected"),
    [
        pytest.param("1,2\n", Layout(header=("a", "b")), Names(("a", "b"), (2,), listed=True), id="listed"),
        pytest.param("1,2,3\n", Layout(("a", "b"), ","), Names(("a", "b"), (3,), listed=True), id="listed, too few"),
        pytest.param("1,2,3\n", Layout(("a", "b")), Names(("a", "b"), (), listed=True), id="listed, no delimiter"),
        pytest.param("", Layout(("a", "b")), Names(("a", "b"), (), listed=True), id="listed, empty"),
        pytest.param("id|name\n1|a\\|b\n", Layout(), Names(("id", "name"), (2,)), id="escapes in the rows"),
        pytest.param("id,a\\dir\n", Layout(), Names(("id", "a\\dir")), id="a backslash before a letter"),
        pytest.param("1;2\n3;4\n", Layout(), NoHeader(2), id="no header, two columns"),
        pytest.param("1;2\n3;4;5\n", Layout(), NoHeader(), id="no header, ragged"),
        pytest.param("1;2,0\n3;4,0\n", Layout(), NoHeader(2), id="no header, decimal commas"),
        pytest.param("1;2|3;4\n", Layout(), NoHeader(), id="no header, two delimiters"),
        pytest.param("1\n2\n", Layout(delimiter=";"), NoHeader(1), id="no header, one column"),
        pytest.param("1\n2\n", Layout(), NoHeader(), id="no header, perhaps one column"),
        pytest.param("id\n", Layout(Declared.NO), NoHeader(), id="said that there is none"),
        pytest.param("id||name\n", Layout(), NoHeader(3), id="a delimiter that is one sign twice"),
    ],
)
def test_said(text: str, said: Layout, expected: Header) -> None:
    """What a route says of the header holds; without a header, the number of columns is known if it is certain."""
    assert read(text.encode(), ["id", "name"], said) == expected


@LAW
@given(NAMES, st.data())
def test_partly_known(names: list[str], data: st.DataObject) -> None:
    """Where the tables know only some of the names, these are read exactly, or the file is refused or has no header."""
    assume(not any(set('"\\').intersection(name) for name in names))  # see test_rivals
    columns = data.draw(st.lists(st.sampled_from(names), unique=True, min_size=1))
    delimiter = data.draw(DELIMITER)

    found = read(copied(names, delimiter, data.draw(st.booleans()), '"'), columns)

    assert told(found) in (tuple(names), None) or isinstance(found, Unreadable)


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        pytest.param('"|_|",b\n', ['"|_|"'], id="quotes of the name or around it"),
        pytest.param("a;b,amount\n", ["amount", "a"], id="two delimiters"),
        pytest.param("a\t|\tb\n", ["b"], id="a delimiter as a name"),
        pytest.param("id,x\\,y\n", ["id"], id="an escape, or a backslash at the end"),
    ],
)
def test_rivals(text: str, columns: list[str]) -> None:
    """A file that could be read in two ways is refused, if as much speaks for the one as for the other."""
    assert told(read(text.encode(), columns)) is Fault.AMBIGUOUS


@pytest.mark.parametrize(
    ("part", "delimiter"),
    [
        pytest.param(b'"id"|', "||", id="half a delimiter"),
        pytest.param(b"id\r", ",", id="perhaps half a CRLF"),
        pytest.param(b'"id"', ",", id="perhaps a half of a doubled quote"),
        pytest.param(b"id\xc3", ",", id="half a letter"),
        pytest.param(b"id", ",", id="half a name"),
    ],
)
def test_half(part: bytes, delimiter: str) -> None:
    """Where the first bytes end within something, more are read."""
    assert read(part, ["id"], Layout(delimiter=delimiter), complete=False) == More()


def test_binary() -> None:
    """A file of NULs is refused at once, without a second read."""
    assert told(read(bytes(FIRST), ["id"], complete=False)) is Fault.BINARY


def test_unknown_tables() -> None:
    """Without columns in the catalog, nothing can be said about a header."""
    assert read(b"id,name\n", []) == NoHeader()


def test_sep() -> None:
    """A first line of spreadsheets names the delimiter, unless the table has a column of this name."""
    assert told(read(b"sep=;\r\nid;name\r\n", ["id", "name"])) == ("id", "name")
    assert told(read(b"sep=;\r\nid;name\r\n", ["sep=;"])) == ("sep=;",)
