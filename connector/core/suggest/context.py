"""
Compares the candidates of all keys, and drops those that a key contradicts.

In a bucket in which `exports/public/orders/` is the table orders of the schema public, `exports/sales/orders/` is
not, even if Atlan has no schema sales.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from connector.core.suggest.candidate import Candidate, Place, candidates
from connector.core.suggest.names import Names
from connector.core.suggest.stem import Segment, Stem
from connector.core.suggest.words import form, idle, located, separates, spans

Found = dict[int, Sequence[Candidate]]
"""The candidates of stems, by their index."""

_Context = tuple[int, tuple[tuple[str, ...], ...]]
"""What tells that segments of two keys have the same part: how many segments there are, and which are before it."""


def found(stems: Sequence[Stem], names: Names, *, loaded: bool = False) -> Found:
    """
    Return the candidates of each stem that names a table; none are left where its keys contradict all of them.

    Keys name the schemas of sources. They contradict a table that is *loaded* only if other keys name its schema.
    """
    every = {index: list(candidates(stem, names)) for index, stem in enumerate(stems) if stem.data}
    some = {index: those for index, those in every.items() if those}
    known = _Known(stems, some, names, loaded=loaded)
    plural = any(not any(candidate.exact for candidate in those) for those in some.values())
    return {index: list(_left(stems[index], those, known, plural=plural)) for index, those in some.items()}


def _left(stem: Stem, some: Sequence[Candidate], known: "_Known", *, plural: bool) -> Iterator[Candidate]:
    """Leave out what is contradicted, plurals beside an exact name, and what is weak where another folder is not."""
    contexts = list(_contexts(stem))
    clear = [candidate for candidate in some if not known.contradict(stem, contexts, candidate)]
    exact = [candidate for candidate in clear if candidate.exact]
    clear = exact if exact and not plural else clear
    strong = {candidate.name.segment for candidate in clear if not candidate.weak}
    for candidate in clear:
        if not (candidate.weak and strong - {candidate.name.segment}):
            yield replace(candidate, weak=candidate.weak or known.late(stem, contexts, candidate))


class _Known:
    """What the segments of keys are, as far as some of them tell."""

    def __init__(
        self, stems: Sequence[Stem], some: Mapping[int, Sequence[Candidate]], names: Names, *, loaded: bool
    ) -> None:
        self._names = {"schema": names.schemas, "database": names.databases}
        self._places: dict[str, set[_Context]] = {"schema": set(), "database": set()}
        self._used: set[str] | None = set() if loaded else None
        tables = defaultdict[_Context, set[str]](set)
        for index, those in some.items():
            contexts = list(_contexts(stems[index]))
            for candidate in those:
                tables[contexts[candidate.name.segment]].add(form(candidate.table.name))
                self._add(contexts, candidate)
        self._tables = {context for context, several in tables.items() if len(several) > 1}

    def _add(self, contexts: Sequence[_Context], candidate: Candidate) -> None:
        for kind, place in _parts(candidate).items():
            if place and place.segment != candidate.name.segment:
                self._places[kind].add(contexts[place.segment])
        if candidate.schema and self._used is not None:
            self._used.add(form(candidate.table.schema))

    def contradict(self, stem: Stem, contexts: Sequence[_Context], candidate: Candidate) -> bool:
        """
        Tell whether a key names another schema or database than the candidate's.

        It does if a Hive partition names another one; if a folder above the table's has the name of another one, or
        stands where other keys have it; or if the table's own does.
        """
        at = candidate.name.segment
        if any(contexts[at] in places for places in self._places.values()):
            return True
        if self._used is not None and form(candidate.table.schema) not in self._used:
            return False
        if any(segment.part == "schema" and not _part_of(candidate, at) for at, segment in enumerate(stem.segments)):
            return True
        missing = [kind for kind, place in _parts(candidate).items() if place is None]
        return any(
            contexts[index] in self._places[kind]
            or (_mentions(segment, self._names[kind]) and not _part_of(candidate, index))
            for index, segment in enumerate(stem.segments[:at])
            for kind in missing
        )

    def late(self, stem: Stem, contexts: Sequence[_Context], candidate: Candidate) -> bool:
        """Tell whether a folder above the table's stands where other keys have their tables, unexplained."""
        return any(
            contexts[index] in self._tables and not _part_of(candidate, index) and not all(map(idle, segment.words))
            for index, segment in enumerate(stem.segments[: candidate.name.segment])
        )


def _contexts(stem: Stem) -> Iterator[_Context]:
    before = tuple(segment.tokens for segment in stem.segments)
    return ((len(before), before[:index]) for index in range(len(before)))


def _parts(candidate: Candidate) -> dict[str, Place | None]:
    return {"schema": candidate.schema, "database": candidate.database}


def _part_of(candidate: Candidate, index: int) -> bool:
    """Tell whether a segment has a name of the candidate: that of its schema may be that of another database."""
    return any(place and place.segment == index for place in (candidate.schema, candidate.database))


def _mentions(segment: Segment, names: Collection[str]) -> bool:
    words = segment.words
    return any(
        joined in names and located((*words[:start], *words[end:]), {}) is not None
        for start, word in enumerate(words)
        if not separates(word)
        for end, joined in spans(words, start)
    )
