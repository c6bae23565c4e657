"""The header of each file of the corpus is read exactly, or the file is refused, or it has none."""

from pathlib import Path

import pytest

from connector.core.header import Header, Names, NoHeader, header
from connector.core.text import Unreadable
from tests.corpus.cases import CASES, Case, Expected

FOLDER = Path(__file__).parents[1] / "corpus" / "files"


def read(case: Case) -> Header:
    data = (FOLDER / case.file).read_bytes()
    return header(data, complete=True, columns=case.columns, layout=case.layout)


def told(found: Header) -> Expected:
    """Return what a table of cases says of a header."""
    match found:
        case Names(names=names):
            return names
        case Unreadable(fault=fault):
            return fault
        case NoHeader():
            return None
    raise AssertionError(found)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.file)
def test_corpus(case: Case) -> None:
    """A file's columns are those that its tool wrote, with the same letters; what is not certain is refused."""
    assert told(read(case)) == case.expected


def test_files() -> None:
    """The corpus has at least 60 files, each with a case, and none that is large."""
    files = {file.name: file.stat().st_size for file in FOLDER.iterdir()}

    assert len(files) >= 60
    assert set(files) == {case.file for case in CASES}
    assert max(files.values()) <= 4096
