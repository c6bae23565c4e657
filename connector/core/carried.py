"""
Tells which columns of two tables a file carries, by the names in its header.

`connector.core.desired` makes the lineage of these, and `connector.core.findings` says where the three differ.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from connector.core.columns import LEVELS, Flow, Index, Rules, kept, paired


@dataclass(frozen=True, slots=True)
class Field:
    """
    A field of a header, and the columns that it is: None where a table has no such column.

    `several` names the columns that it could be, where that is not clear; then it is none.
    """

    name: str
    source: str | None = None
    target: str | None = None
    several: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Carried:
    """`flows` are those between the tables that the file carries, `lacking` the others; `fields` is what it has."""

    flows: tuple[Flow, ...]
    lacking: tuple[Flow, ...]
    fields: tuple[Field, ...]


def carried(names: Iterable[str], source: Iterable[str], target: Iterable[str], rules: Rules) -> Carried:
    """
    Tell which columns a file carries whose header has these *names*.

    A file has the names of its source, or, where it was exported under other names, those of its target. A derived
    column is carried if all columns that it is derived from are, or if it is there itself. Names that the rules ignore
    are left out, and so are fields without a name, as that of pandas' index.
    """
    source, target = kept(source, rules), kept(target, rules)
    flows = paired(source, target, rules).flows
    fields = tuple(_fields(filter(None, kept(names, rules)), source, target, flows))
    left = {field.source for field in fields}
    right = {field.target for field in fields if field.source is None}  # derived, or from one of several columns
    there = {flow for flow in flows if flow.target in right or left.issuperset(flow.sources)}
    return Carried(
        tuple(flow for flow in flows if flow in there), tuple(flow for flow in flows if flow not in there), fields
    )


def _fields(
    names: Iterable[str], source: Iterable[str], target: Iterable[str], flows: Sequence[Flow]
) -> Iterator[Field]:
    """Yield the columns that each field is, by the first level at which there are any."""
    sources, targets = Index(source), Index(target)
    into, come = defaultdict[str, list[str]](list), defaultdict[str, list[str]](list)
    for flow in flows:
        come[flow.target] += flow.sources
        if len(flow.sources) == 1:
            into[flow.sources[0]].append(flow.target)
    for name in names:
        found = ((sources.at(level, name), targets.at(level, name)) for level in LEVELS)
        olds, news = next((both for both in found if any(both)), ((), ()))
        others = [new for new in news if olds and come[new] and new not in into[olds[0]]]
        if len(olds) > 1 or len(news) > 1 or others:
            several = (*(f"{old} of the source" for old in olds), *(f"{new} of the target" for new in news))
            yield Field(name, several=several)
        else:
            yield Field(name, _only(olds or come[news[0]] if news else olds), _only(into[olds[0]] if olds else news))


def _only(names: Sequence[str]) -> str | None:
    return names[0] if len(names) == 1 else None
