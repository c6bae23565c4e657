"""
Tell whether a notification reaches the function: put a test object, wait for its log line, remove the object.

`make arrival STACK=... BUCKET=...` runs it after a deployment. The key of the object ends in a slash, like a folder
that somebody makes in the S3 console. So no route catalogs it, and Atlan is not asked: the function ignores it, and
logs that.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Protocol
from uuid import uuid4

import boto3
from botocore.exceptions import BotoCoreError, ClientError

PREFIX: Final = "atlan-s3-connector-test-"
PAUSE: Final = 2.0
"""Seconds between two looks into the log."""
SKEW: Final = 60.0
"""Seconds by which the clock of this machine may be ahead of that of the log."""

Connect = Callable[[str], Any]
"""Makes the boto3 client of a service."""


class Clock(Protocol):
    """The time in seconds since 1970, and a pause."""

    def time(self) -> float: ...
    def sleep(self, seconds: float, /) -> None: ...


class Failure(Exception):  # noqa: N818 - it ends the program with a sentence
    """What went wrong, and the next step."""


@dataclass(frozen=True, slots=True)
class Stack:
    """The outputs of the stack that are needed."""

    name: str
    buckets: tuple[str, ...]
    log_group: str
    queue: str
    dead: str


def main(arguments: list[str], connect: Connect | None = None, clock: Clock = time) -> int:
    """Do what the arguments say, print what arrived, and return the exit code."""
    asked = _parser().parse_args(arguments)
    try:
        with _sentences():
            connect = connect or _client
            stack = _stack(connect("cloudformation"), asked.stack)
            bucket = _bucket(stack, asked.bucket)
            if _arrived(connect, stack, bucket, asked.seconds, clock):
                return 0
            for finding in _findings(connect, stack, bucket):
                print(f"- {finding}")
    except Failure as failure:
        print(f"arrival: {failure}", file=sys.stderr)
    return 1


def _arrived(connect: Connect, stack: Stack, bucket: str, seconds: float, clock: Clock) -> bool:
    """Put the object, wait for its line, and remove the object, whatever happens."""
    key = f"{PREFIX}{datetime.fromtimestamp(clock.time(), UTC):%Y%m%dT%H%M%S}-{uuid4().hex[:8]}/"
    s3, logs = connect("s3"), connect("logs")
    with _object(s3, bucket, key):
        print(
            f"Put s3://{bucket}/{key}; waiting up to {seconds:.0f} s for its line in {stack.log_group} ...", flush=True
        )
        start = clock.time()
        while True:
            line = _line(logs, stack.log_group, bucket, key, start - SKEW)
            if line is not None:
                return _tell(line, clock.time() - start)
            if clock.time() - start >= seconds:
                print(f"No line after {seconds:.0f} s. What is known:")
                return False
            clock.sleep(PAUSE)


@contextmanager
def _object(s3: Any, bucket: str, key: str) -> Iterator[None]:
    """Have an empty object under *key*; in a versioned bucket, its version is removed, too."""
    try:
        version = s3.put_object(Bucket=bucket, Key=key, Body=b"").get("VersionId")
    except ClientError as error:
        raise Failure(
            f"s3://{bucket}/{key}: S3 answers {_code(error)}, so the test object could not be put. Your credentials "
            "need s3:PutObject, and the bucket's policy may demand an encryption header. Upload a file as you usually "
            "do, and look for its key in the function's log"
        ) from error
    try:
        yield
    finally:
        which = {"VersionId": version} if version else {}
        try:
            s3.delete_object(Bucket=bucket, Key=key, **which)
        except (ClientError, BotoCoreError) as error:
            reason = _code(error) if isinstance(error, ClientError) else error
            more = f" --version-id {version}" if version else ""
            print(
                f"arrival: the test object is still there ({reason}); remove it: aws s3api delete-object "
                f"--bucket {bucket} --key {key}{more}",
                file=sys.stderr,
            )


def _line(logs: Any, group: str, bucket: str, key: str, since: float) -> dict[str, Any] | None:
    """Return the function's first line about the object, if there is one."""
    wanted = {"logGroupName": group, "filterPattern": f'"{key}"', "startTime": int(since * 1000)}
    for page in logs.get_paginator("filter_log_events").paginate(**wanted):
        for event in page["events"]:
            try:
                line = json.loads(event["message"])
            except ValueError:
                continue
            if isinstance(line, dict) and (line.get("bucket"), line.get("key")) == (bucket, key):
                return line
    return None


def _tell(line: Mapping[str, Any], seconds: float) -> bool:
    outcome, reason = line.get("outcome"), line.get("reason")
    print(f"The notification arrived after {seconds:.0f} s: {outcome}{f' ({reason})' if reason else ''}.")
    if outcome == "failed":
        print(f"- It failed: {line.get('error')}")
    elif outcome == "applied":
        print("- A route takes keys that end in a slash, so the test object was cataloged. Its removal retires it.")
    elif reason == "unknown_bucket":
        print("- No route is for this bucket; add one to connector/routes.yaml.")
    return True


def _findings(connect: Connect, stack: Stack, bucket: str) -> Iterator[str]:
    """Look at each station of the way, and yield what to check."""
    sqs = connect("sqs")
    names = ["QueueArn", "ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    queue = sqs.get_queue_attributes(QueueUrl=stack.queue, AttributeNames=names)["Attributes"]
    dead = sqs.get_queue_attributes(QueueUrl=stack.dead, AttributeNames=names)["Attributes"]
    sent = connect("s3").get_bucket_notification_configuration(Bucket=bucket)
    direct = [each for each in sent.get("QueueConfigurations", ()) if each["QueueArn"] == queue["QueueArn"]]
    if "EventBridgeConfiguration" in sent or direct:
        ways = [name for name, on in (("EventBridge", "EventBridgeConfiguration" in sent), ("the queue", direct)) if on]
        yield (
            f"The bucket sends its notifications to {' and to '.join(ways)}. If this was switched on in the last five "
            "minutes, run this again."
        )
    else:
        yield (
            "The bucket sends no notifications to the stack: EventBridge is off. Switch it on: make eventbridge "
            f"BUCKET={bucket} TURN=on"
        )
    waiting, taken = (int(queue[name]) for name in names[1:])
    if waiting or taken:
        yield (
            f"The queue has messages: {waiting} waiting, {taken} in flight or delayed. If they become more, the "
            f"function does not start, or fails: aws logs tail {stack.log_group}"
        )
    else:
        yield "The queue is empty: the notification did not reach it, or the function took it and wrote no line."
    if int(dead["ApproximateNumberOfMessages"]):
        yield f"The dead-letter queue has messages: {dead[names[1]]}. docs/operations.md says how to read them."


def _stack(cloudformation: Any, name: str) -> Stack:
    try:
        (found,) = cloudformation.describe_stacks(StackName=name)["Stacks"]
    except ClientError as error:
        if _code(error) == "ValidationError":
            region = cloudformation.meta.region_name
            raise Failure(f"there is no stack {name} in {region}; check STACK and AWS_DEFAULT_REGION") from error
        raise
    outputs = {each["OutputKey"]: each["OutputValue"] for each in found.get("Outputs", ())}
    try:
        names = tuple(outputs["Buckets"].split(","))
        return Stack(name, names, outputs["LogGroupName"], outputs["QueueUrl"], outputs["DeadLetterQueueUrl"])
    except KeyError as missing:
        raise Failure(
            f"the stack {name} has no output {missing}; it is another stack, or of an earlier version. Deploy it again"
        ) from None


def _bucket(stack: Stack, name: str) -> str:
    if name:
        if name not in stack.buckets:
            raise Failure(f"the stack {stack.name} is not for the bucket {name}, only for {', '.join(stack.buckets)}")
        return name
    if len(stack.buckets) > 1:
        raise Failure(f"the stack {stack.name} has several buckets; choose one by BUCKET=: {', '.join(stack.buckets)}")
    return stack.buckets[0]


@contextmanager
def _sentences() -> Iterator[None]:
    """
    Make a sentence of an error of AWS.

    Raises:
        Failure: a request of AWS failed.
    """
    try:
        yield
    except ClientError as error:
        told = error.response.get("Error", {}).get("Message", "")
        raise Failure(f"{error.operation_name}: AWS answers {_code(error)}: {told}") from error
    except BotoCoreError as error:
        raise Failure(f"{str(error).rstrip('.')}; check your credentials, the region and the network") from error


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def _client(service: str) -> Any:
    return boto3.client(service)  # type: ignore[call-overload]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="arrival", description="Tell whether a notification reaches the function.")
    parser.add_argument("stack", help="name of the stack")
    parser.add_argument("bucket", nargs="?", default="", help="one of its buckets; needed if there are several")
    parser.add_argument("--seconds", type=float, default=300.0, help="how long to wait at most (default: 300)")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
