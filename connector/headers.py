"""
Reads, for the pairs of a bucket, what their newest objects tell of the columns: one header a pair.

`connector.sweep` shows it the objects that it lists anyway, so that most pairs need no listing of their own.
"""

from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Final

from connector.core.asset import Read, Table
from connector.core.lineage import Dated, Told
from connector.core.order import Scope
from connector.core.route import Pair, Routes
from connector.core.seen import Listed
from connector.core.stream import RECENT
from connector.errors import PermanentError
from connector.ports import Store
from connector.presence import PAGES_OF_A_SWEEP, Presence, dated
from connector.shapes import Shapes, Tables, first

READERS: Final = 8
"""Objects that are read from S3 at the same time."""


class Headers:
    """The newest object of each pair that was seen, in constant memory; `after` is where the sweep began."""

    def __init__(self, routes: Routes, shapes: Shapes, store: Store, after: str = "") -> None:
        self._routes, self._shapes, self._store, self._after = routes, shapes, store, after
        self._presence = Presence(routes, store)
        self._newest: dict[Pair, Dated] = {}

    def __contains__(self, pair: object) -> bool:
        """Tell whether an object of the pair was seen, unless it is forgotten."""
        return pair in self._newest

    def see(self, bucket: str, listed: Listed, pair: Pair) -> None:
        """Note an object of a pair, and forget the pairs that were seen first if there are too many."""
        self._newest[pair] = max(dated(bucket, listed), self._newest.get(pair, dated(bucket, listed)))
        for old in list(islice(self._newest, max(0, len(self._newest) - RECENT))):
            del self._newest[old]

    def told(self, scope: Scope, pairs: Collection[Pair], tables: Mapping[str, Table]) -> dict[Pair, Told]:
        """
        Return what the objects of these pairs tell, of those whose tables Atlan has.

        Raises:
            ConnectorError: S3 does not answer.
        """
        pairs = [pair for pair in pairs if pair.source in tables and pair.target in tables]
        seen = {pair: one for pair in pairs if (one := self._newest.get(pair)) and self._covers(scope, pair)}
        with ThreadPoolExecutor(READERS) as readers:
            reads = dict(readers.map(self._read, seen.values()))
        return {pair: self._told(Tables(pair, dict(tables)), seen.get(pair), reads) for pair in pairs}

    def _told(
        self, of: Tables, newest: Dated | None, reads: Mapping[tuple[str, str], Read | PermanentError | None]
    ) -> Told:
        known = {place: read for place, read in reads.items() if not isinstance(read, PermanentError)}
        try:
            told = self._shapes.told([newest] if newest else [], known, of)
            if told.deciding and told.deciding.shaping:
                return told
            listed = self._presence.newest(of.pair, PAGES_OF_A_SWEEP)
            return Told(undecided=listed.lacking) if listed.lacking else self._shapes.told(listed.objects, known, of)
        except PermanentError as error:
            return Told(undecided=str(error))

    def _read(self, one: Dated) -> tuple[tuple[str, str], Read | PermanentError | None]:
        place = (one.bucket, one.key)
        try:
            return place, self._store.read(*place, first(self._routes.match(*place)))
        except PermanentError as error:
            return place, error

    def _covers(self, scope: Scope, pair: Pair) -> bool:
        """Tell whether all objects of a pair were seen."""
        return not self._after and all(
            bucket == scope.bucket and prefix.startswith(scope.prefix) for bucket, prefix in self._routes.prefixes(pair)
        )
