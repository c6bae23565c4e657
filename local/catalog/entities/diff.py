"""
Decides whether a save changes anything, and computes the new attributes.

Source: Apache Atlas, AtlasEntityComparator (the comparison), EntityGraphMapper.mapAttribute (what a null does).
"""

import json
import sqlite3
from typing import Any

from local.catalog.entities import find, types
from local.catalog.entities.draft import Draft, Reference
from local.catalog.entities.find import Row

Json = dict[str, Any]


def merge(draft: Draft, stored: Json) -> Json:
    """
    Merge the sent attributes into the stored ones. A null clears: to 0, false or [], or else to nothing.

    A connection that exists keeps its qualified name. Source: Apache Atlas, ConnectionPreProcessor.
    """
    merged = dict(stored)
    for name, value in draft.attributes.items():
        cleared = types.ATTRIBUTES[draft.type][name].empty if value is None else value
        if cleared is None:
            merged.pop(name, None)
        elif not (name == "qualifiedName" and draft.type == "Connection" and stored):
            merged[name] = cleared
    return merged


def automatic(draft: Draft, stored: Json, actor: str, now: int) -> Json:
    """
    Give who (*actor*) and when (*now*) for the sent attributes that have such attributes and that change.

    An attribute that is cleared keeps who set it and when. A client may set these itself, as long as what they tell
    of stays the same. Source: the public metastore, EntityGraphMapper.mapAttributes (`autoUpdateAttributes`).
    """
    known = types.ATTRIBUTES[draft.type]
    sent = [known[name].automatic for name, value in draft.attributes.items() if value not in (None, stored.get(name))]
    return {name: value for names in sent for name, value in zip(names, (actor, now), strict=False)}


def differs(connection: sqlite3.Connection, draft: Draft, row: Row) -> bool:
    """
    Return whether the sent attributes differ from the stored ones: only sent attributes count.

    A status that is not ACTIVE is no wish that a save can grant, but it does make the entity count as different.
    """
    if draft.status is not None and (draft.status != "ACTIVE" or row["status"] != "ACTIVE"):
        return True
    if draft.custom is not None and draft.custom != json.loads(row["custom"] or "null"):
        return True
    stored = json.loads(row["attributes"])
    known = types.ATTRIBUTES[draft.type]
    if any(_unequal(known[name], value, stored) for name, value in draft.attributes.items()):
        return True
    sides = types.sides(draft.type)
    return any(_relinks(connection, draft.guid, sides[name], sent) for name, sent in draft.replaced.items())


def _unequal(attribute: types.Attribute, sent: Any, stored: Json) -> bool:
    """Compare values. A null counts as the type's empty value: for a string that is "", so it differs from none."""
    current = stored.get(attribute.name, attribute.empty)
    if sent is None:
        sent = "" if attribute.type == "string" and not attribute.array else attribute.empty
    if attribute.array and not attribute.ordered:
        return _sorted(sent) != _sorted(current)
    return bool(sent != current)


def _sorted(values: list[Any]) -> list[str]:
    return sorted(json.dumps(value, sort_keys=True) for value in values)


def _relinks(connection: sqlite3.Connection, guid: str, side: types.Side, sent: tuple[Reference, ...]) -> bool:
    """Compare references with the active edges, in any order."""
    current = [_unique_of(edge) for edge in find.live(find.edges(connection, guid, side))]
    return len(current) != len(sent) or not all(any(_same(one, other) for other in current) for one in sent)


def _unique_of(edge: Row) -> Reference:
    unique = find.unique_of(edge["far_type"], json.loads(edge["far_attributes"]))
    return Reference(edge["far_guid"], edge["far_type"], {"typeName": edge["far_type"], **unique})


def _same(sent: Reference, current: Reference) -> bool:
    """
    Compare by guid, or, where the request named it by unique attributes, by type and *all* unique attributes it has.

    So a reference by qualified name alone never equals an entity that has an `awsArn`.
    Source: Apache Atlas, AtlasObjectIdType.areEqualValues.
    """
    return sent.unique == current.unique if sent.unique else sent.guid == current.guid
