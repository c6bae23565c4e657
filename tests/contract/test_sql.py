"""The assets of a SQL database, in the steps of pyatlan's own tests of them: create, find the parent, update, again."""

from datetime import UTC, datetime

import pytest
from pyatlan.client.atlan import AtlanClient
from pyatlan.model.assets import (
    Asset,
    Column,
    Connection,
    Database,
    MaterialisedView,
    Procedure,
    Readme,
    Schema,
    Table,
    TablePartition,
    View,
)
from pyatlan.model.enums import AtlanConnectorType, AtlanDeleteType, SourceCostUnitType
from pyatlan.model.fluent_search import FluentSearch
from pyatlan.model.structs import PopularityInsights


class Shop:
    """A connection with one of each SQL asset, saved one after the other; `responses` has what each save told."""

    def __init__(self, client: AtlanClient, name: str) -> None:
        role = str(client.role_cache.get_id_for_name("$admin"))
        self.client, self.responses = client, {}
        made = Connection.creator(
            client=client, name=name, connector_type=AtlanConnectorType.SNOWFLAKE, admin_roles=[role]
        )
        self.connection = self.save(made)
        above = str(made.qualified_name)
        self.database = self.save(Database.creator(name="shop", connection_qualified_name=above))
        self.schema = self.save(Schema.creator(name="public", database_qualified_name=f"{above}/shop"))
        below = {"schema_qualified_name": f"{above}/shop/public"}
        self.table = self.save(Table.creator(name="orders", **below))
        self.view = self.save(View.creator(name="open", **below))
        self.materialised = self.save(MaterialisedView.creator(name="totals", **below))
        self.procedure = self.save(Procedure.creator(name="close", definition="BEGIN END", **below))
        table = str(self.table.qualified_name)
        self.partition = self.save(TablePartition.creator(name="orders-2024", table_qualified_name=table))
        self.column = self.save(Column.creator(name="id", parent_qualified_name=table, parent_type=Table, order=1))

    def save(self, asset: Asset) -> Asset:
        """Save an asset; return it as the response's header tells it, which is all that a test may need."""
        response = self.client.asset.save(asset)
        (made,) = response.assets_created(type(asset))
        self.responses[type(asset)] = response
        return made


@pytest.fixture(scope="module")
def shop(client: AtlanClient, tenant):
    made = Shop(client, "contract-sql")
    yield made
    for one in vars(made).values() if tenant else ():
        if isinstance(one, Asset):
            client.asset.purge_by_guid([one.guid], delete_type=AtlanDeleteType.PURGE)


def names(related) -> list[str]:
    return [one.display_text for one in related]


@pytest.mark.parametrize(
    ("kind", "parent", "attribute"),
    [
        pytest.param(Schema, Database, "schemas", id="schema"),
        pytest.param(Table, Schema, "tables", id="table"),
        pytest.param(View, Schema, "views", id="view"),
        pytest.param(MaterialisedView, Schema, "materialised_views", id="materialised view"),
        pytest.param(Procedure, Schema, "procedures", id="procedure"),
        pytest.param(Column, Table, "columns", id="column"),
    ],
)
def test_parent(shop, client: AtlanClient, kind, parent, attribute):
    """A created asset updates its parent, which has it among its children."""
    created, updated = shop.responses[kind].assets_created(kind), shop.responses[kind].assets_updated(parent)

    assert [len(created), len(updated)] == [1, 1]
    above = client.asset.get_by_guid(updated[0].guid, parent, ignore_relationships=False)
    assert [one.guid for one in getattr(above.attributes, attribute)] == [created[0].guid]


@pytest.mark.parametrize(
    "part", ["database", "schema", "table", "view", "materialised", "procedure", "partition", "column"]
)
def test_update(shop, client: AtlanClient, part):
    """A header has enough to update its asset, once; what is required alone changes nothing."""
    header = getattr(shop, part)
    changed = header.trim_to_required()
    changed.description = f"{header.description} more"

    first, second = client.asset.save(changed), client.asset.save(header.trim_to_required())

    assert [one.guid for one in first.assets_updated(type(header))] == [header.guid]
    assert first.mutated_entities.CREATE is None
    assert len(first.mutated_entities.UPDATE) == 1
    assert second.mutated_entities is None


def test_unset(shop):
    """The header of a created asset has its unset attributes, too: empty sets, zeros, and the types' defaults."""
    table = shop.table

    assert (table.owner_users, table.admin_groups, table.asset_tags) == (set(), set(), set())
    assert (table.row_count, table.is_profiled, table.has_lineage) == (0, False, False)
    assert (table.is_discoverable, table.is_editable) == (True, True)
    assert (table.description, table.certificate_status) == (None, None)


def test_unset_after_update(shop, client: AtlanClient):
    """So has the header of an updated one, beside what was sent and what is stored."""
    changed = View.updater(qualified_name=shop.view.qualified_name, name="open")
    changed.display_name, changed.owner_users = "Open orders", {"ann"}
    client.asset.save(changed)
    changed.display_name = "Open"

    (view,) = client.asset.save(changed).assets_updated(View)

    assert (view.display_name, view.owner_users, view.owner_groups) == ("Open", {"ann"}, set())
    assert (view.connector_name, view.column_count, view.database_name) == ("snowflake", 0, "shop")


def test_partition(shop, client: AtlanClient):
    """A partition has a table above it, and columns."""
    partition = TablePartition.updater(qualified_name=shop.partition.qualified_name, name="orders-2024")
    partition.parent_table, partition.columns = (
        Table.ref_by_guid(shop.table.guid),
        [Column.ref_by_guid(shop.column.guid)],
    )
    client.asset.save(partition)

    table = client.asset.get_by_guid(shop.table.guid, Table, ignore_relationships=False)
    column = client.asset.get_by_guid(shop.column.guid, Column, ignore_relationships=False)

    assert names(table.partitions) == ["orders-2024"]
    assert column.table_partition.display_text == "orders-2024"


def test_struct(shop, client: AtlanClient):
    """A list of structs comes back as it was sent, from a read and from a search."""
    sent = PopularityInsights(
        record_user="ernest",
        record_query_count=2,
        record_compute_cost=1.5,
        record_compute_cost_unit=SourceCostUnitType.BYTES,
        record_last_timestamp=datetime(2024, 1, 1, tzinfo=UTC),
    )
    table = Table.updater(qualified_name=shop.table.qualified_name, name="orders")
    table.source_read_recent_user_record_list = [sent]
    client.asset.save(table)

    found = FluentSearch().where(Asset.GUID.eq(shop.table.guid))
    hits = found.include_on_results(Asset.SOURCE_READ_RECENT_USER_RECORD_LIST).execute(client).current_page()

    for one in (client.asset.get_by_guid(shop.table.guid, Table), *hits):
        assert one.source_read_recent_user_record_list == [sent]


def test_readme(shop, client: AtlanClient):
    """A readme updates its asset, tells its text, and is found from its asset."""
    made = Readme.creator(asset=shop.column, content="<h1>Read me</h1>")
    created = client.asset.save(made)

    (readme,) = created.assets_created(Readme)
    assert names(created.assets_updated(Column)) == ["id"]
    assert client.asset.get_by_guid(readme.guid, Readme).description == "<h1>Read me</h1>"
    column = client.asset.get_by_guid(shop.column.guid, Column, ignore_relationships=False)
    assert column.readme.guid == readme.guid
    asked = FluentSearch().where(Asset.GUID.eq(shop.column.guid)).include_on_results(Asset.README)
    (hit,) = asked.include_on_relations(Asset.DESCRIPTION).execute(client).current_page()
    assert hit.readme.description == "<h1>Read me</h1>"


def test_second_readme(shop, client: AtlanClient):
    """A readme is named after its asset, so that a second one is an update of the first."""
    first, second = (Readme.creator(asset=shop.view, content=text) for text in ("first", "second"))
    client.asset.save(first)

    (readme,) = client.asset.save(second).assets_updated(Readme)

    assert client.asset.get_by_guid(readme.guid, Readme).description == "second"


def test_restore(shop, client: AtlanClient):
    """An archived procedure is restored by pyatlan, with its schema."""
    client.asset.delete_by_guid(shop.procedure.guid)

    assert client.asset.restore(Procedure, shop.procedure.qualified_name)

    procedure = client.asset.get_by_guid(shop.procedure.guid, Procedure, ignore_relationships=False)
    assert procedure.atlan_schema.display_text == "public"
