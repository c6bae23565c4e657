"""Faults: what goes wrong, and for which requests. `layer` applies them; tests and `http.control` create them."""

import re
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What goes wrong."""

    STATUS = "status"
    """The request is not served; the response has this `status`."""
    RESET = "reset"
    """The request is not served, and the connection is reset."""
    LOST = "lost"
    """The request is served, but the connection is reset before the response."""
    LATE = "late"
    """The request is served; the response is sent `delay` seconds later."""
    ORPHAN = "orphan"
    """The connection is reset after `hold` seconds; the request is served `delay` seconds after it arrived."""
    TRUNCATED = "truncated"
    """The request is served, but only the first half of the response is sent."""
    RACE = "race"
    """A save looks up names that match `names` `delay` seconds before it writes, so two at once can create two."""


@dataclass(frozen=True, slots=True)
class Fault:
    """
    A fault, and the requests it applies to: those whose method is *method* and whose path and body match the patterns.

    It applies to the next *count* of them (None: all), each with *probability*. "" matches anything; times are seconds.
    """

    kind: Kind
    path: str = ""
    method: str = ""
    body: str = ""
    count: int | None = 1
    probability: float = 1.0
    status: int = 500
    retry_after: int = 1
    delay: float = 0.0
    hold: float = 0.0
    names: str = ""

    def matches(self, method: str, path: str, body: str) -> bool:
        """Return whether the fault applies to the request."""
        if self.method not in ("", method):
            return False
        return re.search(self.path, path) is not None and re.search(self.body, body) is not None
