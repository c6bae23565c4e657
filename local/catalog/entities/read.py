"""
Reads an entity as `GET entity/…` shows it, and as a header, the short form of saves, searches and lineage.

Source: Apache Atlas, EntityGraphRetriever; the format is that of a tenant's recorded responses.
"""

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from local.catalog.entities import types
from local.catalog.entities.find import Row, edges, edges_by_attribute, live, unique_of

Json = dict[str, Any]

# Attributes that a header always has beside the unique ones, where they have a value.
DEFAULT: Final = ("name", "description")
# Custom attributes as a header has them: one text, where they are asked for.
CUSTOM: Final = "__customAttributes"
# Relationships that the type definitions keep out of `attributes`.
_ONLY_RELATIONSHIPS: Final = ("inputToProcesses", "outputFromProcesses")


@dataclass(frozen=True, slots=True)
class Relations:
    """
    How a header shows the entities that a relationship links: with these `attributes`.

    If `described`, the relationship's type is among them; if `deleted`, entities are shown that aren't linked any more.
    """

    attributes: Iterable[str] = ()
    described: bool = False
    deleted: bool = False


def header(
    connection: sqlite3.Connection, row: Row, attributes: Iterable[str] = (), relations: Relations = Relations()
) -> Json:
    """Give the header of an entity, with the *attributes* asked for where they have a value."""
    asked = tuple(dict.fromkeys((*types.unique(row["type"]), *DEFAULT, *attributes)))
    stored = json.loads(row["attributes"])
    values = _values(row["type"], stored, asked, has_lineage=bool(row["has_lineage"]))
    values |= related(connection, row, asked, relations)
    if CUSTOM in asked and row["custom"]:
        values[CUSTOM] = row["custom"]
    return bare(row, values)


def related(connection: sqlite3.Connection, row: Row, asked: Iterable[str], relations: Relations = Relations()) -> Json:
    """Give the entities that each relationship of those *asked* for links, as *relations* says."""
    sides, found = types.sides(row["type"]), {}
    for name in [name for name in asked if name in sides]:
        rows = edges(connection, row["guid"], sides[name])
        listed = [_related(edge, relations) for edge in (rows if relations.deleted else live(rows))]
        if listed or sides[name].near.many:
            found[name] = listed if sides[name].near.many else listed[-1]
    return found


def _values(type_: str, stored: Json, asked: Iterable[str], *, has_lineage: bool) -> Json:
    known = types.ATTRIBUTES[type_]
    found: Json = {}
    for name in asked:
        attribute = known.get(name)
        if name == "__hasLineage":
            found[name] = has_lineage
        elif attribute and not attribute.relation:
            found[name] = stored.get(name, attribute.empty)
    return {name: value for name, value in found.items() if value is not None}


def _related(edge: Row, relations: Relations) -> Json:
    stored = json.loads(edge["far_attributes"])
    values = _values(edge["far_type"], stored, relations.attributes, has_lineage=bool(edge["far_lineage"]))
    return {
        "guid": edge["far_guid"],
        "typeName": edge["far_type"],
        "entityStatus": edge["far_status"],
        "displayText": stored.get("name"),
        "uniqueAttributes": unique_of(edge["far_type"], stored),
        "attributes": values | ({"relationshipAttributes": {"typeName": edge["name"]}} if relations.described else {}),
    }


def bare(row: Row, values: Json) -> Json:
    """Give the header of an entity with exactly these attribute values."""
    return {
        "typeName": row["type"],
        "attributes": values,
        "guid": row["guid"],
        "status": row["status"],
        "displayText": values.get("name"),
        "classificationNames": [],
        "classifications": [],
        "meaningNames": [],
        "meanings": [],
        "isIncomplete": False,
        "labels": [],
        "createdBy": row["created_by"],
        "updatedBy": row["updated_by"],
        "createTime": row["create_time"],
        "updateTime": row["update_time"],
        "docId": row["guid"],
        "superTypeNames": list(types.supertypes(row["type"])[1:]),
    }


def entity(connection: sqlite3.Connection, row: Row, *, relationships: bool = True) -> Json:
    """
    Give an entity in full: every attribute of its type, and its *relationships* if asked for, deleted ones too.

    `attributes` shows a relationship as the guids still linked; `relationshipAttributes` shows every edge with its
    state, or, where only one is possible, the active one, else the one deleted last.
    """
    stored = json.loads(row["attributes"])
    plain = [one for one in types.ATTRIBUTES[row["type"]].values() if not one.relation]
    attributes: Json = {one.name: stored.get(one.name, one.empty) for one in plain}
    attributes["__hasLineage"] = bool(row["has_lineage"])
    sides = types.sides(row["type"])
    found = edges_by_attribute(connection, row) if relationships else {}
    for name in [name for name in sides if name not in _ONLY_RELATIONSHIPS]:
        attributes[name] = _linked(row["type"], name, found[name]) if relationships else None
    body = bare(row, attributes) | {"version": 0}
    for unused in ("displayText", "docId", "superTypeNames", "classificationNames", "meaningNames"):
        del body[unused]
    if relationships:
        body["relationshipAttributes"] = _relationships(row["type"], found)
    if row["custom"] is not None:
        body["customAttributes"] = json.loads(row["custom"])
    return {"referredEntities": {}, "entity": body}


def _linked(type_: str, name: str, rows: list[Row]) -> list[Json] | Json | None:
    linked = [{"guid": edge["far_guid"], "typeName": edge["far_type"]} for edge in live(rows)]
    if types.sides(type_)[name].near.many:
        return linked
    return linked[-1] if linked else None


def _relationships(type_: str, found: dict[str, list[Row]]) -> Json:
    relations: Json = {one.name: one.empty for one in types.ATTRIBUTES[type_].values() if one.relation}
    for name, rows in found.items():
        if types.sides(type_)[name].near.many:
            relations[name] = [_state(edge) for edge in rows]
        elif rows:
            *_, newest = sorted(rows, key=lambda edge: (edge["status"] == "ACTIVE", edge["update_time"]))
            relations[name] = _state(newest)
    return relations


def _state(edge: Row) -> Json:
    return {
        "guid": edge["far_guid"],
        "typeName": edge["far_type"],
        "entityStatus": edge["far_status"],
        "displayText": json.loads(edge["far_attributes"]).get("name"),
        "relationshipType": edge["name"],
        "relationshipGuid": edge["guid"],
        "relationshipStatus": edge["status"],
        "relationshipAttributes": {"typeName": edge["name"]},
    }
