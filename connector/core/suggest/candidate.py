"""
Finds the tables that a key may mean by their names, and where in the key these are.

A word beside the name of a table that nothing explains, as in `orders_archive`, means another table.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from connector.core.suggest.names import Names, Table
from connector.core.suggest.stem import Hit, Segment, Stem
from connector.core.suggest.words import form, idle, located, separates


@dataclass(frozen=True, slots=True)
class Place:
    """Where a name is in a key: a segment, and a span of its tokens, of which it lacks the last *cut* characters."""

    segment: int
    first: int
    last: int
    cut: int | None = 0


@dataclass(frozen=True, slots=True)
class Candidate:
    """
    A table that a key may mean, with the places of its name and, if they are there, of its schema and database.

    It is *weak* if its name may be something else, as in `part-0001.csv`.
    """

    table: Table
    name: Place
    exact: bool = True
    weak: bool = False
    schema: Place | None = None
    database: Place | None = None


def candidates(stem: Stem, names: Names) -> Iterator[Candidate]:
    """Yield the tables that the keys of a stem may mean, each once, at the first place of its name."""
    seen: set[Table] = set()
    partition = any(segment.part == "table" for segment in stem.segments)
    for index, segment in enumerate(stem.segments):
        for hit in segment.hits if segment.part or not partition else ():
            for table in names.tables.get(hit.name, ()):
                candidate = _at(stem, index, hit, table)
                if candidate and table not in seen:
                    seen.add(table)
                    yield candidate


def _at(stem: Stem, index: int, hit: Hit, table: Table) -> Candidate | None:
    segment = stem.segments[index]
    wanted = {"schema": form(table.schema), "database": form(table.database)}
    before, after = segment.tokens[segment.first : hit.first], segment.tokens[hit.last : segment.last]
    left, right = located(before, wanted), located(after, wanted)
    if left is None or right is None:
        return None
    places = {kind: Place(index, segment.first + a, segment.first + b) for kind, (a, b) in left.items()}
    places |= {kind: Place(index, hit.last + a, hit.last + b) for kind, (a, b) in right.items()}
    here = dict(places)
    for other in range(index - 1, -1, -1):
        for kind, place in _named(stem.segments[other], other, wanted).items():
            places.setdefault(kind, place)
    name = Place(index, hit.first, hit.last, hit.cut)
    named = all(map(idle, segment.tokens[hit.first : hit.last]))
    weak = named and not here and not all(map(separates, (*before, *after)))
    return Candidate(table, name, hit.exact, weak, places.get("schema"), places.get("database"))


def _named(segment: Segment, index: int, wanted: Mapping[str, str]) -> dict[str, Place]:
    """Return the names that are in a segment in which nothing is unexplained."""
    found = located(segment.words, wanted) or {}
    return {kind: Place(index, segment.first + a, segment.first + b) for kind, (a, b) in found.items()}
