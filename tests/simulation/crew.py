"""Requests in flight together: each in a fiber of its own, so that the seed alone decides in which order they end."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from tests.simulation.loop import Fiber, Loop, current


class Crew:
    """The fibers of a process beside its own; see `connector.ports.Together`."""

    def __init__(self, loop: Loop, flown: Callable[[int], None], limit: int = 8) -> None:
        self._loop, self._flown, self.limit = loop, flown, limit
        self._fibers: list[Fiber] = []

    def __call__(self, calls: Sequence[Callable[[], Any]], ended: Callable[[int, Any], None]) -> None:
        """Begin each call as soon as a fiber is free; *ended*, which may make calls, too, is called by our own."""
        if len(calls) == 1:
            ended(0, calls[0]())
            return
        self._flown(len(calls))
        mine, waiting = current(), deque(enumerate(calls))
        answers, idle = deque[tuple[int, Any]](), [False]

        def fly() -> None:
            while waiting:
                place, call = waiting.popleft()
                answers.append((place, call()))
                if idle[0]:
                    idle[0] = False
                    self._loop.after(0.0, mine.switch)

        fibers = [Fiber(fly) for _ in calls[: self.limit]]
        self._fibers = [*(fiber for fiber in self._fibers if fiber.alive), *fibers]
        for fiber in fibers:
            self._loop.after(0.0, fiber.switch)
        for _ in calls:
            if not answers:
                idle[0] = True
                mine.wait()
            ended(*answers.popleft())

    @contextmanager
    def aside(self, call: Callable[[], Any]) -> Iterator[Callable[[], Any]]:
        """Make the call at once: it is answered in no time, and as early as it may be."""
        answer = call()
        yield lambda: answer

    def kill(self) -> None:
        for fiber in self._fibers:
            fiber.kill()
