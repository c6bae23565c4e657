"""Requests in flight together: each in a fiber of its own, so that the seed alone decides in which order they end."""

from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Final

from tests.simulation.loop import Fiber, Loop, current

LIMIT: Final = 8


class Crew:
    """The fibers of a process beside its own; see `connector.ports.Together`."""

    limit = LIMIT

    def __init__(self, loop: Loop, flown: Callable[[int], None]) -> None:
        self._loop, self._flown = loop, flown
        self._fibers: list[Fiber] = []
        self._idle: Fiber | None = None

    def __call__(self, calls: Sequence[Callable[[], Any]], ended: Callable[[int, Any], None]) -> None:
        """Begin each call as soon as one of the fibers is free; *ended* is called by the fiber of the process."""
        if len(calls) == 1:
            ended(0, calls[0]())
            return
        self._flown(len(calls))
        waiting, answers = deque(enumerate(calls)), deque[tuple[int, Any]]()
        self._fibers = [Fiber(lambda: self._fly(waiting, answers)) for _ in calls[:LIMIT]]
        for fiber in self._fibers:
            self._loop.after(0.0, fiber.switch)
        for _ in calls:
            if not answers:
                self._idle = current()
                self._idle.wait()
            ended(*answers.popleft())

    def kill(self) -> None:
        for fiber in self._fibers:
            fiber.kill()

    def _fly(self, waiting: deque[tuple[int, Callable[[], Any]]], answers: deque[tuple[int, Any]]) -> None:
        while waiting:
            place, call = waiting.popleft()
            answers.append((place, call()))
            if self._idle:
                self._loop.after(0.0, self._idle.switch)
                self._idle = None
