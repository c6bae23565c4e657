"""
Whole programs, as a pyatlan user writes them for a tenant: they run unchanged, and see what a tenant answers.

Source: docs.atlan.com, "Python SDK" (the recipes) and pyatlan's integration tests (what is asserted of them).
"""

import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

import pytest
from pyatlan.client.asset import Batch
from pyatlan.client.atlan import AtlanClient
from pyatlan.errors import NotFoundError
from pyatlan.model.assets import (
    SQL,
    Asset,
    Column,
    ColumnProcess,
    Connection,
    Database,
    MaterialisedView,
    Process,
    S3Bucket,
    S3Object,
    Schema,
    Table,
    View,
)
from pyatlan.model.core import Announcement
from pyatlan.model.enums import (
    AnnouncementType,
    AssetCreationHandling,
    AtlanConnectorType,
    CertificateStatus,
    EntityStatus,
    LineageDirection,
    SaveSemantic,
    SortOrder,
    SourceCostUnitType,
)
from pyatlan.model.fluent_search import CompoundQuery, FluentSearch
from pyatlan.model.lineage import FluentLineage
from pyatlan.model.response import AssetMutationResponse
from pyatlan.model.search import DSL, Bool, IndexSearchRequest, Prefix, Term
from pyatlan.model.structs import PopularityInsights

Made = TypeVar("Made", bound=Asset)

PATIENCE = 60.0  # seconds that a tenant's index may take
MANY = 1050


def until(condition: Callable[[], bool]) -> None:
    """Wait for a tenant's index; the embedded one is up to date at once."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "the index did not catch up"
        time.sleep(0.2)


def create(client: AtlanClient, asset: Made) -> Made:
    """Save a new asset; give it as the answer has it."""
    (made,) = client.asset.save(asset).assets_created(type(asset))
    return made


def told(response: AssetMutationResponse) -> dict[str, list[str]]:
    """Shorten an answer to the sorted types by operation."""
    mutated = response.mutated_entities
    lists = {key: getattr(mutated, key, None) or [] for key in ("CREATE", "UPDATE", "DELETE", "PARTIAL_UPDATE")}
    return {key: sorted(one.type_name for one in found) for key, found in lists.items() if found}


def guids(assets: Iterable[Asset] | None) -> list[str]:
    return sorted(one.guid for one in assets or [])


@pytest.fixture
def name() -> str:
    """What the test's names have in common, and no other's."""
    return f"p{uuid.uuid4().hex[:8]}"


@pytest.fixture(scope="module")
def warehouse(client: AtlanClient, tenant) -> Iterator[str]:
    """The qualified name of a Snowflake connection of these programs; in a tenant, all of it is purged at the end."""
    admins = [str(client.role_cache.get_id_for_name("$admin"))]
    unsaved = Connection.creator(
        client=client,
        name=f"programs-{uuid.uuid4().hex[:8]}",
        connector_type=AtlanConnectorType.SNOWFLAKE,
        admin_roles=admins,
    )
    made = create(client, unsaved)
    yield str(made.qualified_name)
    if tenant:
        everything = FluentSearch().where(Asset.CONNECTION_QUALIFIED_NAME.eq(str(made.qualified_name)))
        for guid in [*(asset.guid for asset in everything.execute(client)), made.guid]:
            client.asset.purge_by_guid(guid)


@dataclass(frozen=True)
class Shop:
    """A schema with a table, a materialised view and a view, in whose order data flows; each has a column."""

    schema: Schema
    table: Table
    mview: MaterialisedView
    view: View
    columns: list[Column]


@pytest.fixture
def shop(client: AtlanClient, warehouse: str, name: str) -> Shop:
    database = create(client, Database.creator(name=f"{name}-Shop", connection_qualified_name=warehouse))
    schema = create(client, Schema.creator(name="Public", database_qualified_name=str(database.qualified_name)))
    root = str(schema.qualified_name)
    table = create(client, Table.creator(name="Orders", schema_qualified_name=root))
    mview = create(client, MaterialisedView.creator(name="Daily", schema_qualified_name=root))
    view = create(client, View.creator(name="Report", schema_qualified_name=root))
    columns = [
        create(
            client,
            Column.creator(name="total", parent_type=type(one), parent_qualified_name=str(one.qualified_name), order=1),
        )
        for one in (table, mview, view)
    ]
    return Shop(schema, table, mview, view, columns)


@dataclass(frozen=True)
class Flow:
    """The lineage of a shop: `start` makes the materialised view of the table, `end` the view of that."""

    start: Process
    end: Process
    column: ColumnProcess


def process(warehouse: str, source: Asset, target: Asset) -> Process:
    """Build the process that makes *target* of *source*."""
    return Process.creator(
        name=f"{source.name} >> {target.name}",
        connection_qualified_name=warehouse,
        inputs=[type(source).ref_by_guid(source.guid)],
        outputs=[type(target).ref_by_guid(target.guid)],
    )


def column_process(warehouse: str, shop: Shop, parent: Process) -> ColumnProcess:
    """Build the process that makes the materialised view's column of the table's."""
    return ColumnProcess.creator(
        name="total >> total",
        connection_qualified_name=warehouse,
        inputs=[Column.ref_by_guid(shop.columns[0].guid)],
        outputs=[Column.ref_by_guid(shop.columns[1].guid)],
        parent=Process.ref_by_guid(parent.guid),
    )


@pytest.fixture
def flow(client: AtlanClient, warehouse: str, shop: Shop) -> Flow:
    start, end = (
        create(client, process(warehouse, source, target))
        for source, target in ((shop.table, shop.mview), (shop.mview, shop.view))
    )
    return Flow(start, end, create(client, column_process(warehouse, shop, start)))


@pytest.fixture
def bucket(client: AtlanClient, connection: str, name: str) -> S3Bucket:
    return create(client, S3Bucket.creator(name=name, connection_qualified_name=connection))


def file(bucket: S3Bucket, key: str) -> S3Object:
    """Build an object of a bucket; its name is its key."""
    return S3Object.creator_with_prefix(
        name=key,
        connection_qualified_name=str(bucket.connection_qualified_name),
        s3_bucket_name=str(bucket.name),
        s3_bucket_qualified_name=str(bucket.qualified_name),
    )


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
    """Who runs the program may administer what it makes; who isn't there is refused before anything is sent."""
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


def test_semantics(client: AtlanClient, shop: Shop, flow: Flow) -> None:
    """Inputs are appended to, removed from, and replaced; appending twice is appending once. Old ones show as such."""
    qualified_name, name = str(flow.end.qualified_name), str(flow.end.name)

    def save(asset: Asset, semantic: SaveSemantic) -> list[str]:
        change = Process.updater(qualified_name=qualified_name, name=name)
        change.inputs = [type(asset).ref_by_guid(asset.guid, semantic=semantic)]
        client.asset.save(change)
        saved = client.asset.get_by_guid(flow.end.guid, Process, ignore_relationships=False)
        return guids([one for one in saved.inputs if one.relationship_status == "ACTIVE"])

    both = guids([shop.table, shop.mview])

    assert save(shop.table, SaveSemantic.APPEND) == both
    assert save(shop.table, SaveSemantic.APPEND) == both
    assert save(shop.mview, SaveSemantic.REMOVE) == [shop.table.guid]
    assert save(shop.mview, SaveSemantic.REPLACE) == [shop.mview.guid]


def test_lineage_is_created(client: AtlanClient, warehouse: str, shop: Shop) -> None:
    """A process updates its inputs and outputs, a column process its columns and parent; the answer has the ends."""
    unsaved = Process.creator(
        name="Orders >> Daily, Report",
        connection_qualified_name=warehouse,
        process_id=f"dag/{shop.table.guid}",
        inputs=[Table.ref_by_qualified_name(str(shop.table.qualified_name))],
        outputs=[MaterialisedView.ref_by_guid(shop.mview.guid), View.ref_by_guid(shop.view.guid)],
    )
    unsaved.sql = "select * from orders"

    response = client.asset.save(unsaved)
    (made,) = response.assets_created(Process)
    column_response = client.asset.save(column_process(warehouse, shop, made))

    assert told(response) == {"CREATE": ["Process"], "UPDATE": ["MaterialisedView", "Table", "View"]}
    assert made.qualified_name == f"{warehouse}/dag/{shop.table.guid}"
    assert guids(made.inputs) == [shop.table.guid]
    assert guids(made.outputs) == guids([shop.mview, shop.view])
    assert told(column_response) == {"CREATE": ["ColumnProcess"], "UPDATE": ["Column", "Column", "Process"]}
    (child,) = column_response.assets_created(ColumnProcess)
    assert guids(child.inputs) == [shop.columns[0].guid]
    read = client.asset.get_by_guid(made.guid, Process, ignore_relationships=False)
    assert (guids(read.column_processes), read.sql) == ([child.guid], "select * from orders")


def test_file_with_its_lineage_at_once(client: AtlanClient, bucket: S3Bucket, shop: Shop) -> None:
    """A file and the process that writes it may be saved together; saved again, they are what they were."""
    unsaved = file(bucket, "orders.csv")
    export = Process.creator(
        name="export",
        connection_qualified_name=str(bucket.connection_qualified_name),
        process_id=f"export/{shop.table.guid}",
        inputs=[Table.ref_by_guid(shop.table.guid)],
        outputs=[S3Object.ref_by_guid(unsaved.guid)],
    )

    response = client.asset.save([export, unsaved])
    again = client.asset.save([export, unsaved])

    assert told(response) == {"CREATE": ["Process", "S3Object"], "UPDATE": ["S3Bucket", "Table"]}
    assert again.mutated_entities is None
    assert again.guid_assignments == response.guid_assignments
    lineage = FluentLineage(starting_guid=shop.table.guid).request
    found = list(client.asset.get_lineage_list(lineage))
    assert [one.guid for one in found] == [(response.guid_assignments or {})[one.guid] for one in (export, unsaved)]


def test_lineage_down(client: AtlanClient, shop: Shop, flow: Flow) -> None:
    """Downstream come the process, what it made, and so on, page by page, each with how far away it is."""
    lineage = FluentLineage(starting_guid=shop.table.guid, includes_on_results=Table.SCHEMA_NAME, size=1)

    found = list(client.asset.get_lineage_list(lineage.request))

    assert [(one.guid, one.depth) for one in found] == [
        (flow.start.guid, 1),
        (shop.mview.guid, 1),
        (flow.end.guid, 2),
        (shop.view.guid, 2),
    ]
    assert [type(one) for one in found] == [Process, MaterialisedView, Process, View]
    assert (found[1].schema_name, found[3].schema_name) == ("Public", "Public")
    up = client.asset.get_lineage_list(
        FluentLineage(starting_guid=shop.table.guid, direction=LineageDirection.UPSTREAM).request
    )
    assert not up.has_more
    assert list(up) == []


def test_lineage_up(client: AtlanClient, shop: Shop, flow: Flow) -> None:
    """Upstream comes the same, from the other end; a depth of one ends with the nearest."""
    lineage = FluentLineage(starting_guid=shop.view.guid).direction(LineageDirection.UPSTREAM)

    found = list(client.asset.get_lineage_list(lineage.request))
    near = list(client.asset.get_lineage_list(lineage.depth(1).request))

    assert [one.guid for one in found] == [flow.end.guid, shop.mview.guid, flow.start.guid, shop.table.guid]
    assert [one.guid for one in near] == [flow.end.guid, shop.mview.guid]


def test_lineage_neighbours(client: AtlanClient, shop: Shop, flow: Flow) -> None:
    """With neighbours asked for, the start comes first, and each result says what is right before and behind it."""
    lineage = FluentLineage(starting_guid=shop.table.guid).immediate_neighbors(True)

    found = list(client.asset.get_lineage_list(lineage.request))

    def near(one: Asset, side: str) -> list[str] | None:
        beside = getattr(one, f"immediate_{side}")
        return None if beside is None else [other.guid for other in beside]

    assert [(one.guid, one.depth, near(one, "upstream"), near(one, "downstream")) for one in found] == [
        (shop.table.guid, 0, None, [shop.mview.guid]),
        (flow.start.guid, 1, [], [flow.end.guid]),
        (shop.mview.guid, 1, [shop.table.guid], [shop.view.guid]),
        (flow.end.guid, 2, [flow.start.guid], []),
        (shop.view.guid, 2, [shop.mview.guid], None),
    ]


def test_lineage_filters(client: AtlanClient, shop: Shop, flow: Flow) -> None:
    """Only certain assets are shown, or walked through, or described by what is asked for."""
    client.asset.update_certificate(
        MaterialisedView, str(shop.mview.qualified_name), str(shop.mview.name), CertificateStatus.VERIFIED
    )
    lineage = FluentLineage(starting_guid=shop.table.guid, size=50).include_on_results(Asset.CERTIFICATE_STATUS)
    verified = Asset.CERTIFICATE_STATUS.in_lineage.eq(CertificateStatus.VERIFIED)
    no_view = Asset.TYPE_NAME.in_lineage.neq("View")

    def ask(lineage: FluentLineage) -> list[str]:
        return [one.guid for one in client.asset.get_lineage_list(lineage.request)]

    (shown,) = client.asset.get_lineage_list(lineage.include_in_results(verified).request)
    assert (shown.guid, shown.certificate_status) == (shop.mview.guid, CertificateStatus.VERIFIED)
    assert ask(lineage.where_assets(no_view)) == [flow.start.guid, shop.mview.guid, flow.end.guid]
    active = lineage.where_assets(FluentLineage.ACTIVE).where_relationships(FluentLineage.ACTIVE)
    assert ask(active) == [flow.start.guid, shop.mview.guid, flow.end.guid, shop.view.guid]


def test_search_by_lineage(client: AtlanClient, shop: Shop, flow: Flow) -> None:
    """Assets with lineage are found as such, and say so."""
    root = str(shop.schema.qualified_name)
    flags = [Term.with_state("ACTIVE"), Term.with_has_lineage(True), Term.with_super_type_names("SQL")]
    query = Bool(must=[*flags, Prefix.with_qualified_name(root)])
    request = IndexSearchRequest(dsl=DSL(query=query), attributes=["name", "__hasLineage"])
    until(lambda: client.asset.search(request).count == 5)

    found = list(client.asset.search(request))

    assert guids(found) == guids([shop.table, shop.mview, shop.view, *shop.columns[:2]])
    assert all(one.has_lineage for one in found)


def test_lineage_is_deleted(client: AtlanClient, shop: Shop, flow: Flow) -> None:
    """A deleted process leads nowhere, though its column process stays; restored it leads on; purged it is gone."""

    def beyond() -> list[str]:
        return [one.guid for one in client.asset.get_lineage_list(FluentLineage(starting_guid=shop.table.guid).request)]

    (deleted,) = client.asset.delete_by_guid(flow.start.guid).assets_deleted(Process)
    assert (deleted.guid, deleted.qualified_name) == (flow.start.guid, flow.start.qualified_name)
    assert deleted.status == EntityStatus.DELETED
    assert beyond() == []
    assert client.asset.get_by_guid(flow.column.guid, ColumnProcess).status == EntityStatus.ACTIVE

    back = Process.updater(qualified_name=str(flow.start.qualified_name), name=str(flow.start.name))
    back.status = EntityStatus.ACTIVE
    client.asset.save(back)
    restored = client.asset.get_by_guid(flow.start.guid, Process)
    assert (restored.guid, restored.status) == (flow.start.guid, EntityStatus.ACTIVE)
    assert beyond() == [flow.start.guid, shop.mview.guid, flow.end.guid, shop.view.guid]

    (purged,) = client.asset.purge_by_guid(flow.start.guid).assets_deleted(Process)
    assert (purged.guid, purged.status) == (flow.start.guid, EntityStatus.DELETED)
    with pytest.raises(NotFoundError):
        client.asset.get_by_guid(flow.start.guid, Process)


def batch(client: AtlanClient, *assets: Asset, **options: object) -> Batch:
    """Run assets through a batch of ten that keeps track."""
    running = Batch(client, max_size=10, track=True, **options)
    for asset in assets:
        running.add(asset)
    running.flush()
    return running


def counts(done: Batch) -> dict[str, int]:
    """Give a batch's counts that aren't zero."""
    names = ("created", "updated", "partial_updated", "restored", "skipped")
    return {name: count for name in names if (count := getattr(done, f"num_{name}"))}


def described(kind: type[Made], asset: Asset, words: str, *, lower: bool = False) -> Made:
    """Build the update of an asset's description; it may call it by another type, or in lower case."""
    qualified_name = str(asset.qualified_name)
    change = kind.updater(qualified_name=qualified_name.lower() if lower else qualified_name, name=str(asset.name))
    change.user_description = words
    return change


def test_batch_create(client: AtlanClient, shop: Shop) -> None:
    """A batch creates tables and views by tens, and tells each by its real guid, and the schema that they updated."""
    root = str(shop.schema.qualified_name)
    views = [
        View.creator(name="v", schema_qualified_name=root),
        MaterialisedView.creator(name="m", schema_qualified_name=root),
    ]
    tables = [Table.creator(name=f"t{n}", schema_qualified_name=root) for n in range(13)]

    done = batch(client, *tables, *views, capture_failures=True)

    assert done.failures == []
    assert counts(done) == {"created": 15, "updated": 2}
    assert {one.qualified_name for one in done.created} == {one.qualified_name for one in (*tables, *views)}
    assert {one.guid for one in done.updated} == {shop.schema.guid}
    assert client.asset.get_by_guid(done.created[0].guid, Table).name == done.created[0].name
    assert counts(batch(client, described(Table, tables[0], "twice"), described(Table, tables[0], "twice"))) == {
        "updated": 1
    }


def test_batch_failures(client: AtlanClient, shop: Shop) -> None:
    """A batch that may fail keeps what it couldn't save, with the reason, and the rest is saved."""
    lost = Column.creator(
        name="x", parent_type=Table, parent_qualified_name=f"{shop.table.qualified_name}-not", order=1
    )
    running = Batch(client, max_size=1, capture_failures=True)

    running.add(lost)
    running.add(described(Table, shop.table, "saved"))

    (failure,) = running.failures
    assert [one.name for one in failure.failed_assets] == ["x"]
    assert isinstance(failure.failure_reason, NotFoundError)
    assert running.num_updated == 1


@dataclass(frozen=True)
class Match:
    """A batch with *options* gets one update: of `which` asset of the shop, by `kind`, perhaps in lower case."""

    kind: type[Asset]
    which: str
    options: dict[str, object]
    expected: dict[str, int]
    lower: bool = False


ONLY: dict[str, object] = {"update_only": True}
AGNOSTIC: dict[str, object] = ONLY | {"table_view_agnostic": True}
PARTIAL: dict[str, object] = {"creation_handling": AssetCreationHandling.PARTIAL}
NONE: dict[str, object] = {"creation_handling": AssetCreationHandling.NONE}

MATCHES = {
    "update": Match(Table, "table", ONLY, {"updated": 1}),
    "view-as-table": Match(Table, "view", AGNOSTIC, {"updated": 1}),
    "materialised-view-as-table": Match(Table, "mview", AGNOSTIC, {"updated": 1}),
    "table-as-view": Match(View, "table", AGNOSTIC, {"updated": 1}),
    "other-type": Match(Table, "view", ONLY, {"skipped": 1}),
    "other-type-new": Match(Table, "view", {}, {"created": 1}),
    "any-case": Match(Table, "table", ONLY | {"case_insensitive": True}, {"updated": 1}, lower=True),
    "other-case": Match(Table, "table", ONLY, {"skipped": 1}, lower=True),
    "other-case-partial": Match(Table, "table", PARTIAL, {"created": 1}, lower=True),
    "other-case-none": Match(Table, "table", NONE, {"skipped": 1}, lower=True),
}


@pytest.mark.parametrize("match", [pytest.param(match, id=case) for case, match in MATCHES.items()])
def test_batch_matches(client: AtlanClient, shop: Shop, match: Match) -> None:
    """A batch updates, skips or creates by how it may match: exactly, in either case, a table for a view."""
    asset: Asset = getattr(shop, match.which)
    until(lambda: FluentSearch().where(Asset.GUID.eq(asset.guid)).count(client) == 1)

    done = batch(client, described(match.kind, asset, "by batch", lower=match.lower), **match.options)

    assert counts(done) == match.expected
    words = client.asset.get_by_guid(asset.guid, type(asset)).user_description
    assert words == ("by batch" if "updated" in match.expected else None)
    for one in done.created:
        assert client.asset.get_by_guid(one.guid, match.kind).is_partial is (match.options == PARTIAL)
        client.asset.purge_by_guid(one.guid)


def test_batch_without_change(client: AtlanClient, shop: Shop) -> None:
    """What a batch sends and was so already counts as restored, and keeps its time of change."""
    until(lambda: FluentSearch().where(Asset.GUID.eq(shop.table.guid)).count(client) == 1)
    batch(client, described(Table, shop.table, "same"), update_only=True)
    before = client.asset.get_by_guid(shop.table.guid, Table).update_time

    done = batch(client, described(Table, shop.table, "same"), update_only=True)

    assert counts(done) == {"restored": 1}
    assert [one.guid for one in done.restored] == [shop.table.guid]
    assert client.asset.get_by_guid(shop.table.guid, Table).update_time == before


def test_update_all_views(client: AtlanClient, shop: Shop) -> None:
    """All views of a schema that have no certificate are found, verified and given an owner in one go, once."""
    me = str(client.user.get_current().username)
    search = (
        FluentSearch.select()
        .where(Asset.QUALIFIED_NAME.startswith(str(shop.schema.qualified_name)))
        .where(CompoundQuery.asset_types([View, MaterialisedView]))
        .where_not(Asset.CERTIFICATE_STATUS.has_any_value())
        .page_size(1)
        .include_on_results(Asset.OWNER_USERS)
    )
    until(lambda: search.count(client) == 2)
    running = Batch(client, max_size=20)

    def verify(asset: Asset) -> None:
        change = asset.trim_to_required()
        change.certificate_status = CertificateStatus.VERIFIED
        change.owner_users = {*(asset.owner_users or ()), me}
        running.add(change)

    for asset in search.execute(client):
        verify(asset)
    running.flush()

    assert running.num_updated == 2
    for one in (shop.view, shop.mview):
        read = client.asset.get_by_guid(one.guid, type(one))
        assert (read.certificate_status, read.owner_users) == (CertificateStatus.VERIFIED, {me})
    until(lambda: search.count(client) == 0)


@pytest.fixture(scope="module")
def lake(client: AtlanClient, connection: str) -> S3Bucket:
    """A bucket with more objects than one page holds; every tenth is archived data, by its storage class."""
    bucket = create(client, S3Bucket.creator(name=f"lake-{uuid.uuid4().hex[:8]}", connection_qualified_name=connection))
    running = Batch(client, max_size=150)
    for n in range(MANY):
        unsaved = file(bucket, f"raw/{n:05}.csv")
        unsaved.s3_object_size, unsaved.s3_object_storage_class = n, "STANDARD" if n % 10 else "GLACIER"
        running.add(unsaved)
    running.flush()
    until(lambda: inside(bucket).count(client) == MANY)
    return bucket


def inside(bucket: S3Bucket) -> FluentSearch:
    """Search for the objects of a bucket."""
    return (
        FluentSearch.select()
        .where(CompoundQuery.asset_type(S3Object))
        .where(S3Object.S3BUCKET_QUALIFIED_NAME.eq(str(bucket.qualified_name)))
    )


@pytest.mark.parametrize("bulk", [False, True], ids=["by-offset", "by-time"])
def test_search_pages(client: AtlanClient, lake: S3Bucket, *, bulk: bool) -> None:
    """Walking over more than 1,000 results gives each once, however the client pages."""
    results = inside(lake).page_size(100).include_on_results(S3Object.S3OBJECT_KEY).execute(client, bulk=bulk)

    keys = [one.s3_object_key for one in results]

    assert results.count == MANY
    assert sorted(keys) == [f"raw/{n:05}.csv" for n in range(MANY)]


def test_search_page_by_page(client: AtlanClient, lake: S3Bucket) -> None:
    """Pages may be turned by hand, in a chosen order, up to the last, which is short."""
    results = inside(lake).page_size(500).sort(S3Object.S3OBJECT_SIZE.order(SortOrder.DESCENDING)).execute(client)

    pages = [[str(one.name) for one in results.current_page()]]
    while results.next_page():
        pages.append([str(one.name) for one in results.current_page()])

    assert [len(page) for page in pages if page] == [500, 500, MANY - 1000]
    assert [name for page in pages for name in page] == [f"raw/{n:05}.csv" for n in reversed(range(MANY))]


def test_search_counts(client: AtlanClient, lake: S3Bucket) -> None:
    """Results are counted, and summed up by type, by storage class, and over a number, without fetching any."""
    search = (
        inside(lake)
        .page_size(0)
        .aggregate("types", Asset.TYPE_NAME.bucket_by())
        .aggregate("classes", S3Object.S3OBJECT_STORAGE_CLASS.bucket_by())
        .aggregate("largest", S3Object.S3OBJECT_SIZE.max())
        .aggregate("mean", S3Object.S3OBJECT_SIZE.avg())
    )

    results = search.execute(client)

    found = results.aggregations
    assert inside(lake).where(S3Object.S3OBJECT_SIZE.gte(1000)).count(client) == MANY - 1000
    assert (results.count, results.current_page()) == (MANY, [])
    assert [(one.key, one.doc_count) for one in found["types"].buckets] == [("s3object", MANY)]
    assert [(one.key, one.doc_count) for one in found["classes"].buckets] == [("STANDARD", 945), ("GLACIER", 105)]
    assert (found["largest"].value, found["mean"].value) == (MANY - 1, (MANY - 1) / 2)


def test_process_assets(client: AtlanClient, lake: S3Bucket) -> None:
    """What a search finds is worked on until it finds nothing new, each asset once."""
    search = inside(lake).where(S3Object.S3OBJECT_STORAGE_CLASS.eq("GLACIER")).page_size(40)
    seen: list[str] = []

    total = client.asset.process_assets(search, lambda asset: seen.append(asset.guid))

    assert total == len(seen) == len(set(seen)) == 105


def test_search_relations(client: AtlanClient, shop: Shop) -> None:
    """A search shows what is related to its hits, with the attributes asked of that."""
    search = (
        FluentSearch.select()
        .where(CompoundQuery.super_types([SQL]))
        .where(Column.VIEW_QUALIFIED_NAME.eq(str(shop.view.qualified_name)))
        .include_on_results(Column.VIEW)
        .include_on_relations(View.SCHEMA_NAME)
    )
    until(lambda: search.count(client) == 1)

    (found,) = search.execute(client)

    assert (found.guid, found.view.guid, found.view.schema_name) == (shop.columns[2].guid, shop.view.guid, "Public")
