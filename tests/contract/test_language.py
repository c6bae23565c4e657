"""The rest of the query language: like words, expressions, types above, objects, and how many conditions must hold."""

from typing import Any

import httpx
import pytest
from pyatlan.errors import AtlanError, InvalidRequestError
from pyatlan.model.assets import Asset, S3Object
from pyatlan.model.enums import SortOrder
from pyatlan.model.fluent_search import FluentSearch
from pyatlan.model.search import (
    DSL,
    Bool,
    Fuzzy,
    IndexSearchRequest,
    Match,
    MatchPhrase,
    NestedQuery,
    Prefix,
    Query,
    Regexp,
    SpanNear,
    SpanOr,
    SpanTerm,
    SpanWithin,
    Term,
    Wildcard,
)

from tests.contract.shop import Shop

ORDERS, ITEMS, LATER = "Orders_2024.csv", "items.csv", "later.csv"
COLUMNS, TABLES = ["id", "total"], ["facts", "orders"]
SQL = ["facts", "id", "orders", "total"]
FILES = [ITEMS, LATER, ORDERS]


def word(text: str, field: str = "description") -> SpanTerm:
    return SpanTerm(field=field, value=text)


def tag(**sub: str) -> Query:
    """Ask for an AWS tag that has all these: its `key`, its `value`."""
    terms = [Term(field=f"awsTags.awsTag{name.title()}", value=value) for name, value in sub.items()]
    return NestedQuery(path="awsTags", query=Bool(filter=terms))


FOUND: list[tuple[str, Query, list[str]]] = [
    ("fuzzy", Fuzzy(field="name.keyword", value="ordres"), ["orders"]),
    ("fuzzy word", Fuzzy(field="description", value="expotr"), [ITEMS, ORDERS]),
    ("fuzzy without swaps", Fuzzy(field="name.keyword", value="ordres", fuzziness="1", transpositions=False), []),
    (
        "fuzzy with two edits",
        Fuzzy(field="name.keyword", value="ordres", fuzziness="2", transpositions=False),
        ["orders"],
    ),
    ("fuzzy with none", Fuzzy(field="name.keyword", value="order", fuzziness="0"), []),
    ("fuzzy but for its start", Fuzzy(field="name.keyword", value="arders", prefix_length=1), []),
    ("fuzzy short", Fuzzy(field="name.keyword", value="ix"), []),
    ("fuzzy short, own limits", Fuzzy(field="name.keyword", value="ix", fuzziness="AUTO:1,4"), ["id"]),
    ("fuzzy in any case of the value", Fuzzy(field="dataType", value="VARCHAX"), ["id"]),
    ("fuzzy match", Match(field="description", query="nihgtly fax", fuzziness="AUTO"), [ITEMS, ORDERS]),
    (
        "fuzzy match of all",
        Match(field="description", query="nihgtly ordres", fuzziness="AUTO", operator="AND"),
        [ORDERS],
    ),
    ("match of all", Match(field="description", query="all EXPORT", operator="AND"), [ORDERS]),
    ("match of a stem", S3Object.NAME.match_stemmed("order"), ["orders", ORDERS]),
    ("match by another analyzer", Match(field="description", query="fox-exports", analyzer="whitespace"), []),
    ("match without words", Match(field="description", query="-"), []),
    (
        "match without words, of all",
        Match(field="description", query="-", zero_terms_query="all"),
        sorted([*SQL, *FILES], key=str.lower),
    ),
    ("match of a whole keyword", Match(field="qualifiedName", query="orders"), []),
    ("fuzzy match of a whole keyword", Match(field="name.keyword", query="ORDRES", fuzziness="1"), ["orders"]),
    ("lenient", Match(field="s3ObjectSize", query="big", lenient=True), []),
    ("phrase", MatchPhrase(field="description", query="brown fox"), [ITEMS]),
    ("phrase out of order", MatchPhrase(field="description", query="fox brown"), []),
    ("phrase with a gap", MatchPhrase(field="description", query="quick fox"), []),
    ("phrase with a slop", MatchPhrase(field="description", query="quick fox", slop=1), [ITEMS]),
    ("phrase out of order with a slop", MatchPhrase(field="description", query="fox brown", slop=2), [ITEMS]),
    ("phrase without words", MatchPhrase(field="description", query="-", zero_terms_query="none"), []),
    ("any text", Regexp(field="name.keyword", value="or@"), ["orders", ORDERS]),
    ("any text between", Regexp(field="name.keyword", value="i@v"), [ITEMS]),
    ("a literal sign", Regexp(field="name.keyword", value=r"or\@"), []),
    ("a sign in a class", Regexp(field="name.keyword", value="or[@]"), []),
    ("nothing", Regexp(field="name.keyword", value="#"), []),
    ("numbers", Regexp(field="name.keyword", value="orders_<1999-2030>.csv"), [ORDERS]),
    ("other numbers", Regexp(field="name.keyword", value="orders_<2025-2030>.csv"), []),
    ("numbers of any length", Regexp(field="name.keyword", value="orders_<9-20240>.csv"), [ORDERS]),
    ("start of a type above", Prefix(field="__superTypeNames.keyword", value="object"), FILES),
    ("start of a type above in capitals", Prefix.with_super_type_names("SQ"), SQL),
    ("pattern of a type above", Wildcard(field="__superTypeNames.keyword", value="S?L"), SQL),
    ("expression of a type above", Regexp(field="__superTypeNames.keyword", value="[st]ql"), SQL),
    (
        "fuzzy type above",
        Fuzzy(field="__superTypeNames.keyword", value="catalgo"),
        [*SQL[:2], *FILES[:2], "orders", ORDERS, "total"],
    ),
    ("words of types above", Match.with_super_type_names("SQL Nothing"), SQL),
    ("phrase of a type above", Asset.SUPER_TYPE_NAMES.match_phrase("sql"), SQL),
    ("any type above", Asset.SUPER_TYPE_NAMES.has_any_value(), sorted([*SQL, *FILES], key=str.lower)),
    ("object", tag(key="team"), [ITEMS, ORDERS]),
    ("object as a whole", tag(key="team", value="prod"), [ITEMS]),
    ("objects' fields are not the asset's", Term(field="awsTags.awsTagKey", value="team"), []),
    (
        "object of a path without objects",
        NestedQuery(path="relationshipList", query=Term(field="relationshipList.label", value="x")),
        [],
    ),
    ("unmapped path", NestedQuery(path="nothing", query=Term(field="nothing.x", value="x"), ignore_unmapped=True), []),
    ("near words", SpanNear(clauses=[word("quick"), word("fox")], slop=1, in_order=True), [ITEMS]),
    ("words too far", SpanNear(clauses=[word("quick"), word("fox")], slop=0, in_order=True), []),
    ("words in any order", SpanNear(clauses=[word("fox"), word("quick")], slop=1, in_order=False), [ITEMS]),
    ("words in the wrong order", SpanNear(clauses=[word("fox"), word("quick")], slop=9, in_order=True), []),
    ("either word", SpanOr(clauses=[word("nightly"), word("brown")]), [ITEMS, ORDERS]),
    (
        "words within others",
        SpanWithin(little=word("brown"), big=SpanNear(clauses=[word("quick"), word("fox")], slop=5, in_order=True)),
        [ITEMS],
    ),
    (
        "words outside of others",
        SpanWithin(little=word("the"), big=SpanNear(clauses=[word("quick"), word("fox")], slop=5, in_order=True)),
        [],
    ),
    ("word of a keyword", word("orders", "name.keyword"), ["orders"]),
]


@pytest.mark.parametrize(("query", "expected"), [pytest.param(query, names, id=name) for name, query, names in FOUND])
def test_find(shop: Shop, query: Query, expected: list[str]) -> None:
    """Each kind of query finds what Elasticsearch would."""
    assert shop.find(query) == expected


RAW: list[tuple[str, dict[str, Any], list[str]]] = [
    (
        "dis_max",
        {"dis_max": {"queries": [{"term": {"name.keyword": "id"}}, {"term": {"name.keyword": "total"}}]}},
        COLUMNS,
    ),
    (
        "boosting",
        {
            "boosting": {
                "positive": {"term": {"__typeName.keyword": "Table"}},
                "negative": {"match_all": {}},
                "negative_boost": 0.5,
            }
        },
        TABLES,
    ),
    ("multi_match", {"multi_match": {"query": "total fox", "fields": ["name^2", "description"]}}, [ITEMS, "total"]),
    (
        "multi_match of phrases",
        {"multi_match": {"query": "brown fox", "fields": ["name", "description"], "type": "phrase"}},
        [ITEMS],
    ),
    (
        "containing",
        {
            "span_containing": {
                "little": {"span_term": {"description": "brown"}},
                "big": {
                    "span_near": {
                        "clauses": [
                            {"span_term": {"description": "quick"}},
                            {"span_term": {"description": {"value": "fox"}}},
                        ],
                        "slop": 1,
                    }
                },
            }
        },
        [ITEMS],
    ),
    ("first", {"span_first": {"match": {"span_term": {"description": "quick"}}, "end": 2}}, [ITEMS]),
    ("not first", {"span_first": {"match": {"span_term": {"description": "fox"}}, "end": 2}}, []),
    (
        "not beside",
        {
            "span_not": {
                "include": {"span_term": {"description": "exports"}},
                "exclude": {"span_term": {"description": "exports"}},
            }
        },
        [],
    ),
    (
        "not over",
        {
            "span_not": {
                "include": {"span_term": {"description": "exports"}},
                "exclude": {"span_term": {"description": "fox"}},
            }
        },
        [ITEMS],
    ),
    ("nothing to choose from", {"bool": {"filter": [{"match_all": {}}], "minimum_should_match": 1}}, []),
]


@pytest.mark.parametrize(("query", "expected"), [pytest.param(query, names, id=name) for name, query, names in RAW])
def test_raw(shop: Shop, query: dict[str, Any], expected: list[str]) -> None:
    """pyatlan also sends queries that it has no class for."""
    dsl = DSL(query={"bool": {"filter": [shop.all().to_query().to_dict(), query]}}, sort=[Asset.NAME.order()], size=50)

    found = shop.client.asset.search(IndexSearchRequest(dsl=dsl))

    assert [asset.name for asset in found.current_page()] == expected


MINIMUMS: list[tuple[Any, list[str]]] = [
    ("4", [ITEMS]),
    (2, [ITEMS, ORDERS]),
    ("-3", [ITEMS, ORDERS]),
    ("100%", []),
    ("80%", [ITEMS]),
    ("79%", [ITEMS]),
    ("59%", [ITEMS, ORDERS]),
    ("-20%", [ITEMS]),
    ("-25%", [ITEMS]),
    ("-60%", [ITEMS, ORDERS]),
    ("4<50%", [ITEMS, ORDERS]),
    ("5<1%", []),
    ("1<-1 4<-3", [ITEMS, ORDERS]),
    ("3<1 9<90%", [ITEMS, ORDERS]),
]


@pytest.mark.parametrize(("said", "expected"), MINIMUMS)
def test_minimum(shop: Shop, raw: httpx.Client, said: Any, expected: list[str]) -> None:
    """How many of five conditions must hold may be a number, a percentage, or depend on how many there are."""
    words = ["the", "quick", "fox", "export", "brown"]  # four are in one description, two (by prefix) in the other
    conditions = [{"prefix": {"description": one}} for one in (*words[:4], "all")]
    assert _names(shop, raw, {"bool": {"should": conditions, "minimum_should_match": said}}) == expected

    text = {"query": "the quick fox exports nightly", "minimum_should_match": said}
    kept = [name for name in expected if name == ITEMS]
    found = _names(shop, raw, {"match": {"description": text}})
    assert [name for name in found if name == ITEMS] == kept


def _names(shop: Shop, raw: httpx.Client, query: dict[str, Any]) -> list[str]:
    dsl = {"query": {"bool": {"filter": [shop.all().to_query().to_dict(), query]}}, "sort": ["name.keyword"]}
    answer = raw.post("/search/indexsearch", json={"dsl": dsl}).raise_for_status().json()
    return [entity["attributes"]["name"] for entity in answer.get("entities", [])]


def test_supertypes(shop: Shop) -> None:
    """The types above can be counted and sorted by."""
    counted = shop.all().page_size(0).aggregate("above", Asset.SUPER_TYPE_NAMES.bucket_by(size=20))
    ordered = FluentSearch().where(Asset.QUALIFIED_NAME.startswith(shop.root))

    buckets = counted.execute(shop.client).aggregations["above"].buckets
    last = ordered.sort(Asset.SUPER_TYPE_NAMES.order(SortOrder.DESCENDING)).execute(shop.client).current_page()[0]

    counts = {bucket.key: bucket.doc_count for bucket in buckets}
    assert (counts["asset"], counts["sql"], counts["objectstore"]) == (7, 4, 3)
    assert last.type_name in ("Table", "Column")


REFUSED: list[tuple[str, Query, str]] = [
    ("fuzzy number", Fuzzy(field="s3ObjectSize", value="100"), "not a keyword or text field"),
    ("too many edits", Fuzzy(field="name.keyword", value="orders", fuzziness="3"), "fuzziness"),
    ("number by words", Match(field="s3ObjectSize", query="big"), "is not a number"),
    ("half an interval", Regexp(field="name.keyword", value="a<1-x>"), "not an interval"),
    (
        "unknown path",
        NestedQuery(path="nothing", query=Term(field="nothing.x", value="x")),
        "failed to find nested object",
    ),
    ("words of two fields", SpanNear(clauses=[word("a"), word("a", "name")], slop=1), "on one field"),
]


@pytest.mark.parametrize(("query", "message"), [pytest.param(query, said, id=name) for name, query, said in REFUSED])
def test_refused(shop: Shop, query: Query, message: str) -> None:
    """What Elasticsearch refuses is an error."""
    with pytest.raises(InvalidRequestError, match=message):
        shop.find(query)


@pytest.mark.parametrize("said", ["half", "0<", "x<50%", "50.5%"])
def test_minimum_refused(shop: Shop, raw: httpx.Client, said: str) -> None:
    """A minimum that is neither a number nor a percentage is an error."""
    with pytest.raises(httpx.HTTPStatusError, match="400"):
        _names(shop, raw, {"bool": {"should": [{"match_all": {}}], "minimum_should_match": said}})


@pytest.mark.parametrize("operator", ["~", "&"])
def test_lacking(shop: Shop, operator: str) -> None:
    """Operators of expressions that are lacking here are rejected by name."""
    with pytest.raises(AtlanError, match=rf"LOCAL-501.*regexp operator '{operator}'"):
        shop.find(Regexp(field="name.keyword", value=f"a{operator}b"))
