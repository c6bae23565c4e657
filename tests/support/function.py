"""The function and its queue in memory: production's delivery, lease and sync, one invocation after another."""

from dataclasses import dataclass, field
from typing import Any, Final

from connector.core.budget import Deadline
from connector.delivery import Delivery
from connector.errors import ConnectorError
from connector.ports import Journal
from tests.support import notice
from tests.support.queue import Queue
from tests.support.shop import BUCKET
from tests.support.world import World, key

TIMEOUT: Final = 120.0
"""Seconds of an invocation, as in template.yaml."""


@dataclass
class Key:
    """The API key: `answers` has what the next renewals find, an error perhaps."""

    answers: list[bool | ConnectorError] = field(default_factory=list)

    def renew(self) -> bool:
        answer = self.answers.pop(0) if self.answers else False
        if isinstance(answer, ConnectorError):
            raise answer
        return answer


class Function:
    """The function and its queue; `longest` is the longest invocation so far, in seconds."""

    def __init__(self, world: World, journal: Journal | None = None) -> None:
        self.world, self.key, self.queue = world, Key(), Queue(world.clock)
        self.delivery = Delivery(world.sync, self.key, journal or world.journal, self.queue, world.clock)
        self.longest = 0.0

    def send(self, *parts: str) -> None:
        self.queue.send(*(body(part) for part in parts))

    def invoke(self, most: int = 1000) -> int:
        """Run one invocation, and return how many messages it finished."""
        received, began = self.queue.receive(most), self.world.clock.now
        deadline = Deadline.after(round(TIMEOUT * 1000), began, len(received))
        self.world.limiter.begin(deadline)
        answer = self.delivery.batch(received, deadline)
        self.longest = max(self.longest, self.world.clock.now - began)
        return self.queue.finish(received, answer)

    def direct(self, *parts: str) -> dict[str, Any]:
        records = [notice.record(BUCKET, key(part)) for part in parts]
        return self.delivery.direct(notice.direct(*records), self.world.deadline())


def body(part: str) -> str:
    return notice.body((BUCKET, key(part)))
