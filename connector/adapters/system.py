"""The clock and random names of the system. Nothing else reads either."""

import time
from uuid import uuid4


class Clock:
    """
    Seconds since 1970, which never go back within an event: the wall clock is read once, then the monotonic clock.

    See `connector.ports.Clock`.
    """

    def __init__(self) -> None:
        self.set()

    def set(self) -> None:
        """Read the wall clock at the start of an event: the monotonic clock may stop between two events."""
        self._offset = time.time() - time.monotonic()

    def __call__(self) -> float:
        """Return the seconds since 1970."""
        return time.monotonic() + self._offset

    def sleep(self, seconds: float) -> None:
        """Wait for this many seconds."""
        time.sleep(seconds)


def token() -> str:
    """Return a unique name."""
    return uuid4().hex
