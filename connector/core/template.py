"""Templates, which name the tables of a route: filled with what a key captured, and solved for it."""

from collections.abc import Mapping
from dataclasses import dataclass

from connector.core.pattern import Case, Literal, Pattern, Piece, Star, Stars, Variable, as_is, pieces, variables


@dataclass(frozen=True, slots=True)
class Template:
    """The name of a table, with variables that the key fills."""

    text: str
    pieces: tuple[Piece, ...]

    def fill(self, values: Mapping[str, str]) -> str:
        """Return the name for these *values*, which have to cover `variables`."""
        return "".join(_fill(piece, values) for piece in self.pieces)

    def solve(self, name: str) -> dict[str, str] | None:
        """
        Return the values that give *name*, as far as they are unique; None if no values give it.

        A value is certain if its variable is alone in a segment and keeps its case: two variables in one segment can
        divide the text in several ways, and a changed case cannot be changed back.
        """
        certain = self._certain()
        loose = tuple(
            Star() if isinstance(piece, Variable) and index not in certain else piece
            for index, piece in enumerate(self.pieces)
        )
        values = Pattern(self.text, loose).match(name)
        return values if values is not None and self.can_be(name, values) else None

    def can_be(self, name: str, values: Mapping[str, str]) -> bool:
        """Return whether *values*, as far as they are known, may give *name*."""
        return not variables(self.text) <= values.keys() or self.fill(values) == name

    def _certain(self) -> frozenset[int]:
        segments: list[list[int]] = [[]]
        for index, piece in enumerate(self.pieces):
            match piece:
                case Variable():
                    segments[-1].append(index)
                case Literal():
                    segments += [[] for _ in range(piece.text.count("/"))]
        alone = [segment[0] for segment in segments if len(segment) == 1]
        first = {self.pieces[index]: index for index in reversed(alone) if as_is(self.pieces[index])}
        return frozenset(first.values())


def template(text: str) -> Template:
    """
    Read a template.

    Raises:
        ValueError: describes the error.
    """
    parsed = tuple(pieces(text))
    if any(isinstance(piece, Star | Stars) for piece in parsed):
        raise ValueError("* is not allowed in source and target, which name one table; use a variable")
    return Template(text, parsed)


def _fill(piece: Piece, values: Mapping[str, str]) -> str:
    match piece:
        case Literal():
            return piece.text
        case Variable(name, Case.UPPER):
            return values[name].upper()
        case Variable(name, Case.LOWER):
            return values[name].lower()
        case Variable(name):
            return values[name]
    raise AssertionError(f"{piece} in a template")
