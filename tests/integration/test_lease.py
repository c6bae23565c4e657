"""The lease in DynamoDB, over HTTP on moto."""

import time
from collections.abc import Callable, Iterator

import boto3
import pytest

from connector.adapters.lease import GRACE, WORK, Dynamo
from connector.adapters.pace import BURST, Pace
from connector.errors import BusyError, UnavailableError
from local.aws.server import Aws
from tests.fakes import Clock

CONNECTION = "default/s3/1"
ACCESS = {"region_name": "us-east-1", "aws_access_key_id": "local", "aws_secret_access_key": "local"}


class Hurried(Clock):
    """A clock of which more goes by in a pause, since the deadline is by another one."""

    def pause(self, seconds: float) -> None:
        super().pause(30)
        time.sleep(seconds / 50)


@pytest.fixture
def clock() -> Clock:
    return Hurried()


@pytest.fixture
def invocation(aws: Aws, clock: Clock) -> Iterator[Callable[[], Dynamo]]:
    """Makes holders, each as in an invocation of its own."""
    client = boto3.client("dynamodb", endpoint_url=aws.url, **ACCESS)
    client.create_table(
        TableName="leases",
        KeySchema=[{"AttributeName": "connection", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "connection", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    yield lambda: Dynamo("leases", Pace(400, clock), client, clock, clock.pause)
    client.delete_table(TableName="leases")


def soon() -> float:
    return time.monotonic() + WORK + 1


def test_undisturbed(invocation: Callable[[], Dynamo]) -> None:
    """Whoever held it last may go on with what is remembered; whoever comes after another may not."""
    ours, theirs = invocation(), invocation()
    found = []

    for holder in (ours, ours, theirs, ours):
        with holder.hold(CONNECTION, soon()) as term:
            found.append(term.undisturbed)

    assert found == [False, True, False, False]


def test_busy(invocation: Callable[[], Dynamo]) -> None:
    """While one holds it, another waits, and gives up when the time would no longer do for the work."""
    with invocation().hold(CONNECTION, time.monotonic() + 3600):
        with (
            pytest.raises(BusyError, match="another invocation"),
            invocation().hold(CONNECTION, time.monotonic() + WORK),
        ):
            pass
        with invocation().hold("default/s3/2", soon()):
            pass


def test_waits(invocation: Callable[[], Dynamo], clock: Clock) -> None:
    """A lease that expires while another waits is theirs."""
    killed = invocation().hold(CONNECTION, time.monotonic() + 10)
    killed.__enter__()
    before = clock.now

    with invocation().hold(CONNECTION, time.monotonic() + WORK + 10):
        waited = clock.now - before

    assert 10 < waited <= 10 + GRACE + 30


def test_killed(invocation: Callable[[], Dynamo], clock: Clock) -> None:
    """The lease of one that was killed is free a grace after its end, and not before."""
    killed = invocation().hold(CONNECTION, time.monotonic() + 20)
    killed.__enter__()

    clock.now += 20 + GRACE - 2
    with pytest.raises(BusyError), invocation().hold(CONNECTION, time.monotonic()):
        pass
    clock.now += 4
    with invocation().hold(CONNECTION, time.monotonic()) as term:
        assert not term.undisturbed


def test_ambiguous(invocation: Callable[[], Dynamo], clock: Clock) -> None:
    """After an ambiguous write nobody gets it for a grace, not even the one who wrote; no longer, either."""
    ours = invocation()
    with ours.hold(CONNECTION, time.monotonic() + 3600) as term:
        term.ambiguous = True

    clock.now += GRACE - 2

    for holder in (ours, invocation()):
        with pytest.raises(BusyError), holder.hold(CONNECTION, time.monotonic()):
            pass
    clock.now += 3
    with ours.hold(CONNECTION, time.monotonic()) as again:
        assert not again.undisturbed


def test_released_late(invocation: Callable[[], Dynamo], clock: Clock) -> None:
    """One that held it for too long does not take it from the one who has it by then."""
    with invocation().hold(CONNECTION, time.monotonic() + 20):
        clock.now += 20 + GRACE + 1
        theirs = invocation().hold(CONNECTION, time.monotonic() + 3600)
        theirs.__enter__()

    with pytest.raises(BusyError), invocation().hold(CONNECTION, time.monotonic()):
        pass


def test_pace(invocation: Callable[[], Dynamo], clock: Clock) -> None:
    """Whoever writes next goes on at the pace of the one before, as if it had sent the requests itself."""
    ours, theirs = invocation(), invocation()
    with ours.hold(CONNECTION, soon()):
        for _ in range(BURST):
            ours.pace.spend()

    with theirs.hold(CONNECTION, soon()):
        assert theirs.pace.due == pytest.approx(clock.now + BURST * 60 / 400, abs=0.01)


def test_no_table(aws: Aws) -> None:
    """A table that is not there is an error that says so, and not a lease."""
    client = boto3.client("dynamodb", endpoint_url=aws.url, **ACCESS)

    lease = Dynamo("none", Pace(400), client)

    with pytest.raises(UnavailableError, match="DynamoDB fails"), lease.hold(CONNECTION, soon()):
        pass
