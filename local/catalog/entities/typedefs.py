"""
The catalog's type definitions in the form of Atlan's: `http.types` serves them.

Only what the catalog has is defined: no tags and no custom metadata, and of relationship attributes those that it
keeps. Enumerations and structs have the names of pyatlan's classes.

Source: Apache Atlas, AtlasTypesDef; the format is that of a tenant's recorded response. `searchWeight`, `indexType` and
other hints to the index are left out.
"""

import uuid
from functools import cache
from typing import Any, Final

from local.catalog.entities import types
from local.catalog.entities.types import Attribute, End, Relationship

Json = dict[str, Any]

CATEGORIES: Final = {
    "ENUM": "enumDefs",
    "STRUCT": "structDefs",
    "CLASSIFICATION": "classificationDefs",
    "ENTITY": "entityDefs",
    "RELATIONSHIP": "relationshipDefs",
    "BUSINESS_METADATA": "businessMetadataDefs",
}
"""The key of each category's definitions."""

MANY: Final = 2**31 - 1


@cache
def all_() -> dict[str, Json]:
    """Map the names of all types to their definitions."""
    defined = [
        *(_enum(name, values) for name, values in types.TABLE["enums"].items()),
        *(_struct(name, kinds) for name, kinds in types.TABLE["structs"].items()),
        *(_entity(name) for name in types.ATTRIBUTES),
        *(_relationship(one) for one in types.RELATIONSHIPS.values()),
    ]
    return {one["name"]: one for one in defined}


def _definition(category: str, name: str, **more: Any) -> Json:
    """Give what all definitions have, and *more*. The guid is derived from the name."""
    guid = str(uuid.uuid5(uuid.NAMESPACE_OID, f"{category} {name}"))
    told = {"category": category, "guid": guid, "name": name, "typeVersion": "1.0", "version": 1}
    return told | {"serviceType": "atlan"} | more


def _enum(name: str, values: list[str]) -> Json:
    elements = [{"value": value, "ordinal": ordinal} for ordinal, value in enumerate(values)]
    return _definition("ENUM", name, elementDefs=elements)


def _struct(name: str, kinds: dict[str, str]) -> Json:
    fields = [Attribute(one, *types.spelled(kind), origin=name) for one, kind in kinds.items()]
    return _definition("STRUCT", name, attributeDefs=[_attribute(one) for one in fields])


def _entity(name: str) -> Json:
    known, table = types.ATTRIBUTES[name].values(), types.TABLE["types"]
    return _definition(
        "ENTITY",
        name,
        superTypes=table[name]["supertypes"],
        subTypes=[other for other in table if name in table[other]["supertypes"]],
        attributeDefs=[_attribute(one) for one in known if one.origin == name and not one.relation],
        relationshipAttributeDefs=[
            _attribute(types.ATTRIBUTES[name][attribute]) | {"relationshipTypeName": side.relationship.name}
            for attribute, side in types.sides(name).items()
        ],
        businessAttributeDefs={},
    )


def _relationship(one: Relationship) -> Json:
    """Describe a relationship. All are aggregations, whose first end contains the second."""
    ends = {"endDef1": _end(one.end1, contains=True), "endDef2": _end(one.end2, contains=False)}
    label = f"__{one.end1.type}.{one.end1.attribute}"
    told = {"relationshipCategory": "AGGREGATION", "relationshipLabel": label, "propagateTags": "NONE"}
    return _definition("RELATIONSHIP", one.name, attributeDefs=[], **told, **ends)


def _end(end: End, *, contains: bool) -> Json:
    cardinality = "SET" if end.many else "SINGLE"
    return {"type": end.type, "name": end.attribute, "isContainer": contains, "cardinality": cardinality}


def _attribute(one: Attribute) -> Json:
    told: Json = {
        "name": one.name,
        "typeName": f"array<{one.type}>" if one.array else one.type,
        "isOptional": not one.mandatory,
        "cardinality": ("LIST" if one.ordered and not one.relation else "SET") if one.array else "SINGLE",
        "valuesMinCount": int(one.mandatory),
        "valuesMaxCount": MANY if one.array else 1,
        "isUnique": one.unique,
    }
    if one.default is not None:
        told["defaultValue"] = str(one.default).lower() if isinstance(one.default, bool) else str(one.default)
    if one.automatic:
        by, at = one.automatic
        told["autoUpdateAttributes"] = {"user": [by], "timestamp": [at]}
    return told
