"""Relationships: replace, append, remove; edges have a state of their own; neighbours are touched."""

import httpx
import pytest
from pyatlan.model.assets import Asset, Process, S3Object
from pyatlan.model.enums import SaveSemantic


@pytest.fixture
def files(world):
    """Three saved objects."""
    made = [world.loose(name) for name in ("a", "b", "c")]
    world.save(*made)
    return made


def states(world, asset: Asset, attribute: str) -> dict[str, str]:
    """Read a relationship with the state of its edges, by display text."""
    related = getattr(world.read(asset), attribute) or []
    return {one.display_text: one.relationship_status for one in related}


def inputs(world, process: Process, *files: S3Object, semantic: SaveSemantic = SaveSemantic.REPLACE) -> Process:
    """Build a save of a process that sends only inputs."""
    made = Process.updater(qualified_name=process.qualified_name, name=process.name)
    made.inputs = [S3Object.ref_by_guid(world.guid(one), semantic=semantic) for one in files]
    return made


@pytest.fixture
def process(world, files):
    """A saved process from a to b."""
    made = world.process("p", files[:1], files[1:2])
    world.save(made)
    return made


def test_neighbours(world, files):
    """Creating a process updates its inputs and outputs, and their modification times."""
    before = world.read(files[0]).update_time
    world.later()

    told = world.save(world.process("p", files[:1], files[1:2]))

    assert told == {"CREATE": ["Process p"], "UPDATE": ["S3Object a", "S3Object b"]}
    assert world.read(files[0]).update_time > before


def test_replace(world, files, process):
    """Sent references replace the list: what is missing is unlinked, and both old and new ends are updated."""
    told = world.save(inputs(world, process, files[2]))

    assert told == {"UPDATE": ["Process p", "S3Object a", "S3Object c"]}
    assert states(world, process, "inputs") == {"a": "DELETED", "c": "ACTIVE"}
    assert states(world, process, "outputs") == {"b": "ACTIVE"}


def test_replace_in_any_order(world, files, process):
    """The order of a list of references doesn't count."""
    world.save(inputs(world, process, files[0], files[2]))

    assert world.save(inputs(world, process, files[2], files[0])) == {}


def test_clear(world, process):
    """An empty list unlinks all."""
    world.save(inputs(world, process))

    assert states(world, process, "inputs") == {"a": "DELETED"}


@pytest.mark.parametrize(
    ("part", "left"),
    [
        pytest.param("attributes", "ACTIVE", id="in attributes it is dropped"),
        pytest.param("relationshipAttributes", "DELETED", id="in relationshipAttributes it clears"),
    ],
)
def test_null(world, raw: httpx.Client, process, part, left):
    """A null for a relationship means nothing among the attributes, and clears among the relationship attributes."""
    names = {"qualifiedName": process.qualified_name, "name": "p"}
    entity = {
        "typeName": "Process",
        "attributes": names,
        part: (names if part == "attributes" else {}) | {"inputs": None},
    }

    raw.post("/entity/bulk/", json={"entities": [entity]})

    assert states(world, process, "inputs") == {"a": left}


def test_relationship_attributes(world, raw: httpx.Client, files, process):
    """References may also be sent as relationshipAttributes."""
    entity = {
        "typeName": "Process",
        "attributes": {"qualifiedName": process.qualified_name, "name": "p"},
        "relationshipAttributes": {"inputs": [{"guid": world.guid(files[2])}]},
    }
    raw.post("/entity/bulk/", json={"entities": [entity]})

    assert states(world, process, "inputs") == {"a": "DELETED", "c": "ACTIVE"}


def test_append(world, files, process):
    """An appended reference joins the others; appending it again changes nothing."""
    told = world.save(inputs(world, process, files[2], semantic=SaveSemantic.APPEND))

    assert told == {"UPDATE": ["Process p", "S3Object c"]}
    assert states(world, process, "inputs") == {"a": "ACTIVE", "c": "ACTIVE"}
    assert world.save(inputs(world, process, files[2], semantic=SaveSemantic.APPEND)) == {}


def test_append_on_create(world, files):
    """A new entity may append, too."""
    made = world.process("new", files[:1], files[1:2])
    made.inputs = [S3Object.ref_by_guid(world.guid(files[2]), semantic=SaveSemantic.APPEND)]
    world.save(made)

    assert states(world, made, "inputs") == {"c": "ACTIVE"}


def test_remove(world, files, process):
    """A removed reference leaves the others; removing what isn't there is silent."""
    assert world.save(inputs(world, process, files[2], semantic=SaveSemantic.REMOVE)) == {}

    world.save(inputs(world, process, files[0], semantic=SaveSemantic.REMOVE))

    assert states(world, process, "inputs") == {"a": "DELETED"}


def test_append_and_remove(world, files, process):
    """An entity that both appends and removes does neither."""
    sent = inputs(world, process, files[2], semantic=SaveSemantic.APPEND)
    sent.inputs += [S3Object.ref_by_guid(world.guid(files[0]), semantic=SaveSemantic.REMOVE)]

    assert world.save(sent) == {}
    assert states(world, process, "inputs") == {"a": "ACTIVE"}


def test_relink(world, files, process):
    """A link that was removed and made again is a new edge; the old one stays to be seen, deleted."""
    world.save(inputs(world, process, files[2]))
    world.save(inputs(world, process, files[0]))

    edges = [(one.display_text, one.relationship_status) for one in world.read(process).inputs]

    assert sorted(edges) == [("a", "ACTIVE"), ("a", "DELETED"), ("c", "DELETED")]


def test_single(world):
    """Where there is room for one, as for an object's bucket, the new one replaces the old."""
    old, new = world.bucket("old"), world.bucket("new")
    world.save(old, new)
    one = world.file("a", old)
    world.save(one)
    moved = world.file("a", new)

    assert world.save(moved) == {"UPDATE": ["S3Bucket new", "S3Bucket old", "S3Object a"]}
    assert world.read(one).bucket.display_text == "new"
    assert states(world, old, "objects") == {"a": "DELETED"}
    assert states(world, new, "objects") == {"a": "ACTIVE"}


def test_single_from_the_other_end(world):
    """A table that claims another table's column takes it over."""
    old, new = world.table("old"), world.table("new")
    world.save(old, new)
    column = world.column("id", old)
    world.save(column)
    new.columns = [world.ref(column)]
    world.save(new)

    assert world.read(column).table.display_text == "new"
    assert states(world, old, "columns") == {"old.id": "DELETED"}


def test_column_process(world, files, process):
    """Creating a column process updates its parent and its columns."""
    table = world.table("t")
    world.save(table)
    left, right = world.column("x", table), world.column("y", table)
    world.save(left, right)

    told = world.save(world.column_process("cp", [left], [right], process))

    assert told == {"CREATE": ["ColumnProcess cp"], "UPDATE": ["Column t.x", "Column t.y", "Process p"]}
    assert states(world, process, "column_processes") == {"cp": "ACTIVE"}


def test_archived_end(world, files, process):
    """An archived asset may be referred to; the edge is active, the entity shown as deleted."""
    world.archive(files[2])

    world.save(inputs(world, process, files[2]))

    linked = [one for one in world.read(process).inputs if one.relationship_status == "ACTIVE"]
    assert [(one.display_text, one.entity_status) for one in linked] == [("c", "DELETED")]


def test_edge_guid(world, raw: httpx.Client, process):
    """An edge has a guid of its own, the same seen from either end."""
    seen = raw.get(f"/entity/guid/{world.guid(process)}").json()["entity"]["relationshipAttributes"]["inputs"][0]
    back = raw.get(f"/entity/guid/{seen['guid']}").json()["entity"]["relationshipAttributes"]["inputToProcesses"][0]

    assert back["relationshipGuid"] == seen["relationshipGuid"]
    assert back["relationshipType"] == "catalog_process_inputs"
    assert back["guid"] == world.guid(process)


def test_lineage_flag(world, files):
    """Assets have lineage from when a process has both an input and an output, until it loses one."""
    made = world.process("p", files[:1], files[1:2])
    made.outputs = []
    world.save(made)
    assert not world.read(files[0]).has_lineage

    world.save(world.process("p", files[:1], files[1:2]))
    assert [world.read(one).has_lineage for one in files] == [True, True, False]

    world.save(inputs(world, made))
    assert [world.read(one).has_lineage for one in files] == [False, False, False]
