"""What the connector runs in, on the AWS of this machine: its settings, its lease table, its queues."""

import json
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

from local.aws import batch
from local.aws.client import REGION
from local.aws.server import MAX_RECEIVES
from local.catalog.server import Server
from tests.support.shop import CONNECTION

_KEY: Final = {"connection": {"S": CONNECTION}}


def access(url: str) -> dict[str, str]:
    """Return the environment that leads boto3 to the AWS at *url*."""
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
    }


def settings(catalog: Server, routes: Path, **more: str) -> dict[str, str]:
    """Return the environment of a connector that no rate limit slows down; *more* is added or replaced."""
    return {
        "ATLAN_BASE_URL": catalog.url,
        "ATLAN_API_KEY": catalog.key,
        "DEPLOYMENT": "test",
        "ROUTES": str(routes),
        "RATE_LIMIT": "1000000",
    } | more


@dataclass(frozen=True, slots=True)
class Lease:
    """An item of the lease table: who has the lease, and when it ends, in seconds since 1970."""

    holder: str = ""
    ends: float = 0.0

    @property
    def live(self) -> bool:
        """Tell whether nobody else may take it now; whole seconds, as the connector has them."""
        return self.ends > round(time.time())


@dataclass(frozen=True, slots=True)
class Leases:
    """The lease table of this name."""

    dynamodb: Any
    name: str

    @classmethod
    def create(cls, dynamodb: Any, name: str) -> Self:
        dynamodb.create_table(
            TableName=name,
            KeySchema=[{"AttributeName": "connection", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "connection", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        return cls(dynamodb, name)

    def get(self) -> Lease:
        """Return the connection's lease, one without a holder where nobody ever took it."""
        found = self.dynamodb.get_item(TableName=self.name, Key=_KEY, ConsistentRead=True)
        item = found.get("Item")
        return Lease(item["holder"]["S"], float(item["expires_at"]["N"])) if item else Lease()

    def expire(self, lease: Lease) -> None:
        """Let a lease have reached its end, and the rate limiter's block with it, so that nobody waits for them."""
        self.dynamodb.update_item(
            TableName=self.name,
            Key=_KEY,
            UpdateExpression="SET expires_at = :now REMOVE due",
            ConditionExpression="holder = :holder",
            ExpressionAttributeValues={":now": {"N": f"{time.time():.0f}"}, ":holder": {"S": lease.holder}},
        )

    def delete(self) -> None:
        self.dynamodb.delete_table(TableName=self.name)


@dataclass(frozen=True, slots=True)
class Queues:
    """The queue that feeds the connector, and its dead-letter queue, which is only a backstop as in the template."""

    sqs: Any
    url: str
    dead: str

    @classmethod
    def create(cls, sqs: Any, name: str, visibility: float = 60) -> Self:
        """Make them; a message comes back after *visibility* seconds."""
        dead = sqs.create_queue(QueueName=f"{name}-dead")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": MAX_RECEIVES})
        attributes = {"VisibilityTimeout": f"{visibility:.0f}", "RedrivePolicy": policy}
        return cls(sqs, sqs.create_queue(QueueName=f"{name}-queue", Attributes=attributes)["QueueUrl"], dead)

    @property
    def settings(self) -> dict[str, str]:
        return {"QUEUE_URL": self.url, "DEAD_LETTER_QUEUE_URL": self.dead}

    def send(self, *bodies: str) -> None:
        for body in bodies:
            self.sqs.send_message(QueueUrl=self.url, MessageBody=body)

    def event(self, most: int = batch.SIZE) -> dict[str, Any]:
        """Receive up to so many messages, as Lambda's poller does, and return them as it gives them to the handler."""
        found = batch.receive(self.sqs, self.url, MaxNumberOfMessages=most, WaitTimeSeconds=0)
        return batch.event(found, self.url)

    def finish(self, receipt: str) -> None:
        """Delete a message that was finished."""
        self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=receipt)

    def show(self, *receipts: str) -> None:
        """Let the visibility timeout of messages in hand have passed, but for those that are finished."""
        for receipt in receipts:
            with suppress(self.sqs.exceptions.ReceiptHandleIsInvalid):
                self.sqs.change_message_visibility(QueueUrl=self.url, ReceiptHandle=receipt, VisibilityTimeout=0)

    def dead_letters(self) -> list[dict[str, Any]]:
        return batch.receive(self.sqs, self.dead, WaitTimeSeconds=0)

    def redrive(self) -> None:
        """Send the dead letters to the queue again, with what they say of themselves, as people on call do."""
        for letter in self.dead_letters():
            said = letter["MessageAttributes"]
            self.sqs.send_message(QueueUrl=self.url, MessageBody=letter["Body"], MessageAttributes=said)
            self.sqs.delete_message(QueueUrl=self.dead, ReceiptHandle=letter["ReceiptHandle"])

    def waiting(self, url: str = "") -> tuple[int, int]:
        """Count the messages that wait in a queue, and those in hand or delayed."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = self.sqs.get_queue_attributes(QueueUrl=url or self.url, AttributeNames=names)["Attributes"]
        return int(found[names[0]]), int(found[names[1]])

    def delete(self) -> None:
        """Delete them, if they are there; messages that are left go with them."""
        for url in (self.url, self.dead):
            with suppress(self.sqs.exceptions.QueueDoesNotExist):
                self.sqs.delete_queue(QueueUrl=url)
