"""
Simulated time, and threads that take turns.

What happens is a queue of (time, action). A fiber is a thread that runs only while the loop waits for it, so that
one thread at a time runs, and the seed alone decides which.
"""

import heapq
import itertools
import threading
from collections.abc import Callable
from typing import Any, Final

LIMIT: Final = 250_000
"""Events after which a history is taken not to end."""


class KilledError(BaseException):
    """The process is killed: no `except Exception` stops it."""


class EndlessError(Exception):
    """The history does not end."""


class Loop:
    """The world's clock, in seconds, and what is to happen when."""

    def __init__(self) -> None:
        self.now = 0.0
        self._ties = itertools.count()
        self._events: list[tuple[float, int, Callable[[], None]]] = []

    def after(self, seconds: float, action: Callable[[], None]) -> None:
        """Schedule an action in this many seconds; of two at the same time, the first scheduled runs first."""
        heapq.heappush(self._events, (self.now + seconds, next(self._ties), action))

    def run(self) -> None:
        """Let happen what is to happen, until nothing is."""
        for _ in range(LIMIT):
            if not self._events:
                return
            self.now, _, action = heapq.heappop(self._events)
            action()
        raise EndlessError(f"more than {LIMIT} events")


_here = threading.local()


def current() -> "Fiber":
    """Return the fiber that runs."""
    fiber: Fiber = _here.fiber
    return fiber


class Fiber:
    """A thread that runs *body*, once, between `switch` and `wait`."""

    def __init__(self, body: Callable[[], None]) -> None:
        self.alive = True
        self._body, self._value = body, None
        self._failure: BaseException | None = None
        self._mine, self._loops = threading.Lock(), threading.Lock()
        self._mine.acquire()
        self._loops.acquire()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        self._loops.acquire()

    def switch(self, value: Any = None) -> None:
        """Let the fiber go on with *value*, until it waits or ends; a fault in it is raised here."""
        if not self.alive:
            return
        self._value = value
        self._mine.release()
        self._loops.acquire()
        if self._failure is not None:
            raise self._failure

    def kill(self) -> None:
        """End the fiber where it waits."""
        if self.alive:
            self.alive = False
            self._mine.release()
            self._thread.join()

    def wait(self) -> Any:
        """Called by the fiber: let the loop go on, until it switches back; return what it brings."""
        if self.alive:
            self._loops.release()
            self._mine.acquire()
        if not self.alive:
            raise KilledError
        return self._value

    def _run(self) -> None:
        _here.fiber = self
        try:
            self.wait()
            self._body()
        except KilledError:
            pass
        except BaseException as error:  # noqa: BLE001 - whatever it is, the loop raises it
            self._failure = error
        self.alive = False
        self._loops.release()
