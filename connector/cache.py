"""
A cache of the catalog, kept between the invocations of one process.

It is valid only while no other process wrote: the lease shows when one may have, and then everything is dropped. Each
entry is kept for five minutes at most, since people and crawlers change the catalog without a lease.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Generic, TypeVar

from connector.core.asset import Asset, Found, Name, Object, Table, is_column
from connector.core.budget import CACHE, EXPLANATION
from connector.core.desired import Facts, written
from connector.core.lineage import Lineage
from connector.core.nearest import Looked
from connector.core.route import Pair
from connector.core.shape import Known

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


class Expiring(Generic[_Key, _Value]):
    """A mapping whose entries are dropped after some *seconds* of the *clock*."""

    def __init__(self, clock: Callable[[], float], seconds: float = CACHE) -> None:
        self._clock, self._seconds = clock, seconds
        self._entries: dict[_Key, tuple[float, _Value]] = {}

    def get(self, key: _Key) -> _Value | None:
        """Return the value of *key*, or None."""
        expires, value = self._entries.get(key, (0.0, None))
        return value if self._clock() < expires else None

    def put(self, key: _Key, value: _Value) -> None:
        """Store *value* under *key*."""
        self._entries[key] = (self._clock() + self._seconds, value)

    def amend(self, key: _Key, value: _Value) -> None:
        """Replace the value of *key*, which is dropped no later than before."""
        self._entries[key] = (self._entries[key][0], value)

    def items(self) -> list[tuple[_Key, _Value]]:
        """Return all entries that are not dropped yet."""
        now = self._clock()
        return [(key, value) for key, (expires, value) in self._entries.items() if now < expires]

    def drop(self, key: _Key) -> None:
        """Drop *key*."""
        self._entries.pop(key, None)

    def clear(self) -> None:
        """Drop everything."""
        self._entries.clear()


class Cache:
    """
    What was read and written: buckets, tables, pairs, column processes, and what resembles tables that are missing.

    `pairs` has those whose lineage is known to be in the catalog, and what decided it. A pair may have more column
    processes than one invocation can save: those in `saved` are not sent again, so that each invocation gets further.
    `crowded` are pairs with more objects than are listed.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self.connections: Expiring[str, bool] = Expiring(clock)
        self.buckets: Expiring[str, Sequence[Found]] = Expiring(clock)
        self.tables: Expiring[str, Table] = Expiring(clock)
        self.pairs: Expiring[Pair, Known] = Expiring(clock)
        self.crowded: Expiring[Pair, bool] = Expiring(clock)
        self.saved: Expiring[Name, tuple[Asset, str]] = Expiring(clock)
        self.similar: Expiring[str, Looked] = Expiring(clock, EXPLANATION)

    def clear(self) -> None:
        """Drop everything: another process may have written, or Atlan rejected a request that used the cache."""
        self.connections.clear()
        self.buckets.clear()
        self.tables.clear()
        self.pairs.clear()
        self.crowded.clear()
        self.saved.clear()
        self.similar.clear()

    def save(self, assets: Iterable[Asset], guids: Mapping[Name, str]) -> None:
        """Remember the column processes of a request that was carried out, and the new buckets of its objects."""
        for asset in assets:
            if is_column(asset):
                self.saved.put(asset.name, (asset, guids[asset.name]))
            elif isinstance(asset, Object) and isinstance(asset.bucket, Name):
                made = Found(asset.bucket, guids[asset.bucket], active=True, label=asset.bucket_name)
                self.buckets.put(asset.bucket_name, [made])

    def is_saved(self, asset: Asset) -> bool:
        """Tell whether the catalog is known to have this column process, and just so."""
        known = self.saved.get(asset.name) if is_column(asset) else None
        return known is not None and known[0] == asset

    def retire(self, assets: Iterable[Found]) -> None:
        """Drop what was archived."""
        for asset in assets:
            self.saved.drop(asset.name)

    def doubt(self, pair: Pair, name: Name) -> None:
        """Forget the lineage of a *pair* of this *name*, which a sweep found not to be as it was written."""
        if self.pairs.get(pair) is None:
            return  # it is being written, perhaps by several invocations
        self.pairs.drop(pair)
        for column in [saved for saved, _ in self.saved.items()]:
            if column.qualified_name.startswith(f"{name.qualified_name}/"):
                self.saved.drop(column)

    def begin(self, pairs: Mapping[Pair, Lineage]) -> None:
        """Forget the lineage of these pairs while it is written: a part of it may be, if that ends early."""
        for pair in (pair for pair, lineage in pairs.items() if lineage.names):
            self.pairs.drop(pair)

    def finish(self, pairs: Mapping[Pair, Lineage], facts: Facts) -> None:
        """Know the lineage of these pairs, since all of it was written."""
        for pair, lineage in pairs.items():
            if lineage.present:
                self.pairs.put(pair, written(pair, lineage, facts))
