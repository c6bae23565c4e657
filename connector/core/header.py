"""
Reads the names of the columns that a CSV file carries from its first bytes.

Nothing is guessed: among all ways to split the first record, one is believed if the tables know its names. Called for
the newest object of a pair. `connector.core.text` has the bytes, `connector.core.dialect` the ways to split, and
`connector.core.findings` says what a header means for the lineage.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from connector.core.columns import bare, plain
from connector.core.dialect import DELIMITERS, QUOTING, Break, Dialect, Record, Refusal, Style, record, records
from connector.core.layout import Declared, Layout
from connector.core.mistake import quoted
from connector.core.text import Fault, Text, Unreadable, text

FIRST: Final = 64 * 1024
"""Bytes that are read of a file, and of what they unpack to, where its header is not longer."""

LIMIT: Final = 1024 * 1024
"""Bytes that are read of a file, and of what they unpack to, at most."""


@dataclass(frozen=True, slots=True)
class Names:
    """
    The names of the columns of a file, in its order.

    `widths` has the number of fields of the first records after the header. `listed` says that the route lists the
    names, since the file has none.
    """

    names: tuple[str, ...]
    widths: tuple[int, ...] = ()
    listed: bool = False


@dataclass(frozen=True, slots=True)
class NoHeader:
    """The file has no header; `width` is the number of its columns, where that is certain."""

    width: int | None = None


@dataclass(frozen=True, slots=True)
class More:
    """The header is longer than the bytes that were given: read the first `LIMIT` bytes of the file, and try again."""


Header = Names | NoHeader | More | Unreadable


def header(head: bytes, *, complete: bool, columns: Collection[str], layout: Layout | None = None) -> Header:
    """
    Read the header of a file: its names, or why there are none.

    The first record is the header if at least half of its fields are columns of the tables; where the route says that
    there is a header, if one of them is. A field is a column if it is so without case and separators.

    Args:
        head: the first bytes of the file, `FIRST` for most; all of them if *complete*.
        columns: the names of the columns of the source table and of the target table.
        layout: what the route says about its files.
    """
    layout = layout or Layout()
    listed = layout.header if isinstance(layout.header, tuple) else ()
    if layout.header is Declared.NO or not (listed or columns):
        return NoHeader()
    for limit in (FIRST, LIMIT):  # pragma: no branch - at the second, there is always an answer
        found = text(head, complete=complete, limit=limit, encoding=layout.encoding)
        if isinstance(found, Unreadable):
            return found
        if listed:
            return Names(listed, _widths(found, layout, len(listed)), listed=True)
        last = limit == LIMIT if found.cut else complete or len(head) >= LIMIT
        answer = _header(found, _Known(columns), layout, last=last)
        if not (isinstance(answer, More) and found.cut):
            break
    return answer


class _Known:
    """The columns of the tables, to look fields up; quotes count, so that a field with its quotes is not a column."""

    def __init__(self, columns: Collection[str]) -> None:
        self._exact = frozenset(columns)
        self._alike: set[str] = set()

    def count(self, names: Sequence[str]) -> int:
        """Return how many of these are columns."""
        others = [name for name in names if name not in self._exact]
        if others and not self._alike:
            self._alike = {form for name in self._exact for form in (bare(name), plain(name))}
        return len(names) - sum(bare(name) not in self._alike for name in others)

    def exact(self, names: Iterable[str]) -> int:
        """Return how many of these are columns with the same letters."""
        return sum(name in self._exact for name in names)


_Reading = tuple[Dialect, Record]
_Readings = dict[tuple[str, ...], list[_Reading]]


def _header(found: Text, known: _Known, layout: Layout, *, last: bool) -> Header:
    """Choose among the ways to read the first record; if *last*, no more bytes of the file will be given."""
    start, delimiters = _preamble(found.letters, layout, known)
    readings: _Readings = {}
    unfinished = False
    for dialect in _dialects(found.letters, delimiters):
        first = record(found.letters, start, dialect, ended=found.ended)
        if isinstance(first, Record):
            readings.setdefault(first.fields, []).append((dialect, first))
        unfinished = unfinished or first is Refusal.OPEN
    if unfinished and not (last or found.broken or "\0" in found.letters):
        return More()
    believed = [names for names, ways in readings.items() if _believed(names, ways, known, layout)]
    chosen = [names for names in believed if known.exact(names) == len(names)] or believed
    rivals = [names for names in readings if chosen and _rival(names, chosen[0], readings, known)]
    if len(chosen) > 1 or rivals:
        return Unreadable(Fault.AMBIGUOUS, _ambiguous([*chosen, *rivals]))
    if chosen:
        return _names(found, chosen[0], readings[chosen[0]])
    return _unread(found) if unfinished or "\0" in found.letters else NoHeader(_width(found, layout))


def _dialects(letters: str, delimiters: Iterable[str]) -> Iterator[Dialect]:
    """Yield the ways to read a text, without those that cannot differ, since it has no quotes or no escapes."""
    styles = tuple(Style) if "\\" in letters else (Style.QUOTED, Style.PLAIN) if '"' in letters else (Style.QUOTED,)
    return (Dialect(delimiter, style) for delimiter in delimiters for style in styles)


def _preamble(letters: str, layout: Layout, known: _Known) -> tuple[int, Sequence[str]]:
    """
    Return where the first record begins, and the delimiters to try.

    Source: Microsoft Excel: a first line `sep=;` names the delimiter, and is not a part of the data.
    """
    found = _SEPARATOR.match(letters)
    if found and not known.exact([found[0].strip()]):
        return found.end(), (found[1],)
    return 0, DELIMITERS if layout.delimiter is None else (layout.delimiter,)


def _believed(names: tuple[str, ...], ways: Sequence[_Reading], known: _Known, layout: Layout) -> bool:
    """
    Tell whether the tables know enough of the names.

    A quote at the beginning of a field is one of the dialect's, unless the tables have just these names. If every
    second field is empty, the delimiter is perhaps the same sign twice, as `||`, which a route has to say.
    """
    if len(names) > 2 and not any(names[1::2]):  # noqa: PLR2004
        return False
    if not any(dialect.style in QUOTING for dialect, _ in ways) and any(
        name.lstrip(" ").startswith('"') for name in names
    ):
        return known.exact(names) == len(names)
    count = known.count(names)
    return count > 0 if layout.header is Declared.YES else 2 * count >= len(names)


def _rival(names: tuple[str, ...], chosen: tuple[str, ...], readings: _Readings, known: _Known) -> bool:
    """Tell whether as much speaks for other names as for those that are believed, so that neither is certain."""
    mine, theirs = ({dialect.delimiter for dialect, _ in readings[either]} for either in (chosen, names))
    differ = mine.isdisjoint(theirs) or "\\" in "".join((*names, *chosen))
    least = known.exact(chosen) + (0 if differ and names != chosen else 1)
    return known.exact(names) >= max(least, 1)


def _names(found: Text, names: tuple[str, ...], ways: Sequence[_Reading]) -> Header:
    """Return the names with the widths of the first rows, in the dialect in which these are most regular."""
    if "\0" in "".join(names):
        return _unread(found)
    widths: tuple[int, ...] = ()
    for dialect, first in ways:
        rows = list(records(found.letters, first.end, dialect, ended=found.ended))
        breaks = {row.by for row in (first, *rows)} - {Break.END}
        if Break.CR in breaks and len(breaks) > 1:
            why = "some lines end with CR, and others do not; write the file with one kind of line break"
            return Unreadable(Fault.LINE_BREAKS, why)
        counted = tuple(len(row.fields) for row in rows)
        if not widths or set(counted) == {len(names)}:
            widths = counted
    return Names(names, widths)


def _widths(found: Text, layout: Layout, wanted: int) -> tuple[int, ...]:
    """Return the numbers of fields of the first records: as *wanted* in any dialect, or else in that of the route."""
    widths: tuple[int, ...] = ()
    for dialect in _dialects(found.letters, DELIMITERS if layout.delimiter is None else (layout.delimiter,)):
        counted = tuple(len(row.fields) for row in records(found.letters, 0, dialect, ended=found.ended))
        if set(counted) == {wanted}:
            return counted
        widths = widths or (counted if layout.delimiter is not None else ())
    return widths


def _width(found: Text, layout: Layout) -> int | None:
    """Return the number of fields of the first records, if just one way to split them gives all the same."""
    widths = set()
    for dialect in _dialects(found.letters, DELIMITERS if layout.delimiter is None else (layout.delimiter,)):
        rows = list(records(found.letters, 0, dialect, ended=found.ended))
        counted = {len(row.fields) for row in rows}
        widths |= counted if len(counted) == 1 and (counted != {1} or layout.delimiter is not None) else set()
    return widths.pop() if len(widths) == 1 else None


def _unread(found: Text) -> Unreadable:
    """Say why a first record could not be read to its end."""
    if "\0" in found.letters:
        why = "the file has NUL bytes: it is binary, or UTF-16 without a byte order mark; say so with `encoding`"
        return Unreadable(Fault.BINARY, why)
    if found.broken:
        why = f"the first record has a byte that is not of its encoding, after {len(found.letters)} characters; "
        return Unreadable(Fault.ENCODING, f"{why}say which encoding it has with `encoding`")
    if found.complete:
        return Unreadable(Fault.CORRUPT, "the file ends within its first record; write it again")
    return Unreadable(Fault.TOO_LONG, f"the first record does not end within {LIMIT} bytes")


def _ambiguous(believed: Sequence[tuple[str, ...]]) -> str:
    """Name two ways to read the header, by the first field in which they differ."""
    one, other = believed[:2]
    at = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)) - 1)
    return (
        f"field {at + 1} of the first record could be {quoted(one[at])} or {quoted(other[at])}; "
        "say which delimiter the file has with `delimiter`, or list its columns with `header`"
    )


_SEPARATOR: Final = re.compile(r"sep=([^\r\n])(?:\r\n|\r|\n)", re.IGNORECASE)
