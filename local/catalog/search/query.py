"""
Compiles a query of Elasticsearch's DSL to a condition in SQL: here compound queries, in `leaf` and `match` the others.

`search` calls `compile_query`. Source: the Elasticsearch 7.17 reference, "Query DSL".
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from local.catalog.errors import unsupported
from local.catalog.search import field as fields
from local.catalog.search import leaf, match, stored
from local.catalog.search.clause import ALWAYS, NEVER, Clause, count, every, negate, some
from local.catalog.search.field import Inner
from local.catalog.search.minimum import minimum
from local.catalog.search.syntax import check, refuse

MAX_CLAUSES: Final = 1024
"""How many clauses one `bool` may hold. Source: Elasticsearch 7.17, `indices.query.bool.max_clause_count`."""

NESTED: Final = ("relationshipList", "nestedColumnOrder")
"""
The index's own nested objects, of which no entity here has any.

Source: the public metastore, es-mappings.json.
"""

LACKING: Final = frozenset(
    """
    combined_fields common distance_feature field_masking_span function_score geo_bounding_box geo_distance geo_polygon
    geo_shape has_child has_parent intervals match_bool_prefix match_phrase_prefix more_like_this parent_id percolate
    pinned query_string rank_feature script script_score shape simple_query_string span_multi terms_set type wrapper
    """.split()  # noqa: SIM905, a table of words
)
"""Elasticsearch's queries that this catalog does not have."""


def compile_query(query: Any) -> Clause:
    """
    Compile one query, such as `{"term": {"qualifiedName": {"value": "x"}}}`.

    Raises:
        CatalogError: names the query, option or value: 501 for a query of Elasticsearch that is lacking here, else 400.
    """
    if not isinstance(query, dict) or len(query) != 1:
        raise refuse(f"a query is an object with exactly one kind of query as its key, not {query!r:.200}")
    ((kind, body),) = query.items()
    if kind in LACKING:
        raise unsupported(f"the query [{kind}]")
    if kind not in _COMPILERS:
        raise refuse(f"unknown query [{kind}]; known are {', '.join(sorted(_COMPILERS))}")
    if not isinstance(body, dict):
        raise refuse(f"[{kind}] must hold an object, not {body!r:.200}")
    return _COMPILERS[kind](body)


def _bool(body: Mapping[str, Any]) -> Clause:
    check("bool", body, "must filter should must_not minimum_should_match")
    must, should = [*_clauses(body, "must"), *_clauses(body, "filter")], _clauses(body, "should")
    default = 0 if must or not should else 1
    needed = count(should, minimum(body.get("minimum_should_match", default), len(should)))
    return every([*must, needed, *map(negate, _clauses(body, "must_not"))])


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


def _dis_max(body: Mapping[str, Any]) -> Clause:
    check("dis_max", body, "queries tie_breaker")
    return some(_clauses(body, "queries"))


def _boosting(body: Mapping[str, Any]) -> Clause:
    check("boosting", body, "positive negative negative_boost")
    compile_query(body.get("negative"))
    return compile_query(body.get("positive"))


def _nested(body: Mapping[str, Any]) -> Clause:
    """Entities with an object in the array *path* that the whole query matches."""
    check("nested", body, "path query ignore_unmapped score_mode", "inner_hits")
    path = body.get("path")
    inside = compile_query(_within(body.get("query"), str(path)))
    if fields.holds_objects(path):
        objects = f"source JOIN {stored.array(str(path))} AS object"
        return Clause(f"EXISTS (SELECT 1 FROM {objects} WHERE source.id = document.id AND {inside.sql})", inside.values)
    if path not in NESTED and not body.get("ignore_unmapped", False):
        raise refuse(f"[nested] failed to find nested object under path [{path}]")
    return NEVER


def _within(query: Any, path: str) -> Any:
    """Give *query* with the fields below *path* as those of the object at hand."""
    if isinstance(query, list):
        return [_within(one, path) for one in query]
    if not isinstance(query, dict):
        return query
    return {
        _inner(name, path): _inner(said, path) if name == "field" else _within(said, path)
        for name, said in query.items()
    }


def _inner(name: Any, path: str) -> Any:
    below = isinstance(name, str) and name.startswith(f"{path}.")
    return Inner(name.removeprefix(f"{path}.")) if below else name


def _match_all(body: Mapping[str, Any]) -> Clause:
    check("match_all", body, "")
    return ALWAYS


def _match_none(body: Mapping[str, Any]) -> Clause:
    check("match_none", body, "")
    return NEVER


_COMPILERS: Final[Mapping[str, Callable[[Mapping[str, Any]], Clause]]] = {
    "bool": _bool,
    "boosting": _boosting,
    "constant_score": _constant_score,
    "dis_max": _dis_max,
    "match_all": _match_all,
    "match_none": _match_none,
    "nested": _nested,
    **leaf.COMPILERS,
    **match.COMPILERS,
}
