"""
The graph as the browser gets it. `app` calls `View.graph` and `View.processes`.

What was found is kept for the last requests, while the catalog does not change: several tabs, and each card that is
opened, cost one walk.
"""

import sqlite3
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any, Final

from local.catalog.entities import find
from local.catalog.store import Store
from local.page import assets, columns, starts
from local.page.assets import Asset
from local.page.cards import FEW, Card, Edge, arrange, prefix
from local.page.walk import Walk

Json = dict[str, Any]

PAGE: Final = 20
"""Objects of a card, or processes of an edge, that are listed at once."""

NEWEST: Final = 3
"""Objects of a card with many that are listed before it is opened."""

_KEPT: Final = 8


@dataclass(frozen=True, slots=True)
class Found:
    """A graph: what it is about (None: everything), its cards and edges, and the tables to open."""

    about: Asset | None
    cards: list[Card]
    edges: list[Edge]
    opened: tuple[str, ...]
    cut: bool
    retired: bool


class View:
    """Graphs of the catalog in *store*."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._kept: OrderedDict[tuple[int, str, bool], Found] = OrderedDict()
        self._lock = Lock()

    def graph(self, about: str, opened: Mapping[str, int] | None, *, retired: bool) -> Json:
        """
        Return the lineage of an asset, or, for "", an overview.

        *opened* has the first line that each open card lists; None: the tables of the column that the graph is about.

        Raises:
            CatalogError: 404, there is no such asset.
        """
        version = self._store.version
        with self._store.read() as connection:
            found = self._find(connection, version, about, retired=retired)
            offsets = dict.fromkeys(found.opened, 0) if opened is None else opened
            return {"version": version} | _body(connection, found, offsets)

    def processes(self, about: str, edge: str, offset: int, *, retired: bool) -> Json:
        """
        Return a page of the processes of an edge.

        Raises:
            CatalogError: 404, there is no such asset.
        """
        with self._store.read() as connection:
            found = self._find(connection, self._store.version, about, retired=retired)
            guids = next((list(one.processes) for one in found.edges if one.id == edge), [])
            listed = assets.read(connection, guids[offset : offset + PAGE])
        ordered = [listed[guid].short() for guid in guids[offset : offset + PAGE] if guid in listed]
        return {"count": len(guids), "offset": offset, "page": PAGE, "assets": ordered}

    def _find(self, connection: sqlite3.Connection, version: int, about: str, *, retired: bool) -> Found:
        """Walk, one request at a time, unless it was done already for this version of the catalog."""
        with self._lock:
            key = (version, about, retired)
            found = self._kept.pop(key, None) or _walk(connection, about, retired=retired)
            self._kept[key] = found
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
            return found


def _walk(connection: sqlite3.Connection, about: str, *, retired: bool) -> Found:
    row = find.by_guid(connection, about) if about else None
    retired = retired or (row is not None and row["status"] != "ACTIVE")
    start = starts.of(connection, row, retired=retired) if row else starts.overview(connection, retired=retired)
    walk = Walk(connection, retired)
    for guids, sides in start.legs:
        walk.spread(guids, sides)
    walk.add(start.flows)
    walk.bridge()
    cards, edges = arrange(walk.assets, walk.flows, walk.partial)
    asset = assets.read(connection, [about])[about] if about else None
    return Found(asset, cards, edges, start.opened, start.cut or walk.cut, retired)


def _body(connection: sqlite3.Connection, found: Found, offsets: Mapping[str, int]) -> Json:
    tables = [card.id for card in found.cards if not card.objects]
    counts = columns.counts(connection, tables)
    direct = [edge for edge in found.edges if {edge.source, edge.target} <= set(tables)]
    pairs = columns.flows(connection, [process for edge in direct for process in edge.processes])
    listed = {table: columns.page(connection, table, offsets[table]) for table in tables if table in offsets}
    visible = [column.guid for rows in listed.values() for column in rows]
    return {
        "about": found.about.short() if found.about else None,
        "retired": found.retired,
        "cut": found.cut,
        "cards": [
            _objects(card, offsets.get(card.id))
            if card.objects
            else _table(card, counts.get(card.id, 0), listed.get(card.id), offsets.get(card.id, 0))
            for card in found.cards
        ],
        "edges": [_edge(edge, sum(pairs.get(process, 0) for process in edge.processes)) for edge in found.edges],
        "columns": _lines(connection, visible, retired=found.retired),
    }


def _objects(card: Card, offset: int | None) -> Json:
    """Return a card of objects: all of them if they are few, else the newest, or a page if it is open."""
    few = len(card.assets) <= FEW
    start = 0 if few or offset is None or offset >= len(card.assets) else offset
    size = FEW if few else NEWEST if offset is None else PAGE
    folder = prefix(card)
    return {
        "id": card.id,
        "kind": "objects",
        "active": card.active,
        "bucket": card.assets[0].bucket,
        "prefix": folder,
        "count": sum(asset.active for asset in card.assets),
        "retired": sum(not asset.active for asset in card.assets),
        "more": card.more,
        "size": sum(asset.size for asset in card.assets if asset.active),
        "open": few or offset is not None,
        "offset": start,
        "page": PAGE,
        "few": few,
        "rows": [
            asset.short()
            | {"label": asset.key.removeprefix(folder) or asset.name, "size": asset.size, "changed": asset.changed}
            for asset in card.assets[start : start + size]
        ],
    }


def _table(card: Card, count: int, rows: list[columns.Column] | None, offset: int) -> Json:
    asset = card.assets[0]
    path = asset.qualified_name.split("/")
    return asset.short() | {
        "id": card.id,
        "kind": "table",
        "connector": asset.connector,
        "path": "/".join(path[3:-1]) or "/".join(path[:-1]),
        "count": count,
        "open": rows is not None,
        "offset": offset,
        "page": columns.PAGE,
        "rows": [
            {"guid": one.guid, "name": one.name, "type": one.kind, "active": one.active, "lineage": one.lineage}
            for one in rows or ()
        ],
    }


def _edge(edge: Edge, pairs: int) -> Json:
    return {
        "id": edge.id,
        "source": edge.source,
        "target": edge.target,
        "count": len(edge.processes),
        "process": next(iter(edge.processes)) if len(edge.processes) == 1 else None,
        "active": any(edge.processes.values()),
        "columns": pairs,
    }


def _lines(connection: sqlite3.Connection, visible: list[str], *, retired: bool) -> list[Json]:
    """Return the lineage between the columns that are listed."""
    flows = Walk(connection, retired).columns(visible) if visible else ()
    return [
        {"source": flow.source, "target": flow.target, "process": flow.process, "active": flow.active} for flow in flows
    ]
