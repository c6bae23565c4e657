"""What the index stores of an asset: search finds what a read shows, whether it was sent or is the type's default."""

import uuid
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from pyatlan.client.atlan import AtlanClient
from pyatlan.model import assets
from pyatlan.model.assets import Asset, Column, Table
from pyatlan.model.enums import CertificateStatus, SortOrder
from pyatlan.model.fields.atlan_fields import KeywordField, SearchableField, TextField
from pyatlan.model.fluent_search import FluentSearch
from pyatlan.model.search import DSL, Exists, IndexSearchRequest, Query, Term

from local.catalog.entities import types
from local.catalog.entities.generate import TYPES
from tests.contract.shop import Shop

FOUND: list[tuple[str, Query, list[str]]] = [
    ("zero", Table.ROW_COUNT.eq(0), ["orders"]),
    ("below", Table.ROW_COUNT.between(-1, 6), ["orders"]),
    ("any number", Table.ROW_COUNT.has_any_value(), ["facts", "orders"]),
    ("false", Column.IS_PRIMARY.eq(False), ["total"]),
    ("true by default", Column.IS_NULLABLE.eq(True), ["total"]),
    ("false where true is the default", Column.IS_NULLABLE.eq(False), ["id"]),
    ("preview", Table.IS_QUERY_PREVIEW.eq(True), ["facts", "orders"]),
    (
        "score",
        Table.VIEW_SCORE.lt(1e-37),
        ["facts", "id", "items.csv", "later.csv", "orders", "Orders_2024.csv", "total"],
    ),
    ("undiscoverable", Asset.IS_DISCOVERABLE.eq(False), []),
    ("a text has no default", Column.DATA_TYPE.has_any_value(), ["id", "total"]),
    ("data type", Column.DATA_TYPE.eq("varchar"), ["id"]),
    ("data type in capitals", Column.DATA_TYPE.eq("NUMBER"), ["total"]),
    ("data types", Column.DATA_TYPE.within(["VarChar", "number"]), ["id", "total"]),
    ("start of a data type", Column.DATA_TYPE.startswith("NUM"), ["total"]),
    ("pattern of a data type", Column.DATA_TYPE.wildcard("VAR*"), ["id"]),
    ("expression of a data type", Column.DATA_TYPE.regexp("VAR.*"), ["id"]),
    ("certificate", Asset.CERTIFICATE_STATUS.eq(CertificateStatus.VERIFIED.value), ["facts"]),
    ("certificate in lower case", Asset.CERTIFICATE_STATUS.eq("verified"), ["facts"]),
    ("display name", Asset.DISPLAY_NAME.eq("My Orders"), ["orders"]),
    ("display name in another case", Asset.DISPLAY_NAME.eq("my orders"), []),
    ("words of a display name", Asset.DISPLAY_NAME.match("MY"), ["orders"]),
    ("words of custom attributes", Asset.CUSTOM_ATTRIBUTES.match_phrase('"crawled"}'), ["orders"]),
    ("custom attributes", Asset.CUSTOM_ATTRIBUTES.has_any_value(), ["orders"]),
]


@pytest.mark.parametrize(("query", "expected"), [pytest.param(query, names, id=name) for name, query, names in FOUND])
def test_find(shop: Shop, query: Query, expected: list[str]) -> None:
    """Search finds defaults like values that were sent, and lower-cased attributes by any case."""
    assert shop.find(query) == expected


@pytest.mark.parametrize(
    ("order", "expected"), [(SortOrder.ASCENDING, ["orders", "facts"]), (SortOrder.DESCENDING, ["facts", "orders"])]
)
def test_sort(shop: Shop, order: SortOrder, expected: list[str]) -> None:
    """Defaults have their place in the order."""
    tables = FluentSearch().where(Asset.QUALIFIED_NAME.startswith(shop.root)).where(Asset.TYPE_NAME.eq("Table"))

    found = tables.sort(Table.ROW_COUNT.order(order)).execute(shop.client)

    assert [asset.name for asset in found] == expected


def test_aggregate(shop: Shop) -> None:
    """Defaults are counted and averaged, and the keys of lower-cased attributes are in lower case."""
    search = shop.all().aggregate("mean", Table.ROW_COUNT.avg()).aggregate("keys", Column.IS_PRIMARY.bucket_by())
    search = search.aggregate("types", Column.DATA_TYPE.bucket_by(include_source_value=True))
    search = search.aggregate("certificates", Asset.CERTIFICATE_STATUS.bucket_by())

    found = search.page_size(0).execute(shop.client).aggregations

    assert found is not None
    assert found["mean"].value == 3.5
    assert {bucket.key_as_string: bucket.doc_count for bucket in found["keys"].buckets} == {"true": 1, "false": 1}
    sources = {bucket.key: bucket.get_source_value(Column.DATA_TYPE) for bucket in found["types"].buckets}
    assert sources == {"number": "Number", "varchar": "VARCHAR"}
    assert [bucket.key for bucket in found["certificates"].buckets] == ["verified"]


def test_custom_attributes(shop: Shop) -> None:
    """A search that asks for custom attributes gets them, one that doesn't, doesn't."""
    search = shop.all().where(Asset.NAME.eq("orders"))

    (asked,) = search.include_on_results(Asset.CUSTOM_ATTRIBUTES).execute(shop.client)
    (bare,) = search.execute(shop.client)

    assert asked.custom_attributes == {"origin": "crawled"}
    assert bare.custom_attributes is None


def test_source(shop: Shop) -> None:
    """The source of a hit has the defaults, too."""
    found = shop.aggregate({"top_hits": {"size": 10, "_source": {"includes": ["name", "isNull*"], "excludes": ["x"]}}})

    sources = {hit["_source"]["name"]: hit["_source"].get("isNullable") for hit in found["hits"]["hits"]}
    assert (sources["id"], sources["total"], sources["orders"]) == (False, True, None)


def searched_by(kind: type[Asset]) -> dict[str, SearchableField]:
    """Map the attributes of a type to the fields that pyatlan searches them by."""
    fields = [getattr(kind, name) for name in dir(kind) if name.isupper()]
    return {field.atlan_field_name: field for field in fields if isinstance(field, SearchableField)}


def sent(attribute: types.Attribute) -> Any:
    """Give a value that no attribute has by default, or None for enumerations and objects."""
    value = {"string": "word", "long": 7, "float": 0.5, "date": 1_700_000_000_000, "boolean": not attribute.default}
    one = value.get(attribute.type)
    return [one] if attribute.array and one is not None else one


def nothing(_: types.Attribute) -> None:
    """Send nothing, so that all attributes are as their types define them."""


@pytest.mark.parametrize("choose", [nothing, sent], ids=["defaults", "sent"])
@pytest.mark.parametrize("name", TYPES)
def test_agree(
    client: AtlanClient, raw: httpx.Client, connection: str, name: str, choose: Callable[[types.Attribute], Any]
) -> None:
    """Every attribute of every type is found, sorted and counted by what a read of the asset shows."""
    plain = [one for one in types.ATTRIBUTES[name].values() if not one.relation and one.name not in ("name", "awsArn")]
    chosen = {one.name: value for one in plain if (value := choose(one)) is not None}
    names = {"qualifiedName": f"{connection}/{uuid.uuid4().hex}", "name": "one", "adminRoles": ["word"]}
    saved = raw.post("/entity/bulk/", json={"entities": [{"typeName": name, "attributes": chosen | names}]}).json()
    (guid,) = saved["guidAssignments"].values()
    shown = raw.get(f"/entity/guid/{guid}").json()["entity"]["attributes"]
    fields = searched_by(getattr(assets, name))
    names_of = {one.name: fields[one.name].elastic_field_name if one.name in fields else one.name for one in plain}
    values = {field: shown[one] for one, field in names_of.items() if shown[one] not in (None, [])}
    absent = [field for one, field in names_of.items() if shown[one] in (None, [])]

    wanted = {field: value[0] if isinstance(value, list) else value for field, value in values.items()}
    wheres = [Asset.GUID.eq(guid), *(Term(field=field, value=value) for field, value in wanted.items())]
    search = FluentSearch(wheres=wheres, where_nots=[Exists(field=field) for field in absent])
    assert search.count(client) == 1

    texts = {names_of[one] for one in names_of if one in fields and is_text(fields[one])}
    keyed = {field: value for field, value in wanted.items() if field not in texts}
    counts = {field: {"terms": {"field": field}} for field in keyed}
    body = {"dsl": {"query": {"term": {"__guid": guid}}, "aggs": counts, "sort": list(keyed)}}
    answer = raw.post("/search/indexsearch", json=body).raise_for_status().json()
    assert {field: one["buckets"][0]["key"] for field, one in answer["aggregations"].items()} == keyed


def is_text(field: SearchableField) -> bool:
    """Return whether a field is only cut into words, so that nothing can be sorted or counted by it."""
    return isinstance(field, TextField) and not isinstance(field, KeywordField)


def test_default_sent(client: AtlanClient, shop: Shop) -> None:
    """A default that a save repeats is no change."""
    table = Table.updater(qualified_name=f"{shop.root}/orders", name="orders")
    table.is_query_preview = True

    response = client.asset.save(table)

    assert response.mutated_entities is None
    found = client.asset.search(IndexSearchRequest(dsl=DSL(query=Table.ROW_COUNT.eq(0), size=1)))
    assert found.count >= 1
