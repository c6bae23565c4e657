"""
All that pyatlan's searches and lineage can express, listed from pyatlan itself, and what becomes of it.

Each is answered, refused as Elasticsearch refuses it (400), or named by the local catalog as lacking (501). With a
release of pyatlan that can express more, a test fails until that is listed, too.
"""

import asyncio
import inspect
import uuid
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import httpx
import pytest
from pyatlan.client.aio import AsyncAtlanClient
from pyatlan.client.atlan import AtlanClient
from pyatlan.errors import AtlanError, InvalidRequestError, NotFoundError
from pyatlan.model import assets
from pyatlan.model.assets import Asset, Column, Table
from pyatlan.model.enums import (
    AtlanComparisonOperator,
    AtlanConnectorType,
    CertificateStatus,
    ChildScoreMode,
    LineageDirection,
    LineageType,
    SortOrder,
)
from pyatlan.model.fields import atlan_fields
from pyatlan.model.fields.atlan_fields import CustomMetadataField, LineageFilter, LineageFilterField, SearchableField
from pyatlan.model.fluent_search import FluentSearch
from pyatlan.model.lineage import FilterList, FluentLineage, LineageListRequest
from pyatlan.model.search import (
    DSL,
    Bool,
    Exists,
    Fuzzy,
    IndexSearchRequest,
    Match,
    MatchAll,
    MatchNone,
    MatchPhrase,
    NestedQuery,
    Prefix,
    Query,
    Range,
    Regexp,
    SortItem,
    Span,
    SpanNear,
    SpanOr,
    SpanTerm,
    SpanWithin,
    Term,
    Terms,
    Wildcard,
)

from local.catalog.entities.generate import TYPES
from local.catalog.server import Server
from tests.contract.shop import Shop

WORD = SpanTerm(field="description", value="x")
ANSWERED: list[Query] = [
    MatchAll(boost=2.0),
    MatchNone(),
    Exists(field="name"),
    Term(field="name.keyword", value="id", case_insensitive=True, boost=2.0),
    Terms(field="name.keyword", values=["id"], boost=2.0),
    Prefix(field="name.keyword", value="i", case_insensitive=True, boost=2.0),
    Range(
        field="__timestamp.date", gt="2020", gte="2020", lt="now", lte="now/d", format="yyyy", time_zone="Z", boost=2.0
    ),
    Range(field="s3ObjectSize", gt=1, relation="INTERSECTS"),
    Wildcard(field="name.keyword", value="i*", case_insensitive=True, boost=2.0),
    Regexp(field="name.keyword", value="i.", case_insensitive=True, max_determinized_states=10, boost=2.0),
    Fuzzy(
        field="name.keyword",
        value="id",
        fuzziness="AUTO",
        max_expansions=5,
        prefix_length=1,
        transpositions=True,
        rewrite="constant_score",
    ),
    Match(
        field="name",
        query="id",
        analyzer="keyword",
        auto_generate_synonyms_phrase_query=True,
        fuzziness="AUTO",
        fuzzy_transpositions=True,
        fuzzy_rewrite="constant_score",
        lenient=True,
        operator="OR",
        minimum_should_match=1,
        zero_terms_query="none",
        max_expansions=5,
        prefix_length=1,
    ),
    MatchPhrase(field="name", query="id", analyzer="atlan_text_analyzer", slop=1, zero_terms_query="all", boost=2.0),
    Bool(
        must=[MatchAll()],
        should=[MatchAll()],
        must_not=[MatchNone()],
        filter=[MatchAll()],
        minimum_should_match=1,
        boost=2.0,
    ),
    NestedQuery(path="awsTags", query=Term(field="awsTags.awsTagKey", value="team"), ignore_unmapped=True),
    SpanTerm(field="description", value="x", boost=2.0),
    SpanNear(clauses=[WORD, WORD], in_order=True, slop=1),
    SpanOr(clauses=[WORD]),
    SpanWithin(little=WORD, big=WORD, boost=2.0),
]
REFUSED: list[tuple[Query, str]] = [
    (NestedQuery(path="awsTags", query=MatchAll(), score_mode=ChildScoreMode.AVG), "score_more"),  # pyatlan's spelling
    (Span(span_within=WORD, span_near=WORD), "unknown query .span"),  # Elasticsearch has no such query
]


def below(kind: type) -> Iterator[type]:
    for one in kind.__subclasses__():
        yield one
        yield from below(one)


def test_queries_are_listed() -> None:
    """Every class of query is in one of the lists, with each of its options."""
    told: dict[str, set[str]] = {}
    for query in [*ANSWERED, *(query for query, _ in REFUSED)]:
        given = {name for name, value in vars(query).items() if value not in (None, [])}
        told.setdefault(type(query).__name__, set()).update(given)

    known = {one.__name__: set(one.__dataclass_fields__) for one in below(Query)}  # type: ignore[attr-defined]
    assert {name: fields - told.get(name, set()) for name, fields in known.items()} == {name: set() for name in known}


@pytest.mark.parametrize("query", ANSWERED, ids=lambda query: type(query).__name__)
def test_answered(shop: Shop, query: Query) -> None:
    """A listed query is answered."""
    assert shop.all().where(query).count(shop.client) >= 0


@pytest.mark.parametrize(("query", "message"), REFUSED, ids=["nested score", "Span"])
def test_refused(shop: Shop, query: Query, message: str) -> None:
    """What Elasticsearch refuses is refused here."""
    with pytest.raises(InvalidRequestError, match=message):
        shop.find(query)


SAMPLES: list[Any] = ["ACTIVE", True, 1_700_000_000_000, CertificateStatus.VERIFIED, AtlanConnectorType.S3, ["word"]]


def made(factory: Callable[..., Query]) -> Query:
    """Call one of pyatlan's factories of queries with the first sample that it takes."""
    names = list(inspect.signature(factory).parameters)
    if not names:
        return factory()
    if "lt" in names:
        return factory(lt="2030", format="yyyy") if "date" in factory.__name__ else factory(lt=1)
    for sample in SAMPLES:
        try:
            return factory(sample)
        except (ValueError, TypeError):
            continue
    raise AssertionError(f"no sample for {factory}")


FACTORIES = sorted((one.__name__, name) for one in below(Query) for name in dir(one) if name.startswith("with_"))


def test_factories(shop: Shop) -> None:
    """Each factory of a query gives one that is answered, except custom metadata's, which the catalog has none of."""
    kinds = {one.__name__: one for one in below(Query)}
    wanted = [getattr(kinds[kind], name) for kind, name in FACTORIES if name != "with_custom_metadata"]

    for factory in wanted:
        assert shop.all().where(made(factory)).count(shop.client) >= 0, factory
    assert len(wanted) > 100


STRINGS = {"eq": "x", "startswith": "x", "wildcard": "x*", "regexp": "x.*", "within": ["x"]}
TEXTS = {"match": "x y", "match_phrase": "x y", "match_stemmed": "x"}
NUMBERS = {"gt": 1, "gte": 1, "lt": 1, "lte": 1, "between": (1, 2), "avg": (), "sum": (), "min": (), "max": ()}
ALL = {"has_any_value": (), "order": SortOrder.DESCENDING, "bucket_by": 5}
METHODS: dict[str, dict[str, Any]] = {
    "BooleanField": ALL | {"eq": True},
    "NumericField": ALL | NUMBERS | {"eq": 1},
    "TextField": ALL | TEXTS,
    "KeywordField": ALL | STRINGS,
    "KeywordTextField": ALL | STRINGS | TEXTS,
}
UNSORTABLE = {("TextField", "order"), ("TextField", "bucket_by")}
"""What Elasticsearch refuses: words can neither be sorted nor counted by."""


def family(kind: type) -> str:
    """Name the row of METHODS that a class of fields belongs to."""
    names = [one.__name__ for one in kind.__mro__]
    return next(name for name in ("KeywordTextField", *METHODS) if name in names)


def fields() -> dict[str, SearchableField]:
    """Give one field of each class among those of the catalog's types."""
    found: dict[str, SearchableField] = {}
    for name in TYPES:
        kind = getattr(assets, name)
        constants = [getattr(kind, one) for one in dir(kind) if one.isupper()]
        found |= {type(one).__name__: one for one in constants if isinstance(one, SearchableField)}
    return found


def classes(above: type) -> list[type]:
    members = [one for _, one in inspect.getmembers(atlan_fields, inspect.isclass)]
    return [one for one in members if issubclass(one, above) and one is not above]


CALLS = [
    pytest.param(field, method, id=f"{name}.{method}")
    for name, field in sorted(fields().items())
    for method in dir(type(field))
    if not method.startswith("_") and inspect.isfunction(getattr(type(field), method))
]


def test_fields_are_listed() -> None:
    """There is a field of each class, except for custom metadata, which the catalog has none of."""
    assert set(fields()) == {one.__name__ for one in classes(SearchableField)} - {"CustomMetadataField"}


@pytest.mark.parametrize(("field", "method"), CALLS)
def test_field(shop: Shop, field: SearchableField, method: str) -> None:
    """Each method of each class of fields gives what is answered, or, of words, what Elasticsearch refuses."""
    sample = METHODS[family(type(field))][method]
    search = shop.all()
    asked = getattr(field, method)(*(sample if isinstance(sample, tuple) else (sample,)))
    if isinstance(asked, Query):
        search = search.where(asked)
    elif isinstance(asked, SortItem):
        search.sorts = [asked]
    else:
        search = search.aggregate("it", asked)

    if (type(field).__name__, method) in UNSORTABLE:
        with pytest.raises(InvalidRequestError, match="use a keyword field"):
            search.execute(shop.client)
    else:
        assert search.execute(shop.client).count >= 0


def test_custom_metadata(shop: Shop) -> None:
    """Custom metadata can't be searched for: pyatlan, which asks for its definition first, finds none."""
    with pytest.raises(NotFoundError):
        CustomMetadataField(shop.client, "Quality", "Score")


DOWN = LineageDirection.DOWNSTREAM
FILTERS: dict[str, Any] = {
    "LineageFilterFieldBoolean": (Asset.IS_DISCOVERABLE, True),
    "LineageFilterFieldNumeric": (Table.ROW_COUNT, 1),
    "LineageFilterFieldString": (Asset.NAME, "x"),
    "LineageFilterFieldCM": None,  # there is no custom metadata
}
FILTER_CALLS = [
    pytest.param(field.in_lineage, method, value, id=f"{type(field.in_lineage).__name__}.{method}")
    for field, value in filter(None, FILTERS.values())
    for method in dir(type(field.in_lineage))
    if not method.startswith("_") and inspect.isfunction(getattr(type(field.in_lineage), method))
]


def lineage(shop: Shop, **options: Any) -> FluentLineage:
    return FluentLineage(starting_guid=shop.guids["orders"], direction=DOWN, **options)


def test_filters_are_listed() -> None:
    """Every class of lineage filters is listed."""
    assert set(FILTERS) == {one.__name__ for one in classes(LineageFilterField)}


@pytest.mark.parametrize(("proxy", "method", "value"), FILTER_CALLS)
def test_filter(shop: Shop, proxy: LineageFilterField, method: str, value: Any) -> None:
    """Each method of each class of lineage filters gives one that is answered."""
    make = getattr(proxy, method)
    one = make(value) if inspect.signature(make).parameters else make()

    found = shop.client.asset.get_lineage_list(lineage(shop, includes_in_results=one, where_assets=one).request)

    assert list(found) == []


def test_date_filter(shop: Shop) -> None:
    """A date as a lineage filter is sent as a text, which is no number."""
    one = Asset.SOURCE_CREATED_AT.in_lineage.gt(date(2026, 1, 1))

    with pytest.raises(InvalidRequestError, match="'2026-01-01' is not a number"):
        shop.client.asset.get_lineage_list(lineage(shop, includes_in_results=one).request)


LACKING_OPERATORS = {"IN", "LIKE", "CONTAINS_ANY", "CONTAINS_ALL", "TIME_RANGE"}


@pytest.mark.parametrize("operator", AtlanComparisonOperator)
def test_operator(shop: Shop, operator: AtlanComparisonOperator) -> None:
    """Each operator of a lineage filter is answered, or named as lacking."""
    one = LineageFilter(field=Asset.NAME, operator=operator, value="x")
    request = lineage(shop, includes_in_results=one).request

    if operator.name in LACKING_OPERATORS:
        with pytest.raises(AtlanError, match=rf"LOCAL-501.*\[{operator.value}\]"):
            shop.client.asset.get_lineage_list(request)
    else:
        assert list(shop.client.asset.get_lineage_list(request)) == []


ACTIVE = FluentLineage.ACTIVE
LINEAGE: dict[str, Any] = {
    "depth": 2,
    "direction": LineageDirection.UPSTREAM,
    "size": 5,
    "exclude_meanings": False,
    "exclude_atlan_tags": False,
    "immediate_neighbors": True,
    "include_on_results": "name",
    "include_in_results": ACTIVE,
    "include_on_relations": "name",
    "includes_condition": FilterList.Condition.OR,
    "where_assets": ACTIVE,
    "assets_condition": FilterList.Condition.OR,
    "where_relationships": ACTIVE,
    "relationships_condition": FilterList.Condition.OR,
    "lineage_type": LineageType.DATASET_PROCESS_LINEAGE,
}


def test_lineage_is_listed() -> None:
    """Every option of FluentLineage is listed, and together they set every field of the request."""
    public = {name for name in dir(FluentLineage) if not name.startswith("_")}

    assert public == {*LINEAGE, "ACTIVE", "request"}
    assert set(LineageListRequest.__fields__) == {
        *("guid", "depth", "direction", "entity_filters", "entity_traversal_filters", "relation_attributes"),
        *("relationship_traversal_filters", "offset", "size", "exclude_meanings", "exclude_classifications"),
        *("immediate_neighbors", "lineage_type", "attributes"),
    }


def test_lineage(shop: Shop) -> None:
    """All options of a lineage request at once are answered."""
    asked = lineage(shop)
    for name, value in LINEAGE.items():
        asked = getattr(asked, name)(value)

    found = shop.client.asset.get_lineage_list(asked.request)

    assert [asset.guid for asset in found] == [shop.guids["orders"]]


def test_lineage_of_products(shop: Shop) -> None:
    """Lineage of data products is named as lacking."""
    assert set(LineageType) == {LineageType.DATASET_PROCESS_LINEAGE, LineageType.PRODUCT_ASSET_LINEAGE}
    with pytest.raises(AtlanError, match=r"LOCAL-501.*ProductAssetLineage"):
        shop.client.asset.get_lineage_list(lineage(shop, lineage_type=LineageType.PRODUCT_ASSET_LINEAGE).request)


def full(shop: Shop) -> FluentSearch:
    """Use every option of FluentSearch that isn't a query."""
    search = FluentSearch.select(include_archived=True).where(Asset.QUALIFIED_NAME.startswith(shop.root))
    search = search.where_not(Asset.TYPE_NAME.eq("Column")).where_some(Asset.TYPE_NAME.eq("Table")).min_somes(1)
    search = search.sort(Asset.NAME.order()).aggregate("types", Asset.TYPE_NAME.bucket_by()).page_size(1)
    search = search.include_on_results(Table.COLUMNS).include_on_relations(Asset.NAME)
    return search.include_relationship_attributes(True).enable_full_restriction(True)


QUERIES: dict[str, Callable[[Shop], Query]] = {
    "active_assets": lambda _: FluentSearch.active_assets(),
    "archived_assets": lambda _: FluentSearch.archived_assets(),
    "asset_type": lambda _: FluentSearch.asset_type(Table),
    "asset_types": lambda _: FluentSearch.asset_types([Table, Column]),
    "super_types": lambda _: FluentSearch.super_types([assets.SQL]),
    "tagged": lambda shop: FluentSearch.tagged(shop.client),
    "tagged directly": lambda shop: FluentSearch.tagged(shop.client, directly=True),
    "tagged_with_value": lambda shop: FluentSearch.tagged_with_value(shop.client, "PII", "high value"),
    "assigned_term": lambda _: FluentSearch.assigned_term(),
    "assigned_term of a name": lambda _: FluentSearch.assigned_term(["x@y"]),
}
PLAIN = {
    *("where", "where_not", "where_some", "min_somes", "sort", "aggregate", "page_size", "include_on_results"),
    *("include_on_relations", "include_relationship_attributes", "enable_full_restriction", "select"),
    *("to_query", "to_request", "count", "execute", "execute_async", "tagged_with_value_async"),
    *("wheres", "where_nots", "where_somes", "sorts", "aggregations"),
}


def test_search_is_listed() -> None:
    """Every option of FluentSearch is listed."""
    public = {name for name in dir(FluentSearch) if not name.startswith("_")}

    assert public == PLAIN | {name for name in QUERIES if " " not in name}


@pytest.mark.parametrize("name", QUERIES)
def test_query(shop: Shop, name: str) -> None:
    """Each query that FluentSearch makes itself is answered; nothing has a tag or a term."""
    found = shop.find(QUERIES[name](shop))

    assert (found == []) is any(name.startswith(one) for one in ("tagged", "assigned", "archived"))


def test_search(shop: Shop) -> None:
    """All options of FluentSearch at once are answered."""
    results = full(shop).execute(shop.client)

    assert [asset.name for asset in results] == ["facts", "orders"]
    assert full(shop).count(shop.client) == 2
    assert [bucket.key for bucket in results.aggregations["types"].buckets] == ["table"]


def test_search_async(shop: Shop, catalog: Server) -> None:
    """So are they through pyatlan's other client."""

    async def ask() -> list[str]:
        async with AsyncAtlanClient(base_url=catalog.url, api_key=catalog.key, proxy=None) as client:
            query = await FluentSearch.tagged_with_value_async(client, "PII", "x")
            assert (await client.asset.search(FluentSearch().where(query).to_request())).count == 0
            return [str(asset.name) async for asset in await full(shop).execute_async(client)]

    assert asyncio.run(ask()) == ["facts", "orders"]


REQUEST: dict[str, Any] = {
    "attributes": ["name"],
    "relation_attributes": ["name"],
    "suppress_logs": True,
    "exclude_meanings": True,
    "exclude_atlan_tags": True,
    "include_atlan_tag_names": True,
    "allow_deleted_relations": True,
    "include_relationship_attributes": True,
    "enable_full_restriction": True,
    "scope_to_user_access": True,
    "request_metadata": {"save_search_log": True, "utm_tags": ["x"]},
}
LACKING_IN_REQUEST = {"persona": "x", "purpose": "x", "show_search_score": True, "offset": 5, "size": 5}
OF_DSL = {"from_", "size", "aggregations", "track_total_hits", "post_filter", "query", "sort", "req_class_name"}


def test_request_is_listed() -> None:
    """Every field of a search request is listed; those of its DSL are in the other tests."""
    assert set(IndexSearchRequest.__fields__) == {"dsl", *REQUEST, *LACKING_IN_REQUEST}
    assert set(DSL.__fields__) == OF_DSL


def test_request(shop: Shop) -> None:
    """All fields of a search request at once are answered."""
    dsl = DSL(query=shop.all().to_query(), post_filter=Term.with_type_name("Table"), track_total_hits=False)

    assert shop.client.asset.search(IndexSearchRequest(dsl=dsl, **REQUEST)).count == 2


@pytest.mark.parametrize("name", LACKING_IN_REQUEST)
def test_lacking_in_request(shop: Shop, name: str) -> None:
    """A field of a search request that would change its hits is named as lacking; a page is one of the DSL."""
    request = IndexSearchRequest(dsl=DSL(query=MatchAll()), **{name: LACKING_IN_REQUEST[name]})

    with pytest.raises(AtlanError, match=f"LOCAL-501.*the field {IndexSearchRequest.__fields__[name].alias} of POST"):
        shop.client.asset.search(request)


SORTS: list[tuple[Any, int]] = [
    ({"s3ObjectSize": {"order": "desc", "missing": "_first"}}, 200),
    ({"ownerUsers": {"mode": "max"}}, 200),
    ({"ownerUsers": {"mode": "avg"}}, 501),
    ({"s3ObjectSize": {"missing": 5}}, 501),
    (SortItem(field="s3ObjectSize", nested_path="awsTags").to_dict(), 501),
    ({"name": "asc"}, 400),
]


@pytest.mark.parametrize(("sort", "status"), SORTS)
def test_sort(shop: Shop, raw: httpx.Client, sort: Any, status: int) -> None:
    """The options of a sort are answered, or named as lacking."""
    dsl = {"query": shop.all().to_query().to_dict(), "sort": [sort]}

    assert raw.post("/search/indexsearch", json={"dsl": dsl}).status_code == status


@pytest.mark.parametrize("option", ["highlight", "collapse", "min_score", "suggest", "rescore"])
def test_lacking_in_dsl(raw: httpx.Client, option: str) -> None:
    """What Elasticsearch's searches can besides is named as lacking."""
    answer = raw.post("/search/indexsearch", json={"dsl": {"query": {"match_all": {}}, option: {}}})

    assert (answer.status_code, option in answer.json()["errorMessage"]) == (501, True)


def test_relationship_attributes(connection: str, client: AtlanClient) -> None:
    """A related asset is shown with the type of the relationship where asked for."""
    root = f"{connection}/{uuid.uuid4().hex}"
    table = Table.updater(qualified_name=root, name="related")
    column = Column.updater(qualified_name=f"{root}/x", name="x")
    table.guid, column.guid, column.table = "-1", "-2", Table.ref_by_guid("-1")
    client.asset.save([table, column])
    search = FluentSearch().where(Asset.QUALIFIED_NAME.eq(f"{root}/x")).include_on_results(Column.TABLE)

    (found,) = search.include_relationship_attributes(True).execute(client)
    (plain,) = search.execute(client)

    assert found.table.attributes.relationship_attributes.type_name == "table_columns"
    assert plain.table.attributes.relationship_attributes is None
