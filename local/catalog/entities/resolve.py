"""
Turns the entities of a request into drafts, which `save` applies.

They are matched with what is stored, and every reference becomes the guid it means. Nothing is written here.

Source: Apache Atlas, AtlasEntityGraphDiscoveryV2, and its two entity resolvers.
"""

import sqlite3
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from local.catalog.entities import draft as request
from local.catalog.entities import find, types
from local.catalog.entities.draft import Draft, Names, Reference
from local.catalog.entities.find import Row
from local.catalog.errors import CatalogError, unsupported

Json = dict[str, Any]


def drafts(
    connection: sqlite3.Connection, entities: Any, *, partial: bool = False, absent: Names = frozenset()
) -> list[Draft]:
    """
    Check the *entities* of a request, match them with the store, and resolve their references: all of it, or none.

    A *partial* save may leave mandatory attributes out. The names in *absent* are not looked up, but treated as new.

    Raises:
        CatalogError: as Atlan's, for the first fault; the whole request is then rejected.
    """
    matched = _match(connection, request.read(entities, partial=partial, absent=absent))
    keys = {draft.key: draft for draft in matched}
    return [_refer(connection, draft, keys) for draft in matched]


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
            named[name] = replace(draft, guid=str(uuid.uuid4()), fresh=True)
        matched.append(named[name])
    return matched


def _stored(connection: sqlite3.Connection, draft: Draft) -> Row | None:
    """
    Find what is stored for a draft: by its guid if that is a real one, else by all the unique attributes it has.

    Source: Apache Atlas, IDBasedEntityResolver; archived entities are found too.
    """
    real = not draft.key.startswith("-")
    if real and (row := find.find_guid(connection, draft.key)):
        return row
    unique = find.unique_of(draft.type, draft.attributes)
    row = find.find_unique(connection, draft.type, unique) if unique and not draft.raced else None
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

    If it both appends and removes, neither is done. Source: Apache Atlas, EntityGraphMapper.
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
            if name in sides:
                references = [_resolve(connection, draft, one, keys) for one in listed]
                yield name, _check_ends(draft, sides[name], references)
            elif listed:
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
        row = find.find_guid(connection, guid)
    else:
        row = find.find_unique(connection, types.check(type_), unique)
    if row is None:
        raise _missing(draft, guid, type_, unique)
    return Reference(row["guid"], row["type"], None if guid is not None else {"typeName": type_, **unique})
