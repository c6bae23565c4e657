"""The local catalog's type definitions."""

import json
from pathlib import Path

from local.catalog.entities import generate, types


def test_generated() -> None:
    """`types.json` is the output of `generate` for the installed pyatlan; if this fails, run it and read the diff."""
    stored = Path(types.__file__).with_name("types.json").read_text(encoding="utf-8")

    assert generate.table() == json.loads(stored)
