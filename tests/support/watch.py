"""
The deployed function over hours of simulated time, with the metrics that it and AWS emit, and the stack's alarms.

The connector's metrics are the lines that it prints, at the time of the simulated clock. Those of AWS's services are
what their documentation says of the situation: SQS samples its queues each minute, and counts what is sent and deleted;
Lambda counts invocations that raise. Whether SQS reports zeros is documented in two ways, so both are tried.

Sources:
    SQS Developer Guide, "Available CloudWatch metrics"; Lambda Developer Guide, "Types of metrics".
"""

import heapq
from collections.abc import Callable, Iterator, Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from io import StringIO
from itertools import count, pairwise
from math import inf
from typing import Any, Final

from connector import log
from connector.log import Journal
from tests.support.cloudwatch import Alarm, Metrics
from tests.support.function import Function
from tests.support.world import World

MINUTE: Final = 60.0
QUEUE, DEAD, FUNCTION = "Queue.QueueName", "DeadLetterQueue.QueueName", "ConnectorFunction"


@dataclass
class Watch:
    """
    The function, its queue and the alarms, by name.

    CloudWatch looks at the alarms every `look` seconds. `broken` is what an invocation raises, before it does anything;
    while the event source is `off`, there are no invocations. `last` is after how many seconds a message was finished
    last.
    """

    definitions: Mapping[str, Mapping[str, Any]]
    spare: int = 0
    zeros: bool = True
    batch: int = 10
    look: float = MINUTE
    broken: Exception | None = None
    off: bool = False
    states: dict[str, list[bool]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.world, self.metrics = World(), Metrics()
        self.function = Function(self.world, Journal())
        self.clock, self.queue = self.world.clock, self.function.queue
        self.began, self.last = self.clock.now, 0.0
        self._coming: list[tuple[float, int, Callable[[], object]]] = []
        self._ties, self._sampled, self._sent, self._deleted = count(), self.clock.now, 0, 0
        self.alarms = {
            name: Alarm(properties, self.metrics, self.spare, fills=not self.zeros)
            for name, properties in self.definitions.items()
        }
        self.states = {name: [] for name in self.alarms}

    def at(self, hours: float, action: Callable[[], object]) -> None:
        """Let something happen so many hours after the beginning."""
        heapq.heappush(self._coming, (self.began + hours * 3600, next(self._ties), action))

    def upload(self, *parts: str) -> None:
        self.world.put(*(f"exports/public/orders/{part}.csv" for part in parts))
        self.function.send(*parts)
        self._sent += len(parts)

    def uploads(self, first: float, last: float, every: float) -> None:
        """Let an object be uploaded every so many hours."""
        for number in range(int((last - first) / every)):
            self.at(first + number * every, lambda number=number: self.upload(f"{first}-{number}"))

    def run(self, hours: float) -> None:
        """Let the time pass until so many hours after the beginning."""
        end = self.began + hours * 3600
        while self.clock.now < end:
            due = inf if self.off else min((self.queue.visible[name] for name in self.queue.messages), default=inf)
            coming = self._coming[0][0] if self._coming else inf
            moment = min(end, max(self.clock.now, min(due, coming)))
            self._watch(moment)
            self.clock.now = max(self.clock.now, moment)
            if coming <= moment:
                heapq.heappop(self._coming)[2]()
            elif due <= moment:
                self._invoke()
        self._watch(end)

    def raised(self) -> set[str]:
        """Name the alarms that were raised at any time."""
        return {name for name, states in self.states.items() if any(states)}

    def on(self) -> set[str]:
        """Name the alarms that are raised now."""
        return {name for name, states in self.states.items() if states and states[-1]}

    def rung(self, name: str) -> int:
        """Count how often an alarm was raised."""
        return sum(not before and after for before, after in pairwise([False, *self.states[name]]))

    def first(self, name: str) -> float:
        """Return after how many minutes an alarm was raised first."""
        return (self.states[name].index(True) + 1) * self.look / MINUTE

    def _invoke(self) -> None:
        """Receive a batch, and apply it; SQS delivers it again if that raises."""
        at = self.clock.now
        if self.broken:
            self.queue.receive(self.batch)
            self.metrics.put(("AWS/Lambda", "Errors", FUNCTION), at, 1)
            return
        printed = StringIO()
        log.metrics.clear_metrics()
        logged = log.logger.registered_handler.setStream(StringIO())
        with redirect_stdout(printed):
            finished = self.function.invoke(self.batch)
            log.metrics.flush_metrics()
        self._deleted += finished
        self.last = self.clock.now - self.began if finished else self.last
        log.logger.registered_handler.setStream(logged)
        for line in printed.getvalue().splitlines():
            self.metrics.read(line, self.clock.now)
        self.metrics.put(("AWS/Lambda", "Errors", FUNCTION), at, 0)

    def _watch(self, until: float) -> None:
        """Sample the queues, and look at the alarms, at each minute that has passed."""
        for at in self._minutes(until):
            visible = sum(self.queue.visible[name] <= at for name in self.queue.messages)
            for name, queue, value in (
                ("ApproximateNumberOfMessagesVisible", QUEUE, visible),
                ("ApproximateNumberOfMessagesNotVisible", QUEUE, len(self.queue.messages) - visible),
                ("ApproximateNumberOfMessagesVisible", DEAD, len(self.queue.dead)),
                ("NumberOfMessagesSent", QUEUE, self._sent),
                ("NumberOfMessagesDeleted", QUEUE, self._deleted),
            ):
                if value or self.zeros:
                    self.metrics.put(("AWS/SQS", name, queue), at - 1, value)
            self._sent = self._deleted = 0
            if (at - self.began) % self.look == 0:
                for name, alarm in self.alarms.items():
                    self.states[name].append(alarm.on(at))

    def _minutes(self, until: float) -> Iterator[float]:
        while self._sampled + MINUTE <= until:
            self._sampled += MINUTE
            yield self._sampled
