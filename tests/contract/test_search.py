"""Search through the real pyatlan: whatever it can ask is answered as Atlan answers, here and in a tenant."""

import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import httpx
import pytest
from pyatlan.client.asset import Batch
from pyatlan.client.atlan import AtlanClient
from pyatlan.errors import AtlanError, InvalidRequestError, NotFoundError
from pyatlan.model.assets import Asset, Column, Connection, S3Bucket, S3Object, Table
from pyatlan.model.enums import AtlanConnectorType, AtlanDeleteType, EntityStatus, SortOrder
from pyatlan.model.fluent_search import CompoundQuery, FluentSearch
from pyatlan.model.search import DSL, Bool, IndexSearchRequest, Match, Prefix, Query, Range, Term, Terms

from local.catalog.server import Server

PATIENCE = 60.0  # seconds that a tenant's index may take
MANY = 1050


@dataclass(frozen=True)
class Lake:
    """One bucket with two files, an archived file, and a table with two columns; all names start with *prefix*."""

    client: AtlanClient
    connection: str
    prefix: str
    guids: dict[str, str]

    @property
    def root(self) -> str:
        """What the qualified names of the lake start with."""
        return f"{self.connection}/{self.prefix}"

    def all(self) -> FluentSearch:
        """Search for everything of the lake, archived too."""
        return FluentSearch().where(Asset.QUALIFIED_NAME.startswith(self.root)).sort(Asset.NAME.order()).page_size(50)

    def names(self, search: FluentSearch) -> list[str]:
        """Give the names of the hits, without the prefix."""
        return [str(asset.name).removeprefix(f"{self.prefix}-") for asset in search.execute(self.client)]


def new(kind: type[Asset], qualified_name: str, name: str, **attributes: object) -> Asset:
    """Make an asset with a guid for this request; nothing is saved."""
    asset = kind.updater(qualified_name=qualified_name, name=name)
    asset.guid = f"-{uuid.uuid4().int % 10**16}"
    for attribute, value in attributes.items():
        setattr(asset, attribute, value)
    return asset


def build(connection: str, prefix: str) -> dict[str, Asset]:
    """Make the assets of a lake, by their names without the prefix."""
    root = f"{connection}/{prefix}"
    bucket = new(S3Bucket, f"{root}/bucket", f"{prefix}-acme")
    inside = {"bucket": S3Bucket.ref_by_guid(bucket.guid), "s3_bucket_name": bucket.name}
    table = new(Table, f"{root}/public/orders", f"{prefix}-orders")
    below = {"table": Table.ref_by_guid(table.guid), "table_qualified_name": table.qualified_name}
    assets = {"acme": bucket, "orders": table}
    for size, key in enumerate(("raw/Orders_2024.csv", "raw/items.csv", "old/gone.csv"), 1):
        name = key.rpartition("/")[2]
        shape = {"s3_object_key": key, "s3_object_size": size * 100}
        assets[name] = new(S3Object, f"{root}/{key}", f"{prefix}-{name}", **inside, **shape)
    for name in ("id", "total"):
        assets[name] = new(Column, f"{table.qualified_name}/{name}", f"{prefix}-{name}", **below)
    assets["Orders_2024.csv"].description = "Nightly export of all orders"
    assets["Orders_2024.csv"].owner_users = {"ann", "bob"}
    return assets


@pytest.fixture(scope="module")
def lake(client: AtlanClient, connection: str) -> Lake:
    prefix = uuid.uuid4().hex[:8]
    assets = build(connection, prefix)
    assigned = client.asset.save(list(assets.values())).guid_assignments or {}
    made = Lake(client, connection, prefix, {name: assigned[asset.guid] for name, asset in assets.items()})
    client.asset.purge_by_guid([made.guids["gone.csv"]], delete_type=AtlanDeleteType.SOFT)
    until(lambda: made.all().where(CompoundQuery.active_assets()).count(client) == len(assets) - 1)
    return made


def until(condition: Callable[[], bool]) -> None:
    """Wait for a tenant's index; the local one is up to date at once."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "the index did not catch up"
        time.sleep(0.2)


FOUND: list[tuple[str, Callable[[Lake], Query], set[str]]] = [
    ("qualified-name", lambda lake: Asset.QUALIFIED_NAME.eq(f"{lake.root}/public/orders"), {"orders"}),
    ("qualified-name-case", lambda lake: Asset.QUALIFIED_NAME.eq(f"{lake.root}/PUBLIC/orders"), set()),
    (
        "qualified-name-any-case",
        lambda lake: Asset.QUALIFIED_NAME.eq(f"{lake.root}/PUBLIC/orders", case_insensitive=True),
        {"orders"},
    ),
    (
        "qualified-names",
        lambda lake: Asset.QUALIFIED_NAME.within([f"{lake.root}/public/orders", f"{lake.root}/raw/items.csv"]),
        {"orders", "items.csv"},
    ),
    ("prefix", lambda lake: Asset.QUALIFIED_NAME.startswith(f"{lake.root}/public/"), {"orders", "id", "total"}),
    ("wildcard", lambda lake: Asset.QUALIFIED_NAME.wildcard(f"{lake.root}/raw/*_????.csv"), {"Orders_2024.csv"}),
    ("regexp", lambda lake: Asset.QUALIFIED_NAME.regexp(f"{lake.root}/raw/[a-z]+.csv"), {"items.csv"}),
    ("guid", lambda lake: Asset.GUID.eq(lake.guids["acme"]), {"acme"}),
    ("name", lambda lake: Asset.NAME.eq(f"{lake.prefix}-orders"), {"orders"}),
    ("name-any-case", lambda lake: Asset.NAME.eq(f"{lake.prefix}-ORDERS_2024.CSV"), {"Orders_2024.csv"}),
    ("name-prefix", lambda lake: Asset.NAME.startswith(f"{lake.prefix}-Or"), {"Orders_2024.csv", "orders"}),
    ("name-words", lambda lake: Asset.NAME.match("ORDERS total"), {"Orders_2024.csv", "orders", "total"}),
    ("name-phrase", lambda lake: Asset.NAME.match_phrase("orders 2024.csv"), {"Orders_2024.csv"}),
    ("name-stemmed", lambda lake: Asset.NAME.match_stemmed("orders"), {"Orders_2024.csv", "orders"}),
    ("description", lambda lake: Asset.DESCRIPTION.match("export"), {"Orders_2024.csv"}),
    ("described", lambda lake: Asset.DESCRIPTION.has_any_value(), {"Orders_2024.csv"}),
    ("type", lambda lake: Asset.TYPE_NAME.eq("S3Object"), {"Orders_2024.csv", "items.csv", "gone.csv"}),
    ("type-any-case", lambda lake: Asset.TYPE_NAME.eq("TABLE"), {"orders"}),
    ("types", lambda lake: CompoundQuery.asset_types([Table, Column]), {"orders", "id", "total"}),
    (
        "supertype",
        lambda lake: CompoundQuery.super_types([S3Bucket.__mro__[1]]),
        {"acme", "Orders_2024.csv", "items.csv", "gone.csv"},
    ),
    ("archived", lambda lake: CompoundQuery.archived_assets(), {"gone.csv"}),
    ("state", lambda lake: Asset.STATUS.eq("DELETED"), {"gone.csv"}),
    ("key", lambda lake: S3Object.S3OBJECT_KEY.eq("raw/items.csv"), {"items.csv"}),
    (
        "bucket-name",
        lambda lake: S3Object.S3BUCKET_NAME.eq(f"{lake.prefix}-acme"),
        {"Orders_2024.csv", "items.csv", "gone.csv"},
    ),
    ("columns-of-a-table", lambda lake: Column.TABLE_QUALIFIED_NAME.eq(f"{lake.root}/public/orders"), {"id", "total"}),
    ("size", lambda lake: S3Object.S3OBJECT_SIZE.between(150, 300), {"items.csv", "gone.csv"}),
    ("size-exactly", lambda lake: S3Object.S3OBJECT_SIZE.eq(100), {"Orders_2024.csv"}),
    ("owner", lambda lake: Asset.OWNER_USERS.eq("bob"), {"Orders_2024.csv"}),
    ("no-lineage", lambda lake: Asset.HAS_LINEAGE.eq(True), set()),
    ("in-the-past", lambda lake: Asset.CREATE_TIME.lt(1), set()),
]


@pytest.mark.parametrize(
    ("query", "expected"), [pytest.param(query, expected, id=name) for name, query, expected in FOUND]
)
def test_find(lake: Lake, query: Callable[[Lake], Query], expected: set[str]) -> None:
    """Each kind of field answers the queries that pyatlan makes of it."""
    search = lake.all().where(query(lake))

    assert set(lake.names(search)) == expected
    assert search.count(lake.client) == len(expected)


def test_conditions_together(lake: Lake) -> None:
    """where is and, where_not is not, where_some is or."""
    search = (
        lake.all()
        .where_not(CompoundQuery.archived_assets())
        .where_some(Asset.TYPE_NAME.eq("S3Object"))
        .where_some(Asset.TYPE_NAME.eq("Table"))
        .min_somes(1)
    )

    assert lake.names(search) == ["items.csv", "orders", "Orders_2024.csv"]


def test_select_leaves_out_the_archived(lake: Lake) -> None:
    """FluentSearch.select asks for active assets, unless told otherwise."""
    named = Asset.QUALIFIED_NAME.eq(f"{lake.root}/old/gone.csv")

    assert FluentSearch.select().where(named).count(lake.client) == 0
    assert FluentSearch.select(include_archived=True).where(named).count(lake.client) == 1


def test_state_is_not_filtered_by_the_server(lake: Lake) -> None:
    """Who doesn't ask for a state gets archived assets, and sees that they are."""
    found = {asset.name: asset.status for asset in lake.all().execute(lake.client)}

    assert found[f"{lake.prefix}-gone.csv"] == EntityStatus.DELETED
    assert found[f"{lake.prefix}-items.csv"] == EntityStatus.ACTIVE


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (Asset.NAME.order(), ["acme", "gone.csv", "id", "items.csv", "orders", "Orders_2024.csv", "total"]),
        (
            Asset.NAME.order(SortOrder.DESCENDING),
            ["total", "Orders_2024.csv", "orders", "items.csv", "id", "gone.csv", "acme"],
        ),
    ],
)
def test_sort(lake: Lake, order, expected: list[str]) -> None:
    """Names sort without regard to case."""
    search = FluentSearch().where(Asset.QUALIFIED_NAME.startswith(lake.root)).sort(order)

    assert lake.names(search) == expected


def test_sort_by_an_attribute_that_some_lack(lake: Lake) -> None:
    """Assets without the attribute come last, whichever way."""
    search = FluentSearch().where(Asset.QUALIFIED_NAME.startswith(lake.root))

    rising = lake.names(search.sort(S3Object.S3OBJECT_SIZE.order()))
    falling = lake.names(search.sort(S3Object.S3OBJECT_SIZE.order(SortOrder.DESCENDING)))

    assert rising[:3] == ["Orders_2024.csv", "items.csv", "gone.csv"]
    assert falling[:3] == ["gone.csv", "items.csv", "Orders_2024.csv"]


def test_attributes(lake: Lake) -> None:
    """A hit has name and qualified name; the rest only where it is asked for."""
    search = lake.all().where(Asset.NAME.eq(f"{lake.prefix}-Orders_2024.csv"))

    (bare,) = search.execute(lake.client)
    (asked,) = search.include_on_results(S3Object.S3OBJECT_KEY).include_on_results("s3ObjectSize").execute(lake.client)

    assert isinstance(bare, S3Object)
    assert (bare.qualified_name, bare.description) == (
        f"{lake.root}/raw/Orders_2024.csv",
        "Nightly export of all orders",
    )
    assert (bare.s3_object_key, bare.s3_object_size) == (None, None)
    assert (asked.s3_object_key, asked.s3_object_size) == ("raw/Orders_2024.csv", 100)


def test_related_attributes(lake: Lake) -> None:
    """A relationship that is asked for shows the related asset, with the attributes asked of it."""
    search = lake.all().where(Asset.NAME.eq(f"{lake.prefix}-items.csv"))

    (found,) = search.include_on_results(S3Object.BUCKET).include_on_relations(Asset.NAME).execute(lake.client)

    assert found.bucket.guid == lake.guids["acme"]
    assert found.bucket.name == f"{lake.prefix}-acme"


def test_get_with_attributes(lake: Lake) -> None:
    """A read of chosen attributes is a search underneath; it finds archived assets, too."""
    found = lake.client.asset.get_by_qualified_name(
        f"{lake.root}/old/gone.csv", S3Object, attributes=[S3Object.S3OBJECT_SIZE], related_attributes=[Asset.NAME]
    )
    same = lake.client.asset.get_by_guid(lake.guids["gone.csv"], S3Object, attributes=["s3ObjectKey"])

    assert (found.guid, found.s3_object_size, found.status) == (lake.guids["gone.csv"], 300, EntityStatus.DELETED)
    assert (same.qualified_name, same.s3_object_key) == (found.qualified_name, "old/gone.csv")
    with pytest.raises(NotFoundError):
        lake.client.asset.get_by_qualified_name(f"{lake.root}/nothing", S3Object, attributes=["name"])


def test_find_connections(client: AtlanClient, connection: str) -> None:
    """A connection is found by name and type; pyatlan spells the type's name in capitals."""
    name = client.asset.get_by_qualified_name(connection, Connection).name

    found = client.asset.find_connections_by_name(str(name), AtlanConnectorType.S3)

    assert [one.qualified_name for one in found] == [connection]
    with pytest.raises(NotFoundError):
        client.asset.find_connections_by_name(str(name), AtlanConnectorType.SNOWFLAKE)


REQUESTS: list[tuple[str, Callable[[Lake], Query], list[str]]] = [
    ("operators", lambda lake: Term.with_type_name("Table") + Prefix.with_qualified_name(lake.root), ["orders"]),
    (
        "minimum",
        lambda lake: Bool(
            filter=[Prefix.with_qualified_name(lake.root)],
            should=[Term.with_type_name("Column"), Match(field="name", query="total"), Term.with_state("DELETED")],
            minimum_should_match=2,
        ),
        ["total"],
    ),
    (
        "terms-and-range",
        lambda lake: Bool(
            filter=[
                Terms.with_type_name(["s3object", "Table"]),
                Range(field="qualifiedName", gte=f"{lake.root}/p", lt=f"{lake.root}/q"),
            ]
        ),
        ["orders"],
    ),
    (
        "negated",
        lambda lake: (
            Prefix.with_qualified_name(lake.root) & ~Term.with_type_name("S3Object") & ~Term.with_type_name("Column")
        ),
        ["acme", "orders"],
    ),
]


@pytest.mark.parametrize(
    ("query", "expected"), [pytest.param(query, expected, id=name) for name, query, expected in REQUESTS]
)
def test_request(lake: Lake, query: Callable[[Lake], Query], expected: list[str]) -> None:
    """Queries built by hand, as IndexSearchRequest sends them."""
    request = IndexSearchRequest(dsl=DSL(query=query(lake), sort=[Asset.NAME.order()], size=20), attributes=["name"])

    found = lake.client.asset.search(request)

    assert [str(asset.name).removeprefix(f"{lake.prefix}-") for asset in found.current_page()] == expected


def test_aggregate(lake: Lake) -> None:
    """Types are counted under their lower-cased names; numbers are summed and averaged."""
    types = Asset.TYPE_NAME.bucket_by(size=2)
    search = lake.all().aggregate("types", types).aggregate("states", Asset.STATUS.bucket_by())
    search = search.aggregate("total", S3Object.S3OBJECT_SIZE.sum()).aggregate("mean", S3Object.S3OBJECT_SIZE.avg())

    found = search.page_size(0).execute(lake.client).aggregations

    assert [(one.key, one.doc_count) for one in found["types"].buckets] == [("s3object", 3), ("column", 2)]
    assert found["types"].sum_other_doc_count == 2
    assert [(one.key, one.doc_count) for one in found["states"].buckets] == [("ACTIVE", 6), ("DELETED", 1)]
    assert (found["total"].value, found["mean"].value) == (600, 200)


def test_aggregate_with_source(lake: Lake) -> None:
    """A bucket can show a value as it was before it was lower-cased."""
    search = lake.all().aggregate("names", Asset.NAME.bucket_by(size=20, include_source_value=True)).page_size(0)

    buckets = search.execute(lake.client).aggregations["names"].buckets

    values = {bucket.key: bucket.get_source_value(Asset.NAME) for bucket in buckets}
    assert values[f"{lake.prefix}-orders_2024.csv"] == f"{lake.prefix}-Orders_2024.csv"


def test_update_only(lake: Lake) -> None:
    """A batch that may only update finds by search what exists, by either case, and skips the rest."""
    batch = Batch(lake.client, max_size=10, update_only=True, case_insensitive=True, track=True)
    for name in ("raw/ITEMS.csv", "raw/new.csv"):
        changed = S3Object.updater(qualified_name=f"{lake.root}/{name}", name=f"{lake.prefix}-items.csv")
        changed.user_description = "counted"
        batch.add(changed)

    batch.flush()

    assert [asset.qualified_name for asset in batch.skipped] == [f"{lake.root}/raw/new.csv"]
    found = lake.client.asset.get_by_guid(lake.guids["items.csv"], S3Object)
    assert found.user_description == "counted"


@pytest.fixture(scope="module")
def many(client: AtlanClient, raw: httpx.Client, connection: str) -> str:
    """More files than one page or one bulk holds; their names start with what it gives."""
    root = f"{connection}/{uuid.uuid4().hex[:8]}/"
    names = [f"{n:05}" for n in range(MANY)]
    files = [{"typeName": "S3Object", "attributes": {"qualifiedName": root + name, "name": name}} for name in names]
    for start in range(0, MANY, 350):  # not by pyatlan, which would take a second to read the responses
        raw.post("/entity/bulk/", json={"entities": files[start : start + 350]}).raise_for_status()
    until(lambda: FluentSearch().where(Asset.QUALIFIED_NAME.startswith(root)).count(client) == MANY)
    return root


@pytest.mark.parametrize("bulk", [False, True], ids=["by-offset", "by-time"])
def test_iterate(client: AtlanClient, many: str, *, bulk: bool) -> None:
    """Iterating gives every asset once, page after page, by offset and (as pyatlan does beyond 100,000) by time."""
    search = FluentSearch().where(Asset.QUALIFIED_NAME.startswith(many)).page_size(200)

    results = search.execute(client, bulk=bulk)

    assert results.count == MANY
    found = [asset.qualified_name for asset in results]
    assert len(found) == len(set(found)) == MANY


def test_page_by_name(client: AtlanClient, many: str) -> None:
    """Paging by `greater than the last name` walks through any number, in order."""
    found: list[str] = []
    last = many
    while True:
        search = FluentSearch().where(Asset.QUALIFIED_NAME.startswith(many))
        query = search.to_request().dsl.query & Range(field="qualifiedName", gt=last)
        dsl = DSL(query=query, sort=[Asset.QUALIFIED_NAME.order()], size=300)
        page = client.asset.search(IndexSearchRequest(dsl=dsl)).current_page()
        if not page:
            break
        found += [str(asset.qualified_name) for asset in page]
        last = found[-1]

    assert found == [f"{many}{n:05}" for n in range(MANY)]


def test_search_after(raw: httpx.Client, many: str) -> None:
    """A page may start after the sort keys of a hit, in either direction."""
    body = {
        "dsl": {
            "query": {"prefix": {"qualifiedName": {"value": many}}},
            "sort": [{"qualifiedName": {"order": "desc"}}, {"__guid": {"order": "asc"}}],
            "search_after": [f"{many}00002", ""],
        }
    }

    found = raw.post("search/indexsearch", json=body).json()["entities"]

    assert [one["attributes"]["name"] for one in found] == ["00002", "00001", "00000"]


def test_beyond_10000(client: AtlanClient, many: str) -> None:
    """By offset, any number of hits can be paged to."""
    query = Prefix.with_qualified_name(many)

    for offset in (9_701, 10_000, 99_700):
        dsl = DSL(query=query, from_=offset, size=300)
        assert client.asset.search(IndexSearchRequest(dsl=dsl)).current_page() == []


@pytest.fixture
def window(catalog: Server) -> Iterator[Server]:
    """The local catalog, which pages without an end again after the test."""
    yield catalog
    catalog.window = None


def test_window(client: AtlanClient, many: str, window: Server) -> None:
    """If the catalog is told to, it pages to the first 10,000 hits, and no further: a 500 with the general code."""
    query = Prefix.with_qualified_name(many)
    window.window = 10_000

    assert client.asset.search(IndexSearchRequest(dsl=DSL(query=query, from_=9_700, size=300))).current_page() == []
    with pytest.raises(AtlanError) as caught:
        client.asset.search(IndexSearchRequest(dsl=DSL(query=query, from_=9_701, size=300)))
    assert "ATLAS-500-00-001" in str(caught.value)


@pytest.mark.parametrize("bulk", [False, True], ids=["by-offset", "by-time"])
def test_iterate_to_the_window(client: AtlanClient, many: str, window: Server, *, bulk: bool) -> None:
    """Both ways in which pyatlan iterates page by offset, so both end at the window."""
    results = FluentSearch().where(Asset.QUALIFIED_NAME.startswith(many)).page_size(5).execute(client, bulk=bulk)
    window.window = 10

    found: list[str] = []
    with pytest.raises(AtlanError, match="ATLAS-500-00-001"):
        found.extend(asset.guid for asset in results)
    assert len(found) == 10


def test_nothing_found(raw: httpx.Client) -> None:
    """Where nothing matches, the answer has no list of entities at all."""
    answer = raw.post("search/indexsearch", json={"dsl": {"query": {"term": {"__guid": "none"}}}}).json()

    assert (answer["queryType"], answer["approximateCount"]) == ("INDEX", 0)
    assert "entities" not in answer
    assert "searchParameters" in answer


def test_missing_dsl(raw: httpx.Client) -> None:
    """A search without a query language is rejected."""
    answer = raw.post("search/indexsearch", json={"attributes": []})

    assert (answer.status_code, answer.json()["errorCode"]) == (400, "ATLAS-400-00-029")


def test_unsupported(client: AtlanClient, catalog: Server) -> None:
    """What the local catalog doesn't know is rejected by name, not passed over."""
    lacking = IndexSearchRequest(dsl=DSL(query={"percolate": {"field": "query"}}))
    unknown = IndexSearchRequest(dsl=DSL(query={"percolates": {"field": "query"}}))

    with pytest.raises(AtlanError, match=r"LOCAL-501: The local catalog does not support the query \[percolate\]"):
        client.asset.search(lacking)
    with pytest.raises(InvalidRequestError, match=r"unknown query \[percolates\]"):
        client.asset.search(unknown)


@pytest.fixture
def slow(catalog: Server) -> Iterator[tuple[AtlanClient, str]]:
    """A catalog whose index lags by a second, and a connection's name in it."""
    with Server(lag=1.0) as server:
        yield AtlanClient(base_url=server.url, api_key=server.key, proxy=None), "default/s3/1700000000"


def test_stale_matching_fresh_values(slow: tuple[AtlanClient, str]) -> None:
    """The index lags, the store doesn't: a new asset can't be found yet, and a renamed one is found by its old name."""
    client, connection = slow
    client.asset.save(new(S3Object, f"{connection}/a", "before"))
    before, after = (FluentSearch().where(Asset.NAME.eq(name)) for name in ("before", "after"))
    assert before.count(client) == 0
    assert client.asset.get_by_qualified_name(f"{connection}/a", S3Object).name == "before"
    until(lambda: before.count(client) == 1)

    client.asset.save(S3Object.updater(qualified_name=f"{connection}/a", name="after"))

    assert [asset.name for asset in before.execute(client).current_page()] == ["after"]
    assert after.count(client) == 0
    until(lambda: (before.count(client), after.count(client)) == (0, 1))


def test_purged_is_not_found(lake: Lake, client: AtlanClient) -> None:
    """A purged asset is no hit."""
    file = new(S3Object, f"{lake.root}-purged", "purged")
    guid = client.asset.save(file).guid_assignments[file.guid]  # type: ignore[index]
    search = FluentSearch().where(Asset.GUID.eq(guid))
    until(lambda: search.count(client) == 1)

    client.asset.purge_by_guid([guid], delete_type=AtlanDeleteType.PURGE)

    assert search.execute(client).current_page() == []
