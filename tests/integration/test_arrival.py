"""`make arrival` on CloudFormation, S3, SQS and CloudWatch Logs over HTTP; the test writes the function's log lines."""

import json
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from typing import Any

import pytest

from local.aws import faults
from local.aws.client import connect
from local.aws.faults import Fault, Kind
from local.aws.server import Aws
from tools import arrival

_names = count(1)


class Clock:
    """A clock that only moves when somebody sleeps; *then* happens at each sleep."""

    def __init__(self, then: Callable[[], None] = lambda: None) -> None:
        self.now = 1_795_000_000.0
        self.then = then

    def time(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.then()


class Site:
    """A stack with its outputs, its bucket and its log."""

    def __init__(self, aws: Aws, *, versioned: bool = False) -> None:
        self.aws, self.name = aws, f"arrival-{next(_names)}"
        self.connect = partial(connect, endpoint=aws.url)
        self.bucket = aws.bucket(self.name, versioned=versioned)
        self.s3, self.logs = self.connect("s3"), self.connect("logs")
        self.group = f"/aws/lambda/{self.name}"
        self.logs.create_log_group(logGroupName=self.group)
        self.logs.create_log_stream(logGroupName=self.group, logStreamName="stream")
        self.clock = Clock()
        self.deploy(self.name, Buckets=self.name)

    def deploy(self, name: str, **outputs: str) -> None:
        told = {
            "LogGroupName": self.group,
            "QueueUrl": self.bucket.queue,
            "DeadLetterQueueUrl": self.bucket.dead,
            **outputs,
        }
        template = {
            "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
            "Outputs": {key: {"Value": value} for key, value in told.items() if value},
        }
        self.connect("cloudformation").create_stack(StackName=name, TemplateBody=json.dumps(template))

    def write(self, line: Any) -> None:
        text = line if isinstance(line, str) else json.dumps(line)
        event = {"timestamp": int(self.clock.now * 1000), "message": text}
        self.logs.put_log_events(logGroupName=self.group, logStreamName="stream", logEvents=[event])

    def answer(self, **facts: Any) -> None:
        """Write the line of the object that is there, as the function does."""
        for key in self.held():
            self.write({"bucket": self.name, "key": key, **facts})

    def held(self) -> list[str]:
        return [each["Key"] for each in self.s3.list_objects_v2(Bucket=self.name).get("Contents", ())]

    def left(self) -> list[Any]:
        found = self.s3.list_object_versions(Bucket=self.name)
        return [*found.get("Versions", ()), *found.get("DeleteMarkers", ())]

    def run(self, *arguments: str) -> int:
        return arrival.main([*(arguments or (self.name,)), "--seconds=60"], self.connect, self.clock)


@pytest.fixture
def site(aws: Aws) -> Iterator[Site]:
    yield Site(aws)
    aws.faults.clear()


@pytest.mark.parametrize("versioned", [False, True])
def test_arrives(aws: Aws, capsys: pytest.CaptureFixture[str], versioned: bool) -> None:
    """The line of the object is found, among others, and no version of the object is left."""
    site = Site(aws, versioned=versioned)
    site.write("INIT_START Runtime Version")
    site.write({"bucket": site.name, "key": "orders.csv", "outcome": "applied"})

    def answer() -> None:
        for key in site.held():
            site.write({"error": f"s3://{site.name}/{key}: not the line of a notification"})
            site.write({"bucket": "of-another", "key": key, "outcome": "applied"})
        site.answer(outcome="ignored", reason="folder_marker")

    site.clock.then = answer

    assert site.run() == 0
    assert "The notification arrived after 2 s: ignored (folder_marker).\n" in capsys.readouterr().out
    assert site.left() == []


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"outcome": "failed", "reason": "configuration", "error": "DEPLOYMENT is wrong"}, "DEPLOYMENT is wrong"),
        ({"outcome": "applied"}, "A route takes keys that end in a slash"),
        ({"outcome": "ignored", "reason": "unknown_bucket"}, "No route is for this bucket"),
    ],
)
def test_told(site: Site, capsys: pytest.CaptureFixture[str], facts: dict[str, Any], said: str) -> None:
    """Whatever the function did with the notification is told, with the next step."""
    site.clock.then = lambda: site.answer(**facts)

    assert site.run() == 0
    assert said in capsys.readouterr().out


def test_timeout(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    """After the time is over, every station is looked at, and the object is removed."""
    asleep = site.clock.now

    status = site.run()

    said = capsys.readouterr().out
    assert status == 1
    assert site.clock.now - asleep == pytest.approx(60)
    assert "No line after 60 s" in said
    assert "sends its notifications to the queue" in said
    assert "The queue has messages: 3 waiting, 0 in flight" in said  # S3's test event, the put, the removal
    assert site.left() == []


def test_off(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    """A bucket that sends nothing is found, with the command that switches EventBridge on."""
    site.s3.put_bucket_notification_configuration(Bucket=site.name, NotificationConfiguration={})
    site.connect("sqs").purge_queue(QueueUrl=site.bucket.queue)

    assert site.run() == 1

    said = capsys.readouterr().out
    assert f"make eventbridge BUCKET={site.name} TURN=on" in said
    assert "The queue is empty" in said


def test_dead(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    """Messages in the dead-letter queue are told, too."""
    site.connect("sqs").send_message(QueueUrl=site.bucket.dead, MessageBody="{}")

    site.run()

    assert "The dead-letter queue has messages: 1." in capsys.readouterr().out


def test_removed(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    """The object is removed also if the log cannot be read, or if somebody interrupts."""
    site.logs.delete_log_group(logGroupName=site.group)
    assert site.run() == 1
    assert "FilterLogEvents: AWS answers ResourceNotFoundException" in capsys.readouterr().err
    assert site.left() == []

    def interrupt() -> None:
        raise KeyboardInterrupt

    site.logs.create_log_group(logGroupName=site.group)
    site.clock.then = interrupt
    with pytest.raises(KeyboardInterrupt):
        site.run()
    assert site.left() == []


def test_denied(aws: Aws, site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    """An object that cannot be put or removed is told, with the next step."""
    denied = faults.answers.error("s3", 403, "AccessDenied")
    key = f"{site.name}/{arrival.PREFIX}"
    aws.faults.add(Fault(Kind.ANSWER, "s3", text=key, answer=denied))
    assert site.run() == 1
    assert "so the test object could not be put" in capsys.readouterr().err

    site.clock.then = lambda: aws.faults.add(Fault(Kind.ANSWER, "s3", text=key, answer=denied)) and None
    assert site.run() == 1
    assert f"aws s3api delete-object --bucket {site.name} --key {arrival.PREFIX}" in capsys.readouterr().err


def test_refused(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    """A stack or a bucket that cannot be meant is refused before anything is put."""
    site.deploy(f"{site.name}-several", Buckets="raw,exports")
    site.deploy(f"{site.name}-other", QueueUrl="")

    for arguments in (["nowhere"], [site.name, "raw"], [f"{site.name}-several"], [f"{site.name}-other"]):
        assert site.run(*arguments) == 1

    missing, foreign, several, other = capsys.readouterr().err.splitlines()
    assert "there is no stack nowhere in us-east-1" in missing
    assert f"is not for the bucket raw, only for {site.name}" in foreign
    assert "choose one by BUCKET=: raw, exports" in several
    assert "has no output" in other
    assert site.left() == []
