"""
Finds out what there is: reads of S3 and of the catalog that a plan needs, and as few as it needs.

`sync` calls it under the lease. What is read here is handed to the core, which decides; the only choice made
here is what need not be read.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from connector.core.asset import Bucket, Found, Known, Name, Reference, Stat, Table
from connector.core.lineage import Hint, Lineage, Namespace, end_to_end, gone, there
from connector.core.plan import Actual
from connector.core.route import Match, Naming, Pair, Routes
from connector.errors import MissingConnectionError
from connector.memory import Memory
from connector.ports import Catalog, Store

PAGES: Final = 10
"""Pages of a listing that are worth reading to learn whether a pair has an object left."""


@dataclass(frozen=True, slots=True)
class Survey:
    """What the catalog has, and what it should have: for each hint, and for each pair whose state may have changed."""

    buckets: tuple[Lineage, ...]
    objects: Mapping[Hint, Lineage]
    pairs: Mapping[Pair, Lineage]
    actual: Actual

    @property
    def desired(self) -> tuple[Lineage, ...]:
        """Return all of it, parents first."""
        return (*self.buckets, *self.pairs.values(), *self.objects.values())


class Surveyor:
    """Remembers buckets, tables and settled pairs between surveys."""

    def __init__(
        self, routes: Routes, space: Namespace, store: Store, catalog: Catalog, clock: Callable[[], float]
    ) -> None:
        self._routes, self._space, self._store, self._catalog = routes, space, store, catalog
        self._buckets: Memory[str, Found] = Memory(clock)
        self._tables: Memory[str, Table] = Memory(clock)
        self._settled: Memory[Pair, bool] = Memory(clock)

    def forget(self) -> None:
        """Forget what is remembered: somebody else may have written, or Atlan contradicts it."""
        self._buckets.clear()
        self._tables.clear()
        self._settled.clear()

    def settle(self, pairs: Mapping[Pair, Lineage]) -> None:
        """Remember that the lineage of these pairs was carried out, so that further objects need not send it again."""
        for pair in (pair for pair, lineage in pairs.items() if lineage.present):
            self._settled.put(pair, True)

    def survey(self, stats: Mapping[Hint, Stat | None]) -> Survey:
        """
        Read what is needed to decide about these hints.

        Args:
            stats: what S3 says of each object now, None where there is none.

        Raises:
            MissingConnectionError: the connection of the routes file is not in Atlan.
            AmbiguousColumnsError: the columns of a pair cannot be mapped as the route is.
            ConnectorError: S3 or Atlan does not answer as it should.
        """
        live = [hint for hint, stat in stats.items() if stat]
        found = {bucket: self._bucket(bucket) for bucket in dict.fromkeys(hint.bucket for hint in stats)}
        tables = self._known_tables({end for hint in live for end in (hint.match.source, hint.match.target) if end})
        pairs = self._pairs(stats, live, tables)
        for pair in pairs:
            self._settled.drop(pair)  # until all of it is carried out, nobody knows how much is
        buckets = {bucket: self._make(bucket, found[bucket]) for bucket in dict.fromkeys(hint.bucket for hint in live)}
        objects = {
            hint: there(hint, self._space, buckets[hint.bucket][:2], stat, tables)
            if stat
            else gone(hint, self._space, self._called(hint.bucket, found[hint.bucket]))
            for hint, stat in stats.items()
        }
        made = tuple(Lineage((asset,)) for *_, asset in buckets.values() if asset)
        return Survey(made, objects, pairs, self._actual(objects.values(), pairs))

    def _bucket(self, bucket: str) -> Found | None:
        """An existing asset's own name wins; of several the active one, then the one that is named as we would."""
        known = self._buckets.get(bucket)
        if known:
            return known
        names = [
            self._space.bucket(bucket, naming) for naming in sorted(Naming, key=lambda n: n is not self._routes.naming)
        ]
        found = self._catalog.buckets(self._space.connection, bucket, names)
        best = min(
            found, key=lambda asset: (not asset.active, asset.name != names[0], asset.name.qualified_name), default=None
        )
        if best and best.active:
            self._buckets.put(bucket, best)
        return best

    def _called(self, bucket: str, found: Found | None) -> Name:
        return found.name if found else self._space.bucket(bucket, self._routes.naming)

    def _make(self, bucket: str, found: Found | None) -> tuple[Name, Reference, Bucket | None]:
        """Return a bucket's name, how to refer to it, and what has to be saved for that: nothing, if it is active."""
        if found and found.active:
            return found.name, Known(found.name.type, found.guid), None
        connection = self._space.connection
        if not self._catalog.connection(connection):
            raise MissingConnectionError(
                f"Atlan has no active connection {connection}; create the S3 connection there, "
                "or correct `connection` in the routes file"
            )
        name = self._called(bucket, found)
        return name, name, Bucket(name, found.label if found else bucket, connection)

    def _known_tables(self, names: Collection[str]) -> dict[str, Table]:
        known = {name: table for name in names if (table := self._tables.get(name))}
        missing = sorted(set(names) - known.keys())
        for name, table in (self._catalog.tables(missing) if missing else {}).items():
            self._tables.put(name, table)
            known[name] = table
        return known

    def _pairs(self, stats: Iterable[Hint], live: Iterable[Hint], tables: dict[str, Table]) -> dict[Pair, Lineage]:
        """Return what should be there of each pair, but for those that are settled, or whose end is not certain."""
        alive = dict.fromkeys(pair for hint in live if (pair := hint.match.pair))
        ended = dict.fromkeys(pair for hint in stats if (pair := hint.match.pair) and pair not in alive)
        lineages = {pair: self._end_to_end(pair, tables) for pair in alive if not self._is_settled(pair, tables)}
        lineages |= {pair: Lineage(absent=(self._space.pair(pair),)) for pair in ended if self._is_over(pair)}
        return lineages

    def _is_settled(self, pair: Pair, tables: Mapping[str, Table]) -> bool:
        return pair.source in tables and pair.target in tables and self._settled.get(pair) is not None

    def _end_to_end(self, pair: Pair, tables: dict[str, Table]) -> Lineage:
        """The columns are read now, from the graph: a search may not show the newest, on either side."""
        if pair.source in tables and pair.target in tables:
            for end in (pair.source, pair.target):
                table = self._catalog.columns(end, tables.pop(end))
                self._tables.drop(end)
                if table:
                    tables[end] = table
                    self._tables.put(end, table)
        return end_to_end(pair, self._space, self._routes.rules(pair), tables)

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

    def _actual(self, objects: Iterable[Lineage], pairs: Mapping[Pair, Lineage]) -> Actual:
        """Only what may have to be retired is looked for, and of the children only our own are retired."""
        absent = [name for lineage in (*objects, *pairs.values()) for name in lineage.absent]
        parents = [self._space.pair(pair) for pair in pairs]
        children = {parent: self._own(self._catalog.children(parent)) for parent in parents}
        return Actual({name: tuple(found) for name, found in self._catalog.find(absent).items()}, children)

    def _own(self, found: Sequence[Found]) -> tuple[Found, ...]:
        return tuple(asset for asset in found if self._space.owns(asset.name.qualified_name))
