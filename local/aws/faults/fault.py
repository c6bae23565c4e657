"""What can go wrong, and for which requests. `layer` applies it; tests make it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from local.aws.faults.answers import Answer


class Kind(StrEnum):
    """What goes wrong."""

    ANSWER = "answer"
    """The request is not served, but answered with `answer`."""
    RESET = "reset"
    """The request is not served, and the connection is reset."""
    LOST = "lost"
    """The request is served, but the connection is reset instead of answered."""
    LATE = "late"
    """The request is served, but answered `delay` seconds later."""
    TRUNCATED = "truncated"
    """The request is served, but only the first half of the answer's body is sent."""
    ALTERED = "altered"
    """The request is served, but the answer has other headers: `headers`, in which None takes one away."""


@dataclass(frozen=True, slots=True)
class Request:
    """
    A request, as far as faults distinguish it.

    `service` is "s3", "sqs", "dynamodb" or "secretsmanager"; `operation` as in AWS's API references, of S3 only the
    reads; `text` is the path with its query, and the body: it names the bucket and the key, the queue, the table or the
    secret. `agent` is the User-Agent, which has AWS_SDK_UA_APP_ID of the process as "app/…".
    """

    service: str
    operation: str
    text: str
    agent: str


@dataclass(frozen=True, slots=True)
class Fault:
    """
    A fault, and the requests it applies to: those of *service* and *operation* whose text and agent match the patterns.

    It applies to the next *count* of them (None: all). "" matches anything.
    """

    kind: Kind
    service: str = ""
    operation: str = ""
    text: str = ""
    agent: str = ""
    count: int | None = 1
    answer: Answer = field(default_factory=lambda: Answer(500))
    headers: Mapping[str, str | None] = field(default_factory=dict)
    delay: float = 0.0

    def matches(self, request: Request) -> bool:
        """Tell whether the request is one of those."""
        return (
            self.service in ("", request.service)
            and self.operation in ("", request.operation)
            and re.search(self.text, request.text) is not None
            and re.search(self.agent, request.agent) is not None
        )
