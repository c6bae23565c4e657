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

from connector.errors import AmbiguousColumnsError

_SEPARATORS: Final = re.compile(r"[\s_\-.]+")


Rename = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Rules:
    """`rename` lists (source column, target column); `ignore` lists columns of either side."""

    rename: Rename = ()
    ignore: tuple[str, ...] = ()


def pairs(source: Iterable[str], target: Iterable[str], rules: Rules) -> tuple[tuple[str, str], ...]:
    """
    Pair the column names of two tables, in the order of the source.

    Renamed columns are paired first, by the rules, and then left out. Identical names come next, and names that differ
    in case and separators last, so that a table with `id` and `ID` can still be mapped to another with both.

    Raises:
        AmbiguousColumnsError: names both candidates.
    """
    ignored = {_plain(name) for name in rules.ignore}
    left = [name for name in source if _plain(name) not in ignored]
    right = [name for name in target if _plain(name) not in ignored]
    order = {name: index for index, name in enumerate(left)}
    renamed = list(_renamed(left, right, rules.rename))
    found = [(old, new) for old, new in renamed if new is not None]
    left, right = _without(left, (old for old, _ in renamed)), _without(right, (new for _, new in found))
    same = [(name, name) for name in left if name in set(right)]
    found += same
    left, right = _without(left, (a for a, _ in same)), _without(right, (b for _, b in same))
    found += _alike(left, right)
    return tuple(sorted(set(found), key=lambda pair: (order[pair[0]], pair)))


def _renamed(left: list[str], right: list[str], rename: Rename) -> Iterator[tuple[str, str | None]]:
    """Yield each renamed source column with its target, None where this target table has no such column."""
    for old, new in rename:
        sources, targets = _candidates(left, old), _candidates(right, new)
        if targets and sources:
            yield _only(sources, f"rename {old}"), _only(targets, f"rename to {new}")
        else:
            yield from ((name, None) for name in sources)


def _alike(left: list[str], right: list[str]) -> Iterator[tuple[str, str]]:
    targets = _groups(right)
    for plain, sources in _groups(left).items():
        if plain in targets:
            wanted = f"{' and '.join(sources)} to {' and '.join(targets[plain])}"
            yield _only(sources, wanted), _only(targets[plain], wanted)


def _candidates(names: list[str], wanted: str) -> list[str]:
    return [wanted] if wanted in names else _groups(names).get(_plain(wanted), [])


def _only(names: list[str], wanted: str) -> str:
    if len(names) > 1:
        raise AmbiguousColumnsError(
            f"columns {' and '.join(names)} differ only in case and separators ({wanted}); "
            "choose one with `columns: rename` or leave one out with `columns: ignore` in the route"
        )
    return names[0]


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
