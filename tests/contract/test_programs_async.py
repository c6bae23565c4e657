"""
The programs again, for pyatlan's async client. Importing it takes seconds, so they have a file of their own.

Source: docs.atlan.com, "Python SDK" (the recipes) and pyatlan's integration tests (what is asserted of them).
"""

import asyncio
import time
from collections.abc import AsyncIterable, Awaitable, Callable
from typing import TypeVar

import pytest
from pyatlan.client.aio import AsyncAtlanClient, AsyncBatch
from pyatlan.errors import NotFoundError
from pyatlan.model.assets import (
    Asset,
    Column,
    Connection,
    Database,
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
)
from pyatlan.model.fluent_search import CompoundQuery, FluentSearch
from pyatlan.model.lineage import FluentLineage

from tests.contract import programs
from tests.contract.conftest import ONCE
from tests.contract.programs import PATIENCE, Shop, column_process, file, guids, process, told

Made = TypeVar("Made", bound=Asset)
Found = TypeVar("Found")
Program = Callable[[AsyncAtlanClient], Awaitable[None]]
Run = Callable[[Program], None]

name, warehouse, shop = programs.name, programs.warehouse, programs.shop


@pytest.fixture
def run(address: tuple[str, str], tenant) -> Run:
    """Run a program with a client, in an event loop of its own; against the local catalog it tries once."""
    url, key = address
    direct = {} if tenant else {"proxy": None, "retry": ONCE, "connect_timeout": 2, "read_timeout": 5}

    async def main(program: Program) -> None:
        async with AsyncAtlanClient(base_url=url, api_key=key, **direct) as client:
            await program(client)

    return lambda program: asyncio.run(main(program))


async def create(client: AsyncAtlanClient, asset: Made) -> Made:
    """Save a new asset; give it as the answer has it."""
    (made,) = (await client.asset.save(asset)).assets_created(type(asset))
    return made


async def counted(client: AsyncAtlanClient, search: FluentSearch, count: int) -> None:
    """Wait until a search finds so many: a tenant's index takes its time, the local one is up to date at once."""
    deadline = time.monotonic() + PATIENCE
    while (await search.execute_async(client)).count != count:
        assert time.monotonic() < deadline, "the index did not catch up"
        await asyncio.sleep(0.2)


async def everything(results: AsyncIterable[Found]) -> list[Found]:
    return [one async for one in results]


def test_connection(run: Run, name: str) -> None:
    """A connection is created once, found by its name, and not changed by an empty save."""

    async def program(client: AsyncAtlanClient) -> None:
        role = str(await client.role_cache.get_id_for_name("$admin"))
        unsaved = await Connection.creator_async(
            client=client, name=name, connector_type=AtlanConnectorType.REDSHIFT, admin_roles=[role]
        )

        made = await create(client, unsaved)

        try:
            assert made.connector_name == "redshift"
            await counted(client, FluentSearch().where(Asset.GUID.eq(made.guid)), 1)
            found = await client.asset.find_connections_by_name(
                name, AtlanConnectorType.REDSHIFT, attributes=["adminRoles"]
            )
            assert [(one.guid, one.admin_roles) for one in found] == [(made.guid, {role})]
            assert told(await client.asset.save(made.trim_to_required())) == {}
        finally:
            await client.asset.purge_by_guid(made.guid)

    run(program)


def test_people(run: Run, name: str) -> None:
    """The user of the program may administer its assets; unknown users are rejected before anything is sent."""

    async def program(client: AsyncAtlanClient) -> None:
        me = str((await client.user.get_current()).username)
        of = {"client": client, "name": name, "connector_type": AtlanConnectorType.S3}

        assert (await Connection.creator_async(**of, admin_users=[me])).admin_users == {me}
        for wrong in ({"admin_users": [name]}, {"admin_groups": [name]}, {"admin_roles": [name]}):
            with pytest.raises((ValueError, NotFoundError), match=name):
                await Connection.creator_async(**of, **wrong)

    run(program)


def test_bucket_and_object(run: Run, connection: str, name: str) -> None:
    """One S3Object is created, one S3Bucket updated; each shows the other, in a read and by chosen attributes."""

    async def program(client: AsyncAtlanClient) -> None:
        bucket = await create(client, S3Bucket.creator(name=name, connection_qualified_name=connection))
        unsaved = file(bucket, "raw/a.csv")
        unsaved.s3_object_size = 42

        response = await client.asset.save(unsaved)

        assert told(response) == {"CREATE": ["S3Object"], "UPDATE": ["S3Bucket"]}
        (made,) = response.assets_created(S3Object)
        holder = await client.asset.get_by_guid(bucket.guid, S3Bucket, ignore_relationships=False)
        assert guids(holder.objects) == [made.guid]
        await counted(client, FluentSearch().where(Asset.GUID.eq(made.guid)), 1)
        qualified_name = str(made.qualified_name)
        whole = await client.asset.get_by_qualified_name(qualified_name, S3Object, ignore_relationships=False)
        chosen = await client.asset.get_by_qualified_name(
            qualified_name, S3Object, attributes=[S3Object.BUCKET], related_attributes=[S3Bucket.NAME]
        )
        minimal = await client.asset.retrieve_minimal(made.guid, S3Object)
        assert (whole.s3_object_size, whole.bucket.guid) == (42, bucket.guid)
        assert (chosen.s3_object_size, chosen.bucket.name) == (None, name)
        assert minimal.qualified_name == qualified_name
        with pytest.raises(NotFoundError):
            await client.asset.get_by_guid(made.guid, S3Bucket)

    run(program)


def test_certificate_and_announcement(run: Run, connection: str, name: str) -> None:
    """Both are set and removed by qualified name; each answer is the asset as it then is."""
    announcement = Announcement(
        announcement_type=AnnouncementType.ISSUE, announcement_title="Late", announcement_message="Until noon"
    )

    async def program(client: AsyncAtlanClient) -> None:
        bucket = await create(client, S3Bucket.creator(name=name, connection_qualified_name=connection))
        which = {"asset_type": S3Bucket, "qualified_name": str(bucket.qualified_name), "name": name}

        verified = await client.asset.update_certificate(
            **which, certificate_status=CertificateStatus.VERIFIED, message="Checked"
        )
        announced = await client.asset.update_announcement(**which, announcement=announcement)
        read = await client.asset.get_by_guid(bucket.guid, S3Bucket)
        plain = await client.asset.remove_certificate(**which)
        quiet = await client.asset.remove_announcement(**which)

        assert (verified.certificate_status, verified.certificate_status_message) == ("VERIFIED", "Checked")
        assert (announced.announcement_type, announced.announcement_title) == ("issue", "Late")
        assert (read.certificate_status, read.announcement_message) == ("VERIFIED", "Until noon")
        assert not any((plain.certificate_status, plain.certificate_status_message))
        assert not any((quiet.announcement_type, quiet.announcement_title, quiet.announcement_message))

    run(program)


def test_delete_restore_and_purge(run: Run, connection: str, name: str) -> None:
    """A deleted object reads as deleted; restored it has its guid and its bucket; purged it is gone."""

    async def program(client: AsyncAtlanClient) -> None:
        bucket = await create(client, S3Bucket.creator(name=name, connection_qualified_name=connection))
        made = await create(client, file(bucket, "a.csv"))

        response = await client.asset.delete_by_guid(made.guid)

        (deleted,) = response.assets_deleted(S3Object)
        assert (deleted.guid, deleted.delete_handler, deleted.status) == (made.guid, "SOFT", EntityStatus.DELETED)
        assert (await client.asset.get_by_guid(made.guid, S3Object)).status == EntityStatus.DELETED
        assert await client.asset.restore(S3Object, str(made.qualified_name))
        restored = await client.asset.get_by_qualified_name(
            str(made.qualified_name), S3Object, ignore_relationships=False
        )
        assert (restored.guid, restored.status) == (made.guid, EntityStatus.ACTIVE)
        assert restored.bucket.guid == bucket.guid

        purged = await client.asset.purge_by_guid([made.guid, bucket.guid])
        assert told(purged) == {"DELETE": ["S3Bucket", "S3Object"]}
        with pytest.raises(NotFoundError):
            await client.asset.get_by_guid(made.guid, S3Object)

    run(program)


def test_at_once(run: Run, connection: str, name: str) -> None:
    """Twenty objects saved at once, then read at once, over one client, are all there, in the bucket they share."""

    async def program(client: AsyncAtlanClient) -> None:
        bucket = await create(client, S3Bucket.creator(name=name, connection_qualified_name=connection))

        responses = await asyncio.gather(*(client.asset.save(file(bucket, f"{n}.csv")) for n in range(20)))
        made = [guid for response in responses for guid in (response.guid_assignments or {}).values()]
        read = await asyncio.gather(*(client.asset.get_by_guid(guid, S3Object) for guid in made))

        assert sorted(str(one.name) for one in read) == sorted(f"{n}.csv" for n in range(20))
        holder = await client.asset.get_by_guid(bucket.guid, S3Bucket, ignore_relationships=False)
        assert guids(holder.objects) == sorted(made)

    run(program)


def test_relational(run: Run, warehouse: str, name: str) -> None:
    """Built from the top down, each asset updates the one above it; an update changes one, a trimmed one none."""

    async def program(client: AsyncAtlanClient) -> None:
        database = await create(client, Database.creator(name=name, connection_qualified_name=warehouse))
        above = await create(
            client, Schema.creator(name="public", database_qualified_name=str(database.qualified_name))
        )
        tables = await client.asset.save(Table.creator(name="orders", schema_qualified_name=str(above.qualified_name)))
        (table,) = tables.assets_created(Table)
        columns = await client.asset.save(
            Column.creator(name="id", parent_type=Table, parent_qualified_name=str(table.qualified_name), order=1)
        )

        assert told(tables) == {"CREATE": ["Table"], "UPDATE": ["Schema"]}
        assert told(columns) == {"CREATE": ["Column"], "UPDATE": ["Table"]}
        assert (table.schema_name, table.database_name) == ("public", name)
        read = await client.asset.get_by_guid(table.guid, Table, ignore_relationships=False)
        assert guids(read.columns) == guids(columns.assets_created(Column))
        assert read.atlan_schema.guid == above.guid
        change = table.trim_to_required()
        change.description = "In other words"
        assert told(await client.asset.save(change)) == {"UPDATE": ["Table"]}
        assert told(await client.asset.save_merging_cm(change)) == {}
        assert told(await client.asset.save(change.trim_to_required())) == {}

    run(program)


def test_lineage(run: Run, warehouse: str, shop: Shop) -> None:
    """Processes update their ends, and lead down and up, page by page, or with each one's neighbours."""

    async def program(client: AsyncAtlanClient) -> None:
        response = await client.asset.save(process(warehouse, shop.table, shop.mview))
        (start,) = response.assets_created(Process)
        end = await create(client, process(warehouse, shop.mview, shop.view))
        column = await client.asset.save(column_process(warehouse, shop, start))
        down = FluentLineage(starting_guid=shop.table.guid, includes_on_results=Asset.NAME, size=1)

        found = await everything(await client.asset.get_lineage_list(down.request))
        up = FluentLineage(starting_guid=shop.view.guid, direction=LineageDirection.UPSTREAM)
        back = await everything(await client.asset.get_lineage_list(up.depth(1).request))
        around = await everything(await client.asset.get_lineage_list(down.size(10).immediate_neighbors(True).request))

        assert told(response) == {"CREATE": ["Process"], "UPDATE": ["MaterialisedView", "Table"]}
        assert told(column) == {"CREATE": ["ColumnProcess"], "UPDATE": ["Column", "Column", "Process"]}
        assert [(one.guid, one.depth) for one in found] == [
            (start.guid, 1),
            (shop.mview.guid, 1),
            (end.guid, 2),
            (shop.view.guid, 2),
        ]
        assert [one.guid for one in back] == [end.guid, shop.mview.guid]
        assert [one.guid for one in around] == [shop.table.guid, *(one.guid for one in found)]
        assert [one.guid for one in around[0].immediate_downstream] == [shop.mview.guid]
        nothing = await client.asset.get_lineage_list(up.direction(LineageDirection.DOWNSTREAM).request)
        assert not nothing.has_more

    run(program)


def test_lineage_is_changed(run: Run, warehouse: str, shop: Shop) -> None:
    """Inputs are appended and removed; a deleted process leads nowhere, and a restored one leads on."""

    async def program(client: AsyncAtlanClient) -> None:
        end = await create(client, process(warehouse, shop.mview, shop.view))
        change = Process.updater(qualified_name=str(end.qualified_name), name=str(end.name))
        beyond = FluentLineage(starting_guid=shop.table.guid).request

        async def lineage() -> list[str]:
            return [one.guid for one in await everything(await client.asset.get_lineage_list(beyond))]

        change.inputs = [Table.ref_by_guid(shop.table.guid, semantic=SaveSemantic.APPEND)]
        await client.asset.save(change)
        assert await lineage() == [end.guid, shop.view.guid]
        await client.asset.delete_by_guid(end.guid)
        assert await lineage() == []
        back = end.trim_to_required()
        back.status = EntityStatus.ACTIVE
        await client.asset.save(back)
        assert await lineage() == [end.guid, shop.view.guid]
        change.inputs = [Table.ref_by_guid(shop.table.guid, semantic=SaveSemantic.REMOVE)]
        await client.asset.save(change)
        assert await lineage() == []

    run(program)


def test_batch(run: Run, shop: Shop) -> None:
    """A batch creates; one that may not takes either case, and a table for a view, and skips what isn't there."""

    async def program(client: AsyncAtlanClient) -> None:
        root = str(shop.schema.qualified_name)
        creating = AsyncBatch(client, max_size=2, track=True)
        for n in range(3):
            await creating.add(Table.creator(name=f"T{n}", schema_qualified_name=root))
        await creating.flush()
        await counted(client, FluentSearch().where(Asset.QUALIFIED_NAME.startswith(f"{root}/T")), 3)
        updating = AsyncBatch(
            client,
            max_size=20,
            track=True,
            creation_handling=AssetCreationHandling.NONE,
            case_insensitive=True,
            table_view_agnostic=True,
        )
        for qualified_name in (f"{root}/t0", str(shop.view.qualified_name), f"{root}/T9"):
            change = Table.updater(qualified_name=qualified_name, name=qualified_name.rpartition("/")[2])
            change.user_description = "by batch"
            await updating.add(change)
        await updating.flush()

        assert (creating.num_created, creating.num_updated) == (3, 2)
        assert {one.name for one in creating.created} == {"T0", "T1", "T2"}
        assert (updating.num_updated, updating.num_skipped, updating.num_created) == (2, 1, 0)
        assert [one.qualified_name for one in updating.skipped] == [f"{root}/T9"]
        view = await client.asset.get_by_guid(shop.view.guid, View)
        assert view.user_description == "by batch"

    run(program)


def test_search(run: Run, connection: str, name: str) -> None:
    """Walking over several pages gives each result once, however the client pages; they are counted by type."""
    total = 230

    async def program(client: AsyncAtlanClient) -> None:
        bucket = await create(client, S3Bucket.creator(name=name, connection_qualified_name=connection))
        batch = AsyncBatch(client, max_size=150)
        for n in range(total):
            await batch.add(file(bucket, f"{n:05}.csv"))
        await batch.flush()
        inside = FluentSearch.select().where(S3Object.S3BUCKET_QUALIFIED_NAME.eq(str(bucket.qualified_name)))
        await counted(client, inside.where(CompoundQuery.asset_type(S3Object)).page_size(1), total)

        by_offset = await inside.page_size(100).execute_async(client)
        by_time = await inside.page_size(100).execute_async(client, bulk=True)
        counts = await inside.page_size(0).aggregate("types", Asset.TYPE_NAME.bucket_by()).execute_async(client)

        for results in (by_offset, by_time):
            assert results.count == total
            assert sorted([str(one.name) async for one in results]) == [f"{n:05}.csv" for n in range(total)]
        assert [(one.key, one.doc_count) for one in counts.aggregations["types"].buckets] == [("s3object", total)]

    run(program)
