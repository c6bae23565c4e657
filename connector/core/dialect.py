r"""
Splits text into records of fields, exactly as one dialect of CSV has them, or not at all.

`connector.core.header` tries the dialects. Python's own reader does not serve: it accepts what no writer writes, and
so reads something from any text. Here each dialect accepts what its writers write:

- QUOTED: fields in quotes, a quote in them doubled. RFC 4180, PostgreSQL's and Redshift's CSV, Snowflake with
  FIELD_OPTIONALLY_ENCLOSED_BY, pandas, DuckDB, spreadsheets. Blanks around the quotes are accepted.
- QUOTED_ESCAPE: fields in quotes, with a backslash before a quote or a backslash in them, and nowhere else.
  PostgreSQL's and DuckDB's ESCAPE '\'.
- ESCAPE_QUOTED: fields in quotes or not, and a backslash before any sign in both. Python's csv and pandas with an
  escapechar, Redshift's ADDQUOTES ESCAPE, MySQL.
- ESCAPED: no quotes, and a backslash before any sign. Snowflake without enclosing, Redshift's ESCAPE.
- LETTERED: no quotes, and a backslash before a sign or one of the letters b, f, n, r, t, v, which are control
  characters. PostgreSQL's text format, the default of `aws_s3.query_export_to_s3`.
- PLAIN: neither quotes nor escapes. Hive, and Redshift's default.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

DELIMITERS: Final = (",", ";", "\t", "|", "\x01")
"""The delimiters that are tried where a route names none."""

FIELDS: Final = 10_000
"""Fields of a record that are read, at most: several times what the widest tables of any database have."""


ROWS: Final = 10
"""Records that are read after the first one."""


class Style(StrEnum):
    """How fields are quoted and escaped."""

    QUOTED = "quoted"
    QUOTED_ESCAPE = "quoted_escape"
    ESCAPE_QUOTED = "escape_quoted"
    ESCAPED = "escaped"
    LETTERED = "lettered"
    PLAIN = "plain"


QUOTING: Final = frozenset({Style.QUOTED, Style.QUOTED_ESCAPE, Style.ESCAPE_QUOTED})


class Break(StrEnum):
    """What a record ends with."""

    LF = "\n"
    CRLF = "\r\n"
    CR = "\r"
    END = ""


@dataclass(frozen=True, slots=True)
class Record:
    """The fields of a record, its line break, and where the next one begins."""

    fields: tuple[str, ...]
    by: Break
    end: int


class Refusal(StrEnum):
    """Why there is no record: the text ends within it, or it is not of this dialect."""

    OPEN = "open"
    MALFORMED = "malformed"


@dataclass(frozen=True, slots=True)
class Dialect:
    """A delimiter, of one or several characters, and a style."""

    delimiter: str
    style: Style


_QUOTED: Final = {
    Style.QUOTED: r'[^"]*+(?:""[^"]*+)*+',
    Style.QUOTED_ESCAPE: r'[^"\\]*+(?:\\["\\]?[^"\\]*+)*+',
    Style.ESCAPE_QUOTED: r'[^"\\]*+(?:(?:""|\\(?s:.))[^"\\]*+)*+',
}
"""The text within quotes; the rest of the text, where the closing one is missing."""

_ESCAPING: Final = frozenset({Style.ESCAPE_QUOTED, Style.ESCAPED, Style.LETTERED})
_LETTERS: Final = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
"""Source: PostgreSQL, COPY, "Text Format"."""

_ESCAPE: Final = re.compile(r"\\(.)", re.DOTALL)
_ESCAPE_OR_DOUBLED: Final = re.compile(r'\\(.)|""', re.DOTALL)
_ESCAPED_QUOTE: Final = re.compile(r'\\(["\\])')


def record(text: str, start: int, dialect: Dialect, *, ended: bool) -> Record | Refusal:
    """Read the record that begins at *start*; *ended* says that nothing follows the text."""
    field, fields, place = _pattern(dialect), list[str](), start
    while len(fields) < FIELDS:
        found = field.match(text, place)
        kind = found.lastgroup if found else None
        if found is None or kind is None or kind == "open" or _undecided(text, found.end(), dialect, ended=ended):
            return Refusal.MALFORMED if ended else Refusal.OPEN
        value, place = _unescaped(found[kind], dialect.style, quoted=kind == "quoted"), found.end()
        if value is None:
            return Refusal.MALFORMED
        fields.append(value)
        if text.startswith(dialect.delimiter, place):
            place += len(dialect.delimiter)
        elif place == len(text) or text[place] in "\r\n":
            by = Break.CRLF if text.startswith("\r\n", place) else Break(text[place : place + 1])
            return Record(tuple(fields), by, place + len(by))
        else:
            return Refusal.MALFORMED
    return Refusal.MALFORMED


def records(text: str, start: int, dialect: Dialect, *, ended: bool) -> Iterator[Record]:
    """Yield the first `ROWS` records from *start*, but for blank lines, up to one that is not complete."""
    for _ in range(ROWS):
        found = record(text, start, dialect, ended=ended) if start < len(text) else Refusal.OPEN
        if isinstance(found, Refusal):
            return
        start = found.end
        if found.fields != ("",):
            yield found


def _undecided(text: str, place: int, dialect: Dialect, *, ended: bool) -> bool:
    """Tell whether *place* is so near to the end that more text may continue a field, a CRLF or a delimiter."""
    rest = "" if ended else text[place : place + len(dialect.delimiter)]
    near = not ended and len(text) - place < max(2, len(dialect.delimiter))
    return near and (rest in ("", "\r", "\\") or (dialect.delimiter.startswith(rest) and rest != dialect.delimiter))


def _pattern(dialect: Dialect) -> re.Pattern[str]:
    """Return what matches a field: in quotes, in quotes that are not closed, or bare. Python caches it."""
    delimiter = re.escape(dialect.delimiter)
    special = ('"' if dialect.style in QUOTING else "") + ("\\\\" if dialect.style in _ESCAPING else "")
    one = rf"[^{delimiter}{special}\r\n]" if len(dialect.delimiter) == 1 else rf"(?:(?!{delimiter})[^{special}\r\n])"
    bare = rf"(?P<bare>(?:{one}++|\\(?s:.))*+)" if dialect.style in _ESCAPING else rf"(?P<bare>{one}*+)"
    inner = _QUOTED.get(dialect.style)
    if inner is None:
        return re.compile(bare)
    blanks = "" if " " in dialect.delimiter else " *+"
    return re.compile(rf'{blanks}"(?P<quoted>{inner})"{blanks}|(?P<open>{blanks}"{inner}\\?\Z)|{bare}')


def _unescaped(value: str, style: Style, *, quoted: bool) -> str | None:
    """Return the value of a field without its escapes; None if it has one that the style does not know."""
    if style is Style.QUOTED and quoted:
        return value.replace('""', '"')
    if style is Style.QUOTED_ESCAPE and quoted:
        return _ESCAPED_QUOTE.sub(r"\1", value)
    if style not in _ESCAPING:
        return value
    known = _LETTERS if style is Style.LETTERED else {}
    if any(sign.isalnum() and sign not in known for sign in _ESCAPE.findall(value)):
        return None
    escape = _ESCAPE_OR_DOUBLED if quoted else _ESCAPE
    return escape.sub(lambda found: known.get(found[1], found[1]) if found[1] else '"', value)
