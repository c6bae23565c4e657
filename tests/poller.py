"""What Lambda's poller makes of messages that it receives from SQS."""

from collections.abc import Iterable, Mapping
from typing import Any


def event(messages: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """
    Return the event of these messages, as boto3 received them.

    Source:
        Lambda Developer Guide, "Using Lambda with Amazon SQS": the shape of the event.
    """
    return {"Records": [_record(message) for message in messages]}


def _record(message: Mapping[str, Any]) -> dict[str, Any]:
    attributes = message.get("MessageAttributes", {})
    return {
        "eventSource": "aws:sqs",
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message["Attributes"],
        "messageAttributes": {name: {"stringValue": value["StringValue"]} for name, value in attributes.items()},
    }
