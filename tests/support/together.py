"""Calls that are made in turn, in the thread of the test; see `connector.ports.Together`."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random
from typing import Any


@dataclass
class InTurn:
    """
    Makes calls one after another, *limit* being what it says, in an order that *random* draws.

    `sizes` has how many calls there were each time.
    """

    limit: int = 1
    random: Random | None = None

    def __post_init__(self) -> None:
        self.sizes: list[int] = []

    @contextmanager
    def aside(self, call: Callable[[], Any]) -> Iterator[Callable[[], Any]]:
        answer = call()
        yield lambda: answer

    def __call__(self, calls: Sequence[Callable[[], Any]], ended: Callable[[int, Any], None]) -> None:
        self.sizes.append(len(calls))
        places = list(range(len(calls)))
        if self.random:
            self.random.shuffle(places)
        for place in places:
            ended(place, calls[place]())
