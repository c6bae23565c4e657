"""
Tells whether S3 still has an object of a pair of tables.

`connector.reader` asks under the lease, before lineage is retired; `connector.sweep` asks for its hints.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from connector.core.route import Match, Pair, Routes
from connector.ports import Store

PAGES: Final = 10
"""Pages of a listing that are read, at most, after a notification; the pair is left if they do not decide."""

PAGES_OF_A_SWEEP: Final = 100
"""The same for the hint of a sweep, which is to decide what a notification left."""


class Presence:
    """Reads S3 and not the catalog: it is always up to date, and has no rate limit that others share."""

    def __init__(self, routes: Routes, store: Store) -> None:
        self._routes, self._store = routes, store

    def of(self, pair: Pair, pages: int = PAGES) -> bool | None:
        """
        Return whether S3 has an object of *pair*, or None if this many pages do not decide it.

        Raises:
            ConnectorError: S3 does not list.
        """
        listing = self._pages(pair)
        for _ in range(pages):
            page = next(listing, None)
            if page is None:
                return False
            if any(self._is_of(pair, bucket, key) for bucket, key in page):
                return True
        return None

    def _pages(self, pair: Pair) -> Iterator[Sequence[tuple[str, str]]]:
        for bucket, prefix in self._routes.prefixes(pair):
            for keys in self._store.pages(bucket, prefix):
                yield [(bucket, key) for key in keys]

    def _is_of(self, pair: Pair, bucket: str, key: str) -> bool:
        match = self._routes.match(bucket, key)
        return isinstance(match, Match) and match.pair == pair
