"""The store of leases: one contract for items in memory and for items in DynamoDB, over HTTP on moto."""

from collections.abc import Iterator
from math import inf

import pytest

from connector.adapters.dynamodb import Table
from connector.core.budget import LONGEST_HOLD, LONGEST_LEASE, WORK, Deadline
from connector.errors import UnavailableError
from connector.lease import InProcess, Lease
from connector.limiter import Limiter
from connector.ports import Held, Item, Items
from local.aws.client import connect
from local.aws.faults import Fault, Kind, answers
from local.aws.server import Aws
from tests.support.clock import Clock
from tests.support.cloud import Leases
from tests.support.journal import Journal

CONNECTION = "default/s3/1"


@pytest.fixture(params=["in process", "DynamoDB"])
def items(aws: Aws, request: pytest.FixtureRequest) -> Iterator[Items]:
    if request.param == "in process":
        yield InProcess()
        return
    client = connect("dynamodb", aws.url)
    leases = Leases.create(client, "leases")
    yield Table("leases", client)
    leases.delete()


def test_take(items: Items) -> None:
    """An item is taken if it is absent or expired, and the previous item is returned."""
    assert items.take(CONNECTION, "a", now=100, expires=200) == Item()
    assert items.take(CONNECTION, "b", now=199, expires=300) == Held(200)
    assert items.take("default/s3/2", "b", now=199, expires=300) == Item()
    assert items.take(CONNECTION, "b", now=200, expires=300) == Item("a")


def test_take_twice(items: Items) -> None:
    """A request that was carried out twice finds its own holder, and succeeds."""
    items.take(CONNECTION, "a", now=100, expires=200)

    assert items.take(CONNECTION, "a", now=100, expires=200) == Item("a")


def test_end(items: Items) -> None:
    """An item that was ended is free at its expiry, and passes its state on."""
    items.take(CONNECTION, "a", now=100, expires=200)

    items.end(CONNECTION, "a", expires=160, due=123.5)

    assert items.take(CONNECTION, "b", now=159, expires=300) == Held(160)
    assert items.take(CONNECTION, "b", now=160, expires=300) == Item("a", 123.5)


def test_end_of_others(items: Items) -> None:
    """A holder does not end an item that another holder has; ending never creates an item."""
    items.take(CONNECTION, "a", now=100, expires=200)
    items.take(CONNECTION, "b", now=200, expires=300)

    items.end(CONNECTION, "a", expires=0, due=9.0)
    items.end("default/s3/2", "a", expires=0, due=9.0)

    assert items.take(CONNECTION, "c", now=299, expires=400) == Held(300)
    assert items.take("default/s3/2", "c", now=299, expires=400) == Item()


@pytest.mark.parametrize("expires", [101 + LONGEST_LEASE, 4_070_908_800, 1e15])
def test_far(items: Items, expires: float) -> None:
    """An item that expires later than anybody could have set it holds nobody."""
    items.take(CONNECTION, "a", now=100, expires=expires)

    assert items.take(CONNECTION, "b", now=100, expires=200) == Item("a")


def test_longest(items: Items) -> None:
    """The longest lease that somebody can set is kept."""
    items.take(CONNECTION, "a", now=100, expires=100 + LONGEST_LEASE)

    assert items.take(CONNECTION, "b", now=100, expires=200) == Held(100 + LONGEST_LEASE)


def test_far_due(items: Items) -> None:
    """What another writer hands on holds for 15 minutes at most, whoever reads it, and is written as such."""
    clock = Clock()
    items.take(CONNECTION, "a", now=0, expires=10)
    items.end(CONNECTION, "a", expires=0, due=32_503_680_000.0)
    limiter = Limiter(400, clock)

    with Lease(items, limiter, clock, lambda: "b", Journal()).hold(CONNECTION, Deadline(clock.now + WORK)):
        assert limiter.due <= clock.now + LONGEST_HOLD + 2

    found = items.take(CONNECTION, "c", now=clock.now + 1, expires=clock.now + 9)
    assert isinstance(found, Item)
    assert found.due <= clock.now + LONGEST_HOLD + 2


@pytest.mark.parametrize(
    ("attributes", "due"),
    [
        pytest.param({"expires_at": {"S": "soon"}}, 0.0, id="expires in words"),
        pytest.param({}, 0.0, id="does not say when it expires"),
        pytest.param({"expires_at": {"N": "1"}, "due": {"S": "later"}}, 0.0, id="due in words"),
        pytest.param({"expires_at": {"N": "1"}, "due": {"N": "-5"}}, 0.0, id="due before 1970"),
        pytest.param({"expires_at": {"N": "1"}, "due": {"N": "1E+100"}}, 0.0, id="due when the sun is out"),
        pytest.param({"expires_at": {"N": "1"}, "holder": {"N": "7"}}, 0.0, id="a number for a holder"),
    ],
)
def test_odd_item(aws: Aws, items: Items, attributes: dict[str, object], due: float) -> None:
    """An item that nobody of us wrote is taken like an expired one."""
    if isinstance(items, InProcess):
        pytest.skip("stores what it is given")
    client = connect("dynamodb", aws.url)
    client.put_item(TableName="leases", Item={"connection": {"S": CONNECTION}, "holder": {"S": "a"}} | attributes)

    found = items.take(CONNECTION, "b", now=100, expires=200)

    assert isinstance(found, Item)
    assert found.due == due


def test_odd_failure(aws: Aws) -> None:
    """If DynamoDB does not say until when another holder has the lease, it may be any time."""
    client = connect("dynamodb", aws.url)
    leases = Leases.create(client, "leases")
    items = Table("leases", client)
    items.take(CONNECTION, "a", now=100, expires=200)
    armed = aws.faults.add(
        Fault(
            Kind.ANSWER,
            "dynamodb",
            "PutItem",
            answer=answers.error("dynamodb", 400, "ConditionalCheckFailedException"),
        )
    )

    assert items.take(CONNECTION, "b", now=199, expires=300) == Held(inf)

    aws.faults.remove(armed)
    leases.delete()


def test_no_table(aws: Aws) -> None:
    """A missing table is an error, not a lease."""
    clock = Clock()
    items = Table("none", connect("dynamodb", aws.url))
    lease = Lease(items, Limiter(400, clock), clock, lambda: "a", Journal())

    with (
        pytest.raises(UnavailableError, match=r"the lease of default/s3/1: DynamoDB rejects.*check LEASE_TABLE"),
        lease.hold(CONNECTION, Deadline(clock.now + WORK)),
    ):
        pass
    with pytest.raises(UnavailableError, match="dynamodb:UpdateItem"):
        items.end(CONNECTION, "a", expires=0, due=0)
