"""SQS through boto3: delays a failed message, or sends it to the dead-letter queue with the reason."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from connector.core.budget import AWS_CONNECT, AWS_READ
from connector.core.envelope import Message
from connector.errors import UnavailableError

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

_CONFIG: Final = Config(
    connect_timeout=AWS_CONNECT, read_timeout=AWS_READ, retries={"mode": "standard", "total_max_attempts": 3}
)

_UNSENDABLE: Final = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that SQS rejects in bodies and attributes, although object keys may have them. Source: SendMessage."""


class Queues:
    """The source queue and the dead-letter queue; see `connector.ports.Queue`."""

    def __init__(self, url: str, dead_letters: str, client: "SQSClient | None" = None) -> None:
        self._url, self._dead_letters = url, dead_letters
        self._client = client or boto3.client("sqs", config=_CONFIG)

    def delay(self, message: Message, seconds: int) -> None:
        """
        Set the visibility timeout of a message that is retried, in seconds.

        Raises:
            UnavailableError: the SQS request failed; the message returns after its visibility timeout.
        """
        try:
            self._client.change_message_visibility(
                QueueUrl=self._url, ReceiptHandle=message.receipt, VisibilityTimeout=seconds
            )
        except (ClientError, BotoCoreError) as error:
            raise UnavailableError(f"message {message.id} cannot be delayed: {error}") from error

    def dead_letter(self, message: Message, attributes: Mapping[str, str]) -> None:
        """
        Send a message to the dead-letter queue, its body unchanged, so that it can be redriven.

        Args:
            attributes: the facts that explain the failure; empty ones are left out. The attribute `hops` is added: it
                counts the redrives, and a redrive keeps it.

        Raises:
            UnavailableError: the SQS request failed; return the message to the queue, or it would be lost.

        Source:
            SQS API, SendMessage: at most ten attributes, none of them empty.
        """
        facts = {name: _UNSENDABLE.sub(_escaped, text) for name, text in attributes.items() if text}
        facts["hops"] = str(message.hops + 1)
        try:
            self._client.send_message(
                QueueUrl=self._dead_letters,
                MessageBody=message.body,
                MessageAttributes={name: {"DataType": "String", "StringValue": text} for name, text in facts.items()},
            )
        except (ClientError, BotoCoreError) as error:
            raise UnavailableError(f"message {message.id} cannot be sent to the dead-letter queue: {error}") from error


def _escaped(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode()
