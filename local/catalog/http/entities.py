"""
Routes below `/api/meta/entity`: save, read, archive, delete and restore entities.

Source: pyatlan's constants (paths, parameters) and the public metastore's EntityREST.
"""

import time
from typing import Any

from flask import Blueprint, Response, request

from local.catalog.entities import find, read, remove, save, types
from local.catalog.entities.draft import Names
from local.catalog.entities.mutation import Mutation
from local.catalog.errors import CatalogError, invalid
from local.catalog.faults.layer import RACE
from local.catalog.http import asked, parameters

Json = dict[str, Any]

entities = Blueprint("entities", __name__, url_prefix="/api/meta/entity")


@entities.post("/bulk")
def save_bulk() -> Response:
    """Create or update entities, atomically."""
    tags = [name for name in ("replaceClassifications", "replaceTags", "appendTags") if asked.flag(name)]
    if len(tags) > 1:
        raise CatalogError(400, "ATLAS-400-00-029", f"Only one of {', '.join(tags)} can be true")
    entities = parameters.check_body(asked.body(), "entities").get("entities")
    absent = _race(entities, *request.environ[RACE]) if RACE in request.environ else frozenset()
    return asked.write(lambda mutation: save.save(mutation, entities, absent))


def _race(entities: Any, pattern: str, seconds: float) -> Names:
    """Look names up some time before the write, as if two concurrent creates of one name could not see each other."""
    with asked.store().read() as connection:
        absent = save.absent(connection, entities, pattern)
    time.sleep(seconds)
    return absent


@entities.delete("/bulk")
def delete_bulk() -> Response:
    """Archive or delete entities by guid."""
    guids = asked.guids()
    return asked.write(lambda mutation: remove.delete(mutation, guids, asked.handler()))


@entities.delete("/bulk/uniqueAttribute")
def delete_bulk_unique() -> Response:
    """Archive or delete entities by their unique attributes; unknown ones are ignored."""
    named = request.get_json(force=True, silent=True)
    if not isinstance(named, list) or not named:
        raise invalid("the body is not a list of typeName and uniqueAttributes")

    def change(mutation: Mutation) -> None:
        for one in named:
            row = find.find_unique(mutation.connection, types.check(one.get("typeName")), one["uniqueAttributes"])
            remove.delete(mutation, [row["guid"]] if row else [], asked.handler())

    return asked.write(change)


@entities.post("/restore/bulk")
def restore_bulk() -> Response:
    """Restore archived entities."""
    guids = asked.guids()
    return asked.write(lambda mutation: remove.restore(mutation, guids))


@entities.get("/guid/<guid>")
def get_guid(guid: str) -> Json:
    """Read an entity by guid, archived or not."""
    with asked.store().read() as connection:
        return read.entity(
            connection, find.by_guid(connection, guid), relationships=not asked.flag("ignoreRelationships")
        )


@entities.get("/uniqueAttribute/type/<type_>")
def get_unique(type_: str) -> Json:
    """Read an entity by unique attributes, archived or not."""
    with asked.store().read() as connection:
        return read.entity(
            connection,
            find.by_unique(connection, type_, asked.unique()),
            relationships=not asked.flag("ignoreRelationships"),
        )


@entities.put("/uniqueAttribute/type/<type_>")
def put_unique(type_: str) -> Response:
    """Update the sent attributes of an entity."""
    sent, unique = parameters.check_body(asked.body(), "entity").get("entity"), asked.unique()
    if not isinstance(sent, dict):
        raise invalid("the body has no entity")
    return asked.write(lambda mutation: save.patch(mutation, find.by_unique(mutation.connection, type_, unique), sent))


@entities.delete("/uniqueAttribute/type/<type_>")
def delete_unique(type_: str) -> Response:
    """Archive or delete one entity by unique attributes."""
    unique = asked.unique()
    return asked.write(
        lambda mutation: remove.delete(
            mutation, [find.by_unique(mutation.connection, type_, unique)["guid"]], asked.handler()
        )
    )
