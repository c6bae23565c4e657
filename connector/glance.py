"""
What a batch needs of Atlan, by one search, and by reads of the graph for what that does not find.

`connector.reader` looks once for each batch; `connector.pairs` uses what was seen.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from connector.core.asset import Family, Found, Name, Table
from connector.core.seen import Glimpse, Wanted
from connector.ports import Catalog, Together
from connector.threads import gathered

TABLES: Final = 20
"""Tables of one search, since each may have hundreds of columns."""


class Glance:
    """
    Asks *catalog*, and keeps the answers for one batch: the next look forgets them.

    What is found is up to date. What is not found may be there, but for a second or so: so it is read from the graph,
    unless saving it is the same whether or not it is there.
    """

    def __init__(self, catalog: Catalog, together: Together) -> None:
        self._catalog, self._together = catalog, together
        self._wanted, self._seen = Wanted(""), Glimpse()

    def look(self, wanted: Wanted) -> None:
        """
        Search for all that is wanted, if anything is.

        Raises:
            ConnectorError: Atlan does not search.
        """
        self._wanted, self._seen = wanted, Glimpse()
        parts = _parts(wanted)
        seen = gathered(self._together, [partial(self._catalog.look, part) for part in parts]) if parts else []
        self._seen = Glimpse(
            any(one.connected for one in seen),
            {bucket: found for one in seen for bucket, found in one.buckets.items()},
            {name: table for one in seen for name, table in one.tables.items()},
            {name: family for one in seen for name, family in one.families.items()},
        )

    def buckets(self, bucket: str, names: Sequence[Name]) -> Sequence[Found]:
        """
        Return the assets of a bucket, if there are any.

        The first of *names* is ours. It need not be read if no other is found: the bucket is saved under it, which
        changes nothing if it is there.
        """
        if found := self._seen.buckets.get(bucket, ()):
            return found
        return [hit for hits in self._catalog.get(names[1:]).values() for hit in hits]

    def connection(self, name: str) -> bool:
        """Return whether an active connection of this name exists."""
        return self._seen.connected or self._catalog.connection(name)

    def tables(self, names: Collection[str]) -> Mapping[str, Table]:
        """Return those of these tables that are active."""
        unseen = sorted(set(names) - self._seen.tables.keys())
        read = gathered(self._together, [partial(self._catalog.table, name) for name in unseen])
        found = {name: table for name, table in self._seen.tables.items() if name in names}
        return found | {name: table for name, table in zip(unseen, read, strict=True) if table}

    def columns(self, name: str, table: Table) -> Table | None:
        """Return a table with its current columns, or None if it does not exist any more."""
        return self._seen.tables.get(name) or self._catalog.columns(name, table)

    def family(self, process: Name) -> Family:
        """Return a process and its active column processes; if it does not exist, it is not active and has none."""
        return self._seen.families.get(process) or self._catalog.family(process)


def _parts(wanted: Wanted) -> list[Wanted]:
    """Divide what is wanted into searches with so many tables; the first has the buckets."""
    tables, processes = sorted(wanted.tables), sorted(wanted.processes, key=str)
    number = max(-(-len(tables) // TABLES), -(-len(processes) // TABLES), 1)
    parts = [
        replace(wanted, buckets={}, tables=tables[place::number], processes=processes[place::number])
        for place in range(number)
    ]
    parts[0] = replace(parts[0], buckets=wanted.buckets)
    return [part for part in parts if part.buckets or part.tables or part.processes]
