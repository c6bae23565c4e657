"""
The world in memory, behind the connector's ports: as small as it can be and still tell right from wrong.

The catalog keeps the rules that the connector leans on: it matches by name, skips what is equal, restores what is sent
as active, refuses references to what it does not have, carries out a request as a whole or not at all, and shows
a search what was there some writes ago.
"""

import itertools
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from connector.core.asset import Asset, Column, Found, Known, Name, Object, Process, Reference, Stat, Table, Type
from connector.errors import BusyError, ConnectorError, RefusedError
from connector.ports import Saved, Term

STAT = Stat(size=3, etag="abc", modified=datetime(2026, 1, 1, tzinfo=UTC))


@dataclass
class Clock:
    """Seconds since 1970, which go by when somebody pauses."""

    now: float = 1_000_000.0

    def __call__(self) -> float:
        return self.now

    def pause(self, seconds: float) -> None:
        self.now += seconds


class FakeStore:
    """S3: objects by (bucket, key); `errors` has what a key answers instead."""

    def __init__(self) -> None:
        self.objects: dict[tuple[str, str], Stat] = {}
        self.errors: dict[str, Exception] = {}
        self.reads: list[str] = []
        self.page = 1000
        self.pages_read = 0

    def put(self, bucket: str, *keys: str) -> None:
        for key in keys:
            self.objects[bucket, key] = STAT

    def delete(self, bucket: str, *keys: str) -> None:
        for key in keys:
            del self.objects[bucket, key]

    def read(self, bucket: str, key: str) -> Stat | None:
        self.reads.append(key)
        if key in self.errors:
            raise self.errors[key]
        return self.objects.get((bucket, key))

    def pages(self, bucket: str, prefix: str) -> Iterator[Sequence[str]]:
        keys = sorted(key for owner, key in self.objects if owner == bucket and key.startswith(prefix))
        for start in range(0, max(len(keys), 1), self.page):
            self.pages_read += 1
            yield keys[start : start + self.page]


@dataclass
class Entity:
    """A stored asset; `version` grows with every write that changes it."""

    guid: str
    asset: Asset
    active: bool = True
    version: int = 1
    inputs: frozenset[str] = frozenset()
    outputs: frozenset[str] = frozenset()
    parent: str | None = None


@dataclass
class FakeTable:
    """A table of somebody else's."""

    guid: str
    columns: dict[str, str]
    type: str = "Table"
    active: bool = True


@dataclass
class FakeCatalog:
    """Atlan. `verdict` is what becomes of a save of something with `poison` in its name; `log` has every write."""

    connections: set[str] = field(default_factory=lambda: {"default/s3/1"})
    warehouse: dict[str, FakeTable] = field(default_factory=dict)
    entities: dict[Name, Entity] = field(default_factory=dict)
    refuse: list[ConnectorError] = field(default_factory=list)
    poison: str = ""
    verdict: Exception = field(default_factory=lambda: RefusedError("refused"))
    log: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    reads: list[str] = field(default_factory=list)
    _guids: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def table(self, name: str, *columns: str, type_: str = "Table") -> None:
        guid = f"table-{name}-{next(self._guids)}"
        self.warehouse[name] = FakeTable(guid, {column: f"{guid}.{column}" for column in columns}, type_)

    def active(self, kind: Type | None = None) -> set[str]:
        return {
            name.qualified_name
            for name, entity in self.entities.items()
            if entity.active and (kind is None or name.type is kind)
        }

    def versions(self) -> dict[Name, int]:
        return {name: entity.version for name, entity in self.entities.items()}

    def dangling(self) -> list[str]:
        """List the active processes that point at something that is not there."""
        live = {entity.guid for entity in self.entities.values() if entity.active}
        for table in self.warehouse.values():
            live |= {table.guid, *table.columns.values()} if table.active else set()
        return [
            name.qualified_name
            for name, entity in self.entities.items()
            if entity.active
            and not {*entity.inputs, *entity.outputs, *({entity.parent} if entity.parent else set())} <= live
        ]

    def connection(self, qualified_name: str) -> bool:
        self.reads.append("connection")
        return qualified_name in self.connections

    def buckets(self, connection: str, bucket: str, names: Sequence[Name]) -> Sequence[Found]:
        self.reads.append("buckets")
        return [
            _found(name, entity)
            for name, entity in self.entities.items()
            if name.type is Type.BUCKET and (name in names or entity.asset.label == bucket)
        ]

    def tables(self, names: Collection[str]) -> Mapping[str, Table]:
        self.reads.append("tables")
        live = {name: table for name, table in self.warehouse.items() if name in names and table.active}
        return {name: Table(table.type, table.guid) for name, table in live.items()}

    def columns(self, name: str, table: Table) -> Table | None:
        self.reads.append("columns")
        there = self.warehouse.get(name)
        return Table(there.type, there.guid, _columns(there.columns)) if there and there.active else None

    def find(self, names: Collection[Name]) -> Mapping[Name, Sequence[Found]]:
        self.reads += ["find"] if names else []
        return {name: [_found(name, self.entities[name])] for name in names if name in self.entities}

    def children(self, process: Name) -> Sequence[Found]:
        self.reads.append("children")
        parent = self.entities.get(process)
        found = [(name, e) for name, e in self.entities.items() if parent and e.parent == parent.guid and e.active]
        return [_found(name, entity) for name, entity in found]

    def save(self, assets: Sequence[Asset], guids: Mapping[Name, str]) -> Saved:
        self._maybe_refuse(assets)
        known = dict(guids)
        staged: dict[Name, Entity] = {}
        for asset in assets:
            entity = self.entities.get(asset.name) or Entity(f"guid-{next(self._guids)}", asset, version=0)
            known[asset.name] = entity.guid
            staged[asset.name] = self._updated(entity, asset, known)
        created = frozenset(staged) - self.entities.keys()
        changed = frozenset(
            name for name, e in staged.items() if name not in created and e.version != self.entities[name].version
        )
        self.entities |= staged
        if created | changed:
            self.log.append(("save", tuple(name.qualified_name for name in staged if name in created | changed)))
        return Saved({name: known[name] for name in staged}, created, changed)

    def retire(self, assets: Sequence[Found]) -> None:
        self._maybe_refuse(())
        self.log.append(("retire", tuple(asset.name.qualified_name for asset in assets)))
        for asset in assets:
            entity = self.entities[asset.name]
            self.entities[asset.name] = replace(entity, active=False, version=entity.version + 1)

    def _maybe_refuse(self, assets: Sequence[Asset]) -> None:
        if self.refuse:
            raise self.refuse.pop(0)
        if self.poison and any(self.poison in asset.name.qualified_name for asset in assets):
            raise self.verdict

    def _updated(self, entity: Entity, asset: Asset, known: Mapping[Name, str]) -> Entity:
        wanted = replace(entity, asset=asset, active=True)
        if isinstance(asset, Process):
            wanted = replace(
                wanted,
                inputs=frozenset(self._resolved(end, known) for end in asset.inputs),
                outputs=frozenset(self._resolved(end, known) for end in asset.outputs),
                parent=self._resolved(asset.parent, known) if asset.parent else None,
                asset=replace(asset, inputs=(), outputs=(), parent=None),
            )
        if isinstance(asset, Object):
            bucket = Known(Type.BUCKET, self._resolved(asset.bucket, known))
            wanted = replace(wanted, asset=replace(asset, bucket=bucket))
        return entity if wanted == entity and entity.version else replace(wanted, version=entity.version + 1)

    def _resolved(self, reference: Reference, known: Mapping[Name, str]) -> str:
        if isinstance(reference, Name):
            return known[reference]
        there = {entity.guid for entity in self.entities.values()}
        for table in self.warehouse.values():
            there |= {table.guid, *table.columns.values()}
        if reference.guid not in there:
            raise RefusedError(f"referenced entity {reference.guid} is not found")
        return reference.guid


class FakeLease:
    """The lease: `disturbed` says that somebody else held it, `busy` that they still do."""

    def __init__(self) -> None:
        self.disturbed = self.busy = False
        self.held = 0

    @contextmanager
    def hold(self, connection: str, deadline: float) -> Iterator[Term]:
        if self.busy:
            raise BusyError(f"{connection} is busy")
        self.held += 1
        self.term = Term(undisturbed=not self.disturbed, grace=60.0)
        yield self.term


def _found(name: Name, entity: Entity) -> Found:
    return Found(name, entity.guid, entity.active, entity.asset.label)


def _columns(columns: Mapping[str, str]) -> tuple[Column, ...]:
    return tuple(Column(name, guid) for name, guid in columns.items())
