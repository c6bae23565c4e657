"""
The filters of a lineage request, as functions that return whether an entity or an edge passes. `lineage` calls `parse`.

Source: the public metastore, LineageSearchProcessor; pyatlan, AtlanComparisonOperator (the operators' names). A filter
on an attribute that no type has is rejected here, where the server ignores it.
"""

import json
import operator
import sqlite3
from collections.abc import Callable, Mapping
from typing import Any, Final

from local.catalog.entities import types
from local.catalog.errors import bad_request, unsupported
from local.catalog.search import field as fields

EMPTY: Final = frozenset({"__classificationNames", "__propagatedClassificationNames", "__meanings"})
"""What entities in Atlan may have and those here never do: tags and terms."""

LACKING: Final = frozenset({"in", "like", "containsAny", "containsAll", "timerange"})
"""Operators of Atlan's that this catalog does not have."""

Json = dict[str, Any]
Predicate = Callable[[Json], bool]


def parse(filters: Any, name: str) -> Predicate:
    """
    Read `{"condition": "AND" or "OR", "criterion": [...]}`; a criterion compares one attribute, or is such an object.

    Raises:
        CatalogError: with the *name* of the filters: 400, an operator, an attribute or a value that can't be compared;
            501, an operator that is lacking here.
    """
    if filters is None:
        return _pass
    if not isinstance(filters, dict):
        raise bad_request(f"{name}: must be an object, not {filters!r:.100}")
    if not filters.get("criterion"):
        return _comparison(filters, name) if filters.get("attributeName") else _pass
    tests = [parse(one, name) for one in filters["criterion"]]
    combine = {"AND": all, "OR": any}.get(filters.get("condition", "AND"))
    if combine is None:
        raise bad_request(f"{name}: condition {filters['condition']!r} is neither AND nor OR")
    return lambda entity: combine(test(entity) for test in tests)


def of_entity(row: sqlite3.Row) -> Json:
    """Give the attributes of an entity as filters name them."""
    sent: Json = json.loads(row["attributes"])
    return {
        **types.defaults(row["type"]),
        **sent,
        "__guid": row["guid"],
        "__typeName": row["type"],
        "__superTypeNames": types.supertypes(row["type"])[1:],
        "__state": row["status"],
        "__createdBy": row["created_by"],
        "__modifiedBy": row["updated_by"],
        "__timestamp": row["create_time"],
        "__modificationTimestamp": row["update_time"],
        "__hasLineage": bool(row["has_lineage"]),
    }


def of_edge(row: sqlite3.Row) -> Json:
    """Give the attributes of an edge as filters name them; *row* is one of `step.follow`."""
    return {
        "__guid": row["edge_guid"],
        "__typeName": row["edge_name"],
        "__state": row["edge_status"],
        "__timestamp": row["edge_created"],
        "__modificationTimestamp": row["edge_updated"],
    }


def _pass(_: Json) -> bool:
    return True


def _comparison(criterion: Json, name: str) -> Predicate:
    attribute, said = str(criterion["attributeName"]), str(criterion.get("operator"))
    if not fields.known(attribute) and attribute not in EMPTY:
        raise bad_request(f"{name}: no type has an attribute {attribute!r}")
    if said in _UNARY:
        unary = _UNARY[said]
        return lambda entity: unary(entity.get(attribute))
    if said in LACKING:
        raise unsupported(f"the operator [{said}] in {name}")
    if said not in _BINARY:
        raise bad_request(f"{name}: operator {said!r} is not supported; known are {', '.join([*_BINARY, *_UNARY])}")
    compare, wanted = _BINARY[said], fields.parse(attribute).typed(criterion.get("attributeValue"))
    return lambda entity: compare(entity.get(attribute), wanted)


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    """Hold *compare* against single values; an entity without one doesn't pass."""
    return lambda value, wanted: not isinstance(value, list | tuple | None) and compare(value, wanted)


def _text(compare: Callable[[str, str], bool]) -> Callable[[Any, Any], bool]:
    """Hold *compare* against texts; an entity without one doesn't pass."""
    return lambda value, wanted: isinstance(value, str) and compare(value, str(wanted))


def _contains(value: Any, wanted: Any) -> bool:
    return isinstance(value, str | list | tuple) and str(wanted) in value


_UNARY: Final[Mapping[str, Callable[[Any], bool]]] = {
    "isNull": lambda value: value is None,
    "notNull": lambda value: value is not None,
    "notEmpty": lambda value: value not in (None, "", []),
}
_BINARY: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": _ordered(operator.lt),
    "<=": _ordered(operator.le),
    ">": _ordered(operator.gt),
    ">=": _ordered(operator.ge),
    "startsWith": _text(str.startswith),
    "endsWith": _text(str.endswith),
    "contains": _contains,
    "not_contains": lambda value, wanted: not _contains(value, wanted),
}
