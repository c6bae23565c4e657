"""The lines that the real handler prints are what the alarms are about."""

import time

import pytest

import handler
from local.aws.context import Context
from local.catalog.faults import Kind
from tests.integration.conftest import World
from tests.support.cloud import Queues
from tests.support.cloudwatch import Alarm, Metrics
from tests.unit.test_alarms import definitions

RECEIVED = (0, 15, 45, 105, 225, 465, 945, 1845)
"""Seconds after its first receive at which a message that always fails is received again."""


@pytest.mark.parametrize("expired", [False, True])
def test_expired_key(world: World, queues: Queues, capsys: pytest.CaptureFixture[str], expired: bool) -> None:
    """A key that Atlan rejects raises an alarm, by the age that SQS gives each message; one that it accepts, none."""
    world.put("orders.csv")
    queues.send(world.body("orders.csv"))
    event, metrics = queues.event(), Metrics()
    alarms = {name: Alarm(one, metrics, spare=0, fills=True) for name, one in definitions().items()}
    if expired:
        world.fails(kind=Kind.STATUS, status=401, count=None)

    for number, seconds in enumerate(RECEIVED, start=1):
        event["Records"][0]["attributes"] |= {
            "ApproximateReceiveCount": str(number),
            "ApproximateFirstReceiveTimestamp": str(round((time.time() - seconds) * 1000)),
        }
        handler.lambda_handler(event, Context())
        for line in capsys.readouterr().out.splitlines():
            if "_aws" in line:
                metrics.read(line, at=seconds)

    assert alarms["AgeAlarm"].on(now=1860) is expired
    assert alarms["FailingAlarm"].on(now=1860) is expired
