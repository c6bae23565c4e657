"""Messages that could not be applied are hidden, or sent to the dead-letter queue; those of a sweep are sent."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from botocore.config import Config
from botocore.exceptions import ClientError

from connector.adapters.aws import Service, connect
from connector.core.budget import AWS_CONNECT, AWS_READ
from connector.core.envelope import Message
from connector.errors import ConnectorError, UnavailableError

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

BATCH: Final = 10
"""Messages a request. Source: SQS API, SendMessageBatch and ChangeMessageVisibilityBatch."""

LARGEST: Final = 200_000
"""
Bytes of the messages of a request, with their attributes; a larger message is sent alone.

Source: SQS API, SendMessageBatch: the limit was 262,144 bytes before it was raised to 1 MiB.
"""

SENDERS: Final = 8
"""Requests at the same time."""

_CONFIG: Final = Config(
    connect_timeout=AWS_CONNECT, read_timeout=AWS_READ, retries={"mode": "standard", "total_max_attempts": 3}
)

_DELAYS: Final = Service(
    "SQS", "check QUEUE_URL and grant the role sqs:ChangeMessageVisibility on the queue", ours=True
)
_HINTS: Final = Service("SQS", "check QUEUE_URL and grant the role sqs:SendMessage on the queue", ours=True)
_LETTERS: Final = Service(
    "SQS",
    "check DEAD_LETTER_QUEUE_URL and grant the role sqs:SendMessage on the queue and, if a KMS key of your own "
    "encrypts it, kms:GenerateDataKey and kms:Decrypt on the key",
    ours=True,
)

_WHOLE: Final = ("BatchRequestTooLong", "InvalidMessageContents", "InvalidParameterValue", "ReceiptHandleIsInvalid")
"""Codes of a message that is wrong, with which SQS may reject the whole request."""

_UNSENDABLE: Final = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that SQS rejects in bodies and attributes, although object keys may have them. Source: SendMessage."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """A message of a request: its name in errors, and what the request says of it."""

    what: str
    content: Mapping[str, Any]

    @property
    def size(self) -> int:
        """Return the bytes that count for SQS: those of the body, and of each attribute's name, type and value."""
        attributes = self.content.get("MessageAttributes", {}).items()
        texts = [text for name, value in attributes for text in (name, *value.values())]
        return sum(len(text.encode(errors="replace")) for text in (self.content.get("MessageBody", ""), *texts))


class Queues:
    """The source queue and the dead-letter queue; see `connector.ports.Queue` and `connector.ports.Outbox`."""

    def __init__(self, url: str, dead_letters: str, client: "SQSClient | None" = None) -> None:
        self._url, self._dead_letters = url, dead_letters
        self._client: Any = client or connect("sqs", _CONFIG)

    def delay(self, messages: Sequence[tuple[Message, int]]) -> Sequence[ConnectorError | None]:
        """
        Set the visibility timeout of each message that is retried, in seconds, ten per request.

        Where that fails, the message comes back when its visibility timeout ends.
        """
        entries = [
            _Entry(_what(message), {"ReceiptHandle": message.receipt, "VisibilityTimeout": seconds})
            for message, seconds in messages
        ]
        return _all(entries, self._client.change_message_visibility_batch, self._url, _DELAYS)

    def dead_letter(self, messages: Sequence[tuple[Message, Mapping[str, str]]]) -> Sequence[ConnectorError | None]:
        """
        Send each message to the dead-letter queue, its body unchanged, so that it can be sent again as it was.

        Its attributes are the facts that explain it, but for empty ones, and how often it was sent again, which stays
        with it when it is redriven. A message that cannot be sent must be returned to the queue, or it would be lost.

        Source:
            SQS API, SendMessage: at most ten attributes, none of them empty.
        """
        entries = [
            _Entry(_what(message), {"MessageBody": message.body, "MessageAttributes": _attributes(message, facts)})
            for message, facts in messages
        ]
        return _all(entries, self._client.send_message_batch, self._dead_letters, _LETTERS)

    def send(self, bodies: Sequence[str], delay: int = 0) -> None:
        """
        Send messages to the source queue, which are received after *delay* seconds, 900 at most.

        Raises:
            UnavailableError: SQS did not take all of them, or denies access. Those that it took may be sent again.
            CredentialsError: SQS does not accept the credentials or the clock.
        """
        entries = [
            _Entry(f"a sweep's message of {len(body)} bytes", {"MessageBody": body, "DelaySeconds": delay})
            for body in bodies
        ]
        errors = [error for error in _all(entries, self._client.send_message_batch, self._url, _HINTS) if error]
        if errors:
            raise errors[0]


def _what(message: Message) -> str:
    return f"message {message.id}"


def _all(
    entries: Sequence[_Entry], send: Callable[..., Any], url: str, service: Service
) -> Sequence[ConnectorError | None]:
    """Send all, several requests at the same time, and return the error of each message, None if it was taken."""
    with ThreadPoolExecutor(SENDERS) as senders:
        return list(chain.from_iterable(senders.map(lambda group: _sent(group, send, url, service), _grouped(entries))))


def _sent(group: Sequence[_Entry], send: Callable[..., Any], url: str, service: Service) -> list[ConnectorError | None]:
    """
    Send one request, and return the error of each of its messages.

    SQS may take some and not others: a message of which it says nothing is not taken. If one message makes it reject
    all, each is sent alone.
    """
    contents = [{"Id": str(number), **entry.content} for number, entry in enumerate(group)]
    what = group[0].what if len(group) == 1 else f"{len(group)} messages"
    try:
        answer = service.ask(what, send, _WHOLE if len(group) > 1 else (), QueueUrl=url, Entries=contents)
    except ClientError:
        return [error for entry in group for error in _sent([entry], send, url, service)]
    except ConnectorError as error:
        return [error] * len(group)
    failed = {entry.get("Id"): f"{entry.get('Code')} {entry.get('Message', '')}" for entry in _listed(answer, "Failed")}
    taken = {entry.get("Id") for entry in _listed(answer, "Successful")} - failed.keys()
    return [
        None
        if str(number) in taken
        else UnavailableError(
            f"{entry.what}: SQS does not take it: {failed.get(str(number), 'it gives no reason')!s:.500}; it is retried"
        )
        for number, entry in enumerate(group)
    ]


def _listed(answer: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    return [entry for entry in answer.get(name, ()) if isinstance(entry.get("Id"), str)]


def _grouped(entries: Iterable[_Entry]) -> list[list[_Entry]]:
    """Divide into requests, each of ten messages at most and not too large."""
    groups: list[list[_Entry]] = []
    size = 0
    for entry in entries:
        if not groups or len(groups[-1]) == BATCH or size + entry.size > LARGEST:
            groups.append([])
            size = 0
        groups[-1].append(entry)
        size += entry.size
    return groups


def _attributes(message: Message, facts: Mapping[str, str]) -> dict[str, Any]:
    return {
        name: {"DataType": "String", "StringValue": _UNSENDABLE.sub(_escaped, text)}
        for name, text in {**facts, "hops": str(message.hops + 1)}.items()
        if text
    }


def _escaped(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode()
