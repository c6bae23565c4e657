"""
Finds lineage that others made between the same assets, as an earlier script did whose processes have other names.

`connector.commands.sweep` lists it, and has it retired only when it is told to.
"""

from collections.abc import Iterator

from connector.core.asset import Name, Type
from connector.core.desired import names, placed
from connector.core.names import Namespace
from connector.core.order import Scope
from connector.core.route import Hint, Match, Pair, Routes
from connector.core.seen import Around, Linked
from connector.core.stream import Recent, flat
from connector.ports import Catalog, Survey


class Foreign:
    """Searches through the ports; nothing is written."""

    def __init__(self, routes: Routes, space: Namespace, ports: tuple[Catalog, Survey]) -> None:
        self._routes, self._space = routes, space
        self._catalog, self._survey = ports

    def processes(self, scope: Scope) -> Iterator[Linked]:
        """
        Yield the active processes of others between the objects in *scope*, their tables, and from table to table.

        One that has another input or output, too, is not meant, nor is one of another deployment of the connector.

        Raises:
            ConnectorError: Atlan does not answer.
        """
        wanted = names(scope.bucket, self._routes.naming, self._space)
        found = self._catalog.buckets(self._space.connection, scope.bucket, wanted)
        bucket = placed(scope.bucket, found, self._routes.naming, self._space)[0]
        start = len(self._space.object(bucket, "").qualified_name)
        seen, pairs = Recent[str](), Recent[Pair]()
        for name, around in flat(self._survey.surrounded(self._space.object(bucket, scope.prefix).qualified_name)):
            key = name.qualified_name[start:]
            match = self._routes.match(scope.bucket, key)
            if not isinstance(match, Match):
                continue
            hint = Hint(scope.bucket, key, match)
            yield from self._between(around.reads | around.writes, {*hint.ends, name.qualified_name}, seen)
            if hint.pair and hint.pair not in pairs:
                pairs.add([hint.pair])
                yield from self._end_to_end(hint.pair, seen)

    def _end_to_end(self, pair: Pair, seen: Recent[str]) -> Iterator[Linked]:
        tables = self._catalog.around((pair.source, pair.target))
        source, target = (tables.get(name, Around()) for name in (pair.source, pair.target))
        yield from self._between(source.reads & target.writes, {pair.source, pair.target}, seen)

    def _between(self, processes: frozenset[str], ends: set[str | None], seen: Recent[str]) -> Iterator[Linked]:
        """Yield those of these processes that are not ours and have no other ends, each once."""
        others = {name for name in processes if not self._space.made(name) and name not in seen}
        seen.add(others)
        found = self._survey.named([Name(Type.PROCESS, name) for name in sorted(others)]) if others else ()
        for linked in found:
            if linked.active and {end.qualified_name for end in (*linked.inputs, *linked.outputs)} <= ends:
                yield linked
