"""Saves that are rejected: status, code and message of each fault, and nothing of the request is kept."""

import uuid

import pytest
from pyatlan.client.atlan import AtlanClient
from pyatlan.errors import AtlanError, InvalidRequestError, NotFoundError
from pyatlan.model.assets import Connection, S3Object
from pyatlan.model.assets.relations import UserDefRelationship
from pyatlan.model.enums import AtlanConnectorType


def test_all_or_nothing(world, bulk, client):
    """One faulty entity rejects the whole request: nothing of it is kept."""
    good, bad = world.entity("good"), world.entity("bad", bucket={"guid": str(uuid.uuid4())})

    assert bulk(good, bad).status_code == 404

    with pytest.raises(NotFoundError):
        client.asset.get_by_qualified_name(good["attributes"]["qualifiedName"], S3Object)


def _ref(name: str, type_: str = "S3Bucket") -> dict:
    return {"typeName": type_, "uniqueAttributes": {"qualifiedName": name}}


REFUSED = [
    pytest.param({"attributes": {"name": None}}, 404, "ATLAS-404-00-007", "S3Object.name: mandatory", id="no name"),
    pytest.param({"attributes": {"qualifiedName": None}}, 404, "ATLAS-404-00-007", "type Referenceable", id="no QN"),
    pytest.param({"attributes": {"s3ObjectSize": "big"}}, 404, "ATLAS-404-00-007", "type long", id="not a number"),
    pytest.param({"typeName": "Nope"}, 400, "ATLAS-400-00-014", "Type ENTITY with name Nope", id="unknown type"),
    pytest.param({"attributes": {"bucket": _ref("no/such")}}, 404, "ATLAS-404-00-00A", "S3Bucket", id="missing name"),
    pytest.param(
        {"attributes": {"bucket": {"guid": "no-such"}}}, 404, "ATLAS-404-00-00A", "no-such", id="missing guid"
    ),
    pytest.param({"attributes": {"bucket": {"guid": "-99"}}}, 404, "ATLAS-404-00-00A", "-99", id="temporary guid"),
    pytest.param(
        {"attributes": {"bucket": {}}}, 400, "ATLAS-400-00-021", "ObjectId is not valid", id="empty reference"
    ),
    pytest.param(
        {"attributes": {"bucket": "x"}}, 400, "ATLAS-400-00-021", "ObjectId is not valid", id="text reference"
    ),
    pytest.param({"attributes": {"bucket": _ref("x", "Nope")}}, 400, "ATLAS-400-00-014", "Nope", id="reference type"),
    pytest.param(
        {"attributes": {"bucket": {"guid": "-1"}}}, 400, "ATLAS-400-00-036", "relationshipDef", id="wrong end"
    ),
    pytest.param({"guid": "no-such-guid"}, 404, "ATLAS-404-00-00A", "no-such-guid", id="unknown real guid"),
    pytest.param({"attributes": {"description": "x" * 100_001}}, 500, "ATLAS-500-00-001", "description", id="too long"),
    pytest.param(
        {"customAttributes": {"k" * 51: "v"}}, 400, "ATLAS-400-00-08C", "should not be greater than 50", id="custom key"
    ),
    pytest.param({"customAttributes": {"a.b": "v"}}, 400, "ATLAS-400-00-08D", "alphanumeric", id="custom characters"),
    pytest.param(
        {"customAttributes": {"k": "v" * 501}}, 400, "ATLAS-400-00-08E", "greater than 500", id="custom value"
    ),
    pytest.param(
        {
            "relationshipAttributes": {"bucket": None},
            "appendRelationshipAttributes": {"bucket": {"guid": "-1"}},
        },
        400,
        "ATLAS-400-00-108",
        "bucket",
        id="replaced and appended",
    ),
]


@pytest.mark.parametrize(("fault", "status", "code", "message"), REFUSED)
def test_refused(world, bulk, fault, status, code, message):
    """An invalid entity is rejected with Atlan's status, code and message."""
    entity = world.entity() | {"guid": "-1"}
    attributes = entity["attributes"] | fault.get("attributes", {})

    answer = bulk(entity | fault | {"attributes": attributes})

    assert (answer.status_code, answer.json()["errorCode"]) == (status, code)
    assert message in answer.json()["errorMessage"]


@pytest.mark.parametrize(("length", "status"), [(100_001, 200), (2_000_001, 500)])
def test_long_text(world, bulk, length, status):
    """Attributes made for long texts, such as a query's, may be twenty times longer than others, and no longer."""
    answer = bulk(world.entity(rawQueryText="x" * length))

    assert answer.status_code == status
    assert answer.json().get("errorCode") == (None if status == 200 else "ATLAS-500-00-001")


def test_refused_guid(world, bulk):
    """A rejection names the entity at fault by its guid in the request."""
    good, bad = world.entity("a") | {"guid": "-1"}, world.entity("b", name=None) | {"guid": "-2"}

    assert bulk(good, bad).json()["entityGuid"] == "-2"


def test_refused_update(world, bulk):
    """Name and qualified name are needed on every save, also of an entity that exists."""
    one = world.loose("a.csv")
    world.save(one)

    answer = bulk({"typeName": "S3Object", "attributes": {"qualifiedName": one.qualified_name}})

    assert answer.json()["errorCode"] == "ATLAS-404-00-007"


@pytest.mark.parametrize(
    ("body", "params", "code"),
    [
        pytest.param({"entities": []}, {}, "ATLAS-400-00-01A", id="empty"),
        pytest.param({}, {}, "ATLAS-400-00-01A", id="missing"),
        pytest.param({"entities": [{}] * 10_001}, {}, "ATLAS-400-00-212", id="more than 10,000"),
        pytest.param(
            {"entities": [{}]},
            {"replaceTags": "true", "appendTags": "true"},
            "ATLAS-400-00-029",
            id="two ways with tags",
        ),
    ],
)
def test_refused_request(raw, body, params, code):
    """A request that makes no sense as a whole is rejected with status 400."""
    answer = raw.post("/entity/bulk/", json=body, params=params)

    assert (answer.status_code, answer.json()["errorCode"]) == (400, code)


def test_not_json(raw):
    """A body that is not JSON is rejected."""
    answer = raw.post("/entity/bulk/", content=b'{"entities": [', headers={"Content-Type": "application/json"})

    assert (answer.status_code, answer.json()["errorCode"]) == (400, "ATLAS-400-00-01A")


def test_unsupported(world, bulk, catalog):
    """Features that only a tenant has, such as tags and custom metadata, are rejected by name, not ignored."""
    tagged = world.entity() | {"classifications": [{"typeName": "PII"}]}
    custom = world.entity() | {"businessAttributes": {"cm": {"a": 1}}}

    assert "classifications" in bulk(tagged).json()["errorMessage"]
    assert "custom metadata" in bulk(custom, replaceBusinessAttributes="true").json()["errorMessage"]


def test_unsupported_relationship(world, catalog):
    """A relationship that the local catalog doesn't keep, such as one that users define, is rejected by name."""
    one, other = world.loose("a"), world.loose("b")
    world.save(other)
    one.user_def_relationship_to = [
        UserDefRelationship(to_type_label="copy of").user_def_relationship_to(world.ref(other))
    ]

    with pytest.raises(AtlanError, match=r"relationship S3Object\.userDefRelationshipTo"):
        world.save(one)


def test_name_within_request(world):
    """A reference by qualified name finds stored assets only, not a new one of the same request."""
    bucket = world.bucket()

    with pytest.raises(NotFoundError, match="ATLAS-404-00-00A"):
        world.save(bucket, world.file("a.csv", bucket))


def test_arn_lookup(world, bulk):
    """Entities are looked up by name and awsArn together, but each alone is unique: a changed ARN is a 500."""
    arn = f"arn:aws:s3:::{world.prefix}/a.csv"
    bulk(world.entity(awsArn=arn))

    assert "mutatedEntities" not in bulk(world.entity(awsArn=arn)).json()
    assert bulk(world.entity(awsArn=f"{arn}x")).json()["errorCode"] == "ATLAS-500-00-001"
    assert bulk(world.entity("b.csv", awsArn=arn)).json()["errorCode"] == "ATLAS-500-00-001"


def test_connection_admins(client: AtlanClient, bulk):
    """A connection without any admin is rejected."""
    bare = {"typeName": "Connection", "attributes": {"qualifiedName": f"default/s3/{uuid.uuid4().hex}", "name": "bare"}}

    answer = bulk(bare)

    assert (answer.status_code, answer.json()["errorCode"]) == (400, "ATLAS-400-00-114")


def test_connection_without_role(client: AtlanClient):
    """pyatlan rejects a connection's admin role that the catalog doesn't know."""
    with pytest.raises((InvalidRequestError, NotFoundError, ValueError)):
        Connection.creator(
            client=client, name="x", connector_type=AtlanConnectorType.S3, admin_roles=[str(uuid.uuid4())]
        )
