"""
Compiles a query of Elasticsearch's DSL to a condition in SQL: here the compound queries, in `leaf` those on one field.

`search` calls `compile_query`. Source: the Elasticsearch 7.17 reference, "Query DSL".
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from local.catalog.search import leaf
from local.catalog.search.clause import ALWAYS, NEVER, Clause, count, every, negate
from local.catalog.search.syntax import check, refuse

MAX_CLAUSES: Final = 1024
"""How many clauses one `bool` may hold. Source: Elasticsearch 7.17, `indices.query.bool.max_clause_count`."""


def compile_query(query: Any) -> Clause:
    """
    Compile one query, such as `{"term": {"qualifiedName": {"value": "x"}}}`.

    Raises:
        CatalogError: 400; names an unsupported kind of query, option or value.
    """
    if not isinstance(query, dict) or len(query) != 1:
        raise refuse(f"a query is an object with exactly one kind of query as its key, not {query!r:.200}")
    ((kind, body),) = query.items()
    if kind not in _COMPILERS:
        raise refuse(f"unknown query [{kind}]; known are {', '.join(sorted(_COMPILERS))}")
    if not isinstance(body, dict):
        raise refuse(f"[{kind}] must hold an object, not {body!r:.200}")
    return _COMPILERS[kind](body)


def _bool(body: Mapping[str, Any]) -> Clause:
    check("bool", body, "must filter should must_not minimum_should_match")
    must, should = [*_clauses(body, "must"), *_clauses(body, "filter")], _clauses(body, "should")
    wanted = leaf.minimum(body.get("minimum_should_match", 0 if must else 1), len(should)) if should else 0
    return every([*must, *([count(should, wanted)] if wanted else []), *map(negate, _clauses(body, "must_not"))])


def _clauses(body: Mapping[str, Any], name: str) -> list[Clause]:
    """Compile one list of a `bool`; a single query may stand without its list."""
    listed = body.get(name) or []
    listed = listed if isinstance(listed, list) else [listed]
    if len(listed) > MAX_CLAUSES:
        raise refuse(f"[bool] has {len(listed)} clauses in '{name}'; the most is {MAX_CLAUSES}")
    return [compile_query(query) for query in listed]


def _constant_score(body: Mapping[str, Any]) -> Clause:
    check("constant_score", body, "filter")
    return compile_query(body.get("filter"))


def _match_all(body: Mapping[str, Any]) -> Clause:
    check("match_all", body, "")
    return ALWAYS


def _match_none(body: Mapping[str, Any]) -> Clause:
    check("match_none", body, "")
    return NEVER


_COMPILERS: Final[Mapping[str, Callable[[Mapping[str, Any]], Clause]]] = {
    "bool": _bool,
    "constant_score": _constant_score,
    "match_all": _match_all,
    "match_none": _match_none,
    **leaf.COMPILERS,
}
