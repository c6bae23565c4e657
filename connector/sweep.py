"""
Finds, for a bucket or a part of it, where the catalog differs from S3 and the routes.

It only reads, and yields hints, which `connector.sync` applies as it does notifications. It reads sorted streams side
by side, in constant memory, however large the bucket is, and asks nothing about an object that is as it should be.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final

from connector.core.asset import Name, Type
from connector.core.desired import names, placed
from connector.core.drift import Drift, Known, linked_pair, of_object, of_pair, unlinked
from connector.core.lineage import end_to_end
from connector.core.names import Namespace
from connector.core.order import ObjectHint, PairHint, Scope
from connector.core.route import Match, Pair, Routes, Unrouted
from connector.core.seen import Around, Linked, Seen
from connector.core.stream import Recent, Stream, batches, flat, joined, keyed, ordered
from connector.core.tally import Cursor, Finding, Stage, Step
from connector.errors import PermanentError
from connector.headers import Headers
from connector.ports import Catalog, Store, Survey
from connector.presence import PAGES_OF_A_SWEEP, Presence
from connector.shapes import Shapes

KEYS: Final = 1000
"""Keys of a step; a page of S3's listing has as many."""

PAIRS: Final = 50
"""Pairs of a step: the columns of their tables are in one answer."""

_Matches = Mapping[str, Match | Unrouted]


class Sweep:
    """Compares through the ports, one comparison at a time, in steps of so many *keys*."""

    def __init__(
        self, routes: Routes, space: Namespace, ports: tuple[Store, Catalog, Survey], keys: int = KEYS
    ) -> None:
        self._routes, self._space = routes, space
        self._store, self._catalog, self._survey = ports
        self._keys = keys
        self._presence = Presence(routes, self._store)
        self._forget("")

    def steps(self, scope: Scope, cursor: Cursor | None = None) -> Iterator[Step]:
        """
        Compare all of *scope*, or what is left of it after *cursor*.

        Raises:
            ConnectorError: S3 or Atlan did not answer, or not in order; nothing is concluded from what is missing.
        """
        cursor = cursor or Cursor()
        self._forget(cursor.after if cursor.stage is Stage.OBJECTS else cursor.stage)
        if cursor.stage is Stage.OBJECTS:
            yield from self._objects(scope, cursor.after)
            cursor = Cursor(Stage.PAIRS)
        if cursor.stage is Stage.PAIRS:
            yield from self._pairs(scope, cursor.after)

    def _forget(self, after: str) -> None:
        shapes = Shapes(self._routes, self._space, (self._store, self._survey))
        self._headers = Headers(self._routes, shapes, self._store, after)
        self._former, self._tables = Recent[Pair](), Recent[str]()

    # Objects.

    def _objects(self, scope: Scope, after: str) -> Iterator[Step]:
        wanted = names(scope.bucket, self._routes.naming, self._space)
        found = self._catalog.buckets(self._space.connection, scope.bucket, wanted)
        bucket = placed(scope.bucket, found, self._routes.naming, self._space)[0]
        for batch in batches(joined(self._streams(scope, bucket, after)), self._keys):
            yield self._compared(scope.bucket, bucket, batch)

    def _streams(self, scope: Scope, bucket: Name, after: str) -> list[Stream]:
        """Return what S3 and Atlan have of the scope."""
        listed = flat(self._store.listing(scope.bucket, scope.prefix, after))
        streams = [ordered("listed", ((item.key, item) for item in listed))]
        for stream, name, read in (
            ("cataloged", lambda key: self._space.object(bucket, key), self._survey.objects),
            ("into", lambda key: self._space.into(scope.bucket, key), self._linked),
            ("out", lambda key: self._space.out(scope.bucket, key), self._linked),
        ):
            streams.append(ordered(stream, keyed(read, name, scope.prefix, after)))
        return streams

    def _linked(self, prefix: str, after: str) -> Iterator[Sequence[Linked]]:
        return self._survey.processes(Type.PROCESS, [prefix], after)

    def _compared(self, bucket: str, asset: Name, batch: Sequence[Seen]) -> Step:
        matches = {seen.key: self._routes.match(bucket, seen.key) for seen in batch}
        objects = {seen.key: self._space.object(asset, seen.key) for seen in batch}
        known = self._known(bucket, batch, matches, objects)
        drifts = {seen.key: of_object(seen, matches[seen.key], objects[seen.key], known) for seen in batch}
        findings = [
            Finding(drift, ObjectHint(bucket, key), _route(matches[key])) for key, drift in drifts.items() if drift
        ]
        return Step(
            Cursor(Stage.OBJECTS, batch[-1].key),
            (*findings, *self._missing_pairs(bucket, batch, matches, drifts)),
            listed=sum(seen.listed is not None for seen in batch),
            cataloged=sum(bool(seen.cataloged) for seen in batch),
            twice=tuple(seen.cataloged[0].name.qualified_name for seen in batch if len(seen.cataloged) > 1),
        )

    def _known(self, bucket: str, batch: Sequence[Seen], matches: _Matches, objects: Mapping[str, Name]) -> Known:
        """Ask about tables where lineage is wrong, and whose an object is that is gone and on no route."""
        tables = {table for seen in batch for table in unlinked(seen, matches[seen.key], objects[seen.key])}
        orphans = [
            seen.key
            for seen in batch
            if seen.listed is None and not seen.linked and isinstance(matches[seen.key], Unrouted)
        ]
        processes = {name(bucket, key): key for key in orphans for name in (self._space.into, self._space.out)}
        once = self._survey.named(processes) if processes else ()
        return Known(self._existing(tables), {processes[linked.name] for linked in once})

    def _existing(self, tables: Collection[str]) -> set[str]:
        asked = {table for table in tables if table not in self._tables}
        found = self._survey.existing(asked) if asked else frozenset()
        self._tables.add(found)
        return (set(tables) - asked) | found

    def _missing_pairs(
        self, bucket: str, batch: Sequence[Seen], matches: _Matches, drifts: Mapping[str, Drift | None]
    ) -> Iterator[Finding]:
        """Yield the pairs that have an object and no process, unless a hint is about an object of theirs."""
        pairs: dict[Pair, str] = {}
        covered = set[Pair]()
        for seen in batch:
            match = matches[seen.key]
            if seen.listed and isinstance(match, Match) and match.pair:
                if match.pair not in self._headers:
                    pairs.setdefault(match.pair, match.route.name)
                self._headers.see(bucket, seen.listed, match.pair)
                covered |= {match.pair} if drifts[seen.key] else set()
            former = linked_pair(seen)
            if former and not (isinstance(match, Match) and match.pair == former):
                self._former.add([former])
        asked = {self._space.pair(pair): pair for pair in pairs}
        there = {linked.name for linked in self._survey.named(asked) if linked.active} if asked else set()
        lacking = [pair for name, pair in asked.items() if name not in there and pair not in covered]
        tables = self._existing({end for pair in lacking for end in (pair.source, pair.target)})
        for pair in lacking:
            if pair.source in tables and pair.target in tables:
                yield Finding(Drift.PAIR_LINKED, PairHint(pair.source, pair.target), pairs[pair])

    # Pairs.

    def _pairs(self, scope: Scope, after: str) -> Iterator[Step]:
        processes = self._survey.processes(Type.PROCESS, [self._space.pairs], after)
        for batch in batches(flat(processes), PAIRS):
            yield self._compared_pairs(scope, batch)
        yield Step(Cursor(Stage.DONE))

    def _compared_pairs(self, scope: Scope, batch: Sequence[Linked]) -> Step:
        ours = {pair: linked for linked in batch if (pair := self._space.pair_of(linked.name))}
        ours = {pair: linked for pair, linked in ours.items() if self._concerns(scope, pair)}
        lives = {pair: self._lives(scope, pair) for pair in ours}
        drifts: dict[Pair, Drift | None] = {
            pair: Drift.PAIR_UNLINKED for pair, alive in lives.items() if alive is False
        }
        alive = {pair: ours[pair] for pair, alive in lives.items() if alive and any(self._routes.prefixes(pair))}
        drifts |= self._compared_columns(scope, alive)
        return Step(
            Cursor(Stage.PAIRS, batch[-1].name.qualified_name),
            tuple(
                Finding(drift, PairHint(pair.source, pair.target), self._route_of(pair))
                for pair, drift in drifts.items()
                if drift
            ),
            pairs=len(ours),
            undecided=tuple(f"{pair.source} > {pair.target}" for pair, alive in lives.items() if alive is None),
        )

    def _concerns(self, scope: Scope, pair: Pair) -> bool:
        """
        Tell whether a pair belongs to what is swept.

        One that no route yields any more belongs to a whole bucket; a part of one is swept with those pairs only that
        its objects were seen to have.
        """
        prefixes = list(self._routes.prefixes(pair))
        if not prefixes:
            return not scope.prefix or pair in self._former
        return any(scope.meets(bucket, prefix) for bucket, prefix in prefixes)

    def _lives(self, scope: Scope, pair: Pair) -> bool | None:
        """
        Tell whether a pair has an object.

        Where no route yields it, and where S3's listing is too long, those objects count that the catalog connects with
        both tables; of those in this scope, the hints tell.
        """
        if pair in self._headers:
            return True
        try:
            found = self._presence.of(pair, PAGES_OF_A_SWEEP) if any(self._routes.prefixes(pair)) else None
        except PermanentError:  # as of a bucket that another route names and that does not exist
            return None
        return self._connects(scope, pair) if found is None else found

    def _connects(self, scope: Scope, pair: Pair) -> bool:
        around = self._catalog.around((pair.source, pair.target))
        objects = self._space.between(around.get(pair.source, Around()), around.get(pair.target, Around()))
        return any(not f"s3://{object_}".startswith(str(scope)) for object_ in objects)

    def _compared_columns(self, scope: Scope, alive: Mapping[Pair, Linked]) -> dict[Pair, Drift | None]:
        if not alive:
            return {}
        tables = self._survey.with_columns({end for pair in alive for end in (pair.source, pair.target)})
        actual: dict[Pair | None, dict[Name, Linked]] = {pair: {linked.name: linked} for pair, linked in alive.items()}
        below = [f"{linked.name.qualified_name}/" for linked in alive.values()]
        for child in flat(self._survey.processes(Type.COLUMN_PROCESS, below, "")):
            actual.get(self._space.pair_of(child.name), {})[child.name] = child
        told = self._headers.told(scope, alive, tables)
        return {
            pair: of_pair(end_to_end(pair, self._space, self._routes.rules(pair), tables, told.get(pair)), actual[pair])
            for pair in alive
        }

    def _route_of(self, pair: Pair) -> str:
        return next((route.name for route in self._routes.routes if route.prefix(pair) is not None), "")


def _route(match: Match | Unrouted) -> str:
    return match.route.name if isinstance(match, Match) else ""
