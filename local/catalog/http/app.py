"""
The catalog's HTTP interface: which path asks for what, who may ask, and how a refusal looks.

`server.Server` serves the application that `create` makes. Paths work with and without a trailing slash.

Source: pyatlan's constants (paths, parameters) and the public metastore's EntityREST, DiscoveryREST and LineageREST.
"""

import time
import uuid
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Flask, Response, current_app, jsonify, request
from werkzeug.exceptions import HTTPException, InternalServerError

from local.catalog.entities import read, remove, save, types
from local.catalog.entities.mutation import Mutation
from local.catalog.entities.resolve import Names
from local.catalog.errors import CatalogError, invalid, unsupported
from local.catalog.faults.layer import RACE
from local.catalog.http.people import directory
from local.catalog.lineage import graph, listing
from local.catalog.people import records
from local.catalog.search import search
from local.catalog.store import Store, now_ms

Json = dict[str, Any]

meta = Blueprint("meta", __name__, url_prefix="/api/meta")


def create(store: Store, key: str, lag_ms: int) -> Flask:
    """Make the application: it serves *store* to who has *key*; searches match what was written by *lag_ms* ago."""
    app = Flask(__name__)
    app.url_map.strict_slashes = False
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.config.update(STORE=store, KEY=key, LAG_MS=lag_ms)
    app.register_blueprint(meta)
    app.register_blueprint(directory)
    app.before_request(_authorize)
    app.after_request(_identify)
    app.register_error_handler(CatalogError, _refuse)
    app.register_error_handler(HTTPException, _fail)
    return app


def _authorize() -> None:
    """Refuse who has no key. What a tenant's gateway puts in the body is not known."""
    if (
        not request.path.startswith("/local/")
        and request.headers.get("Authorization") != f"Bearer {current_app.config['KEY']}"
    ):
        raise CatalogError(401, "ATLAS-401-00-001", "Unauthorized: the API key is missing or not this catalog's")


def _identify(response: Response) -> Response:
    response.headers["X-Atlan-Request-Id"] = request.headers.get("X-Atlan-Request-Id") or str(uuid.uuid4())
    return response


def _refuse(error: CatalogError) -> tuple[Response, int]:
    return jsonify(error.body()), error.status


def _fail(error: HTTPException) -> tuple[Response, int]:
    """Answer an unknown path or a crash. Source: Apache Atlas, AllExceptionMapper."""
    cause = error.original_exception if isinstance(error, InternalServerError) else None
    shown = cause or error
    causes = [{"errorType": type(shown).__name__, "errorMessage": str(shown), "location": "local catalog"}]
    message = "There was an error processing your request."
    return jsonify({"errorId": str(uuid.uuid4()), "message": message, "causes": causes}), error.code or 500


def _store() -> Store:
    store: Store = current_app.config["STORE"]
    return store


def _write(change: Callable[[Mutation], None]) -> Json:
    """Make one transaction of *change*, index what it touched, and give the answer."""
    with _store().write() as connection:
        mutation = Mutation(connection, records.ACTOR, now_ms())
        change(mutation)
        mutation.settle(mutation.now + current_app.config["LAG_MS"])
        return mutation.answer()


def _body() -> Json:
    body = request.get_json(force=True, silent=True)
    if not isinstance(body, dict):
        raise invalid("the body is not a JSON object")
    return body


def _flag(name: str) -> bool:
    return request.args.get(name, "false").lower() == "true"


def _unique() -> dict[str, str]:
    return {name.removeprefix("attr:"): value for name, value in request.args.items() if name.startswith("attr:")}


def _guids() -> list[str]:
    """
    Read the guids of a request.

    Raises:
        CatalogError: 400 ATLAS-400-00-01A, there are none.
    """
    if guids := [guid for guid in request.args.getlist("guid") if guid]:
        return guids
    raise invalid("Guid(s) not specified")


def _handler() -> str:
    """Tell how to delete. Source: the public metastore's AuditFilter; what it doesn't know, it archives."""
    asked = request.args.get("deleteType", "")
    if asked == "PURGE":
        return asked
    return {"SOFT": "SOFT", "HARD": "HARD", "PURGE": "HARD"}.get(asked.upper(), "DEFAULT")


@meta.post("/entity/bulk")
def save_bulk() -> Json:
    """Create or update entities; all of them, or none."""
    tags = [name for name in ("replaceClassifications", "replaceTags", "appendTags") if _flag(name)]
    if len(tags) > 1:
        raise CatalogError(400, "ATLAS-400-00-029", f"Only one of {', '.join(tags)} can be true")
    entities = _body().get("entities")
    if _flag("replaceBusinessAttributes") and any(entity.get("businessAttributes") for entity in entities or ()):
        raise unsupported("custom metadata")
    absent = _race(entities, *request.environ[RACE]) if RACE in request.environ else frozenset()
    return _write(lambda mutation: save.save(mutation, entities, absent))


def _race(entities: Any, pattern: str, seconds: float) -> Names:
    """Look names up well before the write, as if nothing kept two creates of one name apart."""
    with _store().read() as connection:
        absent = save.absent(connection, entities, pattern)
    time.sleep(seconds)
    return absent


@meta.delete("/entity/bulk")
def delete_bulk() -> Json:
    """Archive or delete entities by guid."""
    guids = _guids()
    return _write(lambda mutation: remove.delete(mutation, guids, _handler()))


@meta.delete("/entity/bulk/uniqueAttribute")
def delete_bulk_unique() -> Json:
    """Archive or delete entities by their unique attributes; what isn't there is passed over."""
    named = request.get_json(force=True, silent=True)
    if not isinstance(named, list) or not named:
        raise invalid("the body is not a list of typeName and uniqueAttributes")

    def change(mutation: Mutation) -> None:
        for one in named:
            row = read.find_unique(mutation.connection, types.check(one.get("typeName")), one["uniqueAttributes"])
            remove.delete(mutation, [row["guid"]] if row else [], _handler())

    return _write(change)


@meta.post("/entity/restore/bulk")
def restore_bulk() -> Json:
    """Bring archived entities back."""
    guids = _guids()
    return _write(lambda mutation: remove.restore(mutation, guids))


@meta.get("/entity/guid/<guid>")
def get_guid(guid: str) -> Json:
    """Read an entity by guid, archived or not."""
    with _store().read() as connection:
        return read.entity(connection, read.by_guid(connection, guid), relationships=not _flag("ignoreRelationships"))


@meta.get("/entity/uniqueAttribute/type/<type_>")
def get_unique(type_: str) -> Json:
    """Read an entity by unique attributes, archived or not."""
    with _store().read() as connection:
        return read.entity(
            connection, read.by_unique(connection, type_, _unique()), relationships=not _flag("ignoreRelationships")
        )


@meta.put("/entity/uniqueAttribute/type/<type_>")
def put_unique(type_: str) -> Json:
    """Update what is sent of an entity."""
    sent, unique = _body().get("entity"), _unique()
    if not isinstance(sent, dict):
        raise invalid("the body has no entity")
    return _write(lambda mutation: save.patch(mutation, read.by_unique(mutation.connection, type_, unique), sent))


@meta.delete("/entity/uniqueAttribute/type/<type_>")
def delete_unique(type_: str) -> Json:
    """Archive or delete one entity by unique attributes."""
    unique = _unique()
    return _write(
        lambda mutation: remove.delete(
            mutation, [read.by_unique(mutation.connection, type_, unique)["guid"]], _handler()
        )
    )


@meta.post("/search/indexsearch")
def index_search() -> Json:
    """Search; see `search`."""
    with _store().read() as connection:
        return search.search(connection, _body(), now_ms())


@meta.post("/lineage/list")
def lineage_list() -> Json:
    """List what an entity comes from or goes to; see `lineage`."""
    with _store().read() as connection:
        return listing.list_(connection, _body())


@meta.get("/lineage/<guid>")
def lineage_graph(guid: str) -> Json:
    """Draw an entity's lineage; see `lineage`."""
    with _store().read() as connection:
        return graph.graph(connection, guid, request.args.to_dict())


@meta.post("/lineage/getlineage")
def lineage_graph_by_body() -> Json:
    """Draw the lineage of the entity that the body names; see `lineage`."""
    body = _body()
    with _store().read() as connection:
        return graph.graph(connection, str(body.get("guid")), body)


@meta.get("/types/typedefs")
def typedefs() -> Json:
    """Tell the type definitions that pyatlan asks for: there are no tags and no custom metadata."""
    tag = {"category": "STRUCT", "name": "AwsTag", "guid": "ce624640-51d1-4b47-95b6-9ef48e0ddd5d", "attributeDefs": []}
    kinds = ("enum", "classification", "entity", "relationship", "businessMetadata")
    return {f"{kind}Defs": [] for kind in kinds} | {"structDefs": [tag]}


@meta.get("/types/typedefs/headers")
def typedef_headers() -> Response:
    """List the names of the entity types."""
    return jsonify([{"name": name, "category": "ENTITY"} for name in types.ATTRIBUTES])
