"""The catalog port on Atlan in memory: the requests that the adapter would send, in their order."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from connector.core.asset import Asset, Family, Found, Name, Table, Type
from connector.core.nearest import Similar, connection_of, named, schema_of
from connector.core.seen import Around, Cataloged, End, Glimpse, Linked, Wanted
from connector.ports import Saved, Together
from connector.threads import gathered
from tests.support.catalog import Atlan, Entity, short, tail
from tests.support.together import InTurn


class Client:
    """The catalog port of one process: the requests that the adapter sends, one by one."""

    def __init__(self, atlan: Atlan, ask: Callable[..., Any]) -> None:
        self.atlan, self._ask = atlan, ask

    together: Together = InTurn()
    """How reads of the graph are made that do not depend on each other."""

    def look(self, wanted: Wanted) -> Glimpse:
        """Search once: what is found is read from the graph."""
        return self._ask("search all", lambda: self._seen(wanted))

    def _seen(self, wanted: Wanted) -> Glimpse:
        families = {
            name: Family(entities[0].active, entities[0].note, tuple(_found(self.atlan.children(name))))
            for name in wanted.processes
            if (entities := self.atlan.search([name]))
        }
        return Glimpse(
            wanted.connection in self.atlan.connections,
            {bucket: self._of(bucket) or self._under(names) for bucket, names in wanted.buckets.items()},
            {name: self.atlan.table(name) for name in sorted(wanted.tables) if self.atlan.searched_table(name)},
            families,
        )

    def _of(self, bucket: str) -> list[Found]:
        called = [n for n, guids in self.atlan.names.items() if n.type is Type.BUCKET and self._labelled(guids, bucket)]
        return _found(self.atlan.search(called))

    def _under(self, names: Sequence[Name]) -> list[Found]:
        return _found(self.atlan.search(names))

    def connection(self, qualified_name: str) -> bool:
        return bool(self._ask("get connection", lambda: qualified_name in self.atlan.connections))

    def buckets(self, connection: str, bucket: str, names: Sequence[Name]) -> Sequence[Found]:
        """Search by the bucket's name, and only then look for the qualified names."""
        found = self._ask(f"search bucket {bucket}", lambda: self._of(bucket))
        return found or [hit for hits in self.find(names).values() for hit in hits]

    def tables(self, names: Collection[str]) -> Mapping[str, Table]:
        wanted = sorted(names)
        found = self._ask(
            "search tables", lambda: {name: table for name in wanted if (table := self.atlan.searched_table(name))}
        )
        for name in wanted:
            if name not in found and (table := self.table(name)):
                found[name] = table
        return found

    def table(self, name: str) -> Table | None:
        return self._ask(f"get {name}", lambda: self.atlan.table(name))

    def columns(self, name: str, table: Table) -> Table | None:
        return self._ask(f"get {name}", lambda: self.atlan.table(name))

    def similar(self, names: Collection[str]) -> Similar:
        """Search for the same names and, where there are none, through the schemas; then read unseen connections."""
        tables = self._ask("search similar", self.atlan.searched_tables)
        same = {name for name, active in tables.items() if active and named(name) in map(named, names)}
        others = [name for name in names if named(name) not in set(map(named, same))]
        schemas = {schema_of(name).lower() for name in others}
        if others:
            tables = self._ask("search schemas", self.atlan.searched_tables)
        near = same | {name for name, active in tables.items() if active and schema_of(name).lower() in schemas}
        connectors = {schema_of(connection_of(name)) for name in names}
        return Similar(
            frozenset(name for name in near if schema_of(connection_of(name)) in connectors),
            frozenset(name for name, active in tables.items() if not active) & set(names),
            frozenset(name for name in self.atlan.connections if schema_of(name) in connectors),
        )

    def find(self, names: Collection[Name]) -> Mapping[Name, Sequence[Found]]:
        if not names:
            return {}
        found = self.search(names)
        return found | self.get([name for name in names if not found[name]])

    def search(self, names: Collection[Name]) -> dict[Name, list[Found]]:
        hits = self._ask("search", lambda: _found(self.atlan.search(names)))
        return {name: [hit for hit in hits if hit.name == name] for name in names}

    def get(self, names: Collection[Name]) -> dict[Name, list[Found]]:
        def read(name: Name) -> list[Found]:
            entity = self._ask(f"get {tail(name)}", lambda: self.atlan.get(name))
            return _found([entity] if entity else [])

        return dict(zip(names, gathered(self.together, [partial(read, name) for name in names]), strict=True))

    def family(self, process: Name) -> Family:
        return self._ask("get family", lambda: self._family(process))

    def _family(self, process: Name) -> Family:
        entity = self.atlan.get(process)
        children = tuple(_found(self.atlan.children(process)))
        return Family(entity.active, entity.note, children) if entity else Family()

    def objects(self, prefix: str, after: str) -> Iterator[Sequence[Cataloged]]:
        for page in self._survey(Type.OBJECT, [prefix], after):
            yield [_cataloged(entity) for entity in page]

    def surrounded(self, prefix: str) -> Iterator[Sequence[tuple[Name, Around]]]:
        for page in self._survey(Type.OBJECT, [prefix], ""):
            yield [(entity.name, self._at(entity.guid)) for entity in page]

    def processes(self, kind: Type, prefixes: Sequence[str], after: str) -> Iterator[Sequence[Linked]]:
        for page in self._survey(kind, prefixes, after):
            yield [self._linked(entity) for entity in page]

    def named(self, names: Collection[Name]) -> Sequence[Linked]:
        return [self._linked(entity) for entity in self._ask("search named", lambda: self.atlan.search(names))]

    def below(self, prefixes: Sequence[str]) -> Iterator[Sequence[str]]:
        names = sorted(name for name in self.atlan.warehouse if name.startswith(tuple(prefixes)))
        yield self._ask("search below", lambda: [name for name in names if self.atlan.searched_table(name)])

    def existing(self, tables: Collection[str]) -> frozenset[str]:
        return frozenset(self.with_columns(tables))

    def with_columns(self, names: Collection[str]) -> Mapping[str, Table]:
        wanted = sorted(names)
        return self._ask(
            "search tables", lambda: {name: table for name in wanted if (table := self.atlan.searched_table(name))}
        )

    def around(self, tables: Collection[str]) -> Mapping[str, Around]:
        wanted = [name for name in sorted(tables) if self.atlan.searched_table(name)]
        return self._ask("search around", lambda: {name: self._around(name) for name in wanted})

    def _around(self, name: str) -> Around:
        return self._at(self.atlan.warehouse[name].guid)

    def _at(self, guid: str) -> Around:
        live = [e for e in self.atlan.entities.values() if e.active and e.name.type is Type.PROCESS]
        return Around(
            frozenset(e.name.qualified_name for e in live if guid in e.inputs),
            frozenset(e.name.qualified_name for e in live if guid in e.outputs),
        )

    def _survey(self, kind: Type, prefixes: Sequence[str], after: str) -> Iterator[list[Entity]]:
        page = [None]
        while page:
            page = self._ask(f"search {kind} pages", lambda after=after: self.atlan.page(kind, prefixes, after))
            yield page
            after = page[-1].name.qualified_name if page else after

    def _linked(self, entity: Entity) -> Linked:
        inputs, outputs = (
            tuple(End(guid, name) for guid in sorted(ends) if (name := self.atlan.called(guid)))
            for ends in (entity.inputs, entity.outputs)
        )
        return Linked(entity.name, entity.guid, inputs, outputs, entity.active, entity.note)

    def save(self, assets: Sequence[Asset], guids: Mapping[Name, str]) -> Saved:
        return self._ask(
            f"save {short(asset.name for asset in assets)}",
            lambda seen: self.atlan.save(assets, guids, seen),
            prepare=lambda: self.atlan.resolve(assets),
            write=True,
        )

    def retire(self, assets: Sequence[Found]) -> None:
        names = short(asset.name for asset in assets)
        self._ask(f"archive {names}", lambda seen: self.atlan.retire(assets), prepare=dict, write=True)

    def _labelled(self, guids: Sequence[str], bucket: str) -> bool:
        return any(self.atlan.entities[guid].label == bucket for guid in guids)


def _cataloged(entity: Entity) -> Cataloged:
    stat = entity.stat
    if stat is None:
        return Cataloged(entity.name, entity.guid, None, None, None, None)
    return Cataloged(entity.name, entity.guid, stat.size, stat.etag, stat.modified, stat.storage_class)


def _found(entities: Iterable[Entity]) -> list[Found]:
    return [Found(entity.name, entity.guid, entity.active, entity.label) for entity in entities]
