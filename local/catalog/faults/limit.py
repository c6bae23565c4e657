"""The tenant's rate limit: after 400 requests in a minute, 429 for a minute. Off unless a test sets it."""

import math
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

MINUTE: Final = 60.0


@dataclass(slots=True)
class Limit:
    """
    At most *per_minute* requests in any 60 seconds; the first one above that blocks all clients for *block* seconds.

    *clock* returns seconds, and may be a fake. Source: Atlan's developer documentation (400 per minute and tenant).
    """

    per_minute: int = 400
    block: float = MINUTE
    clock: Callable[[], float] = time.monotonic
    _served: deque[float] = field(default_factory=deque, init=False)
    _until: float = field(default=-math.inf, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)

    def refuse(self) -> int:
        """Count a request; return 0 if it may pass, else the seconds until a retry can succeed."""
        with self._lock:
            now = self.clock()
            if now < self._until:
                return math.ceil(self._until - now)
            while self._served and self._served[0] <= now - MINUTE:
                self._served.popleft()
            if len(self._served) < self.per_minute:
                self._served.append(now)
                return 0
            self._until = now + self.block
            self._served.clear()
            return math.ceil(self.block)
