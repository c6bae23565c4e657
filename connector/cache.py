"""
A cache of the catalog, kept between the invocations of one process.

It is valid only while no other process wrote: the lease shows when one may have, and then everything is dropped. Each
entry is kept for five minutes at most, since people and crawlers change the catalog without a lease.
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
        """Return the value of *key*, or None."""
        expires, value = self._entries.get(key, (0.0, None))
        return value if self._clock() < expires else None

    def put(self, key: _Key, value: _Value) -> None:
        """Store *value* under *key*."""
        self._entries[key] = (self._clock() + CACHE, value)

    def drop(self, key: _Key) -> None:
        """Drop *key*."""
        self._entries.pop(key, None)

    def clear(self) -> None:
        """Drop everything."""
        self._entries.clear()


class Cache:
    """The buckets and tables that were read, and the pairs whose lineage is known to be in the catalog."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.buckets: Expiring[str, Sequence[Found]] = Expiring(clock)
        self.tables: Expiring[str, Table] = Expiring(clock)
        self.pairs: Expiring[Pair, bool] = Expiring(clock)

    def clear(self) -> None:
        """Drop everything: another process may have written, or Atlan rejected a request that used the cache."""
        self.buckets.clear()
        self.tables.clear()
        self.pairs.clear()

    @contextmanager
    def writing(self, pairs: Mapping[Pair, Lineage]) -> Iterator[None]:
        """Remember the lineage of these pairs, but only once all of it was written."""
        for pair in pairs:
            self.pairs.drop(pair)
        yield
        for pair in (pair for pair, lineage in pairs.items() if lineage.present):
            self.pairs.put(pair, True)
