"""
Atlan through pyatlan: the catalog port.

Searches give candidates and graph reads decide, since the search index lags by a second or more: an asset that a
search does not find is read by qualified name, and the status of an asset that it finds is always current.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import partial
from typing import Any, Final, TypeVar

from pyatlan.client.atlan import AtlanClient
from pyatlan.model import assets as kinds
from pyatlan.model.assets import Asset as Model
from pyatlan.model.enums import AtlanDeleteType, EntityStatus
from pyatlan.model.fluent_search import FluentSearch
from pyatlan.model.search import Bool, Query

from connector.adapters.atlan import glimpse, resemblance
from connector.adapters.atlan.answers import ARCHIVED, CREATED, UPDATED
from connector.adapters.atlan.client import save
from connector.adapters.atlan.errors import answering
from connector.adapters.atlan.models import models
from connector.adapters.atlan.survey import PAGE, Search
from connector.core.asset import Asset, Column, Family, Found, Name, Table, Type
from connector.core.nearest import Similar, connection_of, named
from connector.core.seen import Glimpse, Wanted
from connector.errors import MissingAssetError, UnavailableError
from connector.ports import Saved, Together
from connector.threads import Threads, gathered

_PAGE: Final = 500
_PAGES: Final = 20
"""Pages of a search, at most: the names that it looks for are far fewer."""

_MODELS: Final[Mapping[Type, type[Model]]] = {
    Type.BUCKET: kinds.S3Bucket,
    Type.OBJECT: kinds.S3Object,
    Type.PROCESS: kinds.Process,
    Type.COLUMN_PROCESS: kinds.ColumnProcess,
}
_TABLES: Final[Mapping[str, type[Model]]] = {
    "Table": kinds.Table,
    "View": kinds.View,
    "MaterialisedView": kinds.MaterialisedView,
}
_ModelT = TypeVar("_ModelT", bound=Model)


class Atlan(Search):
    """The catalog port; as `Search` it is the survey port, too."""

    def __init__(self, client: AtlanClient, together: Together | None = None, page: int = PAGE) -> None:
        super().__init__(client, page)
        self._together = together or Threads(1)

    def look(self, wanted: Wanted) -> Glimpse:
        """Search for all that a batch needs."""
        return glimpse.read(wanted, self._asked(glimpse.query(wanted), glimpse.ATTRIBUTES))

    def connection(self, qualified_name: str) -> bool:
        """Return whether an active connection of this name exists."""
        found = self._get(kinds.Connection, qualified_name)
        return found is not None and _active(found)

    def buckets(self, connection: str, bucket: str, names: Sequence[Name]) -> Sequence[Found]:
        """Return the assets of a bucket: by its name in the connection, or by one of the qualified names."""
        named = Bool(
            filter=[
                Model.TYPE_NAME.eq(Type.BUCKET.value),
                Model.CONNECTION_QUALIFIED_NAME.eq(connection),
                Model.NAME.eq(bucket),
            ]
        )
        hits = [_found(hit) for hit in self._search(named) if hit.name == bucket]  # a search is blind to case
        found = [hit for hit in hits if hit.name.qualified_name.startswith(f"{connection}/")]
        return found or [hit for hits in self.find(names).values() for hit in hits]

    def tables(self, names: Collection[str]) -> Mapping[str, Table]:
        """Return those of these tables that exist and are active, without their columns."""
        query = Bool(filter=[Model.TYPE_NAME.within(list(_TABLES)), Model.QUALIFIED_NAME.within(sorted(names))])
        hits = [(str(hit.qualified_name), hit) for hit in self._search(query) if _active(hit)]
        tables = {name: Table(hit.type_name, hit.guid) for name, hit in hits if name in names}
        unseen = {name: self.table(name) for name in names if name not in tables}
        return tables | {name: table for name, table in unseen.items() if table}

    def columns(self, name: str, table: Table) -> Table | None:
        """Return the table with its current columns, or None if it no longer exists."""
        return self._read(table.type, name)

    def similar(self, names: Collection[str]) -> Similar:
        """Return tables of the same name and, where there are none, of the same schema; and connections."""
        hits = list(self._search(resemblance.same(names, _TABLES), pages=1))
        same = {named(str(hit.qualified_name)) for hit in hits if _active(hit)}
        others = [name for name in names if named(name) not in same and name != connection_of(name)]
        hits += self._search(resemblance.schemas(others, _TABLES), pages=1) if others else ()
        active = frozenset(str(hit.qualified_name) for hit in hits if _active(hit))
        archived = frozenset(str(hit.qualified_name) for hit in hits if not _active(hit))
        found = frozenset(name for name in active if name == connection_of(name))
        unseen = {connection_of(name) for name in names} - found
        connections = found | {name for name in sorted(unseen) if self.connection(name)}
        return Similar(active - found, archived & set(names), connections)

    def find(self, names: Collection[Name]) -> Mapping[Name, Sequence[Found]]:
        """Return those assets that exist, active or archived; after a race of writers, one name may have several."""
        if not names:
            return {}
        found: dict[Name, list[Found]] = {name: [] for name in names}
        query = Bool(
            filter=[
                Model.TYPE_NAME.within(sorted({name.type.value for name in names})),
                Model.QUALIFIED_NAME.within(sorted({name.qualified_name for name in names})),
            ]
        )
        for hit in map(_found, self._search(query)):
            found.get(hit.name, []).append(hit)
        return found | self.get([name for name, hits in found.items() if not hits])

    def get(self, names: Collection[Name]) -> dict[Name, list[Found]]:
        """Read the assets of these names from the graph, active or archived."""
        calls = [partial(self._get, _MODELS[name.type], name.qualified_name) for name in names]
        assets = gathered(self._together, calls)
        return {name: [_found(asset)] if asset else [] for name, asset in zip(names, assets, strict=True)}

    def family(self, process: Name) -> Family:
        """Return a process and its active column processes; if it does not exist, it is not active and has none."""
        parent = self._get(kinds.Process, process.qualified_name, relationships=True)
        if parent is None:
            return Family()
        guids = {child.guid for child in _related(parent.column_processes)}
        children = (_found(child) for child in self._by_guid(guids, kinds.ColumnProcess))
        return Family(_active(parent), parent.sql or "", tuple(children))

    def save(self, assets: Sequence[Asset], guids: Mapping[Name, str]) -> Saved:
        """Create, change or restore assets in one request; *guids* has what earlier requests saved."""
        sent = models(assets, guids)
        with self._answering(f"saving {_names(assets)}", write=True):
            assigned = save(self._client, list(sent.values()))
        lost = [name.qualified_name for name, built in sent.items() if built.guid not in assigned]
        if lost:
            raise UnavailableError(f"saving {lost[0]}: Atlan responded without its guid; it is retried", ambiguous=True)
        real = {name: assigned[built.guid] for name, built in sent.items()}
        return Saved(
            real,
            frozenset(name for name, guid in real.items() if assigned.get(guid) == CREATED),
            frozenset(name for name, guid in real.items() if assigned.get(guid) == UPDATED),
        )

    def retire(self, assets: Sequence[Found]) -> None:
        """
        Archive assets in one request: `purge_by_guid` with SOFT is the only call without extra reads.

        An asset that the response does not name is read: it was archived already, or nothing was done. One that is not
        there may have been purged, or its guid was wrong; the next attempt looks it up again.
        """
        what = f"archiving {_names(assets)}"
        guids = [asset.guid for asset in assets]
        with self._answering(what, write=True):
            response = self._client.asset.purge_by_guid(guids, delete_type=AtlanDeleteType.SOFT)
            archived = response.guid_assignments or {}
        for guid in (guid for guid in guids if archived.get(guid) != ARCHIVED):
            if (asset := self._one(what, guid, Model, write=True)) is None or _active(asset):
                raise UnavailableError(f"{what}: Atlan did not archive {guid}; it is retried", ambiguous=True)

    def table(self, name: str) -> Table | None:
        """Read a table from the graph, with its columns; None if it is not there, or archived."""
        return next(filter(None, (self._read(kind, name) for kind in _TABLES)), None)

    def _read(self, kind: str, name: str) -> Table | None:
        found: Any = self._get(_TABLES[kind], name, relationships=True)
        if found is None or not _active(found):
            return None
        return Table(kind, found.guid, tuple(self._named(_related(found.columns))))

    def _named(self, columns: Sequence[Model]) -> Iterator[Column]:
        """Name the columns of a table; one is read where the table does not tell its name, and may have none."""
        nameless = {column.guid for column in columns if not column.display_text}
        names = {column.guid: column.name for column in self._by_guid(nameless, kinds.Column)}
        for column in columns:
            if name := column.display_text or names.get(column.guid):
                yield Column(name, column.guid)

    def _by_guid(self, guids: Collection[str], kind: type[_ModelT]) -> list[_ModelT]:
        """Return those assets that exist, by a search and, where it lags behind, by reads of the graph."""
        if not guids:
            return []
        query = Bool(filter=[Model.TYPE_NAME.eq(kind.__name__), Model.GUID.within(sorted(guids))])
        found = {hit.guid: hit for hit in self._search(query) if hit.guid in guids and isinstance(hit, kind)}
        for guid in sorted(guids - found.keys()):
            if asset := self._one(f"{kind.__name__} {guid}", guid, kind):
                found[guid] = asset
        return list(found.values())

    def _one(self, what: str, guid: str, kind: type[_ModelT], *, write: bool = False) -> _ModelT | None:
        try:
            with self._answering(what, write=write):
                asset: _ModelT = self._client.asset.get_by_guid(guid, kind)
                return asset
        except MissingAssetError:
            return None

    def _get(self, kind: type[_ModelT], qualified_name: str, *, relationships: bool = False) -> _ModelT | None:
        try:
            with self._answering(f"{kind.__name__} {qualified_name}"):
                asset: _ModelT = self._client.asset.get_by_qualified_name(
                    qualified_name, kind, ignore_relationships=not relationships
                )
                return asset
        except MissingAssetError:
            return None

    def _search(self, query: Query, pages: int = _PAGES) -> Iterator[Model]:
        """Yield the results, each once."""
        with self._answering("search"):
            results = FluentSearch(wheres=[query]).page_size(_PAGE).execute(self._client)
            seen: set[str] = set()
            while page := [hit for hit in results.current_page() if hit.guid not in seen]:
                yield from page
                seen |= {hit.guid for hit in page}
                pages -= 1
                if not pages or len(seen) >= results.count or not results.next_page():
                    return

    def _answering(self, what: str, *, write: bool = False) -> AbstractContextManager[None]:
        return answering(what, self._client.api_key or "", write=write)


def _found(asset: Model) -> Found:
    if not asset.qualified_name or not asset.name:
        raise UnavailableError(f"{asset.type_name} {asset.guid}: the response does not tell its name; it is retried")
    return Found(Name(Type(asset.type_name), asset.qualified_name), asset.guid, _active(asset), asset.name)


def _related(assets: Iterable[Model] | None) -> list[Model]:
    """Source: Atlan, a GET lists retired relationships too, and related assets that are retired themselves."""
    live = (EntityStatus.ACTIVE, None)
    return [asset for asset in assets or () if asset.relationship_status in live and asset.entity_status in live]


def _active(asset: Model) -> bool:
    return asset.status == EntityStatus.ACTIVE


def _names(assets: Sequence[Asset | Found]) -> str:
    more = f" and {len(assets) - 1} more" if len(assets) > 1 else ""
    return f"{assets[0].name.type} {assets[0].name.qualified_name}{more}"
