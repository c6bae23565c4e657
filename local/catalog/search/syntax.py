"""Errors of invalid searches and lineage requests. All modules behind the two use it."""

from collections.abc import Mapping
from typing import Any, Final

from local.catalog.errors import CatalogError, bad_request, unsupported

HARMLESS: Final = frozenset({"boost", "_name", "rewrite"})
"""Options that change a score or a cost, and never what matches."""


def refuse(message: str) -> CatalogError:
    """Return the error of an invalid search."""
    return bad_request(f"Invalid search query: {message}")


def check(kind: str, options: Any, allowed: str, lacking: str = "") -> None:
    """
    Reject *options* other than the *allowed* (names, spaces between) and the harmless.

    Raises:
        CatalogError: with the first of them: 501 for one of Elasticsearch's own that is *lacking* here, else 400.
    """
    if not isinstance(options, Mapping):
        raise refuse(f"[{kind}] must hold an object, not {options!r:.200}")
    for name in options:
        if name in lacking.split():
            raise unsupported(f"[{name}] of [{kind}]")
        if name not in HARMLESS and name not in allowed.split():
            raise refuse(f"[{kind}] does not support [{name}]")
