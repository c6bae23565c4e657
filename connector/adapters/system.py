"""The machine: the clock, and random names. Nothing else asks for either."""

import time
from uuid import uuid4


class Clock:
    """
    Seconds since 1970, which never go back within an event: the wall clock is read once, then the monotonic one counts.

    See `connector.ports.Clock`.
    """

    def __init__(self) -> None:
        self.set()

    def set(self) -> None:
        """Read the wall clock, at the beginning of an event: the monotonic one may stop between two of them."""
        self._offset = time.time() - time.monotonic()

    def __call__(self) -> float:
        """Return the seconds since 1970."""
        return time.monotonic() + self._offset

    def sleep(self, seconds: float) -> None:
        """Let so many seconds pass."""
        time.sleep(seconds)


def token() -> str:
    """Return a name that nobody else has."""
    return uuid4().hex
