"""A clock that stands still until a test moves it, or a sleep moves it."""

from dataclasses import dataclass


@dataclass
class Clock:
    """Seconds since 1970; see `connector.ports.Clock`."""

    now: float = 1_000_000.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
