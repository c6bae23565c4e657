"""`make eventbridge` on S3 over HTTP: it adds or removes EventBridge, and never loses another notification."""

import json
from collections.abc import Callable
from itertools import count
from typing import Any

import boto3
import pytest
from botocore.config import Config

from local.aws import faults
from local.aws.client import connect
from local.aws.faults import Fault, Kind
from local.aws.server import Aws
from tools import eventbridge

ARN = "arn:aws:{}:us-east-1:123456789012:{}"
OTHERS = {
    "QueueConfigurations": [
        {
            "Id": "theirs",
            "QueueArn": ARN.format("sqs", "deleted-long-ago"),
            "Events": ["s3:ObjectCreated:*"],
            "Filter": {
                "Key": {"FilterRules": [{"Name": "prefix", "Value": "in/"}, {"Name": "suffix", "Value": ".csv"}]}
            },
        },
        {"Id": "ours", "QueueArn": ARN.format("sqs", "queue"), "Events": ["s3:ObjectRemoved:*"]},
    ],
    "TopicConfigurations": [
        {"Id": "topic", "TopicArn": ARN.format("sns", "t"), "Events": ["s3:ObjectRestore:*", "s3:ObjectAcl:Put"]}
    ],
    "LambdaFunctionConfigurations": [
        {"Id": "function", "LambdaFunctionArn": ARN.format("lambda", "function:f"), "Events": ["s3:ObjectTagging:*"]}
    ],
}
_names = count(1)


class Bucket:
    """A bucket with the notifications of others, and the commands that are run on it."""

    def __init__(self, aws: Aws, configuration: dict[str, Any]) -> None:
        self.name = f"switched-{next(_names)}"
        self.s3 = boto3.client(
            "s3",
            endpoint_url=aws.url,
            region_name="us-east-1",
            aws_access_key_id="local",
            aws_secret_access_key="local",
            config=Config(
                proxies={}, s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}, read_timeout=1
            ),
        )
        self._theirs = connect("s3", aws.url)
        self._theirs.create_bucket(Bucket=self.name)
        self.write(configuration)
        self.writes = 0
        self.s3.meta.events.register("before-call.s3.PutBucketNotificationConfiguration", self._count)

    def _count(self, **_: Any) -> None:
        self.writes += 1

    def write(self, configuration: dict[str, Any]) -> None:
        self._theirs.put_bucket_notification_configuration(
            Bucket=self.name, NotificationConfiguration=configuration, SkipDestinationValidation=True
        )

    def read(self) -> dict[str, Any]:
        answer = self._theirs.get_bucket_notification_configuration(Bucket=self.name)
        return {name: value for name, value in answer.items() if name != "ResponseMetadata"}

    def run(self, *arguments: str, sleep: Callable[[float], None] = lambda _: None) -> int:
        return eventbridge.main([self.name, *arguments], self.s3, sleep)


@pytest.fixture
def bucket(aws: Aws) -> Bucket:
    return Bucket(aws, OTHERS)


def test_on_and_off(bucket: Bucket) -> None:
    """On adds only EventBridge, off removes only EventBridge, and the second time there is nothing to do."""
    assert [bucket.run("on"), bucket.run("on")] == [0, 0]
    assert bucket.read() == OTHERS | {"EventBridgeConfiguration": {}}
    assert bucket.writes == 1

    assert [bucket.run("off"), bucket.run("off")] == [0, 0]
    assert bucket.read() == OTHERS
    assert bucket.writes == 2


def test_bare(aws: Aws) -> None:
    """A bucket without notifications can be switched on and off."""
    bucket = Bucket(aws, {})

    assert bucket.run("on") == 0
    assert bucket.read() == {"EventBridgeConfiguration": {}}
    assert bucket.run("off") == 0
    assert bucket.read() == {}


def test_show(bucket: Bucket, capsys: pytest.CaptureFixture[str]) -> None:
    """Without on or off, the configuration is only shown; otherwise before and after."""
    bucket.run()
    shown = capsys.readouterr().out
    bucket.run("on")
    changed = capsys.readouterr().out

    assert json.loads(shown.partition(": ")[2]) == OTHERS
    assert bucket.writes == 1
    assert changed.index("Notification configuration, now:") < changed.index("Notification configuration, after:")
    assert changed.endswith(f"EventBridge is on for {bucket.name}; S3 takes up to five minutes to apply it.\n")


def test_queue(bucket: Bucket) -> None:
    """The notifications to a deleted queue are removed on request, and only those."""
    bucket.run("on")
    rest = OTHERS | {"QueueConfigurations": OTHERS["QueueConfigurations"][:1]}

    assert bucket.run("--queue", ARN.format("sqs", "queue")) == 0
    assert bucket.read() == rest | {"EventBridgeConfiguration": {}}
    assert bucket.run("off", "--queue", ARN.format("sqs", "deleted-long-ago")) == 0
    assert bucket.read().keys() == OTHERS.keys() - {"QueueConfigurations"}


@pytest.mark.parametrize("turn", ["on", "off"])
@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        pytest.param(faults.answers.error("s3", 403, "AccessDenied"), "s3:GetBucketNotification", id="denied"),
        pytest.param(faults.answers.error("s3", 404, "NoSuchBucket"), "no such bucket", id="no bucket"),
        pytest.param(faults.answers.error("s3", 500, "InternalError"), "InternalError", id="a server error"),
        pytest.param(faults.answers.page(200), "", id="the page of a proxy"),
        pytest.param(faults.answers.page(403), "", id="a proxy refuses"),
        pytest.param(faults.Answer(200), "did not come from S3", id="an empty response of a proxy"),
        pytest.param(Kind.RESET, "", id="no response"),
        pytest.param(Kind.TRUNCATED, "", id="half a response"),
    ],
)
def test_unread(
    aws: Aws, bucket: Bucket, capsys: pytest.CaptureFixture[str], fault: Any, sentence: str, turn: str
) -> None:
    """If the configuration cannot be read, nothing is written, and one line says why."""
    before = bucket.read()
    kind = fault if isinstance(fault, Kind) else Kind.ANSWER
    answer = faults.Answer(500) if isinstance(fault, Kind) else fault
    aws.faults.add(Fault(kind, "s3", text=f"{bucket.name}.*notification", count=None, answer=answer))

    status = bucket.run(turn)
    aws.faults.clear()

    said = capsys.readouterr()
    assert status == 1
    assert sentence in said.err
    assert said.err.startswith(f"eventbridge: {bucket.name}: ")
    assert said.err.endswith("Nothing was changed.\n")
    assert said.err.count("\n") == 1
    assert bucket.writes == 0
    assert bucket.read() == before


def test_unwritten(aws: Aws, bucket: Bucket, capsys: pytest.CaptureFixture[str]) -> None:
    """If S3 refuses the change, nothing was changed; if it does not answer, that is said."""
    write = f"(?s){bucket.name}.*EventBridge"
    for fault in (
        Fault(Kind.ANSWER, "s3", text=write, answer=faults.answers.error("s3", 403, "AccessDenied")),
        Fault(Kind.LOST, "s3", text=write),
    ):
        aws.faults.add(fault)
        assert bucket.run("on") == 1

    denied, lost = capsys.readouterr().err.splitlines()
    assert denied.endswith("Nothing was changed.")
    assert lost.endswith("S3 may have made the change; run this again to see.")
    assert bucket.run("on") == 0


def test_late(aws: Aws, bucket: Bucket) -> None:
    """If S3 still shows the old configuration after the change, it is read again."""
    old = faults.answers.xml("<NotificationConfiguration/>")
    paused: list[float] = []

    def late(**_: Any) -> None:
        aws.faults.add(Fault(Kind.ANSWER, "s3", text=f"{bucket.name}.*notification", count=2, answer=old))

    bucket.s3.meta.events.register("after-call.s3.PutBucketNotificationConfiguration", late)

    assert bucket.run("on", sleep=paused.append) == 0
    assert len(paused) == 2
    assert bucket.read() == OTHERS | {"EventBridgeConfiguration": {}}


def test_meanwhile(bucket: Bucket, capsys: pytest.CaptureFixture[str]) -> None:
    """If somebody else changed the configuration in the meantime, this is an error, and both are shown."""
    bucket.s3.meta.events.register(
        "after-call.s3.PutBucketNotificationConfiguration",
        lambda **_: bucket.write({"TopicConfigurations": OTHERS["TopicConfigurations"]}),
    )

    assert bucket.run("on") == 1

    said = capsys.readouterr()
    assert "somebody else changed it" in said.err
    assert "as it was written" in said.out
    assert "deleted-long-ago" in said.out.partition("as it was written")[2]


@pytest.mark.parametrize("name", ["", "s3://acme", "arn:aws:s3:::acme"])
def test_name(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What is no name of a bucket is refused."""
    with pytest.raises(SystemExit):
        eventbridge.main([name, "on"])

    assert "give it as in BUCKET=acme-exports" in capsys.readouterr().err
