"""Searches over a few documents: matches, order, indexes, and rejections."""

import json
import re
import sqlite3
from datetime import UTC
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.catalog import store
from local.catalog.errors import CatalogError
from local.catalog.lineage import filters, listing
from local.catalog.search import date, functions, fuzzy, index, moment, query, search, text

LAKE = "default/s3/1"
SHOP = "default/postgres/2/shop"
ENTITIES = {
    "bucket": ("S3Bucket", "ACTIVE", 10, {"qualifiedName": f"{LAKE}/acme", "name": "acme", "s3ObjectCount": 2}),
    "orders": (
        "S3Object",
        "ACTIVE",
        20,
        {
            "qualifiedName": f"{LAKE}/acme/raw/Orders_2024.csv",
            "name": "Orders_2024.csv",
            "description": "Nightly export of the shop's orders",
            "connectionQualifiedName": LAKE,
            "s3BucketName": "acme",
            "s3ObjectKey": "raw/Orders_2024.csv",
            "s3ObjectSize": 120,
            "ownerUsers": ["ann", "bob"],
        },
    ),
    "star": (
        "S3Object",
        "DELETED",
        30,
        {
            "qualifiedName": f"{LAKE}/acme/raw/a*[b]?_100%.csv",
            "name": "a*[b]?_100%.csv",
            "connectionQualifiedName": LAKE,
            "s3ObjectKey": "raw/a*[b]?_100%.csv",
            "s3ObjectSize": 7,
            "ownerUsers": ["bob"],
        },
    ),
    "table": (
        "Table",
        "ACTIVE",
        40,
        {
            "qualifiedName": f"{SHOP}/public/orders",
            "name": "orders",
            "description": "",
            "databaseName": "Shop",
            "columnCount": 2,
            "isProfiled": True,
            "ownerUsers": [],
        },
    ),
    "id": (
        "Column",
        "ACTIVE",
        50,
        {
            "qualifiedName": f"{SHOP}/public/orders/id",
            "name": "ID",
            "tableQualifiedName": f"{SHOP}/public/orders",
            "isProfiled": False,
        },
    ),
    "élan": ("Process", "ACTIVE", 60, {"qualifiedName": f"{LAKE}/p", "name": "Élan vital"}),
}


def add(connection: sqlite3.Connection, guid: str, due: int = 0) -> None:
    """Store an entity of the table above, and index it."""
    type_, status, time, attributes = ENTITIES[guid]
    connection.execute(
        "INSERT INTO entity VALUES (?, ?, ?, ?, ?, NULL, 'ann', 'bob', ?, ?, 0)",
        (guid, type_, attributes["qualifiedName"], status, json.dumps(attributes), time, time),
    )
    index.write(connection, [guid], due)


@pytest.fixture
def connection():
    connection = sqlite3.connect(":memory:")
    connection.row_factory = sqlite3.Row
    functions.install(connection)
    connection.executescript(store.SCHEMA + index.SCHEMA)
    for guid in ENTITIES:
        add(connection, guid)
    yield connection
    connection.close()


def ask(connection: sqlite3.Connection, now: int = 100, **dsl: Any) -> dict[str, Any]:
    return search.search(connection, {"dsl": {"size": 300, "track_total_hits": True, **dsl}}, now)


def guids(answer: dict[str, Any]) -> list[str]:
    return [entity["guid"] for entity in answer.get("entities", [])]


def term(name: str, value: Any, **options: Any) -> dict[str, Any]:
    return {"term": {name: {"value": value, **options}}}


MATCHES = [
    # exactly, by the kind of field
    ("keyword", term("qualifiedName", f"{SHOP}/public/orders"), {"table"}),
    ("keyword-case", term("qualifiedName", f"{SHOP}/public/ORDERS"), set()),
    ("keyword-any-case", term("qualifiedName", f"{SHOP}/public/ORDERS", case_insensitive=True), {"table"}),
    (
        "keywords-any-case",
        {"bool": {"should": [term("qualifiedName", name, case_insensitive=True) for name in (f"{LAKE}/P", "X")]}},
        {"élan"},
    ),
    ("short-form", {"term": {"__guid": "table"}}, {"table"}),
    ("lowered", term("name.keyword", "ORDERS"), {"table"}),
    ("lowered-not-a-word", term("name.keyword", "orders_2024"), set()),
    ("lowered-beyond-ascii", term("name.keyword", "ÉLAN VITAL"), {"élan"}),
    ("lowered-stored", term("databaseName.keyword", "SHOP"), {"table"}),
    ("word", term("name", "orders"), {"orders", "table"}),
    ("word-is-lower-case", term("name", "Orders"), set()),
    ("word-of-a-keyword", term("s3ObjectKey.text", "raw"), {"orders", "star"}),
    ("words-of-a-number", term("name", "2024.csv"), {"orders"}),
    ("type", term("__typeName.keyword", "s3object"), {"orders", "star"}),
    ("state", term("__state", "DELETED"), {"star"}),
    ("supertype", term("__superTypeNames.keyword", "Asset"), set(ENTITIES)),
    ("supertype-below", term("__superTypeNames.keyword", "S3"), {"bucket", "orders", "star"}),
    ("supertype-is-not-the-type", term("__superTypeNames.keyword", "S3Object"), set()),
    ("supertypes", {"terms": {"__superTypeNames.keyword": ["SQL", "S3"]}}, set(ENTITIES) - {"élan"}),
    ("creator", term("__createdBy", "ann"), set(ENTITIES)),
    ("number", term("s3ObjectSize", 120), {"orders"}),
    ("number-as-text", term("s3ObjectSize", "120"), {"orders"}),
    ("true", term("isProfiled", True), {"table"}),
    ("false", term("isProfiled", "false"), {"id"}),
    ("internal-boolean", term("__hasLineage", False), set(ENTITIES)),
    ("one-of-an-array", term("ownerUsers", "bob"), {"orders", "star"}),
    ("unknown-field", term("nobodyHasThis", "x"), set()),
    ("terms", {"terms": {"__guid": ["id", "star", "gone"]}}, {"id", "star"}),
    ("terms-boost", {"terms": {"name.keyword": ["ID"], "boost": 2}}, {"id"}),
    ("terms-numbers", {"terms": {"s3ObjectSize": [7, "120"]}}, {"orders", "star"}),
    ("no-terms", {"terms": {"__guid": []}}, set()),
    ("ids", {"ids": {"values": ["id"]}}, {"id"}),
    # in part
    ("prefix", {"prefix": {"qualifiedName": {"value": f"{SHOP}/public/orders"}}}, {"table", "id"}),
    ("prefix-case", {"prefix": {"qualifiedName": {"value": SHOP.upper()}}}, set()),
    (
        "prefix-any-case",
        {"prefix": {"qualifiedName": {"value": SHOP.upper(), "case_insensitive": True}}},
        {"table", "id"},
    ),
    ("prefix-literal", {"prefix": {"s3ObjectKey": "raw/a*[b]?_"}}, {"star"}),
    (
        "prefix-literal-any-case",
        {"prefix": {"s3ObjectKey": {"value": "RAW/A*[B]?_100%", "case_insensitive": True}}},
        {"star"},
    ),
    ("prefix-no-pattern", {"prefix": {"s3ObjectKey": "raw/*"}}, set()),
    ("prefix-lowered", {"prefix": {"name.keyword": "ORD"}}, {"orders", "table"}),
    ("wildcard", {"wildcard": {"s3ObjectKey": {"value": "raw/*_2?24.csv"}}}, {"orders"}),
    ("wildcard-in-full", {"wildcard": {"s3ObjectKey": {"value": "raw/*_2?24"}}}, set()),
    ("wildcard-escaped", {"wildcard": {"s3ObjectKey": {"value": r"raw/a\*[b]\?*"}}}, {"star"}),
    (
        "wildcard-any-case",
        {"wildcard": {"s3ObjectKey": {"value": "RAW/*_1??%.CSV", "case_insensitive": True}}},
        {"star"},
    ),
    ("wildcard-of-an-array", {"wildcard": {"ownerUsers": "a*"}}, {"orders"}),
    ("regexp", {"regexp": {"s3ObjectKey": {"value": "raw/(O|o)rders_[0-9]{4}.csv"}}}, {"orders"}),
    ("regexp-in-full", {"regexp": {"s3ObjectKey": {"value": "Orders"}}}, set()),
    ("regexp-quoted", {"regexp": {"s3ObjectKey": {"value": 'raw/"a*[b]?".*'}}}, {"star"}),
    ("regexp-any-case", {"regexp": {"s3ObjectKey": {"value": "RAW/ORD.*", "case_insensitive": True}}}, {"orders"}),
    # between
    ("range", {"range": {"s3ObjectSize": {"gte": 7, "lt": 120}}}, {"star"}),
    ("range-text", {"range": {"qualifiedName": {"gt": f"{SHOP}/public/orders", "lt": LAKE}}}, {"id"}),
    ("range-time", {"range": {"__timestamp": {"gt": 40, "lte": 60}}}, {"id", "élan"}),
    ("range-date", {"range": {"__modificationTimestamp.date": {"lte": 10, "format": "epoch_millis"}}}, {"bucket"}),
    # at all
    ("exists", {"exists": {"field": "description.keyword"}}, {"orders", "table"}),
    ("exists-not-in-an-empty-array", {"exists": {"field": "ownerUsers"}}, {"orders", "star"}),
    ("exists-column", {"exists": {"field": "s3ObjectKey"}}, {"orders", "star"}),
    ("exists-words", {"exists": {"field": "name"}}, set(ENTITIES)),
    # in words
    ("match-any", {"match": {"name": {"query": "Orders vital"}}}, {"orders", "table", "élan"}),
    ("match-all-words", {"match": {"description.text": {"query": "ORDERS export", "operator": "AND"}}}, {"orders"}),
    ("match-so-many", {"match": {"description": {"query": "orders export x", "minimum_should_match": 2}}}, {"orders"}),
    (
        "match-all-but",
        {"match": {"description": {"query": "orders export x", "minimum_should_match": "-1"}}},
        {"orders"},
    ),
    ("match-no-words", {"match": {"name": "--"}}, set()),
    ("match-a-keyword", {"match": {"qualifiedName": f"{LAKE}/p"}}, {"élan"}),
    ("match-stemmed", {"match": {"name.stemmed": "orders"}}, {"orders", "table"}),
    ("phrase", {"match_phrase": {"description": "export of"}}, {"orders"}),
    ("phrase-in-order", {"match_phrase": {"description": {"query": "of export"}}}, set()),
    ("phrase-of-a-column", {"match_phrase": {"name": "orders 2024.csv"}}, {"orders"}),
    # together
    ("all", {"match_all": {}}, set(ENTITIES)),
    ("none", {"match_none": {}}, set()),
    ("constant", {"constant_score": {"filter": term("__guid", "id"), "boost": 1.2}}, {"id"}),
    (
        "must-and-filter",
        {"bool": {"must": [term("__state", "ACTIVE")], "filter": term("ownerUsers", "bob")}},
        {"orders"},
    ),
    ("should-alone", {"bool": {"should": [term("__guid", "id"), term("__guid", "table")]}}, {"id", "table"}),
    ("should-beside", {"bool": {"filter": [term("__guid", "id")], "should": [term("__guid", "table")]}}, {"id"}),
    (
        "should-wanted",
        {
            "bool": {
                "filter": [term("__state", "ACTIVE")],
                "should": [term("__guid", "star")],
                "minimum_should_match": 1,
            }
        },
        set(),
    ),
    (
        "should-two",
        {
            "bool": {
                "should": [term("name", "orders"), term("__createdBy", "ann"), term("s3BucketName", "acme")],
                "minimum_should_match": 3,
            }
        },
        {"orders"},
    ),
    ("must-not", {"bool": {"must_not": [term("__state", "ACTIVE")]}}, {"star"}),
    ("must-not-where-absent", {"bool": {"must_not": [term("s3BucketName", "acme")]}}, set(ENTITIES) - {"orders"}),
    (
        "should-two-of-a-thousand",
        {"bool": {"should": [term("__state", "ACTIVE")] * 2 + [term("__guid", "x")] * 1022, "minimum_should_match": 2}},
        set(ENTITIES) - {"star"},
    ),
    ("empty-bool", {"bool": {}}, set(ENTITIES)),
    (
        "a-thousand",
        {"bool": {"should": [term("__guid", f"x{n}") for n in range(1000)] + [term("__guid", "id")]}},
        {"id"},
    ),
]


@pytest.mark.parametrize(
    ("asked", "expected"), [pytest.param(asked, expected, id=name) for name, asked, expected in MATCHES]
)
def test_match(connection, asked, expected):
    """A query matches what Elasticsearch would match, and counts it."""
    answer = ask(connection, query=asked)

    assert set(guids(answer)) == expected
    assert answer["approximateCount"] == len(expected)
    assert ("entities" in answer) == bool(expected)


REFUSED = [
    ("no-query", {"query": None, "post_filter": {}}, "exactly one kind of query"),
    ("unknown-query", {"query": {"fuzzier": {"name": "x"}}}, "unknown query [fuzzier]"),
    ("two-queries", {"query": {"match_all": {}, "match_none": {}}}, "exactly one kind of query"),
    ("nested-unknown", {"query": {"bool": {"filter": [{"span_nearly": {}}]}}}, "unknown query [span_nearly]"),
    ("not-an-object", {"query": {"term": "x"}}, "[term] must hold an object"),
    ("two-fields", {"query": {"term": {"name": "x", "__guid": "y"}}}, "[term] takes exactly one field"),
    (
        "unknown-option",
        {"query": {"match": {"name": {"query": "x", "fuzzy": "AUTO"}}}},
        "[match] does not support [fuzzy]",
    ),
    (
        "slops",
        {"query": {"match_phrase": {"name": {"query": "x", "slops": 2}}}},
        "[match_phrase] does not support [slops]",
    ),
    ("bool-option", {"query": {"bool": {"shuold": []}}}, "[bool] does not support [shuold]"),
    ("no-value", {"query": {"term": {"name": {}}}}, "[term] needs one value as [value]"),
    ("terms-value", {"query": {"terms": {"name": "x"}}}, "[terms] on [name] needs a list"),
    ("not-a-number", {"query": {"range": {"s3ObjectSize": {"gt": "big"}}}}, "s3ObjectSize: 'big' is not a number"),
    ("not-a-boolean", {"query": term("__hasLineage", "yes")}, "__hasLineage: 'yes' is neither true nor false"),
    (
        "date",
        {"query": {"range": {"__timestamp": {"gt": "2026-01", "format": "yyyy-MM"}}}},
        "'2026-01' is not a number",
    ),
    ("prefix-of-a-number", {"query": {"prefix": {"__timestamp": "1"}}}, "[prefix] can't be used on [__timestamp]"),
    ("bad-regexp", {"query": {"regexp": {"__guid": "a("}}}, "regexp 'a('"),
    ("bad-field", {"query": term('na"me', "x")}, "is not the name of a field"),
    ("minimum", {"query": {"bool": {"should": [{"match_all": {}}], "minimum_should_match": "most"}}}, "'most'"),
    ("too-many", {"query": {"bool": {"should": [{"match_all": {}}] * 1025}}}, "1025 clauses"),
    ("sort-by-words", {"query": {"match_all": {}}, "sort": ["name"]}, "[sort] can't be used on [name]"),
    (
        "sort-option",
        {"query": {"match_all": {}}, "sort": [{"__guid": {"nests": {}}}]},
        "[sort] does not support [nests]",
    ),
    ("sort-order", {"query": {"match_all": {}}, "sort": [{"__guid": "up"}]}, "order 'up'"),
    ("negative", {"query": {"match_all": {}}, "from": -1}, "[from] must be a whole number"),
    ("after-without-sort", {"query": {"match_all": {}}, "search_after": ["x"]}, "search_after needs a sort"),
    ("after-and-from", {"query": {"match_all": {}}, "sort": ["__guid"], "from": 1, "search_after": ["x"]}, "no 'from'"),
    (
        "after-too-short",
        {"query": {"match_all": {}}, "sort": ["__guid", "name.keyword"], "search_after": ["x"]},
        "one value for each",
    ),
    ("unknown-key", {"query": {"match_all": {}}, "suggests": {}}, "[dsl] does not support [suggests]"),
    (
        "aggregation",
        {"query": {"match_all": {}}, "aggs": {"a": {"histograms": {}}}},
        "aggregation [a] needs exactly one of",
    ),
    ("least-text", {"query": {"match_all": {}}, "aggs": {"a": {"min": {"field": "s3ObjectKey"}}}}, "is not a number"),
    ("metric-option", {"query": {"match_all": {}}, "aggs": {"a": {"max": {"scripts": 1}}}}, "[max] does not support"),
    (
        "aggregate-words",
        {"query": {"match_all": {}}, "aggs": {"a": {"terms": {"field": "name"}}}},
        "can't be used on [name]",
    ),
]


@pytest.mark.parametrize(("dsl", "message"), [pytest.param(dsl, message, id=name) for name, dsl, message in REFUSED])
def test_refuse(connection, dsl, message):
    """Unsupported queries are rejected with 400 and their name, never guessed."""
    with pytest.raises(CatalogError) as caught:
        ask(connection, **dsl)

    assert caught.value.status == 400
    assert message in caught.value.message


@pytest.mark.parametrize("request_", [{}, {"dsl": None}, {"dsl": {}}])
def test_refuse_no_dsl(connection, request_):
    """A request without a query language is rejected, as DiscoveryREST does."""
    with pytest.raises(CatalogError) as caught:
        search.search(connection, request_, 0)

    assert (caught.value.status, caught.value.code) == (400, "ATLAS-400-00-029")


def test_window(connection):
    """Any hit can be reached by from and size, or those within the window; the rejection is a 500."""
    dsl = {"query": {"match_all": {}}, "size": 10}
    search.search(connection, {"dsl": dsl | {"from": 9_991}}, 100)
    search.search(connection, {"dsl": dsl | {"from": 9_990}}, 100, window=10_000)

    with pytest.raises(CatalogError) as caught:
        search.search(connection, {"dsl": dsl | {"from": 9_991}}, 100, window=10_000)

    assert (caught.value.status, caught.value.code) == (500, "ATLAS-500-00-001")


PLANS = [
    ("qualified name", [term("qualifiedName", "x")], "document_qualified_name (qualified_name=?)"),
    ("names", [{"terms": {"qualifiedName": ["x", "y"]}}], "document_qualified_name (qualified_name=?)"),
    ("any case", [term("qualifiedName", "x", case_insensitive=True)], "document_any_case (qualified_name=?)"),
    (
        "prefix",
        [{"prefix": {"qualifiedName": "x/"}}],
        "document_qualified_name (qualified_name>? AND qualified_name<?)",
    ),
    (
        "wildcard",
        [{"wildcard": {"qualifiedName": "x/*y"}}],
        "document_qualified_name (qualified_name>? AND qualified_name<?)",
    ),
    ("type and name", [term("__typeName.keyword", "Table"), term("name.keyword", "x")], "document_name (name=?)"),
    (
        "type and key",
        [term("__typeName.keyword", "S3Object"), term("s3ObjectKey", "x")],
        "document_object_key (object_key=?)",
    ),
    (
        "columns",
        [term("__typeName.keyword", "Column"), term("tableQualifiedName", "x")],
        "document_table_name (table_name=?)",
    ),
    (
        "type and qualified name",
        [term("__typeName.keyword", "Table"), term("qualifiedName", "x")],
        "document_type (type=? AND qualified_name=?)",
    ),
    ("guid", [term("__guid", "x")], "document_guid (guid=?)"),
]


@pytest.mark.parametrize(("pins", "index"), [pytest.param(pins, index, id=name) for name, pins, index in PLANS])
def test_plan(connection, pins, index):
    """A search that pins a selective field reads an index, even beside a type and a state that all share."""
    broad = [term("__superTypeNames.keyword", "Asset"), term("__state", "ACTIVE")]
    where = query.compile_query({"bool": {"filter": [*broad, *pins]}})

    plan = [
        row[3]
        for row in connection.execute(f"EXPLAIN QUERY PLAN SELECT id FROM document WHERE {where.sql}", where.values)
    ]

    assert plan[0] == f"SEARCH document USING INDEX {index}"


def test_plan_of_a_sweep(connection):
    """Paging through one type by qualified name reads each page from an index, already in order."""
    where = query.compile_query(
        {"bool": {"filter": [term("__typeName.keyword", "S3Object"), {"range": {"qualifiedName": {"gt": "x"}}}]}}
    )
    sql = f"EXPLAIN QUERY PLAN SELECT guid FROM document WHERE {where.sql} ORDER BY document.qualified_name LIMIT 300"

    plan = [row[3] for row in connection.execute(sql, where.values)]

    assert plan == ["SEARCH document USING INDEX document_type (type=? AND qualified_name>?)"]


ORDERS = [
    ("ascending", [{"__timestamp": {"order": "asc"}}], ["bucket", "orders", "star", "table", "id", "élan"]),
    ("descending", [{"__timestamp": "desc"}], ["élan", "id", "table", "star", "orders", "bucket"]),
    ("lowered", ["name.keyword"], ["star", "bucket", "id", "table", "orders", "élan"]),
    ("absent last", [{"s3ObjectSize": "asc"}, {"__guid": "asc"}], ["star", "orders", "bucket", "id", "table", "élan"]),
    ("absent last, too", [{"s3ObjectSize": "desc"}, "__guid"], ["orders", "star", "bucket", "id", "table", "élan"]),
    (
        "absent first",
        [{"s3ObjectKey": {"missing": "_first"}}, "__guid"],
        ["bucket", "id", "table", "élan", "orders", "star"],
    ),
    ("second key", ["__state", {"__guid": "desc"}], ["élan", "table", "orders", "id", "bucket", "star"]),
    ("score is constant", ["_score", {"__guid": "asc"}], ["bucket", "id", "orders", "star", "table", "élan"]),
]


@pytest.mark.parametrize(
    ("sort", "expected"), [pytest.param(sort, expected, id=name) for name, sort, expected in ORDERS]
)
def test_sort(connection, sort, expected):
    """Hits come in the order asked for, those without the field last."""
    assert guids(ask(connection, query={"match_all": {}}, sort=sort)) == expected


@pytest.mark.parametrize(
    ("sort", "expected"), [pytest.param(sort, expected, id=name) for name, sort, expected in ORDERS[:6]]
)
def test_search_after(connection, sort, expected):
    """Pages of one, each after the last hit of the page before, give every hit once and in order."""
    names = [next(iter(one)) if isinstance(one, dict) else one for one in sort]
    values = {"__timestamp": 2, "name.keyword": "name", "s3ObjectSize": "s3ObjectSize", "s3ObjectKey": "s3ObjectKey"}

    def place(guid: str) -> list[Any]:
        keys = [values.get(name, guid) for name in names]
        return [
            ENTITIES[guid][key] if isinstance(key, int) else ENTITIES[guid][3].get(key, None if key != guid else guid)
            for key in keys
        ]

    for before, behind in pairwise(expected):
        page = ask(connection, query={"match_all": {}}, sort=sort, size=1, search_after=place(before))
        assert guids(page) == [behind]


def test_page(connection):
    """from and size cut the hits; the count is of all of them."""
    answer = ask(connection, query={"match_all": {}}, sort=["__guid"], **{"from": 2, "size": 3})

    assert guids(answer) == ["orders", "star", "table"]
    assert answer["approximateCount"] == 6


def test_count_is_capped(connection):
    """A count goes as far as track_total_hits says."""
    assert ask(connection, query={"match_all": {}}, track_total_hits=4)["approximateCount"] == 4


def test_post_filter(connection):
    """A post_filter narrows the hits and their count, but not the aggregations."""
    answer = ask(
        connection,
        query=term("__superTypeNames.keyword", "S3"),
        post_filter=term("__state", "DELETED"),
        aggs={"states": {"terms": {"field": "__state"}}},
    )

    assert guids(answer) == ["star"]
    assert answer["approximateCount"] == 1
    assert [bucket["doc_count"] for bucket in answer["aggregations"]["states"]["buckets"]] == [2, 1]


AGGREGATIONS = [
    ("keys are lowered", {"terms": {"field": "__typeName.keyword", "size": 2}}, (["s3object", "column"], [2, 1], 3)),
    ("by key", {"terms": {"field": "__state", "order": {"_key": "desc"}}}, (["DELETED", "ACTIVE"], [1, 5], 0)),
    ("rarest first", {"terms": {"field": "__state", "order": [{"_count": "asc"}]}}, (["DELETED", "ACTIVE"], [1, 5], 0)),
    ("array", {"terms": {"field": "ownerUsers"}}, (["bob", "ann"], [2, 1], 0)),
    ("at least", {"terms": {"field": "ownerUsers", "min_doc_count": 2}}, (["bob"], [2], 1)),
    ("nobody", {"terms": {"field": "nobodyHasThis"}}, ([], [], 0)),
]


@pytest.mark.parametrize(
    ("body", "expected"), [pytest.param(body, expected, id=name) for name, body, expected in AGGREGATIONS]
)
def test_buckets(connection, body, expected):
    """Documents are counted by value, most first and then by value; what isn't shown is summed up."""
    result = ask(connection, query={"match_all": {}}, size=0, aggregations={"a": body})["aggregations"]["a"]

    keys, counts = [one["key"] for one in result["buckets"]], [one["doc_count"] for one in result["buckets"]]
    assert (keys, counts, result["sum_other_doc_count"]) == expected


METRICS = [
    ("min", {"min": {"field": "s3ObjectSize"}}, 7),
    ("max", {"max": {"field": "__timestamp"}}, 60),
    ("sum", {"sum": {"field": "s3ObjectSize"}}, 127),
    ("avg", {"avg": {"field": "s3ObjectSize"}}, 63.5),
    ("nothing to sum", {"sum": {"field": "rowCount"}}, 0),
    ("a default to average", {"avg": {"field": "rowCount"}}, 0),
    ("nothing to average", {"avg": {"field": "nothing"}}, None),
    ("cardinality", {"cardinality": {"field": "__typeName.keyword"}}, 5),
    ("values", {"value_count": {"field": "ownerUsers"}}, 3),
]


@pytest.mark.parametrize(
    ("body", "expected"), [pytest.param(body, expected, id=name) for name, body, expected in METRICS]
)
def test_metric(connection, body, expected):
    """A metric is computed over the values that documents have."""
    assert ask(connection, query={"match_all": {}}, aggs={"m": body})["aggregations"] == {"m": {"value": expected}}


def test_nested_aggregations(connection):
    """A bucket holds aggregations of its own documents."""
    nested = {
        "size": {"sum": {"field": "s3ObjectSize"}},
        "one": {"top_hits": {"size": 1, "_source": {"includes": ["name"]}}},
    }
    body = {"terms": {"field": "ownerUsers"}, "aggregations": nested}

    bob, ann = ask(connection, query={"match_all": {}}, aggs={"a": body})["aggregations"]["a"]["buckets"]

    assert (bob["size"]["value"], ann["size"]["value"]) == (127, 120)
    assert ann["one"]["hits"]["total"] == {"value": 1, "relation": "eq"}
    assert ann["one"]["hits"]["hits"][0]["_source"] == {"name": "Orders_2024.csv"}


def test_boolean_bucket(connection):
    """A boolean bucket has a number and a text as its key."""
    result = ask(connection, query={"match_all": {}}, aggs={"a": {"terms": {"field": "isProfiled"}}})

    assert [(one["key"], one["key_as_string"]) for one in result["aggregations"]["a"]["buckets"]] == [
        (0, "false"),
        (1, "true"),
    ]


def change(connection: sqlite3.Connection, guid: str, name: str, now: int, lag: int) -> None:
    """Rename an entity at *now*, as a save would, with an index that lags."""
    attributes = ENTITIES[guid][3] | {"name": name}
    connection.execute(
        "UPDATE entity SET attributes = ?, update_time = ? WHERE guid = ?", (json.dumps(attributes), now, guid)
    )
    index.write(connection, [guid], now + lag)


def test_lag(connection):
    """While the index lags, the old name matches and the new value is shown; then the new name matches."""
    change(connection, "table", "sales", now=200, lag=1000)

    before = ask(connection, now=1199, query=term("name.keyword", "orders"))
    assert guids(before) == ["table"]
    assert before["entities"][0]["attributes"]["name"] == "sales"
    assert guids(ask(connection, now=1199, query=term("name.keyword", "sales"))) == []
    assert guids(ask(connection, now=1200, query=term("name.keyword", "sales"))) == ["table"]
    assert guids(ask(connection, now=1200, query=term("name.keyword", "orders"))) == []


def test_lag_of_a_new_entity(connection):
    """An entity can't be found until it is indexed."""
    connection.execute("DELETE FROM entity WHERE guid = 'id'")
    index.write(connection, ["id"], 0)
    add(connection, "id", due=500)

    assert guids(ask(connection, now=499, query=term("__guid", "id"))) == []
    assert guids(ask(connection, now=500, query=term("__guid", "id"))) == ["id"]


def test_index_stays_small(connection):
    """Documents that nothing can match any more are dropped as the entity goes on changing."""
    for now in range(1000, 2000, 10):
        change(connection, "table", f"t{now}", now, lag=20)

    (kept,) = connection.execute("SELECT count(*) FROM document WHERE guid = 'table'").fetchone()
    assert kept <= 4
    assert (
        connection.execute("SELECT count(*) FROM source").fetchone()
        == connection.execute("SELECT count(*) FROM document").fetchone()
    )


def test_purged(connection):
    """An entity that is gone is never a hit, nor does it leave documents behind."""
    connection.execute("DELETE FROM entity WHERE guid = 'id'")
    index.write(connection, ["id"], 10_000)

    assert guids(ask(connection, query=term("__guid", "id"))) == []
    assert connection.execute("SELECT count(*) FROM document WHERE guid = 'id'").fetchone()[0] == 0


@given(low=st.integers(0, 30_000), high=st.integers(0, 30_000), number=st.integers(0, 40_000))
def test_interval(low, high, number):
    """An interval of a regular expression matches the numbers from one end to the other, and no others."""
    expression = text.expression(f"<{low}-{high}>")
    shown = str(number).zfill(len(str(low))) if len(str(low)) == len(str(high)) else str(number)

    assert (re.fullmatch(expression, shown) is not None) is (min(low, high) <= number <= max(low, high))


WORDS = st.text("abc", max_size=5)


def distance(one: str, other: str) -> int:
    """Count the edits between two texts in the plain way: by what is done with their last characters."""
    if not one or not other:
        return len(one) + len(other)
    ways = [distance(one[:-1], other) + 1, distance(one, other[:-1]) + 1]
    ways.append(distance(one[:-1], other[:-1]) + (one[-1] != other[-1]))
    if len(one) > 1 and len(other) > 1 and one[-2:] == other[-1] + other[-2]:
        ways.append(distance(one[:-2], other[:-2]) + 1)
    return min(ways)


@given(one=WORDS, other=WORDS, most=st.integers(0, 2))
def test_near(one, other, most):
    """A text is near another if as few edits are between them, swaps of neighbours included."""
    assert fuzzy.near(one, other, most, 0, transpose=True) is (distance(one, other) <= most)


TIMES = st.integers(0, 4_000_000_000_000)
ZONES = st.sampled_from(["UTC", "+05:30", "Europe/Paris", "America/New_York"])


@given(when=TIMES, zone=ZONES, form=st.sampled_from(["strict_date_time", "epoch_millis", "yyyy-MM-dd'T'HH:mm:ss.SSSX"]))
def test_date_is_read_as_written(when, zone, form):
    """A time that a format writes in full is read as the same time."""
    assert date.read(date.write(when, form, date.zone_of(zone)), form, UTC, up=False) == when


@given(when=TIMES, zone=ZONES, unit=st.sampled_from("yMwdhms"))
def test_rounding(when, zone, unit):
    """A time lies between what it is rounded down to and up to, and these are one unit apart."""
    there = date.zone_of(zone)
    form = "epoch_millis"

    start, end = (moment.read(f"{when}||/{unit}", form, there, up=up) for up in (False, True))

    assert start <= when <= end
    assert moment.read(f"{end + 1}||/{unit}", form, there) == end + 1
    assert moment.read(f"{start}||+1{unit}", form, there) == end + 1


KEYS = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"))


@given(start=KEYS, rest=KEYS)
def test_patterns_quote(start, rest):
    """Any name is found by its prefix and by itself, and never read as a pattern."""
    escaped = "".join(f"\\{character}" for character in start)
    with sqlite3.connect(":memory:") as connection:
        asked = (
            (start + rest, text.literal(start) + "*"),
            (start, text.glob(escaped)),
            (start + rest, text.glob(f"{escaped}*")),
        )
        found = [connection.execute("SELECT ? GLOB ?", pair).fetchone()[0] for pair in asked]
        found += connection.execute("SELECT ? LIKE ? ESCAPE '\\'", (start + rest, text.unlike(start) + "%")).fetchone()
        found += connection.execute("SELECT ? LIKE ? ESCAPE '\\'", (start, text.like(escaped))).fetchone()
    connection.close()

    assert found == [1] * 5
    assert re.fullmatch(text.expression(escaped), start)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Orders_2024.csv", ["orders", "2024.csv"]),
        ("raw/a-b@c d'e", ["raw", "a", "b", "c", "d", "e"]),
        ("v2x10", ["v", "2x", "10"]),
        ("  __  ", []),
        ("ÉLAN", ["élan"]),
    ],
)
def test_words(value, expected):
    """A text is cut where Atlan's analyser cuts it."""
    assert text.words(value) == expected


FILTERS = [
    ("starts-with-a-number", "s3ObjectSize", "startsWith", "1", set()),
    ("contains-in-an-array", "ownerUsers", "contains", "bob", {"orders", "star"}),
    ("array-without", "ownerUsers", "not_contains", "bob", set(ENTITIES) - {"orders", "star"}),
    ("less", "s3ObjectSize", "<", "100", {"star"}),
    ("at-least", "s3ObjectSize", ">=", "120", {"orders"}),
    ("order-of-an-array", "ownerUsers", "<", "z", set()),
    ("other-or-none", "s3BucketName", "!=", "acme", set(ENTITIES) - {"orders"}),
    ("true", "isProfiled", "=", "True", {"table"}),
    ("none", "isProfiled", "isNull", "", set(ENTITIES) - {"table", "id"}),
    ("empty-is-a-value", "description", "notNull", "", {"orders", "table"}),
    ("not-empty", "description", "notEmpty", "", {"orders"}),
    ("state", "__state", "=", "DELETED", {"star"}),
]


@pytest.mark.parametrize(
    ("attribute", "operator", "value", "expected"), [pytest.param(*case, id=name) for name, *case in FILTERS]
)
def test_filter(connection, attribute, operator, value, expected):
    """A filter of lineage compares by the attribute's type; values come as text."""
    criterion = {"attributeName": attribute, "operator": operator, "attributeValue": value}
    passes = filters.parse({"condition": "AND", "criterion": [criterion]}, "entityFilters")

    rows = connection.execute("SELECT * FROM entity").fetchall()

    assert {row["guid"] for row in rows if passes(filters.of_entity(row))} == expected


def test_lineage_of_data_products(connection):
    """Lineage that the catalog doesn't have is rejected, not answered as if it were empty."""
    request = {"guid": "table", "direction": "INPUT", "depth": 1, "from": 0, "size": 1}

    with pytest.raises(CatalogError) as caught:
        listing.answer(connection, request | {"lineageType": "ProductAssetLineage"})

    assert caught.value.status == 501


def test_lineage_of_a_type_without(connection):
    """An entity that neither holds nor moves data has no lineage to ask for."""
    connection.execute(
        "INSERT INTO entity VALUES ('note', 'Asset', 'note', 'ACTIVE', '{}', NULL, 'ann', 'ann', 1, 1, 0)",
    )
    request = {"guid": "note", "direction": "INPUT", "depth": 1, "from": 0, "size": 1}

    with pytest.raises(CatalogError) as caught:
        listing.answer(connection, request)

    assert (caught.value.status, caught.value.code) == (404, "ATLAS-404-00-011")


LINK, TABLE = term("__typeName.keyword", "Link"), term("__typeName.keyword", "Table")
ELSEWHERE = [
    ("term", LINK),
    ("any-case", term("__typeName", "link")),
    ("above", term("__superTypeNames.keyword", "BI")),
    ("terms", {"terms": {"__typeName.keyword": ["Link", "Badge"]}}),
    ("filter", {"bool": {"filter": [{"match_all": {}}, LINK]}}),
    ("must", {"bool": {"must": LINK, "should": [TABLE]}}),
    ("should", {"bool": {"should": [LINK, LINK]}}),
    ("should-needed", {"bool": {"filter": [], "should": [LINK], "minimum_should_match": "100%"}}),
    ("within", {"bool": {"filter": [{"bool": {"should": [LINK]}}]}}),
    ("constant-score", {"constant_score": {"filter": LINK}}),
    ("boosting", {"boosting": {"positive": LINK, "negative": TABLE, "negative_boost": 0.5}}),
    ("dis-max", {"dis_max": {"queries": [LINK, LINK]}}),
]


@pytest.mark.parametrize("asked", [pytest.param(asked, id=name) for name, asked in ELSEWHERE])
def test_elsewhere(connection, asked):
    """A search that only types of Atlan's other than those here can match is rejected with the type's name."""
    with pytest.raises(CatalogError, match=r"the type (Link|BI), only") as caught:
        ask(connection, query=asked)

    assert caught.value.status == 501


ANYWHERE = [
    ("terms", {"terms": {"__typeName.keyword": ["Link", "Table"]}}),
    ("no-terms", {"terms": {"__typeName.keyword": []}}),
    ("unknown", term("__typeName.keyword", "Unheard")),
    ("named", term("name.keyword", "Link")),
    ("should", {"bool": {"should": [LINK, TABLE]}}),
    ("should-beside", {"bool": {"filter": [TABLE], "should": [LINK]}}),
    ("should-not-needed", {"bool": {"should": [LINK], "minimum_should_match": 0}}),
    ("no-should", {"bool": {"should": []}}),
    ("must-not", {"bool": {"must_not": [LINK]}}),
    ("constant-score", {"constant_score": {"filter": {"bool": {"must_not": LINK}}}}),
    ("boosting", {"boosting": {"positive": TABLE, "negative": LINK, "negative_boost": 0.5}}),
    ("dis-max", {"dis_max": {"queries": [LINK, TABLE]}}),
    ("exists", {"exists": {"field": "__typeName"}}),
    ("nested", {"nested": {"path": "awsTags", "query": {"term": {"awsTags.awsTagKey": "Link"}}}}),
]


@pytest.mark.parametrize("asked", [pytest.param(asked, id=name) for name, asked in ANYWHERE])
def test_anywhere(connection, asked):
    """A search that may match types that are here as well is answered."""
    ask(connection, query=asked)


@pytest.mark.parametrize(
    "asked", ["x", {"bool": "x"}, {"bool": {"filter": ["x"]}}, {"term": {"__typeName": {}}}, {}, 5]
)
def test_malformed(connection, asked):
    """A malformed query is a 400, also where the types of a search are looked for."""
    with pytest.raises(CatalogError) as caught:
        ask(connection, query=asked)

    assert caught.value.status == 400
