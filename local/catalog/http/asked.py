"""Reads the parameters and the body of a request, and gives access to the store. All routes use it."""

from collections.abc import Callable
from typing import Any

from flask import Response, current_app, request

from local.catalog.entities import answer
from local.catalog.entities.mutation import Mutation
from local.catalog.errors import invalid
from local.catalog.people import records
from local.catalog.search import index
from local.catalog.store import Store, now_ms

Json = dict[str, Any]


def store() -> Store:
    store: Store = current_app.config["STORE"]
    return store


def write(change: Callable[[Mutation], None]) -> Response:
    """Run *change* in one transaction, index the entities that changed, and return the response."""
    with store().write() as connection:
        mutation = Mutation(connection, records.ACTOR, now_ms())
        change(mutation)
        index.write(connection, mutation.finish(), mutation.now + current_app.config["LAG_MS"])
        return Response(answer.body(mutation), mimetype="application/json")


def body() -> Json:
    body = request.get_json(force=True, silent=True)
    if not isinstance(body, dict):
        raise invalid("the body is not a JSON object")
    return body


def flag(name: str) -> bool:
    return request.args.get(name, "false").lower() == "true"


def unique() -> dict[str, str]:
    return {name.removeprefix("attr:"): value for name, value in request.args.items() if name.startswith("attr:")}


def guids() -> list[str]:
    """
    Read the guids of a request.

    Raises:
        CatalogError: 400 ATLAS-400-00-01A, there are none.
    """
    if guids := [guid for guid in request.args.getlist("guid") if guid]:
        return guids
    raise invalid("Guid(s) not specified")


def handler() -> str:
    """Return the kind of deletion. Source: the public metastore's AuditFilter; unknown kinds archive."""
    asked = request.args.get("deleteType", "")
    if asked == "PURGE":
        return asked
    return {"SOFT": "SOFT", "HARD": "HARD", "PURGE": "HARD"}.get(asked.upper(), "DEFAULT")
