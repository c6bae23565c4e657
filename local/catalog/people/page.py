"""One page of a list of people, with the filters that pyatlan sends. `http.people` calls `page`."""

import json
import re
from typing import Any

from local.catalog.errors import unsupported

Json = dict[str, Any]


def page(records: list[Json], filter_: str, offset: int, limit: int) -> Json:
    """
    Return one page of *records* for a list request.

    *filter_* is "" or the JSON of one condition per field: a value, `$in` a list, or `$ilike` a pattern with `%`.
    `$and` has a list of such objects.
    """
    wanted: Json = json.loads(filter_) if filter_ else {}
    kept = [record for record in records if _passes(record, wanted)]
    shown = kept[offset : offset + limit]
    return {"totalRecord": len(records), "filterRecord": len(kept), "records": shown}


def _passes(record: Json, wanted: Json) -> bool:
    fields = {name: condition for name, condition in wanted.items() if name != "$and"}
    return all(_passes(record, one) for one in wanted.get("$and", ())) and all(
        _matches(record.get(name), condition) for name, condition in fields.items()
    )


def _matches(value: Any, condition: Any) -> bool:
    if not isinstance(condition, dict):
        return bool(value == condition)
    if "$in" in condition:
        return value in condition["$in"]
    if "$ilike" in condition:
        pattern = ".*".join(re.escape(part) for part in condition["$ilike"].split("%"))
        return re.fullmatch(pattern, str(value), re.IGNORECASE) is not None
    raise unsupported(f"the filter {json.dumps(condition)} (only a value, $in and $ilike)")
