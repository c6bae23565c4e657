"""
What a route says about the files that it takes: their header, delimiter, encoding, and how they are loaded.

`connector.routesfile` reads it. What a route does not say is told by the file and the tables (`connector.core.header`).
"""

from dataclasses import dataclass
from enum import StrEnum

from connector.core.text import Encoding


class Declared(StrEnum):
    """What a route may say about the first record: it is a header, or it is not."""

    YES = "yes"
    NO = "no"


class Load(StrEnum):
    """How the target table is loaded: each column by its name in the header, or by its place in the file."""

    NAME = "name"
    POSITION = "position"


@dataclass(frozen=True, slots=True)
class Layout:
    """
    The layout of a route's files; None means that the route does not say.

    `header` is a list of names where the files have no header, and these columns.
    """

    header: Declared | tuple[str, ...] | None = None
    delimiter: str | None = None
    encoding: Encoding | None = None
    load: Load = Load.NAME
