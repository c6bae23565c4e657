"""
The catalog's type definitions, read once from `types.json`: entity types, their attributes, and relationships.

Everything else in this package asks here what a type is, what it may hold, and which attribute stands for which end
of which relationship.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

from local.catalog.errors import CatalogError, unsupported

Json = dict[str, Any]

TABLE: Final[Json] = json.loads(Path(__file__).with_name("types.json").read_text())
_ZERO: Final[dict[str, Any]] = {"int": 0, "long": 0, "float": 0.0, "date": 0, "boolean": False}


@dataclass(frozen=True, slots=True)
class Attribute:
    """
    One attribute of an entity type.

    `type` is a primitive (`string`, `long`, `float`, `boolean`, `date` in milliseconds), `map<…>`, or the name of an
    enumeration, a struct or (where `relation` is true) an entity type; for arrays it is the type of an element.
    `origin` is the type that declares it. A `text` is searched by its words. `automatic` names who changed it and when.
    """

    name: str
    type: str
    array: bool
    ordered: bool
    origin: str
    relation: bool = False
    text: bool = False
    unique: bool = False
    mandatory: bool = False
    default: Any = None
    automatic: tuple[str, ...] = ()

    @property
    def empty(self) -> Any:
        """
        What a read gives when nothing was ever stored.

        Source: Apache Atlas, AtlasBuiltInTypes and AtlasArrayType (`createDefaultValue`).
        """
        if self.default is not None:
            return self.default
        if self.array:
            return []
        return None if self.relation else _ZERO.get(self.type)

    def normalize(self, value: Any) -> Any:
        """
        Give *value* the attribute's type, as the server does on every save.

        Raises:
            ValueError: it isn't one, for example the text "big" for a `long`.
        """
        if value is None:
            return None
        if self.array:
            return [self._element(one) for one in (value if isinstance(value, list) else [value])]
        return self._element(value)

    def _element(self, value: Any) -> Any:
        if self.type in ("int", "long", "date"):
            return _integer(value, self.type)
        if self.type == "float":
            return float(value)
        if self.type == "boolean":
            return value if isinstance(value, bool) else str(value).lower() == "true"
        if self.type == "string":
            return value if isinstance(value, str) else json.dumps(value)
        return value


@dataclass(frozen=True, slots=True)
class End:
    """One end of a relationship: entities of `type` show the other end in `attribute`, one or `many`."""

    type: str
    attribute: str
    many: bool


@dataclass(frozen=True, slots=True)
class Relationship:
    """A relationship definition; its edges run from `end1` to `end2`. All are aggregations: deletes don't cascade."""

    name: str
    end1: End
    end2: End


@dataclass(frozen=True, slots=True)
class Side:
    """A relationship as seen from one of its ends. `outgoing` says that the entity which looks is `end1`."""

    relationship: Relationship
    outgoing: bool

    @property
    def near(self) -> End:
        """The end of the entity that looks."""
        return self.relationship.end1 if self.outgoing else self.relationship.end2

    @property
    def far(self) -> End:
        """The end it looks at."""
        return self.relationship.end2 if self.outgoing else self.relationship.end1


def _integer(value: Any, kind: str) -> int:
    """Read a whole number, or a date that is a text of ISO 8601 (milliseconds since 1970)."""
    if kind == "date" and isinstance(value, str) and not value.lstrip("-").isdigit():
        return int(datetime.fromisoformat(value).timestamp() * 1000)
    if isinstance(value, bool):
        raise ValueError(f"{value} is not a {kind}")
    return int(value)


def _lineage_of(name: str) -> tuple[str, ...]:
    """List *name* and all its supertypes, nearest first, each once."""
    found = [name]
    for current in found:
        found += [above for above in TABLE["types"][current]["supertypes"] if above not in found]
    return tuple(found)


def spelled(kind: str) -> tuple[str, bool, bool]:
    """Read a kind such as `array<string>`: the type of an element, whether there are many, and whether in an order."""
    outer, _, inner = kind.partition("<")
    return (inner[:-1], True, outer == "array") if outer in ("array", "set") else (kind, False, False)


def _parse(name: str, origin: str) -> Attribute:
    """Read one attribute that the type *origin* declares."""
    definition = TABLE["types"][origin]
    return Attribute(
        name,
        *spelled((definition["attributes"] | definition["relations"])[name]),
        origin=origin,
        relation=name in definition["relations"],
        text=name in definition["texts"],
        unique=name in definition["unique"],
        mandatory=name in definition["mandatory"],
        default=definition["defaults"].get(name),
        automatic=tuple(definition["automatic"].get(name, ())),
    )


def _attributes(name: str) -> dict[str, Attribute]:
    """Collect the attributes of *name*, inherited ones first."""
    found: dict[str, Attribute] = {}
    for origin in reversed(_SUPERTYPES[name]):
        definition = TABLE["types"][origin]
        found |= {
            attribute: _parse(attribute, origin) for attribute in definition["attributes"] | definition["relations"]
        }
    return found


TYPES: Final[tuple[str, ...]] = tuple(TABLE["saved"])
"""The types that users save entities of; the others are only above these."""

ELSEWHERE: Final = frozenset(TABLE["elsewhere"])
"""The types that Atlan has and this catalog does not."""

_SUPERTYPES: Final[dict[str, tuple[str, ...]]] = {name: _lineage_of(name) for name in TABLE["types"]}
ATTRIBUTES: Final[dict[str, dict[str, Attribute]]] = {name: _attributes(name) for name in TABLE["types"]}
RELATIONSHIPS: Final[dict[str, Relationship]] = {
    row["name"]: Relationship(row["name"], End(**row["end1"]), End(**row["end2"])) for row in TABLE["relationships"]
}


def check(name: Any) -> str:
    """
    Return *name* if it is an entity type.

    Raises:
        CatalogError: 400 ATLAS-400-00-014, it isn't; 501, it is one of Atlan's that this catalog does not have.
    """
    if name in ELSEWHERE:
        raise unsupported(f"the type {name}", TYPES)
    if name not in _SUPERTYPES:
        raise CatalogError(400, "ATLAS-400-00-014", f"Type ENTITY with name {name} does not exist")
    return str(name)


def supertypes(name: str) -> tuple[str, ...]:
    """List *name* itself and all its supertypes, nearest first."""
    return _SUPERTYPES[name]


@cache
def subtypes(name: str) -> tuple[str, ...]:
    """List *name* itself and all types below it."""
    return (name, *(other for other, above in _SUPERTYPES.items() if name in above and other != name))


def is_a(name: str, ancestor: str) -> bool:
    """Return whether the type *name* is *ancestor* or below it."""
    return ancestor in _SUPERTYPES[name]


@cache
def mandatory(name: str) -> tuple[Attribute, ...]:
    """List the attributes without which no entity of the type *name* is saved."""
    return tuple(attribute for attribute in ATTRIBUTES[name].values() if attribute.mandatory)


@cache
def unique(name: str) -> tuple[str, ...]:
    """List the names of the attributes that tell one entity of the type *name* from all others."""
    return tuple(attribute.name for attribute in ATTRIBUTES[name].values() if attribute.unique)


@cache
def defaults(name: str) -> dict[str, Any]:
    """
    Map each attribute of the type *name* that holds one value to what it has when nothing was ever sent.

    An entity is stored with these. Source: the public metastore, EntityGraphMapper (`mapAttribute`).
    """
    single = [one for one in ATTRIBUTES[name].values() if not one.array and not one.relation]
    return {one.name: one.empty for one in single if one.empty is not None}


@cache
def sides(name: str) -> dict[str, Side]:
    """Map each relationship attribute of the type *name* that has a relationship definition to its side of it."""
    found: dict[str, Side] = {}
    for relationship in RELATIONSHIPS.values():
        if is_a(name, relationship.end1.type):
            found[relationship.end1.attribute] = Side(relationship, outgoing=True)
        if is_a(name, relationship.end2.type):
            found[relationship.end2.attribute] = Side(relationship, outgoing=False)
    return found
