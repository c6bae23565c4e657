"""
A queue within the process: applies the hints of a sweep where there is no queue, or a person waits for the end.

The same delivery applies them as applies SQS's messages in Lambda, with the same retries, and the same lease. Nothing
is lost if the process dies: the next sweep finds what this one has not done.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count, islice
from typing import Any, Final

from connector.core.budget import LONGEST_HOLD
from connector.core.envelope import Message
from connector.core.order import Drifted
from connector.errors import ConnectorError, UnavailableError
from connector.ports import Clock

BATCH: Final = 320
"""Hints that are applied under one lease, in 20 requests; other writers take their turn in between."""

WAITING: Final = 1000
"""Hints that wait for their next try, at most, before new ones are taken; so memory is constant."""

INVOCATION_MS: Final = 120_000
"""Milliseconds that a batch may take, as the function's timeout in the template."""


@dataclass(slots=True)
class Progress:
    """How far it is: hints that are done, that wait for another try, and that failed for good, with the reasons."""

    done: int = 0
    waiting: int = 0
    failed: list[tuple[Drifted, str]] = field(default_factory=list)


@dataclass(slots=True)
class Inline:
    """The queue; see `connector.ports.Queue`. Times are in seconds since 1970."""

    clock: Clock
    progress: Progress = field(default_factory=Progress)
    _hints: dict[str, Drifted] = field(default_factory=dict)
    _due: list[tuple[float, int, Message]] = field(default_factory=list)
    _delays: dict[str, int] = field(default_factory=dict)

    def run(
        self,
        hints: Iterable[Drifted],
        deliver: Callable[[Sequence[Message]], Mapping[str, Any]],
        tell: Callable[[Progress], None] = lambda _: None,
    ) -> Progress:
        """
        Apply all hints by *deliver*, and *tell* after each batch.

        Raises:
            UnavailableError: nothing was done for a quarter of an hour; the next run goes on.
        """
        numbers, coming = count(1), iter(hints)
        last = self.clock()
        while True:
            batch = self._batch(coming, numbers)
            if not batch and not self._due:
                return self.progress
            before = self.progress.done + len(self.progress.failed)
            self._deliver(batch, deliver)
            now = self.clock()
            last = now if self.progress.done + len(self.progress.failed) > before else last
            tell(self.progress)
            if now - last > LONGEST_HOLD:
                raise UnavailableError(
                    f"nothing could be done for {LONGEST_HOLD / 60:.0f} minutes; a run with --log-file FILE says why"
                )
            if not batch:
                self.clock.sleep(max(0.0, self._due[0][0] - now))

    def delay(self, messages: Sequence[tuple[Message, int]]) -> Sequence[ConnectorError | None]:
        """Note when each message is tried again, in seconds from now."""
        self._delays |= {message.id: seconds for message, seconds in messages}
        return [None] * len(messages)

    def dead_letter(self, messages: Sequence[tuple[Message, Mapping[str, str]]]) -> Sequence[ConnectorError | None]:
        """Note what failed for good."""
        self.progress.failed += [(self._hints[message.id], facts.get("error", "")) for message, facts in messages]
        return [None] * len(messages)

    def _batch(self, coming: Iterable[Drifted], numbers: Iterable[int]) -> list[Message]:
        batch: list[Message] = []
        while self._due and self._due[0][0] <= self.clock() and len(batch) < BATCH:
            batch.append(heappop(self._due)[2])
        if len(self._due) < WAITING:
            for hint, number in zip(islice(coming, BATCH - len(batch)), numbers, strict=False):
                self._hints[str(number)] = hint
                batch.append(Message(str(number), "", hint.body(), 0, 0))
        return batch

    def _deliver(self, batch: Sequence[Message], deliver: Callable[[Sequence[Message]], Mapping[str, Any]]) -> None:
        if not batch:
            return
        sent = [Message(one.id, "", one.body, one.receives + 1, 0) for one in batch]
        failed = len(self.progress.failed)
        again = {failure["itemIdentifier"] for failure in deliver(sent)["batchItemFailures"]}
        for message in sent:
            if message.id in again:
                due = self.clock() + self._delays.pop(message.id, 0)
                heappush(self._due, (due, int(message.id), message))
            else:
                del self._hints[message.id]
        self.progress.waiting = len(self._due)
        self.progress.done += len(sent) - len(again) - (len(self.progress.failed) - failed)
