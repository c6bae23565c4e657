"""A shell with the settings of a world in which all is in order, until a test changes something."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from pyatlan.model.assets import S3Bucket

from connector.__main__ import main
from local.aws.client import connect
from local.aws.server import EVENTS, POLICY, Aws
from local.catalog.server import Server
from tests.integration.conftest import COLUMNS, World
from tests.support import crawler
from tests.support.cloud import Leases, Queues
from tests.support.shop import CONNECTION, POSTGRES, SNOWFLAKE

KEY = "a.csv"
SHARED = "shared"
LEASES = "leases"

Clients = dict[str, Any]
"""Clients of boto3 by service, which take time to build."""


class Site:
    """
    The bucket of a world with its notifications, queues and lease table, and the commands that are run on it.

    Its tables and its lease table are those of the module. `lines` is what the last command printed.
    """

    def __init__(
        self,
        clients: Clients,
        world: World,
        aws: Aws,
        patch: pytest.MonkeyPatch,
        capture: pytest.CaptureFixture[str],
    ) -> None:
        self.world, self.aws, self._patch, self._capture = world, aws, patch, capture
        self.sqs, self.events = clients["sqs"], clients["events"]
        self.queues = Queues.create(self.sqs, world.bucket)
        self.leases = Leases(clients["dynamodb"], LEASES)
        self.arn = self._arn(self.queues.url)
        self.policy(POLICY)
        self.notify({"QueueConfigurations": [{"QueueArn": self.arn, "Events": list(EVENTS)}]})
        self.set(LEASE_TABLE=self.leases.name, **self.queues.settings)
        self.lines: list[str] = []
        self.err = ""
        world.schema = SHARED
        world.route()

    @property
    def place(self) -> str:
        return f"s3://{self.world.bucket}/{KEY}"

    def put(self, key: str = KEY, header: str = ",".join(COLUMNS)) -> None:
        """Write a file with a header, that of all columns unless another is given."""
        self.world.put(key, f"{header}\n".encode())

    def upload(self, *keys: str) -> None:
        for key in keys:
            self.put(key)
        self.world.notify(*keys)

    def set(self, **settings: str | None) -> None:
        for name, value in settings.items():
            if value is None:
                self._patch.delenv(name)
            else:
                self._patch.setenv(name, value)

    def policy(self, document: Any) -> None:
        attributes = {"Policy": document and json.dumps(document)}
        self.sqs.set_queue_attributes(QueueUrl=self.queues.url, Attributes=attributes)

    def notify(self, configuration: dict[str, Any]) -> None:
        self.world.s3.put_bucket_notification_configuration(
            Bucket=self.world.bucket, NotificationConfiguration=configuration, SkipDestinationValidation=True
        )

    def rule(self, name: str, state: str = "ENABLED", **pattern: Any) -> str:
        """Make a rule that sends the events of the bucket to the queue, and let the queue's policy name it."""
        whole = {
            "source": ["aws.s3"],
            "detail-type": [
                "Object Created",
                "Object Deleted",
                "Object Storage Class Changed",
                "Object Restore Completed",
                "Object Restore Expired",
            ],
            "detail": {"bucket": {"name": [self.world.bucket]}},
        } | pattern
        arn = self.events.put_rule(Name=name, EventPattern=json.dumps(whole), State=state)["RuleArn"]
        self.events.put_targets(Rule=name, Targets=[{"Id": "queue", "Arn": self.arn}])
        self.policy(bridge(arn))
        self.notify({"EventBridgeConfiguration": {}})
        return str(arn)

    def run(self, *arguments: str) -> int:
        self._capture.readouterr()
        try:
            status = main(arguments)
        except SystemExit as ended:
            status = int(str(ended.code))
        out, self.err = self._capture.readouterr()
        self.lines = out.splitlines()
        return status

    def explain(self, key: str = KEY, *options: str) -> int:
        return self.run("explain", f"s3://{self.world.bucket}/{key}", *options)

    def check(self, *options: str) -> int:
        return self.run("check", *options)

    @property
    def top(self) -> str:
        """Return the first ten lines of what was printed, as one text, without the breaks between them."""
        return " ".join(" ".join(self.lines[:10]).split())

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.lines).split())

    @property
    def document(self) -> Any:
        return json.loads("\n".join(self.lines))

    def _arn(self, url: str) -> str:
        answer = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        return str(answer["Attributes"]["QueueArn"])

    def close(self) -> None:
        self.aws.faults.clear()
        self.queues.delete()
        lease = self.leases.get()
        if lease.holder:
            self.leases.expire(lease)


def bridge(arn: str | None) -> dict[str, Any]:
    """Return the policy that lets a rule of EventBridge send, or any rule."""
    condition = {"Condition": {"ArnEquals": {"aws:SourceArn": arn}}} if arn else {}
    statement = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage"}
    return {"Statement": [statement | {"Resource": "*"} | condition]}


@contextmanager
def stocked(aws: Aws, atlan: Server) -> Iterator[Clients]:
    """Make, once for a module, the tables that all its sites share, and an asset of the S3 connection."""
    client = crawler.connect(atlan)
    columns = {
        f"{POSTGRES}/shop/{SHARED}/orders": COLUMNS,
        f"{SNOWFLAKE}/DB/{SHARED}/ORDERS": [column.upper() for column in COLUMNS],
        f"{SNOWFLAKE}/DB/{SHARED}/OTHER": ["A", "B"],
    }
    crawler.tables(client, columns)
    client.asset.save(S3Bucket.creator(name="of-others", connection_qualified_name=CONNECTION))
    clients = {name: connect(name, aws.url) for name in ("sqs", "events", "dynamodb")}
    leases = Leases.create(clients["dynamodb"], LEASES)
    yield clients
    leases.delete()


@contextmanager
def opened(
    clients: Clients, world: World, aws: Aws, patch: pytest.MonkeyPatch, capture: pytest.CaptureFixture[str]
) -> Iterator[Site]:
    site = Site(clients, world, aws, patch, capture)
    yield site
    site.close()
