"""
Switch a bucket's notifications through EventBridge on or off, and leave all its other notifications alone.

`make eventbridge BUCKET=... TURN=on` runs it. S3 can only replace the notification configuration of a bucket as a
whole, so this reads it, changes it, writes it back and reads it again. Nobody else should change it in the meantime: S3
has no way to write it only if it is unchanged.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

import boto3
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.parsers import ResponseParserError

Configuration = Mapping[str, Any]
FAILURES: Final = (ClientError, BotoCoreError, ResponseParserError)

SERVER_ERROR: Final = 500

TRIES: Final = 5
PAUSE: Final = 3.0
"""
How often the written configuration is read, and the seconds in between.

Source: S3 User Guide, "Amazon S3 data consistency model": bucket configurations are eventually consistent.
"""

MEANINGS: Final = {
    "NoSuchBucket": "there is no such bucket; check its name, and the account of your credentials",
    "AccessDenied": "access denied; your credentials need s3:GetBucketNotification and s3:PutBucketNotification on it",
}


def main(arguments: list[str], s3: Any = None, sleep: Callable[[float], None] = time.sleep) -> int:
    """Do what the arguments say, print the configuration before and after, and return the exit code."""
    asked = _parser().parse_args(arguments)
    try:
        return _switch(s3 or boto3.client("s3"), asked, sleep)
    except FAILURES as error:
        return _failed(asked.bucket, f"{_sentence(error)}. Nothing was changed.")


def changed(before: Configuration, turn: str | None, queue: str = "") -> dict[str, Any]:
    """Return the configuration with EventBridge "on", "off" or as it is, and without the notifications to *queue*."""
    after = dict(before)
    if turn:
        after.pop("EventBridgeConfiguration", None)
    if queue:
        others = [each for each in after.pop("QueueConfigurations", ()) if each["QueueArn"] != queue]
        after |= {"QueueConfigurations": others} if others else {}
    return after | ({"EventBridgeConfiguration": {}} if turn == "on" else {})


def same(one: Configuration, other: Configuration) -> bool:
    """Tell whether two configurations are the same; S3 may list their parts in another order."""
    return bool(_sorted(one) == _sorted(other))


def _switch(s3: Any, asked: argparse.Namespace, sleep: Callable[[float], None]) -> int:
    before = _read(s3, asked.bucket)
    _show("now", before)
    if not asked.turn and not asked.queue:
        return 0
    wanted = changed(before, asked.turn, asked.queue)
    if same(before, wanted):
        print(f"Nothing to do: {_state(wanted)} for {asked.bucket}.")
        return 0
    try:
        # Without validation: it would send a test event to every queue and topic of the configuration, and refuse the
        # change if one of them no longer exists. They are not changed here.
        s3.put_bucket_notification_configuration(
            Bucket=asked.bucket, NotificationConfiguration=wanted, SkipDestinationValidation=True
        )
    except FAILURES as error:
        if isinstance(error, ClientError) and error.response["ResponseMetadata"]["HTTPStatusCode"] < SERVER_ERROR:
            raise
        return _failed(asked.bucket, f"{_sentence(error)}. S3 may have made the change; run this again to see.")
    return _verified(s3, asked, wanted, sleep)


def _verified(s3: Any, asked: argparse.Namespace, wanted: Configuration, sleep: Callable[[float], None]) -> int:
    try:
        for last in range(TRIES, 0, -1):
            after = _read(s3, asked.bucket)
            if same(after, wanted):
                _show("after", after)
                print(f"{_state(after)} for {asked.bucket}; S3 takes up to five minutes to apply it.")
                return 0
            if last > 1:
                sleep(PAUSE)
    except FAILURES as error:
        return _failed(
            asked.bucket, f"written, but it cannot be read again: {_sentence(error)}. Run this again to see."
        )
    _show("after", after)
    _show("as it was written", wanted)
    return _failed(
        asked.bucket,
        "the configuration is not the one that was written: somebody else changed it in the meantime, or S3 still "
        "shows the old one. Run this again in a minute.",
    )


def _read(s3: Any, bucket: str) -> dict[str, Any]:
    """
    Read the configuration.

    Raises:
        BotoCoreError: the response is not S3's; an empty page of a proxy would look like an empty configuration.
    """
    answer = s3.get_bucket_notification_configuration(Bucket=bucket)
    if not answer["ResponseMetadata"].get("RequestId"):
        raise HTTPClientError(error="the response did not come from S3; check any proxy")
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


def _sorted(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _sorted(each) for name, each in value.items()}
    if isinstance(value, list):
        return sorted((_sorted(each) for each in value), key=lambda each: json.dumps(each, sort_keys=True))
    return value


def _state(configuration: Configuration) -> str:
    return f"EventBridge is {'on' if 'EventBridgeConfiguration' in configuration else 'off'}"


def _failed(bucket: str, sentence: str) -> int:
    print(f"eventbridge: {bucket}: {sentence}", file=sys.stderr)
    return 1


def _show(when: str, configuration: Configuration) -> None:
    print(f"Notification configuration, {when}: {json.dumps(configuration, indent=2)}")


def _sentence(error: Exception) -> str:
    if isinstance(error, ClientError):
        told = error.response.get("Error", {})
        code = told.get("Code", "")
        return MEANINGS.get(code) or f"S3 answers {code}: {str(told.get('Message', '')).rstrip('.')}"
    return str(error).rstrip(".")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="eventbridge",
        description="Switch a bucket's notifications through EventBridge on or off, or only show its configuration. "
        "Nobody else should change it in the meantime, since S3 can only replace it as a whole.",
    )
    parser.add_argument("bucket", type=_name, help="name of the bucket")
    parser.add_argument("turn", nargs="?", choices=["on", "off"], help="leave it out to show the configuration")
    parser.add_argument("--queue", default="", metavar="ARN", help="remove the notifications to this queue")
    return parser


def _name(text: str) -> str:
    if not text or "/" in text or ":" in text:
        raise argparse.ArgumentTypeError(f"{text!r} is no name of a bucket; give it as in BUCKET=acme-exports")
    return text


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
