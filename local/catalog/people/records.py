"""
The roles, users, groups and API keys that `Connection.creator` and pyatlan's caches read.

They are fixed, plus one role for each connection. Source: pyatlan's models of these responses.
"""

import sqlite3
from typing import Any, Final

from local.catalog.errors import unknown_guid

Json = dict[str, Any]

ACTOR: Final = "service-account-apikey-local"

_ROLES: Final = [
    {"id": "5c5a1a0e-0f6c-4a57-9d1c-3a1f5b8f0001", "name": "$admin", "description": "Workspace admin"},
    {"id": "5c5a1a0e-0f6c-4a57-9d1c-3a1f5b8f0002", "name": "$member", "description": "Workspace member"},
    {"id": "5c5a1a0e-0f6c-4a57-9d1c-3a1f5b8f0003", "name": "$guest", "description": "Workspace guest"},
]
_USERS: Final = [
    {
        "id": "7d1b0a52-6f0e-4c39-8f4e-2b7c9d3e0001",
        "username": "local",
        "email": "local@example.com",
        "emailVerified": True,
        "enabled": True,
        "firstName": "Local",
        "lastName": "Admin",
        "workspaceRole": "$admin",
    },
]
_GROUPS: Final = [
    {
        "id": "9e2c1b63-7a1f-4d4a-9a5f-3c8dae4f0001",
        "name": "everyone",
        "alias": "Everyone",
        "path": "/everyone",
        "userCount": 1,
    },
]
_KEYS: Final = [
    {
        "id": "b13d2c74-8b20-4e5b-ab60-4d9ebf500001",
        "clientId": "apikey-local",
        "displayName": "local",
        "attributes": {
            "access.token.lifespan": 157680000,
            "clientId": "apikey-local",
            "createdAt": 1700000000000,
            "createdBy": "local",
            "displayName": "local",
        },
    },
]

CURRENT: Final = {"id": _KEYS[0]["id"], "username": ACTOR, "enabled": True, "emailVerified": True}
WHO: Final = {"username": ACTOR, "roles": [{"id": _ROLES[0]["id"], "name": "$admin"}]}


def roles(connection: sqlite3.Connection) -> list[Json]:
    """List the workspace's roles, and one per connection, named `connection_admins_<guid>`."""
    rows = connection.execute("SELECT guid FROM entity WHERE type = 'Connection' ORDER BY rowid")
    owned = [{"id": row["guid"], "name": f"connection_admins_{row['guid']}", "description": ""} for row in rows]
    return [role | {"clientRole": False, "level": "workspace"} for role in (*_ROLES, *owned)]


def users(_: sqlite3.Connection) -> list[Json]:
    """List the users."""
    return list(_USERS)


def groups(_: sqlite3.Connection) -> list[Json]:
    """List the groups."""
    return list(_GROUPS)


def groups_of(user: str) -> list[Json]:
    """
    List the groups of a *user* (its guid): every user is in all groups.

    Raises:
        CatalogError: 404, there is no such user.
    """
    _find(_USERS, user)
    return list(_GROUPS)


def members(group: str) -> list[Json]:
    """
    List the users in a *group* (its guid): all users.

    Raises:
        CatalogError: 404, there is no such group.
    """
    _find(_GROUPS, group)
    return list(_USERS)


def keys(_: sqlite3.Connection) -> list[Json]:
    """List the API keys (never the secrets)."""
    return list(_KEYS)


def _find(records: list[Json], guid: str) -> None:
    """Reject a *guid* that is not in *records*. The body of a tenant's error is not known."""
    if guid not in [record["id"] for record in records]:
        raise unknown_guid(guid)
