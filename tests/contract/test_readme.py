"""The README of this folder lists the test of each promise: all listed tests exist."""

import re
from importlib import import_module
from pathlib import Path

import pytest

HERE = Path(__file__).parent
README = (HERE / "README.md").read_text()
NAMED = sorted(set(re.findall(r"`(test_\w+)\.py::(\w+)(?:\[([^\]]+)\])?`", README)))
assert NAMED
ROWS = [row for row in README.splitlines() if row.startswith("| ") and not row.startswith("| ---")]
CODE = r"ATLAS-\d{3}-\d{2}-\w{3}"


def cases(test) -> set[str]:
    """Give the ids of a test's cases."""
    listed = [case for mark in getattr(test, "pytestmark", []) if mark.name == "parametrize" for case in mark.args[1]]
    return {str(getattr(case, "id", None)) for case in listed}


@pytest.mark.parametrize(("module", "name", "case"), NAMED)
def test_named(module, name, case):
    """Each test that the tables name exists, and so does its case."""
    test = getattr(import_module(f"tests.contract.{module}"), name)

    assert not case or case in cases(test)


def test_rows():
    """Each row of the tables, but for their heads, names a test."""
    assert [row for row in ROWS if not row.endswith("| test |") and "::" not in row] == []


def test_codes():
    """Each error code that the catalog may answer with is in the tables."""
    source = "".join(path.read_text() for path in (HERE.parents[1] / "local/catalog").rglob("*.py"))

    codes = set(re.findall(CODE, source))

    assert codes
    assert codes <= set(re.findall(CODE, README))
