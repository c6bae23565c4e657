"""
Groups keys that differ only in what changes from file to file: dates, numbers, names of files without a name in them.

A bucket of a million keys has a few stems. Only these, with some keys of each, are kept.
"""

import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Final

from connector.core.suggest.names import Names
from connector.core.suggest.words import ANY, EXTENSION, OTHER, changing, marked, plurals, separates, spans, tokens

KEPT: Final = 5
"""Keys of a stem that are kept, to check routes by: the first ones."""

_HIVE: Final = re.compile(r"([A-Za-z_][A-Za-z0-9_-]*)=")
_PARTS: Final = {
    **dict.fromkeys(("dataset", "entity", "table", "table_name", "tablename", "tbl"), "table"),
    **dict.fromkeys(("database", "database_name", "db", "dbname", "schema", "schema_name"), "schema"),
}
"""Hive partitions that name a table, or its schema or database; the values of others are no names."""


@dataclass(frozen=True, slots=True)
class Hit:
    """
    A span of tokens of a segment that may be the name of a table.

    `name` is the form of that table's name. `cut` is the number of characters at the end of the span that the name does
    not have, as in the plural of a folder; None if the name cannot be made of the span. It is `exact` if the two are
    the same.
    """

    first: int
    last: int
    name: str
    cut: int | None = 0
    exact: bool = True


@dataclass(frozen=True, slots=True)
class Segment:
    """
    A segment of a key, with what changes replaced.

    The words are from *first* to *last*, without the `name=` of a Hive partition and without an extension. `part`
    is "table" or "schema" if it is a partition that names one; then no other segment does.
    """

    tokens: tuple[str, ...]
    first: int
    last: int
    hits: tuple[Hit, ...]
    data: bool = True
    part: str = ""

    @property
    def words(self) -> tuple[str, ...]:
        """Return the tokens that may be names."""
        return self.tokens[self.first : self.last]


@dataclass(slots=True)
class Stem:
    """Keys that differ only in what changes; `samples` are the first of them."""

    segments: tuple[Segment, ...]
    objects: int = 0
    size: int = 0
    samples: list[str] = field(default_factory=list)

    @property
    def data(self) -> bool:
        """Tell whether the files hold rows of a table."""
        return self.segments[-1].data


class Stems:
    """The keys of a bucket, grouped: *most* stems. What a word can be is told by the names of sources and targets."""

    def __init__(self, sources: Names, targets: Names, most: int) -> None:
        self._tables = sources.tables.keys() | targets.tables.keys()
        self._names, self._most = sources.others | targets.others, most
        self._folders: dict[str, Segment] = {}
        self._stems: dict[tuple[tuple[str, ...], ...], Stem] = {}
        self.objects = self.size = self.beyond = 0

    def __iter__(self) -> Iterator[Stem]:
        return iter(self._stems.values())

    def add(self, key: str, size: int) -> None:
        """Add an object, but for a folder marker."""
        if key.endswith("/"):
            return
        *above, file = key.split("/")
        folders = tuple(map(self._folder, above))
        segments = (*folders, self._file(file, named=any(folder.hits for folder in folders)))
        self.objects, self.size = self.objects + 1, self.size + size
        place = tuple(segment.tokens for segment in segments)
        stem = self._stems.get(place)
        if stem is None:
            if len(self._stems) >= self._most:
                self.beyond += 1
                return
            stem = self._stems[place] = Stem(segments)
        stem.objects, stem.size = stem.objects + 1, stem.size + size
        if len(stem.samples) < KEPT:
            stem.samples.append(key)

    def _folder(self, text: str) -> Segment:
        if text not in self._folders:
            if len(self._folders) >= self._most:
                self._folders.clear()
            self._folders[text] = self._segment(text, "")
        return self._folders[text]

    def _file(self, text: str, *, named: bool) -> Segment:
        """Read the name of a file; where a folder is *named* as a table, it is any file with its extension."""
        found = EXTENSION.search(text)
        extension = found[0] if found else ""
        segment = self._segment(text, extension)
        data = not text.startswith(".") and bool(extension or _rows(text, segment))
        if named and not segment.hits and not self._mentions(segment.words):
            return Segment((ANY, extension), 0, 1, (), data)
        return Segment(segment.tokens, segment.first, segment.last, segment.hits, data)

    def _segment(self, text: str, extension: str) -> Segment:
        hive = _HIVE.match(text)
        raw = (*tokens(hive[0] if hive else ""), *tokens(text[hive.end() if hive else 0 : len(text) - len(extension)]))
        first, last = len(tokens(hive[0])) if hive else 0, len(raw)
        words = raw[first:]
        part = _PARTS.get(hive[1].lower(), "") if hive else ""
        hits = tuple(self._hits(words, first)) if part == "table" or not hive else ()
        kept = {index for hit in hits for index in range(hit.first, hit.last)}
        kept |= {first + index for index in self._mentions(words)}
        if hive and not kept:
            return Segment((*raw[:first], ANY), first, first + 1, (), part=part)
        shown = tuple(
            marked(token) if index >= first and index not in kept else token for index, token in enumerate(raw)
        )
        return Segment((*shown, *([extension] if extension else [])), first, last, hits, part=part)

    def _hits(self, words: tuple[str, ...], offset: int) -> Iterator[Hit]:
        for start, word in enumerate(words):
            if separates(word):
                continue
            for end, joined in spans(words, start):
                for name, cut, exact in self._variants(joined):
                    yield Hit(offset + start, offset + end, name, cut, exact)

    def _variants(self, joined: str) -> Iterator[tuple[str, int | None, bool]]:
        """Yield the names of tables that a word may mean: it itself, its singular and its plural."""
        for name, cut in ((joined, 0), *plurals(joined)):
            if name in self._tables:
                yield name, cut, name == joined

    def _mentions(self, words: tuple[str, ...]) -> AbstractSet[int]:
        """Return the places of the words that are names of schemas or databases."""
        return {
            place
            for start, word in enumerate(words)
            if not separates(word)
            for end, joined in spans(words, start)
            if joined in self._names
            for place in range(start, end)
        }


def _rows(text: str, segment: Segment) -> bool:
    """Tell whether a file without a known extension may hold rows: it ends in the name of a table, or has a number."""
    if OTHER.search(text):
        return any(hit.last == segment.last for hit in segment.hits)
    return bool(segment.hits) or any(map(changing, segment.tokens))
