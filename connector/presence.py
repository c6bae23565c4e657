"""
Tells whether S3 still has an object of a pair of tables, and which are its newest.

`connector.reader` asks under the lease, before lineage is retired; `connector.sweep` asks for its hints.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from heapq import nlargest
from typing import Final

from connector.core.lineage import Dated
from connector.core.route import Match, Pair, Routes
from connector.core.seen import Listed
from connector.ports import Store

PAGES: Final = 10
"""Pages of a listing that are read, at most, after a notification; the pair is left if they do not decide."""

PAGES_OF_A_SWEEP: Final = 100
"""The same for the hint of a sweep, which is to decide what a notification left."""

NEWEST: Final = 10
"""The newest objects of a pair of which one is to have a header; if none has, the files of the pair have none."""


@dataclass(frozen=True, slots=True)
class Newest:
    """
    The newest objects of a pair, newest first, `NEWEST` at most; `more` says that there are older ones.

    `lacking` says why there may be newer ones; "" if the listing was read to its end.
    """

    objects: tuple[Dated, ...] = ()
    more: bool = False
    lacking: str = ""


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
            if page:
                return True
        return None

    def newest(self, pair: Pair, pages: int = PAGES) -> Newest:
        """
        Return the newest objects of *pair*, of those that this many pages list.

        Raises:
            ConnectorError: S3 does not list.
        """
        newest: list[Dated] = []
        listing = self._pages(pair)
        for _ in range(pages):
            page = next(listing, None)
            if page is None:
                return Newest(tuple(newest[:NEWEST]), more=len(newest) > NEWEST)
            newest = nlargest(NEWEST + 1, (*newest, *page))
        return Newest(
            tuple(newest[:NEWEST]), lacking=f"S3 has more than {pages} pages of objects where those of the pair are"
        )

    def _pages(self, pair: Pair) -> Iterator[Sequence[Dated]]:
        """Yield the objects of *pair*, page by page; a page may have none."""
        for bucket, prefix in self._routes.prefixes(pair):
            for page in self._store.listing(bucket, prefix, ""):
                yield [dated(bucket, listed) for listed in page if self._is_of(pair, bucket, listed.key)]

    def _is_of(self, pair: Pair, bucket: str, key: str) -> bool:
        match = self._routes.match(bucket, key)
        return isinstance(match, Match) and match.pair == pair


def dated(bucket: str, listed: Listed) -> Dated:
    """Return an object of a listing in the order of age; a GET tells the time of its last change to the second."""
    return Dated(listed.modified.replace(microsecond=0), bucket, listed.key)
