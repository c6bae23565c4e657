"""
Every alarm of the stack rings when it should, and none when it should not.

Production's delivery, lease, sync and journal run for hours of simulated time; `tests/support/watch.py` has the rest.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from connector import log
from connector.core.budget import GRACE
from connector.core.envelope import HOPS
from connector.errors import (
    ConfigurationError,
    ConnectorError,
    ForbiddenError,
    RateLimitedError,
    UnauthorizedError,
    UnavailableError,
    UnexpectedError,
)
from connector.lease import InProcess
from connector.ports import Held, Item
from tests.support import shop
from tests.support.cloudwatch import Metric
from tests.support.watch import FUNCTION, Watch
from tests.support.world import key
from tests.unit.test_stack import MODES, Stack, written

pytestmark = pytest.mark.unmeasured

HOLDING = {"AgeAlarm", "FailingAlarm", "StalledAlarm"}
"""What rings when no message is finished because of an error."""


@cache
def definitions(hours: int = 0) -> dict[str, Any]:
    """The alarms of a stack that has every one of them, and the connector's name for `service`."""
    stack = Stack(**MODES["existing"], SilenceHours=hours, **{"AWS::StackName": log._SERVICE})
    found = stack.of("AWS::CloudWatch::Alarm")
    for alarm in found.values():
        for one in (alarm, *(query["MetricStat"]["Metric"] for query in alarm.get("Metrics", ())[1:])):
            for dimension in one.get("Dimensions", ()):
                dimension["Value"] = written(dimension["Value"])
    return found


@pytest.fixture(params=[(0, True), (3, False)], ids=["zeros", "no zeros"])
def watch(request: pytest.FixtureRequest) -> Watch:
    """A stack without traffic; CloudWatch looks at no or at some more periods, and SQS reports zeros or does not."""
    spare, zeros = request.param
    return Watch(definitions(), spare, zeros)


def down(watch: Watch, error: ConnectorError | None) -> Callable[[], None]:
    """Let Atlan answer each request of a writer like this from now on, or answer again."""

    def happen() -> None:
        watch.world.catalog.left = 1_000_000 if error is None else 0
        if error:
            watch.world.catalog.death = error

    return happen


def test_healthy(watch: Watch) -> None:
    """None rings while objects come, nor when no more do."""
    watch.uploads(0, 3, every=1 / 12)

    watch.run(5)

    assert watch.raised() == set()
    assert not watch.queue.messages


@pytest.mark.parametrize(
    "error", [UnavailableError("503"), UnavailableError("504", ambiguous=True), UnauthorizedError("401")]
)
def test_transient(watch: Watch, error: ConnectorError) -> None:
    """None rings when a single request fails."""
    watch.uploads(0, 2, every=1 / 12)
    watch.at(0.5, lambda: watch.world.catalog.refuse.append(error))

    watch.run(3)

    assert watch.raised() == set()


def test_short_outage(watch: Watch) -> None:
    """None rings when Atlan is down for ten minutes."""
    watch.uploads(0, 2, every=1 / 12)
    watch.at(0.5, down(watch, UnavailableError("503")))
    watch.at(0.66, down(watch, None))

    watch.run(3)

    assert watch.raised() == set()


def test_burst() -> None:
    """
    None rings while a backlog is worked off for hours: messages wait in the queue, for the lease and for time, and one
    request fails once.
    """
    watch = Watch(definitions(), spare=3, batch=3)
    watch.world.catalog.seconds = 12.0
    items, connection = watch.world.items, "default/s3/1"

    def hold() -> None:
        """Another invocation has the lease for 45 seconds."""
        now = watch.clock.now
        assert isinstance(items.take(connection, "rival", now, now + 45 + GRACE), Item)
        watch.at((now - watch.began + 45) / 3600, lambda: items.end(connection, "rival", watch.clock.now, 0.0))

    watch.at(0, lambda: watch.upload(*map(str, range(900))))
    for number in range(1, 12):
        watch.at(number / 6, hold)
    watch.at(1.1, lambda: watch.world.catalog.refuse.append(UnavailableError("503")))

    watch.run(4)

    assert not watch.queue.messages
    assert watch.last > 3600
    assert watch.raised() == set()


OUTAGES = {
    "expired key": UnauthorizedError("401"),
    "Atlan is down": UnavailableError("503"),
    "no answers": UnavailableError("no response", ambiguous=True),
    "rate limit": RateLimitedError("429", retry_after=300),
}


@pytest.mark.parametrize("every", [1 / 12, 10.0], ids=["steady uploads", "one upload"])
@pytest.mark.parametrize("error", OUTAGES.values(), ids=OUTAGES.keys())
def test_outage(watch: Watch, error: ConnectorError, every: float) -> None:
    """
    While nothing can be written, alarms ring, within 30 minutes for many messages, 35 for one.

    They ring once, not at each retry, and end within an hour after the cause.
    """
    watch.uploads(0, max(3.5, every), every)
    down(watch, error)()
    watch.at(3, down(watch, None))

    watch.run(3)

    assert watch.on() == HOLDING
    assert watch.first("AgeAlarm") <= (30 if every < 1 else 35)
    assert all(watch.first(name) <= 40 for name in HOLDING)
    watch.run(4.3)
    assert watch.on() == set()
    watch.run(5)
    assert watch.raised() == HOLDING
    assert {watch.rung(name) for name in HOLDING} == {1}
    assert watch.queue.dead == []


def test_one_object(watch: Watch) -> None:
    """A message that is retried for long rings while all others are finished; only the alarm that is about it."""
    watch.uploads(0, 3, every=1 / 12)
    watch.world.store.errors[key("stuck")] = UnavailableError("S3 returned 503")
    watch.at(0.1, lambda: watch.upload("stuck"))
    watch.at(2, watch.world.store.errors.clear)

    watch.run(3)

    assert watch.raised() == {"AgeAlarm"}
    assert watch.rung("AgeAlarm") == 1
    assert watch.on() == set()


def test_flaky(watch: Watch) -> None:
    """When most requests fail, messages are finished late, and an alarm says that Atlan is not well."""
    watch.uploads(0, 3, every=1 / 12)
    for number in range(36):
        watch.at(number / 12, lambda: watch.world.catalog.refuse.extend([UnavailableError("503")] * 2))

    watch.run(3)

    assert watch.raised() == {"FailingAlarm"}


@pytest.mark.parametrize("refused", [1, 18], ids=["one object", "all objects"])
def test_dead_letters(watch: Watch, refused: int) -> None:
    """A dead letter rings within minutes, and until it is redriven; if most messages are dead, that rings, too."""
    watch.uploads(0, 1.5, every=1 / 12)
    for number in range(refused):
        watch.world.store.errors[key(f"0-{number}")] = ForbiddenError("S3 denies access")

    watch.run(1.5)

    assert watch.on() == ({"DeadLettersAlarm"} if refused == 1 else {"DeadLettersAlarm", "FailingAlarm"})
    assert watch.first("DeadLettersAlarm") <= 5
    watch.at(1.6, watch.queue.dead.clear)
    watch.run(3)
    assert watch.on() == set()
    assert watch.rung("DeadLettersAlarm") == 1


def test_unexpected(watch: Watch) -> None:
    """An error that is a bug rings while it is retried, and as a dead letter after an hour."""
    watch.world.store.errors[key("odd")] = UnexpectedError("KeyError")
    watch.upload("odd")

    watch.run(1)
    assert watch.on() == HOLDING

    watch.run(4)
    assert watch.on() == {"DeadLettersAlarm"}


def test_loop(watch: Watch) -> None:
    """A message that is redriven in a loop is kept in the queue, and rings."""
    watch.upload("1")
    (name,) = watch.queue.messages
    watch.queue.messages[name] = replace(watch.queue.messages[name], hops=HOPS)

    watch.run(2)

    assert watch.on() == HOLDING


def test_incomplete() -> None:
    """Half of a lineage rings, once, however often it comes each night, and ends a day after it is whole."""
    watch = Watch({"IncompleteAlarm": definitions()["IncompleteAlarm"]}, spare=3, look=1800.0)
    watch.world.atlan.drop_table(shop.ORDERS[1])
    for night in range(4):
        watch.at(24 * night + 1, lambda night=night: watch.upload(f"night-{night}"))
    watch.at(80, lambda: watch.world.atlan.add_table(shop.ORDERS[1], ()))

    watch.run(80)
    assert watch.on() == {"IncompleteAlarm"}
    watch.run(110)
    assert watch.on() == set()
    assert watch.rung("IncompleteAlarm") == 1


def test_cannot_start(watch: Watch) -> None:
    """A function that fails before it does anything rings by Lambda's metrics, since it has none of its own."""
    watch.uploads(0, 4, every=1 / 2)
    watch.broken = ConfigurationError("the environment", ["DEPLOYMENT is not set"])

    watch.run(3)

    assert watch.on() == {"ErrorsAlarm", "StalledAlarm"}
    assert watch.first("ErrorsAlarm") <= 20
    assert {watch.rung(name) for name in watch.raised()} == {1}
    watch.broken = None
    watch.run(5)
    assert watch.on() == set()


def test_fails_once(watch: Watch) -> None:
    """None rings when one invocation fails, as when Secrets Manager does not answer once."""
    watch.uploads(0, 2, every=1 / 12)
    watch.at(0.5, lambda: setattr(watch, "broken", UnavailableError("the secret cannot be read")))
    watch.at(0.55, lambda: setattr(watch, "broken", None))

    watch.run(3)

    assert watch.raised() == set()
    assert not watch.queue.messages


@pytest.mark.parametrize("hours", [2, 30])
def test_not_invoked(watch: Watch, hours: float) -> None:
    """When the function is not invoked, as when no snapshot can be restored, what waits in the queue rings."""
    watch.off = True
    watch.at(0.2, lambda: watch.upload("1"))

    watch.run(hours)

    assert watch.on() == {"StalledAlarm"}
    assert watch.first("StalledAlarm") <= 60
    watch.off = False
    watch.run(hours + 1)
    assert watch.on() == set()


def test_lease_never_free(watch: Watch) -> None:
    """When no invocation gets the lease, no message has failed, and what waits in the queue rings."""
    watch.world.items = watch.world.lease._lease.items = Taken()
    watch.uploads(0, 2, every=1 / 12)

    watch.run(2)

    assert watch.on() == {"StalledAlarm"}


class Taken(InProcess):
    """Items that somebody else always has."""

    def take(self, connection: str, holder: str, now: float, expires: float) -> Held:
        return Held(now + 500)


@pytest.mark.parametrize(
    ("alarm", "metric", "times"),
    [
        pytest.param("ThrottlesAlarm", ("AWS/Lambda", "Throttles", FUNCTION), 15, id="throttled"),
        pytest.param("LostAlarm", ("AWS/Lambda", "DestinationDeliveryFailures", FUNCTION), 1, id="direct event lost"),
        pytest.param("UndeliveredAlarm", ("AWS/Events", "InvocationsFailedToBeSentToDlq", "Rule"), 1, id="EventBridge"),
    ],
)
def test_service(watch: Watch, alarm: str, metric: Metric, times: int) -> None:
    """What only AWS can see rings by its metrics, and ends when they do."""
    watch.uploads(0, 3, every=1 / 12)
    for number in range(times):
        watch.at(1 + number / 60, lambda: watch.metrics.put(metric, watch.clock.now, 1))

    watch.run(3)

    assert watch.raised() == {alarm}
    assert watch.on() == set()


@pytest.mark.parametrize(
    ("hours", "spare", "zeros"), [(1, 0, True), (1, 3, False), (24, 0, True), (24, 3, False), (168, 3, False)]
)
def test_silence(hours: int, spare: int, zeros: bool) -> None:
    """If somebody wants to know, hours without a notification ring, not one hour earlier, until the next comes."""
    watch = Watch(
        {"SilenceAlarm": definitions(hours)["SilenceAlarm"]}, spare, zeros, look=60.0 if hours == 1 else 1800.0
    )
    watch.uploads(0, hours, every=0.7)
    last = max(0.7 * (int(hours / 0.7) - 1), 0.0)
    watch.at(last + hours + 3, lambda: watch.upload("at last"))

    watch.run(hours + last - 0.1)
    assert watch.states["SilenceAlarm"][-1] is False
    watch.run(hours + last + 2)
    assert watch.on() == {"SilenceAlarm"}
    watch.run(hours + last + 3.5)
    assert watch.on() == set()


def test_all() -> None:
    """No alarm is left out: each is raised by one of these tests."""
    assert definitions().keys() | definitions(24).keys() == HOLDING | {
        "DeadLettersAlarm",
        "ErrorsAlarm",
        "IncompleteAlarm",
        "LostAlarm",
        "SilenceAlarm",
        "ThrottlesAlarm",
        "UndeliveredAlarm",
    }
    assert "SilenceAlarm" not in definitions()
