"""What differs between a file and its two tables: each finding appears with the difference, and goes with it."""

from pathlib import Path

import pytest

from connector.core.columns import Rules
from connector.core.findings import SENTENCES, Finding, Kind, findings
from connector.core.header import Header, Names, NoHeader, header
from connector.core.layout import Declared, Layout, Load
from connector.core.text import Fault, Unreadable

SOURCE, TARGET = ("id", "name", "at"), ("ID", "NAME", "AT")
BY_POSITION, WITH_HEADER = Layout(load=Load.POSITION), Layout(header=Declared.YES)


def found(
    header_: Header,
    source: tuple[str, ...] = SOURCE,
    target: tuple[str, ...] = TARGET,
    rules: Rules | None = None,
    layout: Layout | None = None,
) -> tuple[Finding, ...]:
    return findings(header_, source, target, rules or Rules(), layout or Layout())


WHOLE = Names(SOURCE, (3, 3))

CASES = [
    pytest.param((Names((*SOURCE, "new")), SOURCE, (*TARGET, "NEW")), Kind.NOT_IN_SOURCE, ("new",), id="source"),
    pytest.param((Names((*SOURCE, "new")), (*SOURCE, "new")), Kind.NOT_IN_TARGET, ("new",), id="target"),
    pytest.param((Names(SOURCE[:2]),), Kind.NOT_IN_FILE, ("at (into AT)",), id="file"),
    pytest.param(
        (Names((*SOURCE, "N")), (*SOURCE, "n_", "n-"), (*TARGET, "N_", "N-")),
        Kind.AMBIGUOUS,
        ("N (n_ of the source or n- of the source or N_ of the target or N- of the target)",),
        id="ambiguous",
    ),
    pytest.param((Names((*SOURCE, "at")),), Kind.DOUBLED, ("at",), id="doubled"),
    pytest.param((Names((*SOURCE, "At")),), Kind.DOUBLED, ("at and At",), id="doubled, in another case"),
    pytest.param(
        (WHOLE, SOURCE, ("ID", "AT", "NAME"), None, BY_POSITION),
        Kind.ORDER,
        (
            "name is column 2 of the file and column 3 of the target",
            "at is column 3 of the file and column 2 of the target",
        ),
        id="order, loaded by position",
    ),
    pytest.param(
        (Names(("id", "at"), listed=True), ("id", "at"), ("AT", "ID")),
        Kind.ORDER,
        (
            "id is column 1 of the file and column 2 of the target",
            "at is column 2 of the file and column 1 of the target",
        ),
        id="order, listed by the route",
    ),
    pytest.param(
        (NoHeader(2), ("id", "at"), ("AT", "ID")),
        Kind.ORDER,
        (
            "id is column 1 of the file and column 2 of the target",
            "at is column 2 of the file and column 1 of the target",
        ),
        id="order, no header",
    ),
    pytest.param((Names(SOURCE, (3, 2, 4)),), Kind.RAGGED, ("2 fields in row 2 and 3 columns",), id="ragged"),
    pytest.param((NoHeader(3), SOURCE, TARGET, None, WITH_HEADER), Kind.MISSING, (), id="missing"),
    pytest.param((Unreadable(Fault.BINARY, "it is a PDF"),), Kind.UNREADABLE, ("it is a PDF",), id="unreadable"),
]


@pytest.mark.parametrize(("facts", "kind", "names"), CASES)
def test_found(facts: tuple[Header], kind: Kind, names: tuple[str, ...]) -> None:
    """A difference is one finding, with the columns, and a sentence that says what to do."""
    (finding,) = [one for one in found(*facts) if one.kind is kind]

    assert finding.names == names
    assert all(name in str(finding) for name in names)


def test_each() -> None:
    """Every kind of finding has a case here, a sentence, and a line in the docs."""
    page = (Path(__file__).parents[2] / "docs" / "headers.md").read_text(encoding="utf-8")

    assert {case.values[1] for case in CASES} == set(Kind) == set(SENTENCES)
    assert [kind for kind in Kind if f"\n| `{kind}` |" not in page] == []


@pytest.mark.parametrize(
    "facts",
    [
        pytest.param((WHOLE,), id="all three agree"),
        pytest.param((Names(TARGET, (3,)),), id="with the target's names"),
        pytest.param((Names(("", *SOURCE)),), id="with an index"),
        pytest.param((WHOLE, SOURCE, (*TARGET, "_LOADED_AT"), None, BY_POSITION), id="a column more in the target"),
        pytest.param((WHOLE, SOURCE, ("AT", "NAME", "ID")), id="another order, loaded by name"),
        pytest.param((NoHeader(3),), id="no header, the same order"),
        pytest.param((NoHeader(2), SOURCE, ("AT", "NAME", "ID")), id="no header, another number of columns"),
        pytest.param((NoHeader(), SOURCE, ("AT", "NAME", "ID")), id="no header, the number is unknown"),
        pytest.param((Names((*SOURCE, "x")), SOURCE, TARGET, Rules(ignore=("X",))), id="ignored"),
        pytest.param((WHOLE, SOURCE, ("KEY", *TARGET[1:]), Rules((("id", "KEY"),))), id="renamed"),
        pytest.param((WHOLE, SOURCE, ("ID", "FULL"), Rules(derived=(("full", ("name", "at")),))), id="derived"),
        pytest.param(
            (Names(("id", "full")), SOURCE, ("ID", "FULL"), Rules(derived=(("full", ("name", "at")),))),
            id="derived before the export",
        ),
    ],
)
def test_none(facts: tuple[Header]) -> None:
    """Where the three agree, as far as the rules say, nothing is found."""
    assert found(*facts) == ()


def test_bounded() -> None:
    """A sentence names a few columns, and counts the others; characters that cannot be seen are escaped."""
    names = tuple(f"c{number}\n" for number in range(2000))

    (finding,) = found(Names((*SOURCE, *names)), (*SOURCE, *names))

    assert finding.names == names
    assert str(finding).startswith(r"The file has c0\n, c1\n, c2\n, c3\n, c4\n and 1,995 more, which")


def test_read() -> None:
    """From the bytes of a file to its findings."""
    read = header(b"id;name;colour\n1;2\n", complete=True, columns=[*SOURCE, *TARGET])

    assert [finding.kind for finding in found(read)] == [
        Kind.NOT_IN_SOURCE,
        Kind.NOT_IN_TARGET,
        Kind.NOT_IN_FILE,
        Kind.RAGGED,
    ]
