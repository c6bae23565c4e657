"""
Maps the columns of a source table to those of a target table.

Names are compared without case and separators: `order_id`, `OrderId` and `ORDER-ID` are equal. The route may rename and
ignore columns. Where two columns match, the connector does not guess.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

_SEPARATORS: Final = re.compile(r"[\s_\-.]+")


Rename = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Rules:
    """`rename` lists (source column, target column); `ignore` lists columns of either side."""

    rename: Rename = ()
    ignore: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pairing:
    """`pairs` has (source column, target column) each; `findings` says which columns could not be paired, and why."""

    pairs: tuple[tuple[str, str], ...]
    findings: tuple[str, ...] = ()


def paired(source: Iterable[str], target: Iterable[str], rules: Rules) -> Pairing:
    """
    Pair the column names of two tables, in the order of the source.

    Renamed columns first, as the rules say, and they are then left out. Names that are exactly the same
    come next, and those that differ in case and separators last, so that a table that has `id` and `ID` can still be
    mapped to one that has both. Columns that could be one or the other are left out, and named.
    """
    ignored = {_plain(name) for name in rules.ignore}
    left = [name for name in source if _plain(name) not in ignored]
    right = [name for name in target if _plain(name) not in ignored]
    order = {name: index for index, name in enumerate(left)}
    renamed = list(_renamed(left, right, rules.rename))
    left = _without(left, (name for claim in renamed for name in claim.left))
    right = _without(right, (name for claim in renamed for name in claim.right))
    same = [(name, name) for name in left if name in set(right)]
    left, right = _without(left, (a for a, _ in same)), _without(right, (b for _, b in same))
    claims = [*renamed, *_alike(left, right)]
    found = {(claim.left[0], claim.right[0]) for claim in claims if claim.clear} | set(same)
    pairs = tuple(sorted(found, key=lambda pair: (order[pair[0]], pair)))
    return Pairing(pairs, tuple(claim.finding for claim in claims if claim.ambiguous))


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
        names = " and ".join(self.left if len(self.left) > 1 else self.right)
        return (
            f"columns {names} are the same name but for case and separators ({self.why}); "
            "say which is meant with `columns: rename`, or leave one out with `columns: ignore`"
        )


def _renamed(left: list[str], right: list[str], rename: Rename) -> Iterator[_Claim]:
    """Yield each rule with the columns that it means; a renamed column is never paired by its name instead."""
    for old, new in rename:
        sources = _candidates(left, old)
        yield _Claim(tuple(sources), tuple(_candidates(right, new)) if sources else (), f"rename {old} to {new}")


def _alike(left: list[str], right: list[str]) -> Iterator[_Claim]:
    targets = _groups(right)
    for plain, sources in _groups(left).items():
        if plain in targets:
            why = f"{' and '.join(sources)} to {' and '.join(targets[plain])}"
            yield _Claim(tuple(sources), tuple(targets[plain]), why)


def _candidates(names: list[str], wanted: str) -> list[str]:
    return [wanted] if wanted in names else _groups(names).get(_plain(wanted), [])


def _groups(names: Iterable[str]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = defaultdict(list)
    for name in names:
        groups[_plain(name)].append(name)
    return groups


def _without(names: list[str], taken: Iterable[str]) -> list[str]:
    gone = set(taken)
    return [name for name in names if name not in gone]


def _plain(name: str) -> str:
    return _SEPARATORS.sub("", name).casefold() or name
