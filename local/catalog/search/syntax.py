"""Errors of invalid searches and lineage requests. All modules behind the two use it."""

from collections.abc import Mapping
from typing import Any, Final

from local.catalog.errors import CatalogError, bad_request

HARMLESS: Final = frozenset({"boost", "_name", "rewrite"})
"""Options that change a score or a cost, and never what matches."""


def refuse(message: str) -> CatalogError:
    """Return the error of an invalid search."""
    return bad_request(f"Invalid search query: {message}")


def check(kind: str, options: Any, allowed: str) -> None:
    """
    Reject *options* other than the *allowed* (names, spaces between) and the harmless.

    Raises:
        CatalogError: 400, with the first of them.
    """
    if not isinstance(options, Mapping):
        raise refuse(f"[{kind}] must hold an object, not {options!r:.200}")
    for name in options:
        if name not in HARMLESS and name not in allowed.split():
            raise refuse(f"[{kind}] does not support [{name}]")
