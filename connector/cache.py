"""
What an invocation may still know of the catalog from earlier ones.

It is true only while nobody else wrote: the lease tells when somebody may have, and then everything is dropped. Each
entry is kept for a few minutes at most, since people and crawlers change the catalog without a lease.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Generic, TypeVar

from connector.core.asset import Found, Table
from connector.core.budget import CACHE
from connector.core.desired import Lineage
from connector.core.route import Pair

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


class Expiring(Generic[_Key, _Value]):
    """A mapping whose entries are dropped after `CACHE` seconds of the *clock*."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._entries: dict[_Key, tuple[float, _Value]] = {}

    def get(self, key: _Key) -> _Value | None:
        """Return the value of *key*, None where there is none."""
        expires, value = self._entries.get(key, (0.0, None))
        return value if self._clock() < expires else None

    def put(self, key: _Key, value: _Value) -> None:
        """Keep *value* from now on."""
        self._entries[key] = (self._clock() + CACHE, value)

    def drop(self, key: _Key) -> None:
        """Drop *key*."""
        self._entries.pop(key, None)

    def clear(self) -> None:
        """Drop everything."""
        self._entries.clear()


class Cache:
    """Buckets and tables as they were read, and the pairs whose lineage is known to be in the catalog."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.buckets: Expiring[str, Sequence[Found]] = Expiring(clock)
        self.tables: Expiring[str, Table] = Expiring(clock)
        self.pairs: Expiring[Pair, bool] = Expiring(clock)

    def clear(self) -> None:
        """Drop everything: somebody else may have written, or Atlan contradicts it."""
        self.buckets.clear()
        self.tables.clear()
        self.pairs.clear()

    @contextmanager
    def writing(self, pairs: Mapping[Pair, Lineage]) -> Iterator[None]:
        """Know the lineage of these pairs once all of it was written, and not while only a part of it is."""
        for pair in pairs:
            self.pairs.drop(pair)
        yield
        for pair in (pair for pair, lineage in pairs.items() if lineage.present):
            self.pairs.put(pair, True)
