"""
Programs that work on many assets, by batch and by search, as a pyatlan user writes them for a tenant.

Source: docs.atlan.com, "Python SDK" (the recipes) and pyatlan's integration tests (what is asserted of them).
"""

import uuid
from dataclasses import dataclass

import pytest
from pyatlan.client.asset import Batch
from pyatlan.client.atlan import AtlanClient
from pyatlan.errors import NotFoundError
from pyatlan.model.assets import (
    SQL,
    Asset,
    Column,
    MaterialisedView,
    S3Bucket,
    S3Object,
    Table,
    View,
)
from pyatlan.model.enums import (
    AssetCreationHandling,
    CertificateStatus,
    SortOrder,
)
from pyatlan.model.fluent_search import CompoundQuery, FluentSearch

from tests.contract import programs
from tests.contract.programs import MANY, Made, Shop, create, file, until

name, warehouse, shop = programs.name, programs.warehouse, programs.shop


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
