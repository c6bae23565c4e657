"""Archiving and purging: changes, and the response."""

import uuid

import httpx
import pytest
from pyatlan.errors import NotFoundError
from pyatlan.model.assets import S3Object
from pyatlan.model.enums import AtlanDeleteType, EntityStatus


def test_soft(world, client):
    """Archiving keeps the asset, which can still be read, with status DELETED, under the header's handler SOFT."""
    one = world.loose("a")
    world.save(one)

    response = client.asset.purge_by_guid([world.guid(one)], delete_type=AtlanDeleteType.SOFT)

    header = response.assets_deleted(S3Object)[0]
    assert (header.status, header.delete_handler) == (EntityStatus.DELETED, "SOFT")
    assert client.asset.get_by_qualified_name(one.qualified_name, S3Object).status == EntityStatus.DELETED


def test_delete_by_guid(world, client):
    """pyatlan's own delete, which reads before and after, archives."""
    one = world.loose("a")
    world.save(one)

    response = client.asset.delete_by_guid(world.guid(one))

    assert [header.guid for header in response.assets_deleted(S3Object)] == [world.guid(one)]


ARCHIVED = [
    pytest.param("a", {("bucket", "objects"): ["DELETED"], ("p", "inputs"): ["DELETED"]}, ["p", "b"], id="object"),
    pytest.param(
        "p",
        {("p", "inputs"): ["DELETED"], ("p", "outputs"): ["DELETED"], ("p", "column_processes"): ["ACTIVE"]},
        ["cp", "a", "b"],
        id="process",
    ),
    pytest.param(
        "cp",
        {("cp", "inputs"): ["DELETED"], ("cp", "outputs"): ["DELETED"], ("p", "column_processes"): ["DELETED"]},
        ["p", "x", "y"],
        id="column process",
    ),
    pytest.param("bucket", {("bucket", "objects"): ["ACTIVE"], ("a", "bucket"): ["ACTIVE"]}, ["a"], id="bucket"),
    pytest.param("t", {("t", "columns"): ["ACTIVE", "ACTIVE"]}, ["x", "y"], id="table"),
]


@pytest.mark.parametrize(("archived", "expected", "active"), ARCHIVED)
def test_edges(world, lineage, archived, expected, active):
    """Archiving deletes an entity's own references and all that come in, and nothing cascades."""
    world.archive(lineage[archived])

    assert {key: world.edges(lineage[key[0]], key[1]) for key in expected} == expected
    assert [world.status(lineage[name]) for name in active] == ["ACTIVE"] * len(active)


def test_neighbours(world, lineage):
    """The neighbours of an archived asset are updated."""
    told = world.archive(lineage["a"])

    assert told == {"DELETE": ["S3Object a"], "UPDATE": ["Process p", "S3Bucket bucket"]}


def test_lineage_flag(world, lineage):
    """A process that loses its last input has no lineage, nor have the assets it alone linked, but for the archived."""
    assert world.read(lineage["b"]).has_lineage

    world.archive(lineage["a"])

    assert not world.read(lineage["b"]).has_lineage
    assert not world.read(lineage["p"]).has_lineage
    assert world.read(lineage["a"]).has_lineage


def test_lineage_flag_of_another(world, lineage):
    """An asset that another process still links keeps its lineage."""
    third = world.loose("c")
    world.save(third)
    world.save(world.process("q", [third], [lineage["b"]]))

    world.archive(lineage["p"])

    assert [world.read(one).has_lineage for one in (lineage["a"], lineage["b"], third)] == [False, True, True]


def test_twice(world):
    """Archiving again is not an error and reports no deletion, but bumps the modification time."""
    one = world.loose("a")
    world.save(one)
    world.archive(one)
    before = world.read(one).update_time
    world.later()

    assert "DELETE" not in world.archive(one)
    assert world.read(one).update_time > before


def test_unknown(raw: httpx.Client):
    """An unknown guid is ignored: 200, and an empty response."""
    answer = raw.delete("/entity/bulk/", params={"guid": str(uuid.uuid4()), "deleteType": "SOFT"})

    assert answer.status_code == 200
    assert "mutatedEntities" not in answer.json()


@pytest.mark.parametrize("path", ["/entity/bulk/", "/entity/restore/bulk"])
def test_no_guid(raw: httpx.Client, path):
    """A request without guids is rejected."""
    answer = raw.request("POST" if "restore" in path else "DELETE", path)

    assert (answer.status_code, answer.json()["errorCode"]) == (400, "ATLAS-400-00-01A")
    assert "Guid(s) not specified" in answer.json()["errorMessage"]


@pytest.mark.parametrize(
    ("sent", "handler"),
    [
        ("SOFT", "SOFT"),
        ("soft", "SOFT"),
        ("", "DEFAULT"),
        ("nonsense", "DEFAULT"),
        ("HARD", "HARD"),
        ("purge", "HARD"),
        ("PURGE", "PURGE"),
    ],
)
def test_handler(world, raw: httpx.Client, sent, handler):
    """The kind of deletion is read in any case; what isn't known archives."""
    one = world.loose("a")
    world.save(one)

    answer = raw.delete("/entity/bulk/", params={"guid": world.guid(one), "deleteType": sent}).json()

    assert [header["deleteHandler"] for header in answer["mutatedEntities"]["DELETE"]] == [handler]
    assert raw.get(f"/entity/guid/{world.guid(one)}").status_code == (404 if handler in ("HARD", "PURGE") else 200)


@pytest.mark.parametrize("archived", [False, True], ids=["active", "archived"])
def test_purge(world, client, archived):
    """Purging removes active and archived assets alike; the name is free for a new one."""
    one = world.loose("a")
    world.save(one)
    guid = world.guid(one)
    if archived:
        world.archive(one)

    response = client.asset.purge_by_guid([guid], delete_type=AtlanDeleteType.PURGE)

    assert [header.delete_handler for header in response.assets_deleted(S3Object)] == ["PURGE"]
    with pytest.raises(NotFoundError):
        client.asset.get_by_guid(guid, S3Object)
    world.save(world.loose("a"))
    assert world.guid(one) != guid


def test_hard(world, client):
    """Deleting permanently removes an active asset; of an archived one, only a purge does."""
    active, archived = world.loose("a"), world.loose("b")
    world.save(active, archived)
    world.archive(archived)

    assert world.remove(AtlanDeleteType.HARD, active, archived) == {"DELETE": ["S3Object a"]}

    with pytest.raises(NotFoundError):
        world.read(active)
    assert world.status(archived) == "DELETED"


def test_purge_edges(world, lineage):
    """A purged asset's edges are gone altogether, and its neighbours are updated."""
    told = world.remove(AtlanDeleteType.PURGE, lineage["a"])

    assert told == {"DELETE": ["S3Object a"], "UPDATE": ["Process p", "S3Bucket bucket"]}
    assert world.edges(lineage["p"], "inputs") == []
    assert not world.read(lineage["b"]).has_lineage


def test_by_unique_attribute(world, raw: httpx.Client):
    """Assets may be archived by their unique attributes: several at once, where missing ones are ignored, or one."""
    one, two = world.loose("a"), world.loose("b")
    world.save(one, two)
    named = [
        {"typeName": "S3Object", "uniqueAttributes": {"qualifiedName": name}} for name in (one.qualified_name, "no")
    ]

    assert raw.request("DELETE", "/entity/bulk/uniqueAttribute", json=named).status_code == 200
    path, params = "/entity/uniqueAttribute/type/S3Object", {"attr:qualifiedName": two.qualified_name}
    assert raw.delete(path, params=params).status_code == 200

    assert [world.status(one), world.status(two)] == ["DELETED", "DELETED"]


def test_by_unique_attribute_unknown_type(raw: httpx.Client):
    """An unknown type in a deletion by unique attributes is rejected."""
    named = [{"typeName": "Nope", "uniqueAttributes": {"qualifiedName": "x"}}]

    answer = raw.request("DELETE", "/entity/bulk/uniqueAttribute", json=named)

    assert (answer.status_code, answer.json()["errorCode"]) == (400, "ATLAS-400-00-014")
