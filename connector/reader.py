"""
Reads the facts about a batch from S3 and the catalog, with as few requests as possible.

`connector.sync` calls it under the lease. The only decision here is to skip reads that the cache answers.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from connector.cache import Cache
from connector.core.asset import Found, Read, Table
from connector.core.desired import Desired, Facts, names
from connector.core.names import Namespace
from connector.core.nearest import Looked
from connector.core.plan import Actual
from connector.core.route import Hint, Match, Pair, Routes, Subject
from connector.core.seen import Wanted
from connector.errors import ConnectorError
from connector.glance import Glance
from connector.pairs import Pairs
from connector.ports import Catalog, Store, Together
from connector.shapes import fetched, first

READERS: Final = 32
"""
Objects that are read from S3 at the same time: one GET takes some 30 ms, and 1 ms of CPU.

The adapter keeps as many connections.
"""


class Reader:
    """Reads through the ports, and keeps results for later batches in the *cache*."""

    def __init__(
        self, routes: Routes, space: Namespace, ports: tuple[Store, Catalog], cache: Cache, together: Together
    ) -> None:
        self._routes, self._space, self._cache = routes, space, cache
        self._store, self._catalog = ports
        self._glance = Glance(self._catalog, together)
        self._pairs = Pairs(routes, space, ports, cache, self._glance)

    def reads(self, subjects: Collection[Subject]) -> dict[Subject, Read | ConnectorError | None]:
        """Read each object from S3; an error concerns only its object. A pair has none."""
        if len(subjects) <= 1:
            return {subject: self._read(subject) for subject in subjects}
        with ThreadPoolExecutor(READERS) as readers:
            return dict(zip(subjects, readers.map(self._read, subjects), strict=True))

    def facts(self, subjects: Mapping[Subject, Read | None]) -> Facts:
        """
        Read the facts from which `desired` decides.

        Raises:
            ConnectorError: a request to S3 or Atlan failed.
        """
        reads = {hint: read for hint, read in subjects.items() if isinstance(hint, Hint)}
        hinted = [subject for subject in subjects if isinstance(subject, Pair)]
        for doubted in hinted:
            self._cache.doubt(doubted, self._space.pair(doubted))
        self._look(reads, hinted)
        buckets = {bucket: self._bucket(bucket) for bucket in dict.fromkeys(hint.bucket for hint in reads)}
        live = [hint for hint, read in reads.items() if read]
        lives = self._pairs.living.of(reads, hinted)
        ends = {end for hint in live for end in hint.ends if end}
        tables = self._tables(ends | {end for pair in lives.alive for end in (pair.source, pair.target)})
        shaped = self._pairs.shaped(reads, lives, tables)
        connected = self._connected([buckets[hint.bucket] for hint in live if isinstance(hint.match, Match)])
        absent = ends - tables.keys() if connected else {self._space.connection}
        return Facts(
            stats={hint: read.stat if read else None for hint, read in reads.items()},
            buckets=buckets,
            connected=connected,
            tables=tables,
            similar=self._similar(absent),
            known=shaped.known,
            alive=tuple(lives.alive),
            told=shaped.told,
            differences=shaped.differences,
            families=shaped.families,
            over=frozenset(lives.over),
            undecided=lives.undecided,
        )

    def actual(self, desired: Desired, facts: Facts) -> Actual:
        """
        Read the catalog's assets that should not exist; a plan needs no others.

        Raises:
            ConnectorError: a request to Atlan failed.
        """
        found = self._catalog.find([name for lineage in desired for name in lineage.absent])
        changed = {
            pair: self._space.pair(pair)
            for pair, lineage in desired.pairs.items()
            if lineage.names and not (pair in facts.told and facts.told[pair].undecided)
        }
        families = {name: facts.families.get(pair) or self._pairs.family(pair) for pair, name in changed.items()}
        return Actual(
            {name: tuple(assets) for name, assets in found.items()},
            {name: family.children for name, family in families.items()},
        )

    def _read(self, hint: Subject) -> Read | ConnectorError | None:
        if isinstance(hint, Pair):
            return None
        try:
            return fetched(self._store, (hint.bucket, hint.key), first(hint.match))
        except ConnectorError as error:
            return error

    def _look(self, reads: Mapping[Hint, Read | None], hinted: Sequence[Pair]) -> None:
        """Look at once for all that the cache does not have, and for what has to be read anew of the other pairs."""
        pairs = dict.fromkeys((*hinted, *(pair for hint in reads if (pair := hint.pair))))
        unknown = [pair for pair in pairs if self._cache.pairs.get(pair) is None]
        ends = {end for hint, read in reads.items() if read for end in hint.ends if end}
        tables = {end for end in ends if not self._cache.tables.get(end)}
        wanted = Wanted(
            self._space.connection,
            {
                bucket: names(bucket, self._routes.naming, self._space)
                for bucket in dict.fromkeys(hint.bucket for hint in reads)
                if self._cache.buckets.get(bucket) is None
            },
            tables.union(*((pair.source, pair.target) for pair in unknown)),
            [self._space.pair(pair) for pair in unknown],
        )
        self._glance.look(wanted)

    def _bucket(self, bucket: str) -> Sequence[Found]:
        found = self._cache.buckets.get(bucket)
        if found is None:
            wanted = names(bucket, self._routes.naming, self._space)
            found = self._glance.buckets(bucket, wanted)
            if _active(found):
                self._cache.buckets.put(bucket, found)
        return found

    def _connected(self, buckets: Iterable[Sequence[Found]]) -> bool:
        """Read the connection only where a bucket has to be created in it."""
        if all(map(_active, buckets)) or self._cache.connections.get(self._space.connection):
            return True
        found = self._glance.connection(self._space.connection)
        if found:
            self._cache.connections.put(self._space.connection, value=True)
        return found

    def _tables(self, wanted: Collection[str]) -> dict[str, Table]:
        known = {name: table for name in wanted if (table := self._cache.tables.get(name))}
        missing = sorted(set(wanted) - known.keys())
        for name, table in (self._glance.tables(missing) if missing else {}).items():
            self._cache.tables.put(name, table)
            known[name] = table
        return known

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


def _active(found: Sequence[Found]) -> bool:
    return any(asset.active for asset in found)
