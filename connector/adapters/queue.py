"""What is done with a message that could not be applied: delayed, or sent to the dead-letter queue with the reason."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from connector.core.envelope import Message
from connector.errors import UnavailableError

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

_CONFIG: Final = Config(connect_timeout=3, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 3})

_UNSENDABLE: Final = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Source: SQS API, SendMessage: what neither a body nor an attribute may have, though the key of an object may."""


class Queue:
    """The queue that messages come from, and the one for those that nothing can be done with."""

    def __init__(self, url: str, dead_letters: str, client: "SQSClient | None" = None) -> None:
        self._url, self._dead_letters = url, dead_letters
        self._client = client or boto3.client("sqs", config=_CONFIG)

    def delay(self, message: Message, seconds: int) -> None:
        """
        Let a message that is handed back be delivered again only in so many seconds.

        Raises:
            UnavailableError: SQS fails; the message comes back all the same, when its visibility ends.
        """
        try:
            self._client.change_message_visibility(
                QueueUrl=self._url, ReceiptHandle=message.receipt, VisibilityTimeout=seconds
            )
        except (ClientError, BotoCoreError) as error:
            raise UnavailableError(f"message {message.id} cannot be delayed: {error}") from error

    def bury(self, message: Message, why: Mapping[str, str]) -> None:
        """
        Send a message to the dead-letter queue, its body unchanged, so that it can be sent again as it was.

        Args:
            why: the facts that explain it, which become attributes of the message; an empty one is left out. Another
                attribute counts its hops, and goes with it when it is sent again.

        Raises:
            UnavailableError: SQS fails; the message has to be handed back, or it would be lost.

        Source:
            SQS API, SendMessage: at most ten attributes, none of them empty.
        """
        facts = {name: _UNSENDABLE.sub(_escaped, text) for name, text in why.items() if text}
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
