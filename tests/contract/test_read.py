"""Reads by guid and by unique attribute: shape, rejections, archived assets, relationships."""

import uuid

import httpx
import pytest
from pyatlan.client.atlan import AtlanClient
from pyatlan.errors import AuthenticationError, NotFoundError
from pyatlan.model.assets import Column, S3Object
from pyatlan.model.enums import EntityStatus

BY_NAME = "/entity/uniqueAttribute/type"


@pytest.fixture
def saved(world) -> S3Object:
    made = world.loose("a.csv")
    world.save(made)
    return made


def test_after_write(world, saved, client: AtlanClient):
    """A read shows what was just written, by guid and by qualified name."""
    assert client.asset.get_by_guid(world.guid(saved), S3Object).name == "a.csv"
    assert client.asset.get_by_qualified_name(saved.qualified_name, S3Object).guid == world.guid(saved)


def test_shape(world, saved, raw: httpx.Client):
    """An entity has who and when, its state, and every attribute of its type, with null, 0, false or [] for none."""
    body = raw.get(f"/entity/guid/{world.guid(saved)}").json()

    entity = body["entity"]
    assert body["referredEntities"] == {}
    assert {
        "typeName",
        "guid",
        "status",
        "createdBy",
        "updatedBy",
        "createTime",
        "updateTime",
        "version",
    } <= entity.keys()
    assert (entity["isIncomplete"], entity["labels"]) == (False, [])
    attributes = entity["attributes"]
    assert (attributes["name"], attributes["description"], attributes["ownerUsers"]) == ("a.csv", None, [])
    assert (attributes["s3ObjectSize"], attributes["__hasLineage"], attributes["isEditable"]) == (0, False, True)
    assert (attributes["bucket"], entity["relationshipAttributes"]["bucket"]) == (None, None)
    assert entity["relationshipAttributes"]["inputToProcesses"] == []
    assert "customAttributes" not in entity


def test_without_relationships(world, saved, raw: httpx.Client):
    """A read that ignores relationships has none."""
    entity = raw.get(f"/entity/guid/{world.guid(saved)}", params={"ignoreRelationships": "true"}).json()["entity"]

    assert "relationshipAttributes" not in entity
    assert entity["attributes"]["bucket"] is None


def test_archived(world, saved, client: AtlanClient):
    """Archived assets can be read, by guid and by qualified name."""
    world.archive(saved)

    assert client.asset.get_by_guid(world.guid(saved), S3Object).status == EntityStatus.DELETED
    assert client.asset.get_by_qualified_name(saved.qualified_name, S3Object).status == EntityStatus.DELETED


def test_relationships(world, raw: httpx.Client):
    """Deleted relationships are shown with their state, but not among the attributes."""
    source, target, other = world.loose("a"), world.loose("b"), world.loose("c")
    process = world.process("p", [source], [target])
    world.save(source, target, other, process)
    world.save(world.process("p", [other], [target]))

    entity = raw.get(f"/entity/guid/{world.guid(process)}").json()["entity"]

    assert [one["guid"] for one in entity["attributes"]["inputs"]] == [world.guid(other)]
    shown = entity["relationshipAttributes"]["inputs"]
    assert [(one["displayText"], one["relationshipStatus"], one["entityStatus"]) for one in shown] == [
        ("a", "DELETED", "ACTIVE"),
        ("c", "ACTIVE", "ACTIVE"),
    ]
    assert shown[0]["relationshipAttributes"] == {"typeName": "catalog_process_inputs"}


def test_single_relationship(world, raw: httpx.Client):
    """Where there is room for one, the active relationship is shown, else the one deleted last."""
    first, second = world.table("one"), world.table("two")
    world.save(first, second)
    column = world.column("id", first)
    world.save(column)
    moved = Column.updater(qualified_name=column.qualified_name, name=column.name)
    moved.table = world.ref(second)
    world.later()
    world.save(moved)
    assert world.read(column).table.display_text == "two"
    world.later()
    world.archive(column)

    entity = raw.get(f"/entity/guid/{world.guid(column)}").json()["entity"]

    shown = entity["relationshipAttributes"]["table"]
    assert (shown["displayText"], shown["relationshipStatus"]) == ("two", "DELETED")
    assert entity["attributes"]["table"] is None


REFUSED = [
    pytest.param(f"/entity/guid/{uuid.uuid4()}", {}, 404, "ATLAS-404-00-005", "is invalid/not found", id="guid"),
    pytest.param(
        f"{BY_NAME}/S3Object", {"attr:qualifiedName": "x"}, 404, "ATLAS-404-00-009", "{qualifiedName=x}", id="name"
    ),
    pytest.param(f"{BY_NAME}/Nope", {"attr:qualifiedName": "x"}, 400, "ATLAS-400-00-014", "Nope", id="type"),
    pytest.param(f"{BY_NAME}/S3Object", {"attr:name": "x"}, 400, "ATLAS-400-00-013", "name", id="not unique"),
    pytest.param(f"{BY_NAME}/S3Object", {}, 400, "ATLAS-400-00-013", "S3Object", id="no attribute"),
]


@pytest.mark.parametrize(("path", "params", "status", "code", "message"), REFUSED)
def test_refused(raw: httpx.Client, path, params, status, code, message):
    """A read of what isn't there is rejected with Atlan's status, code and message."""
    answer = raw.get(path, params=params)

    assert (answer.status_code, answer.json()["errorCode"]) == (status, code)
    assert message in answer.json()["errorMessage"]


def test_not_found(client: AtlanClient):
    """To pyatlan, what isn't there is a NotFoundError."""
    with pytest.raises(NotFoundError):
        client.asset.get_by_guid(str(uuid.uuid4()), S3Object)


def test_other_case(world, saved, client: AtlanClient):
    """A qualified name in other letters' case isn't there."""
    with pytest.raises(NotFoundError):
        client.asset.get_by_qualified_name(saved.qualified_name.upper(), S3Object)


@pytest.mark.parametrize("slash", ["", "/"], ids=["without", "with"])
def test_trailing_slash(world, raw: httpx.Client, slash):
    """Paths work with and without a trailing slash."""
    entity = {"typeName": "S3Object", "attributes": {"qualifiedName": f"{world.connection}/{slash}x", "name": "x"}}

    assert raw.post(f"/entity/bulk{slash}", json={"entities": [entity]}).status_code == 200
    assert raw.get(f"/types/typedefs{slash}").status_code == 200


def test_request_id(raw: httpx.Client):
    """Every answer carries the id of its request."""
    assert raw.get("/types/typedefs/", headers={"X-Atlan-Request-Id": "mine"}).headers["X-Atlan-Request-Id"] == "mine"
    assert raw.get("/entity/guid/none").headers["X-Atlan-Request-Id"]


def test_key(address):
    """A request without a valid API key is rejected."""
    url, _ = address
    stranger = AtlanClient(base_url=url, api_key="wrong", proxy=None)

    with pytest.raises(AuthenticationError):
        stranger.asset.get_by_guid(str(uuid.uuid4()), S3Object)
