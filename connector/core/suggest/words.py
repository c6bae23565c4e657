"""
Splits the segments of keys into words: those that may be names, and those that change from file to file.

A date, a number, a UUID or a hash names no table by itself; nor does a word such as `part` or `export`.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

NUMBER: Final = "\0"
"""Stands for a number, a part of a date or a hash."""

UUID: Final = "\2"
"""Stands for a UUID, which has separators in it."""

ANY: Final = "\1"
"""Stands for the name of a file in which nothing is a name."""

MARKS: Final = frozenset({NUMBER, UUID, ANY})
"""What stands for words that change from file to file."""

_UUID: Final = r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"
TOKEN: Final = re.compile(
    rf"{_UUID}|(?=[A-Fa-f]*[0-9])[0-9A-Fa-f]{{16,64}}(?![^\W_])|[^\W\d_]+|\d+|(?:(?![\0\1\2])[\W_])+|[\0\1\2]"
)
"""A UUID, a hash, letters, digits, what separates them, or a mark."""

_CHANGING: Final = re.compile(
    r"(?=.*\d)[0-9A-Fa-f-]+|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec|january|february|march|april|june|july"
    r"|august|september|october|november|december)",
    re.IGNORECASE,
)
_SEPARATOR: Final = re.compile(r"[\W_]+")

EXTENSION: Final = re.compile(
    r"(?:\.(?:csv|tsv|psv|txt|dat|tbl|json|jsonl|ndjson|parquet|avro|orc|gz|gzip|bz2|zst|xz|lz4|snappy|zip))+$",
    re.IGNORECASE,
)
"""The extensions of files that hold rows of a table, also compressed."""

OTHER: Final = re.compile(r"\.[A-Za-z][A-Za-z0-9]{0,7}$")
"""Any other extension."""

FILLERS: Final = frozenset(
    re.findall(
        r"\w+",
        "batch chunk data dump export exported exports extract extracts file files full load page part parts run shard "
        "table tbl",
    )
)
"""Words beside the name of a table that say how it was exported."""

STAGES: Final = FILLERS | frozenset(
    re.findall(
        r"\w+",
        "archive backup backups bronze current daily date day delta done ds dt dumps gold history hourly in inbox "
        "incoming incremental input landing latest monthly out output outbound processed raw s3 silver snapshot "
        "snapshots stage staging weekly",
    )
)
"""Folders that say what state files are in, and not whose they are."""


def form(text: str) -> str:
    """Return a name without case and separators, by which names are compared."""
    return _SEPARATOR.sub("", unicodedata.normalize("NFC", text).casefold()) or text


def tokens(text: str) -> tuple[str, ...]:
    """Split a segment; the tokens together are the segment."""
    return tuple(TOKEN.findall(text))


def separates(token: str) -> bool:
    """Tell whether a token only separates words."""
    return _SEPARATOR.fullmatch(token) is not None and token not in MARKS


def changing(token: str) -> bool:
    """Tell whether a token changes from file to file: a number, a part of a date, also in English, a UUID, a hash."""
    return token in MARKS or _CHANGING.fullmatch(token) is not None


def marked(token: str) -> str:
    """Return what stands for a token if it changes, or else the token."""
    return (UUID if "-" in token else NUMBER) if changing(token) else token


def idle(token: str) -> bool:
    """Tell whether a token says nothing about which table it is."""
    letter = len(token) == 1 and token.isascii()
    return letter or changing(token) or separates(token) or token.casefold() in FILLERS


def located(words: Sequence[str], wanted: Mapping[str, str]) -> dict[str, tuple[int, int]] | None:
    """
    Find names among words of which all others are idle.

    Args:
        wanted: the form of each name that may be there.

    Returns:
        where each of them is, or None if there is a word that is neither one of them nor idle.
    """
    found: dict[str, tuple[int, int]] = {}
    start = 0
    while start < len(words):
        for kind, end in _beginning(words, start, wanted):
            if kind not in found:
                found[kind], start = (start, end), end
                break
        else:
            if not idle(words[start]):
                return None
            start += 1
    return found


def _beginning(words: Sequence[str], start: int, wanted: Mapping[str, str]) -> Iterator[tuple[str, int]]:
    """Yield the names that begin at *start*, and where they end."""
    if separates(words[start]):
        return
    for end, joined in spans(words, start):
        for kind, name in wanted.items():
            if joined == name:
                yield kind, end


def spans(words: Sequence[str], start: int) -> Iterator[tuple[int, str]]:
    """Yield where each span of words that begins at *start* ends, and its form."""
    joined = ""
    for end in range(start, len(words)):
        if not separates(words[end]):
            joined += form(words[end])
            yield end + 1, joined


def plurals(word: str) -> Iterator[tuple[str, int | None]]:
    """Yield the plurals and the singulars that an English word may have, with the letters that they have less."""
    yield f"{word}s", 0
    yield f"{word}es", 0
    if word.endswith("s"):
        yield word[:-1], 1
    if word.endswith("es"):
        yield word[:-2], 2
    if word.endswith("ies"):
        yield f"{word[:-3]}y", None
    if word.endswith("y"):
        yield f"{word[:-1]}ies", None
