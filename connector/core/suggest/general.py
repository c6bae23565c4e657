"""
Writes the keys of a stem as a pattern, and the names of its tables as templates of it, more or less general.

    exports/public/orders/2024-01-01.csv    becomes    exports/{schema}/{table}/{day}.csv
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final

from connector.core.pattern import Case
from connector.core.suggest.candidate import Candidate, Place
from connector.core.suggest.meaning import Option
from connector.core.suggest.names import Table
from connector.core.suggest.stem import Segment, Stem
from connector.core.suggest.words import MARKS, form, separates

NAMES: Final = frozenset({"table", "schema", "database"})

LEVELS: Final = (
    (NAMES, False),
    (NAMES, True),
    (frozenset({"table"}), False),
    (frozenset({"table"}), True),
    (frozenset[str](), False),
    (frozenset[str](), True),
)
"""
How general a pattern can be, the most general first: which names vary, and whether each number is a variable.

One variable is enough for `2024-01-01`, unless the name beside it has the same separators.
"""

LITERAL: Final = 4
"""The first level at which no name varies."""

_YEAR: Final = re.compile(r"(19|20)\d\d")
_OTHER: Final = re.compile(r"[^A-Za-z0-9_]")
_PAIR: Final = re.compile(r"\d\d")
_DAY: Final = re.compile(r"(19|20)\d\d[-_.]?\d\d[-_.]?\d\d")
_AFTER: Final = {"year": "month", "month": "day", "day": "hour"}
_PLURALS: Final = ("", "s", "es", "S", "ES")


@dataclass(frozen=True, slots=True)
class Slot:
    """A variable of a pattern: "table", "schema" or "database", the name of a Hive partition, or "" for any other."""

    kind: str


Pieces = tuple[str | Slot, ...]


def pieces(stem: Stem, at: Candidate | None, level: int) -> Pieces:
    """Return the pattern of a stem; without a candidate, all that does not change is literal."""
    vary, split = LEVELS[level]
    found: list[str | Slot] = []
    for index, segment in enumerate(stem.segments):
        found += ["/"] if index else []
        if at and at.name.segment < index == len(stem.segments) - 1:
            found += [Slot(""), *segment.tokens[segment.last :]]  # the name of a file, which says nothing
        else:
            here = {
                place.first: (kind, place)
                for kind, place in (_places(at) if at else ())
                if kind in vary and place and place.segment == index and place.cut is not None
            }
            found += _filled(segment, here, split=split)
    return _joined(found)


def _places(at: Candidate) -> tuple[tuple[str, Place | None], ...]:
    return (("table", at.name), ("schema", at.schema), ("database", at.database))


def _filled(segment: Segment, here: Mapping[int, tuple[str, Place]], *, split: bool) -> Iterator[str | Slot]:
    """Yield the pieces of a segment, with variables for the names that are *here*, by their first token."""
    hive, index = _OTHER.sub("_", "".join(segment.tokens[: segment.first]).rstrip("=")), 0
    while index < len(segment.tokens):
        if index in here:
            kind, place = here[index]
            yield Slot(kind)
            yield _end(segment, place)
            index = place.last
        elif segment.tokens[index] in MARKS:
            yield Slot(hive)
            index += 1 if split else _run(segment.tokens[index:])
        else:
            yield segment.tokens[index]
            index += 1


def _run(tokens: Sequence[str]) -> int:
    """Return how many tokens one variable stands for: numbers with separators and single letters between them."""
    length = 1
    for index, token in enumerate(tokens):
        if token in MARKS:
            length = index + 1
        elif not separates(token) and not (len(token) == 1 and token.isascii()):
            break
    return length


def _end(segment: Segment, place: Place) -> str:
    text = "".join(segment.tokens[place.first : place.last])
    return text[len(text) - (place.cut or 0) :]


def _joined(found: Sequence[str | Slot]) -> Pieces:
    joined: list[str | Slot] = []
    for piece in found:
        if isinstance(piece, str) and joined and isinstance(joined[-1], str):
            joined[-1] += piece
        elif piece != "":
            joined.append(piece)
    return tuple(joined)


def captured(stem: Stem, at: Candidate) -> dict[str, str]:
    """Return what the variables of a pattern take from the keys of a stem, for those that are names."""
    found = {}
    for kind, place in _places(at):
        if place and place.cut is not None:
            text = "".join(stem.segments[place.segment].tokens[place.first : place.last])
            found[kind] = text[: len(text) - place.cut]
    return found


Ends = tuple[str | None, str | None]
"""The templates, or the qualified names, of source and target."""


def templates(option: Option, values: Mapping[str, str]) -> Iterator[Ends]:
    """Yield the templates that give the tables of an option, with the *values* of the variables that a pattern has."""
    if "table" not in values:
        yield _literal(option.source), _literal(option.target)
        return
    sources = list(_templates(option.source, option.at.table, values)) if option.source else [None]
    targets = list(_templates(option.target, option.at.table, values)) if option.target else [None]
    yield from product(sources, targets)


def _literal(table: Table | None) -> str | None:
    return escaped(table.qualified_name) if table else None


def _templates(table: Table, named: Table, values: Mapping[str, str]) -> Iterator[str]:
    """Yield the templates of a table; a name of it that is also in the key has to vary with the key."""
    databases, schemas = (
        list(_cases(kind, text, values)) or ([escaped(text)] if form(text) != form(other) or kind not in values else [])
        for kind, text, other in (
            ("database", table.database, named.database),
            ("schema", table.schema, named.schema),
        )
    )
    for database, schema, name in product(databases, schemas, _names(table.name, values)):
        yield "/".join((escaped(table.connection), database, schema, name))


def _cases(kind: str, text: str, values: Mapping[str, str]) -> Iterator[str]:
    """Yield the variables that give a text exactly."""
    if kind in values:
        value = values[kind]
        for case, given in ((Case.AS_IS, value), (Case.LOWER, value.lower()), (Case.UPPER, value.upper())):
            if given == text:
                yield f"{{{kind}:{case}}}" if case else f"{{{kind}}}"


def _names(text: str, values: Mapping[str, str]) -> Iterator[str]:
    """Yield the templates of a table's name: the word in the key, perhaps its plural, perhaps after the schema."""
    for plural in _PLURALS:
        if text.endswith(plural):
            yield from (f"{one}{plural}" for one in _cases("table", text.removesuffix(plural), values))
    end = len(text) - len(values["table"])
    for mark in ("_", ""):
        if text[:end].endswith(mark):
            for schema in _cases("schema", text[:end].removesuffix(mark), values):
                yield from (f"{schema}{mark}{one}" for one in _cases("table", text[end:], values))


def escaped(text: str) -> str:
    """Return a text as a pattern or template has it, which doubles braces."""
    return text.replace("{", "{{").replace("}", "}}")


def excluding(stem: Stem) -> str:
    """Return the pattern of an exclusion of the keys of a stem."""
    return "".join(escaped(piece) if isinstance(piece, str) else "*" for piece in pieces(stem, None, len(LEVELS) - 2))


def written(found: Pieces, values: Sequence[Sequence[str]]) -> str:
    """
    Return the text of a pattern, with names for its variables.

    Args:
        values: of each variable, what it takes from some keys; its name tells what they have in common.
    """
    text, before, used, place = "", "", Counter[str](), 0
    for piece in found:
        if isinstance(piece, str):
            text += escaped(piece)
            continue
        name = before = piece.kind if piece.kind in NAMES else _called(piece.kind, values[place], before)
        place += 1
        used[name] += 1
        text += f"{{{name}{used[name] if used[name] > 1 else ''}}}"
    return text


def _called(kind: str, values: Sequence[str], before: str) -> str:
    """Name a variable by its Hive partition, or by the form of all its values."""
    if kind:
        return kind if kind not in NAMES else f"{kind}_"
    if all(map(_DAY.fullmatch, values)):
        return "day"
    if all(map(_YEAR.fullmatch, values)):
        return "year"
    return _AFTER[before] if before in _AFTER and all(map(_PAIR.fullmatch, values)) else "part"
