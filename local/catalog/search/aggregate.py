"""
Computes the aggregations of a search, in the shapes that Elasticsearch answers. `search` calls `aggregate`.

Here are those that sort documents into buckets by terms or queries; `histogram` has those by intervals, `metric` those
that are numbers. A bucket is the condition on its documents, and may hold aggregations itself.

Source: the Elasticsearch 7.17 reference, "Bucket aggregations".
"""

import re
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from local.catalog.errors import unsupported
from local.catalog.search import histogram, leaf, metric, query, text
from local.catalog.search.clause import Clause, every, negate, some
from local.catalog.search.field import Field, Kind
from local.catalog.search.syntax import check, refuse

Json = dict[str, Any]

HOLDING: Final = ("aggregations", "aggs", "meta")
LACKING: Final = frozenset(
    """
    adjacency_matrix auto_date_histogram boxplot bucket_script bucket_selector bucket_sort children composite
    diversified_sampler geo_bounds geo_centroid geo_distance geohash_grid geotile_grid global ip_range matrix_stats
    median_absolute_deviation nested parent percentile_ranks percentiles rare_terms rate reverse_nested sampler
    scripted_metric significant_terms significant_text string_stats t_test top_metrics variable_width_histogram
    weighted_avg avg_bucket max_bucket min_bucket sum_bucket stats_bucket cumulative_sum derivative moving_fn
    serial_diff
    """.split()  # noqa: SIM905, a table of words
)
"""Elasticsearch's aggregations that this catalog does not have."""


@dataclass(frozen=True, slots=True)
class Scope:
    """The documents to aggregate over, and what each bucket holds."""

    connection: sqlite3.Connection
    where: Clause
    within: Json

    def bucket(self, condition: Clause, head: Json) -> Json:
        """Make a bucket of the documents of *condition*, with the *head* that names it."""
        where = every([self.where, condition])
        sql = f"SELECT count(*) FROM document WHERE {where.sql}"
        (count,) = self.connection.execute(sql, where.values).fetchone()
        return head | {"doc_count": count} | self.held(condition)

    def held(self, condition: Clause) -> Json:
        """Compute what the bucket of *condition* holds."""
        return aggregate(self.connection, every([self.where, condition]), self.within) if self.within else {}


def aggregate(connection: sqlite3.Connection, where: Clause, requested: Any) -> Json:
    """
    Compute the *requested* aggregations, by name, over the documents of *where*.

    Raises:
        CatalogError: names the aggregation or option: 501 for one of Elasticsearch's that is lacking here, else 400.
    """
    if not isinstance(requested, dict):
        raise refuse(f"aggregations are an object, not {requested!r:.200}")
    return {name: _one(connection, where, name, body) for name, body in requested.items()}


def _one(connection: sqlite3.Connection, where: Clause, name: str, body: Any) -> Json:
    kinds = [kind for kind in body if kind not in HOLDING] if isinstance(body, dict) else []
    if len(kinds) == 1 and kinds[0] in LACKING:
        raise unsupported(f"the aggregation [{kinds[0]}]")
    if len(kinds) != 1 or kinds[0] not in {*_BUCKETS, *metric.KINDS}:
        known = ", ".join(sorted({*_BUCKETS, *metric.KINDS}))
        raise refuse(f"aggregation [{name}] needs exactly one of {known}, not {kinds}")
    within = body.get("aggregations") or body.get("aggs") or {}
    meta = {"meta": body["meta"]} if body.get("meta") else {}
    if kinds[0] in _BUCKETS:
        return meta | _BUCKETS[kinds[0]](Scope(connection, where, within), body[kinds[0]])
    if within:
        raise refuse(f"aggregation [{name}] of kind [{kinds[0]}] can't hold other aggregations")
    return meta | metric.KINDS[kinds[0]](connection, where, body[kinds[0]])


def _terms(scope: Scope, options: Json) -> Json:
    known = "field size order min_doc_count include exclude shard_size show_term_doc_count_error execution_hint"
    check("terms", options, f"{known} shard_min_doc_count collect_mode", "missing script value_type format")
    least = options.get("min_doc_count", 1)
    if least < 1:
        raise unsupported("[min_doc_count] 0 of [terms]")
    field = metric.field_of("terms", options)
    groups = _groups(scope, field, options)
    for key, descending in reversed(_orders(scope, field, options.get("order", {"_count": "desc"}))):
        groups.sort(key=key, reverse=descending)
    shown = [group for group in groups if group[1] >= least][: options.get("size", 10)]
    return {
        "doc_count_error_upper_bound": 0,
        "sum_other_doc_count": sum(count for _, count in groups) - sum(count for _, count in shown),
        "buckets": [_head(field, *group) | scope.held(_holding(field, group[0])) for group in shown],
    }


def _groups(scope: Scope, field: Field, options: Json) -> list[tuple[Any, int]]:
    """Count documents by each value of *field*, ascending by value."""
    counted = "{0}, count(DISTINCT document.id)"
    found = metric.rows(scope.connection, scope.where, field, counted, "GROUP BY 1 ORDER BY 1")
    listed = [(key, count) for key, count in found if key is not None]
    for name, kept in (("include", True), ("exclude", False)):
        if (said := options.get(name)) is not None:
            listed = [group for group in listed if _chosen(group[0], said) is kept]
    return listed


def _chosen(key: Any, said: Any) -> bool:
    """Return whether a key is in the list, or matches the regular expression, that a request gives."""
    if isinstance(said, list):
        return str(key) in map(str, said)
    if not isinstance(said, str):
        raise unsupported("[partition] of [terms]")
    return re.fullmatch(text.expression(said), str(key)) is not None


def _holding(field: Field, key: Any) -> Clause:
    return leaf.holds(field, "{value} = ?", key)


def _head(field: Field, key: Any, count: int) -> Json:
    shown = {Kind.BOOLEAN: "true" if key else "false", Kind.DATE: str(key)}.get(field.kind)
    return {"key": key} | ({} if shown is None else {"key_as_string": shown}) | {"doc_count": count}


def _orders(scope: Scope, field: Field, order: Any) -> list[tuple[Callable[[tuple[Any, int]], Any], bool]]:
    """Read `order` as what to sort groups by, and whether descending, the first one ruling; ties go by key."""
    pairs = [pair for one in (order if isinstance(order, list) else [order]) for pair in one.items()]
    known: Mapping[str, Callable[[tuple[Any, int]], Any]] = {
        "_key": lambda group: group[0],
        "_term": lambda group: group[0],
        "_count": lambda group: group[1],
    }
    for name, _ in pairs:
        if name not in known and name.partition(".")[0] not in scope.within:
            raise refuse(f"[terms] can't be ordered by [{name}]; use _key, _count, or a number that its buckets hold")
    return [
        (known.get(name) or partial(_number, scope, field, name), str(way).lower() == "desc") for name, way in pairs
    ]


def _number(scope: Scope, field: Field, path: str, group: tuple[Any, int]) -> float:
    """Return the number that a bucket holds under *path*, such as `size` or `sizes.max`; one without is least."""
    name, _, part = path.partition(".")
    condition = every([scope.where, _holding(field, group[0])])
    value = aggregate(scope.connection, condition, {name: scope.within[name]})[name].get(part or "value")
    return float("-inf") if value is None else float(value)


def _filter(scope: Scope, options: Json) -> Json:
    return scope.bucket(query.compile_query(options), {})


def _filters(scope: Scope, options: Json) -> Json:
    """One bucket for each query, by name or in a list, and, if asked for, one for all other documents."""
    check("filters", options, "filters other_bucket other_bucket_key keyed")
    asked = options.get("filters")
    if not isinstance(asked, dict | list) or not asked:
        raise refuse("aggregation [filters] needs an object or a list of queries as [filters]")
    listed = list(asked.items()) if isinstance(asked, dict) else list(enumerate(asked))
    conditions = [(name, query.compile_query(one)) for name, one in listed]
    if options.get("other_bucket") or "other_bucket_key" in options:
        rest = negate(some([condition for _, condition in conditions]))
        conditions.append((options.get("other_bucket_key", "_other_"), rest))
    buckets = {name: scope.bucket(condition, {}) for name, condition in conditions}
    return {"buckets": buckets if isinstance(asked, dict) else list(buckets.values())}


def _missing(scope: Scope, options: Json) -> Json:
    check("missing", options, "field", "missing script")
    return scope.bucket(negate(leaf.exists({"field": options.get("field")})), {})


_BUCKETS: Final[Mapping[str, Callable[[Scope, Json], Json]]] = {
    "terms": _terms,
    "filter": _filter,
    "filters": _filters,
    "missing": _missing,
    "range": histogram.range_,
    "date_range": histogram.date_range,
    "histogram": histogram.histogram,
    "date_histogram": histogram.date_histogram,
}
