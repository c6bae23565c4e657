"""One page of a list of people, with the filters that pyatlan sends. `http.people` calls `page`."""

import json
import re
from collections.abc import Mapping
from typing import Any

from local.catalog.errors import bad_request, unsupported

Json = dict[str, Any]


def page(records: list[Json], asked: Mapping[str, str]) -> Json:
    """
    Return one page of *records* for a list request, whose parameters are *asked*: `filter`, `sort`, `offset`, `limit`.

    `filter` is "" or the JSON of one condition per field: a value, `$in` a list, or `$ilike` a pattern with `%`; `$and`
    and `$or` have a list of such objects. `sort` is a field, descending after a minus sign.

    Raises:
        CatalogError: 400, a parameter is malformed; 501, a condition of another kind.
    """
    offset, limit = _whole(asked, "offset", 0), _whole(asked, "limit", 100)
    wanted = _filter(asked.get("filter") or "{}")
    kept = [record for record in records if _passes(record, wanted)]
    if sort := asked.get("sort"):
        kept.sort(key=lambda record: str(record.get(sort.removeprefix("-"), "")), reverse=sort.startswith("-"))
    shown = kept[offset : offset + limit]
    return {"totalRecord": len(records), "filterRecord": len(kept), "records": shown}


def _whole(asked: Mapping[str, str], name: str, default: int) -> int:
    text = asked.get(name, str(default))
    if not text.isdecimal():
        raise bad_request(f"the parameter {name} is {text!r}, not a whole number")
    return int(text)


def _filter(text: str) -> Json:
    try:
        wanted = json.loads(text)
    except ValueError as error:
        raise bad_request(f"the filter {text!r:.100} is not JSON: {error}") from error
    if not isinstance(wanted, dict):
        raise bad_request(f"the filter {text!r:.100} is not an object")
    return wanted


def _passes(record: Json, wanted: Json) -> bool:
    return all(_holds(record, name, condition) for name, condition in wanted.items())


def _holds(record: Json, name: str, condition: Any) -> bool:
    if name in ("$and", "$or"):
        combine = all if name == "$and" else any
        return combine(_passes(record, one) for one in condition)
    if name.startswith("$"):
        raise unsupported(f"the filter {name}", ("a value", "$in", "$ilike", "$and", "$or"))
    return _matches(record.get(name), condition)


def _matches(value: Any, condition: Any) -> bool:
    if not isinstance(condition, dict):
        return bool(value == condition)
    if condition.keys() == {"$in"}:
        return value in condition["$in"]
    if condition.keys() == {"$ilike"}:
        pattern = ".*".join(re.escape(part) for part in condition["$ilike"].split("%"))
        return re.fullmatch(pattern, str(value), re.IGNORECASE) is not None
    raise unsupported(f"the filter {json.dumps(condition)}", ("a value", "$in", "$ilike", "$and", "$or"))
