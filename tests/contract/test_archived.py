"""Saves over archived assets, and what a status in a save does."""

from pyatlan.model.enums import EntityStatus


def test_archived_stays_archived(world, bulk):
    """Saving over an archived asset updates it in place and keeps it archived unless ACTIVE is sent."""
    one = world.loose("a.csv")
    world.save(one)
    world.archive(one)

    answer = bulk(world.entity(description="new")).json()

    assert [(header["guid"], header["status"]) for header in answer["mutatedEntities"]["UPDATE"]] == [
        (world.guid(one), "DELETED")
    ]
    assert world.status(one) == "DELETED"
    assert world.read(one).description == "new"


def test_active_restores(world):
    """Saving over an archived asset with status ACTIVE restores it: same guid, reported as updated."""
    one = world.loose("a.csv")
    one.description = "by hand"
    world.save(one)
    guid = world.guid(one)
    world.archive(one)
    again = world.loose("a.csv")
    again.status = EntityStatus.ACTIVE

    assert world.save(again) == {"UPDATE": ["S3Object a.csv"]}
    assert world.guid(again) == guid
    assert world.status(one) == "ACTIVE"
    assert world.read(one).description == "by hand"


def test_active_on_active(world):
    """Status ACTIVE on an active asset changes nothing, and on a new one is a plain create."""
    one = world.loose("a.csv")
    one.status = EntityStatus.ACTIVE

    assert world.save(one) == {"CREATE": ["S3Object a.csv"]}
    assert world.save(one) == {}


def test_state_attribute(world, bulk):
    """The attribute __state ACTIVE restores like the status."""
    one = world.loose("a.csv")
    world.save(one)
    world.archive(one)

    bulk(world.entity(__state="ACTIVE"))

    assert world.status(one) == "ACTIVE"


def test_status_deleted(world, bulk):
    """Status DELETED on a save archives nothing."""
    one = world.loose("a.csv")
    world.save(one)

    bulk(world.entity() | {"status": "DELETED"})

    assert world.status(one) == "ACTIVE"
