"""Requests that pyatlan would not send: each is rejected with what is wrong with it. Only the local catalog's words."""

import json
from typing import Any

import httpx
import pytest

from local.catalog.server import Server

NAMED = "entity/uniqueAttribute/type/Table"


@pytest.fixture(autouse=True)
def _local(catalog: Server) -> None:
    """The responses of a tenant to these are not known."""


@pytest.mark.parametrize(
    ("query", "message"),
    [
        pytest.param([], "a query is an object with exactly one kind of query", id="list"),
        pytest.param({"term": "name"}, "[term] must hold an object", id="text"),
        pytest.param({"exists": ["name"]}, "[exists] must hold an object", id="list of fields"),
        pytest.param(
            {"bool": {"must": {"match_all": {"every": 1}}}}, "[match_all] does not support [every]", id="option"
        ),
        pytest.param({"range": {"s3ObjectSize": {"gt": []}}}, "is not a number", id="bound"),
    ],
)
def test_query(raw: httpx.Client, query: Any, message: str) -> None:
    """A query of a wrong form is a 400 that names the part."""
    answer = raw.post("search/indexsearch", json={"dsl": {"query": query}})

    assert answer.status_code == 400
    assert message in answer.json()["errorMessage"]


@pytest.mark.parametrize(
    ("requested", "message"),
    [
        pytest.param(["a"], "aggregations are an object", id="list"),
        pytest.param(
            {"a": {"terms": {"field": "name.keyword", "order": {"size": "asc"}}}}, "ordered by [size]", id="order"
        ),
        pytest.param({"a": {"terms": []}}, "[terms] must hold an object", id="options"),
    ],
)
def test_aggregation(raw: httpx.Client, requested: Any, message: str) -> None:
    """An aggregation of a wrong form is a 400 that names the part."""
    answer = raw.post("search/indexsearch", json={"dsl": {"query": {"match_all": {}}, "aggregations": requested}})

    assert answer.status_code == 400
    assert message in answer.json()["errorMessage"]


@pytest.mark.parametrize(
    ("filters", "message"),
    [
        pytest.param([], "entityFilters: must be an object", id="list"),
        pytest.param(
            {"condition": "XOR", "criterion": [{"attributeName": "name", "operator": "isNull"}]},
            "condition 'XOR' is neither AND nor OR",
            id="condition",
        ),
    ],
)
def test_lineage_filter(raw: httpx.Client, filters: Any, message: str) -> None:
    """Filters of a wrong form are a 400 that names the part."""
    body = {"guid": "g", "direction": "OUTPUT", "depth": 1, "from": 0, "size": 10, "entityFilters": filters}

    answer = raw.post("lineage/list", json=body)

    assert answer.status_code == 400
    assert message in answer.json()["errorMessage"]


def test_graph_paging(raw: httpx.Client) -> None:
    """A graph of lineage in pages is rejected, not answered with all of it."""
    answer = raw.get("lineage/any", params={"limit": 10})

    assert (answer.status_code, answer.json()["errorCode"]) == (501, "LOCAL-501")
    assert "paging of a lineage graph" in answer.json()["errorMessage"]


@pytest.mark.parametrize(
    ("method", "path", "body", "message"),
    [
        pytest.param("POST", "entity/bulk", {"entities": ["a"]}, "an entity is an object, not 'a'", id="entity"),
        pytest.param("PUT", f"{NAMED}?attr:qualifiedName=a", {}, "the body has no entity", id="update"),
        pytest.param(
            "DELETE", "entity/bulk/uniqueAttribute", [], "not a list of typeName and uniqueAttributes", id="names"
        ),
    ],
)
def test_entity(raw: httpx.Client, method: str, path: str, body: Any, message: str) -> None:
    """A write of a wrong form is a 400 that says what is missing."""
    answer = raw.request(method, path, json=body)

    assert (answer.status_code, answer.json()["errorCode"]) == (400, "ATLAS-400-00-01A")
    assert message in answer.json()["errorMessage"]


def test_people_filter(raw: httpx.Client) -> None:
    """People are filtered by a value; another kind of condition is rejected by name, not passed over."""
    address = str(raw.base_url).replace("/api/meta", "/api/service")

    def users(**filters: Any) -> httpx.Response:
        return raw.get(f"{address}users", params={"filter": json.dumps(filters)})

    assert [len(users(username=name).json()["records"]) for name in ("local", "nobody")] == [1, 0]
    assert (users(username={"$regex": "l"}).status_code, users(username={"$regex": "l"}).json()["errorCode"]) == (
        501,
        "LOCAL-501",
    )


@pytest.mark.parametrize(
    ("name", "sent", "stored"),
    [
        pytest.param("popularityScore", "0.5", 0.5, id="float"),
        pytest.param("sourceOwners", {"a": 1}, '{"a": 1}', id="text of an object"),
        pytest.param("sourceCreatedAt", "2024-01-01T00:00:00+00:00", 1704067200000, id="date"),
        pytest.param("ownerUsers", "ann", ["ann"], id="one of an array"),
    ],
)
def test_value(raw: httpx.Client, world: Any, name: str, sent: Any, stored: Any) -> None:
    """A value of another form is given the attribute's type, where it has one."""
    entity = {"typeName": "Table", "attributes": {"qualifiedName": f"{world.prefix}/{name}", "name": "t", name: sent}}
    (guid,) = raw.post("entity/bulk", json={"entities": [entity]}).json()["guidAssignments"].values()

    assert raw.get(f"entity/guid/{guid}").json()["entity"]["attributes"][name] == stored
