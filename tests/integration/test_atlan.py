"""Atlan over HTTP: what its failures become, and what is sent again; see `test_catalog` for the port."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from pyatlan.model.assets import Column, MaterialisedView, Process, S3Bucket, View

from connector.adapters.atlan.catalog import Atlan
from connector.adapters.atlan.client import connect
from connector.adapters.system import Clock
from connector.core.asset import Bucket, Found, Name, Type
from connector.errors import (
    ConnectorError,
    ForbiddenError,
    RateLimitedError,
    RefusedError,
    TransientError,
    UnauthorizedError,
    UnavailableError,
    UnexpectedError,
)
from connector.limiter import Limiter
from local.catalog.faults import Kind
from local.catalog.server import Server
from tests.integration.conftest import S3, World
from tests.integration.scripted import Scripted

FREE = Limiter(1_000_000, Clock())
BUCKET = Name(Type.BUCKET, f"{S3}/ports")


@pytest.fixture
def catalog(atlan: Server) -> Iterator[Atlan]:
    yield Atlan(connect(atlan.url, "local", FREE))
    atlan.faults.clear()


def write(catalog: Atlan, label: str = "ports") -> None:
    catalog.save([Bucket(BUCKET, label, S3)], {})


FAULTS = [
    pytest.param({"kind": Kind.STATUS, "status": 400}, RefusedError, id="400"),
    pytest.param({"kind": Kind.STATUS, "status": 401}, UnauthorizedError, id="401"),
    pytest.param({"kind": Kind.STATUS, "status": 403}, ForbiddenError, id="403"),
    pytest.param({"kind": Kind.STATUS, "status": 404}, UnavailableError, id="404 of a proxy"),
    pytest.param({"kind": Kind.STATUS, "status": 418}, UnexpectedError, id="4xx of a proxy"),
    pytest.param({"kind": Kind.STATUS, "status": 429, "count": 9}, RateLimitedError, id="429"),
    pytest.param({"kind": Kind.STATUS, "status": 500}, UnavailableError, id="500"),
    pytest.param({"kind": Kind.STATUS, "status": 503, "count": 9}, UnavailableError, id="503"),
    pytest.param({"kind": Kind.RESET}, UnavailableError, id="reset before"),
    pytest.param({"kind": Kind.LOST}, UnavailableError, id="reset after"),
    pytest.param({"kind": Kind.TRUNCATED}, UnavailableError, id="truncated"),
]


@pytest.mark.parametrize(("fault", "error"), FAULTS)
def test_failed_read(world: World, catalog: Atlan, fault: dict[str, object], error: type[ConnectorError]) -> None:
    """A read that fails is an error of its kind, and never an empty answer."""
    world.fails(**fault)

    with pytest.raises(error):
        catalog.find([BUCKET])


@pytest.mark.parametrize(("fault", "error"), FAULTS)
def test_failed_write(world: World, catalog: Atlan, fault: dict[str, object], error: type[ConnectorError]) -> None:
    """A write that fails is ambiguous where it may have been carried out, and only there."""
    world.fails(**fault)

    with pytest.raises(error) as failure:
        write(catalog)

    if isinstance(failure.value, TransientError):
        assert failure.value.ambiguous == (fault.get("status") not in (401, 404, 429, 503))


@pytest.mark.parametrize("status", [429, 503])
def test_sent_again(world: World, catalog: Atlan, status: int) -> None:
    """What was certainly not carried out is sent again at once, and its failure is not noticed."""
    world.fails(kind=Kind.STATUS, status=status, count=1)

    write(catalog)

    saves = [entry for entry in world.server.faults.log if entry.method == "POST" and "/entity/bulk" in entry.path]
    assert [bool(entry.fault) for entry in saves[-2:]] == [True, False]


def test_brief(script: Scripted) -> None:
    """An error does not repeat all of an answer, however long."""
    script.answers = {"POST": (400, f'{{"errorCode": "ATLAS-400-00-001", "errorMessage": "{"x" * 10_000}"}}')}

    with pytest.raises(RefusedError, match="ATLAS-400-00-001") as failure:
        write(Atlan(connect(script.url, "local", FREE)))

    assert len(str(failure.value)) < 1_000


def test_nobody_there() -> None:
    """A write to nobody is no ambiguous one."""
    catalog = Atlan(connect("http://127.0.0.1:1", "local", FREE))

    with pytest.raises(UnavailableError, match="check ATLAN_BASE_URL") as failure:
        write(catalog)

    assert not failure.value.ambiguous


def test_proxy(monkeypatch: pytest.MonkeyPatch, catalog: Atlan, atlan: Server) -> None:
    """A proxy of the environment is used, but not for an address that NO_PROXY names."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")

    assert not Atlan(connect(atlan.url, "local", FREE)).connection("default/s3/none")
    monkeypatch.setenv("no_proxy", "")
    with pytest.raises(UnavailableError):
        Atlan(connect(atlan.url, "local", FREE)).connection("default/s3/none")


def test_nothing_to_find(catalog: Atlan, atlan: Server) -> None:
    """Looking for nothing asks nobody."""
    asked = len(atlan.faults.log)

    assert catalog.find([]) == {}
    assert len(atlan.faults.log) == asked


@pytest.mark.parametrize("kind", [View, MaterialisedView])
def test_views(world: World, catalog: Atlan, kind: type[View] | type[MaterialisedView]) -> None:
    """A view, plain or materialised, is as good as a table, found by a search or in the graph."""
    world.tables()
    name = f"{world.source}_view"
    view = kind.creator(name="orders_view", schema_qualified_name=name.rpartition("/")[0])
    world.client.asset.save(view)
    world.client.asset.save(Column.creator(name="id", parent_qualified_name=name, parent_type=kind, order=1))

    found = catalog.tables([name])[name]
    read = catalog.columns(name, found)

    assert found.type == kind.__name__
    assert read is not None
    assert (read.type, read.guid) == (found.type, found.guid)
    assert [column.name for column in read.columns] == ["id"]


def test_vanished_table(world: World, catalog: Atlan) -> None:
    """A table that is purged between two reads is no table any more."""
    world.tables()
    table = catalog.tables([world.source])[world.source]
    world.client.asset.purge_by_guid(table.guid)

    assert catalog.columns(world.source, table) is None


def test_pages(world: World, catalog: Atlan) -> None:
    """More results than fit a page are all found, without a request that finds nothing."""
    made = [S3Bucket.creator(name=f"{world.bucket}-{n:04}", connection_qualified_name=S3) for n in range(1000)]
    for start in range(0, len(made), 500):
        world.client.asset.save(made[start : start + 500])
    names = [Name(Type.BUCKET, str(bucket.qualified_name)) for bucket in made]
    asked = len(world.server.faults.log)

    found = catalog.find(names)

    assert all(len(found[name]) == 1 for name in names)
    assert len(world.server.faults.log) - asked == 2


def test_raced(world: World, catalog: Atlan) -> None:
    """Two assets of one name, which a race of two creates can leave, are both found."""
    name = Name(Type.BUCKET, f"{S3}/{world.bucket}-raced")
    bucket = Bucket(name, "raced", S3)
    world.fails(kind=Kind.RACE, names="raced", count=2, delay=0.5)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: catalog.save([bucket], {}), range(2)))

    found = catalog.find([name])[name]

    assert len({asset.guid for asset in found}) == 2


@pytest.mark.parametrize(
    ("body", "says"),
    [
        pytest.param("{}", "without a guid", id="no guid"),
        pytest.param("", "empty response", id="empty"),
        pytest.param("<html>", "Invalid response", id="a page"),
    ],
)
def test_strange_answer(script: Scripted, body: str, says: str) -> None:
    """A save whose answer tells nothing of what was sent is ambiguous."""
    script.answers = {"POST": (200, body)}

    with pytest.raises(UnavailableError, match=says) as failure:
        write(Atlan(connect(script.url, "local", FREE)))

    assert failure.value.ambiguous


def test_retire(world: World, catalog: Atlan) -> None:
    """Archiving is one request, and what is archived is found as such."""
    world.tables()
    world.upload("a.csv")
    name = Name(Type.PROCESS, f"{S3}/test/in/{world.bucket}/a.csv")
    (found,) = catalog.find([name])[name]
    asked = len(world.server.faults.log)

    catalog.retire([found])

    assert len(world.server.faults.log) - asked == 1
    assert catalog.find([name])[name] == [Found(name, found.guid, active=False, label=found.label)]
    assert world.client.asset.get_by_guid(found.guid, Process).status == "DELETED"
