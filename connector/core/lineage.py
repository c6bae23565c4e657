"""
The lineage of a pair of tables: a process from table to table, and one below it per column into which data flow.

`connector.core.desired` asks for it, `connector.sweep` compares it with the catalog.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from connector.core import columns
from connector.core.asset import Asset, ByGuid, Name, Process, Reference, Table, is_column
from connector.core.carried import carried
from connector.core.findings import Finding
from connector.core.names import Namespace
from connector.core.route import Pair
from connector.errors import TransientError

ARROW: Final = "\N{RIGHTWARDS ARROW}"


@dataclass(frozen=True, slots=True)
class Lineage:
    """
    The assets that should exist, parents first, and the names that should not, children first.

    `missing` are the qualified names of tables that the route names and Atlan does not have; `findings` says what is
    incomplete, and what to do; `differences` are those between a file and its tables; `failure` says that it has to be
    decided again.
    """

    present: tuple[Asset, ...] = ()
    absent: tuple[Name, ...] = ()
    missing: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()
    differences: tuple[Finding, ...] = ()
    failure: TransientError | None = None

    @property
    def names(self) -> frozenset[Name]:
        """Return every name, present or absent."""
        return frozenset((*(asset.name for asset in self.present), *self.absent))


@dataclass(frozen=True, slots=True, order=True)
class Dated:
    """An object, in the order of age: by the second of its last change, then by bucket and key."""

    modified: datetime
    bucket: str
    key: str


@dataclass(frozen=True, slots=True)
class Deciding:
    """
    The objects of a pair that decide about its columns.

    `newest` is the newest that says anything about them, or the newest of all if none does; `shaping` is the newest
    that has a header.
    """

    newest: Dated
    shaping: Dated | None


@dataclass(frozen=True, slots=True)
class Told:
    """
    What the objects of a pair tell of its columns.

    `names` are those of the newest object that has a header, None if none has; `differences` those of the newest that
    says anything; `deciding` which these are, None if an object agreed with the catalog. `undecided` says why nothing
    is told, and the columns are left as they are; for now, if that is because of a `failure`.
    """

    names: tuple[str, ...] | None = None
    differences: tuple[Finding, ...] = ()
    deciding: Deciding | None = None
    undecided: str = ""
    failure: TransientError | None = None


def end_to_end(
    pair: Pair, space: Namespace, rules: columns.Rules, tables: Mapping[str, Table], told: Told | None = None
) -> Lineage:
    """
    Return the lineage of a pair that has an object; without *told*, all columns flow that the tables have in common.

    Without one of the tables there is nothing to connect. Columns that could be one or the other are left out.
    """
    told = told or Told()
    name = space.pair(pair)
    source, target = tables.get(pair.source), tables.get(pair.target)
    if source is None or target is None:
        return Lineage(absent=(name,))
    words = f"{last(pair.source)} {ARROW} {last(pair.target)}"
    note = None if told.undecided else noted(told.differences)
    parent = Process(name, words, space.connection, (source.reference,), (target.reference,), note=note)
    if told.undecided:
        return Lineage((parent,), findings=(told.undecided,), failure=told.failure)
    left, right = _references(source), _references(target)
    pairing = columns.paired(left, right, rules)
    flows = pairing.flows if told.names is None else carried(told.names, left, right, rules).flows
    children = (
        Process(
            space.column(pair, flow),
            f"{', '.join(flow.sources)} {ARROW} {flow.target}",
            space.connection,
            tuple(left[source] for source in flow.sources),
            (right[flow.target],),
            name,
        )
        for flow in flows
    )
    return Lineage((parent, *children), findings=pairing.findings, differences=told.differences)


def noted(differences: Iterable[Finding]) -> str:
    """Return what the process of a pair says in Atlan about its columns: a comment of SQL, a line each."""
    return "\n".join(f"-- {difference}" for difference in differences)


def columns_of(present: Iterable[Asset]) -> frozenset[Name]:
    """Return the names of the column processes."""
    return frozenset(asset.name for asset in present if is_column(asset))


def last(qualified_name: str | None) -> str:
    """Return the last part of a qualified name."""
    return (qualified_name or "").rpartition("/")[2]


def _references(table: Table) -> dict[str, Reference]:
    return {column.name: ByGuid("Column", column.guid) for column in table.columns}
