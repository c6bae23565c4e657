"""
The application: all routes, authorization, and the format of errors.

`server.Server` serves what `create` makes. Paths work with and without a trailing slash.
"""

import uuid

from flask import Flask, Response, current_app, jsonify, request
from werkzeug.exceptions import HTTPException, InternalServerError

from local.catalog.errors import CatalogError
from local.catalog.http import missing, parameters
from local.catalog.http.entities import entities
from local.catalog.http.people import people
from local.catalog.http.queries import queries
from local.catalog.http.types import types
from local.catalog.store import Store


def create(store: Store, key: str, lag_ms: int) -> Flask:
    """Return the application: it serves *store* to requests with *key*; a search finds a write *lag_ms* later."""
    app = Flask(__name__)
    app.url_map.strict_slashes = False
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.config.update(STORE=store, KEY=key, LAG_MS=lag_ms, WINDOW=None)
    app.url_map.merge_slashes = False
    for routes in (entities, queries, types, people):
        app.register_blueprint(routes)
    app.before_request(_authorize)
    app.before_request(parameters.check_query)
    app.after_request(_identify)
    app.register_error_handler(CatalogError, _refuse)
    app.register_error_handler(HTTPException, _fail)
    return app


def _authorize() -> None:
    """Reject a request without the key. The body of a tenant's gateway is not known."""
    if request.path.startswith("/local/"):
        return
    if request.routing_exception:  # before the key is asked for, since a request for a token has none
        raise missing.refuse()
    if request.headers.get("Authorization") != f"Bearer {current_app.config['KEY']}":
        raise CatalogError(
            401, "ATLAS-401-00-001", "Unauthorized: the API key is missing or is not the one of this catalog"
        )


def _identify(response: Response) -> Response:
    response.headers["X-Atlan-Request-Id"] = request.headers.get("X-Atlan-Request-Id") or str(uuid.uuid4())
    return response


def _refuse(error: CatalogError) -> tuple[Response, int]:
    return jsonify(error.body()), error.status


def _fail(error: HTTPException) -> tuple[Response, int]:
    """Return the error for a crash, or an unknown path of the controls. Source: Apache Atlas, AllExceptionMapper."""
    cause = error.original_exception if isinstance(error, InternalServerError) else None
    shown = cause or error
    causes = [{"errorType": type(shown).__name__, "errorMessage": str(shown), "location": "local catalog"}]
    message = "There was an error processing your request."
    return jsonify({"errorId": str(uuid.uuid4()), "message": message, "causes": causes}), error.code or 500
