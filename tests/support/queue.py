"""SQS in memory, on the clock of a test: a delayed message is received again after its delay."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from connector.core.envelope import Message
from connector.errors import ConnectorError
from tests.support.clock import Clock


@dataclass
class Queue:
    """
    See `connector.ports.Queue`.

    `visible` says from when on each message may be received, by its id, `dead` has the dead letters with their
    attributes. `failing` has errors for messages, by id. Each message takes `seconds` to be delayed.
    """

    clock: Clock
    messages: dict[str, Message] = field(default_factory=dict)
    visible: dict[str, float] = field(default_factory=dict)
    dead: list[tuple[Message, Mapping[str, str]]] = field(default_factory=list)
    failing: dict[str, ConnectorError] = field(default_factory=dict)
    seconds: float = 0.0

    def send(self, *bodies: str, delay: float = 0.0) -> None:
        for body in bodies:
            name = str(len(self.visible))
            self.messages[name], self.visible[name] = Message(name, name, body, 0, 0), self.clock.now + delay

    def receive(self, most: int = 1000) -> list[Message]:
        """Receive what is visible, after waiting until something is."""
        self.clock.now = max(self.clock.now, min(self.visible[name] for name in self.messages))
        ready = [name for name in self.messages if self.visible[name] <= self.clock.now][:most]
        for name in ready:
            message, since = self.messages[name], self.messages[name].since
            since = self.clock.now if since is None else since
            self.messages[name] = replace(message, receives=message.receives + 1, since=since)
            self.visible[name] = self.clock.now + 1020
        return [self.messages[name] for name in ready]

    def finish(self, received: Sequence[Message], answer: Mapping[str, list[dict[str, str]]]) -> int:
        """Delete what the function finished, as Lambda does, and return how many that were."""
        failed = {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}
        finished = [message.id for message in received if message.id not in failed]
        for name in finished:
            del self.messages[name]
        return len(finished)

    def delay(self, messages: Sequence[tuple[Message, int]]) -> Sequence[ConnectorError | None]:
        self.clock.sleep(self.seconds * len(messages))
        for message, seconds in messages:
            self.visible[message.id] = self.clock.now + seconds
        return [self.failing.get(message.id) for message, _ in messages]

    def dead_letter(self, messages: Sequence[tuple[Message, Mapping[str, str]]]) -> Sequence[ConnectorError | None]:
        self.dead += [one for one in messages if one[0].id not in self.failing]
        return [self.failing.get(message.id) for message, _ in messages]


@dataclass
class Outbox:
    """
    The way into a queue; see `connector.ports.Outbox`.

    `bodies` has all that was sent, `errors` what the next calls raise after half of their messages was taken.
    """

    queue: Queue
    bodies: list[str] = field(default_factory=list)
    errors: list[BaseException] = field(default_factory=list)

    def send(self, bodies: Sequence[str], delay: int = 0) -> None:
        error = self.errors.pop(0) if self.errors else None
        taken = bodies[: len(bodies) // 2] if error else bodies
        self.queue.send(*taken, delay=delay)
        self.bodies += taken
        if error:
            raise error
