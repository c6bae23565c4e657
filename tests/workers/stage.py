"""Everything around the workers: S3, SQS and DynamoDB on moto, the embedded catalog with its tables, and routes."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.aws import batch
from local.aws.client import connect
from local.aws.server import Aws
from local.catalog.server import Server
from tests.support import cloud, crawler
from tests.support.cloud import Lease, Leases, Queues
from tests.support.shop import BUCKET, CONNECTION, ROUTES
from tests.workers.truth import DEPLOYMENT, WAREHOUSE

LAG = 1.0
"""Seconds until a search finds what was written."""


@dataclass(frozen=True, slots=True)
class Stage:
    """`inbox` is where S3's notifications arrive; `queues` has the one that the workers read."""

    aws: Aws
    catalog: Server
    s3: Any
    inbox: str
    queues: Queues
    leases: Leases

    def environment(self, folder: Path) -> Mapping[str, str]:
        """Give the connector's settings, with the routes file in *folder*."""
        routes = folder / "routes.yaml"
        routes.write_text(ROUTES)
        more = {"DEPLOYMENT": DEPLOYMENT, "LEASE_TABLE": self.leases.name, "no_proxy": "127.0.0.1"}
        return cloud.access(self.aws.url) | cloud.settings(self.catalog, routes, **more) | self.queues.settings

    @property
    def dead(self) -> str:
        return self.queues.dead

    def told(self) -> list[str]:
        """Take a few of the notifications that S3 sent."""
        sqs = self.queues.sqs
        found = batch.receive(sqs, self.inbox, WaitTimeSeconds=0)
        for message in found:
            sqs.delete_message(QueueUrl=self.inbox, ReceiptHandle=message["ReceiptHandle"])
        return [message["Body"] for message in found]

    def send(self, body: str) -> None:
        self.queues.send(body)

    def waiting(self, queue: str = "") -> tuple[int, int]:
        """Count the messages that wait, and those in hand or delayed."""
        return self.queues.waiting(queue)

    def lease(self) -> Lease:
        return self.leases.get()

    def expire(self, lease: Lease) -> None:
        self.leases.expire(lease)

    def show(self, receipts: Iterable[str]) -> None:
        """Let the visibility timeout of messages in hand have passed, but for those that are finished."""
        self.queues.show(*receipts)


@contextmanager
def stage(visibility: float) -> Iterator[Stage]:
    """Set it up, messages coming back after *visibility* seconds, and take it down."""
    with Aws() as aws, Server(lag=LAG) as catalog:
        s3, sqs, dynamodb = (connect(service, aws.url) for service in ("s3", "sqs", "dynamodb"))
        inbox = aws.bucket(BUCKET).queue
        client = crawler.connect(catalog)
        crawler.connection(client, CONNECTION)
        crawler.tables(client, WAREHOUSE)
        yield Stage(
            aws, catalog, s3, inbox, Queues.create(sqs, "workers", visibility), Leases.create(dynamodb, "workers")
        )
