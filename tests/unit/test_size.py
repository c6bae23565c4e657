"""Modules and functions stay short enough to be read at once."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULE, FUNCTION, PARAMETERS = 250, 40, 6
FOLDERS = ("connector", "local", "tools", "bench")
FILES = [ROOT / "handler.py", *sorted(file for folder in FOLDERS for file in (ROOT / folder).rglob("*.py"))]


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_size(file: Path) -> None:
    """No module has over 250 lines, no function over 40, nor over 6 parameters."""
    text = file.read_text(encoding="utf-8")
    functions = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]

    assert len(text.splitlines()) <= MODULE
    assert [f.name for f in functions if (f.end_lineno or 0) - f.lineno + 1 > FUNCTION] == []
    assert [f.name for f in functions if len(f.args.args) + len(f.args.kwonlyargs) > PARAMETERS + 1] == []
