"""
Maps the columns of a source table to those of a target table.

Names that are exactly the same come first, then those that differ in case, then those that differ in separators and
quotes, too: `order_id`, `OrderId` and `"Order ID"`. The route may rename and ignore columns, and derive one from
several. Where two columns match, the connector does not guess.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

_SEPARATORS: Final = re.compile(r"[\s_\-.]+")
_QUOTES: Final = re.compile(r"[\"`]+")

Rename = tuple[tuple[str, str], ...]
Derived = tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Rules:
    """
    The column rules of a route.

    `rename` lists (source column, target column); `ignore` lists columns of either side; `derived` lists (target
    column, source columns).
    """

    rename: Rename = ()
    ignore: tuple[str, ...] = ()
    derived: Derived = ()


@dataclass(frozen=True, slots=True)
class Flow:
    """What flows into a column of the target: a column of the source, or several, sorted by name."""

    sources: tuple[str, ...]
    target: str


@dataclass(frozen=True, slots=True)
class Pairing:
    """`flows` has each target column with its source; `findings` says which columns could not be paired, and why."""

    flows: tuple[Flow, ...]
    findings: tuple[str, ...] = ()


def folded(name: str) -> str:
    """Return a name without case; letters with accents are the same, whether written as one character or as two."""
    return unicodedata.normalize("NFC", name).casefold()


def bare(name: str) -> str:
    """Return a name without case and separators, but a name of separators alone as it is."""
    return _SEPARATORS.sub("", folded(name)) or name


def plain(name: str) -> str:
    """Return a name without case, separators and quotes, but a name of these alone as it is."""
    return _QUOTES.sub("", bare(name)) or name


LEVELS: Final[tuple[Callable[[str], str], ...]] = (str, folded, plain)
"""What names are compared by: exactly, without case, without separators and quotes. Each is coarser than the last."""


def paired(source: Iterable[str], target: Iterable[str], rules: Rules) -> Pairing:
    """
    Pair the column names of two tables, in the order of the source; derived columns come last.

    Derived columns of the target come first, as the rules say, then renamed ones, and they are then left out. All
    others are paired by name, so that a table that has `id` and `ID` can still be mapped to one that has both.
    Columns that could be one or the other are left out, and named.
    """
    left, right = kept(source, rules), kept(target, rules)
    order = {name: index for index, name in enumerate(left)}
    derived, lacking = _derived(left, right, rules.derived)
    right = _without(right, (flow.target for flow in derived))
    renamed = list(_renamed(left, right, rules.rename))
    left = _without(left, (name for claim in renamed for name in claim.left))
    right = _without(right, (name for claim in renamed for name in claim.right))
    claims = [*renamed, *_alike(left, right)]
    pairs = sorted({(c.left[0], c.right[0]) for c in claims if c.clear}, key=lambda pair: (order[pair[0]], pair))
    flows = dict.fromkeys((*(Flow((old,), new) for old, new in pairs), *derived))
    return Pairing(tuple(flows), (*lacking, *(claim.finding for claim in claims if claim.ambiguous)))


def kept(names: Iterable[str], rules: Rules) -> list[str]:
    """Return the names that the rules do not ignore."""
    ignored = {plain(name) for name in rules.ignore}
    return [name for name in names if plain(name) not in ignored]


@dataclass(frozen=True, slots=True)
class _Claim:
    """Columns that one name, or one rule, could mean on either side."""

    left: tuple[str, ...]
    right: tuple[str, ...]
    why: str

    @property
    def clear(self) -> bool:
        return len(self.left) == len(self.right) == 1

    @property
    def ambiguous(self) -> bool:
        return bool(self.left and self.right) and not self.clear

    @property
    def finding(self) -> str:
        return _either(self.left if len(self.left) > 1 else self.right, self.why)


def _either(names: Sequence[str], why: str) -> str:
    return (
        f"columns {' and '.join(names)} are the same name but for case and separators ({why}); "
        "say which is meant with `columns: rename`, or leave one out with `columns: ignore`"
    )


def _derived(left: list[str], right: list[str], rules: Derived) -> tuple[list[Flow], list[str]]:
    """
    Return what each rule derives, and what is wrong with those that cannot be applied.

    A rule is for many tables, perhaps: it does not concern a target without the column, nor a source without any of its
    columns.
    """
    flows, faults = dict[Flow, None](), list[str]()
    sources, targets = Index(left), Index(right)
    for new, olds in rules:
        found, into = [sources.find(old) for old in olds], targets.find(new)
        why = f"derived {new} from {', '.join(olds)}"
        if not into or not any(found):
            continue
        if doubtful := next((names for names in (into, *found) if len(names) > 1), None):
            faults.append(_either(doubtful, why))
        elif lacking := [old for old, names in zip(olds, found, strict=True) if not names]:
            faults.append(f"column {into[0]} is left out: the source has no column {' and '.join(lacking)} ({why})")
        else:
            flows[Flow(tuple(sorted({names[0] for names in found})), into[0])] = None
    return list(flows), faults


def _renamed(left: list[str], right: list[str], rename: Rename) -> Iterator[_Claim]:
    """Yield each rule with the columns that it means; a renamed column is never paired by its name instead."""
    olds, news = Index(left), Index(right)
    for old, new in rename:
        sources = olds.find(old)
        yield _Claim(sources, news.find(new) if sources else (), f"rename {old} to {new}")


def _alike(left: list[str], right: list[str]) -> Iterator[_Claim]:
    """Yield the columns with the same names, level by level; what is unclear at one stays unclear at the next."""
    for level in LEVELS:
        sources, targets = _groups(left, level), _groups(right, level)
        claims = [
            _Claim(names, targets[form], f"{' and '.join(names)} to {' and '.join(targets[form])}")
            for form, names in sources.items()
            if form in targets
        ]
        settled = [claim for claim in claims if claim.clear or level is LEVELS[-1]]
        yield from settled
        left = _without(left, (name for claim in settled for name in claim.left))
        right = _without(right, (name for claim in settled for name in claim.right))


class Index:
    """Finds names as a person may have written them."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = tuple(names)
        self._levels: dict[Callable[[str], str], Mapping[str, tuple[str, ...]]] = {}

    def find(self, wanted: str) -> tuple[str, ...]:
        """Return the names that *wanted* means: the one, or, without case, separators and quotes, perhaps several."""
        return next(filter(None, (self.at(level, wanted) for level in LEVELS)), ())

    def at(self, level: Callable[[str], str], wanted: str) -> tuple[str, ...]:
        """Return the names that are equal to *wanted* by a level."""
        if level not in self._levels:
            self._levels[level] = _groups(self._names, level)
        return self._levels[level].get(level(wanted), ())


def _groups(names: Iterable[str], level: Callable[[str], str]) -> dict[str, tuple[str, ...]]:
    groups: dict[str, list[str]] = defaultdict(list)
    for name in names:
        groups[level(name)].append(name)
    return {form: tuple(alike) for form, alike in groups.items()}


def _without(names: list[str], taken: Iterable[str]) -> list[str]:
    gone = set(taken)
    return [name for name in names if name not in gone]
