"""Atlan over HTTP: what its failures become, and what is sent again; see `test_catalog` for the port."""

import gzip
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from itertools import count

import pytest
from pyatlan.model.assets import Column, ColumnProcess, MaterialisedView, Process, S3Bucket, View
from werkzeug.wrappers import Request, Response

from connector.adapters.atlan.catalog import Atlan
from connector.adapters.atlan.client import connect
from connector.adapters.system import Clock
from connector.core.asset import Bucket, Found, Name, Table, Type
from connector.errors import (
    ConfigurationError,
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
from tests.support.clock import Clock as Still

FREE = Limiter(1_000_000, Clock())
BUCKET = Name(Type.BUCKET, f"{S3}/ports")


@pytest.fixture
def catalog(atlan: Server) -> Iterator[Atlan]:
    yield Atlan(connect(atlan.url, "local", FREE))
    atlan.faults.clear()
    atlan.window = None


def write(catalog: Atlan, label: str = "ports") -> None:
    catalog.save([Bucket(BUCKET, label, S3)], {})


FAULTS = [
    pytest.param({"kind": Kind.STATUS, "status": 400}, RefusedError, id="400"),
    pytest.param({"kind": Kind.STATUS, "status": 401}, UnauthorizedError, id="401"),
    pytest.param({"kind": Kind.STATUS, "status": 403}, ForbiddenError, id="403"),
    pytest.param({"kind": Kind.STATUS, "status": 404}, UnavailableError, id="404 of a proxy"),
    pytest.param({"kind": Kind.STATUS, "status": 418}, UnavailableError, id="4xx of a proxy"),
    pytest.param({"kind": Kind.STATUS, "status": 429, "count": 9}, RateLimitedError, id="429"),
    pytest.param({"kind": Kind.STATUS, "status": 500}, UnavailableError, id="500"),
    pytest.param({"kind": Kind.STATUS, "status": 503, "count": 9}, UnavailableError, id="503"),
    pytest.param({"kind": Kind.RESET}, UnavailableError, id="reset before"),
    pytest.param({"kind": Kind.LOST}, UnavailableError, id="reset after"),
    pytest.param({"kind": Kind.TRUNCATED}, UnavailableError, id="truncated"),
]


@pytest.mark.parametrize(("fault", "error"), FAULTS)
def test_failed_read(world: World, catalog: Atlan, fault: dict[str, object], error: type[ConnectorError]) -> None:
    """A read that fails is an error of its kind, and never an empty result."""
    world.fails(**fault)

    with pytest.raises(error):
        catalog.find([BUCKET])


@pytest.mark.parametrize(("fault", "error"), FAULTS)
def test_failed_write(world: World, catalog: Atlan, fault: dict[str, object], error: type[ConnectorError]) -> None:
    """A write that fails is ambiguous if it may have been carried out, and only then."""
    world.fails(**fault)

    with pytest.raises(error) as failure:
        write(catalog)

    if isinstance(failure.value, TransientError):
        assert failure.value.ambiguous == (fault.get("status") not in (401, 429, 503))


@pytest.mark.parametrize("status", [429, 503])
def test_sent_again(world: World, catalog: Atlan, status: int) -> None:
    """A request that was certainly not carried out is retried at once, without an error."""
    world.fails(kind=Kind.STATUS, status=status, count=1)

    write(catalog)

    saves = [entry for entry in world.server.faults.log if entry.method == "POST" and "/entity/bulk" in entry.path]
    assert [bool(entry.fault) for entry in saves[-2:]] == [True, False]


def test_brief(script: Scripted) -> None:
    """An error does not repeat a long response in full."""
    script.answers = {"POST": (400, f'{{"errorCode": "ATLAS-400-00-001", "errorMessage": "{"x" * 10_000}"}}')}

    with pytest.raises(RefusedError, match="ATLAS-400-00-001") as failure:
        write(Atlan(connect(script.url, "local", FREE)))

    assert len(str(failure.value)) < 1_000


def test_nobody_there() -> None:
    """A write without a connection is not ambiguous."""
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
    """Finding no names sends no request."""
    asked = len(atlan.faults.log)

    assert catalog.find([]) == {}
    assert len(atlan.faults.log) == asked


@pytest.mark.parametrize("kind", [View, MaterialisedView])
def test_views(world: World, catalog: Atlan, kind: type[View] | type[MaterialisedView]) -> None:
    """A view, plain or materialised, is handled like a table, found by a search or in the graph."""
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
    """A table that is purged between two reads is reported as missing."""
    world.tables()
    table = catalog.tables([world.source])[world.source]
    world.client.asset.purge_by_guid(table.guid)

    assert catalog.columns(world.source, table) is None


def test_pages(world: World, catalog: Atlan) -> None:
    """More than one page is found completely, without an extra request, whether or not the offset has a limit."""
    made = [S3Bucket.creator(name=f"{world.bucket}-{n:04}", connection_qualified_name=S3) for n in range(1000)]
    for start in range(0, len(made), 500):
        world.client.asset.save(made[start : start + 500])
    names = [Name(Type.BUCKET, str(bucket.qualified_name)) for bucket in made]
    for window in (None, 10_000):
        world.server.window = window
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
        pytest.param("{}", "guidAssignments: Field required", id="nothing"),
        pytest.param('{"guidAssignments": {}}', "without its guid", id="no guid"),
        pytest.param('{"guidAssignments": {"-1": null}}', "guidAssignments.-1: Input should be", id="a guid of null"),
        pytest.param('{"guidAssignments": {"-1": "../x"}}', "guidAssignments.-1: String should", id="no guid's form"),
        pytest.param("", "the response: Invalid JSON", id="empty"),
        pytest.param("null", "the response: Input should be an object", id="null"),
        pytest.param("<html>", "the response: Invalid JSON", id="a page"),
    ],
)
def test_strange_answer(script: Scripted, body: str, says: str) -> None:
    """A save is ambiguous if the response does not contain the sent assets."""
    script.answers = {"POST": (200, body)}

    with pytest.raises(UnavailableError, match=says) as failure:
        write(Atlan(connect(script.url, "local", FREE)))

    assert failure.value.ambiguous


def test_retire(world: World, catalog: Atlan) -> None:
    """Archiving is one request, and the assets are then found as archived."""
    world.tables()
    world.upload("a.csv")
    name = Name(Type.PROCESS, f"{S3}/test/in/{world.bucket}/a.csv")
    (found,) = catalog.find([name])[name]
    asked = len(world.server.faults.log)

    catalog.retire([found])

    assert len(world.server.faults.log) - asked == 1
    assert catalog.find([name])[name] == [Found(name, found.guid, active=False, label=found.label)]
    assert world.client.asset.get_by_guid(found.guid, Process).status == "DELETED"


KEY = "s3cr3t-of-acme-which-is-long"
ECHO = {"errorCode": "ATLAS-400-00-001", "errorMessage": f"no: Bearer {KEY}\x1b[31m"}


@pytest.mark.parametrize(
    ("status", "body", "headers"),
    [
        pytest.param(400, json.dumps(ECHO), {}, id="refused"),
        pytest.param(500, json.dumps(ECHO), {}, id="500"),
        pytest.param(200, json.dumps({"guidAssignments": {f"Bearer {KEY}": 1}}), {}, id="200"),
        pytest.param(302, "", {"Location": f"https://sso.acme.com/{KEY}?key={KEY}"}, id="redirected"),
        pytest.param(302, "", {"Location": f"https://{KEY}@sso.acme.com/"}, id="redirected with a user"),
        pytest.param(302, "", {"Location": f"https://1.2.3.999/{KEY}"}, id="redirected to nowhere"),
        pytest.param(302, "", {"Location": "https://sso.acme.com/%1b[31m%0a"}, id="redirected in red"),
        pytest.param(302, "", {}, id="redirected without saying where to"),
        pytest.param(403, f"<html>Bearer {KEY}</html>", {}, id="403 of a proxy"),
        pytest.param(200, "", {"Content-Encoding": "gzip"}, id="no gzip"),
    ],
)
def test_echo(script: Scripted, status: int, body: str, headers: dict[str, str]) -> None:
    """A server that repeats the request's key does not get it into an error, nor what moves a terminal's cursor."""
    script.answers, script.headers = {"POST": (status, body or KEY)}, headers

    with pytest.raises(ConnectorError) as failure:
        write(Atlan(connect(script.url, KEY, FREE)))

    assert KEY not in f"{failure.value} {failure.value.__cause__}"
    assert str(failure.value).isprintable()


def test_library_words() -> None:
    """What the HTTP library says of a request is repeated without the key that is in it."""
    catalog = Atlan(connect("http://127.0.0.1:1", f"{KEY}\nx", FREE))

    with pytest.raises(ConnectorError) as failure:
        write(catalog)

    assert KEY not in str(failure.value)


def test_program_fault(catalog: Atlan) -> None:
    """An exception that nobody translates is unexpected, and says so without the key."""

    class Odd(Atlan):
        def fail(self) -> None:
            with self._answering("search"):
                raise KeyError("Bearer local")

    with pytest.raises(UnexpectedError, match=r"search: unexpected error: KeyError: 'Bearer \*\*\*'"):
        Odd(connect("http://127.0.0.1:1", "local", FREE)).fail()


@pytest.mark.parametrize("url", ["https://a.b", "https://acme.123", "nothing"])
def test_address(url: str) -> None:
    """An address that only pyatlan refuses is an error of the setting, without its text."""
    with pytest.raises(ConfigurationError, match="pyatlan does not accept ATLAN_BASE_URL") as failure:
        connect(url, KEY, FREE)

    assert url not in str(failure.value)
    assert failure.value.__suppress_context__


@pytest.mark.parametrize(
    ("table", "found"),
    [
        pytest.param({"displayText": "id"}, ["id"], id="told"),
        pytest.param({"displayText": None}, ["read"], id="null"),
        pytest.param({}, ["read"], id="left out"),
        pytest.param({"displayText": ""}, ["read"], id="empty"),
        pytest.param({"guid": "gone"}, [], id="not there"),
        pytest.param({"guid": "nameless"}, [], id="there, without a name"),
        pytest.param({"typeName": "IcebergColumn", "displayText": "id"}, ["id"], id="of a subtype, told"),
        pytest.param({"typeName": "IcebergColumn"}, [], id="of a subtype, left out"),
    ],
)
def test_nameless_column(table: dict[str, object], found: list[str]) -> None:
    """A column whose name a table does not tell is read; one that has none is left out, and never called None."""
    column = {"guid": "c", "typeName": "Column", "entityStatus": "ACTIVE", "relationshipStatus": "ACTIVE"} | table
    entity = {"guid": "t", "typeName": "Table", "status": "ACTIVE", "attributes": {"qualifiedName": "x/t", "name": "t"}}

    def answered(request: Request) -> Response:
        if request.path.endswith("indexsearch"):
            return Response('{"approximateCount": 0}')
        guid = request.path.rpartition("/")[2]
        if guid == "gone":
            return Response('{"errorCode": "ATLAS-404-00-005", "errorMessage": "not found"}', 404)
        if guid == "Table":
            return Response(json.dumps({"entity": entity | {"relationshipAttributes": {"columns": [column]}}}))
        named = {"qualifiedName": "x/t/c"} | ({"name": "read"} if guid == "c" else {})
        return Response(json.dumps({"entity": column | {"status": "ACTIVE", "attributes": named}}))

    with Scripted(answered) as script:
        read = Atlan(connect(script.url, KEY, FREE)).columns("x/t", Table("Table", "t"))

    assert read is not None
    assert [one.name for one in read.columns] == found


def test_column_process_of_others(script: Scripted) -> None:
    """A column process of a subtype, which others attached to a process of ours, is neither read nor retired."""
    child = {"guid": "c", "typeName": "DbtColumnProcess", "entityStatus": "ACTIVE", "relationshipStatus": "ACTIVE"}
    entity: dict[str, object] = {"guid": "p", "typeName": "Process", "status": "ACTIVE"}
    entity["attributes"] = {"qualifiedName": "x/p", "name": "p"}
    entity["relationshipAttributes"] = {"columnProcesses": [child]}
    script.answers = {"GET": (200, json.dumps({"entity": entity}))}

    assert Atlan(connect(script.url, KEY, FREE)).family(Name(Type.PROCESS, "x/p")).children == ()
    assert script.asked == 1


def test_nameless_asset(script: Scripted) -> None:
    """An asset of ours without a name is no answer, and not called None."""
    entity = {"guid": "b", "typeName": "S3Bucket", "status": "ACTIVE", "attributes": {"qualifiedName": str(BUCKET)}}
    entity["attributes"] = {"qualifiedName": BUCKET.qualified_name}
    script.answers = {"POST": (200, '{"approximateCount": 0}'), "GET": (200, json.dumps({"entity": entity}))}

    with pytest.raises(UnavailableError, match="does not tell its name"):
        Atlan(connect(script.url, KEY, FREE)).find([BUCKET])


def test_other_bucket(script: Scripted) -> None:
    """A hit of the search for a bucket counts only if it has the bucket's very name, in the connection."""
    hits = [
        {"guid": "a", "typeName": "S3Bucket", "status": "ACTIVE", "attributes": {"qualifiedName": name, "name": label}}
        for name, label in ((f"{S3}/Ports", "Ports"), ("default/s3/9/ports", "ports"))
    ]
    found = json.dumps({"approximateCount": 2, "entities": hits})
    script.answers = {"POST": (200, found), "GET": (404, '{"errorCode": "ATLAS-404-00-009"}')}

    assert Atlan(connect(script.url, KEY, FREE)).buckets(S3, "ports", [BUCKET]) == []


@pytest.mark.parametrize("count", [1, 10_000])
def test_endless_search(script: Scripted, count: int) -> None:
    """A search that always gives the same page ends."""
    entity = {"guid": "b", "typeName": "S3Bucket", "status": "ACTIVE"}
    entity["attributes"] = {"qualifiedName": BUCKET.qualified_name, "name": "ports"}
    script.answers = {"POST": (200, json.dumps({"approximateCount": count, "entities": [entity]}))}

    found = Atlan(connect(script.url, KEY, FREE)).find([BUCKET])

    assert [one.guid for one in found[BUCKET]] == ["b"]
    assert script.asked <= 2


@pytest.mark.parametrize("other", [{"guid": "other"}, {"qualifiedName": "x/other"}, {"typeName": "Process"}])
def test_other_asset(script: Scripted, other: dict[str, str]) -> None:
    """An answer about another asset than the one that was asked for is none: its guid might be archived."""
    child = {"guid": "c", "typeName": "ColumnProcess", "entityStatus": "ACTIVE", "relationshipStatus": "ACTIVE"}
    entity: dict[str, object] = {"guid": "c", "typeName": "S3Bucket", "status": "ACTIVE"} | other
    entity["attributes"] = {"qualifiedName": BUCKET.qualified_name, "name": "ports"} | other
    entity["relationshipAttributes"] = {"columnProcesses": [child]}
    script.answers = {"POST": (200, '{"approximateCount": 0}'), "GET": (200, json.dumps({"entity": entity}))}
    catalog = Atlan(connect(script.url, KEY, FREE))

    with pytest.raises(UnavailableError, match="not the entity that was asked for"):
        _ = catalog._by_guid({"c"}, ColumnProcess) if "guid" in other else catalog.find([BUCKET])


def test_endless_pages() -> None:
    """A search that always gives another page ends, too."""
    pages = count(1)

    def answered(request: Request) -> Response:
        entity = {"guid": f"b{next(pages)}", "typeName": "S3Bucket", "status": "ACTIVE"}
        entity["attributes"] = {"qualifiedName": BUCKET.qualified_name, "name": "ports"}
        return Response(json.dumps({"approximateCount": 10_000, "entities": [entity]}))

    with Scripted(answered) as script:
        Atlan(connect(script.url, KEY, FREE)).find([BUCKET])

        assert script.asked <= 21


@pytest.mark.parametrize(
    ("status", "retired"),
    [
        pytest.param("ACTIVE", False, id="nothing was done"),
        pytest.param("DELETED", True, id="done before"),
        pytest.param("", False, id="not there"),
    ],
)
def test_retired_nothing(script: Scripted, status: str, retired: object) -> None:
    """An archive whose answer does not name an asset has done nothing, unless the asset is archived already."""
    entity = {"guid": "b", "typeName": "Process", "status": status, "attributes": {"qualifiedName": "x", "name": "x"}}
    read = (200, json.dumps({"entity": entity})) if status else (404, '{"errorCode": "ATLAS-404-00-005"}')
    script.answers = {"DELETE": (200, "{}"), "GET": read}
    catalog = Atlan(connect(script.url, KEY, FREE))
    found = Found(Name(Type.PROCESS, "x"), "b", active=True, label="x")

    with nullcontext() if retired else pytest.raises(UnavailableError, match="did not archive b") as failure:
        catalog.retire([found])

    assert retired or failure.value.ambiguous


def test_slow_drip() -> None:
    """An answer that comes byte by byte is an error in the end, although it never meets a timeout."""
    clock = Still()

    def dripping() -> Iterator[bytes]:
        for _ in range(1000):
            clock.now += 1
            yield b" "

    with (
        Scripted(lambda request: Response(dripping())) as script,
        pytest.raises(UnavailableError, match="did not end within 30 s"),
    ):
        Atlan(connect(script.url, KEY, Limiter(1_000_000, clock))).connection("x")


def test_bomb() -> None:
    """An answer that unpacks to more than there is room for is an error."""
    bomb = gzip.compress(b" " * (65 << 20))

    with (
        Scripted(lambda request: Response(bomb, headers={"Content-Encoding": "gzip"})) as script,
        pytest.raises(UnavailableError, match="longer than 64 MiB"),
    ):
        Atlan(connect(script.url, KEY, FREE)).connection("x")


def test_close(script: Scripted) -> None:
    """A client closes its connections."""
    client = connect(script.url, KEY, FREE)

    client._session.close()

    with pytest.raises(UnexpectedError, match="closed"):
        Atlan(client).connection("x")
