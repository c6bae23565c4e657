"""
Whole programs, as a pyatlan user writes them for a tenant: they run unchanged, and see what a tenant answers.

Source: docs.atlan.com, "Python SDK" (the recipes) and pyatlan's integration tests (what is asserted of them).
"""

from datetime import UTC, datetime

import pytest
from pyatlan.client.atlan import AtlanClient
from pyatlan.errors import NotFoundError
from pyatlan.model.assets import (
    Asset,
    Column,
    Connection,
    Database,
    MaterialisedView,
    S3Bucket,
    S3Object,
    Schema,
    Table,
    View,
)
from pyatlan.model.core import Announcement
from pyatlan.model.enums import (
    AnnouncementType,
    AtlanConnectorType,
    CertificateStatus,
    EntityStatus,
    SourceCostUnitType,
)
from pyatlan.model.fluent_search import FluentSearch
from pyatlan.model.structs import PopularityInsights

from tests.contract import programs
from tests.contract.programs import Shop, create, file, guids, told, until

name, warehouse, shop, bucket = programs.name, programs.warehouse, programs.shop, programs.bucket


def test_connection(client: AtlanClient, name: str) -> None:
    """A connection is created once, found by its name, changed by a save, and not changed by an empty one."""
    role = client.role_cache.get_id_for_name("$admin")
    unsaved = Connection.creator(
        client=client, name=name, connector_type=AtlanConnectorType.POSTGRES, admin_roles=[role]
    )

    response = client.asset.save(unsaved)

    try:
        assert told(response) == {"CREATE": ["Connection"]}
        (made,) = response.assets_created(Connection)
        assert response.guid_assignments == {unsaved.guid: made.guid}
        assert (made.connector_name, made.category) == ("postgres", "database")
        read = client.asset.get_by_guid(made.guid, Connection, ignore_relationships=False)
        assert (read.qualified_name, read.admin_roles) == (unsaved.qualified_name, {role})
        until(lambda: FluentSearch().where(Asset.GUID.eq(made.guid)).count(client) == 1)
        found = client.asset.find_connections_by_name(name, AtlanConnectorType.POSTGRES, attributes=["adminRoles"])
        assert [(one.guid, one.admin_roles) for one in found] == [(made.guid, {role})]

        change = Connection.updater(qualified_name=str(made.qualified_name), name=name)
        change.description = "The shop's own"
        assert told(client.asset.save(change)) == {"UPDATE": ["Connection"]}
        assert client.asset.save(made.trim_to_required()).mutated_entities is None
    finally:
        client.asset.purge_by_guid([one.guid for one in response.assets_created(Connection)])


def test_connection_of_people(client: AtlanClient, name: str) -> None:
    """The user of the program may administer its assets; unknown users are rejected before anything is sent."""
    me = client.user.get_current()

    connection = Connection.creator(
        client=client, name=name, connector_type=AtlanConnectorType.S3, admin_users=[str(me.username)]
    )

    assert connection.admin_users == {me.username}
    for wrong in ({"admin_users": [name]}, {"admin_groups": [name]}, {"admin_roles": [name]}):
        with pytest.raises((ValueError, NotFoundError), match=name):
            Connection.creator(client=client, name=name, connector_type=AtlanConnectorType.S3, **wrong)


def test_connection_of_a_group(client: AtlanClient, name: str) -> None:
    """A group is found by a part of its name, and may administer a connection."""
    groups = client.group.get_all().records
    if not groups:
        pytest.skip("the tenant has no groups")
    inner, shown = str(groups[0].name), str(groups[0].alias)

    found = client.group.get_by_name(shown[1:])
    connection = Connection.creator(
        client=client, name=name, connector_type=AtlanConnectorType.S3, admin_groups=[inner]
    )

    assert shown in [group.alias for group in found]
    assert connection.admin_groups == {inner}


@pytest.mark.parametrize("arn", [True, False], ids=["by-arn", "by-name"])
def test_bucket_and_object(client: AtlanClient, connection: str, name: str, *, arn: bool) -> None:
    """A bucket is created, then an object in it: one S3Object created, one S3Bucket updated, each showing the other."""
    aws_arn = f"arn:aws:s3:::{name}"
    bucket = create(
        client,
        S3Bucket.creator(name=name, connection_qualified_name=connection, aws_arn=aws_arn if arn else None),
    )
    inside = {
        "connection_qualified_name": connection,
        "s3_bucket_name": name,
        "s3_bucket_qualified_name": bucket.qualified_name,
    }
    unsaved = (
        S3Object.creator(name="a.csv", aws_arn=f"{aws_arn}/raw/a.csv", **inside)
        if arn
        else S3Object.creator_with_prefix(name="a.csv", prefix="/raw", **inside)
    )

    response = client.asset.save(unsaved)

    assert told(response) == {"CREATE": ["S3Object"], "UPDATE": ["S3Bucket"]}
    (made,) = response.assets_created(S3Object)
    assert (bucket.aws_arn, bucket.connector_name) == (aws_arn if arn else None, "s3")
    assert (made.s3_bucket_name, made.s3_bucket_qualified_name) == (name, bucket.qualified_name)
    assert (made.aws_arn, made.s3_object_key) == ((f"{aws_arn}/raw/a.csv", None) if arn else (None, "/raw/a.csv"))
    holder = client.asset.get_by_guid(bucket.guid, S3Bucket, ignore_relationships=False)
    assert [(type(one), one.guid) for one in holder.objects] == [(S3Object, made.guid)]
    assert not holder.is_incomplete
    held = client.asset.get_by_qualified_name(str(made.qualified_name), S3Object, ignore_relationships=False)
    assert (held.guid, held.bucket.guid) == (made.guid, bucket.guid)


def test_certificate(client: AtlanClient, bucket: S3Bucket) -> None:
    """A certificate is set and removed by qualified name; each answer is the asset as it then is."""
    which = {"asset_type": S3Bucket, "qualified_name": str(bucket.qualified_name), "name": str(bucket.name)}

    updated = client.asset.update_certificate(
        **which, certificate_status=CertificateStatus.VERIFIED, message="Checked by hand"
    )
    read = client.asset.get_by_guid(bucket.guid, S3Bucket)
    removed = client.asset.remove_certificate(**which)

    for one in (updated, read):
        assert one.certificate_status == CertificateStatus.VERIFIED
        assert one.certificate_status_message == "Checked by hand"
    assert not removed.certificate_status
    assert not removed.certificate_status_message
    assert not client.asset.get_by_guid(bucket.guid, S3Bucket).certificate_status


def test_announcement(client: AtlanClient, bucket: S3Bucket) -> None:
    """An announcement is set and removed by qualified name; each answer is the asset as it then is."""
    which = {"asset_type": S3Bucket, "qualified_name": str(bucket.qualified_name), "name": str(bucket.name)}
    announcement = Announcement(
        announcement_type=AnnouncementType.WARNING, announcement_title="Moving", announcement_message="On Friday"
    )

    updated = client.asset.update_announcement(**which, announcement=announcement)
    read = client.asset.get_by_guid(bucket.guid, S3Bucket)
    removed = client.asset.remove_announcement(**which)

    for one in (updated, read):
        assert one.announcement_type == AnnouncementType.WARNING.value
        assert (one.announcement_title, one.announcement_message) == ("Moving", "On Friday")
    assert not any((removed.announcement_type, removed.announcement_title, removed.announcement_message))
    assert not client.asset.get_by_guid(bucket.guid, S3Bucket).announcement_title


def test_many_changes_in_one_save(client: AtlanClient, bucket: S3Bucket) -> None:
    """One save takes description, owners, certificate and announcement; another takes them away, and nothing else."""
    me = str(client.user.get_current().username)
    change = S3Bucket.updater(qualified_name=str(bucket.qualified_name), name=str(bucket.name))
    change.description, change.user_description = "Exports", "Exports of the shop"
    change.owner_users = {me}
    change.certificate_status, change.certificate_status_message = CertificateStatus.DRAFT, "Soon"
    change.set_announcement(
        Announcement(announcement_type=AnnouncementType.ISSUE, announcement_title="!", announcement_message="Late")
    )
    assert told(client.asset.save(change)) == {"UPDATE": ["S3Bucket"]}
    changed = client.asset.get_by_guid(bucket.guid, S3Bucket)

    undo = changed.trim_to_required()
    undo.remove_user_description()
    undo.remove_owners()
    undo.remove_certificate()
    undo.remove_announcement()
    client.asset.save(undo)

    assert (changed.user_description, changed.owner_users) == ("Exports of the shop", {me})
    assert (changed.certificate_status, changed.announcement_title) == (CertificateStatus.DRAFT, "!")
    undone = client.asset.get_by_guid(bucket.guid, S3Bucket)
    assert not any((undone.user_description, undone.owner_users, undone.certificate_status))
    assert not any((undone.announcement_type, undone.announcement_message))
    assert undone.description == "Exports"


def test_delete_and_restore(client: AtlanClient, bucket: S3Bucket) -> None:
    """A deleted object can be read as deleted, is left out of active searches, and comes back with guid and words."""
    unsaved = file(bucket, "raw/a.csv")
    unsaved.description = "Nightly"
    made = create(client, unsaved)
    active = FluentSearch.select().where(Asset.GUID.eq(made.guid))
    until(lambda: active.count(client) == 1)

    response = client.asset.delete_by_guid(made.guid)

    (deleted,) = response.assets_deleted(S3Object)
    assert (deleted.guid, deleted.qualified_name) == (made.guid, made.qualified_name)
    assert (deleted.delete_handler, deleted.status) == ("SOFT", EntityStatus.DELETED)
    assert not response.assets_created(S3Object)
    assert not response.assets_updated(S3Object)
    read = client.asset.get_by_guid(made.guid, S3Object, ignore_relationships=False)
    assert (read.status, read.description) == (EntityStatus.DELETED, "Nightly")
    until(lambda: active.count(client) == 0)
    assert FluentSearch.select(include_archived=True).where(Asset.GUID.eq(made.guid)).count(client) == 1

    assert client.asset.restore(S3Object, str(made.qualified_name))
    restored = client.asset.get_by_qualified_name(str(made.qualified_name), S3Object, ignore_relationships=False)
    assert (restored.guid, restored.status, restored.description) == (made.guid, EntityStatus.ACTIVE, "Nightly")
    assert restored.bucket.guid == bucket.guid


def test_delete_bucket(client: AtlanClient, bucket: S3Bucket) -> None:
    """Deleting a bucket leaves its objects, which show that it is deleted."""
    made = create(client, file(bucket, "a.csv"))

    response = client.asset.delete_by_guid(bucket.guid)

    assert told(response) == {"DELETE": ["S3Bucket"]}
    left = client.asset.get_by_guid(made.guid, S3Object, ignore_relationships=False)
    assert (left.status, left.bucket.entity_status) == (EntityStatus.ACTIVE, "DELETED")


def test_purge(client: AtlanClient, bucket: S3Bucket) -> None:
    """Purged from the bottom up, nothing is left: not by guid, not by name, and restoring finds nothing."""
    made = [create(client, file(bucket, key)) for key in ("a.csv", "b.csv")]

    response = client.asset.purge_by_guid(guids(made))
    client.asset.purge_by_guid(bucket.guid)

    assert guids(response.assets_deleted(S3Object)) == guids(made)
    for one in (*made, bucket):
        with pytest.raises(NotFoundError):
            client.asset.get_by_guid(one.guid, type(one))
        with pytest.raises(NotFoundError):
            client.asset.get_by_qualified_name(str(one.qualified_name), type(one))
        with pytest.raises(NotFoundError):
            client.asset.restore(type(one), str(one.qualified_name))
    with pytest.raises(NotFoundError):
        client.asset.delete_by_guid(bucket.guid)


def test_relational(client: AtlanClient, warehouse: str, name: str) -> None:
    """Built from the top down, each asset updates the one above it, and knows all those by name."""
    database = create(client, Database.creator(name=name, connection_qualified_name=warehouse))
    saved = client.asset.save(Schema.creator(name="public", database_qualified_name=str(database.qualified_name)))
    (schema,) = saved.assets_created(Schema)

    response = client.asset.save(Table.creator(name="orders", schema_qualified_name=str(schema.qualified_name)))

    assert guids(saved.assets_updated(Database)) == [database.guid]
    assert guids(response.assets_updated(Schema)) == [schema.guid]
    (table,) = response.assets_created(Table)
    assert table.qualified_name == f"{warehouse}/{name}/public/orders"
    assert (table.database_name, table.schema_name, table.connector_name) == (name, "public", "snowflake")
    assert table.database_qualified_name == database.qualified_name
    read = client.asset.get_by_guid(database.guid, Database, ignore_relationships=False)
    assert guids(read.schemas) == [schema.guid]
    read = client.asset.get_by_guid(table.guid, Table, ignore_relationships=False)
    assert read.atlan_schema.guid == schema.guid


def test_columns(client: AtlanClient, shop: Shop) -> None:
    """Columns of a table and of a view know their parent, and it them; their order is kept."""
    more = Column.creator(name="id", parent_type=Table, parent_qualified_name=str(shop.table.qualified_name), order=2)
    more.data_type, more.is_primary, more.max_length = "VARCHAR", True, 36

    response = client.asset.save(more)

    assert told(response) == {"CREATE": ["Column"], "UPDATE": ["Table"]}
    (made,) = response.assets_created(Column)
    read = client.asset.get_by_guid(made.guid, Column, ignore_relationships=False)
    assert (read.data_type, read.is_primary, read.max_length, read.order) == ("VARCHAR", True, 36, 2)
    assert (read.table.guid, read.table_name, read.view) == (shop.table.guid, "Orders", None)
    table = client.asset.get_by_guid(shop.table.guid, Table, ignore_relationships=False)
    assert guids(table.columns) == guids([shop.columns[0], made])
    viewed = client.asset.get_by_guid(shop.columns[2].guid, Column, ignore_relationships=False)
    assert (viewed.view.guid, viewed.view_name, viewed.table) == (shop.view.guid, "Report", None)


def test_table_with_its_columns_at_once(client: AtlanClient, shop: Shop) -> None:
    """A table and its columns may be saved together: the columns refer to it by the guid it has for that request."""
    table = Table.creator(name="Items", schema_qualified_name=str(shop.schema.qualified_name))
    columns = []
    for order, column in enumerate(("id", "price"), 1):
        columns.append(
            Column.creator(name=column, parent_type=Table, parent_qualified_name=str(table.qualified_name), order=order)
        )
        columns[-1].table = Table.ref_by_guid(table.guid)

    response = client.asset.save([*columns, table])

    assert told(response) == {"CREATE": ["Column", "Column", "Table"], "UPDATE": ["Schema"]}
    read = client.asset.get_by_qualified_name(str(table.qualified_name), Table, ignore_relationships=False)
    assert guids(read.columns) == guids(response.assets_created(Column))


@pytest.mark.parametrize("kind", [Database, Schema, Table, View, MaterialisedView, Column])
def test_update_and_trim(client: AtlanClient, shop: Shop, kind: type[Asset]) -> None:
    """An update changes one asset and says so; what is trimmed to the required changes nothing, and says that."""
    assets = [shop.schema, shop.table, shop.view, shop.mview, *shop.columns]
    above = client.asset.get_by_qualified_name(str(shop.schema.database_qualified_name), Database)
    made = next(one for one in [above, *assets] if type(one) is kind)
    change = kind.updater(qualified_name=str(made.qualified_name), name=str(made.name))
    change.description = "In other words"

    response = client.asset.save(change)

    assert told(response) == {"UPDATE": [kind.__name__]}
    assert client.asset.get_by_guid(made.guid, kind).description == "In other words"
    same = client.asset.save(change.trim_to_required())
    assert same.mutated_entities is None
    assert list((same.guid_assignments or {}).values()) == [made.guid]


def test_upsert(client: AtlanClient, bucket: S3Bucket) -> None:
    """Saving is creating where there is nothing, updating where something differs, and nothing where nothing does."""
    answers = []
    for size in (1, 1, 2):
        unsaved = file(bucket, "a.csv")
        unsaved.s3_object_size = size
        answers.append(client.asset.save_merging_cm(unsaved))

    assert [told(one) for one in answers] == [
        {"CREATE": ["S3Object"], "UPDATE": ["S3Bucket"]},
        {},
        {"UPDATE": ["S3Object"]},
    ]
    assert len({guid for one in answers for guid in (one.guid_assignments or {}).values()}) == 1


def test_update_without_creating(client: AtlanClient, bucket: S3Bucket) -> None:
    """An update that must not create says that there is nothing to update."""
    made = create(client, file(bucket, "a.csv"))
    change = S3Object.updater(qualified_name=str(made.qualified_name), name="a.csv")
    change.s3_object_size = 7

    assert told(client.asset.update_merging_cm(change)) == {"UPDATE": ["S3Object"]}
    with pytest.raises(NotFoundError):
        client.asset.update_merging_cm(S3Object.updater(qualified_name=f"{made.qualified_name}.gz", name="a.csv.gz"))


def test_get(client: AtlanClient, bucket: S3Bucket) -> None:
    """A read gives relationships, chosen attributes, attributes of the related, or the least, as it is asked to."""
    unsaved = file(bucket, "raw/a.csv")
    unsaved.s3_object_size, unsaved.custom_attributes = 42, {"row_count": "9"}
    made = create(client, unsaved)
    qualified_name = str(made.qualified_name)
    until(lambda: FluentSearch().where(Asset.GUID.eq(made.guid)).count(client) == 1)

    plain = client.asset.get_by_qualified_name(qualified_name, S3Object)
    least = client.asset.get_by_guid(made.guid, S3Object, min_ext_info=True, ignore_relationships=True)
    whole = client.asset.get_by_guid(made.guid, S3Object, min_ext_info=True, ignore_relationships=False)
    minimal = client.asset.retrieve_minimal(made.guid, S3Object)
    chosen = {"attributes": [S3Object.S3OBJECT_SIZE, S3Object.BUCKET], "related_attributes": [S3Bucket.NAME]}
    by_name = client.asset.get_by_qualified_name(qualified_name, S3Object, **chosen)
    by_guid = client.asset.get_by_guid(made.guid, S3Object, **chosen)

    for one in (plain, least, whole, minimal, by_name, by_guid):
        assert (one.guid, one.qualified_name, one.status) == (made.guid, qualified_name, EntityStatus.ACTIVE)
    assert (plain.s3_object_size, plain.bucket, plain.custom_attributes) == (42, None, {"row_count": "9"})
    assert (whole.bucket.guid, whole.bucket.display_text) == (bucket.guid, bucket.name)
    for one in (by_name, by_guid):
        assert (one.s3_object_size, one.s3_object_key) == (42, None)
        assert (one.bucket.guid, one.bucket.name) == (bucket.guid, bucket.name)
    with pytest.raises(NotFoundError):
        client.asset.get_by_guid(made.guid, S3Bucket)


def test_struct(client: AtlanClient, shop: Shop) -> None:
    """A structure is read back as such, by a read and by a search; sent again, it changes nothing."""
    usage = PopularityInsights(
        record_user="ann",
        record_query_count=2,
        record_compute_cost=1.5,
        record_compute_cost_unit=SourceCostUnitType.BYTES,
        record_last_timestamp=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    )
    change = shop.table.trim_to_required()
    change.source_read_recent_user_record_list = [usage]
    assert told(client.asset.save(change)) == {"UPDATE": ["Table"]}
    search = FluentSearch().where(Asset.GUID.eq(shop.table.guid))
    until(lambda: search.count(client) == 1)

    read = client.asset.get_by_guid(shop.table.guid, Table)
    (found,) = search.include_on_results(Asset.SOURCE_READ_RECENT_USER_RECORD_LIST).execute(client)

    for one in (read, found):
        (record,) = one.source_read_recent_user_record_list
        assert (record.record_user, record.record_query_count, record.record_compute_cost) == ("ann", 2, 1.5)
        assert record.record_compute_cost_unit == SourceCostUnitType.BYTES
        assert record.record_last_timestamp == usage.record_last_timestamp
    assert client.asset.save(change).mutated_entities is None
