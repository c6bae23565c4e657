"""
Says how a file, its source table and its target table differ in their columns.

The findings of a pair are those of its newest object; they go when the difference does. They are in the closing log
line, in the metrics, and on the pair's process in Atlan.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from connector.core.carried import Carried, Field, carried
from connector.core.columns import Flow, Rules
from connector.core.header import Header, Names, NoHeader
from connector.core.layout import Declared, Layout, Load
from connector.core.mistake import visible
from connector.core.text import Unreadable


class Kind(StrEnum):
    """Every way in which a file and its tables may differ."""

    NOT_IN_SOURCE = "not_in_source"
    NOT_IN_TARGET = "not_in_target"
    NOT_IN_FILE = "not_in_file"
    AMBIGUOUS = "ambiguous"
    DOUBLED = "doubled"
    ORDER = "order"
    RAGGED = "ragged"
    MISSING = "missing"
    UNREADABLE = "unreadable"


SENTENCES: Final = {
    Kind.NOT_IN_SOURCE: "The source table does not have {names}, which the file has; "
    "crawl the source again, or name the columns under `rename` or `ignore`.",
    Kind.NOT_IN_TARGET: "The file has {names}, which flow into no column of the target table; "
    "crawl the target again, or name the columns under `rename`, `derived` or `ignore`.",
    Kind.NOT_IN_FILE: "The file does not have {names}, which both tables have; their lineage is left out; "
    "export them, or name them under `ignore`.",
    Kind.AMBIGUOUS: "It is not clear which columns {names} are, so they are left out; "
    "rename them in the export, or name one of the columns under `ignore`.",
    Kind.DOUBLED: "The file has {names} more than once; export each column once.",
    Kind.ORDER: "The file is loaded by position, and the target table has another order of columns: {names}; "
    "load it by name, or export the columns in the order of the target.",
    Kind.RAGGED: "The file has {names}; write it again, and check the delimiter and the quotes of the export.",
    Kind.MISSING: "The route says `header: yes`, and the first record has no column of the tables; "
    "export the file with a header, or correct the route.",
    Kind.UNREADABLE: "The columns of the file cannot be read: {names}.",
}
"""What each finding says, and what to do; `{names}` are the columns."""

SHOWN: Final = 5
"""Names that a sentence has, at most; the number of the others follows."""

LONGEST: Final = 300
"""Characters that are shown of a name."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A difference, and the columns that differ, described."""

    kind: Kind
    names: tuple[str, ...] = ()

    def __str__(self) -> str:
        return SENTENCES[self.kind].format(names=_listed(self.names))


def positional(header: Header, layout: Layout, columns: int) -> bool:
    """Tell whether the order of the columns matters: the file is loaded by position, as one without a header is."""
    if isinstance(header, Names):
        return header.listed or layout.load is Load.POSITION
    return isinstance(header, NoHeader) and layout.header is not Declared.YES and header.width == columns


def findings(
    header: Header,
    source: Iterable[str],
    target: Iterable[str],
    rules: Rules,
    layout: Layout,
    *,
    ordered: bool = True,
) -> tuple[Finding, ...]:
    """
    Compare the header of a file with its tables, whose columns are in the order of the tables, if that is known.

    A file without a header is not compared by names, since nothing is known about them. If it has as many columns as
    its source, it is taken to have them in the source's order, as an export writes them.
    """
    source, target = list(source), list(target)
    by_position = ordered and positional(header, layout, len(source))
    kinds: Iterable[Finding] = ()
    match header:
        case Names(names=names):
            found = carried(names, source, target, rules)
            kinds = (*_by_name(found), *_rows(header), *(_order(names, found, target) if by_position else ()))
        case Unreadable(why=why):
            kinds = (Finding(Kind.UNREADABLE, (why,)),)
        case NoHeader() if layout.header is Declared.YES:
            kinds = (Finding(Kind.MISSING),)
        case NoHeader() if by_position:
            kinds = _order(source, carried(source, source, target, rules), target)
    order = list(Kind)
    return tuple(sorted(kinds, key=lambda finding: order.index(finding.kind)))


def _by_name(found: Carried) -> Iterator[Finding]:
    """Yield what the names tell."""
    into, fields = {flow.target for flow in (*found.flows, *found.lacking)}, found.fields
    used = {source for flow in (*found.flows, *found.lacking) for source in flow.sources}
    clear = [field for field in fields if not field.several]
    yield from _some(Kind.NOT_IN_SOURCE, (f.name for f in clear if f.source is None and f.target not in into))
    yield from _some(Kind.NOT_IN_TARGET, (f.name for f in clear if f.target is None and f.source not in used))
    yield from _some(Kind.NOT_IN_FILE, map(_said, found.lacking))
    yield from _some(Kind.AMBIGUOUS, (f"{f.name} ({' or '.join(f.several)})" for f in fields if f.several))
    yield from _some(Kind.DOUBLED, _doubled(fields))


def _doubled(fields: Sequence[Field]) -> Iterator[str]:
    """Yield each name that a file has twice, and names that are the same column."""
    counts = Counter(field.name for field in fields)
    yield from (name for name, count in counts.items() if count > 1)
    same: dict[tuple[str | None, str | None], dict[str, None]] = {}
    for field in fields:
        if field.source or field.target:
            same.setdefault((field.source, field.target), {})[field.name] = None
    yield from (" and ".join(names) for names in same.values() if len(names) > 1)


def _rows(header: Names) -> Iterator[Finding]:
    for row, width in enumerate(header.widths, start=1):
        if width != len(header.names):
            yield Finding(Kind.RAGGED, (f"{width} fields in row {row} and {len(header.names)} columns",))
            return


def _order(names: Sequence[str], found: Carried, target: Sequence[str]) -> Iterator[Finding]:
    """Yield the fields whose column of the target is at another place."""
    fields = {field.name: field.target for field in found.fields}
    at = {name: place for place, name in enumerate(target, start=1)}
    wrong = (
        f"{name} is column {place} of the file and column {at[into]} of the target"
        for place, name in enumerate(names, start=1)
        if (into := fields.get(name)) and at[into] != place
    )
    return _some(Kind.ORDER, wrong)


def _some(kind: Kind, names: Iterable[str]) -> Iterator[Finding]:
    found = tuple(names)
    if found:
        yield Finding(kind, found)


def _said(flow: Flow) -> str:
    return f"{' and '.join(flow.sources)} (into {flow.target})"


def _listed(names: Sequence[str]) -> str:
    """Join names, or the first of them; what cannot be seen in one is escaped."""
    shown = [visible(name if len(name) <= LONGEST else f"{name[:LONGEST]}...") for name in names[:SHOWN]]
    others = len(names) - len(shown)
    return ", ".join(shown) + (f" and {others:,} more" if others else "")
