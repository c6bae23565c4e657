"""
Finds errors between the fields of a routes file: names given twice, variables never captured, routes that get no key.

`connector.routesfile` calls it with the file's data as it was read, whatever else is wrong with it.
"""

from collections.abc import Collection, Iterator
from typing import Any

from connector.core.columns import plain
from connector.core.mistake import quoted
from connector.core.pattern import Pattern, Star, Stars, Variable, pattern, variables

Place = tuple[int | str, ...]


def clashes(data: object) -> Iterator[tuple[Place, str]]:
    """Yield the place of each error, and what it is."""
    found = data if isinstance(data, dict) else {}
    routes = [_texts(route) for route in _listed(found.get("routes"))]
    seen: set[str] = set()
    for index, texts in enumerate(routes):
        if texts.get("name") in seen:
            yield ("routes", index, "name"), f"several routes are named {texts['name']}; give each its own name"
        seen.add(texts.get("name", ""))
        yield from (((*("routes", index), side), what) for side, what in _uncaptured(texts))
    for index, route in enumerate(_listed(found.get("routes"))):
        columns = route.get("columns") if isinstance(route, dict) else None
        yield from _derived(("routes", index, "columns"), columns if isinstance(columns, dict) else {})
    yield from _unreached(routes, [_read(text) for text in _listed(found.get("exclude"))])


def strays(data: object, buckets: Collection[str]) -> Iterator[tuple[Place, str]]:
    """Yield the routes of buckets whose notifications do not arrive, and the *buckets* that no route takes."""
    routes = [_texts(route) for route in _listed(data.get("routes") if isinstance(data, dict) else None)]
    for index, texts in enumerate(routes):
        if "bucket" in texts and texts["bucket"] not in buckets:
            what = f"{quoted(texts['bucket'])} is none of the buckets of this deployment ({', '.join(sorted(buckets))})"
            yield ("routes", index, "bucket"), f"{what}; correct the name, or add the bucket to BUCKETS"
    for name in sorted({*buckets} - {texts.get("bucket") for texts in routes}):
        what = f"no route takes {quoted(name)}, a bucket of this deployment"
        yield ("routes",), f"{what}; add a route for it, or remove it from BUCKETS"


def _uncaptured(texts: dict[str, str]) -> Iterator[tuple[str, str]]:
    known = _variables(texts.get("key"))
    for side in ("source", "target"):
        missing = sorted((_variables(texts.get(side)) or set()) - known) if known is not None else []
        if missing:
            names = ", ".join(f"{{{name}}}" for name in missing)
            yield side, f"uses {names}, which key does not capture"


def _derived(place: Place, columns: dict[object, object]) -> Iterator[tuple[Place, str]]:
    """Yield the columns of the target that are derived and renamed to as well, or derived twice."""
    derived, rename = columns.get("derived"), columns.get("rename")
    renamed = {plain(new): new for new in _texts(rename).values()}
    seen: dict[str, str] = {}
    for new in derived if isinstance(derived, dict) else ():
        form = plain(new) if isinstance(new, str) else ""
        if form in renamed:
            yield (*place, "derived", new), f"rename makes {quoted(renamed[form])}, too; remove one of the two"
        if form in seen:
            yield (*place, "derived", new), f"{quoted(seen[form])} is the same column; write each once"
        seen[form] = new


def _unreached(routes: list[dict[str, str]], exclude: list[Pattern | None]) -> Iterator[tuple[Place, str]]:
    """Yield the routes that can take no key, since an exclusion or an earlier route takes all of them."""
    earlier: list[tuple[str, Pattern, int]] = []
    for index, texts in enumerate(routes):
        place, bucket, mine = ("routes", index, "key"), texts.get("bucket", ""), _read(texts.get("key"))
        if mine is None:
            continue
        by = next((at for at, one in enumerate(exclude) if one and _covers(one, mine)), None)
        first = next((at for where, one, at in earlier if where == bucket and _takes(one, mine)), None)
        if by is not None:
            yield place, f"takes no key, since exclude[{by}] excludes all of them; change one of the two"
        elif first is not None:
            name = routes[first].get("name", first)
            yield place, f"takes no key, since the earlier route {name} takes all of them; put this route before it"
        earlier.append((bucket, mine, index))


def _takes(earlier: Pattern, later: Pattern) -> bool:
    """Tell whether an earlier route takes every key of a later one; folder markers only if it ends in a slash."""
    return _covers(earlier, later) and (earlier.text.endswith("/") or not later.text.endswith("/"))


def _covers(wide: Pattern, narrow: Pattern) -> bool:
    """Tell whether one pattern certainly matches whatever another matches."""
    return wide.pieces in ((Stars(False),), (Stars(True), Star())) or _shape(wide) == _shape(narrow)


def _shape(found: Pattern) -> tuple[Any, ...]:
    return tuple(Variable if isinstance(piece, Variable) else piece for piece in found.pieces)


def _listed(found: object) -> list[Any]:
    return found if isinstance(found, list) else []


def _texts(route: object) -> dict[str, str]:
    """Return the fields of a route that are texts."""
    fields = route.items() if isinstance(route, dict) else ()
    return {field: text for field, text in fields if isinstance(text, str)}


def _read(text: object) -> Pattern | None:
    """Return a pattern, or None if it is absent or invalid."""
    try:
        return pattern(text) if isinstance(text, str) and text else None
    except ValueError:
        return None


def _variables(text: str | None) -> frozenset[str] | None:
    """Return the variables of a pattern or template, or None if it is absent or invalid."""
    try:
        return None if text is None else variables(text)
    except ValueError:
        return None
