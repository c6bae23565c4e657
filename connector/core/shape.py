"""
Tells whether an object may change the columns of its pair: those are the columns that the newest object carries.

Objects without a header have no say; if none has one, all columns flow that the tables have in common. The findings are
those of the newest object that says anything. No state is kept for this: what a pair has in the catalog is what was
decided last. So an object that agrees with it costs nothing, and only for one that may change it does
`connector.shapes` look for the newest.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from connector.core.asset import Name, Table
from connector.core.columns import Rules
from connector.core.findings import Finding, findings
from connector.core.header import Header, Names
from connector.core.layout import Layout
from connector.core.lineage import Dated, Deciding, Lineage, Told, columns_of, end_to_end, noted
from connector.core.names import Namespace
from connector.core.route import Pair


@dataclass(frozen=True, slots=True)
class Form:
    """What the catalog has of a pair, or would have if an object decided alone: its column processes, and the note."""

    columns: frozenset[Name]
    note: str


@dataclass(frozen=True, slots=True)
class Said:
    """What one object says: `form` is None if it has no header; `differences` are those to the tables."""

    names: tuple[str, ...] | None
    differences: tuple[Finding, ...]
    form: Form | None

    @property
    def silent(self) -> bool:
        """Tell whether the object says nothing about columns: it has no header, and nothing is wrong with that."""
        return self.form is None and not self.differences

    @property
    def note(self) -> str:
        """Return what the process of the pair would say, if this object was the newest."""
        return noted(self.differences)


@dataclass(frozen=True, slots=True)
class Known:
    """
    A pair whose lineage is known to be in the catalog.

    `findings` say what is incomplete about it; `tables` are the two that it connects, with their columns; `deciding` is
    None if it is not known which objects decided. `undecided` says that it could not be found out.
    `said` has what each header, as it was read by a layout, says of these tables.
    """

    form: Form
    tables: dict[str, Table]
    findings: tuple[str, ...] = ()
    deciding: Deciding | None = None
    undecided: bool = False
    said: dict[tuple[Header, Layout], Said] = field(default_factory=dict, compare=False, repr=False)


def said(
    header: Header, layout: Layout, pair: Pair, tables: Mapping[str, Table], rules: Rules, space: Namespace
) -> Said:
    """Return what an object with this header says of the columns of a pair; the two tables exist."""
    ends = [tables[end].columns for end in (pair.source, pair.target)]
    source, target = ([column.name for column in sorted(end, key=lambda one: one.order or 0)] for end in ends)
    ordered = all(column.order for end in ends for column in end)
    differences = findings(header, source, target, rules, layout, ordered=ordered)
    if not isinstance(header, Names):
        return Said(None, differences, None)
    told = Told(header.names, differences)
    return Said(header.names, differences, form(end_to_end(pair, space, rules, tables, told)))


def form(lineage: Lineage) -> Form:
    """Return the form of the lineage of a pair."""
    return Form(columns_of(lineage.present), noted(lineage.differences))


def unsettled(place: tuple[str, str], seen: tuple[Dated, Said] | None, now: Form, deciding: Deciding | None) -> bool:
    """
    Tell whether an object may change what its pair has now, so that the newest has to be looked for.

    An object that is older than the one that shapes the pair, and one that is gone or has no header and did not decide,
    change nothing: what is newer than those that decided agreed with them, or it would have decided itself.

    Args:
        place: the bucket and the key of the object.
        seen: when it was changed, and what it says; None if it is gone.
    """
    newest, shaping = (deciding.newest, deciding.shaping) if deciding else (None, None)
    if seen is None:
        return deciding is None or place in _places(newest, shaping)
    dated, words = seen
    if words.form is None and (deciding is None or place in _places(shaping)):
        return True
    if words.silent:
        return bool(now.note) and place in _places(newest)
    agrees = words.form == now if words.form else words.note == now.note
    return not agrees and (shaping is None or dated >= shaping or place in _places(shaping))


def _places(*objects: Dated | None) -> set[tuple[str, str]]:
    return {(one.bucket, one.key) for one in objects if one}
