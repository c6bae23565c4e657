"""
The page's own application: its files, and what its scripts ask for as JSON, below `/page/`. Everything is a GET.

`beside` puts it at the address of the catalog.
"""

import ipaddress
from collections.abc import Sequence
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any, Final

from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException

from local.catalog.errors import CatalogError
from local.catalog.store import Store, now_ms
from local.page import asset, search
from local.page.view import View

Json = dict[str, Any]

FILES: Final = Path(__file__).with_name("files")
SECONDS: Final = 20.0
"""How long a request for changes waits for one."""

WAITING: Final = 16
"""Requests for changes that wait at the same time; the next ones are answered at once."""

_DIGITS: Final = 15

_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def create(store: Store, hints: Sequence[str] = ()) -> Flask:
    """Return the application; it reads *store*, and shows the commands *hints* while there is no lineage."""
    app = Flask(__name__, static_folder=str(FILES), static_url_path="/page/files")
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.before_request(_check_host)
    app.after_request(_protect)
    app.register_error_handler(CatalogError, _missing)
    app.register_error_handler(HTTPException, _fail)
    app.add_url_rule("/", "index", lambda: app.send_static_file("index.html"))
    _add_graphs(app, View(store), hints)
    _add_assets(app, store)
    _add_changes(app, store)
    return app


def _add_graphs(app: Flask, view: View, hints: Sequence[str]) -> None:
    @app.get("/page/graph")
    def graph() -> Json:
        """Return the graph of what is `about`, with `retired` assets, and with cards `open`."""
        opened = _opened(request.args["open"]) if "open" in request.args else None
        return view.graph(request.args.get("about", ""), opened, retired=_retired()) | {"hints": list(hints)}

    @app.get("/page/processes")
    def processes() -> Json:
        """Return the processes of an `edge` of that graph."""
        about, edge = request.args.get("about", ""), request.args.get("edge", "")
        return view.processes(about, edge, _offset(), retired=_retired())


def _add_assets(app: Flask, store: Store) -> None:
    @app.get("/page/assets/<guid>")
    def one(guid: str) -> Json:
        with store.read() as connection:
            return asset.answer(connection, guid)

    @app.get("/page/assets/<guid>/<relationship>")
    def related(guid: str, relationship: str) -> Json:
        with store.read() as connection:
            return asset.related(connection, guid, relationship, _offset())

    @app.get("/page/search")
    def find() -> Json:
        with store.read() as connection:
            return search.answer(connection, request.args.get("text", ""), now_ms())


def _add_changes(app: Flask, store: Store) -> None:
    room = BoundedSemaphore(WAITING)

    @app.get("/page/changes")
    def changes() -> Json:
        """Answer when the catalog is not as it was at the version `since`, or after some seconds."""
        if not room.acquire(blocking=False):
            return {"version": store.version}
        try:
            return {"version": store.wait(_whole(request.args.get("since", "")), SECONDS)}
        finally:
            room.release()


def _check_host() -> tuple[Response, int] | None:
    """
    Refuse a request for another host than this machine or an IP address.

    A site on the internet can let its own name lead to 127.0.0.1, and would then be allowed to read the catalog.
    """
    name = request.host.rpartition(":")[0] if request.host.rpartition(":")[2].isdigit() else request.host
    if name.lower() == "localhost" or _is_address(name.strip("[]")):
        return None
    return _error(421, f"The lineage page is not served for the name {name}; open it by 127.0.0.1 or the IP address")


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _protect(response: Response) -> Response:
    response.headers.update(_HEADERS)
    response.headers["Cache-Control"] = "no-cache" if request.endpoint in ("static", "index") else "no-store"
    return response


def _missing(error: CatalogError) -> tuple[Response, int]:
    return _error(error.status, error.message)


def _fail(error: HTTPException) -> tuple[Response, int]:
    return _error(error.code or 500, error.description or "the page failed")


def _error(status: int, message: str) -> tuple[Response, int]:
    return jsonify({"error": message}), status


def _retired() -> bool:
    return request.args.get("retired") == "1"


def _opened(text: str) -> dict[str, int]:
    """Read `ID,ID:OFFSET`: the cards that are open, each with the first line to list."""
    parts = (one.partition(":") for one in text.split(",") if one)
    return {name: _whole(offset) for name, _, offset in parts}


def _offset() -> int:
    return _whole(request.args.get("offset", ""))


def _whole(text: str) -> int:
    """Read a whole number; anything else is 0, since links are typed and cut off."""
    return int(text) if text.isdecimal() and text.isascii() and len(text) <= _DIGITS else 0
