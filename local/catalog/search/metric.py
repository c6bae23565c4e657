"""
Computes the aggregations that are numbers, or hits: `min`, `stats`, `top_hits`. `aggregate` calls `KINDS`.

Source: the Elasticsearch 7.17 reference, "Metrics aggregations".
"""

import sqlite3
from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from math import sqrt
from typing import Any, Final

from local.catalog.search import field as fields
from local.catalog.search import order, stored
from local.catalog.search.clause import Clause
from local.catalog.search.field import Field, Kind
from local.catalog.search.syntax import check, refuse

Json = dict[str, Any]

_STATS: Final = "count({0}), min({0}), max({0}), avg({0}), total({0}), total(1.0 * {0} * {0})"


def field_of(kind: str, options: Json) -> Field:
    """
    Return the field of an aggregation.

    Raises:
        CatalogError: 400; its values are words.
    """
    field = fields.parse(options.get("field"))
    if field.kind in fields.WORDS:
        raise refuse(f"aggregation [{kind}] can't be used on [{options['field']}]; use a keyword field")
    return field


def number_of(kind: str, options: Json) -> Field:
    """
    Return the field of an aggregation of numbers.

    Raises:
        CatalogError: 400; its values are no numbers.
    """
    field = field_of(kind, options)
    if field.kind not in fields.NUMERIC and fields.known(field.attribute):
        raise refuse(f"aggregation [{kind}] can't be used on [{options['field']}], which is not a number")
    return field


def rows(
    connection: sqlite3.Connection, where: Clause, field: Field, selected: str, ending: str = ""
) -> sqlite3.Cursor:
    """Select over all values of *field* (`{0}` in *selected*) of the documents of *where*."""
    joined = "WHERE true" if field.single else field.elements.replace("FROM", "JOIN", 1)
    sql = f"SELECT {selected.format(field.element)} FROM document {joined} AND {where.sql} {ending}"
    return connection.execute(sql, where.values)


def _metric(kind: str, function: str) -> Callable[[sqlite3.Connection, Clause, Json], Json]:
    """Make the computation of one number by the SQL *function*, in which `{0}` stands for the field's value."""

    def compute(connection: sqlite3.Connection, where: Clause, options: Json) -> Json:
        check(kind, options, "field precision_threshold", "missing script format")
        field = (number_of if kind in _OF_NUMBERS else field_of)(kind, options)
        (value,) = rows(connection, where, field, function).fetchone()
        dated = field.kind is Kind.DATE and kind in _OF_NUMBERS and value is not None
        return {"value": value} | ({"value_as_string": str(int(value))} if dated else {})

    return compute


def _stats(connection: sqlite3.Connection, where: Clause, options: Json) -> Json:
    """Count, least, greatest, mean and sum; without values all but count and sum are null."""
    check("stats", options, "field", "missing script format")
    names = ("count", "min", "max", "avg", "sum")
    return dict(zip(names, rows(connection, where, number_of("stats", options), _STATS).fetchone(), strict=False))


def _extended_stats(connection: sqlite3.Connection, where: Clause, options: Json) -> Json:
    """Also the sum of squares, the variances and the standard deviations."""
    check("extended_stats", options, "field sigma", "missing script format")
    field, sigma = number_of("extended_stats", options), float(options.get("sigma", 2))
    count, least, most, mean, total, squares = rows(connection, where, field, _STATS).fetchone()
    found = {"count": count, "min": least, "max": most, "avg": mean, "sum": total, "sum_of_squares": squares or None}
    spread = max(squares - total * total / count, 0.0) if count else None
    for name, divisor in (("population", count), ("sampling", count - 1)):
        variance = spread / divisor if spread is not None and divisor > 0 else None
        deviation = None if variance is None else sqrt(variance)
        found |= {f"variance_{name}": variance, f"std_deviation_{name}": deviation}
    found |= {"variance": found["variance_population"], "std_deviation": found["std_deviation_population"]}
    deviation = found["std_deviation"]
    bounds = {name: None if deviation is None else mean + way * deviation * sigma for name, way in _BOUNDS.items()}
    return found | {"std_deviation_bounds": bounds}


def _top_hits(connection: sqlite3.Connection, where: Clause, options: Json) -> Json:
    """Show some documents, in order of a sort or of their guids, with the attributes that `_source` asks for."""
    check("top_hits", options, "from size sort _source", "highlight explain script_fields docvalue_fields version")
    keys = ", ".join([*(key.sql for key in order.parse(options.get("sort"))), "document.guid"])
    tables = f"FROM document JOIN source AS kept ON kept.id = document.id WHERE {where.sql}"
    (total,) = connection.execute(f"SELECT count(*) {tables}", where.values).fetchone()
    sql = f"SELECT document.guid, document.type, kept.attributes {tables} ORDER BY {keys} LIMIT ? OFFSET ?"
    found = connection.execute(sql, (*where.values, options.get("size", 3), options.get("from", 0)))
    hits = [_hit(guid, _pick(stored.whole(type_, kept), options.get("_source", True))) for guid, type_, kept in found]
    return {"hits": {"total": {"value": total, "relation": "eq"}, "max_score": 1.0 if hits else None, "hits": hits}}


def _hit(guid: str, shown: Json | None) -> Json:
    hit = {"_index": "janusgraph_vertex_index", "_type": "_doc", "_id": guid, "_score": 1.0}
    return hit if shown is None else hit | {"_source": shown}


def _pick(attributes: Json, wanted: Any) -> Json | None:
    """Keep what `_source` asks for: everything, nothing, some names or patterns, or all but some."""
    if isinstance(wanted, bool):
        return attributes if wanted else None
    asked = wanted if isinstance(wanted, dict) else {"includes": wanted}
    includes, excludes = (_listed(asked.get(name)) for name in ("includes", "excludes"))
    return {
        name: value
        for name, value in attributes.items()
        if (not includes or _any(name, includes)) and not _any(name, excludes)
    }


def _listed(said: Any) -> list[str]:
    return said if isinstance(said, list) else [said] if said else []


def _any(name: str, patterns: list[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


_BOUNDS: Final = {"upper": 1, "lower": -1}
_OF_NUMBERS: Final = {"min": "min({0})", "max": "max({0})", "avg": "avg({0})", "sum": "total({0})"}
_OF_VALUES: Final = {"cardinality": "count(DISTINCT {0})", "value_count": "count({0})"}
KINDS: Final[Mapping[str, Callable[[sqlite3.Connection, Clause, Json], Json]]] = {
    "top_hits": _top_hits,
    "stats": _stats,
    "extended_stats": _extended_stats,
    **{kind: _metric(kind, function) for kind, function in (_OF_NUMBERS | _OF_VALUES).items()},
}
