"""
Routes below `/api/meta` that only read: search, lineage, type definitions.

Source: pyatlan's constants (paths, parameters) and the public metastore's DiscoveryREST and LineageREST.
"""

from typing import Any

from flask import Blueprint, Response, current_app, jsonify, request

from local.catalog.entities import types
from local.catalog.http import asked
from local.catalog.lineage import graph, listing
from local.catalog.search import search
from local.catalog.store import now_ms

Json = dict[str, Any]

queries = Blueprint("queries", __name__, url_prefix="/api/meta")


@queries.post("/search/indexsearch")
def index_search() -> Json:
    """Search; see `search.search`."""
    with asked.store().read() as connection:
        return search.search(connection, asked.body(), now_ms(), current_app.config["WINDOW"])


@queries.post("/lineage/list")
def lineage_list() -> Json:
    """List what is upstream or downstream of an entity; see `lineage.listing`."""
    with asked.store().read() as connection:
        return listing.answer(connection, asked.body())


@queries.get("/lineage/<guid>")
def lineage_graph(guid: str) -> Json:
    """Return an entity's lineage as a graph; see `lineage.graph`."""
    with asked.store().read() as connection:
        return graph.answer(connection, guid, request.args.to_dict())


@queries.post("/lineage/getlineage")
def lineage_graph_by_body() -> Json:
    """Return the lineage of the entity in the body as a graph; see `lineage.graph`."""
    body = asked.body()
    with asked.store().read() as connection:
        return graph.answer(connection, str(body.get("guid")), body)


@queries.get("/types/typedefs")
def typedefs() -> Json:
    """Return the type definitions that pyatlan reads: there are no tags and no custom metadata."""
    tag = {"category": "STRUCT", "name": "AwsTag", "guid": "ce624640-51d1-4b47-95b6-9ef48e0ddd5d", "attributeDefs": []}
    kinds = ("enum", "classification", "entity", "relationship", "businessMetadata")
    return {f"{kind}Defs": [] for kind in kinds} | {"structDefs": [tag]}


@queries.get("/types/typedefs/headers")
def typedef_headers() -> Response:
    """List the names of the entity types."""
    return jsonify([{"name": name, "category": "ENTITY"} for name in types.ATTRIBUTES])
