"""
What became of the messages of an SQS event: finished, retried, or moved to the dead-letter queue.

The handler answers only with the messages to retry, and its log only knows notifications. Both are joined here, by
order. Used by `report`.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from local.aws.delivery import Delivery


@dataclass(frozen=True, slots=True)
class Message:
    """A message, the closing lines of its notifications, and whether SQS will deliver it again."""

    id: str
    endings: Sequence[Mapping[str, Any]]
    retried: bool

    @property
    def failed(self) -> list[Mapping[str, Any]]:
        """The notifications that could not be applied."""
        return [ending for ending in self.endings if ending.get("outcome") == "failed"]

    @property
    def disposition(self) -> str:
        """What becomes of the message; "" if it is finished."""
        if self.retried:
            return "will be retried"
        return "moved to the dead-letter queue" if self.failed else ""


def read(delivery: Delivery, endings: Sequence[Mapping[str, Any]]) -> list[Message]:
    """Return the messages of the event, in order; none if it is no SQS event, or the handler raised."""
    match delivery.event, delivery.result:
        case {"Records": [{"eventSource": "aws:sqs"}, *_] as records}, {"batchItemFailures": list(failures)}:
            again = {failure.get("itemIdentifier") for failure in failures}
            return list(_joined(records, endings, again))
    return []


def _joined(records: Sequence[Any], endings: Sequence[Mapping[str, Any]], again: set[Any]) -> Iterator[Message]:
    """Give each message the closing lines of its notifications; all of them are retried if one without an id is."""
    counts = [_count(_body(record)) for record in records]
    whole, start = sum(counts) == len(endings), 0
    for record, count in zip(records, counts, strict=True):
        found = record.get("messageId") if isinstance(record, dict) else None
        name = found if isinstance(found, str) and found.isascii() else ""
        mine = endings[start : start + count] if whole else ()
        yield Message(name, mine, name in again or "" in again)
        start += count


def _body(record: object) -> object:
    return _json(record.get("body")) if isinstance(record, dict) else None


def _count(event: object) -> int:
    """Count the records that the handler reads in an event; what it cannot read, it reports as one."""
    match event:
        case {"Records": [{"EventSource": "aws:sns"}, *_] as records}:
            return sum(map(_count, records))
        case {"EventSource": "aws:sns", "Sns": {"Message": str(text)}} | {"Type": "Notification", "Message": str(text)}:
            return _count(_json(text))
        case {"requestContext": {"functionArn": str()}, "requestPayload": payload}:
            return _count(payload)
        case {"source": "aws.s3", "detail-type": str()}:
            return 1
        case {"Records": [_, *_] as records}:
            return len(records)
    return 1


def _json(text: object) -> object:
    try:
        return json.loads(text) if isinstance(text, str) else None
    except (ValueError, RecursionError):
        return None
