"""How much is read for a proposal, at most."""

from dataclasses import dataclass
from typing import Final

OBJECTS: Final = 100_000
"""Objects that are listed, by default."""

KINDS: Final = 20_000
"""Kinds of keys that are kept; the objects of further ones are only counted."""

HEADERS: Final = 50
"""Files whose headers are read, by default: one request each."""

TABLES: Final = 50_000
"""Tables of one side: a hundred requests."""

OPTIONS: Final = 8
"""Pairs that a header can decide between, since the columns of all of their tables are read."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How many objects are listed, how many headers are read, and how many kinds of keys are kept."""

    objects: int = OBJECTS
    headers: int = HEADERS
    kinds: int = KINDS
