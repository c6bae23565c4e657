"""
One search for all that a batch needs: its buckets, their connection, its tables and its end-to-end processes.

Called by `catalog`. Matching is stale, as that of any search; a hit, and the lists of what it is related to, are read
from the graph.

Source:
    The public metastore, EntityDiscoveryService.directIndexSearch: the hits of the index are read as vertices.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from pyatlan.model.assets import Asset as Model
from pyatlan.model.assets import Process, Table
from pyatlan.model.enums import EntityStatus
from pyatlan.model.fields.atlan_fields import AtlanField, RelationField
from pyatlan.model.search import Bool, Query

from connector.core.asset import Column, Family, Found, Name, Type
from connector.core.asset import Table as OurTable
from connector.core.seen import Glimpse, Wanted

ATTRIBUTES: Final[Sequence[AtlanField]] = [Table.COLUMNS, RelationField("columnProcesses"), Process.SQL]

_TABLES: Final = ("Table", "View", "MaterialisedView")


def query(wanted: Wanted) -> Query:
    """Match what is wanted, and the connection, if a bucket may have to be made in it."""
    several = (
        (["Connection"], [wanted.connection] if wanted.buckets else []),
        (_TABLES, wanted.tables),
        ([Type.PROCESS.value], [name.qualified_name for name in wanted.processes]),
    )
    named = (Bool(filter=[_of(kinds), Model.QUALIFIED_NAME.within(sorted(names))]) for kinds, names in several if names)
    buckets = (_bucket(wanted.connection, bucket, names) for bucket, names in wanted.buckets.items())
    return Bool(should=[*named, *buckets], minimum_should_match=1)


def read(wanted: Wanted, hits: Iterable[Model]) -> Glimpse:
    """Return what was found of it; a search is blind to case."""
    by_name: dict[tuple[str, str], list[Any]] = {}
    for hit in hits:
        kind = "Table" if hit.type_name in _TABLES else hit.type_name
        by_name.setdefault((kind, str(hit.qualified_name)), []).append(hit)
    buckets = [hit for (kind, _), some in by_name.items() if kind == Type.BUCKET for hit in some]
    return Glimpse(
        any(map(_active, by_name.get(("Connection", wanted.connection), ()))),
        {bucket: _buckets(wanted, bucket, buckets) for bucket in wanted.buckets},
        {name: _table(hit) for name in wanted.tables for hit in by_name.get(("Table", name), ()) if _active(hit)},
        {
            name: _family(min(some, key=lambda hit: not _active(hit)))
            for name in wanted.processes
            if (some := by_name.get(("Process", name.qualified_name)))
        },
    )


def _of(kinds: Iterable[str]) -> Query:
    return Model.TYPE_NAME.within(list(kinds))


def _bucket(connection: str, bucket: str, names: Sequence[Name]) -> Query:
    """Match a bucket by its name in the connection, or by one of its qualified names."""
    inside = Bool(filter=[Model.CONNECTION_QUALIFIED_NAME.eq(connection), Model.NAME.eq(bucket)])
    called = Model.QUALIFIED_NAME.within([name.qualified_name for name in names])
    return Bool(filter=[_of([Type.BUCKET.value])], should=[inside, called], minimum_should_match=1)


def _buckets(wanted: Wanted, bucket: str, hits: Sequence[Any]) -> list[Found]:
    """Prefer those of the bucket's name in the connection, as the other reads do."""
    found = [(hit.name, Found(Name(Type.BUCKET, hit.qualified_name), hit.guid, _active(hit), hit.name)) for hit in hits]
    inside = [one for name, one in found if name == bucket and _is_in(wanted.connection, one)]
    return inside or [one for _, one in found if one.name in wanted.buckets[bucket]]


def _is_in(connection: str, bucket: Found) -> bool:
    return bucket.name.qualified_name.startswith(f"{connection}/")


def _table(hit: Any) -> OurTable:
    columns = (Column(column.name, column.guid, column.order or 0) for column in hit.columns or () if column.name)
    return OurTable(hit.type_name, hit.guid, tuple(columns))


def _family(hit: Any) -> Family:
    children = (
        Found(Name(Type.COLUMN_PROCESS, child.qualified_name), child.guid, active=True, label=child.name or "")
        for child in hit.column_processes or ()
    )
    return Family(_active(hit), hit.sql or "", tuple(children))


def _active(hit: Model) -> bool:
    return hit.status == EntityStatus.ACTIVE
