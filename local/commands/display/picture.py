"""
Reads one bucket from the catalog by pyatlan: its files, and the flows between tables.

`tree` draws it. It takes three searches, for up to one page of files.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any

from pyatlan.client.atlan import AtlanClient
from pyatlan.model.assets import Asset, ColumnProcess, Process, S3Object
from pyatlan.model.enums import EntityStatus
from pyatlan.model.fluent_search import FluentSearch

ARROW = " → "  # between the ends, in the names that the connector gives to its processes


@dataclass(frozen=True, slots=True)
class File:
    """An object of the bucket, and whether lineage leads into it and out of it; `size` in bytes."""

    key: str
    size: int
    active: bool
    into: bool
    out: bool


@dataclass(frozen=True, slots=True)
class Flow:
    """
    A pair of tables, by qualified name, and the files between them; "" where there is none.

    `columns` counts the column processes; it is None if no end-to-end process is active. `retired`: one was.
    """

    source: str
    target: str
    files: tuple[File, ...]
    columns: int | None
    retired: bool


@dataclass(frozen=True, slots=True)
class Picture:
    """A bucket and its flows, ordered by their tables."""

    bucket: str
    flows: tuple[Flow, ...]

    def only(self, keys: Collection[str]) -> "Picture":
        """Keep these keys, and the flows that they are part of."""
        return self._kept(lambda key: key in keys)

    def under(self, prefix: str) -> "Picture":
        """Keep the keys that begin with a prefix, and the flows that they are part of."""
        return self._kept(lambda key: key.startswith(prefix))

    def _kept(self, wanted: Callable[[str], bool]) -> "Picture":
        kept = (replace(flow, files=tuple(file for file in flow.files if wanted(file.key))) for flow in self.flows)
        return replace(self, flows=tuple(flow for flow in kept if flow.files))

    @property
    def counts(self) -> dict[str, int]:
        """Counts of active assets by kind, and of retired files."""
        files = [file for flow in self.flows for file in flow.files]
        return {
            "files": sum(file.active for file in files),
            "in": sum(file.into for file in files),
            "out": sum(file.out for file in files),
            "end to end": sum(flow.columns is not None for flow in self.flows),
            "columns": sum(flow.columns or 0 for flow in self.flows),
            "retired": sum(not file.active for file in files),
        }


def read(atlan: AtlanClient, bucket: str) -> Picture:
    """Search the catalog for the bucket's objects, active and retired, and for their lineage."""
    objects = list(_search(atlan, S3Object, S3Object.S3BUCKET_NAME.eq(bucket), S3Object.S3OBJECT_SIZE))
    if not objects:
        return Picture(bucket, ())
    ours = Process.CONNECTION_QUALIFIED_NAME.eq(objects[0].connection_qualified_name)
    processes = sorted(_search(atlan, Process, ours, "inputs", "outputs"), key=_active, reverse=True)
    columns = _search(atlan, ColumnProcess, ours, ColumnProcess.PROCESS)
    return Picture(bucket, tuple(_flows(bucket, objects, processes, columns)))


def _search(atlan: AtlanClient, kind: type[Asset], condition: Any, *attributes: Any) -> Iterator[Any]:
    request = FluentSearch(wheres=[FluentSearch.asset_type(kind), condition]).page_size(300)
    for attribute in (Asset.CONNECTION_QUALIFIED_NAME, S3Object.S3OBJECT_KEY, *attributes):
        request = request.include_on_results(attribute)
    for attribute in (Asset.NAME, Asset.QUALIFIED_NAME):
        request = request.include_on_relations(attribute)
    yield from request.execute(atlan)


def _flows(bucket: str, objects: Iterable[Any], processes: Sequence[Any], columns: Iterable[Any]) -> Iterator[Flow]:
    files = {file.s3_object_key: file for file in sorted(objects, key=_active)}
    ends = _Ends({file.guid: key for key, file in files.items()})
    for process in processes:
        if _active(process):
            ends.learn(process)
        else:
            ends.recall(process, bucket)
    children = Counter(column.process.guid for column in columns if _active(column) and column.process)
    groups: dict[tuple[str, str], list[File]] = {}
    for key, file in sorted(files.items()):
        pair = ends.source.get(key, ""), ends.target.get(key, "")
        row = File(key, file.s3_object_size or 0, _active(file), key in ends.into, key in ends.out)
        groups.setdefault(pair, []).append(row)
    for source, target in sorted(groups, key=lambda pair: (last(pair[0]), last(pair[1]))):
        parent = ends.pairs.get((source, target))
        retired = parent is None and f"{last(source)}{ARROW}{last(target)}" in ends.retired
        yield Flow(source, target, tuple(groups[source, target]), None if parent is None else children[parent], retired)


@dataclass(slots=True)
class _Ends:
    """The ends of processes: source and target table by key, and the process guid by pair of tables."""

    keys: Mapping[str, str]
    source: dict[str, str] = field(default_factory=dict)
    target: dict[str, str] = field(default_factory=dict)
    into: set[str] = field(default_factory=set)
    out: set[str] = field(default_factory=set)
    pairs: dict[tuple[str, str], str] = field(default_factory=dict)
    retired: set[str] = field(default_factory=set)

    def learn(self, process: Any) -> None:
        """Add an active process, by its inputs and outputs."""
        for left, right in product(process.inputs or (), process.outputs or ()):
            if key := self.keys.get(right.guid):
                self.source[key] = left.qualified_name
                self.into.add(key)
            elif key := self.keys.get(left.guid):
                self.target[key] = right.qualified_name
                self.out.add(key)
            else:
                self.pairs[left.qualified_name, right.qualified_name] = process.guid

    def recall(self, process: Any, bucket: str) -> None:
        """Add a retired process, by its names, since it no longer has inputs and outputs; active ones come first."""
        own = process.qualified_name.removeprefix(f"{process.connection_qualified_name}/")
        _, kind, path = (*own.split("/", 2), "", "")[:3]  # a process of others may have any name
        left, _, right = process.name.partition(ARROW)
        key = path.removeprefix(f"{bucket}/")
        if kind == "in":
            self.source.setdefault(key, _known(left, self.source))
        elif kind == "out":
            self.target.setdefault(key, _known(right, self.target))
        elif kind == "pair":
            self.retired.add(process.name)


def _known(name: str, tables: Mapping[str, str]) -> str:
    """Return the qualified name of a table, if another file has it; else its name."""
    return next((table for table in tables.values() if last(table) == name), name)


def last(qualified_name: str) -> str:
    """Return the name at the end of a qualified name."""
    return qualified_name.rpartition("/")[2]


def _active(asset: Any) -> bool:
    return bool(asset.status == EntityStatus.ACTIVE)
