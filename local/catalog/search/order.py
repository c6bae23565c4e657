"""The order of a search's hits, and the place in it from which a page starts. `search` calls it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from local.catalog.errors import unsupported
from local.catalog.search import field as fields
from local.catalog.search.clause import ALWAYS, Clause, every, some
from local.catalog.search.field import Field
from local.catalog.search.syntax import check, refuse

_CONSTANT: Final = frozenset({"_score", "_doc"})
"""Sort keys that are equal in all hits, since nothing is scored."""


@dataclass(frozen=True, slots=True)
class Key:
    """
    One key of a sort. Hits without the field come last either way, unless `absent_first`.

    Of several values the one of `mode` counts: min or max.
    """

    field: Field
    descending: bool = False
    absent_first: bool = False
    mode: str = "min"

    @property
    def value(self) -> str:
        """The SQL expression that hits are sorted by."""
        return self.field.extreme(self.mode)

    @property
    def sql(self) -> str:
        """The term of ORDER BY; NULLS is left out where it would only keep SQLite from using an index."""
        nulls = f" NULLS {'FIRST' if self.absent_first else 'LAST'}" if self.field.nullable else ""
        return f"{self.value} {'DESC' if self.descending else 'ASC'}{nulls}"

    def not_before(self, value: Any) -> Clause:
        """Hits not before those with *value*: implied by what else is asked, but SQLite can use an index for it."""
        if self.field.nullable:
            return ALWAYS
        return Clause(f"{self.value} {'<=' if self.descending else '>='} ?", (value,))

    def at(self, value: Any) -> Clause:
        """Hits that have *value*."""
        return Clause(f"{self.value} IS ?", (value,))

    def beyond(self, value: Any) -> Clause:
        """Hits that come after those with *value*."""
        if value is None:
            return Clause(f"{self.value} IS NOT NULL" if self.absent_first else "false")
        absent = f" OR {self.value} IS NULL" if self.field.nullable and not self.absent_first else ""
        return Clause(f"({self.value} {'<' if self.descending else '>'} ?{absent})", (value,))


def parse(sort: Any) -> tuple[Key, ...]:
    """
    Read the `sort` of a search: names, `{name: order}` or `{name: {"order": order}}`, one or a list.

    Raises:
        CatalogError: 400, a field whose values are words, or an unknown option; 501, an option that is lacking here.
    """
    listed = sort if isinstance(sort, list) else [sort] if sort else []
    pairs = [pair for one in listed for pair in (one.items() if isinstance(one, dict) else [(one, "asc")])]
    return tuple(_key(name, options) for name, options in pairs if name not in _CONSTANT)


def after(keys: Sequence[Key], values: Any) -> Clause:
    """
    Hits that come after the one whose sort keys have *values*.

    Raises:
        CatalogError: 400; not one value for each key.
    """
    if not isinstance(values, list) or len(values) != len(keys):
        raise refuse(f"search_after needs one value for each of the {len(keys)} sort keys, not {values!r:.200}")
    read = [None if value is None else key.field.read(value) for key, value in zip(keys, values, strict=True)]
    ways = [_way(keys[:last], read) for last in range(1, len(keys) + 1)]
    return every([keys[0].not_before(read[0]), some(ways)])


def _way(keys: Sequence[Key], values: Sequence[Any]) -> Clause:
    """Hits that are beyond in the last of *keys*, and equal in those before it."""
    *equal, last = zip(keys, values, strict=False)
    return every([*(key.at(value) for key, value in equal), last[0].beyond(last[1])])


def _key(name: Any, options: Any) -> Key:
    options = options if isinstance(options, dict) else {"order": options}
    check("sort", options, "order missing unmapped_type mode format", "nested numeric_type")
    field = fields.parse(name)
    if field.kind in fields.WORDS:
        raise refuse(f"[sort] can't be used on [{name}]; use a keyword field")
    order = str(options.get("order", "asc")).lower()
    if order not in ("asc", "desc"):
        raise refuse(f"[sort] order {order!r} is neither 'asc' nor 'desc'")
    missing, mode = options.get("missing", "_last"), options.get("mode", "min" if order == "asc" else "max")
    if missing not in ("_first", "_last") or mode not in ("min", "max"):
        raise unsupported(f"[sort] with missing {missing!r:.100} and mode {mode!r:.100}")
    return Key(field, order == "desc", missing == "_first", str(mode))
