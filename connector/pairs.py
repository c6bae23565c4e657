"""
Reads what a batch has to know about the columns of its pairs: what the newest object of each tells.

`connector.reader` asks under the lease. S3 is listed only for a pair of which an object may change what the catalog
has, or that a sweep doubts; the rule is in `connector.core.shape`.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from heapq import nlargest
from typing import cast

from connector.cache import Cache
from connector.core.asset import Family, Read, Table
from connector.core.findings import Finding
from connector.core.lineage import Dated, Lineage, Told, end_to_end
from connector.core.names import Namespace
from connector.core.route import Hint, Match, Pair, Routes
from connector.core.seen import Wanted
from connector.core.shape import Form, Known, Said, form, unsettled
from connector.errors import PermanentError, TransientError
from connector.glance import Glance
from connector.lives import Lives, Living, Reads
from connector.ports import Catalog, Store
from connector.presence import NEWEST, Newest
from connector.shapes import Shapes, Tables


@dataclass(slots=True)
class Shaped:
    """See `connector.core.desired.Facts`."""

    known: dict[Pair, Known] = field(default_factory=dict)
    told: dict[Pair, Told] = field(default_factory=dict)
    families: dict[Pair, Family] = field(default_factory=dict)
    differences: dict[Hint, tuple[Finding, ...]] = field(default_factory=dict)


class Pairs:
    """Reads through the ports, and keeps results for later batches in the *cache*."""

    def __init__(
        self, routes: Routes, space: Namespace, ports: tuple[Store, Catalog], cache: Cache, glance: Glance
    ) -> None:
        self._routes, self._space, self._cache, self._glance = routes, space, cache, glance
        self.living, self._shapes = Living(routes, space, ports, cache), Shapes(routes, space, ports)

    def family(self, pair: Pair) -> Family:
        """Read the process of a pair with its column processes of ours: what others put below it is left alone."""
        family = self._glance.family(self._space.pair(pair))
        return replace(family, children=tuple(child for child in family.children if self._space.owns(child.name)))

    def shaped(self, reads: Reads, lives: Lives, tables: dict[str, Table]) -> Shaped:
        """
        Find out what the objects of each pair tell, of those that have an object and both *tables*.

        The columns of the tables are read where they are needed; a table that has been deleted meanwhile is dropped.
        """
        found = Shaped()
        of: dict[Pair, dict[Hint, Read | None]] = defaultdict(dict)
        for hint, read in reads.items():
            if hint.pair:
                of[hint.pair][hint] = read
        for pair in (*(pair for pair, its in of.items() if any(its.values())), *lives.alive):
            known = self._cache.pairs.get(pair) if _both(pair, tables) else None
            if known is None:
                self._read_columns(pair, tables)
            if _both(pair, tables):
                batch = _Batch(pair, of[pair], lives.newest.get(pair), known, pair in lives.hinted)
                self._shape(batch, tables, found)
        return found

    def _shape(self, batch: "_Batch", tables: dict[str, Table], found: Shaped) -> None:
        """Decide about one pair: from the batch alone, if nothing in it may change what the catalog has."""
        pair, known = batch.pair, batch.known
        of = Tables(pair, known.tables, known.said) if known else Tables(pair, tables)
        seen = {hint: (_dated(hint, read), self._said(hint, read, of)) for hint, read in batch.reads.items() if read}
        found.differences |= {hint: words.differences for hint, (_, words) in seen.items()}
        if known is None:
            found.families[pair] = self.family(pair)
        now = known.form if known else _form(found.families[pair])
        if now is None or batch.newest is not None or batch.unsettled(seen, now):
            told = self._told(batch, seen, now, of)
            self._decided(batch, told, now, tables, found)
        elif known:
            found.known[pair] = known
        else:
            words = next(words for _, words in seen.values() if words.form)
            found.told[pair] = Told(words.names, words.differences)

    def _told(self, batch: "_Batch", seen: Mapping[Hint, tuple[Dated, Said]], now: Form | None, of: Tables) -> Told:
        """Ask S3 for the newest objects; if that leaves it open, nothing is told about what the catalog already has."""
        reads = {(hint.bucket, hint.key): read for hint, read in batch.reads.items()}
        try:
            newest = batch.newest or self.living.newest(batch.pair)
        except PermanentError as error:
            newest = Newest(lacking=str(error))
        if newest.lacking and now is not None:
            return Told(undecided=f"the columns of the pair are left as they are: {newest.lacking}")
        known = newest.objects
        if newest.lacking:
            known = tuple(nlargest(NEWEST, {*known, *(dated for dated, _ in seen.values())}))
        try:
            told = self._shapes.told(known, reads, of)
        except TransientError as error:
            error.alone = True
            return Told(undecided=f"the columns of the pair are left as they are for now: {error}", failure=error)
        bounded = newest.more and told.names is None and now is not None and not batch.hinted
        if bounded and form(self._lineage(batch.pair, told, of.tables)) != now:
            return Told(undecided=f"none of the {NEWEST} newest objects has a header; the columns are left as they are")
        return told

    def _decided(self, batch: "_Batch", told: Told, now: Form | None, tables: dict[str, Table], found: Shaped) -> None:
        """Write nothing where the catalog has what was told, unless an object of the batch or a sweep asks for it."""
        pair, known = batch.pair, batch.known
        lineage = self._lineage(pair, told, known.tables if known else tables)
        same = not told.failure and (bool(told.undecided) or form(lineage) == now)
        if known and same:
            undecided = bool(told.undecided)
            findings = (told.undecided,) if undecided else known.findings
            found.known[pair] = replace(known, findings=findings, deciding=told.deciding, undecided=undecided)
            self._cache.pairs.amend(pair, found.known[pair])
        elif now and same and not any(batch.reads.values()) and not batch.hinted:
            ends = {end: tables[end] for end in (pair.source, pair.target)}
            found.known[pair] = Known(now, ends, lineage.findings, told.deciding, bool(told.undecided))
            self._cache.pairs.put(pair, found.known[pair])
        else:
            found.told[pair] = told
            if known:
                self._glance.look(
                    Wanted(self._space.connection, {}, (pair.source, pair.target), [self._space.pair(pair)])
                )
                found.families[pair] = self.family(pair)
                self._read_columns(pair, tables)

    def _lineage(self, pair: Pair, told: Told, tables: Mapping[str, Table]) -> Lineage:
        return end_to_end(pair, self._space, self._routes.rules(pair), tables, told)

    def _said(self, hint: Hint, read: Read, of: Tables) -> Said:
        match = cast("Match", hint.match)  # a hint with a pair has one
        return self._shapes.said(read, (hint.bucket, hint.key), match.route.layout, of)

    def _read_columns(self, pair: Pair, tables: dict[str, Table]) -> None:
        """
        Read the columns of the tables of a pair, if it has both, or drop a table that has been deleted meanwhile.

        They are read now, and from the graph, since a search may lag behind.
        """
        for end in (pair.source, pair.target) if _both(pair, tables) else ():
            table = self._glance.columns(end, tables.pop(end))
            self._cache.tables.drop(end)
            if table:
                tables[end] = table
                self._cache.tables.put(end, table)


@dataclass(frozen=True, slots=True)
class _Batch:
    """The objects of a pair in a batch; what was listed of it, if it was; and what is known about it."""

    pair: Pair
    reads: Reads
    newest: Newest | None
    known: Known | None
    hinted: bool

    def unsettled(self, seen: Mapping[Hint, tuple[Dated, Said]], now: Form) -> bool:
        """Tell whether an object of the batch may change what the catalog has."""
        if self.known and self.known.undecided:
            return False
        deciding = self.known.deciding if self.known else None
        return any(unsettled((hint.bucket, hint.key), seen.get(hint), now, deciding) for hint in self.reads)


def _form(family: Family) -> Form | None:
    return Form(frozenset(child.name for child in family.children), family.note) if family.active else None


def _both(pair: Pair, tables: Mapping[str, Table]) -> bool:
    return pair.source in tables and pair.target in tables


def _dated(hint: Hint, read: Read) -> Dated:
    return Dated(read.stat.modified.replace(microsecond=0), hint.bucket, hint.key)
