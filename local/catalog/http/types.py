"""
Routes below `/api/meta/types`: the type definitions, which nobody can change.

`entities.typedefs` makes them. Source: pyatlan's constants (paths, parameters) and the public metastore's TypesREST.
"""

from typing import Any

from flask import Blueprint, Response, jsonify, request

from local.catalog.entities import typedefs
from local.catalog.entities import types as entity_types
from local.catalog.errors import CatalogError, bad_request, unsupported

Json = dict[str, Any]

types = Blueprint("types", __name__, url_prefix="/api/meta/types")


@types.get("/typedefs")
def list_all() -> Json:
    """List the definitions, by category; with the parameter `type`, only those of the categories that it names."""
    found: dict[str, list[Json]] = {key: [] for key in typedefs.CATEGORIES.values()}
    for one in _asked():
        found[typedefs.CATEGORIES[one["category"]]].append(one)
    return found


@types.get("/typedefs/headers")
def list_headers() -> Response:
    """List the guids, names and categories of the definitions."""
    return jsonify([{key: one[key] for key in ("guid", "name", "category")} for one in _asked()])


@types.get("/typedef/name/<name>")
def get_name(name: str) -> Json:
    """Return the definition of a type."""
    if name in entity_types.ELSEWHERE:
        raise unsupported(f"the type {name}", entity_types.TYPES)
    if name not in typedefs.all_():
        raise CatalogError(404, "ATLAS-404-00-001", f"Given typename {name} was invalid")
    return typedefs.all_()[name]


@types.get("/typedef/guid/<guid>")
def get_guid(guid: str) -> Json:
    """Return the definition with this guid."""
    for one in typedefs.all_().values():
        if one["guid"] == guid:
            return one
    raise CatalogError(404, "ATLAS-404-00-002", f"Given type guid {guid} was invalid")


def _asked() -> list[Json]:
    """List the definitions of the categories that the request names, or all."""
    asked = [name.upper() for name in request.args.getlist("type")]
    if wrong := [name for name in asked if name not in typedefs.CATEGORIES]:
        raise bad_request(f"there is no category of types {wrong[0]}; there are {', '.join(typedefs.CATEGORIES)}")
    return [one for one in typedefs.all_().values() if not asked or one["category"] in asked]
