"""
Routes below `/api/meta` that only read: search and lineage.

Source: pyatlan's constants (paths, parameters) and the public metastore's DiscoveryREST and LineageREST.
"""

from typing import Any

from flask import Blueprint, current_app, request

from local.catalog.http import asked, parameters
from local.catalog.lineage import graph, listing
from local.catalog.search import search
from local.catalog.store import now_ms

Json = dict[str, Any]

queries = Blueprint("queries", __name__, url_prefix="/api/meta")


@queries.post("/search/indexsearch")
def index_search() -> Json:
    """Search; see `search.search`."""
    wanted = parameters.check_body(asked.body(), parameters.SEARCH)
    with asked.store().read() as connection:
        return search.search(connection, wanted, now_ms(), current_app.config["WINDOW"])


@queries.post("/lineage/list")
def lineage_list() -> Json:
    """List what is upstream or downstream of an entity; see `lineage.listing`."""
    with asked.store().read() as connection:
        return listing.answer(connection, parameters.check_body(asked.body(), parameters.LINEAGE))


@queries.get("/lineage/<guid>")
def lineage_graph(guid: str) -> Json:
    """Return an entity's lineage as a graph; see `lineage.graph`."""
    with asked.store().read() as connection:
        return graph.answer(connection, guid, request.args.to_dict())


@queries.post("/lineage/getlineage")
def lineage_graph_by_body() -> Json:
    """Return the lineage of the entity in the body as a graph; see `lineage.graph`."""
    body = parameters.check_body(asked.body(), parameters.GRAPH)
    with asked.store().read() as connection:
        return graph.answer(connection, str(body.get("guid")), body)
