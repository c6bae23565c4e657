"""
Routes below `/api/service`: roles, users, groups and API keys, which pyatlan's caches and `Connection.creator` read.

`people.records` has the data. Source: pyatlan's constants (paths, parameters).
"""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, current_app, request

from local.catalog.people import records
from local.catalog.people.page import page
from local.catalog.store import Store

Json = dict[str, Any]

people = Blueprint("people", __name__, url_prefix="/api/service")


@people.get("/roles", defaults={"kind": records.roles})
@people.get("/users", defaults={"kind": records.users})
@people.get("/v2/groups", defaults={"kind": records.groups})
@people.get("/apikeys", defaults={"kind": records.keys})
def list_people(kind: Callable[..., list[Json]]) -> Json:
    """List roles, users, groups or API keys."""
    store: Store = current_app.config["STORE"]
    with store.read() as connection:
        return page(kind(connection), request.args)


@people.get("/users/<guid>/groups")
def list_groups_of(guid: str) -> Json:
    """List the groups of a user."""
    return page(records.groups_of(guid), request.args)


@people.get("/groups/<guid>/members")
def list_members(guid: str) -> Json:
    """List the users in a group."""
    return page(records.members(guid), request.args)


@people.get("/users/current")
def current_user() -> Json:
    """Return the user of this API key."""
    return records.CURRENT


@people.get("/whoami")
def who_am_i() -> Json:
    """Return the roles of this API key."""
    return records.WHO
