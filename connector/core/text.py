"""
Turns the first bytes of a file into text: unpacks gzip and bzip2, and decodes.

`connector.core.header` calls it. What a file is, is told by its content and not by its name or content type, which
exports often get wrong. Nothing here grows with the file: the output is as long as the caller says, at most.
"""

import bz2
import codecs
import zlib
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Encoding(StrEnum):
    """The encodings that a route may name; a byte order mark takes precedence over it."""

    UTF_8 = "utf-8"
    UTF_16_LE = "utf-16-le"
    UTF_16_BE = "utf-16-be"
    LATIN_1 = "latin-1"
    WINDOWS_1252 = "windows-1252"


class Fault(StrEnum):
    """Why the header of a file cannot be read."""

    FORMAT = "format"
    BINARY = "binary"
    CORRUPT = "corrupt"
    ENCODING = "encoding"
    TOO_LONG = "too_long"
    AMBIGUOUS = "ambiguous"
    LINE_BREAKS = "line_breaks"


@dataclass(frozen=True, slots=True)
class Unreadable:
    """The columns of the file cannot be read, because of *fault*; *why* says so, and what to do."""

    fault: Fault
    why: str


@dataclass(frozen=True, slots=True)
class Text:
    """
    The beginning of a file as text.

    `ended` says that it is all of the text. `cut` says that the bytes had more than the limit, and `complete` that they
    are all of the file, which a compressed one may be without its end. `broken` says that the text stops at a byte
    that is not of the encoding.
    """

    letters: str
    ended: bool
    cut: bool = False
    complete: bool = False
    broken: bool = False


MEMBERS: Final = 100
"""Streams that are unpacked of a file that has several: gzip and bzip2 files may be concatenated."""

_GZIP: Final = b"\x1f\x8b\x08"
_BZIP2: Final = b"BZh"
_BZIP2_BLOCK: Final = (b"1AY&SY", b"\x17rE8P\x90")
_ZLIB_GZIP: Final = 16 + zlib.MAX_WBITS

_FORMATS: Final = (
    (b"PAR1\x15", "Parquet"),
    (b"Obj\x01", "Avro"),
    (b"ORC\x0a", "ORC"),
    (b"ORC\x08", "ORC"),
    (b"PGCOPY\n\xff\r\n\0", "PostgreSQL's binary format"),
    (b"PK\x03\x04", "a ZIP archive, as a workbook is"),
    (b"\x28\xb5\x2f\xfd", "compressed by Zstandard"),
    (b"\xfd7zXZ\x00", "compressed by xz"),
    (b"\x04\x22\x4d\x18", "compressed by LZ4"),
    (b"\xff\x06\x00\x00sNaPpY", "compressed by Snappy"),
    (_GZIP, "compressed by gzip twice"),
)
"""
How files begin whose columns are not read, and what they are. A reader of another format would begin here.

Source: the specifications of Apache Parquet, Avro and ORC; PostgreSQL, COPY, "Binary Format"; RFC 8878; the formats of
xz, LZ4 frames and framed Snappy.
"""

_MARKS: Final = (
    (codecs.BOM_UTF8, Encoding.UTF_8),
    (codecs.BOM_UTF16_LE, Encoding.UTF_16_LE),
    (codecs.BOM_UTF16_BE, Encoding.UTF_16_BE),
)


def text(head: bytes, *, complete: bool, limit: int, encoding: Encoding | None = None) -> Text | Unreadable:
    """
    Read the text at the beginning of a file.

    Args:
        head: the first bytes of the file, or all of them if *complete*.
        limit: bytes of the unpacked file, at most.
        encoding: that of a file without a byte order mark; UTF-8 if there is none.
    """
    try:
        data, ended, cut = _unpacked(head, limit, complete=complete)
    except (zlib.error, OSError, ValueError) as error:
        return Unreadable(Fault.CORRUPT, f"the compressed file is corrupt ({error}); write it again")
    for magic, name in _FORMATS:
        if data.startswith(magic):
            return Unreadable(Fault.FORMAT, f"the file is {name}; columns are read from CSV, also by gzip or bzip2")
    mark, name = next(((m, e) for m, e in _MARKS if data.startswith(m)), (b"", encoding or Encoding.UTF_8))
    data = data[len(mark) :]
    try:
        return Text(codecs.getincrementaldecoder(name)().decode(data, ended), ended, cut, complete and not cut)
    except UnicodeDecodeError as error:
        return Text(data[: error.start].decode(name), False, cut, complete and not cut, broken=True)


def _unpacked(head: bytes, limit: int, *, complete: bool) -> tuple[bytes, bool, bool]:
    """Return the first *limit* bytes, whether they are all of the file, and whether *head* had more."""
    if head.startswith(_GZIP):
        return _members(head, limit, complete=complete)
    if head.startswith(_BZIP2) and head[4:10] in _BZIP2_BLOCK:
        return _members(head, limit, complete=complete)
    cut = len(head) > limit
    return head[:limit], complete and not cut, cut


def _members(head: bytes, limit: int, *, complete: bool) -> tuple[bytes, bool, bool]:
    """
    Unpack the streams of a gzip or bzip2 file, one after the other; what follows that is no stream is ignored.

    Source: RFC 1952, 2.2: a gzip file is a series of members. gzip and bzip2 ignore what follows the last one.
    """
    out, magic, rest = b"", head[:3], head
    for _ in range(MEMBERS):
        unpack = zlib.decompressobj(_ZLIB_GZIP) if magic == _GZIP else bz2.BZ2Decompressor()
        out += unpack.decompress(rest, limit + 1 - len(out))
        if len(out) > limit:
            return out[:limit], False, True
        if not unpack.eof:
            return out, False, False
        rest = unpack.unused_data
        if not rest.startswith(magic):
            return out, complete or bool(rest), False
    return out, False, False
