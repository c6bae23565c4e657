"""Saves: matching, changes, partial updates, responses."""

import json

import pytest
from pyatlan.client.atlan import AtlanClient
from pyatlan.model.assets import Connection, Process, S3Bucket, S3Object, Table
from pyatlan.model.enums import CertificateStatus, EntityStatus


def test_create(world):
    """Saving a new object creates it, and updates its bucket."""
    bucket = world.bucket()
    world.save(bucket)

    assert world.save(world.file("a.csv", bucket)) == {"CREATE": ["S3Object a.csv"], "UPDATE": ["S3Bucket bucket"]}


def test_same_name_other_type(world):
    """Qualified names are unique per type: two types may share one."""
    table, object_ = world.table("same"), world.loose("same")

    assert world.save(table, object_) == {"CREATE": ["S3Object same", "Table same"]}
    assert world.guid(table) != world.guid(object_)


def test_case_sensitive(world):
    """Qualified names are case-sensitive."""
    world.save(world.loose("a.csv"))

    assert world.save(world.loose("A.csv")) == {"CREATE": ["S3Object A.csv"]}


def test_match_by_name(world):
    """A second save of a qualified name updates the same entity, whatever temporary guid it has."""
    first, second = world.loose("a.csv"), world.loose("a.csv")
    world.save(first)
    guid = world.guid(first)
    second.description = "new"

    assert world.save(second) == {"UPDATE": ["S3Object a.csv"]}
    assert world.guid(second) == guid


def test_match_by_guid(world, client):
    """A real guid matches its entity, also under a new qualified name."""
    first, second = world.loose("a.csv"), world.loose("b.csv")
    world.save(first)
    second.guid = world.guid(first)
    world.save(second)

    assert client.asset.get_by_guid(second.guid, S3Object).name == "b.csv"


def test_match_below(world, raw):
    """A name is looked for among the type's subtypes, too."""
    source, target = world.loose("a.csv"), world.loose("b.csv")
    parent = world.process("parent", [source], [target])
    world.save(source, target, parent)
    child = world.column_process("child", [source], [target], parent)
    world.save(child)

    answer = raw.get("/entity/uniqueAttribute/type/Process", params={"attr:qualifiedName": child.qualified_name})

    assert answer.json()["entity"]["guid"] == world.guid(child)


def test_duplicate_in_request(world, bulk):
    """A name that is twice in a request is one entity, reported once, as created, with the later values."""
    first, second = world.entity(description="first"), world.entity(description="second")

    answer = bulk({**first, "guid": "-1"}, {**second, "guid": "-2"}).json()

    assert answer["guidAssignments"]["-1"] == answer["guidAssignments"]["-2"]
    assert [one["attributes"]["description"] for one in answer["mutatedEntities"]["CREATE"]] == ["second"]
    assert "UPDATE" not in answer["mutatedEntities"]


def test_no_guid(world, bulk):
    """An entity without a guid gets a temporary one from the server."""
    answer = bulk(world.entity()).json()

    assert [key[0] for key in answer["guidAssignments"]] == ["-"]


def test_no_change(world):
    """A second delivery writes nothing: no mutated entity, no new modification time, but the response has the guid."""
    bucket = world.bucket()
    world.save(bucket)
    one = world.file("a.csv", bucket)
    one.s3_object_size, one.owner_users, one.custom_attributes = 7, {"b", "a"}, {"k": "v"}
    world.save(one)
    before = world.read(one)
    world.later()

    response = world.client.asset.save(one)

    assert response.mutated_entities is None
    assert response.guid_assignments == {one.guid: before.guid}
    assert world.read(one).update_time == before.update_time


def test_no_change_temporary_guids(world):
    """References by temporary guids within the request count as equal to what they came to."""
    source, target = world.loose("a.csv"), world.loose("b.csv")
    process = world.process("p", [source], [target])
    request = [source, target, process]
    world.save(*request)

    response = world.client.asset.save(request)

    assert response.mutated_entities is None
    assert set(response.guid_assignments) == {one.guid for one in request}


def test_only_sent_attributes(world):
    """Attributes that are not sent are left alone."""
    one = world.loose("a.csv")
    one.description = "kept"
    world.save(one)
    again = world.loose("a.csv")
    again.s3_object_size = 3
    world.save(again)

    assert (world.read(one).description, world.read(one).s3_object_size) == ("kept", 3)


@pytest.mark.parametrize(
    ("attribute", "value", "cleared"),
    [
        pytest.param("description", "text", None, id="string"),
        pytest.param("s3ObjectSize", 5, 0, id="number"),
        pytest.param("s3ObjectLockLegalHoldEnabled", True, False, id="boolean"),
        pytest.param("s3ObjectLastModifiedTime", 1700000000000, 0, id="date"),
        pytest.param("ownerUsers", ["a"], [], id="array"),
    ],
)
def test_null_clears(world, bulk, raw, attribute, value, cleared):
    """An explicit null clears: strings vanish, numbers and dates become 0, booleans false, arrays empty."""
    guid = next(iter(bulk(world.entity(**{attribute: value})).json()["guidAssignments"].values()))
    assert raw.get(f"/entity/guid/{guid}").json()["entity"]["attributes"][attribute] == value

    bulk(world.entity(**{attribute: None}))

    assert raw.get(f"/entity/guid/{guid}").json()["entity"]["attributes"][attribute] == cleared


@pytest.mark.parametrize(
    ("attribute", "differs"),
    [
        pytest.param("description", True, id="string"),
        pytest.param("s3ObjectSize", False, id="number"),
        pytest.param("ownerUsers", False, id="array"),
    ],
)
def test_null_on_nothing(world, bulk, attribute, differs):
    """A null for a string that has no value counts as a difference each time; for other types it doesn't."""
    bulk(world.entity())

    answer = bulk(world.entity(**{attribute: None})).json()

    assert ("mutatedEntities" in answer) is differs


def test_empty_string_converges(world, bulk):
    """An empty string is a value like any other: sent twice, it changes nothing the second time."""
    bulk(world.entity(description=""))

    assert "mutatedEntities" not in bulk(world.entity(description="")).json()


def test_set_order(world, bulk):
    """Values of a set, such as owners, are equal in any order."""
    bulk(world.entity(ownerUsers=["a", "b"]))

    assert "mutatedEntities" not in bulk(world.entity(ownerUsers=["b", "a"])).json()


def test_custom_attributes(world):
    """Custom attributes are replaced as a whole when sent, and left alone when not."""
    one = world.loose("a.csv")
    one.custom_attributes = {"a": "1", "b": "2"}
    world.save(one)
    again = world.loose("a.csv")
    again.description = "x"
    world.save(again)
    assert world.read(one).custom_attributes == {"a": "1", "b": "2"}

    again.custom_attributes = {"b": "3"}
    world.save(again)

    assert world.read(one).custom_attributes == {"b": "3"}


def test_order_is_free(world):
    """An entity may refer to one that comes later in the request."""
    source, target = world.loose("a.csv"), world.loose("b.csv")

    world.save(world.process("p", [source], [target]), target, source)

    assert world.read(source).has_lineage


def test_unknown_fields(world, bulk):
    """Unknown attributes and fields are ignored."""
    answer = bulk(world.entity(noSuchAttribute=1) | {"noSuchField": 2})

    assert answer.status_code == 200
    assert "noSuchAttribute" not in json.dumps(answer.json())


def test_arn_reference(world, bulk):
    """A reference by qualified name to an asset that has an awsArn never equals it: an update at every save."""
    bucket = world.bucket()
    bucket.aws_arn = f"arn:aws:s3:::{world.prefix}"
    world.save(bucket)
    named = {"typeName": "S3Bucket", "uniqueAttributes": {"qualifiedName": bucket.qualified_name}}
    by_name = world.entity(bucket=named)
    by_guid = world.entity(bucket={"typeName": "S3Bucket", "guid": world.guid(bucket)})
    bulk(by_name)

    assert "mutatedEntities" in bulk(by_name).json()
    assert "mutatedEntities" not in bulk(by_guid).json()


def test_partial_update(world, client):
    """A PUT by unique attribute needs no mandatory attributes, and is reported as a partial update."""
    one = world.loose("a.csv")
    world.save(one)

    updated = client.asset.update_certificate(S3Object, one.qualified_name, one.name, CertificateStatus.VERIFIED)

    assert updated is not None
    assert world.read(one).certificate_status == CertificateStatus.VERIFIED


def test_partial_update_answer(world, raw):
    """A partial update is listed under PARTIAL_UPDATE, its neighbours under UPDATE; of what isn't there, it's a 404."""
    one, bucket = world.loose("a.csv"), world.bucket()
    world.save(one, bucket)
    path = "/entity/uniqueAttribute/type/S3Object"
    sent = {"entity": {"typeName": "S3Object", "attributes": {"bucket": {"guid": world.guid(bucket)}}}}

    answer = raw.put(path, params={"attr:qualifiedName": one.qualified_name}, json=sent).json()["mutatedEntities"]

    assert {key: [header["typeName"] for header in found] for key, found in answer.items()} == {
        "PARTIAL_UPDATE": ["S3Object"],
        "UPDATE": ["S3Bucket"],
    }
    missing = raw.put(path, params={"attr:qualifiedName": "no/such"}, json=sent)
    assert (missing.status_code, missing.json()["errorCode"]) == (404, "ATLAS-404-00-009")


def test_times(world):
    """An update bumps the modification time and keeps the creation time and creator."""
    one = world.loose("a.csv")
    world.save(one)
    before = world.read(one)
    world.later()
    one.description = "new"
    world.save(one)

    after = world.read(one)

    assert after.update_time > before.update_time
    assert (after.create_time, after.created_by) == (before.create_time, before.created_by)


def test_header(world):
    """The header of a created process has its attributes, names, state and supertypes, and its inputs and outputs."""
    source, target = world.loose("a.csv"), world.loose("b.csv")
    process = world.process("p", [source], [target])

    created = world.client.asset.save([source, target, process]).assets_created(Process)[0]

    assert (created.qualified_name, created.display_text) == (process.qualified_name, "p")
    assert created.status == EntityStatus.ACTIVE
    assert [one.unique_attributes["qualifiedName"] for one in created.inputs] == [source.qualified_name]
    assert len(created.outputs) == 1


def test_header_unset(world):
    """A header has the attributes that were not sent, too: empty sets, zeros and defaults; texts are null."""
    made = world.loose("a.csv")
    made.s3_object_key = "a.csv"

    (created,) = world.client.asset.save(made).assets_created(S3Object)
    made.s3_object_key = "b.csv"
    (updated,) = world.client.asset.save(made).assets_updated(S3Object)

    for one, key in ((created, "a.csv"), (updated, "b.csv")):
        assert (one.s3_object_key, one.owner_users, one.s3_object_size, one.has_lineage) == (key, set(), 0, False)
        assert (one.is_editable, one.s3_object_lock_legal_hold_enabled, one.description) == (True, False, None)


def test_neighbour_header(world, bulk):
    """The header of a neighbour that was only touched has nothing but its names."""
    bucket = world.bucket()
    bucket.description = "not told"
    world.save(bucket)

    answer = bulk(world.entity(bucket={"guid": world.guid(bucket)})).json()

    assert answer["mutatedEntities"]["UPDATE"][0]["attributes"].keys() == {"qualifiedName", "name"}


def test_connection_name_stays(client: AtlanClient, connection, bulk):
    """A connection keeps its qualified name when it is updated."""
    stored = client.asset.get_by_qualified_name(connection, Connection)
    renamed = {"qualifiedName": f"{connection}9", "name": stored.name}

    bulk({"typeName": "Connection", "guid": stored.guid, "attributes": renamed})

    assert client.asset.get_by_guid(stored.guid, Connection).qualified_name == connection


@pytest.mark.parametrize("kind", [S3Bucket, S3Object, Table], ids=lambda kind: kind.__name__)
def test_unicode(world, kind):
    """Names of all scripts, spaces, slashes and percent signs come back as they were sent."""
    one = world.make(kind, "прайс 100%/ä+b//é.csv")
    world.save(one)

    assert world.client.asset.get_by_qualified_name(one.qualified_name, kind).name == one.name
