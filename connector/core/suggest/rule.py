"""Routes to be, as `connector.core.suggest.proposal` chooses them, and how keys are tried with them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import Final

from connector.core.columns import Rules
from connector.core.pattern import Literal, Pattern, Piece, Variable, pattern
from connector.core.route import Match, Naming, Route, Routes, Unrouted
from connector.core.suggest.general import LITERAL, Ends, Pieces, Slot
from connector.core.template import Template, template

EXCLUDE: Final = ("**/_SUCCESS", "**/.*")
"""Files that other programs leave beside their output, and hidden ones."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A route to be: its pattern and templates, and the stems that it is for, by index."""

    key: str
    ends: Ends
    stems: tuple[int, ...]
    level: int


class Tried:
    """Matches keys as routes do, but looks only at those routes and exclusions whose literal beginning a key has."""

    def __init__(self, routes: Routes) -> None:
        self._routes = routes
        self._by = [(route.key.prefix({}), route) for route in routes.routes]
        self._exclude = [(one.prefix({}), one) for one in routes.exclude]

    def match(self, bucket: str, key: str) -> Match | Unrouted:
        """Return what `Routes.match` does."""
        possible = tuple(route for prefix, route in self._by if key.startswith(prefix))
        exclude = tuple(one for prefix, one in self._exclude if key.startswith(prefix)) if possible else ()
        return replace(self._routes, routes=possible, exclude=exclude).match(bucket, key)


def order(rule: Rule) -> tuple[object, ...]:
    """Sort literal rules first, then those of which more is literal."""
    literal = (len(piece.text) for piece in pattern(rule.key).pieces if isinstance(piece, Literal))
    return rule.level < LITERAL, -sum(literal), rule.key


def merged(rules: Iterable[Rule]) -> list[Rule]:
    """Leave out rules that can take no key, since an earlier one takes all of them; the earlier one has their stems."""
    kept: dict[object, Rule] = {}
    for rule in rules:
        pieces = tuple(piece if isinstance(piece, Literal) else "" for piece in pattern(rule.key).pieces)
        first = kept.get(pieces)
        kept[pieces] = replace(first, stems=first.stems + rule.stems) if first else rule
    return list(kept.values())


def untitled(found: Pieces) -> Pattern:
    """Return a pattern whose variables are numbered, to see what they take."""
    return Pattern("", tuple(_piece(piece, place) for place, piece in enumerate(found)))


def _piece(piece: str | Slot, place: int) -> Piece:
    return Literal(piece) if isinstance(piece, str) else Variable(f"v{place}")


def routes(place: tuple[str, str], rules: Sequence[Rule], exclude: Iterable[str]) -> Routes:
    """Return the routes, as a routes file has them; *place* is the S3 connection and the bucket."""
    connection, bucket = place
    return Routes(
        connection,
        Naming.PATH,
        tuple(pattern(text) for text in dict.fromkeys((*EXCLUDE, *exclude))),
        tuple(
            Route(name, bucket, pattern(rule.key), _template(rule.ends[0]), _template(rule.ends[1]), Rules())
            for name, rule in zip(names(rules), rules, strict=True)
        ),
    )


def _template(text: str | None) -> Template | None:
    return None if text is None else template(text)


def names(rules: Sequence[Rule]) -> list[str]:
    """Return a name for the route of each rule: how its keys are made, or which table it has."""
    found: list[str] = []
    for rule in rules:
        name = _name(rule)
        numbered = (name if number == 1 else f"{name}-{number}" for number in count(1))
        found.append(next(text for text in numbered if text not in found))
    return found


def _name(rule: Rule) -> str:
    if rule.level >= LITERAL:
        return next(text for text in rule.ends if text).rpartition("/")[2].lower()
    if "={" in rule.key:
        return "partitions"
    return next((name for word, name in (("{day", "daily"), ("{part", "parts")) if word in rule.key), "whole")
