"""
Reads stored attributes in SQL: what was sent, else what the type defines. `field` asks for the expressions.

The index keeps what was sent only; an attribute that was never sent is resolved to the type's default here, so that a
save stays small.
"""

import json
from collections import defaultdict
from functools import cache
from typing import Any

from local.catalog.entities import types


@cache
def scalar(attribute: str) -> str:
    """Return the expression of an attribute that holds one value, on the rows `document` and `source`."""
    sent = f"json_extract(source.attributes, '$.\"{attribute}\"')"
    default = _default(attribute)
    return f"coalesce({sent}, {default})" if default else sent


def array(attribute: str) -> str:
    """Return the table of the values of an attribute that holds several, on the row `source`."""
    return f"json_each(source.attributes, '$.\"{attribute}\"')"


def inner(name: str) -> str:
    """Return the expression of a field of the object `object`, one of an array."""
    return f"json_extract(object.value, '$.\"{name}\"')"


def whole(type_: str, attributes: str) -> dict[str, Any]:
    """Give all stored attributes of an entity whose type's lower-cased name is *type_*."""
    sent: dict[str, Any] = json.loads(attributes)
    return types.defaults(_NAMES[type_]) | sent


@cache
def _default(attribute: str) -> str | None:
    """Return the expression of what the type of `document` gives an attribute, if any type does."""
    groups: defaultdict[Any, list[str]] = defaultdict(list)
    for type_ in types.ATTRIBUTES:
        if attribute in types.defaults(type_):
            groups[_literal(types.defaults(type_)[attribute])].append(f"'{type_.lower()}'")
    cases = [f"WHEN document.type IN ({', '.join(names)}) THEN {value}" for value, names in groups.items()]
    if not cases:
        return None
    everywhere = [value for value, names in groups.items() if len(names) == len(types.ATTRIBUTES)]
    return everywhere[0] if everywhere else f"CASE {' '.join(cases)} END"


def _literal(value: Any) -> str:
    return f"'{value}'" if isinstance(value, str) else str(int(value) if isinstance(value, bool) else value)


_NAMES = {name.lower(): name for name in types.ATTRIBUTES}
