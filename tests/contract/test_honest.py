"""What Atlan has and the local catalog does not: rejected by name with 501, at once, with what there is instead."""

import inspect
import uuid
from collections.abc import Callable, Iterator

import httpx
import pytest
from pyatlan.client import constants
from pyatlan.client.atlan import AtlanClient
from pyatlan.errors import AtlanError
from pyatlan.model import assets
from pyatlan.model.assets import (
    BI,
    Asset,
    AtlasGlossary,
    AtlasGlossaryTerm,
    DataDomain,
    Link,
    Persona,
    Referenceable,
    S3Object,
    Table,
)
from pyatlan.model.audit import AuditSearchRequest
from pyatlan.model.enums import QueryParserSourceType, SaveSemantic
from pyatlan.model.fluent_search import CompoundQuery, FluentSearch
from pyatlan.model.group import AtlanGroup
from pyatlan.model.keycloak_events import KeycloakEventRequest
from pyatlan.model.lineage import FluentLineage
from pyatlan.model.query import QueryParserRequest, QueryRequest
from pyatlan.model.search import Query
from pyatlan.model.search_log import SearchLogRequest
from pyatlan.model.typedef import EnumDef
from pyatlan.utils import API

from local.catalog.server import Server

ENDPOINTS = sorted({(one.method.value, one) for one in vars(constants).values() if isinstance(one, API)}, key=str)
MODELS = {name: getattr(assets, name) for name in dir(assets) if not name.startswith("_")}
TYPES = sorted(name for name, one in MODELS.items() if inspect.isclass(one) and issubclass(one, Referenceable))


@pytest.fixture(autouse=True)
def _local(catalog: Server) -> None:
    """A tenant has all of it."""


@pytest.fixture(scope="module")
def patient(address) -> AtlanClient:
    """The real pyatlan as it comes, which retries many errors for half a minute."""
    url, key = address
    return AtlanClient(base_url=url, api_key=key, proxy=None)


@pytest.fixture
def root(address) -> Iterator[httpx.Client]:
    """Plain HTTP to any path."""
    with httpx.Client(base_url=address[0], headers={"Authorization": f"Bearer {address[1]}"}, trust_env=False) as plain:
        yield plain


def message(answer: httpx.Response) -> str:
    """Give the message of a rejection with 501."""
    assert (answer.status_code, answer.json()["errorCode"]) == (501, "LOCAL-501")
    return str(answer.json()["errorMessage"])


def table(world, **fields: object) -> Table:
    made: Table = world.table("t")
    for name, value in fields.items():
        setattr(made, name, value)
    return made


def term(semantic: SaveSemantic) -> AtlasGlossaryTerm:
    return AtlasGlossaryTerm.ref_by_guid("5e4f1a0e-0f6c-4a57-9d1c-3a1f5b8f0001", semantic=semantic)


FIELDS = [
    pytest.param({"labels": ["a"]}, "labels", id="labels"),
    pytest.param({"business_attributes": {"cm": {"a": 1}}}, "custom metadata (businessAttributes)", id="metadata"),
    pytest.param({"is_incomplete": True}, "incomplete entities (isIncomplete)", id="incomplete"),
    pytest.param({"assigned_terms": [term(SaveSemantic.REPLACE)]}, "relationship Table.meanings", id="terms"),
    pytest.param({"assigned_terms": [term(SaveSemantic.APPEND)]}, "relationship Table.meanings", id="terms added"),
    pytest.param({"assigned_terms": [term(SaveSemantic.REMOVE)]}, "relationship Table.meanings", id="terms removed"),
    pytest.param({"links": [Link.ref_by_guid("x")]}, "relationship Table.links", id="links"),
]


@pytest.mark.parametrize(("fields", "named"), FIELDS)
def test_field(patient: AtlanClient, world, fields, named):
    """A part of an asset that the catalog does not keep rejects the save, by name; nothing of it is saved."""
    sent = table(world, **fields)

    with pytest.raises(AtlanError) as caught:
        patient.asset.save(sent)

    assert f"LOCAL-501: The local catalog does not support {named};" in str(caught.value)
    assert FluentSearch().where(Asset.QUALIFIED_NAME.eq(sent.qualified_name)).execute(patient).count == 0


@pytest.mark.parametrize(
    "name",
    [
        *("classifications", "addOrUpdateClassifications", "removeClassifications", "meanings"),
        *("homeId", "isProxy", "provenanceType"),
    ],
)
def test_raw_field(world, bulk, name):
    """So does a part that pyatlan sends only of what exists, such as tags, or not at all."""
    assert f"({name})" in message(bulk(world.entity() | {name: "x"}))


def test_field_unset(world, bulk):
    """Parts that are null or empty, as pyatlan sends them, are no reason to reject."""
    empty = {"labels": None, "classifications": [], "meanings": [], "businessAttributes": None, "isIncomplete": False}

    assert bulk(world.entity() | empty).status_code == 200


def test_referred_entities(world, raw: httpx.Client):
    """So do entities beside those to save."""
    answer = raw.post(
        "/entity/bulk", json={"entities": [world.entity()], "referredEntities": {"-1": world.entity("b")}}
    )

    assert "the field referredEntities of POST /api/meta/entity/bulk, only entities;" in message(answer)


def test_field_of_partial_update(world, raw: httpx.Client):
    """A partial update rejects them, too."""
    one = world.loose("a.csv")
    world.save(one)
    sent = {"entity": {"typeName": "S3Object", "attributes": {}, "labels": ["a"]}}

    answer = raw.put(
        "/entity/uniqueAttribute/type/S3Object", params={"attr:qualifiedName": one.qualified_name}, json=sent
    )

    assert "labels" in message(answer)


QUERY = QueryRequest(sql="select 1", data_source_name="x", default_schema="y")
PARSED = QueryParserRequest.create("select 1", QueryParserSourceType.SNOWFLAKE)
AUDIT = AuditSearchRequest.by_guid("x", size=2, sort=[])
VIEWS = SearchLogRequest.most_recent_viewers("x")
ENUM = EnumDef.create("x", ["a"])
ORDERS = Table.updater(qualified_name="x", name="orders")
MISSING: dict[str, tuple[str, Callable[[AtlanClient], object]]] = {
    "glossary": ("type AtlasGlossary", lambda client: client.asset.save(AtlasGlossary.creator(name="g"))),
    "domain": ("type DataDomain", lambda client: client.asset.save(DataDomain.creator(name="d"))),
    "persona": ("type Persona", lambda client: client.asset.save(Persona.creator(name="p"))),
    "type read": ("type Link", lambda client: client.asset.get_by_qualified_name("x", Link)),
    "type restored": ("type Link", lambda client: client.asset.restore(Link, "x")),
    "definition": ("type Link", lambda client: client.typedef.get_by_name("Link")),
    "new definition": ("POST /api/meta/types/typedefs/", lambda client: client.typedef.create(ENUM)),
    "audit": ("POST /api/meta/entity/auditSearch", lambda client: client.audit.search(AUDIT)),
    "search log": ("POST /api/meta/search/searchlog", lambda client: client.search_log.search(VIEWS)),
    "group": ("POST /api/service/groups", lambda client: client.group.create(AtlanGroup.create("x"))),
    "token": ("POST /api/service/apikeys", lambda client: client.token.create("x")),
    "events": ("/api/service/events/login", lambda client: client.admin.get_keycloak_events(KeycloakEventRequest())),
    "credentials": ("GET /api/service/credentials", lambda client: client.credentials.get_all()),
    "query": ("POST /api/sql/query/stream", lambda client: client.queries.stream(QUERY)),
    "parser": ("POST /api/sql/query/parse", lambda client: client.parse_query(PARSED)),
    "contract": ("/api/service/contracts/init", lambda client: client.contracts.generate_initial_spec(ORDERS)),
}


@pytest.mark.parametrize(("named", "ask"), [pytest.param(*case, id=name) for name, case in MISSING.items()])
def test_missing(patient: AtlanClient, catalog: Server, named, ask):
    """A type or an endpoint that the catalog lacks is rejected by name, after one request: pyatlan does not retry."""
    catalog.faults.log.clear()

    with pytest.raises(AtlanError, match="LOCAL-501") as caught:
        ask(patient)

    assert named in str(caught.value)
    assert ", only " in str(caught.value)
    assert [one.status for one in catalog.faults.log] == [501]


def test_types(raw: httpx.Client):
    """Every type of pyatlan's is here, or is rejected by name with what there is."""
    here, elsewhere = [], []
    for name in TYPES:
        answer = raw.get(f"/entity/uniqueAttribute/type/{name}", params={"attr:qualifiedName": "no/such"})
        (here if answer.status_code == 404 else elsewhere).append(name)
        if answer.status_code != 404:
            assert f"the type {name}, only Connection, Database, " in message(answer)

    assert {"Table", "Procedure", "TablePartition", "Readme", "S3Object", "ColumnProcess"} <= set(here)
    assert {"Link", "AtlasGlossary", "AtlasGlossaryTerm", "DataProduct", "Persona", "Purpose"} <= set(elsewhere)


def test_no_type(world, bulk):
    """A type that nobody has is unknown, as in Atlan."""
    answer = bulk(world.entity() | {"typeName": "Foo"})

    assert (answer.status_code, answer.json()["errorCode"]) == (400, "ATLAS-400-00-014")


def test_endpoints(root: httpx.Client, catalog: Server):
    """Every endpoint of pyatlan's is here, or is rejected by its name with a list of what there is."""
    missing = []
    for method, api in ENDPOINTS:
        path = f"/{api.endpoint.prefix}{api.path.lstrip('/')}".replace("{", "").replace("}", "")
        answer = root.request(method, path, json={})
        if answer.status_code == 501 and "the endpoint" in answer.text:
            missing.append(path)
            assert f"the endpoint {method} {path}, only " in message(answer)
            assert "GET /api/meta/entity/guid/<guid>" in message(answer)
        assert answer.status_code not in (405, 500)
        assert answer.status_code != 404 or "errorCode" in answer.json()

    assert len(missing) > 50


def finds(*found: Query) -> FluentSearch:
    return FluentSearch(wheres=[Asset.STATUS.eq("ACTIVE"), *found])


@pytest.mark.parametrize(
    ("ask", "named"),
    [
        pytest.param(lambda client: client.asset.find_glossary_by_name("x"), "AtlasGlossary", id="glossary"),
        pytest.param(lambda client: client.asset.find_personas_by_name("x"), "Persona", id="persona"),
        pytest.param(lambda client: finds(CompoundQuery.asset_type(Link)).count(client), "Link", id="type"),
        pytest.param(
            lambda client: finds(CompoundQuery.asset_types([Link, DataDomain])).count(client), "Link", id="types"
        ),
        pytest.param(lambda client: finds(CompoundQuery.super_types([BI])).count(client), "BI", id="supertype"),
    ],
)
def test_search(patient: AtlanClient, ask, named):
    """A search for nothing but assets of a type that is not here is rejected, and does not say that there are none."""
    with pytest.raises(AtlanError, match=f"LOCAL-501.*the type {named}, only "):
        ask(patient)


def test_search_of_some(client: AtlanClient, world):
    """A search for other types as well, or without these types, is served."""
    world.save(world.loose("a.csv"))
    within = Asset.QUALIFIED_NAME.startswith(f"{world.connection}/{world.prefix}")
    others = FluentSearch(wheres=[within], where_nots=[CompoundQuery.asset_type(Link)])

    assert finds(within, CompoundQuery.asset_types([Link, S3Object])).count(client) == 1
    assert others.count(client) == 1


def test_no_key(address):
    """A request for an OAuth token, which has no key, is told that there are none."""
    answer = httpx.post(f"{address[0]}/api/service/oauth-clients/token", json={}, trust_env=False)

    assert "the endpoint POST /api/service/oauth-clients/token" in message(answer)


@pytest.mark.parametrize(
    ("method", "path", "named"),
    [
        pytest.param("POST", "entity/bulk?mergeTags=true", "mergeTags", id="save"),
        pytest.param("DELETE", "entity/bulk?guid=x&cascade=true", "cascade", id="delete"),
        pytest.param("DELETE", "entity/bulk/uniqueAttribute?skipHasLineageCalculation=true", "skipHas", id="by name"),
        pytest.param("GET", "entity/guid/x?hideProcess=true", "hideProcess", id="read"),
        pytest.param("GET", "entity/uniqueAttribute/type/Table?attr:name=x&all=true", "all", id="read by name"),
        pytest.param("GET", "lineage/x?includeParent=true", "includeParent", id="lineage"),
        pytest.param("GET", "types/typedefs?supertype=Asset", "supertype", id="definitions"),
        pytest.param("GET", "types/typedef/name/Table?full=true", "full", id="definition"),
        pytest.param("POST", "search/indexsearch?lang=en", "lang", id="search"),
    ],
)
def test_parameter(raw: httpx.Client, method, path, named):
    """A query parameter that an endpoint does not have here is rejected by name, with those it has."""
    assert f"the query parameter {named}" in message(raw.request(method, path, json={}))


def test_search_field_without_effect(client: AtlanClient):
    """What changes nothing here, since there are no tags, terms and personas, is taken."""
    request = FluentSearch().where(Asset.NAME.eq("no such")).to_request()
    request.exclude_meanings = request.exclude_atlan_tags = request.scope_to_user_access = True

    assert client.asset.search(request).count == 0


@pytest.mark.parametrize(
    ("path", "field"), [("lineage/list", "allowAll"), ("lineage/getlineage", "allowDeletedProcess")]
)
def test_lineage_field(raw: httpx.Client, path, field):
    """A field of a request for lineage that is not here is rejected by name."""
    assert f"the field {field} of POST" in message(raw.post(path, json={"guid": "x", "depth": 1, field: True}))


def test_lineage(client: AtlanClient, world, lineage):
    """A request for lineage with all that pyatlan can ask for is served."""
    asked = FluentLineage(starting_guid=world.guid(lineage["a"]), depth=3, size=5, immediate_neighbors=True)
    asked = asked.include_on_results(Asset.NAME).include_on_relations(Asset.NAME)

    assert [one.name for one in client.asset.get_lineage_list(asked.request).current_page()] == ["a", "p", "b"]


@pytest.mark.parametrize(
    ("query", "status", "said"),
    [
        pytest.param({"filter": '{"$nor": []}'}, 501, "the filter $nor", id="operator"),
        pytest.param({"filter": '{"name": {"$in": [], "$ne": 1}}'}, 501, "$ne", id="condition"),
        pytest.param({"filter": "{"}, 400, "is not JSON", id="no JSON"),
        pytest.param({"filter": "[]"}, 400, "is not an object", id="list"),
        pytest.param({"limit": "many"}, 400, "limit is 'many', not a whole number", id="limit"),
        pytest.param({"search": "x"}, 501, "the query parameter search", id="parameter"),
    ],
)
def test_people(root: httpx.Client, query, status, said):
    """What a list of people can't be asked is rejected with what is wrong, not ignored."""
    answer = root.get("/api/service/roles", params=query)

    assert answer.status_code == status
    assert said in answer.json()["errorMessage"]


def test_people_sorted(client: AtlanClient):
    """Roles are sorted as asked, and found by one of several conditions."""
    some = '{"$or": [{"name": "$member"}, {"name": "$admin"}]}'

    def names(sort: str) -> list[str]:
        return [one.name for one in client.role.get(limit=9, post_filter=some, sort=sort).records]

    assert (names("name"), names("-name")) == (["$admin", "$member"], ["$member", "$admin"])


def test_reference_elsewhere(world, bulk):
    """A reference by name to a type that is not here is rejected with that type's name."""
    reference = {"typeName": "Link", "uniqueAttributes": {"qualifiedName": uuid.uuid4().hex}}

    assert "the type Link" in message(bulk(world.entity(bucket=reference)))
