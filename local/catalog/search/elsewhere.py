"""
Rejects a search that can find nothing but entities of types that only Atlan has; `search` calls `check`.

Without it, such a search finds nothing, and pyatlan says of a glossary, for example, that it does not exist.
"""

from collections.abc import Callable, Iterable
from typing import Any, Final

from local.catalog.entities import types
from local.catalog.errors import unsupported
from local.catalog.search.minimum import minimum

Json = dict[str, Any]

FIELDS: Final = frozenset({"__typeName", "__typeName.keyword", "__superTypeNames", "__superTypeNames.keyword"})
_NAMES: Final = {name.lower(): name for name in types.ELSEWHERE}


def check(query: Any) -> None:
    """
    Check a query of Elasticsearch's language; a malformed one is left to `query`.

    Raises:
        CatalogError: 501; every hit would have to be of one of those types.
    """
    if name := _missing(query):
        raise unsupported(f"the type {name}", types.TYPES)


def _missing(query: Any) -> str | None:
    """Name one of those types if *query* wants nothing else."""
    kind, body = next(iter(query.items()), ("", None)) if isinstance(query, dict) else ("", None)
    return _KINDS[kind](body) if kind in _KINDS and isinstance(body, dict) else None


def _bool(body: Json) -> str | None:
    needed, should = [*_listed(body.get("must")), *_listed(body.get("filter"))], _listed(body.get("should"))
    if minimum(body.get("minimum_should_match", 0 if needed else 1), len(should)) > 0:
        needed.append({"dis_max": {"queries": should}})
    return next(filter(None, map(_missing, needed)), None)


def _term(body: Json) -> str | None:
    ((name, said),) = body.items() if len(body) == 1 else [("", None)]
    if name not in FIELDS:
        return None
    values = _listed(said.get("value") if isinstance(said, dict) else said)
    return _first_of_all(_NAMES.get(str(value).lower()) for value in values)


_KINDS: Final[dict[str, Callable[[Json], str | None]]] = {
    "bool": _bool,
    "boosting": lambda body: _missing(body.get("positive")),
    "constant_score": lambda body: _missing(body.get("filter")),
    "dis_max": lambda body: _first_of_all(map(_missing, _listed(body.get("queries")))),
    "term": _term,
    "terms": _term,
}


def _first_of_all(names: Iterable[str | None]) -> str | None:
    """Give the first name, if there is one in every place."""
    found = list(names)
    return None if None in found else next(iter(found), None)


def _listed(said: Any) -> list[Any]:
    return said if isinstance(said, list) else [] if said is None else [said]
