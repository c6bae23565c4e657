"""
Patterns, which match the keys of a route, and the small language that they share with templates.

    exports/{schema}/{table}/**/{part}.csv      a pattern
    default/postgres/17/shop/{schema}/{table:upper}      a template

`{name}` matches one or more characters within a path segment, `*` any number within a segment, `**` any number at all,
and `**/` at the start of a segment any number of whole segments. Earlier pieces are greedy, as in a regular expression.
Unlike there, the cost is bounded: no piece is tried at more ends than the key has characters, so no object name can
stop the connector.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Final

MAX_KEY_BYTES: Final = 1024
"""Source: S3, "Object key naming guidelines"."""

_PIECE: Final = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|(?:\A|(?<=/))\*\*/|\*\*|\*|[{}]|[^{}*]+")
_VARIABLE: Final = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(?::(.*))?", re.DOTALL)


class Case(StrEnum):
    """The conversion of a captured value in a template."""

    AS_IS = ""
    UPPER = "upper"
    LOWER = "lower"


@dataclass(frozen=True, slots=True)
class Literal:
    """Exactly this text."""

    text: str

    def ends(self, key: str, start: int, before: int) -> Iterator[int]:
        """Yield where this piece can end in *key*, before *before*, if it begins at *start*, the last end first."""
        if key.startswith(self.text, start, before - 1):
            yield start + len(self.text)


@dataclass(frozen=True, slots=True)
class Variable:
    """One or more characters of a segment, captured under a name."""

    name: str
    case: Case = Case.AS_IS

    def ends(self, key: str, start: int, before: int) -> Iterator[int]:
        """Yield where this piece can end in *key*, before *before*, if it begins at *start*, the last end first."""
        return iter(range(min(_segment(key, start), before - 1), start, -1))


@dataclass(frozen=True, slots=True)
class Star:
    """Any number of characters within a segment, also zero."""

    def ends(self, key: str, start: int, before: int) -> Iterator[int]:
        """Yield where this piece can end in *key*, before *before*, if it begins at *start*, the last end first."""
        return iter(range(min(_segment(key, start), before - 1), start - 1, -1))


@dataclass(frozen=True, slots=True)
class Stars:
    """Any number of characters, also zero; if `segments` is set, whole segments only."""

    segments: bool

    def ends(self, key: str, start: int, before: int) -> Iterator[int]:
        """Yield where this piece can end in *key*, before *before*, if it begins at *start*, the last end first."""
        return _segments(key, start, before) if self.segments else iter(range(before - 1, start - 1, -1))


Piece = Literal | Variable | Star | Stars


@dataclass(frozen=True, slots=True)
class Pattern:
    """The keys that a route or an exclusion matches."""

    text: str
    pieces: tuple[Piece, ...]

    def match(self, key: str) -> dict[str, str] | None:
        """Return the captured variables if the pattern matches the whole *key*, else None."""
        ends = self._ends(key)
        if ends is None:
            return None
        spans = zip(self.pieces, pairwise(ends), strict=True)
        return {piece.name: key[start:end] for piece, (start, end) in spans if isinstance(piece, Variable)}

    def prefix(self, values: Mapping[str, str]) -> str:
        """Return the longest prefix of every key that the pattern matches with these *values*."""
        text = ""
        for piece in self.pieces:
            match piece:
                case Literal():
                    text += piece.text
                case Variable() if piece.name in values:
                    text += values[piece.name]
                case _:
                    return text
        return text

    def _ends(self, key: str) -> tuple[int, ...] | None:
        """
        Return 0, and where each piece ends: its longest match, or a shorter one where the rest does not match.

        Each piece ends at its last end first, so one that begins again begins earlier. The ends that it had before, the
        least of which is in *before*, are not tried again: the rest did not match there.
        """
        ends, before = list[int](), [len(key) + 1] * (len(self.pieces) + 1)
        tries = [iter((0,))]
        while tries:
            end = next(tries[-1], None)
            if end is None:
                tries.pop()
                del ends[-1:]
                continue
            before[len(ends)] = end
            if len(ends) < len(self.pieces):
                tries.append(self.pieces[len(ends)].ends(key, end, before[len(ends) + 1]))
                ends.append(end)
            elif end == len(key):
                return (*ends, end)
        return None


def pattern(text: str) -> Pattern:
    """
    Read a pattern.

    Raises:
        ValueError: describes the error.
    """
    parsed = tuple(pieces(text))
    names = Counter(piece.name for piece in parsed if isinstance(piece, Variable))
    for name in (name for name, times in names.items() if times > 1):
        raise ValueError(f"{{{name}}} is used twice; give each variable its own name")
    for left, right in pairwise(parsed):
        if isinstance(left, Variable) and isinstance(right, Variable):
            raise ValueError(f"nothing separates {{{left.name}}} from {{{right.name}}}; put text between them")
    if not all(as_is(piece) for piece in parsed):
        raise ValueError(":upper and :lower are allowed in source and target, not in key")
    return Pattern(text, parsed)


def variables(text: str) -> frozenset[str]:
    """
    Return the names of the variables of a pattern or template.

    Raises:
        ValueError: describes the error.
    """
    return frozenset(piece.name for piece in pieces(text) if isinstance(piece, Variable))


def pieces(text: str) -> Iterator[Piece]:
    """
    Read a pattern or a template, piece by piece.

    Raises:
        ValueError: describes the error.
    """
    literal = ""
    for found in _PIECE.finditer(text):
        piece = _piece(found)
        if isinstance(piece, Literal):
            literal += piece.text
            continue
        if literal:
            yield Literal(literal)
        literal = ""
        yield piece
    if literal:
        yield Literal(literal)


def _piece(found: re.Match[str]) -> Piece:
    match found[0]:
        case "{{" | "}}":
            return Literal(found[0][0])
        case "{" | "}":
            raise ValueError(
                f"unmatched {found[0]} at character {found.start() + 1}; write {found[0] * 2} for a literal one"
            )
        case "*":
            return Star()
        case "**" | "**/":
            return Stars(segments=found[0].endswith("/"))
    return Literal(found[0]) if found[1] is None else _variable(found[1])


def _variable(text: str) -> Variable:
    found = _VARIABLE.fullmatch(text)
    if not found:
        raise ValueError(f"{{{text}}} is not a variable; a name has letters, digits and _ only")
    try:
        return Variable(found[1], Case(found[2] or ""))
    except ValueError:
        raise ValueError(f"{{{text}}} has an unknown case :{found[2]}; use :upper or :lower") from None


def as_is(piece: Piece) -> bool:
    """Return whether a piece keeps the case of its captured value."""
    return not isinstance(piece, Variable) or piece.case is Case.AS_IS


def _segment(key: str, start: int) -> int:
    end = key.find("/", start)
    return len(key) if end < 0 else end


def _segments(key: str, start: int, before: int) -> Iterator[int]:
    """Yield where a segment begins after *start* and before *before*, the last first, and *start* itself."""
    end = before - 1
    while (end := key.rfind("/", start, end)) >= 0:
        yield end + 1
    yield start
