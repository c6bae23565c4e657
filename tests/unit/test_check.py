"""What `check` finds, with everything around the connector in memory: each failure concerns only its own thing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from connector.check import Checker, Places
from connector.core.diagnosis import Diagnosis, Status
from connector.core.site import Connection, Notices, Queue, Rule, Subscription
from connector.errors import ConnectorError, ForbiddenError, RefusedError, UnavailableError
from tests.support.shop import BUCKET, CONNECTION, POSTGRES, SNOWFLAKE, single
from tests.support.world import World, key, parsed
from tests.unit.test_subscription import ARN, EVERYTHING, RULE, allowing, rule, where

DENIED = ForbiddenError("it: AWS denies access; grant the permission")
LOST = RefusedError("it: AWS rejects the request; check the name")
DOWN = UnavailableError("it: no response; it is retried")


@dataclass
class Around:
    """AWS and the API key, all in order; `errors` has what a read answers instead, by its name."""

    errors: dict[str, ConnectorError] = field(default_factory=dict)
    where: str = "eu-west-1"
    notifications: Notices = field(default_factory=lambda: Notices((Subscription(ARN, EVERYTHING),)))
    found: Queue = field(default_factory=lambda: Queue(ARN, allowing()))
    bridge: Rule = field(default_factory=rule)
    keys: Mapping[str, str] = field(default_factory=lambda: {"connection": "S"})
    connections: Mapping[str, Connection] = field(
        default_factory=lambda: dict.fromkeys((CONNECTION, POSTGRES, SNOWFLAKE), Connection(True, frozenset({"me"})))
    )

    def _told(self, name: str, value: Any) -> Any:
        if name in self.errors:
            raise self.errors[name]
        return value

    def region(self, bucket: str) -> str:
        return self._told("region", self.where)

    def notices(self, bucket: str) -> Notices:
        return self._told("notices", self.notifications)

    def queue(self, url: str) -> Queue:
        return self._told(url, self.found if url == "queue" else Queue(ARN))

    def rule(self, arn: str) -> Rule:
        return self._told("rule", self.bridge)

    def table(self, name: str) -> Mapping[str, str]:
        return self._told("table", self.keys)

    def user(self) -> str:
        return self._told("user", "me")

    def connection(self, name: str, user: str) -> Connection:
        return self._told("connection", self.connections.get(name, Connection(active=False)))


def checked(around: Around, world: World | None = None, places: Places | None = None) -> list[Diagnosis]:
    world = world or stocked()
    places = places or Places("leases", "queue", "dead")
    return Checker(parsed(world.routes), (world.store, world.catalog, around, around), places).check()


def stocked() -> World:
    world = World()
    world.put(key("1"), "raw/x")
    return world


def wrong(found: list[Diagnosis]) -> list[tuple[Status, str]]:
    return [(one.status, one.thing) for one in found if one.status is not Status.OK]


def test_in_order() -> None:
    """Where all is in order, each thing is told as that."""
    found = checked(Around())

    assert wrong(found) == []
    assert {one.thing for one in found} == {
        "settings",
        "routes",
        "queue",
        "dead-letter queue",
        "route exports",
        "route raw",
        f"notifications of {BUCKET}",
        "lease table",
        "Atlan",
        f"connection {CONNECTION}",
        f"connection {POSTGRES}",
        f"connection {SNOWFLAKE}",
        "tables",
    }


FAILURES = [
    pytest.param({"region": LOST}, [(Status.ERROR, f"bucket {BUCKET}")], id="no bucket"),
    pytest.param({"region": DENIED}, [(Status.UNKNOWN, f"bucket {BUCKET}")], id="bucket denied"),
    pytest.param({"notices": DENIED}, [(Status.UNKNOWN, f"notifications of {BUCKET}")], id="notifications denied"),
    pytest.param({"notices": DOWN}, [(Status.ERROR, f"notifications of {BUCKET}")], id="no notifications"),
    pytest.param({"dead": LOST}, [(Status.ERROR, "dead-letter queue")], id="no dead-letter queue"),
    pytest.param(
        {"queue": LOST}, [(Status.ERROR, "queue"), (Status.UNKNOWN, f"notifications of {BUCKET}")], id="no queue"
    ),
    pytest.param({"table": LOST}, [(Status.ERROR, "lease table")], id="no table"),
    pytest.param({"table": DENIED}, [(Status.UNKNOWN, "lease table")], id="table denied"),
    pytest.param({"user": DOWN}, [(Status.ERROR, "Atlan")], id="no Atlan"),
    pytest.param(
        {"connection": ForbiddenError("c: Atlan denies access; give the API key a persona")},
        [(Status.ERROR, f"connection {name}") for name in (CONNECTION, POSTGRES, SNOWFLAKE)],
        id="connections denied",
    ),
]


@pytest.mark.parametrize(("errors", "expected"), FAILURES)
def test_failure(errors: dict[str, ConnectorError], expected: list[tuple[Status, str]]) -> None:
    """What fails is told for its own thing; what is denied cannot be told; all else is checked all the same."""
    found = checked(Around(errors))

    assert wrong(found) == expected
    assert all(one.step for one in found if one.status is not Status.OK)


AROUND = [
    pytest.param({"where": "us-east-1"}, Status.ERROR, "the queue in eu-west-1", id="region"),
    pytest.param({"found": Queue(ARN, allowing(), "alias/aws/sqs")}, Status.ERROR, "S3 may not use", id="key"),
    pytest.param({"keys": {"id": "N"}}, Status.ERROR, "id (N)", id="another table"),
    pytest.param({"connections": {}}, Status.ERROR, "no active connection", id="no connections"),
    pytest.param({"notifications": Notices()}, Status.ERROR, "sends none", id="no notifications"),
]


@pytest.mark.parametrize(("changes", "status", "fact"), AROUND)
def test_around(changes: dict[str, Any], status: Status, fact: str) -> None:
    """What is not as it should be is told, with the next step."""
    found = checked(Around(**changes))

    assert [one for one in found if one.status is status and fact in one.fact and one.step]


@pytest.mark.parametrize(
    ("errors", "status"),
    [
        pytest.param({}, Status.OK, id="a rule"),
        pytest.param({"rule": DENIED}, Status.UNKNOWN, id="denied"),
        pytest.param({"rule": DOWN}, Status.UNKNOWN, id="no endpoint in a private network"),
        pytest.param({"rule": LOST}, Status.ERROR, id="no such rule"),
    ],
)
def test_rule(errors: dict[str, ConnectorError], status: Status) -> None:
    """The rule that the queue's policy names is read; a policy may name one that is gone."""
    queue = Queue(ARN, allowing("events", **where("ArnEquals", arn=RULE)))

    found = checked(Around(errors, notifications=Notices(bridged=True), found=queue))

    assert [one.status for one in found if one.thing.startswith("notifications")] == [status]


def test_no_places() -> None:
    """Without queue and table, it is told what is not known, and what that means."""
    found = checked(Around(), places=Places("", "", ""))

    assert wrong(found) == [
        (Status.WARNING, "lease table"),
        (Status.UNKNOWN, "queue"),
        (Status.UNKNOWN, f"notifications of {BUCKET}"),
    ]


def test_samples() -> None:
    """One object of each route is read as the function would; its tables have to be there."""
    world = World()
    world.put("exports/public/orders/README", key("1"), "exports/public/new/1.csv")
    first = "exports/public/new/1.csv"
    found = {one.thing: one for one in checked(Around(), world)}
    world.store.errors[first] = DENIED
    denied = {one.thing: one for one in checked(Around(), world)}
    world.store.errors[BUCKET] = DENIED
    unlisted = {one.thing: one for one in checked(Around(), world)}

    assert found["route exports"].fact == f"it takes s3://{BUCKET}/{first}, which the role may read"
    assert f"which route exports, for s3://{BUCKET}/{first} names" in found["table new"].fact
    assert found["route raw"].status is Status.WARNING
    assert denied["route exports"].status is unlisted["route exports"].status is Status.ERROR


def test_nothing_taken() -> None:
    """A route that takes none of the keys that begin as it does is a warning, with one of them to explain."""
    world = World()
    world.put("exports/a.txt")

    found = {one.thing: one for one in checked(Around(), world)}

    assert found["route exports"].commands == (f"python -m connector explain s3://{BUCKET}/exports/a.txt",)


@pytest.mark.parametrize("table", [f"{POSTGRES}/shop/public/order", "default/postgres/99/a/b/c"])
def test_literal(table: str) -> None:
    """A table that a route names without a variable has to be in Atlan; the nearest is told."""
    world = World(single(BUCKET, (table, f"{SNOWFLAKE}/DB/PUBLIC/ORDERS")))

    found = {one.thing: one for one in checked(Around(), world)}

    told = found[f"table {table.rpartition('/')[2]}"]
    assert told.status is Status.ERROR
    assert "which `source` of the route all names" in told.fact
    assert found["tables"].fact == "Atlan has 1 of the 2 tables that routes name"


def test_tables_fail() -> None:
    """If the tables cannot be read, that is told; with routes without tables, there is nothing to read."""
    world = stocked()
    world.catalog.errors["search tables"] = DOWN
    failed = checked(Around(), world)
    empty = checked(Around(), World(single(BUCKET, ("", "")).replace(', "source": "", "target": ""', "")))

    assert (Status.ERROR, "tables") in wrong(failed)
    assert "tables" not in {one.thing for one in empty}
