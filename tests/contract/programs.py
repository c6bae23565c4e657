"""What the programs of `test_programs*` build on: fixtures, which they take over by name, and builders."""

import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

import pytest
from pyatlan.client.atlan import AtlanClient
from pyatlan.model.assets import (
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
from pyatlan.model.enums import (
    AtlanConnectorType,
)
from pyatlan.model.fluent_search import FluentSearch
from pyatlan.model.response import AssetMutationResponse

Made = TypeVar("Made", bound=Asset)

PATIENCE = 60.0  # seconds that a tenant's index may take
MANY = 1050
"""More than a page, and than 1,000."""


def until(condition: Callable[[], bool]) -> None:
    """Wait for a tenant's index; the local one is up to date at once."""
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
    # pyatlan names connections by the second, and two modules may begin in the same one.
    unsaved.qualified_name = f"default/snowflake/{time.time_ns() // 1000}"
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
