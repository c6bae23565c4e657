"""
Builds the SQS event as Lambda's poller does, and reads the handler's response.

Used by the pump, and by tests that act as the poller.
"""

import base64
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from local.aws.client import REGION

SIZE: Final = 10
"""Maximum messages in a batch: the default of template.yaml, and the maximum of one request to SQS."""


def receive(sqs: Any, queue_url: str, **options: Any) -> list[Any]:
    """Receive a batch with all attributes; wait up to a second for the first message. *options* go to boto3."""
    usual = {"AttributeNames": ["All"], "MessageAttributeNames": ["All"]}
    limits = {"MaxNumberOfMessages": SIZE, "WaitTimeSeconds": 1}
    answer = sqs.receive_message(QueueUrl=queue_url, **(usual | limits | options))
    return list(answer.get("Messages", ()))


def event(messages: Iterable[Mapping[str, Any]], queue_url: str) -> dict[str, Any]:
    """
    Return the event for *messages*, as boto3 received them from the queue.

    Source:
        Lambda Developer Guide, "Using Lambda with Amazon SQS": the shape of the event.
    """
    account, name = queue_url.rsplit("/", 2)[1:]
    arn = f"arn:aws:sqs:{REGION}:{account}:{name}"
    return {"Records": [_record(message, arn) for message in messages]}


def failures(answer: object, ids: Collection[str]) -> set[str]:
    """
    Return the ids of the messages that the handler reported as failed; *ids* are those of the batch.

    Raises:
        ValueError: the response is not valid; Lambda then treats the whole batch as failed.

    Source:
        Lambda Developer Guide, "Handling errors for an SQS event source": success and failure conditions.
    """
    if not isinstance(answer, dict | None):
        raise ValueError(f"the handler's response is not a JSON object: {answer!r:.200}")
    items = (answer or {}).get("batchItemFailures")
    if items is None:
        return set()
    if not isinstance(items, list):
        raise ValueError(f"batchItemFailures is not a list: {items!r:.200}")
    failed = [item.get("itemIdentifier") if isinstance(item, dict) else None for item in items]
    if wrong := [name for name in failed if name not in ids]:
        raise ValueError(f"batchItemFailures names a message that is not in the batch: {wrong!r:.200}")
    return {str(name) for name in failed}


def _record(message: Mapping[str, Any], arn: str) -> dict[str, Any]:
    attributes = message.get("MessageAttributes", {})
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message.get("Attributes", {}),
        "messageAttributes": {name: _attribute(value) for name, value in attributes.items()},
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": arn,
        "awsRegion": REGION,
    }


def _attribute(value: Mapping[str, Any]) -> dict[str, Any]:
    common = {"stringListValues": [], "binaryListValues": [], "dataType": value["DataType"]}
    if "BinaryValue" in value:
        return {"binaryValue": base64.b64encode(value["BinaryValue"]).decode(), **common}
    return {"stringValue": value["StringValue"], **common}
