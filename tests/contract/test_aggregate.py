"""Aggregations of every kind that is answered, as Elasticsearch answers them; pyatlan can send all, and read some."""

from typing import Any

import httpx
import pytest
from pyatlan.model.assets import Asset
from pyatlan.model.search import Term

from tests.contract.shop import Shop, at

FILE = {"term": {"__typeName.keyword": "S3Object"}}
SIZE, CREATED = "s3ObjectSize", "sourceCreatedAt.date"


def millis(text: str) -> int:
    return int(at(text).timestamp() * 1000)


def of_files(aggregation: dict[str, Any]) -> dict[str, Any]:
    """Aggregate over the files only."""
    return {"filter": FILE, "aggs": {"it": aggregation}}


def counts(found: dict[str, Any], key: str = "key") -> list[tuple[Any, int]]:
    return [(bucket[key], bucket["doc_count"]) for bucket in found["buckets"]]


def test_filter(shop: Shop) -> None:
    """A filter counts what matches a query, and holds aggregations over that."""
    found = shop.aggregate({"filter": FILE, "aggs": {"total": {"sum": {"field": SIZE}}}, "meta": {"of": "files"}})

    assert found == {"doc_count": 3, "total": {"value": 600}, "meta": {"of": "files"}}


def test_filters(shop: Shop) -> None:
    """Several filters are answered by name or in a list, with a bucket for the rest if asked for."""
    tables = {"term": {"__typeName.keyword": "Table"}}

    named = shop.aggregate({"filters": {"filters": {"files": FILE, "tables": tables}, "other_bucket_key": "rest"}})
    listed = shop.aggregate({"filters": {"filters": [FILE, tables]}})

    assert named["buckets"] == {"files": {"doc_count": 3}, "tables": {"doc_count": 2}, "rest": {"doc_count": 2}}
    assert listed["buckets"] == [{"doc_count": 3}, {"doc_count": 2}]


@pytest.mark.parametrize(("field", "count"), [("dataType", 5), ("certificateStatus", 6), ("isPrimary", 5), ("name", 0)])
def test_missing(shop: Shop, field: str, count: int) -> None:
    """Documents without a field are counted; defaults count as values."""
    assert shop.aggregate({"missing": {"field": field}}) == {"doc_count": count}


def test_stats(shop: Shop) -> None:
    """The numbers of a field are described at once."""
    found = shop.aggregate(of_files({"stats": {"field": SIZE}}))

    assert found["it"] == {"count": 3, "min": 100, "max": 300, "avg": 200, "sum": 600}


def test_extended_stats(shop: Shop) -> None:
    """So are their squares, variance and deviation."""
    found = shop.aggregate(of_files({"extended_stats": {"field": SIZE, "sigma": 1}}))["it"]
    (one,) = (
        shop.aggregate(
            {"filter": {"term": {"name.keyword": "items.csv"}}, "aggs": {"it": {"extended_stats": {"field": SIZE}}}}
        )["it"],
    )

    assert found["sum_of_squares"] == 140_000
    assert found["variance"] == found["variance_population"] == pytest.approx(20_000 / 3)
    assert found["variance_sampling"] == pytest.approx(10_000)
    assert found["std_deviation_bounds"] == pytest.approx({"upper": 281.6496580927726, "lower": 118.3503419072274})
    assert (one["std_deviation"], one["variance_sampling"]) == (0, None)


def test_nothing(shop: Shop) -> None:
    """Over nothing, counts are 0, and what can't be told is null."""
    empty = {"filter": {"match_none": {}}}

    stats = shop.aggregate(empty | {"aggs": {"it": {"stats": {"field": SIZE}}}})["it"]
    extended = shop.aggregate(empty | {"aggs": {"it": {"extended_stats": {"field": SIZE}}}})["it"]
    days = shop.aggregate(empty | {"aggs": {"it": {"date_histogram": {"field": CREATED, "calendar_interval": "day"}}}})

    assert stats == {"count": 0, "min": None, "max": None, "avg": None, "sum": 0}
    assert extended["std_deviation_bounds"] == {"upper": None, "lower": None}
    assert days["it"] == {"buckets": []}


def test_months(shop: Shop) -> None:
    """A calendar's months are as long as they are; those without documents are shown, too."""
    months = {"field": CREATED, "calendar_interval": "month", "format": "yyyy-MM"}

    found = shop.aggregate(of_files({"date_histogram": months, "aggs": {"size": {"sum": {"field": SIZE}}}}))["it"]

    assert counts(found, "key_as_string") == [("2026-01", 2), ("2026-02", 0), ("2026-03", 1)]
    assert [bucket["key"] for bucket in found["buckets"]] == [
        millis(f"2026-0{month}-01T00:00:00") for month in (1, 2, 3)
    ]
    assert [bucket["size"]["value"] for bucket in found["buckets"]] == [300, 0, 300]


HISTOGRAMS: list[tuple[str, dict[str, Any], list[tuple[str, int]]]] = [
    ("years", {"calendar_interval": "1y", "format": "yyyy"}, [("2026", 3)]),
    ("quarters", {"calendar_interval": "quarter", "format": "yyyy-MM-dd"}, [("2026-01-01", 3)]),
    (
        "weeks from Monday",
        {"calendar_interval": "1w", "format": "yyyy-MM-dd", "min_doc_count": 1},
        [("2026-01-12", 1), ("2026-01-19", 1), ("2026-02-23", 1)],
    ),
    (
        "days in a time zone",
        {"calendar_interval": "day", "format": "strict_date_time", "min_doc_count": 1, "time_zone": "+01:00"},
        [("2026-01-15T00:00:00.000+0100", 1), ("2026-01-21T00:00:00.000+0100", 1), ("2026-03-01T00:00:00.000+0100", 1)],
    ),
    (
        "days that begin at six",
        {"calendar_interval": "day", "offset": "+6h", "format": "yyyy-MM-dd'T'HH", "min_doc_count": 1},
        [("2026-01-15T06", 1), ("2026-01-20T06", 1), ("2026-02-28T06", 1)],
    ),
    (
        "latest first",
        {"calendar_interval": "month", "format": "yyyy-MM", "order": {"_key": "desc"}},
        [("2026-03", 1), ("2026-02", 0), ("2026-01", 2)],
    ),
    (
        "most first",
        {"calendar_interval": "month", "format": "yyyy-MM", "order": {"_count": "desc"}},
        [("2026-01", 2), ("2026-03", 1), ("2026-02", 0)],
    ),
    (
        "fixed days",
        {"fixed_interval": "30d", "format": "yyyy-MM-dd"},
        [("2026-01-07", 2), ("2026-02-06", 1)],
    ),
    (
        "fixed hours",
        {"fixed_interval": "12h", "format": "yyyy-MM-dd HH", "min_doc_count": 1},
        [("2026-01-15 00", 1), ("2026-01-20 12", 1), ("2026-03-01 00", 1)],
    ),
    (
        "fixed days in a time zone",
        {"fixed_interval": "1d", "time_zone": "+01:00", "format": "dd", "min_doc_count": 1},
        [("15", 1), ("21", 1), ("01", 1)],
    ),
]


@pytest.mark.parametrize(
    ("options", "expected"), [pytest.param(options, expected, id=name) for name, options, expected in HISTOGRAMS]
)
def test_date_histogram(shop: Shop, options: dict[str, Any], expected: list[tuple[str, int]]) -> None:
    """Times are counted by units of the calendar or by fixed times, in a time zone."""
    found = shop.aggregate(of_files({"date_histogram": {"field": CREATED} | options}))["it"]

    assert counts(found, "key_as_string") == expected


def test_histogram(shop: Shop) -> None:
    """Numbers are counted by equal steps; in an object by key, if asked for."""
    steps = {"field": SIZE, "interval": 150, "offset": 50}

    listed = shop.aggregate(of_files({"histogram": steps}))["it"]
    keyed = shop.aggregate(of_files({"histogram": steps | {"keyed": True, "min_doc_count": 1}}))["it"]

    assert counts(listed) == [(50, 1), (200, 2)]
    assert keyed["buckets"]["200.0"] == {"key": 200, "doc_count": 2}


def test_range(shop: Shop) -> None:
    """Numbers and times are counted in ranges, which include their start and not their end."""
    sizes = {"field": SIZE, "ranges": [{"from": 200}, {"to": 200}, {"key": "middle", "from": 150, "to": 250}]}
    ranges = [{"to": "2026-01-20||/d"}, {"from": "2026-01-20||/d", "to": "2026-02"}]
    times = {"field": CREATED, "format": "yyyy-MM-dd||yyyy-MM", "ranges": ranges}

    numbers = shop.aggregate(of_files({"range": sizes}))["it"]["buckets"]
    dates = shop.aggregate(of_files({"date_range": times | {"keyed": True}}))["it"]["buckets"]

    assert [(one["key"], one["doc_count"]) for one in numbers] == [("*-200.0", 1), ("middle", 1), ("200.0-*", 2)]
    assert {key: one["doc_count"] for key, one in dates.items()} == {"*-2026-01-20": 1, "2026-01-20-2026-02-01": 1}
    assert dates["*-2026-01-20"]["to_as_string"] == "2026-01-20"
    assert dates["*-2026-01-20"]["to"] == millis("2026-01-20T00:00:00")


def test_terms(shop: Shop) -> None:
    """Buckets may hold others, be ordered by what they hold, and be chosen by their keys."""
    nested = {"sizes": {"stats": {"field": SIZE}}}
    types = Asset.TYPE_NAME.bucket_by(nested={"names": Asset.NAME.bucket_by(size=1)})
    answer = shop.all().page_size(0).aggregate("types", types).execute(shop.client)

    by_size = shop.aggregate({"terms": {"field": "__typeName.keyword", "order": {"sizes.avg": "asc"}}, "aggs": nested})
    chosen = shop.aggregate(
        {"terms": {"field": "name.keyword", "include": "[io].*", "exclude": ["id"], "order": {"_key": "desc"}}}
    )
    dates = shop.aggregate(of_files({"terms": {"field": CREATED, "order": {"_key": "asc"}, "size": 1}}))["it"]

    buckets = answer.aggregations["types"].buckets
    held = {bucket.key: [one.key for one in bucket.nested_results["names"].buckets] for bucket in buckets}
    assert held == {"s3object": ["items.csv"], "column": ["id"], "table": ["facts"]}
    assert counts(by_size) == [("column", 2), ("table", 2), ("s3object", 3)]
    assert [key for key, _ in counts(chosen)] == ["orders_2024.csv", "orders", "items.csv"]
    assert dates["buckets"][0]["key_as_string"] == str(millis("2026-01-15T10:30:00"))


def test_top_hits(shop: Shop) -> None:
    """The hits of a bucket are sorted and cut, and show what is asked of them."""
    options = {"size": 1, "from": 1, "sort": [{SIZE: "desc"}], "_source": [SIZE]}

    (hit,) = shop.aggregate(of_files({"top_hits": options}))["it"]["hits"]["hits"]
    (bare,) = shop.aggregate(of_files({"top_hits": {"size": 1, "_source": False}}))["it"]["hits"]["hits"]

    assert hit["_source"] == {SIZE: 200}
    assert "_source" not in bare


def test_dates_as_text(shop: Shop) -> None:
    """The least time is also told as a text."""
    found = shop.aggregate(of_files({"min": {"field": CREATED}}))["it"]

    assert found == {"value": millis("2026-01-15T10:30:00"), "value_as_string": str(millis("2026-01-15T10:30:00"))}


def test_global_filter_is_last(shop: Shop) -> None:
    """A filter after the query narrows the hits, not the aggregations."""
    request = shop.all().aggregate("types", Asset.TYPE_NAME.bucket_by()).to_request()
    request.dsl.post_filter = Term.with_type_name("Table")

    found = shop.client.asset.search(request)

    assert found.count == 2
    assert [bucket.key for bucket in found.aggregations["types"].buckets] == ["s3object", "column", "table"]


REFUSED: list[tuple[str, dict[str, Any]]] = [
    ("sum of texts", {"sum": {"field": "qualifiedName"}}),
    ("terms of words", {"terms": {"field": "name"}}),
    ("two kinds", {"min": {"field": SIZE}, "max": {"field": SIZE}}),
    ("no kind", {}),
    ("unknown kind", {"sums": {"field": SIZE}}),
    ("a number that holds others", {"min": {"field": SIZE}, "aggs": {"x": {"max": {"field": SIZE}}}}),
    ("an order by nothing", {"terms": {"field": "__guid", "order": {"size": "asc"}}}),
    ("an unknown option", {"terms": {"field": "__guid", "sizes": 1}}),
    ("no filters", {"filters": {"filters": {}}}),
    ("no ranges", {"range": {"field": SIZE, "ranges": []}}),
    ("a range of a text", {"range": {"field": SIZE, "ranges": [{"from": "big"}]}}),
    ("no interval", {"date_histogram": {"field": CREATED}}),
    ("two intervals", {"date_histogram": {"field": CREATED, "calendar_interval": "day", "fixed_interval": "1d"}}),
    ("an interval that isn't", {"date_histogram": {"field": CREATED, "fixed_interval": "2 days"}}),
    ("an interval of nothing", {"date_histogram": {"field": CREATED, "fixed_interval": "0d"}}),
    ("steps of nothing", {"histogram": {"field": SIZE, "interval": 0}}),
    ("too many buckets", {"date_histogram": {"field": CREATED, "fixed_interval": "1s"}}),
]


@pytest.mark.parametrize("aggregation", [pytest.param(body, id=name) for name, body in REFUSED])
def test_refused(shop: Shop, raw: httpx.Client, aggregation: dict[str, Any]) -> None:
    """A faulty aggregation is an error."""
    answer = _post(shop, raw, aggregation)

    assert (answer.status_code, answer.json()["errorCode"]) == (400, "ATLAS-400-00-029")


LACKING: list[tuple[str, dict[str, Any]]] = [
    ("percentiles", {"percentiles": {"field": SIZE}}),
    ("composite", {"composite": {"sources": []}}),
    ("nested", {"nested": {"path": "awsTags"}}),
    ("missing", {"sum": {"field": SIZE, "missing": 0}}),
    ("min_doc_count", {"terms": {"field": "__guid", "min_doc_count": 0}}),
    ("partition", {"terms": {"field": "__guid", "include": {"partition": 0, "num_partitions": 2}}}),
    ("extended_bounds", {"histogram": {"field": SIZE, "interval": 1, "extended_bounds": {}}}),
    ("ordered by", {"histogram": {"field": SIZE, "interval": 100, "order": {"size": "asc"}}}),
]


@pytest.mark.parametrize(("name", "aggregation"), LACKING)
def test_lacking(shop: Shop, raw: httpx.Client, name: str, aggregation: dict[str, Any]) -> None:
    """What Elasticsearch has and the local catalog lacks is rejected by name."""
    answer = _post(shop, raw, aggregation)

    assert (answer.status_code, answer.json()["errorCode"]) == (501, "LOCAL-501")
    assert name in answer.json()["errorMessage"]


def _post(shop: Shop, raw: httpx.Client, aggregation: dict[str, Any]) -> httpx.Response:
    dsl = {"query": shop.all().to_query().to_dict(), "size": 0, "aggs": {"it": aggregation}}
    return raw.post("/search/indexsearch", json={"dsl": dsl})
