"""
Atlan in memory: a graph with current reads, and a search whose index lags by some seconds.

It keeps the rules that the connector relies on: it matches by name, skips what is equal, restores what is sent as
active, refuses references to what it does not have, and carries out a request as a whole or not at all. For these,
`tests/integration/test_catalog.py` holds it and the adapter to one contract. It keeps no name unique under concurrency:
a save looks names up when it arrives and creates what was missing then when it commits, so two of them make two assets.
Source: Atlan's design notes on its graph.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import inf
from typing import Any, Final

from connector.core.asset import Asset, Bucket, Column, Found, Name, Object, Process, Reference, Stat, Table, Type
from connector.errors import RefusedError
from connector.ports import Saved
from tests.support.shop import CONNECTION, POSTGRES, SNOWFLAKE

PAGE: Final = 7
"""Results of a page of a search in the order of names."""

_LINEAGE: Final = (Type.PROCESS, Type.COLUMN_PROCESS)


class BrokenError(AssertionError):
    """A promise is broken."""


@dataclass(frozen=True, slots=True)
class Entity:
    """An asset. `version` grows with every change; `people` is what a person wrote on it."""

    guid: str
    name: Name
    indexed: float
    active: bool = True
    version: int = 1
    label: str = ""
    stat: Stat | None = None
    inputs: frozenset[str] = frozenset()
    outputs: frozenset[str] = frozenset()
    parent: str = ""
    people: str = ""
    note: str = ""
    foreign: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """A table or a column of somebody else's: archived ones are not active, purged ones not there."""

    guid: str
    indexed: float
    active: bool = True
    columns: Mapping[str, "Part"] = field(default_factory=dict)


class Atlan:
    """What the tenant holds; `lag` gives the seconds that the index is behind for a new asset."""

    def __init__(self, clock: Callable[[], float], lag: Callable[[], float], note: Callable[[str], None]) -> None:
        self.entities: dict[str, Entity] = {}
        self.names: dict[Name, list[str]] = {}
        self.warehouse: dict[str, Part] = {}
        self.connections = {CONNECTION, POSTGRES, SNOWFLAKE}
        self.clock, self._lag, self._note = clock, lag, note
        self._number = 0

    # What tests look at.

    def named(self, name: Name) -> Entity:
        """Return the one asset of a name."""
        (guid,) = self.names[name]
        return self.entities[guid]

    def active(self, kind: Type | None = None) -> set[str]:
        """Return the qualified names of what is active."""
        found = (entity for entity in self.entities.values() if entity.active)
        return {entity.name.qualified_name for entity in found if kind in (None, entity.name.type)}

    def versions(self) -> dict[Name, int]:
        return {entity.name: entity.version for entity in self.entities.values()}

    def dangling(self) -> list[str]:
        """List the active processes that refer to something that is not active, be it ours or a table."""
        live = {guid for guid, entity in self.entities.items() if entity.active} | {""}
        for table in self.warehouse.values():
            live |= {table.guid, *(column.guid for column in table.columns.values())} if table.active else set()
        processes = (entity for entity in self.entities.values() if entity.active and entity.name.type in _LINEAGE)
        return [tail(e.name) for e in processes if not {*e.inputs, *e.outputs, e.parent} <= live]

    # Others write.

    def new(self, kind: str) -> tuple[str, float]:
        """Return a new guid, and when a search will find it."""
        self._number += 1
        return f"{kind}-{self._number}", self.clock() + self._lag()

    def add_table(self, name: str, columns: Iterable[str]) -> None:
        """Create a table, or restore the archived one with all its columns."""
        old = self.warehouse.get(name)
        if old is None:
            parts = {column: Part(*self.new("column")) for column in columns}
            self.warehouse[name] = Part(*self.new("table"), columns=parts)
        else:
            self.warehouse[name] = replace(old, active=True)

    def drop_table(self, name: str) -> None:
        if name in self.warehouse:
            self.warehouse[name] = replace(self.warehouse[name], active=False)

    def remake_table(self, name: str) -> None:
        """Purge a table and make it again: all the same, but for its guids."""
        old = self.warehouse.pop(name, None)
        if old:
            self.add_table(name, [column for column, part in old.columns.items() if part.active])

    def add_column(self, name: str, column: str) -> None:
        self._set_column(name, column, active=True)

    def drop_column(self, name: str, column: str) -> None:
        self._set_column(name, column, active=False)

    def _set_column(self, name: str, column: str, *, active: bool) -> None:
        table = self.warehouse.get(name)
        if table and (active or column in table.columns):
            part = table.columns.get(column) or Part(*self.new("column"))
            self.warehouse[name] = replace(table, columns={**table.columns, column: replace(part, active=active)})

    def foreign(self, name: Name, **fields: Any) -> None:
        """Create an asset that is not ours."""
        if name not in self.names:
            self._store(Entity(*self._call(name), **fields))

    def describe(self, name: Name, text: str) -> None:
        """Let a person write on an asset, if there is one of this name."""
        for guid in self.names.get(name, ()):
            self.entities[guid] = replace(self.entities[guid], people=text)

    # Requests, as the adapter sends them.

    def get(self, name: Name) -> Entity | None:
        guids = self.names.get(name)
        return self.entities[guids[0]] if guids else None

    def search(self, names: Iterable[Name]) -> list[Entity]:
        found = (self.entities[guid] for name in names for guid in self.names.get(name, ()))
        return [entity for entity in found if entity.indexed <= self.clock()]

    def page(self, kind: Type, prefixes: Iterable[str], after: str) -> list[Entity]:
        """Search for what is active and begins with one of these: a page in the order of names, after *after*."""
        begins = tuple(prefixes)
        found = (
            e
            for e in self.entities.values()
            if e.name.type is kind and e.active and e.indexed <= self.clock() and e.name.qualified_name > after
        )
        names = sorted((e.name.qualified_name, e.guid) for e in found if e.name.qualified_name.startswith(begins))
        return [self.entities[guid] for _, guid in names[:PAGE]]

    def called(self, guid: str) -> str:
        """Return the qualified name of an active asset, be it ours or a table, or ""."""
        if guid in self.entities:
            return self.entities[guid].name.qualified_name if self.entities[guid].active else ""
        for name, table in self.warehouse.items():
            for whole, part in ((name, table), *((f"{name}/{c}", column) for c, column in table.columns.items())):
                if part.guid == guid:
                    return whole if part.active else ""
        return ""

    def searched_table(self, name: str) -> Table | None:
        part = self.warehouse.get(name)
        return _table(part, self.clock()) if part and part.active and part.indexed <= self.clock() else None

    def searched_tables(self) -> dict[str, bool]:
        """Return the names of all tables that a search finds, and whether they are active."""
        return {name: part.active for name, part in self.warehouse.items() if part.indexed <= self.clock()}

    def table(self, name: str) -> Table | None:
        part = self.warehouse.get(name)
        return _table(part, inf) if part and part.active else None

    def children(self, name: Name) -> list[Entity]:
        parent = self.get(name)
        return [e for e in self.entities.values() if parent and e.parent == parent.guid and e.active]

    def resolve(self, assets: Sequence[Asset]) -> dict[Name, str]:
        """Look up the names of a save: what is missing now will be created."""
        return {asset.name: self.names[asset.name][0] for asset in assets if asset.name in self.names}

    def save(self, assets: Sequence[Asset], guids: Mapping[Name, str], seen: Mapping[Name, str]) -> Saved:
        """Carry out a save as a whole or not at all: skip what is equal, restore what is sent as active."""
        known = {**guids, **seen}
        staged: dict[Name, Entity] = {}
        for asset in assets:
            old = self.entities[seen[asset.name]] if asset.name in seen else Entity(*self._call(asset.name), version=0)
            known[asset.name] = old.guid
            staged[asset.name] = self._changed(old, asset, known)
        for entity in staged.values():
            self._store(entity)
        created = frozenset(staged) - seen.keys()
        changed = frozenset(name for name in seen if staged[name].version > 1)
        self._watch(f"saved {short(staged)}")
        return Saved({name: known[name] for name in staged}, created, changed)

    def retire(self, assets: Sequence[Found]) -> None:
        for asset in assets:
            entity = self.entities[asset.guid]
            if entity.active:
                self.entities[asset.guid] = replace(entity, active=False, version=entity.version + 1)
        self._watch(f"archived {short(asset.name for asset in assets)}")

    def _call(self, name: Name) -> tuple[str, Name, float]:
        guid, indexed = self.new(name.type.value)
        return guid, name, indexed

    def _store(self, entity: Entity) -> None:
        guids = self.names.setdefault(entity.name, [])
        if entity.guid not in guids:
            guids.append(entity.guid)
        self.entities[entity.guid] = entity

    def _changed(self, old: Entity, asset: Asset, known: Mapping[Name, str]) -> Entity:
        wanted = replace(old, active=True, label=asset.label)
        match asset:
            case Object():
                wanted = replace(wanted, stat=asset.stat, parent=self._resolved(asset.bucket, known))
            case Process():
                wanted = replace(
                    wanted,
                    inputs=frozenset(self._resolved(end, known) for end in asset.inputs),
                    outputs=frozenset(self._resolved(end, known) for end in asset.outputs),
                    parent=self._resolved(asset.parent, known) if asset.parent else "",
                    note=wanted.note if asset.note is None else asset.note,
                )
            case Bucket():
                pass
        return old if wanted == old and old.version else replace(wanted, version=old.version + 1)

    def _resolved(self, reference: Reference, known: Mapping[Name, str]) -> str:
        if isinstance(reference, Name):
            if reference not in known:
                raise BrokenError(f"promise 3: a save refers to {tail(reference)}, of which no save has ended")
            return known[reference]
        if reference.guid not in self.entities and not any(
            reference.guid == part.guid or any(reference.guid == column.guid for column in part.columns.values())
            for part in self.warehouse.values()
        ):
            raise RefusedError(f"referenced entity {reference.guid} is not found")
        return reference.guid

    def _watch(self, done: str) -> None:
        """Promise 3, after every effect; and that one name is one asset."""
        self._note(done)
        for entity in self.entities.values():
            if entity.active and entity.name.type in _LINEAGE and not entity.foreign:
                for end in (*sorted(entity.inputs), *sorted(entity.outputs), entity.parent):
                    if end in self.entities and not self.entities[end].active:
                        raise BrokenError(
                            f"promise 3: {tail(entity.name)} is live, {tail(self.entities[end].name)} is retired"
                        )
        for name, guids in self.names.items():
            if len(guids) > 1:
                raise BrokenError(f"promise 4: {len(guids)} assets are called {tail(name)}")


def _table(part: Part, now: float) -> Table:
    """Return a table with its columns; only a search tells their order."""
    live = [(name, column) for name, column in part.columns.items() if column.active and column.indexed <= now]
    orders = (None if now == inf else number for number in range(1, len(live) + 1))
    columns = (Column(name, column.guid, order) for (name, column), order in zip(live, orders, strict=False))
    return Table("Table", part.guid, tuple(columns))


def short(names: Iterable[Name]) -> str:
    listed = [tail(name) for name in names]
    return ", ".join(listed[:6]) + (f" and {len(listed) - 6} more" if len(listed) > 6 else "")


def tail(name: Name) -> str:
    return name.qualified_name.removeprefix(f"{CONNECTION}/")
