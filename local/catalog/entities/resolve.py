"""
Turns the entities of a request into drafts, which `save` applies.

They are checked against the type definitions, matched with what is stored, and every reference becomes the guid it
means. Nothing is written here.

Source: Apache Atlas, EntityREST (limits), AtlasEntityGraphDiscoveryV2, and its two entity resolvers.
"""

import re
import sqlite3
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Final

from local.catalog.entities import read, types
from local.catalog.entities.read import Row
from local.catalog.errors import CatalogError, invalid, unsupported

Json = dict[str, Any]

MOST_ENTITIES: Final = 10_000
LONGEST: Final = 100_000
LONGEST_TEXT: Final = 2_000_000
TEXTS: Final = {"rawQueryText", "dataContractJson", "dataContractSpec"}
CUSTOM_KEY: Final = re.compile(r"[a-zA-Z0-9_-]*")
LONGEST_CUSTOM_KEY: Final = 50
LONGEST_CUSTOM_VALUE: Final = 500


@dataclass(frozen=True, slots=True)
class Reference:
    """An entity that another refers to. `unique` is what the request named it by, None where it gave a guid."""

    guid: str
    type: str
    unique: dict[str, str] | None = None


References = dict[str, tuple[Reference, ...]]
# Type and qualified name of entities.
Names = frozenset[tuple[Any, Any]]


@dataclass(frozen=True, slots=True)
class Draft:
    """
    One entity of a request.

    `key` is its guid in the request (temporary ones begin with "-"), `guid` the real one. `attributes` holds what was
    sent, without relationships; those are in `replaced`, `appended` and `removed`. `raced` entities are not looked up.
    """

    key: str
    type: str
    attributes: Json
    sent: Json
    status: str | None
    custom: Json | None
    guid: str = ""
    raced: bool = False
    replaced: References = field(default_factory=dict)
    appended: References = field(default_factory=dict)
    removed: References = field(default_factory=dict)

    def refuse(self, status: int, code: str, message: str) -> CatalogError:
        """Refuse the request because of this entity."""
        return CatalogError(status, code, message, self.key)


def drafts(
    connection: sqlite3.Connection, entities: Any, *, partial: bool = False, absent: Names = frozenset()
) -> list[Draft]:
    """
    Check the *entities* of a request, match them with the store, and resolve their references: all of it, or none.

    A *partial* save may leave mandatory attributes out. The names in *absent* are not looked up, but taken to be new.

    Raises:
        CatalogError: as in Atlan's answers, for the first fault found; the whole request is then refused.
    """
    if not isinstance(entities, list) or not entities:
        raise invalid("no entities to create/update.")
    if len(entities) > MOST_ENTITIES:
        message = f"Request Error - Entities should be less than or equal to: {MOST_ENTITIES}"
        raise CatalogError(400, "ATLAS-400-00-212", message)
    found = [_parse(entity, absent) for entity in entities]
    for draft in found:
        _validate(draft, partial=partial)
    matched = _match(connection, found)
    keys = {draft.key: draft for draft in matched}
    return [_refer(connection, draft, keys) for draft in matched]


def _parse(entity: Any, absent: Names) -> Draft:
    """Read one entity as sent; where it has no guid it gets a temporary one."""
    if not isinstance(entity, dict):
        raise invalid(f"an entity is an object, not {entity!r}")
    _check_lengths(entity)
    type_ = types.check(entity.get("typeName"))
    for part in ("classifications", "meanings"):
        if entity.get(part):
            raise unsupported(f"{part} on entities")
    sent = entity.get("attributes") or {}
    known = types.ATTRIBUTES[type_]
    plain = {name: value for name, value in sent.items() if name in known and not known[name].relation}
    return Draft(
        key=str(entity.get("guid") or f"-{uuid.uuid4().int % 10**16}"),
        type=type_,
        attributes=plain,
        sent=entity,
        status="ACTIVE" if sent.get("__state") == "ACTIVE" else entity.get("status"),
        custom=entity.get("customAttributes"),
        raced=(type_, plain.get("qualifiedName")) in absent,
    )


def _check_lengths(entity: Json) -> None:
    for name, value in (entity.get("attributes") or {}).items():
        longest = LONGEST_TEXT if name in TEXTS else LONGEST
        if isinstance(value, str) and len(value) > longest:
            message = f"{name} has {len(value)} characters, more than {longest}"
            raise CatalogError(500, "ATLAS-500-00-001", f"Internal server error {message}")


def _validate(draft: Draft, *, partial: bool) -> None:
    """
    Check values against types, and give them those types in place.

    Source: Apache Atlas, AtlasStructType.validateValue, of whose messages only the first is reported.
    """
    for attribute in types.mandatory(draft.type):
        name = attribute.name
        if draft.attributes.get(name) is None and not (partial and name not in draft.attributes):
            raise _bad(draft, f"{name}: mandatory attribute value missing in type {attribute.origin}")
    for name, value in draft.attributes.items():
        attribute = types.ATTRIBUTES[draft.type][name]
        try:
            draft.attributes[name] = attribute.normalize(value)
        except (ValueError, TypeError) as error:
            raise _bad(draft, f"{name}={value}: invalid value for type {attribute.type}") from error
    _validate_custom(draft)


def _bad(draft: Draft, fault: str) -> CatalogError:
    message = f"Invalid instance creation/updation parameters passed : {draft.type}.{fault}"
    return draft.refuse(404, "ATLAS-404-00-007", message)


def _validate_custom(draft: Draft) -> None:
    """Check the custom attributes. Source: Apache Atlas, AtlasConfiguration (lengths), AtlasErrorCode."""
    for key, value in (draft.custom or {}).items():
        if len(key) > LONGEST_CUSTOM_KEY:
            message = f"key size should not be greater than {LONGEST_CUSTOM_KEY}"
            raise draft.refuse(400, "ATLAS-400-00-08C", f"Invalid key: {key} in custom attribute, {message}")
        if not CUSTOM_KEY.fullmatch(key):
            message = "key should only contain alphanumeric characters, '_' or '-'"
            raise draft.refuse(400, "ATLAS-400-00-08D", f"Invalid key: {key} in custom attribute, {message}")
        if len(str(value)) > LONGEST_CUSTOM_VALUE:
            message = f"value length is greater than {LONGEST_CUSTOM_VALUE}"
            raise draft.refuse(400, "ATLAS-400-00-08E", f"Invalid value: {value} in custom attribute, {message}")


def _match(connection: sqlite3.Connection, found: list[Draft]) -> list[Draft]:
    """Give every draft its real guid: a stored entity's, that of an earlier draft of the same name, or a new one."""
    named: dict[tuple[str, Any], Draft] = {}
    matched = []
    for draft in found:
        row = _stored(connection, draft)
        name = (draft.type, draft.attributes.get("qualifiedName"))
        if row:
            named[name] = replace(draft, guid=row["guid"], type=row["type"])
        elif earlier := named.get(name):
            named[name] = replace(draft, guid=earlier.guid)
        else:
            named[name] = replace(draft, guid=str(uuid.uuid4()))
        matched.append(named[name])
    return matched


def _stored(connection: sqlite3.Connection, draft: Draft) -> Row | None:
    """
    Find what is stored for a draft: by its guid if that is a real one, else by all the unique attributes it has.

    Source: Apache Atlas, IDBasedEntityResolver; archived entities are found too.
    """
    real = not draft.key.startswith("-")
    if real and (row := read.find_guid(connection, draft.key)):
        return row
    unique = read.unique_of(draft.type, draft.attributes)
    row = read.find_unique(connection, draft.type, unique) if unique and not draft.raced else None
    if real and row is None:
        raise _missing(draft, draft.key, draft.type, unique)
    return row


def _missing(draft: Draft, guid: str | None, type_: Any, unique: dict[str, str]) -> CatalogError:
    names = ", ".join(f"{name}:{value}" for name, value in unique.items())
    subject = f"AtlasObjectId{{guid='{guid or 'null'}', typeName='{type_}', uniqueAttributes={{{names}}}}}"
    return draft.refuse(404, "ATLAS-404-00-00A", f"Referenced entity {subject} is not found")


def _refer(connection: sqlite3.Connection, draft: Draft, keys: dict[str, Draft]) -> Draft:
    """
    Resolve all references of a draft.

    Where it both appends and removes, neither is done. Source: Apache Atlas, EntityGraphMapper.
    """
    relations = draft.sent.get("relationshipAttributes") or {}
    appended, removed = (draft.sent.get(f"{verb}RelationshipAttributes") or {} for verb in ("append", "remove"))
    if both := [name for name in (*appended, *removed) if name in relations]:
        raise draft.refuse(400, "ATLAS-400-00-108", f"{both[0]}: attribute already exists in relationshipAttributes")
    if appended and removed:
        appended, removed = {}, {}
    inline = {name: value for name, value in (draft.sent.get("attributes") or {}).items() if value is not None}
    return replace(
        draft,
        replaced=dict(_resolve_all(connection, draft, inline | relations, keys)),
        appended=dict(_resolve_all(connection, draft, appended, keys)),
        removed=dict(_resolve_all(connection, draft, removed, keys)),
    )


def _resolve_all(
    connection: sqlite3.Connection, draft: Draft, sent: Json, keys: dict[str, Draft]
) -> Iterator[tuple[str, tuple[Reference, ...]]]:
    known, sides = types.ATTRIBUTES[draft.type], types.sides(draft.type)
    for name, value in sent.items():
        if name in known and known[name].relation:
            listed = value if isinstance(value, list) else [] if value is None else [value]
            references = [_resolve(connection, draft, one, keys) for one in listed]
            if name in sides:
                yield name, _check_ends(draft, sides[name], references)
            elif references:
                raise unsupported(f"relationship {draft.type}.{name}")


def _check_ends(draft: Draft, side: types.Side, references: Iterable[Reference]) -> tuple[Reference, ...]:
    unique = tuple({reference.guid: reference for reference in references}.values())
    for reference in unique:
        if not types.is_a(reference.type, side.far.type):
            message = f"{side.relationship.name}: {side.near.attribute} takes {side.far.type}, not {reference.type}"
            raise draft.refuse(400, "ATLAS-400-00-036", f"invalid relationshipDef: {message}")
    return unique


def _resolve(connection: sqlite3.Connection, draft: Draft, sent: Any, keys: dict[str, Draft]) -> Reference:
    """
    Find the entity that a reference means; a qualified name finds stored entities only, not others of the request.

    Source: Apache Atlas, UniqAttrBasedEntityResolver.
    """
    guid: str | None = sent.get("guid") if isinstance(sent, dict) else None
    unique: dict[str, str] = (sent.get("uniqueAttributes") or {}) if isinstance(sent, dict) else {}
    if guid is None and not unique:
        raise draft.refuse(400, "ATLAS-400-00-021", f"ObjectId is not valid {sent}")
    type_ = sent.get("typeName")
    if guid in keys:
        return Reference(keys[guid].guid, keys[guid].type)
    if guid is not None:
        row = read.find_guid(connection, guid)
    else:
        row = read.find_unique(connection, types.check(type_), unique)
    if row is None:
        raise _missing(draft, guid, type_, unique)
    return Reference(row["guid"], row["type"], None if guid is not None else {"typeName": type_, **unique})
