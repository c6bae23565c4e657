"""Threads that take turns, on a clock that moves when all of them wait; so what happens when is always the same."""

from collections.abc import Callable
from typing import Any

from tests.simulation.crew import Crew
from tests.simulation.loop import Fiber, Loop, current

START = 1_000_000.0


class Turns:
    """The clock, in seconds since 1970; see `connector.ports.Clock`."""

    def __init__(self) -> None:
        self.loop = Loop()
        self.crew = Crew(self.loop, lambda _: None)

    def __call__(self) -> float:
        return START + self.loop.now

    def sleep(self, seconds: float) -> None:
        fiber = current()
        self.loop.after(seconds, fiber.switch)
        fiber.wait()

    def start(self, body: Callable[[], Any]) -> None:
        """Let a thread begin; `run` lets it go on."""
        self.loop.after(0.0, Fiber(body).switch)

    def run(self, *bodies: Callable[[], Any]) -> None:
        """Let these threads begin, and all of them end."""
        for body in bodies:
            self.start(body)
        self.loop.run()
