"""The local catalog fails on demand: each fault as a client meets it. None of this has a meaning in a tenant."""

import threading
import time

import httpx
import pytest
from httpx_retries import Retry
from pyatlan.client.atlan import AtlanClient
from pyatlan.errors import AtlanError, AuthenticationError, NotFoundError
from pyatlan.errors import PermissionError as Forbidden
from pyatlan.model.assets import S3Object

from local.catalog.faults import Fault, Faults, Kind, Limit
from local.catalog.server import Server


@pytest.fixture
def faults(catalog: Server):
    """The catalog's faults; all are gone after the test."""
    yield catalog.faults
    catalog.faults.clear()


def stored(client: AtlanClient, asset: S3Object) -> bool:
    try:
        client.asset.get_by_qualified_name(asset.qualified_name, S3Object)
    except NotFoundError:
        return False
    return True


def until_stored(client, one) -> None:
    """Wait for a write that comes late."""
    deadline = time.monotonic() + 60
    while not stored(client, one):
        assert time.monotonic() < deadline
        time.sleep(0.02)


STATUSES = [
    pytest.param(401, AuthenticationError, id="401"),
    pytest.param(403, Forbidden, id="403"),
    pytest.param(429, AtlanError, id="429"),
    pytest.param(500, AtlanError, id="500"),
    pytest.param(503, TypeError, id="503 is None to pyatlan"),
]


@pytest.mark.parametrize(("status", "error"), STATUSES)
def test_status(world, client, faults: Faults, status, error):
    """A status is answered instead of serving; nothing is written; the next request is served."""
    one = world.loose("a")
    faults.add(Fault(Kind.STATUS, method="POST", path="entity/bulk", status=status))

    with pytest.raises(error):
        world.save(one)

    assert not stored(client, one)
    assert world.save(one) == {"CREATE": ["S3Object a"]}


def test_too_many(faults: Faults, raw: httpx.Client):
    """429 is an HTML page with Retry-After, as a gateway makes it."""
    faults.add(Fault(Kind.STATUS, status=429, retry_after=2))

    answer = raw.get("/types/typedefs/")

    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "2")
    assert answer.headers["Content-Type"].startswith("text/html")


CODES = [
    pytest.param(400, "Invalid parameters", id="400"),
    pytest.param(401, "Unauthorized", id="401"),
    pytest.param(403, "not authorized", id="403"),
]


@pytest.mark.parametrize(("status", "says"), CODES)
def test_not_allowed(raw: httpx.Client, faults: Faults, status, says):
    """Invalid or forbidden requests get an error with a code and a message."""
    faults.add(Fault(Kind.STATUS, status=status))

    answer = raw.get("/types/typedefs/")

    assert (answer.status_code, answer.json()["errorCode"]) == (status, f"ATLAS-{status}-00-001")
    assert says in answer.json()["errorMessage"]


def test_crash(raw: httpx.Client, faults: Faults):
    """An unexpected error of the catalog is a 500 with an id and causes, and without a code."""
    faults.add(Fault(Kind.STATUS, status=500))

    answer = raw.get("/types/typedefs/")

    assert (answer.status_code, answer.json().keys()) == (500, {"errorId", "message", "causes"})
    assert answer.json()["message"] == "There was an error processing your request."
    assert answer.json()["causes"][0].keys() == {"errorType", "errorMessage", "location"}


@pytest.mark.parametrize("status", [502, 503, 504])
def test_gateway(raw: httpx.Client, faults: Faults, status):
    """What the gateway answers by itself is an HTML page."""
    faults.add(Fault(Kind.STATUS, status=status))

    answer = raw.get("/types/typedefs/")

    assert (answer.status_code, answer.headers["Content-Type"].split(";")[0]) == (status, "text/html")


def test_delete_fails(world, client, faults: Faults):
    """A deletion that fails deletes nothing."""
    one = world.loose("a")
    world.save(one)
    faults.add(Fault(Kind.STATUS, method="DELETE", path="entity/bulk", status=500))

    with pytest.raises(AtlanError):
        world.archive(one)

    assert world.status(one) == "ACTIVE"


def test_retried(address, world, faults: Faults):
    """pyatlan's own retries see the fault go away after its count."""
    url, key = address
    patient = AtlanClient(
        base_url=url, api_key=key, proxy=None, retry=Retry(total=3, backoff_factor=0.01, allowed_methods=["POST"])
    )
    faults.add(Fault(Kind.STATUS, path="entity/bulk", status=503, count=2))

    assert patient.asset.save(world.loose("a")).assets_created(S3Object)


@pytest.mark.parametrize(
    ("kind", "kept"),
    [pytest.param(Kind.RESET, False, id="before the write"), pytest.param(Kind.LOST, True, id="after the commit")],
)
def test_reset(world, client, faults: Faults, kind, kept):
    """A connection is reset before the write, or after the commit."""
    one = world.loose("a")
    faults.add(Fault(kind, path="entity/bulk"))

    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        world.save(one)

    assert stored(client, one) is kept


def test_late(world, client, faults: Faults):
    """A late answer comes after the commit."""
    one = world.loose("a")
    faults.add(Fault(Kind.LATE, path="entity/bulk", delay=3))
    request = threading.Thread(target=world.save, args=(one,))
    request.start()

    while request.is_alive() and not stored(client, one):
        time.sleep(0.02)

    assert request.is_alive()
    request.join()


def test_orphan(world, client, faults: Faults):
    """A write may commit after its client has gone."""
    one = world.loose("a")
    faults.add(Fault(Kind.ORPHAN, path="entity/bulk", delay=3))

    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        world.save(one)

    assert not stored(client, one)
    until_stored(client, one)


def test_orphan_timeout(address, world, client, faults: Faults):
    """A client that waits too long times out, and the write is carried out later."""
    url, key = address
    hasty = AtlanClient(base_url=url, api_key=key, proxy=None, retry=Retry(total=0), read_timeout=0.2)
    one = world.loose("a")
    faults.add(Fault(Kind.ORPHAN, path="entity/bulk", delay=3, hold=30))

    with pytest.raises(httpx.ReadTimeout):
        hasty.asset.save(one)

    assert not stored(client, one)
    until_stored(client, one)


def test_truncated(world, client, faults: Faults):
    """Half an answer is not JSON; the write is kept."""
    one = world.loose("a")
    faults.add(Fault(Kind.TRUNCATED, path="entity/bulk"))

    with pytest.raises(AtlanError, match="Invalid response object"):
        world.save(one)

    assert stored(client, one)


def test_race(world, client, faults: Faults):
    """Two creates of one qualified name at the same time make two assets; one after the other, they make one."""
    first, second, third = (world.loose("a") for _ in range(3))
    found: set[str] = set()
    faults.add(Fault(Kind.RACE, path="entity/bulk", names=r"/a$", delay=0.4, count=3))

    threads = [
        threading.Thread(target=lambda one=one: found.update(client.asset.save(one).guid_assignments.values()))
        for one in (first, second)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(found) == 2
    assert client.asset.save(third).guid_assignments[third.guid] in found


def test_aim(world, faults: Faults):
    """A fault applies only to requests of its method, path and body."""
    faults.add(Fault(Kind.STATUS, method="GET", path="entity/bulk"))
    faults.add(Fault(Kind.STATUS, method="POST", path="indexsearch"))
    faults.add(Fault(Kind.STATUS, path="entity/bulk", body="no such text"))

    assert world.save(world.loose("a")) == {"CREATE": ["S3Object a"]}
    assert [one["left"] for one in faults.armed()] == [1, 1, 1]


def test_chance(raw: httpx.Client, faults: Faults):
    """Faults by chance are the same in every run."""
    runs = []
    for _ in range(2):
        faults.clear()
        faults.add(Fault(Kind.STATUS, count=None, probability=0.5))
        runs.append([raw.get("/types/typedefs/").status_code for _ in range(20)])

    assert runs[0] == runs[1]
    assert set(runs[0]) == {200, 500}


def test_limit(raw: httpx.Client, faults: Faults):
    """A client that exceeds the tenant's limit is blocked for a minute, with Retry-After."""
    now = 0.0
    faults.limit = Limit(per_minute=3, clock=lambda: now)
    assert [raw.get("/types/typedefs/").status_code for _ in range(4)] == [200, 200, 200, 429]

    now = 59.0
    assert raw.get("/types/typedefs/").headers["Retry-After"] == "1"

    now = 60.0
    assert raw.get("/types/typedefs/").status_code == 200


def test_limit_slides():
    """The limit counts the requests of the last 60 seconds."""
    now = 0.0
    limit = Limit(per_minute=2, clock=lambda: now)
    assert [limit.refuse(), limit.refuse()] == [0, 0]
    now = 61.0

    assert [limit.refuse(), limit.refuse(), limit.refuse()] == [0, 0, 60]


def test_controls(catalog: Server, faults: Faults):
    """Faults, limit and log are open over HTTP, without a key."""
    with httpx.Client(base_url=f"{catalog.url}/local", trust_env=False) as control:
        assert control.post("/faults", json={"kind": "status", "status": 503, "count": 2}).json()[0]["left"] == 2
        assert control.get("/faults").json()[0]["kind"] == "status"
        assert control.post("/faults", json={"kind": "nonsense"}).status_code == 400
        assert "sttus" in control.post("/faults", json={"kind": "status", "sttus": 1}).json()["errorMessage"]
        assert control.put("/limit", json={"per_minute": 5}).json() == {"per_minute": 5, "block": 60.0}
        assert control.delete("/faults").json() == []
        assert faults.limit is None


def test_log(catalog: Server, raw: httpx.Client, faults: Faults):
    """The log has every served request: method, path, status and time."""
    faults.log.clear()
    faults.add(Fault(Kind.STATUS, status=503))
    raw.get("/types/typedefs/", params={"type": "STRUCT"})
    raw.get("/types/typedefs/")

    with httpx.Client(base_url=f"{catalog.url}/local", trust_env=False) as control:
        log = control.get("/log").json()
        assert control.delete("/log").json() == []

    assert [(one["method"], one["status"], one["fault"]) for one in log] == [("GET", 503, "status"), ("GET", 200, "")]
    assert (log[0]["path"], log[0]["query"]) == ("/api/meta/types/typedefs/", "type=STRUCT")
    assert log[1]["milliseconds"] > 0
