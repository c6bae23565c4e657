"""
Saves: creates or updates entities and their relationships (`POST entity/bulk`, `PUT entity/uniqueAttribute`).

An entity that is equal to the sent one is not written and not reported, except its guid.

Source: Apache Atlas, AtlasEntityStoreV2, EntityGraphMapper.
"""

import json
import re
import sqlite3
from typing import Any, Final

from local.catalog.entities import diff, find, remove, types
from local.catalog.entities.draft import Draft, Names, Reference
from local.catalog.entities.find import Row
from local.catalog.entities.mutation import Mutation
from local.catalog.entities.resolve import drafts
from local.catalog.errors import CatalogError

Json = dict[str, Any]

ADMINS: Final = ("adminUsers", "adminGroups", "adminRoles")


def save(mutation: Mutation, entities: Any, absent: Names = frozenset()) -> None:
    """
    Create or update *entities*; see `resolve.drafts` for *absent* and for rejections.

    Raises:
        CatalogError: roll back the transaction.
    """
    _apply(mutation, drafts(mutation.connection, entities, absent=absent), "UPDATE")


def absent(connection: sqlite3.Connection, entities: Any, pattern: str) -> Names:
    """List the names of *entities* that match *pattern* and that nothing is stored under."""
    sent = {(one.get("typeName"), one.get("attributes", {}).get("qualifiedName")) for one in entities or ()}
    wanted = [(type_, name) for type_, name in sent if type_ in types.ATTRIBUTES and re.search(pattern, str(name))]
    unique = {(type_, name): {"qualifiedName": name} for type_, name in wanted}
    return frozenset(one for one in wanted if find.find_unique(connection, one[0], unique[one]) is None)


def patch(mutation: Mutation, row: Row, entity: Json) -> None:
    """
    Update the sent attributes of one stored entity; it is reported as a partial update.

    Raises:
        CatalogError: roll back the transaction.
    """
    sent = entity | {"typeName": row["type"], "guid": row["guid"]}
    _apply(mutation, drafts(mutation.connection, [sent], partial=True), "PARTIAL_UPDATE")


def _apply(mutation: Mutation, found: list[Draft], operation: str) -> None:
    """Write the entities first, then their edges, since those may run between any two of them."""
    written = [_write(mutation, draft, operation) for draft in found]
    for draft, changed in zip(found, written, strict=True):
        if draft.key != draft.guid:
            mutation.assignments[draft.key] = draft.guid
        for name, references in draft.replaced.items() if changed else ():
            _replace(mutation, draft.guid, types.sides(draft.type)[name], references)
        for name, references in draft.appended.items():
            _link(mutation, draft.guid, types.sides(draft.type)[name], references)
        for name, references in draft.removed.items():
            _unlink(mutation, draft.guid, types.sides(draft.type)[name], {one.guid for one in references})


def _write(mutation: Mutation, draft: Draft, operation: str) -> bool:
    """Insert or rewrite one entity; return whether anything differed."""
    row = None if draft.fresh else find.find_guid(mutation.connection, draft.guid)
    stored: Json = json.loads(row["attributes"]) if row else {}
    attributes = diff.merge(draft, stored)
    if row and not diff.differs(mutation.connection, draft, row):
        return False
    attributes |= diff.automatic(draft, stored, mutation.actor, mutation.now)
    _check_unique(mutation.connection, draft, attributes, stored)
    _check_admins(draft, attributes)
    if row is None:
        mutation.create(draft.guid, draft.type, attributes, draft.custom)
        return True
    if draft.status == "ACTIVE" and row["status"] == "DELETED":
        remove.revive(mutation, row)
    mutation.update(draft.guid, attributes, draft.custom, operation)
    return True


def _check_unique(connection: sqlite3.Connection, draft: Draft, attributes: Json, stored: Json) -> None:
    """
    Reject a second entity of the same type with the same unique attribute.

    It takes `awsArn` to get there: an entity is looked up by all its unique attributes together, but each is unique
    alone. Source: Apache Atlas, GraphBackedSearchIndexer (a unique index per type and attribute).
    """
    for name, value in find.unique_of(draft.type, attributes).items() if not draft.raced else ():
        row = find.find_exact(connection, draft.type, {name: value}) if stored.get(name) != value else None
        if row:
            message = f"Internal server error {draft.type} {row['guid']} has this {name} already: {value}"
            raise draft.refuse(500, "ATLAS-500-00-001", message)


def _check_admins(draft: Draft, attributes: Json) -> None:
    """Reject a connection without administrators. Source: Apache Atlas, ConnectionPreProcessor."""
    if draft.type == "Connection" and not any(attributes.get(name) for name in ADMINS):
        raise CatalogError(400, "ATLAS-400-00-114", "Admin list should not be empty for type Connection", draft.key)


def _replace(mutation: Mutation, guid: str, side: types.Side, references: tuple[Reference, ...]) -> None:
    """Make *references* all that the entity is linked to on this side."""
    kept = {reference.guid for reference in references}
    linked = {edge["far_guid"] for edge in find.live(find.edges(mutation.connection, guid, side))}
    _unlink(mutation, guid, side, linked - kept)
    _link(mutation, guid, side, references)


def _link(mutation: Mutation, guid: str, side: types.Side, references: tuple[Reference, ...]) -> None:
    """Link the entity to *references*; where an end holds only one, its earlier link goes."""
    for reference in references:
        if not side.near.many:
            _unlink_others(mutation, guid, side, reference.guid)
        if not side.far.many:
            _unlink_others(mutation, reference.guid, types.Side(side.relationship, not side.outgoing), guid)
        ends = (guid, reference.guid) if side.outgoing else (reference.guid, guid)
        mutation.link(side.relationship.name, *ends)


def _unlink_others(mutation: Mutation, guid: str, side: types.Side, kept: str) -> None:
    linked = {edge["far_guid"] for edge in find.live(find.edges(mutation.connection, guid, side))}
    _unlink(mutation, guid, side, linked - {kept})


def _unlink(mutation: Mutation, guid: str, side: types.Side, others: set[str]) -> None:
    for edge in find.live(find.edges(mutation.connection, guid, side)) if others else ():
        if edge["far_guid"] in others:
            mutation.switch(edge, "DELETED")
