"""Where leases are stored: one contract for the items in this process, and for those in DynamoDB, over HTTP on moto."""

from collections.abc import Iterator

import pytest

from connector.adapters.dynamodb import Table
from connector.core.budget import WORK, Deadline
from connector.errors import UnavailableError
from connector.lease import InProcess, Lease
from connector.limiter import Limiter
from connector.ports import Item, Items
from local.aws.client import connect
from local.aws.server import Aws
from tests.support.clock import Clock
from tests.support.cloud import Leases

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
    """An item is taken where there is none, or an expired one, and is returned as it was before."""
    assert items.take(CONNECTION, "a", now=100, expires=200) == Item()
    assert items.take(CONNECTION, "b", now=199, expires=300) is None
    assert items.take("default/s3/2", "b", now=199, expires=300) == Item()
    assert items.take(CONNECTION, "b", now=200, expires=300) == Item("a")


def test_take_twice(items: Items) -> None:
    """A request that was carried out twice finds its own holder, and succeeds."""
    items.take(CONNECTION, "a", now=100, expires=200)

    assert items.take(CONNECTION, "a", now=100, expires=200) == Item("a")


def test_end(items: Items) -> None:
    """An item that was ended is free when it says so, and hands on what it was given."""
    items.take(CONNECTION, "a", now=100, expires=200)

    items.end(CONNECTION, "a", expires=160, due=123.5)

    assert items.take(CONNECTION, "b", now=159, expires=300) is None
    assert items.take(CONNECTION, "b", now=160, expires=300) == Item("a", 123.5)


def test_end_of_others(items: Items) -> None:
    """One whose item somebody else has by now does not end it; nor is an item made by ending it."""
    items.take(CONNECTION, "a", now=100, expires=200)
    items.take(CONNECTION, "b", now=200, expires=300)

    items.end(CONNECTION, "a", expires=0, due=9.0)
    items.end("default/s3/2", "a", expires=0, due=9.0)

    assert items.take(CONNECTION, "c", now=299, expires=400) is None
    assert items.take("default/s3/2", "c", now=299, expires=400) == Item()


def test_no_table(aws: Aws) -> None:
    """A table that is not there is an error that says so, and not a lease."""
    clock = Clock()
    items = Table("none", connect("dynamodb", aws.url))
    lease = Lease(items, Limiter(400, clock), clock, lambda: "a")

    with (
        pytest.raises(UnavailableError, match="the lease of default/s3/1: the DynamoDB request failed"),
        lease.hold(CONNECTION, Deadline(clock.now + WORK)),
    ):
        pass
    with pytest.raises(UnavailableError, match="the DynamoDB request failed"):
        items.end(CONNECTION, "a", expires=0, due=0)
