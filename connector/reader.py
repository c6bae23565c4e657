"""
Reads what is needed to decide about a batch, from S3 and from the catalog, and as little as possible.

`connector.sync` calls it under the lease. Nothing is decided here but what need not be read: what the cache has.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from connector.cache import Cache
from connector.core.asset import Found, Stat, Table
from connector.core.desired import Desired, Facts, names
from connector.core.names import Namespace
from connector.core.plan import Actual
from connector.core.route import Hint, Match, Pair, Routes
from connector.errors import ConnectorError, unexpected
from connector.ports import Catalog, Store

READERS: Final = 8
"""Objects that are read from S3 at the same time."""

PAGES: Final = 10
"""Pages of a listing that are worth reading to learn whether a pair has an object left."""


class Reader:
    """Reads through the ports, and remembers in the *cache* what later batches may need."""

    def __init__(self, routes: Routes, space: Namespace, ports: tuple[Store, Catalog], cache: Cache) -> None:
        self._routes, self._space, self._cache = routes, space, cache
        self._store, self._catalog = ports

    def stats(self, hints: Collection[Hint]) -> dict[Hint, Stat | ConnectorError | None]:
        """Ask S3 what is there of each object now; an error is true of its object only."""
        with ThreadPoolExecutor(READERS) as readers:
            return dict(zip(hints, readers.map(self._stat, hints), strict=True))

    def facts(self, stats: Mapping[Hint, Stat | None]) -> Facts:
        """
        Read what `desired` decides by.

        Raises:
            ConnectorError: S3 or Atlan does not answer as it should.
        """
        buckets = {bucket: self._bucket(bucket) for bucket in dict.fromkeys(hint.bucket for hint in stats)}
        live = [hint for hint, stat in stats.items() if stat]
        tables = self._tables({end for hint in live for end in (hint.match.source, hint.match.target) if end})
        pairs = list(dict.fromkeys(pair for hint in live if (pair := hint.match.pair)))
        known = [pair for pair in pairs if self._cache.pairs.get(pair)]
        self._read_columns([pair for pair in pairs if pair not in known], tables)
        ended = dict.fromkeys(pair for hint in stats if (pair := hint.match.pair) and pair not in pairs)
        return Facts(
            stats=stats,
            buckets=buckets,
            connected=self._connected([buckets[hint.bucket] for hint in live]),
            tables=tables,
            known=frozenset(pair for pair in known if pair.source in tables and pair.target in tables),
            over=frozenset(pair for pair in ended if self._is_over(pair)),
        )

    def actual(self, desired: Desired) -> Actual:
        """
        Read what the catalog has of that which should not be there, which is all that a plan needs of it.

        Only our own children are of interest: what somebody else put below a process of ours is left alone.

        Raises:
            ConnectorError: Atlan does not answer as it should.
        """
        found = self._catalog.find([name for lineage in desired for name in lineage.absent])
        parents = [self._space.pair(pair) for pair in desired.pairs]
        children = {parent: self._own(self._catalog.children(parent)) for parent in parents}
        return Actual({name: tuple(assets) for name, assets in found.items()}, children)

    def _stat(self, hint: Hint) -> Stat | ConnectorError | None:
        try:
            return self._store.read(hint.bucket, hint.key)
        except ConnectorError as error:
            return error
        except Exception as error:  # noqa: BLE001 - whatever it is, it is true of this object only
            return unexpected(error, f"s3://{hint.bucket}/{hint.key}")

    def _bucket(self, bucket: str) -> Sequence[Found]:
        found = self._cache.buckets.get(bucket)
        if found is None:
            wanted = names(bucket, self._routes.naming, self._space)
            found = self._catalog.buckets(self._space.connection, bucket, wanted)
            if _active(found):
                self._cache.buckets.put(bucket, found)
        return found

    def _connected(self, buckets: Iterable[Sequence[Found]]) -> bool:
        """Ask for the connection only where a bucket has to be made in it."""
        return all(map(_active, buckets)) or self._catalog.connection(self._space.connection)

    def _tables(self, wanted: Collection[str]) -> dict[str, Table]:
        known = {name: table for name in wanted if (table := self._cache.tables.get(name))}
        missing = sorted(set(wanted) - known.keys())
        for name, table in (self._catalog.tables(missing) if missing else {}).items():
            self._cache.tables.put(name, table)
            known[name] = table
        return known

    def _read_columns(self, pairs: Iterable[Pair], tables: dict[str, Table]) -> None:
        """
        Read the columns of the tables that these pairs connect, or drop a table that has gone meanwhile.

        They are read now, and from the graph: a search may not show the newest, on either side.
        """
        complete = [pair for pair in pairs if pair.source in tables and pair.target in tables]
        for end in dict.fromkeys(end for pair in complete for end in (pair.source, pair.target)):
            table = self._catalog.columns(end, tables.pop(end))
            self._cache.tables.drop(end)
            if table:
                tables[end] = table
                self._cache.tables.put(end, table)

    def _is_over(self, pair: Pair) -> bool:
        """
        Tell whether S3 has no object of *pair* any more; undecided after ten pages is no.

        S3 is asked, and not the catalog: it is always up to date, and has no limit that others share.
        """
        pages = self._pages(pair)
        for _ in range(PAGES):
            page = next(pages, None)
            if page is None:
                return True
            if any(self._is_of(pair, bucket, key) for bucket, key in page):
                return False
        return False

    def _pages(self, pair: Pair) -> Iterator[Sequence[tuple[str, str]]]:
        for bucket, prefix in self._routes.prefixes(pair):
            for keys in self._store.pages(bucket, prefix):
                yield [(bucket, key) for key in keys]

    def _is_of(self, pair: Pair, bucket: str, key: str) -> bool:
        match = self._routes.match(bucket, key)
        return isinstance(match, Match) and match.pair == pair

    def _own(self, found: Sequence[Found]) -> tuple[Found, ...]:
        return tuple(asset for asset in found if self._space.owns(asset.name))


def _active(found: Sequence[Found]) -> bool:
    return any(asset.active for asset in found)
