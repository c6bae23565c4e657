"""The lease of a process that is alone: its threads take turns."""

import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from connector.errors import BusyError


class Local:
    """A lock for each connection, for this process only."""

    def __init__(self) -> None:
        self._locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)

    @contextmanager
    def hold(self, connection: str, deadline: float) -> Iterator[bool]:
        """
        Wait for the lock until *deadline*, in seconds of the monotonic clock; nobody else ever holds it.

        Raises:
            BusyError: it was not free in time.
        """
        lock = self._locks[connection]
        if not lock.acquire(timeout=max(0.0, deadline - time.monotonic())):
            raise BusyError(f"{connection}: another thread wrote until there was no time left; send it again")
        try:
            yield True
        finally:
            lock.release()
