"""A batch of 1,000 messages and a slow Atlan, by the real clock; `test_delivery` has it by a simulated one."""

import os
import time
from typing import Any

import pytest
from pyatlan.model.assets import S3Object

import handler
from local.aws import batch
from local.aws.context import Context
from local.catalog.faults import Kind
from tests.integration.conftest import World
from tests.support import notice
from tests.support.cloud import Queues

MESSAGES, SECONDS, SAVE = 1000, 120.0, 3.0


@pytest.mark.skipif("SOAK" not in os.environ, reason="takes six minutes; see `make soak`")
@pytest.mark.timeout(1800)
def test_large(world: World, queues: Queues) -> None:
    """With 3 s a save, each invocation ends in time and finishes what it did, until the queue is empty."""
    world.tables()
    keys = [f"{number}.csv" for number in range(MESSAGES)]
    for start in range(0, MESSAGES, 10):
        part = keys[start : start + 10]
        for key in part:
            world.put(key)
        bodies = (notice.body((world.bucket, key)) for key in part)
        entries = [{"Id": str(number), "MessageBody": body} for number, body in enumerate(bodies)]
        queues.sqs.send_message_batch(QueueUrl=queues.url, Entries=entries)
    world.fails(kind=Kind.LATE, path="entity/bulk", delay=SAVE, count=None)

    invocations = 0
    while sum(queues.waiting()):
        event = received(queues)
        ends = time.monotonic() + SECONDS
        answer = handler.lambda_handler(event, Context(deadline=ends))
        invocations += 1
        assert time.monotonic() < ends
        failed = batch.failures(answer, {record["messageId"] for record in event["Records"]})
        finished = [record for record in event["Records"] if record["messageId"] not in failed]
        assert finished
        for record in finished:
            queues.finish(record["receiptHandle"])

    assert invocations <= 3
    assert len(world.active(S3Object)) == MESSAGES


def received(queues: Queues) -> dict[str, Any]:
    """Receive all that is visible, as Lambda's pollers do for one large batch, after the delays are over."""
    records: list[Any] = []
    while not records and sum(queues.waiting()):
        while more := queues.event()["Records"]:
            records += more
        time.sleep(0 if records else 1)
    return {"Records": records}
