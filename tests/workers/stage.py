"""Everything around the workers: S3, SQS and DynamoDB on moto, the embedded catalog with its tables, and routes."""

import json
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import httpx

from local.aws.client import REGION, connect
from local.aws.server import Aws
from local.catalog.people import records
from local.catalog.server import Server
from tests.workers.truth import BUCKET, CONNECTION, DEPLOYMENT, ROUTES, WAREHOUSE

LAG = 1.0
"""Seconds until a search finds what was written."""

_TABLE = "workers"
_guids = count(1)


@dataclass(frozen=True, slots=True)
class Lease:
    """The item in DynamoDB: who has the lease, and when it ends, in seconds since 1970."""

    holder: str = ""
    ends: float = 0.0

    @property
    def live(self) -> bool:
        """Tell whether nobody else may take it now; whole seconds, as the connector has them."""
        return self.ends > round(time.time())


@dataclass(frozen=True, slots=True)
class Stage:
    """`inbox` is where S3's notifications arrive; `queue` is the one that the workers read."""

    aws: Aws
    catalog: Server
    s3: Any
    sqs: Any
    dynamodb: Any
    inbox: str
    queue: str
    dead: str

    def environment(self, folder: Path) -> Mapping[str, str]:
        """Give the connector's settings, with the routes file in *folder*."""
        routes = folder / "routes.json"
        routes.write_text(json.dumps(ROUTES))
        return {
            "ATLAN_BASE_URL": self.catalog.url,
            "ATLAN_API_KEY": self.catalog.key,
            "DEPLOYMENT": DEPLOYMENT,
            "ROUTES": str(routes),
            "LEASE_TABLE": _TABLE,
            "QUEUE_URL": self.queue,
            "DEAD_LETTER_QUEUE_URL": self.dead,
            "RATE_LIMIT": "100000",
            "AWS_ENDPOINT_URL": self.aws.url,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
            "no_proxy": "127.0.0.1",
        }

    def told(self) -> list[str]:
        """Take a few of the notifications that S3 sent."""
        found = self.sqs.receive_message(QueueUrl=self.inbox, MaxNumberOfMessages=10).get("Messages", [])
        for message in found:
            self.sqs.delete_message(QueueUrl=self.inbox, ReceiptHandle=message["ReceiptHandle"])
        return [message["Body"] for message in found]

    def send(self, body: str) -> None:
        self.sqs.send_message(QueueUrl=self.queue, MessageBody=body)

    def waiting(self, queue: str = "") -> tuple[int, int]:
        """Count the messages that wait, and those in hand or delayed."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = self.sqs.get_queue_attributes(QueueUrl=queue or self.queue, AttributeNames=names)["Attributes"]
        return int(found[names[0]]), int(found[names[1]])

    def lease(self) -> Lease:
        found = self.dynamodb.get_item(TableName=_TABLE, Key={"connection": {"S": CONNECTION}}, ConsistentRead=True)
        item = found.get("Item")
        return Lease(item["holder"]["S"], float(item["expires_at"]["N"])) if item else Lease()

    def expire(self, lease: Lease) -> None:
        """Let the lease of a dead holder have reached its end, so that nobody waits for the grace."""
        self.dynamodb.update_item(
            TableName=_TABLE,
            Key={"connection": {"S": CONNECTION}},
            UpdateExpression="SET expires_at = :now",
            ConditionExpression="holder = :dead",
            ExpressionAttributeValues={":now": {"N": f"{time.time():.0f}"}, ":dead": {"S": lease.holder}},
        )

    def show(self, receipts: Iterable[str]) -> None:
        """Let the visibility timeout of messages in hand have passed, but for those that are finished."""
        for receipt in receipts:
            with suppress(self.sqs.exceptions.ReceiptHandleIsInvalid):
                self.sqs.change_message_visibility(QueueUrl=self.queue, ReceiptHandle=receipt, VisibilityTimeout=0)


@contextmanager
def stage(visibility: float) -> Iterator[Stage]:
    """Set it up, messages coming back after *visibility* seconds, and take it down."""
    with Aws() as aws, Server(lag=LAG) as catalog:
        s3, sqs, dynamodb = (connect(service, aws.url) for service in ("s3", "sqs", "dynamodb"))
        inbox = aws.bucket(BUCKET).queue
        queue, dead = _queues(sqs, visibility)
        dynamodb.create_table(
            TableName=_TABLE,
            KeySchema=[{"AttributeName": "connection", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "connection", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        _crawl(catalog)
        yield Stage(aws, catalog, s3, sqs, dynamodb, inbox, queue, dead)


def _queues(sqs: Any, visibility: float) -> tuple[str, str]:
    """Make a queue with a dead-letter queue that, as in the template, is only a backstop; give the URLs of both."""
    dead = sqs.create_queue(QueueName=f"{BUCKET}-graves")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 1000})
    attributes = {"VisibilityTimeout": f"{visibility:.0f}", "RedrivePolicy": policy}
    return sqs.create_queue(QueueName=f"{BUCKET}-queue", Attributes=attributes)["QueueUrl"], dead


def _crawl(catalog: Server) -> None:
    """Save the connection, and the tables with their columns, as crawlers would."""
    entities = [_entity("Connection", CONNECTION, adminUsers=[records.ACTOR])]
    for name, columns in WAREHOUSE.items():
        table = _entity("Table", name)
        parent = {"typeName": "Table", "guid": table["guid"]}
        entities += [table, *(_entity("Column", f"{name}/{column}", table=parent) for column in columns)]
    headers = {"Authorization": f"Bearer {catalog.key}"}
    with httpx.Client(base_url=catalog.url, headers=headers, trust_env=False, timeout=60) as client:
        client.post("/api/meta/entity/bulk", json={"entities": entities}).raise_for_status()


def _entity(kind: str, name: str, **attributes: Any) -> dict[str, Any]:
    label = name.rpartition("/")[2]
    attributes |= {"qualifiedName": name, "name": label}
    return {"typeName": kind, "guid": f"-{next(_guids)}", "attributes": attributes}
