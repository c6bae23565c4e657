"""
Programs that write and follow lineage, as a pyatlan user writes them for a tenant.

Source: docs.atlan.com, "Python SDK" (the recipes) and pyatlan's integration tests (what is asserted of them).
"""

import pytest
from pyatlan.client.atlan import AtlanClient
from pyatlan.errors import NotFoundError
from pyatlan.model.assets import (
    Asset,
    ColumnProcess,
    MaterialisedView,
    Process,
    S3Bucket,
    S3Object,
    Table,
    View,
)
from pyatlan.model.enums import (
    CertificateStatus,
    EntityStatus,
    LineageDirection,
    SaveSemantic,
)
from pyatlan.model.lineage import FluentLineage
from pyatlan.model.search import DSL, Bool, IndexSearchRequest, Prefix, Term

from tests.contract import programs
from tests.contract.programs import Flow, Shop, column_process, file, guids, told, until

name, warehouse, shop, flow, bucket = programs.name, programs.warehouse, programs.shop, programs.flow, programs.bucket


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
