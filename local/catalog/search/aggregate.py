"""
Computes the aggregations of a search, in the shapes that Elasticsearch answers. `search` calls `aggregate`.

Source: the Elasticsearch 7.17 reference, "Aggregations".
"""

import json
import sqlite3
from collections.abc import Callable, Mapping
from typing import Any, Final

from local.catalog.search import field as fields
from local.catalog.search import leaf
from local.catalog.search.clause import Clause, every
from local.catalog.search.field import Field, Kind
from local.catalog.search.syntax import check, refuse

Json = dict[str, Any]


def aggregate(connection: sqlite3.Connection, where: Clause, requested: Any) -> Json:
    """
    Compute the *requested* aggregations, by name, over the documents of *where*.

    Raises:
        CatalogError: 400; names an unsupported kind of aggregation or option.
    """
    if not isinstance(requested, dict):
        raise refuse(f"aggregations are an object, not {requested!r:.200}")
    return {name: _one(connection, where, name, body) for name, body in requested.items()}


def _one(connection: sqlite3.Connection, where: Clause, name: str, body: Any) -> Json:
    nested = {} if not isinstance(body, dict) else body.get("aggregations") or body.get("aggs") or {}
    kinds = [kind for kind in body if kind not in ("aggregations", "aggs", "meta")] if isinstance(body, dict) else []
    if len(kinds) != 1 or kinds[0] not in _KINDS:
        raise refuse(f"aggregation [{name}] needs exactly one of {', '.join(sorted(_KINDS))}, not {kinds}")
    if nested and kinds[0] != "terms":
        raise refuse(f"aggregation [{name}] of kind [{kinds[0]}] can't hold other aggregations")
    options = body[kinds[0]]
    return _KINDS[kinds[0]](connection, where, options | {"aggregations": nested} if nested else options)


def _terms(connection: sqlite3.Connection, where: Clause, options: Json) -> Json:
    check("terms", options, "field size order min_doc_count aggregations")
    field = _field("terms", options)
    groups = _count(connection, where, field)
    for by, descending in reversed(_orders(options.get("order", {"_count": "desc"}))):
        groups.sort(key=lambda group: group[by], reverse=descending)
    shown = [group for group in groups if group[1] >= options.get("min_doc_count", 1)][: options.get("size", 10)]
    return {
        "doc_count_error_upper_bound": 0,
        "sum_other_doc_count": sum(count for _, count in groups) - sum(count for _, count in shown),
        "buckets": [_bucket(field, *group) | _within(connection, where, field, group[0], options) for group in shown],
    }


def _count(connection: sqlite3.Connection, where: Clause, field: Field) -> list[tuple[Any, int]]:
    """Count documents by each value of *field*, ascending by value."""
    sql = (
        f"SELECT {_value(field)}, count(DISTINCT document.id) FROM document {_from(field)} AND {where.sql}"
        " GROUP BY 1 ORDER BY 1"
    )
    return [(key, count) for key, count in connection.execute(sql, where.values) if key is not None]


def _from(field: Field) -> str:
    """Join the values of *field*, unless they are a column of the document itself."""
    return "WHERE true" if field.single else field.elements.replace("FROM", "JOIN", 1)


def _value(field: Field) -> str:
    return field.value if field.single else field.element


def _bucket(field: Field, key: Any, count: int) -> Json:
    shown = {"key_as_string": "true" if key else "false"} if field.kind is Kind.BOOLEAN else {}
    return {"key": key, **shown, "doc_count": count}


def _within(connection: sqlite3.Connection, where: Clause, field: Field, key: Any, options: Json) -> Json:
    """Compute the aggregations that a bucket holds, over its own documents."""
    if not options.get("aggregations"):
        return {}
    return aggregate(connection, every([where, leaf.holds(field, "{value} = ?", key)]), options["aggregations"])


def _orders(order: Any) -> list[tuple[int, bool]]:
    """Read `order` as (0 for the key, 1 for the count; whether descending), the first one ruling; ties go by key."""
    pairs = [pair for one in (order if isinstance(order, list) else [order]) for pair in one.items()]
    known = {"_key": 0, "_term": 0, "_count": 1}
    for name, _ in pairs:
        if name not in known:
            raise refuse(f"[terms] can't be ordered by [{name}]; use _key or _count")
    return [(known[name], str(direction).lower() == "desc") for name, direction in pairs]


def _metric(kind: str, function: str) -> Callable[[sqlite3.Connection, Clause, Json], Json]:
    """Make the computation of one number by the SQL *function*, in which `{}` stands for the field's value."""

    def compute(connection: sqlite3.Connection, where: Clause, options: Json) -> Json:
        check(kind, options, "field precision_threshold")
        field = _field(kind, options)
        sql = f"SELECT {function.format(_value(field))} FROM document {_from(field)} AND {where.sql}"
        (value,) = connection.execute(sql, where.values).fetchone()
        return {"value": value}

    return compute


def _top_hits(connection: sqlite3.Connection, where: Clause, options: Json) -> Json:
    """Show some documents, by guid, with the attributes that `_source` includes."""
    check("top_hits", options, "size _source")
    wanted = options.get("_source", {}).get("includes")
    tables = f"FROM document JOIN source ON source.id = document.id WHERE {where.sql}"
    (total,) = connection.execute(f"SELECT count(*) {tables}", where.values).fetchone()
    sql = f"SELECT document.guid, source.attributes {tables} ORDER BY document.guid LIMIT ?"
    rows = connection.execute(sql, (*where.values, options.get("size", 3)))
    hits = [_hit(guid, _pick(stored, wanted)) for guid, stored in rows]
    return {"hits": {"total": {"value": total, "relation": "eq"}, "max_score": 1.0 if hits else None, "hits": hits}}


def _hit(guid: str, shown: Json) -> Json:
    return {"_index": "janusgraph_vertex_index", "_type": "_doc", "_id": guid, "_score": 1.0, "_source": shown}


def _pick(stored: str, wanted: list[str] | None) -> Json:
    return {name: value for name, value in json.loads(stored).items() if wanted is None or name in wanted}


def _field(kind: str, options: Json) -> Field:
    field = fields.parse(options.get("field"))
    if field.kind is Kind.TEXT or field.attribute == fields.SUPERTYPES:
        raise refuse(f"aggregation [{kind}] can't be used on [{options['field']}]; use a keyword field")
    if kind in _OF_NUMBERS and field.kind is not Kind.NUMBER and fields.known(field.attribute):
        raise refuse(f"aggregation [{kind}] can't be used on [{options['field']}], which is not a number")
    return field


_OF_NUMBERS: Final = {"min": "min({})", "max": "max({})", "avg": "avg({})", "sum": "total({})"}
_OF_VALUES: Final = {"cardinality": "count(DISTINCT {})", "value_count": "count({})"}
_KINDS: Final[Mapping[str, Callable[[sqlite3.Connection, Clause, Json], Json]]] = {
    "terms": _terms,
    "top_hits": _top_hits,
    **{kind: _metric(kind, function) for kind, function in (_OF_NUMBERS | _OF_VALUES).items()},
}
