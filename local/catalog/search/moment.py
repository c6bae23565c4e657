"""
Date math: `now-7d`, `2026-11-01||/M`, and the calendar's units. `field`, `leaf` and the aggregations use it.

Source: the Elasticsearch 7.17 reference, "Date math" and "Range query" (which way an end of a range is rounded).
"""

import re
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, Final

from local.catalog.search import date
from local.catalog.search.syntax import refuse

MAPPED: Final = "epoch_millis"
"""The only format of the catalog's date fields, unless a request names another."""

_STEP: Final = re.compile(r"([+-])(\d*)([yMwdhHms])|/([yMwdhHms])")
_FIXED: Final[Mapping[str, timedelta]] = {
    "w": timedelta(weeks=1),
    "d": timedelta(days=1),
    "h": timedelta(hours=1),
    "H": timedelta(hours=1),
    "m": timedelta(minutes=1),
    "s": timedelta(seconds=1),
}
_MONTHS: Final = {"y": 12, "q": 3, "M": 1}
MILLISECOND: Final = timedelta(milliseconds=1)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def read(value: Any, formats: str | None = None, zone: tzinfo = UTC, *, up: bool = False) -> int:
    """
    Read a date of a request as milliseconds since 1970; where *up*, what it leaves out or rounds off is the last of it.

    Raises:
        CatalogError: 400; it fits none of *formats* (by default milliseconds since 1970), or the math is faulty.
    """
    text = str(value)
    if text.startswith("now"):
        base, math = time.time_ns() // 1_000_000, text.removeprefix("now")
    else:
        said, separator, math = text.partition("||")
        base = date.read(said, formats or MAPPED, zone, up=up and not separator)
    try:
        return _after(base, math, zone, up=up)
    except (OverflowError, ValueError) as error:
        raise refuse(f"failed to parse date field [{text:.100}]: {error}") from error


def floor(when: datetime, unit: str) -> datetime:
    """Return the start of the *unit* (y, q, M, w, d, h, m or s) that *when* is in; weeks start on Monday."""
    if unit in _MONTHS:
        month = 1 + (when.month - 1) // _MONTHS[unit] * _MONTHS[unit]
        return when.replace(month=month, day=1, hour=0, minute=0, second=0, microsecond=0)
    if unit in ("w", "d"):
        day = when.replace(hour=0, minute=0, second=0, microsecond=0)
        return day - timedelta(days=day.weekday()) if unit == "w" else day
    smaller = {"minute": 0, "second": 0, "microsecond": 0}
    kept = {"h": 0, "H": 0, "m": 1, "s": 2}[unit]
    return when.replace(**dict(list(smaller.items())[kept:]))  # type: ignore[arg-type]


def add(when: datetime, number: int, unit: str) -> datetime:
    """Add *number* units; a month that is too short ends on its last day. Hours and less are of time that passed."""
    if unit in _MONTHS:
        year, month = divmod(when.year * 12 + when.month - 1 + number * _MONTHS[unit], 12)
        following = datetime(year + month // 11, (month + 1) % 12 + 1, 1)  # noqa: DTZ001 (only its day is used)
        last = (following - timedelta(days=1)).day
        return when.replace(year=year, month=month + 1, day=min(when.day, last))
    if unit in ("w", "d"):
        return when + number * _FIXED[unit]
    return (when.astimezone(UTC) + number * _FIXED[unit]).astimezone(when.tzinfo)


def of(millis: int, zone: tzinfo) -> datetime:
    """Return a time in *zone*."""
    return (_EPOCH + millis * MILLISECOND).astimezone(zone)


def millis(when: datetime) -> int:
    """Return a time as milliseconds since 1970."""
    return (when - _EPOCH) // MILLISECOND


def _after(base: int, math: str, zone: tzinfo, *, up: bool) -> int:
    """Apply date math to *base*."""
    if not math:
        return base
    when, place = of(base, zone), 0
    while place < len(math):
        step = _STEP.match(math, place)
        if step is None:
            raise refuse(f"date math [{math:.100}] is a list of steps such as -7d or /d, not {math[place:]!r:.100}")
        sign, number, unit, rounded = step.groups()
        if rounded:
            when = floor(when, rounded)
            when = add(when, 1, rounded) - MILLISECOND if up else when
        else:
            when = add(when, int(f"{sign}{number or 1}"), unit)
        place = step.end()
    return millis(when)
