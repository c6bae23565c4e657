"""
Chooses the routes: as few and as general as take every key to the pair that it means, and no other key.

A pattern is tried with the keys that are kept of each stem. Where it takes one to another pair, that stem gets a less
general route of its own; where it takes keys that mean no certain pair, these are excluded.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from connector.core import mistake
from connector.core.pattern import pattern
from connector.core.route import Match, Routes
from connector.core.suggest.general import (
    LEVELS,
    LITERAL,
    NAMES,
    Ends,
    Pieces,
    Slot,
    captured,
    excluding,
    pieces,
    templates,
    written,
)
from connector.core.suggest.meaning import Meaning, Option, Why
from connector.core.suggest.rule import Rule, Tried, merged, names, order, routes, untitled
from connector.core.suggest.stem import Stem

ENOUGH: Final = 2
"""Pairs that a template has to name, at least; a single one is named as it is."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """Routes for a bucket, the exclusions with the stems that they are for, and what each stem means."""

    bucket: str
    connection: str
    stems: Sequence[Stem]
    meanings: Sequence[Meaning]
    rules: Sequence[Rule]
    exclude: Sequence[tuple[str, int]]

    @property
    def routes(self) -> Routes:
        """Return the routes, as a routes file has them."""
        return routes((self.connection, self.bucket), self.rules, [text for text, _ in self.exclude])

    @property
    def covered(self) -> list[int]:
        """Return the stems that the routes take, by index."""
        return [index for rule in self.rules for index in rule.stems]


def propose(bucket: str, connection: str, stems: Sequence[Stem], meanings: Sequence[Meaning]) -> Proposal:
    """Choose the routes for the stems whose meaning is decided."""
    return _Choice(Proposal(bucket, connection, stems, list(meanings), (), ())).made()


class _Choice:
    """Makes rules, tries them, and makes less general ones, until all are right."""

    def __init__(self, begun: Proposal) -> None:
        self._begun, self._stems, self._meanings = begun, begun.stems, list(begun.meanings)
        self._levels = {index: 0 for index, meaning in enumerate(begun.meanings) if meaning.decided}
        self._exclude: dict[int, str] = {}

    def made(self) -> Proposal:
        while True:
            rules = merged(sorted(self._rules(), key=order))
            exclude = sorted((text, index) for index, text in self._exclude.items())
            made = replace(self._begun, meanings=self._meanings, rules=rules, exclude=exclude)
            if not self._corrected(made):
                return made

    def _option(self, index: int) -> Option:
        return self._meanings[index].options[0]

    def _rules(self) -> Iterator[Rule]:
        """Make the rules, the general ones first: a stem that has none has one of the next level."""
        named: dict[Ends, set[Ends]] = defaultdict(set)
        for level in range(len(LEVELS)):
            groups: dict[Pieces, list[int]] = defaultdict(list)
            for index in [index for index, own in self._levels.items() if own == level]:
                groups[pieces(self._stems[index], self._option(index).at, level)].append(index)
            chosen = [(found, *self._chosen(found, indices)) for found, indices in groups.items()]
            for _, ends, indices in chosen:
                named[ends] |= {self._option(index).ends for index in indices}
            for found, ends, indices in chosen:
                text = self._text(found, indices)
                kept = indices if text and (level >= LITERAL or len(named[ends]) >= ENOUGH) else []
                for index in {*groups[found]} - {*kept}:
                    self._less(index)
                if kept:
                    yield Rule(text, ends, tuple(kept), level)

    def _less(self, index: int) -> None:
        """Give a stem a less general rule, or none if there is none."""
        self._levels[index] += 1
        if self._levels[index] == len(LEVELS):
            del self._levels[index]
            self._meanings[index] = replace(self._meanings[index], why=Why.INSEPARABLE)

    def _chosen(self, found: Pieces, indices: Sequence[int]) -> tuple[Ends, list[int]]:
        """Choose the templates that give most pairs of these stems, and the stems of which they do."""
        kinds = {piece.kind for piece in found if isinstance(piece, Slot)} & NAMES
        given: dict[Ends, list[int]] = defaultdict(list)
        for index in indices:
            option = self._option(index)
            values = {kind: text for kind, text in captured(self._stems[index], option.at).items() if kind in kinds}
            for ends in templates(option, values):
                given[ends].append(index)

        def rank(ends: Ends) -> tuple[int, int, str]:
            return -len({self._option(index).ends for index in given[ends]}), len(str(ends)), str(ends)

        best = min(given, key=rank, default=(None, None))
        return best, given[best]

    def _text(self, found: Pieces, indices: Sequence[int]) -> str:
        """Return the text of a pattern; "" if a routes file cannot have it, or if it does not match."""
        tried = untitled(found)
        values = [tried.match(self._stems[index].samples[0]) for index in indices]
        columns = list(zip(*(one.values() for one in values if one is not None), strict=True))
        if None in values or not values:
            return ""
        try:
            return mistake.long(pattern(mistake.key(written(found, columns)))).text
        except ValueError:
            return ""

    def _corrected(self, made: Proposal) -> bool:
        """Try the routes; where one is wrong, change what made it so, and return whether there was any."""
        tried, rules = Tried(made.routes), dict(zip(names(made.rules), made.rules, strict=True))
        wrong: list[int] = []
        taken: dict[Rule, list[int]] = defaultdict(list)
        for index, stem in enumerate(self._stems):
            wanted = self._option(index).ends if index in self._levels else None
            for match in (tried.match(made.bucket, key) for key in stem.samples):
                if wanted is not None and (not isinstance(match, Match) or (match.source, match.target) != wanted):
                    wrong.append(index)
                    break
                if wanted is None and isinstance(match, Match):
                    taken[rules[match.route.name]].append(index)
                    break
        for index in wrong:
            self._less(index)
        for rule, indices in taken.items():
            self._leave_out(indices, rule)
        return bool(wrong or taken)

    def _leave_out(self, indices: Sequence[int], rule: Rule) -> None:
        """Exclude the keys that a rule takes wrongly; if they are too many, or cannot be excluded, make it literal."""
        texts = {index: excluding(self._stems[index]) for index in indices}
        stems = self._levels.keys() & {*rule.stems}
        pairs = {self._option(index).ends for index in stems}
        many = rule.level < LITERAL and len({*texts.values()}) > len(pairs)
        for index, text in texts.items():
            if many or not self._harmless(text):
                for other in stems:
                    self._less(other)
                return
            self._exclude[index] = text

    def _harmless(self, text: str) -> bool:
        """Tell whether an exclusion is valid, and takes no key of a stem that has a route."""
        try:
            excluded = mistake.long(pattern(mistake.key(text)))
        except ValueError:
            return False
        keys = (key for index in self._levels for key in self._stems[index].samples)
        begins = excluded.prefix({})
        return not any(key.startswith(begins) and excluded.match(key) is not None for key in keys)
