"""
Date formats: reads a text by one, and writes a time by one. `moment` and the aggregations use it.

A format is a name, such as `date_optional_time`, or a pattern, such as `yyyy-MM-dd`; several are joined by `||`.
Source: the Elasticsearch 7.17 reference, "format"; Java, DateTimeFormatter (the letters of a pattern).
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from local.catalog.errors import unsupported
from local.catalog.search.syntax import refuse

_DAY: Final = "yyyy-MM-dd"
_BASIC: Final = "yyyyMMdd"
_TIME: Final = "HH:mm:ss"
NAMED: Final[Mapping[str, str]] = {
    "date_optional_time": "yyyy[-MM[-dd['T'[HH[:mm[:ss[.SSSSSSSSS]]]][XXX]]]]",
    "date_optional_time_nanos": "yyyy[-MM[-dd['T'[HH[:mm[:ss[.SSSSSSSSS]]]][XXX]]]]",
    "basic_date": _BASIC,
    "basic_date_time": f"{_BASIC}'T'HHmmss.SSSXX",
    "basic_date_time_no_millis": f"{_BASIC}'T'HHmmssXX",
    "date": _DAY,
    "date_hour": f"{_DAY}'T'HH",
    "date_hour_minute": f"{_DAY}'T'HH:mm",
    "date_hour_minute_second": f"{_DAY}'T'{_TIME}",
    "date_hour_minute_second_fraction": f"{_DAY}'T'{_TIME}.SSS",
    "date_hour_minute_second_millis": f"{_DAY}'T'{_TIME}.SSS",
    "date_time": f"{_DAY}'T'{_TIME}.SSSXXX",
    "date_time_no_millis": f"{_DAY}'T'{_TIME}XXX",
    "year": "yyyy",
    "year_month": "yyyy-MM",
    "year_month_day": _DAY,
}
EPOCHS: Final = {"epoch_millis": 1, "epoch_second": 1000}
"""Milliseconds in the unit of each format that counts from 1970."""

_TOKEN: Final = re.compile(r"'(?P<quoted>[^']*)'|(?P<letters>([a-zA-Z])\3*)|(?P<other>.)", re.DOTALL)
_PARTS: Final[Mapping[str, str]] = {
    "y": "year",
    "u": "year",
    "M": "month",
    "d": "day",
    "H": "hour",
    "m": "minute",
    "s": "second",
    "S": "fraction",
    "X": "zone",
    "Z": "zone",
    "x": "zone",
}
_LENGTHS: Final[Mapping[str, tuple[int, ...]]] = {
    "year": (1, 4),
    "fraction": tuple(range(1, 10)),
    "zone": (1, 2, 3),
}
_LETTERS: Final = frozenset("GyuDMLdQqYwWEecFaBhKkHmsSAnNVvzOXxZp")
_ZONE: Final = r"Z|[+-]\d\d(?::?\d\d)?"


def read(text: str, formats: str, zone: tzinfo, *, up: bool) -> int:
    """
    Read *text* as milliseconds since 1970, by the first of *formats* that fits, in *zone* unless it names its own.

    What it leaves out is the first month, day and moment, or, where *up*, the last moment of that day.

    Raises:
        CatalogError: 400, no format fits; 501, a format that isn't known here.
    """
    for one in formats.split("||"):
        if one in EPOCHS and re.fullmatch(r"-?\d+", text):
            return int(text) * EPOCHS[one]
        if one not in EPOCHS and (found := _pattern(one).fullmatch(text)):
            return _millis(text, {part: said for part, said in found.groupdict().items() if said}, zone, up=up)
    raise refuse(f"failed to parse date field [{text:.100}] with format [{formats}]")


def write(millis: int, formats: str, zone: tzinfo) -> str:
    """Write a time by the first of *formats*, in *zone*."""
    one = formats.partition("||")[0]
    if one in EPOCHS:
        return str(millis // EPOCHS[one])
    when = datetime.fromtimestamp(millis / 1000, zone)
    return "".join(_written(token, when) for token in _TOKEN.finditer(_java(one).replace("[", "").replace("]", "")))


def zone_of(said: str | None) -> tzinfo:
    """
    Read a time zone: an offset such as `+01:00`, or a name such as `Europe/Paris`; None is UTC.

    Raises:
        CatalogError: 400; there is none of that name.
    """
    if said in (None, "Z", "UTC"):
        return UTC
    if found := re.fullmatch(r"([+-])(\d\d?)(?::?(\d\d))?", said):
        offset = timedelta(hours=int(found[2]), minutes=int(found[3] or 0))
        return timezone(-offset if found[1] == "-" else offset)
    try:
        return ZoneInfo(said)
    except (KeyError, ValueError, OSError) as error:
        raise refuse(f"[time_zone] {said!r:.100} is neither an offset nor the name of a time zone") from error


def _java(name: str) -> str:
    return NAMED.get(name.removeprefix("strict_"), name)


@lru_cache(maxsize=64)
def _pattern(name: str) -> re.Pattern[str]:
    """Translate a format to a regular expression whose groups are the parts of a date."""
    loose = name in NAMED
    return re.compile("".join(_expression(token, name, loose=loose) for token in _TOKEN.finditer(_java(name))))


def _expression(token: re.Match[str], name: str, *, loose: bool) -> str:
    letters = token["letters"]
    if not letters:
        said = token["quoted"] or token["other"] or "'"
        return {"[": "(?:", "]": ")?", ".": "[.,]"}.get(said) or re.escape(said)
    part, length = _PARTS.get(letters[0]), len(letters)
    if letters[0] not in _LETTERS:
        raise refuse(f"Invalid format: [{name}]: Unknown pattern letter: {letters[0]}")
    if part is None or length not in _LENGTHS.get(part, (1, 2)):
        raise unsupported(f"the letters {letters!r} in the date format {name!r}")
    if part == "zone":
        return f"(?P<zone>{_ZONE})"
    shortest = 1 if loose and part != "year" else length
    return rf"(?P<{part}>\d{{{shortest},{max(length, 2)}}})"


def _millis(text: str, parts: Mapping[str, str], zone: tzinfo, *, up: bool) -> int:
    last = {"hour": 23, "minute": 59, "second": 59} if up else {}
    first = {"year": 1970, "month": 1, "day": 1, "hour": 0, "minute": 0, "second": 0} | last
    numbers = first | {part: int(said) for part, said in parts.items() if part not in ("fraction", "zone")}
    fraction = int(parts["fraction"][:3].ljust(3, "0")) if "fraction" in parts else 999 * up
    try:
        when = datetime(**numbers, tzinfo=zone_of(parts["zone"]) if "zone" in parts else zone)
    except ValueError as error:
        raise refuse(f"failed to parse date field [{text:.100}]: {error}") from error
    return int(when.timestamp()) * 1000 + fraction


def _written(token: re.Match[str], when: datetime) -> str:
    letters = token["letters"]
    if not letters:
        return token["quoted"] or token["other"] or "'"
    part = _PARTS[letters[0]]
    if part == "zone":
        return "Z" if letters[0] == "X" and not when.utcoffset() else f"{when:%z}"
    if part == "fraction":
        return f"{when.microsecond:06}".ljust(9, "0")[: min(len(letters), 3)]
    return str(getattr(when, part)).zfill(len(letters))
