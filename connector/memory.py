"""
What an invocation may still know of the catalog from earlier ones.

Only while nobody else wrote: the lease says when that may have happened, and then all is forgotten. Even alone it is
kept for minutes only, since people and crawlers change tables.
"""

from collections.abc import Callable
from typing import Final, Generic, TypeVar

SECONDS: Final = 300.0

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


class Memory(Generic[_Key, _Value]):
    """A mapping whose entries are forgotten after `SECONDS`; *clock* gives seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._entries: dict[_Key, tuple[float, _Value]] = {}

    def get(self, key: _Key) -> _Value | None:
        """Return what is remembered of *key*, None where nothing is."""
        expires, value = self._entries.get(key, (0.0, None))
        return value if self._clock() < expires else None

    def put(self, key: _Key, value: _Value) -> None:
        """Remember *value* from now on."""
        self._entries[key] = (self._clock() + SECONDS, value)

    def drop(self, key: _Key) -> None:
        """Forget *key*."""
        self._entries.pop(key, None)

    def clear(self) -> None:
        """Forget all."""
        self._entries.clear()
