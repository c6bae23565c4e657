"""
What requests may ask for: query parameters by endpoint, and fields of the body of a search or of lineage.

Atlan ignores what it does not know. Here it is rejected by name, so that no test passes because a wish was ignored.

Source: the public metastore's resources (EntityREST, DiscoveryREST, LineageREST, TypesREST), pyatlan's requests.
"""

from typing import Any, Final

from flask import request

from local.catalog.errors import unsupported

Json = dict[str, Any]

_READ: Final = "minExtInfo ignoreRelationships"
_PAGE: Final = "limit offset sort filter count columns maxLoginEvents"
QUERY: Final = {
    "entities.save_bulk": "replaceClassifications replaceTags appendTags replaceBusinessAttributes"
    " overwriteBusinessAttributes skipProcessEdgeRestoration",
    "entities.delete_bulk": "guid deleteType",
    "entities.delete_bulk_unique": "deleteType",
    "entities.restore_bulk": "guid",
    "entities.get_guid": _READ,
    "entities.get_unique": f"attr: {_READ}",
    "entities.put_unique": "attr:",
    "entities.delete_unique": "attr: deleteType",
    "queries.lineage_graph": "direction depth hideProcess limit offset",
    "types.list_all": "type",
    "types.list_headers": "type",
    "people.list_people": _PAGE,
    "people.list_groups_of": _PAGE,
    "people.list_members": _PAGE,
}
"""By endpoint; those that are not here have none. `attr:` stands for all that begin with it."""

SEARCH: Final = """dsl attributes relationAttributes allowDeletedRelations includeRelationshipAttributes
requestMetadata suppressLogs excludeMeanings excludeClassifications includeClassificationNames enableFullRestriction
scopeToUserAccess"""
"""
No entity has tags or terms, which may so be included or left out; the only API key may do everything, so that
restricting a search to what it may see changes nothing. There are no personas, purposes or scores.
"""

LINEAGE: Final = """guid depth direction from size attributes relationAttributes entityFilters entityTraversalFilters
relationshipTraversalFilters excludeMeanings excludeClassifications immediateNeighbours lineageType"""
GRAPH: Final = "guid depth direction hideProcess limit offset"


def check_query() -> None:
    """
    Check the query parameters of the current request, before it is served.

    Raises:
        CatalogError: 501, there is one that the endpoint does not have here.
    """
    if request.blueprint == "control" or request.endpoint is None:
        return
    known = QUERY.get(request.endpoint, "").split()
    for name in request.args:
        if name not in known and not ("attr:" in known and name.startswith("attr:")):
            raise unsupported(f"the query parameter {name} of {request.method} {request.path}", known)


def check_body(body: Json, known: str) -> Json:
    """
    Return a *body* that has no other fields than those *known*, unless they are null, false or empty.

    Raises:
        CatalogError: 501, there is another one.
    """
    for name in body:
        if body[name] and name not in known.split():
            raise unsupported(f"the field {name} of {request.method} {request.path}", known.split())
    return body
