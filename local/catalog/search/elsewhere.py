"""
Rejects a search that can find nothing but entities of types that only Atlan has; `http.queries` calls `check`.

Without it, such a search finds nothing, and pyatlan says of a glossary, for example, that it does not exist.
"""

from collections.abc import Iterator
from typing import Any, Final

from local.catalog.entities import types
from local.catalog.errors import unsupported

FIELDS: Final = frozenset({"__typeName", "__typeName.keyword", "__superTypeNames", "__superTypeNames.keyword"})
_NAMES: Final = {name.lower(): name for name in types.ELSEWHERE}


def check(query: Any) -> None:
    """
    Check a query of Elasticsearch's language; a malformed one is left to `search`.

    Raises:
        CatalogError: 501; every hit would have to be of one of those types.
    """
    for named in _required(query):
        if named and all(name.lower() in _NAMES for name in named):
            raise unsupported(f"the type {_NAMES[named[0].lower()]}", types.TYPES)


def _required(query: Any) -> Iterator[list[str]]:
    """List the types that each part of the query asks for which all hits fulfil."""
    if not isinstance(query, dict):
        return
    for kind, body in query.items():
        if not isinstance(body, dict):
            continue
        if kind == "bool":
            for part in ("filter", "must"):
                listed = body.get(part)
                for one in listed if isinstance(listed, list) else [listed]:
                    yield from _required(one)
        elif kind in ("term", "terms"):
            yield from (_values(value) for field, value in body.items() if field in FIELDS)


def _values(value: Any) -> list[str]:
    said = value.get("value") if isinstance(value, dict) else value
    return [str(one) for one in (said if isinstance(said, list) else [said])]
