"""
Computes the aggregations whose buckets are intervals: `range`, `histogram`, and those of dates. `aggregate` calls them.

Source: the Elasticsearch 7.17 reference, "Bucket aggregations".
"""

import re
import sqlite3
from collections.abc import Callable
from datetime import tzinfo
from math import floor
from operator import itemgetter
from typing import Any, Final, Protocol

from local.catalog.errors import unsupported
from local.catalog.search import date, leaf, metric, moment
from local.catalog.search.clause import Clause
from local.catalog.search.field import Field
from local.catalog.search.syntax import check, refuse

Json = dict[str, Any]

MOST: Final = 65_536
"""How many buckets a response may have. Source: Elasticsearch 7.17, `search.max_buckets`."""

_CALENDAR: Final = {
    **dict(zip(["minute", "hour", "day", "week", "month", "quarter", "year", "second"], "mhdwMqys", strict=True)),
    **{f"1{unit}": unit for unit in "mhdwMqys"},
}
_FIXED: Final = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_LACKING: Final = "missing script extended_bounds hard_bounds"


class Scope(Protocol):
    """What this module needs of `aggregate.Scope`."""

    @property
    def connection(self) -> sqlite3.Connection: ...

    @property
    def where(self) -> Clause: ...

    def bucket(self, condition: Clause, head: Json) -> Json:
        """Make a bucket of the documents of *condition*, with the *head* that names it."""


def range_(scope: Scope, options: Json) -> Json:
    """Buckets of numbers from one bound to below another."""
    check("range", options, "field ranges keyed", "missing script format")
    field = metric.number_of("range", options)
    return _ranges(scope, field, options, float, str)


def date_range(scope: Scope, options: Json) -> Json:
    """Buckets of times; bounds may be date math in a `format`."""
    check("date_range", options, "field ranges keyed format time_zone", "missing script")
    field = metric.number_of("date_range", options)
    formats, zone = options.get("format"), date.zone_of(options.get("time_zone"))
    return _ranges(
        scope,
        field,
        options,
        lambda said: moment.read(said, formats, zone),
        lambda bound: date.write(int(bound), formats or moment.MAPPED, zone),
    )


def _ranges(
    scope: Scope, field: Field, options: Json, read: Callable[[Any], float], write: Callable[[float], str]
) -> Json:
    """Make a bucket for each of the ranges, in order of their bounds."""
    found = []
    for one in options.get("ranges") or []:
        check("ranges", one, "key from to")
        low, high = (None if one.get(end) is None else _bound(read, one[end]) for end in ("from", "to"))
        shown = {end: write(bound) for end, bound in (("from", low), ("to", high)) if bound is not None}
        ends: Json = {end: bound for end, bound in (("from", low), ("to", high)) if bound is not None}
        ends |= {f"{end}_as_string": said for end, said in shown.items()} if write is not str else {}
        key = one.get("key") or f"{shown.get('from', '*')}-{shown.get('to', '*')}"
        order = (float("-inf") if low is None else low, float("inf") if high is None else high)
        found.append((order, scope.bucket(_between(field, low, high), {"key": key} | ends)))
    if not found:
        raise refuse("an aggregation of ranges needs at least one as [ranges]")
    return _buckets([bucket for _, bucket in sorted(found, key=lambda pair: pair[0])], options)


def _bound(read: Callable[[Any], float], said: Any) -> float:
    try:
        return read(said)
    except (TypeError, ValueError) as error:
        raise refuse(f"{said!r:.100} is not a number") from error


def histogram(scope: Scope, options: Json) -> Json:
    """Buckets of equal size, empty ones between others too, unless `min_doc_count` is more than 0."""
    check("histogram", options, "field interval offset min_doc_count keyed order", f"{_LACKING} format")
    field, size = metric.number_of("histogram", options), _bound(float, options.get("interval"))
    if size <= 0:
        raise refuse(f"[interval] of [histogram] must be more than 0, not {size}")
    offset = float(options.get("offset", 0))

    def start(value: float) -> float:
        return floor((value - offset) / size) * size + offset

    return _filled(scope, field, options, start, lambda key: start(key + size * 1.5), lambda _: {})


def date_histogram(scope: Scope, options: Json) -> Json:
    """Buckets of a calendar's unit or of a fixed time, in a time zone; as `histogram` otherwise."""
    known = "field calendar_interval fixed_interval interval time_zone offset format min_doc_count keyed order"
    check("date_histogram", options, known, _LACKING)
    field, zone = metric.number_of("date_histogram", options), date.zone_of(options.get("time_zone"))
    said = [options[name] for name in ("calendar_interval", "fixed_interval", "interval") if options.get(name)]
    if len(said) != 1:
        raise refuse("[date_histogram] needs one of [calendar_interval] and [fixed_interval]")
    shift, formats = _millis(str(options.get("offset", "0ms"))), str(options.get("format") or moment.MAPPED)
    fixed = "fixed_interval" in options or str(said[0]) not in _CALENDAR
    start, following = (_steps if fixed else _units)(str(said[0]), zone)
    return _filled(
        scope,
        field,
        options,
        lambda value: start(int(value) - shift) + shift,
        lambda key: following(int(key) - shift) + shift,
        lambda key: {"key_as_string": date.write(int(key), formats, zone)},
    )


Step = Callable[[int], int]


def _units(said: str, zone: tzinfo) -> tuple[Step, Step]:
    """Return what gives the start of the calendar's unit that a time is in, and of the one after it."""
    unit = _CALENDAR[said]

    def start(value: int) -> int:
        return moment.millis(moment.floor(moment.of(value, zone), unit))

    return start, lambda key: moment.millis(moment.add(moment.of(key, zone), 1, unit))


def _steps(said: str, zone: tzinfo) -> tuple[Step, Step]:
    """Return the same for a fixed time, which is counted from 1970 in *zone*."""
    size = _millis(said)
    if size <= 0:
        raise refuse(f"[date_histogram] interval {said!r:.100} must be more than 0")

    def start(value: int) -> int:
        offset = moment.of(value, zone).utcoffset()
        local = value + (offset // moment.MILLISECOND if offset else 0)
        return value - local % size

    return start, lambda key: key + size


def _millis(said: str) -> int:
    """Read a time such as `90m`, `1d`, or, of an offset, `-6h`."""
    found = re.fullmatch(r"([+-]?)(\d+)(ms|s|m|h|d)", said)
    if not found:
        raise refuse(f"{said!r:.100} is not a fixed time such as 90m or 1d, nor a calendar's unit such as month or 1M")
    return int(f"{found[1]}{found[2]}") * _FIXED[found[3]]


def _filled(
    scope: Scope,
    field: Field,
    options: Json,
    start: Callable[[float], float],
    following: Callable[[float], float],
    head: Callable[[float], Json],
) -> Json:
    """Make the buckets from the least value to the greatest, each from its key to the *following* one."""
    least = int(options.get("min_doc_count", 0))
    values = metric.rows(scope.connection, scope.where, field, "DISTINCT {0}").fetchall()
    keys = sorted({start(value) for (value,) in values if value is not None})
    if least == 0:
        keys = _unbroken(keys, following)
    if len(keys) > MOST:
        raise refuse(f"too many buckets: the most is {MOST}; use a longer interval")
    buckets = [scope.bucket(_between(field, key, following(key)), {**head(key), "key": key}) for key in keys]
    shown = [bucket for bucket in buckets if bucket["doc_count"] >= least]
    return _buckets(_ordered(shown, options.get("order", {"_key": "asc"})), options)


def _unbroken(keys: list[float], following: Callable[[float], float]) -> list[float]:
    """List the keys from the first to the last of *keys* without a gap, or one more than the most."""
    found: list[float] = []
    key = keys[0] if keys else 0
    while keys and key <= keys[-1] and len(found) <= MOST:
        found.append(key)
        key = following(key)
    return found


def _ordered(buckets: list[Json], order: Any) -> list[Json]:
    pairs = [pair for one in (order if isinstance(order, list) else [order]) for pair in one.items()]
    for name, way in reversed(pairs):
        if name not in ("_key", "_count"):
            raise unsupported(f"a histogram that is ordered by [{name}]")
        of = "key" if name == "_key" else "doc_count"
        buckets = sorted(buckets, key=itemgetter(of), reverse=str(way).lower() == "desc")
    return buckets


def _buckets(buckets: list[Json], options: Json) -> Json:
    """List the buckets, or, if asked for, give them by their keys."""
    if not options.get("keyed"):
        return {"buckets": buckets}
    return {"buckets": {str(bucket.get("key_as_string", bucket["key"])): bucket for bucket in buckets}}


def _between(field: Field, low: float | None, high: float | None) -> Clause:
    bounds = [(sign, bound) for sign, bound in ((">=", low), ("<", high)) if bound is not None]
    sql = " AND ".join(f"{{value}} {sign} ?" for sign, _ in bounds) or "{value} IS NOT NULL"
    return leaf.holds(field, sql, *(bound for _, bound in bounds))
