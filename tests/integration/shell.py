"""A shell with the settings of a world in which all is in order, until a test changes something."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import pytest
from pyatlan.model.assets import S3Bucket

from connector.__main__ import main
from local.aws.server import EVENTS, POLICY, Aws
from tests.integration.conftest import World
from tests.support.cloud import Leases, Queues
from tests.support.shop import CONNECTION

KEY = "a.csv"


class Site:
    """
    The bucket of a world with its notifications, queues and lease table, and the commands that are run on it.

    `lines` is what the last command printed.
    """

    def __init__(self, world: World, aws: Aws, patch: pytest.MonkeyPatch, capture: pytest.CaptureFixture[str]) -> None:
        self.world, self.aws, self._patch, self._capture = world, aws, patch, capture
        self.sqs, self.events = boto3.client("sqs"), boto3.client("events")
        self.queues = Queues.create(self.sqs, world.bucket)
        self.leases = Leases.create(boto3.client("dynamodb"), f"leases-{world.bucket}")
        self.arn = self._arn(self.queues.url)
        self.policy(POLICY)
        self.notify({"QueueConfigurations": [{"QueueArn": self.arn, "Events": list(EVENTS)}]})
        self.set(LEASE_TABLE=self.leases.name, **self.queues.settings)
        self.lines: list[str] = []
        self.err = ""
        world.tables()
        bucket = S3Bucket.creator(name=f"of-{world.bucket}", connection_qualified_name=CONNECTION)
        world.client.asset.save(bucket)  # so that the API key is known to write in the S3 connection

    @property
    def place(self) -> str:
        return f"s3://{self.world.bucket}/{KEY}"

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
        self.queues.delete()
        self.leases.delete()


def bridge(arn: str | None) -> dict[str, Any]:
    """Return the policy that lets a rule of EventBridge send, or any rule."""
    condition = {"Condition": {"ArnEquals": {"aws:SourceArn": arn}}} if arn else {}
    statement = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage"}
    return {"Statement": [statement | {"Resource": "*"} | condition]}


@contextmanager
def opened(world: World, aws: Aws, patch: pytest.MonkeyPatch, capture: pytest.CaptureFixture[str]) -> Iterator[Site]:
    site = Site(world, aws, patch, capture)
    yield site
    site.close()
