"""The local catalog's type definitions."""

import json
from pathlib import Path

from local.catalog.entities import generate, types


def test_generated() -> None:
    """`types.json` is what `generate` makes of the installed pyatlan; if this fails, run it and read the difference."""
    stored = Path(types.__file__).with_name("types.json").read_text(encoding="utf-8")

    assert generate.table() == json.loads(stored)
