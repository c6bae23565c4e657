"""Restoring archived assets, by a save and by its own endpoint: which relationships come back."""

import uuid

import httpx
from pyatlan.model.assets import Process, S3Object
from pyatlan.model.enums import EntityStatus


def test_restore_by_save(world, lineage):
    """An object restored by a save gets its bucket back, but not its lineage: that needs the process to be saved."""
    world.archive(lineage["a"])
    again = world.loose("a")
    again.qualified_name, again.status = lineage["a"].qualified_name, EntityStatus.ACTIVE
    world.save(again)

    assert world.edges(lineage["bucket"], "objects") == ["ACTIVE"]
    assert world.edges(lineage["p"], "inputs") == ["DELETED"]

    world.save(world.process("p", [lineage["a"]], [lineage["b"]]))

    assert world.edges(lineage["p"], "inputs") == ["DELETED", "ACTIVE"]
    assert world.read(lineage["b"]).has_lineage


def test_restore_process(world, lineage):
    """A restored process gets back every input it ever had, also one that an update had taken away."""
    third = world.loose("c")
    world.save(third)
    world.save(world.process("p", [third], [lineage["b"]]))
    world.archive(lineage["p"])
    again = Process.updater(qualified_name=lineage["p"].qualified_name, name="p")
    again.status = EntityStatus.ACTIVE
    world.save(again)

    inputs = world.read(lineage["p"]).inputs

    assert {one.display_text: one.relationship_status for one in inputs} == {"a": "ACTIVE", "c": "ACTIVE"}
    assert world.read(lineage["a"]).has_lineage


def test_restore_process_with_inputs(world, lineage):
    """Inputs sent along with the restoring save replace those that come back."""
    third = world.loose("c")
    world.save(third)
    world.save(world.process("p", [third], [lineage["b"]]))
    world.archive(lineage["p"])
    again = world.process("p", [third], [lineage["b"]])
    again.status = EntityStatus.ACTIVE
    world.save(again)

    active = [one for one in world.read(lineage["p"]).inputs if one.relationship_status == "ACTIVE"]

    assert [one.display_text for one in active] == ["c"]


def test_restore_column_process(world, lineage):
    """A restored column process gets its parent, inputs and outputs back."""
    world.archive(lineage["cp"])
    again = world.column_process("cp", [lineage["x"]], [lineage["y"]], lineage["p"])
    del again.attributes.process
    again.status = EntityStatus.ACTIVE
    world.save(again)

    restored = world.read(lineage["cp"])

    assert restored.process.relationship_status == "ACTIVE"
    assert world.edges(lineage["cp"], "inputs") == ["ACTIVE"]


def test_restore_single(world):
    """A restored object that was given another bucket while it was archived keeps that one alone."""
    old, new = world.bucket("old"), world.bucket("new")
    world.save(old, new)
    one = world.file("a", old)
    world.save(one)
    world.archive(one)
    moved = world.file("a", new)
    world.save(moved)
    moved.status = EntityStatus.ACTIVE
    world.save(moved)

    assert world.edges(old, "objects") == ["DELETED"]
    assert world.edges(new, "objects") == ["ACTIVE"]


def test_restore_endpoint(world, raw: httpx.Client, lineage):
    """The restore endpoint restores archived assets, tells them as updated, and passes over all others."""
    world.archive(lineage["a"])
    guids = [world.guid(lineage["a"]), world.guid(lineage["b"]), str(uuid.uuid4())]

    answer = raw.post("/entity/restore/bulk", params={"guid": guids}).json()

    told = {header["displayText"] for header in answer["mutatedEntities"]["UPDATE"]}
    assert told == {"a", "bucket"}
    assert world.status(lineage["a"]) == "ACTIVE"
    assert "mutatedEntities" not in raw.post("/entity/restore/bulk", params={"guid": guids}).json()


def test_restore_by_pyatlan(world, client):
    """pyatlan's own restore works, by qualified name."""
    one = world.loose("a")
    world.save(one)
    world.archive(one)

    assert client.asset.restore(S3Object, one.qualified_name)
    assert world.status(one) == "ACTIVE"
