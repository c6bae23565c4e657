"""Batches of SQS messages through the real handler: finished, retried, and dead-lettered messages."""

import json
import time

import boto3
import pytest

import handler
from connector import app
from connector.errors import ConfigurationError, TemporarilyFailedError, UnavailableError
from local.aws.context import Context
from local.aws.faults import Fault, Kind, answers
from local.aws.server import Aws
from local.catalog.faults import Kind as Failure
from tests.integration.conftest import World
from tests.support import notice
from tests.support.cloud import Leases, Queues

KEY = "exports/orders.csv"


def test_batch(world: World, queues: Queues) -> None:
    """Messages in all envelopes are applied together, and none is retried."""
    world.put("a b+c.csv")
    world.put("bridged é.csv")
    queues.send(world.body("a b+c.csv"), notice.body((world.bucket, "bridged é.csv"), form="eventbridge"))

    answer = handler.lambda_handler(queues.event(), Context())

    assert answer == {"batchItemFailures": []}
    assert {world.object(key).s3_object_key for key in ("a b+c.csv", "bridged é.csv")} == {"a b+c.csv", "bridged é.csv"}


def test_permanent(world: World, queues: Queues) -> None:
    """A permanent failure goes to the dead-letter queue at once, unchanged, with the reason; the others are applied."""
    world.put(KEY)
    bad = json.dumps(notice.direct(world.record(KEY) | {"eventVersion": "3.0"}))
    queues.send(bad, world.body(KEY))

    answer = handler.lambda_handler(queues.event(), Context())

    assert answer == {"batchItemFailures": []}
    (letter,) = queues.dead_letters()
    said = {name: value["StringValue"] for name, value in letter["MessageAttributes"].items()}
    assert letter["Body"] == bad
    assert (said["reason"], said["hops"]) == ("malformed_event", "1")
    assert "eventVersion" in said["error"]
    assert world.object(KEY).s3_object_key == KEY


def test_attributes(world: World, queues: Queues) -> None:
    """A dead letter has the route, bucket and key."""
    world.s3.delete_bucket(Bucket=world.bucket)
    queues.send(world.body(KEY))

    handler.lambda_handler(queues.event(), Context())

    said = {name: value["StringValue"] for name, value in queues.dead_letters()[0]["MessageAttributes"].items()}
    assert (said["reason"], said["route"], said["bucket"], said["key"]) == ("refused", "all", world.bucket, KEY)


def test_unsendable(world: World, queues: Queues) -> None:
    """A dead letter has the key even if SQS rejects some of its characters in attributes: those are escaped."""
    world.s3.delete_bucket(Bucket=world.bucket)
    queues.send(world.body("a\x00\x1b\uffff\tb é.csv"))

    handler.lambda_handler(queues.event(), Context())

    (letter,) = queues.dead_letters()
    assert letter["MessageAttributes"]["key"]["StringValue"] == "a\\x00\\x1b\\uffff\tb é.csv"


def test_transient(world: World, queues: Queues) -> None:
    """A transient failure is retried, after a delay."""
    world.put(KEY)
    queues.send(world.body(KEY))
    world.fails(kind=Failure.STATUS, status=500)
    event = queues.event()

    answer = handler.lambda_handler(event, Context())

    assert answer == {"batchItemFailures": [{"itemIdentifier": event["Records"][0]["messageId"]}]}
    assert queues.event() == {"Records": []}
    assert queues.dead_letters() == []


@pytest.mark.parametrize(
    ("receives", "age", "dead"),
    [
        pytest.param(9, 2745, 0, id="nine times"),
        pytest.param(10, 3645, 1, id="ten times"),
        pytest.param(10, 200, 0, id="ten times, but most of them only for the lease"),
    ],
)
def test_unexpected(world: World, queues: Queues, receives: int, age: int, dead: int) -> None:
    """After an unexpected error the message is retried a few times; then it is a dead letter."""
    app.application()._delivery._credentials.atlan._client._session.close()  # type: ignore[attr-defined]
    world.put(KEY)
    queues.send(world.body(KEY))
    event = queues.event()
    first = round((time.time() - age) * 1000)
    event["Records"][0]["attributes"] |= {
        "ApproximateReceiveCount": str(receives),
        "ApproximateFirstReceiveTimestamp": str(first),
    }

    answer = handler.lambda_handler(event, Context())

    assert len(answer["batchItemFailures"]) == 1 - dead
    assert [letter["MessageAttributes"]["reason"]["StringValue"] for letter in queues.dead_letters()] == [
        "unexpected"
    ] * dead


@pytest.mark.parametrize("failing", ["transient", "permanent"])
def test_queue_fails(world: World, queues: Queues, failing: str) -> None:
    """When SQS itself fails, the message is returned to the queue, and nothing is lost."""
    body = world.body(KEY) if failing == "transient" else "{}"
    queues.send(body)
    event = queues.event()
    world.put(KEY)
    world.fails(kind=Failure.STATUS, status=500)
    queues.delete()

    answer = handler.lambda_handler(event, Context())

    assert answer == {"batchItemFailures": [{"itemIdentifier": event["Records"][0]["messageId"]}]}


@pytest.mark.parametrize("body", ["{}", None])
def test_without_queue(world: World, body: str | None) -> None:
    """Without the URL of a queue, the connector returns every failed message."""
    world.fails(kind=Failure.STATUS, status=500)

    answer = handler.lambda_handler({"Records": [notice.message(body or world.body(KEY))]}, Context())

    assert answer == {"batchItemFailures": [{"itemIdentifier": "m"}]}


def test_lease_table(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a lease table, the lease is taken in it, and given back."""
    leases = Leases.create(boto3.client("dynamodb"), "table")
    monkeypatch.setenv("LEASE_TABLE", "table")
    app.application.cache_clear()

    world.upload(KEY)

    lease = leases.get()
    leases.delete()
    assert lease.holder
    assert not lease.live


def test_rotated_key(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the API key is rejected, the new key is read from Secrets Manager, and the notification succeeds."""
    secrets = boto3.client("secretsmanager")
    name = f"{world.bucket}/key"
    secrets.create_secret(Name=name, SecretString="old")
    monkeypatch.delenv("ATLAN_API_KEY")
    monkeypatch.setenv("ATLAN_API_KEY_SECRET", name)
    app.application.cache_clear()
    with pytest.raises(TemporarilyFailedError, match="rejects the API key"):
        world.upload(KEY)

    secrets.update_secret(SecretId=name, SecretString="local")
    answer = world.notify(KEY)

    assert answer["notifications"][0]["outcome"] == "applied"


def test_missing_secret(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A secret that cannot be read fails the invocation, and the error names it."""
    monkeypatch.setenv("ATLAN_API_KEY_SECRET", "nowhere")
    app.application.cache_clear()

    with pytest.raises(UnavailableError, match="the secret nowhere cannot be read"):
        world.upload(KEY)


def test_snapshot(world: World) -> None:
    """The client that is built before a snapshot is dropped, and after a restore the connector is built again."""
    world.upload(KEY)
    before = app.application()

    app.warm()
    app.restore()

    assert app.application() is not before
    assert world.notify(KEY)["notifications"][0]["outcome"] == "applied"


def test_faulty_snapshot(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A version with a wrong routes file, or one for other buckets, fails before its snapshot: it is not published."""
    monkeypatch.setenv("BUCKETS", world.bucket)
    app.warm()

    monkeypatch.setenv("BUCKETS", f"{world.bucket},{world.bucket}-raw")
    with pytest.raises(ConfigurationError, match=f"no route takes '{world.bucket}-raw'"):
        app.warm()
    monkeypatch.delenv("BUCKETS")
    world.routes.write_text(world.routes.read_text().replace("orders", "{tabel}"))
    with pytest.raises(ConfigurationError, match=r"uses \{tabel\}, which key does not capture"):
        app.warm()


def test_slow_secret(world: World, aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    The hook after a restore, which has ten seconds, does not wait for Secrets Manager, whatever that does.

    The first invocation reads the secret. If it cannot, it fails, and the next one reads it.
    """
    secret = f"{world.bucket}/key"
    boto3.client("secretsmanager").create_secret(Name=secret, SecretString="local")
    monkeypatch.setenv("ATLAN_API_KEY_SECRET", secret)
    answer = answers.error("secretsmanager", 400, "AccessDeniedException")
    slow = aws.faults.add(Fault(Kind.LATE, "secretsmanager", "GetSecretValue", delay=60, count=None))

    began = time.monotonic()
    app.restore()

    assert time.monotonic() - began < 1
    assert slow.met == 0
    aws.faults.clear()
    aws.faults.add(Fault(Kind.ANSWER, "secretsmanager", "GetSecretValue", answer=answer))
    with pytest.raises(UnavailableError, match="secretsmanager:GetSecretValue"):
        world.upload(KEY)
    assert world.notify(KEY)["notifications"][0]["outcome"] == "applied"
