"""Atlan's connections through pyatlan and HTTP: what is created, found and listed."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from pyatlan.model.assets import Connection, Table, View
from pyatlan.model.enums import AtlanDeleteType
from werkzeug.wrappers import Request, Response

from connector.adapters.atlan.client import connect
from connector.adapters.atlan.connections import USE, Connections
from connector.errors import RateLimitedError, RefusedError, UnavailableError
from connector.limiter import Limiter
from local.catalog.faults import Fault, Kind
from local.catalog.server import Server
from tests.integration.scripted import Scripted
from tests.support import crawler, shop
from tests.support.clock import Clock


@dataclass
class Waiting(Clock):
    """A clock on which something happens when it is waited for, so that no test waits."""

    happens: Callable[[], Any] = field(default=lambda: None)
    slept: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds)
        self.slept.append(seconds)
        self.happens()


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        yield server


@pytest.fixture
def clock() -> Waiting:
    return Waiting()


@pytest.fixture
def atlan(server: Server, clock: Waiting) -> Connections:
    return reading(server.url, server.key, clock)


def reading(url: str, key: str, clock: Clock) -> Connections:
    return Connections(connect(url, key, Limiter(1_000_000, clock), USE), clock)


def scripted(answers: dict[str, tuple[int, Any]]) -> Callable[[Request], Response]:
    """Answer by the last part of the path."""

    def answer(request: Request) -> Response:
        status, body = answers[request.path.rstrip("/").rpartition("/")[2]]
        return Response(json.dumps(body), status, mimetype="application/json")

    return answer


def test_denied_for_a_while(server: Server, atlan: Connections, clock: Waiting) -> None:
    """A connection that its creator may not read at first is waited for."""
    server.faults.add(Fault(Kind.STATUS, status=403, path="/entity/guid/", count=2))

    created = atlan.create("exports")

    assert atlan.s3() == [created]
    assert clock.slept == [1.0, 2.0]


def test_lag(server: Server, atlan: Connections, clock: Waiting) -> None:
    """A connection is created when a search finds it, so that the next command does not create a second one."""
    server.lag = 0.1
    clock.happens = lambda: time.sleep(0.1)

    created = atlan.create("exports")

    assert clock.slept
    assert atlan.s3() == [created]


def test_never_shown(server: Server, atlan: Connections, clock: Waiting) -> None:
    """After a minute the wait ends, with the name that was made and what to do."""
    server.lag = 3600

    with pytest.raises(UnavailableError, match=r"exports was created as default/s3/\d+, .* run the command again"):
        atlan.create("exports")

    assert 60 <= sum(clock.slept) <= 90


def test_never_readable(server: Server, atlan: Connections) -> None:
    """The same holds where the API key is never allowed to read it."""
    server.faults.add(Fault(Kind.STATUS, status=403, path="/entity/guid/", count=None))

    with pytest.raises(UnavailableError, match="does not show it to the API key yet"):
        atlan.create("exports")


def test_taken(server: Server, atlan: Connections, clock: Waiting) -> None:
    """A qualified name that the API key may not read is somebody else's, and is not written to."""
    server.faults.add(Fault(Kind.STATUS, status=403, path="uniqueAttribute", count=1))

    atlan.create("exports")

    assert clock.slept == [1.0]


def test_all_taken(server: Server, atlan: Connections) -> None:
    """Where no name is free, nothing is created."""
    server.faults.add(Fault(Kind.STATUS, status=403, path="uniqueAttribute", count=None))

    with pytest.raises(UnavailableError, match="names of the last 10 seconds are taken"):
        atlan.create("exports")

    assert atlan.s3() == []


def test_rate_limit(server: Server, atlan: Connections) -> None:
    """A creation that was certainly not carried out does not say that it may have been."""
    server.faults.add(Fault(Kind.STATUS, status=429, retry_after=60, path="/entity/bulk"))

    with pytest.raises(RateLimitedError) as caught:
        atlan.create("exports")

    assert "may have been" not in str(caught.value)


def test_no_guid(clock: Waiting) -> None:
    """A response to a creation that does not tell of it is an outage."""
    answers = {
        "current": (200, {"id": "1", "username": "service-account-apikey-1"}),
        "Connection": (404, {"errorCode": "ATLAS-404-00-009", "errorMessage": "none"}),
        "bulk": (200, {"guidAssignments": {}}),
    }
    with Scripted(scripted(answers)) as script, pytest.raises(UnavailableError, match="without its guid"):
        reading(script.url, "local", clock).create("exports")


def test_other_user(clock: Waiting) -> None:
    """A user of a similar name does not become an admin."""
    jane = {"totalRecord": 1, "filterRecord": 1, "records": [{"id": "2", "username": "jane"}]}
    answers = {"current": (200, {"id": "1", "username": "service-account-apikey-1"}), "users": (200, jane)}
    with Scripted(scripted(answers)) as script, pytest.raises(RefusedError, match="Atlan has no user jan;"):
        reading(script.url, "local", clock).create("exports", ["jan"])


def test_no_numbers(clock: Waiting) -> None:
    """A response that does not count tables is an outage, and not a schema without tables."""
    with (
        Scripted(scripted({"indexsearch": (200, {"approximateCount": 1})})) as script,
        pytest.raises(UnavailableError, match="without the numbers"),
    ):
        reading(script.url, "local", clock).tables(["default/postgres/1/a/b"])


def test_views_count(server: Server, atlan: Connections) -> None:
    """Tables and views are counted, archived ones are not, and no schemas need no request."""
    client = crawler.connect(server)
    crawler.connection(client, shop.POSTGRES)
    schema = f"{shop.POSTGRES}/shop/public"
    crawler.tables(client, {f"{schema}/{name}": ["id"] for name in ("a", "b")})
    client.asset.save(View.creator(name="v", schema_qualified_name=schema))
    gone = client.asset.get_by_qualified_name(f"{schema}/b", Table).guid
    client.asset.purge_by_guid([gone], delete_type=AtlanDeleteType.SOFT)
    asked = len(server.faults.log)

    assert atlan.tables([]) == {}
    assert len(server.faults.log) == asked
    assert atlan.tables([schema, f"{schema}2"]) == {schema: 2}


def test_kinds(server: Server, atlan: Connections) -> None:
    """Connections without databases are listed if routes can name what they may have later; archived ones are not."""
    client = crawler.connect(server)
    crawler.connection(client, shop.CONNECTION, shop.POSTGRES, "default/redshift/4", "default/tableau/5")
    crawler.connection(client, "default/databricks/6", "default/athena/7", "default/s3/8")
    gone = client.asset.get_by_qualified_name("default/s3/8", Connection).guid
    client.asset.purge_by_guid([gone], delete_type=AtlanDeleteType.SOFT)

    found, unread = atlan.inventory()

    assert [one.connector for one in found] == ["athena", "databricks", "postgres", "redshift", "s3"]
    assert unread == 0
