"""
Reads the facts about a batch from S3 and the catalog, with as few requests as possible.

`connector.sync` calls it under the lease. The only decision here is to skip reads that the cache answers.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from connector.cache import Cache
from connector.core.asset import Found, Stat, Table
from connector.core.desired import Desired, Facts, names
from connector.core.names import Namespace
from connector.core.nearest import Looked
from connector.core.plan import Actual
from connector.core.route import Hint, Match, Pair, Routes, Subject
from connector.core.seen import Around
from connector.errors import ConnectorError, PermanentError, unexpected
from connector.ports import Catalog, Store
from connector.presence import PAGES, PAGES_OF_A_SWEEP, Presence

READERS: Final = 8
"""Objects that are read from S3 at the same time."""


class Reader:
    """Reads through the ports, and keeps results for later batches in the *cache*."""

    def __init__(self, routes: Routes, space: Namespace, ports: tuple[Store, Catalog], cache: Cache) -> None:
        self._routes, self._space, self._cache = routes, space, cache
        self._store, self._catalog = ports
        self._presence = Presence(routes, self._store)

    def stats(self, subjects: Collection[Subject]) -> dict[Subject, Stat | ConnectorError | None]:
        """Read the current state of each object from S3; an error concerns only its object. A pair has none."""
        if len(subjects) == 1:
            return {subject: self._stat(subject) for subject in subjects}
        with ThreadPoolExecutor(READERS) as readers:
            return dict(zip(subjects, readers.map(self._stat, subjects), strict=True))

    def facts(self, subjects: Mapping[Subject, Stat | None]) -> Facts:
        """
        Read the facts from which `desired` decides.

        Raises:
            ConnectorError: a request to S3 or Atlan failed.
        """
        stats = {hint: stat for hint, stat in subjects.items() if isinstance(hint, Hint)}
        hinted = [subject for subject in subjects if isinstance(subject, Pair)]
        for doubted in hinted:
            self._cache.doubt(doubted, self._space.pair(doubted))
        buckets = {bucket: self._bucket(bucket) for bucket in dict.fromkeys(hint.bucket for hint in stats)}
        live = [hint for hint, stat in stats.items() if stat]
        alive = list(dict.fromkeys(pair for hint in live if (pair := hint.pair)))
        ended = dict.fromkeys(pair for hint in stats if (pair := hint.pair) and pair not in alive)
        over, undecided, found = self._lives(ended, [pair for pair in hinted if pair not in alive])
        ends = {end for hint in live for end in hint.ends if end}
        tables = self._tables(ends | {end for pair in found for end in (pair.source, pair.target)})
        cached = {pair: self._cache.pairs.get(pair) for pair in (*alive, *found)}
        self._read_columns([pair for pair, findings in cached.items() if findings is None], tables)
        connected = self._connected([buckets[hint.bucket] for hint in live if isinstance(hint.match, Match)])
        absent = ends - tables.keys() if connected else {self._space.connection}
        return Facts(
            stats=stats,
            buckets=buckets,
            connected=connected,
            tables=tables,
            similar=self._similar(absent),
            alive=tuple(found),
            known={
                pair: findings
                for pair, findings in cached.items()
                if findings is not None and pair.source in tables and pair.target in tables
            },
            over=over,
            undecided=undecided,
        )

    def actual(self, desired: Desired) -> Actual:
        """
        Read the catalog's assets that should not exist; a plan needs no others.

        Only our own children count: assets that others put below our processes are left alone.

        Raises:
            ConnectorError: a request to Atlan failed.
        """
        found = self._catalog.find([name for lineage in desired for name in lineage.absent])
        parents = [self._space.pair(pair) for pair, lineage in desired.pairs.items() if lineage.names]
        children = {parent: self._own(self._catalog.children(parent)) for parent in parents}
        return Actual({name: tuple(assets) for name, assets in found.items()}, children)

    def _stat(self, hint: Subject) -> Stat | ConnectorError | None:
        if isinstance(hint, Pair):
            return None
        try:
            return self._store.read(hint.bucket, hint.key)
        except ConnectorError as error:
            return error
        except Exception as error:  # noqa: BLE001 - any error concerns only this object
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
        """Read the connection only where a bucket has to be created in it."""
        if all(map(_active, buckets)) or self._cache.connections.get(self._space.connection):
            return True
        found = self._catalog.connection(self._space.connection)
        if found:
            self._cache.connections.put(self._space.connection, value=True)
        return found

    def _tables(self, wanted: Collection[str]) -> dict[str, Table]:
        known = {name: table for name in wanted if (table := self._cache.tables.get(name))}
        missing = sorted(set(wanted) - known.keys())
        for name, table in (self._catalog.tables(missing) if missing else {}).items():
            self._cache.tables.put(name, table)
            known[name] = table
        return known

    def _read_columns(self, pairs: Iterable[Pair], tables: dict[str, Table]) -> None:
        """
        Read the columns of the tables that these pairs connect, or drop a table that has been deleted meanwhile.

        They are read now, and from the graph, since a search may lag behind.
        """
        complete = [pair for pair in pairs if pair.source in tables and pair.target in tables]
        for end in dict.fromkeys(end for pair in complete for end in (pair.source, pair.target)):
            table = self._catalog.columns(end, tables.pop(end))
            self._cache.tables.drop(end)
            if table:
                tables[end] = table
                self._cache.tables.put(end, table)

    def _similar(self, absent: Collection[str]) -> dict[str, Looked]:
        """
        Find what resembles names that Atlan does not have: by one look for all, and not again while it is cached.

        It only explains what is incomplete. So an error of it is part of the explanation, and fails nothing: if Atlan
        is not available, the requests that follow say so.
        """
        known = {name: looked for name in absent if (looked := self._cache.similar.get(name))}
        unknown = sorted(set(absent) - known.keys())
        if not unknown:
            return known
        found: Looked
        try:
            found = self._catalog.similar(unknown)
        except ConnectorError as error:
            found = error
        for name in unknown:
            self._cache.similar.put(name, found)
        return known | dict.fromkeys(unknown, found)

    def _lives(
        self, ended: Iterable[Pair], hinted: Iterable[Pair]
    ) -> tuple[frozenset[Pair], dict[Pair, str], list[Pair]]:
        """
        Tell which of these pairs have no object any more, which cannot be decided, with the reason, and which have one.

        Where S3 rejects a listing, as of a bucket that another route names and that does not exist, the pair is left:
        an object that is gone does not wait for it. Of the pairs that *ended*, those that have an object are left.
        """
        over, undecided, found = set(), {}, []
        for pair, pages in {**dict.fromkeys(ended, PAGES), **dict.fromkeys(hinted, PAGES_OF_A_SWEEP)}.items():
            left = f"the lineage from {pair.source} to {pair.target} is left as it is"
            try:
                lives = self._presence.of(pair, pages)
            except PermanentError as error:
                undecided[pair] = f"{left}: {error}"
                continue
            if lives is False:
                over.add(pair)
            elif pages == PAGES:
                continue
            elif lives or self._connects(pair):
                found.append(pair)
            else:
                over.add(pair)
        return frozenset(over), undecided, found

    def _connects(self, pair: Pair) -> bool:
        """
        Tell whether the catalog connects an object with both tables; it is asked where S3's listing is too long.

        An object that it does not have yet brings the pair back when its own notification is applied.
        """
        around = self._catalog.around((pair.source, pair.target))
        return bool(self._space.between(around.get(pair.source, Around()), around.get(pair.target, Around())))

    def _own(self, found: Sequence[Found]) -> tuple[Found, ...]:
        return tuple(asset for asset in found if self._space.owns(asset.name))


def _active(found: Sequence[Found]) -> bool:
    return any(asset.active for asset in found)
