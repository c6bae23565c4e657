"""Puts the page at the catalog's own address, beside its API: `/` and what is below `/page/`."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from local.catalog.server import Server
from local.page.app import create

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


def put(catalog: Server, hints: Sequence[str] = ()) -> str:
    """Serve the page with *catalog*, and return its address; *hints* are commands that bring the first lineage."""
    page = create(catalog.store, hints)
    catalog.wrap(lambda api: _Beside(api, page))
    return f"{catalog.url.replace('//0.0.0.0:', '//127.0.0.1:')}/"


class _Beside:
    """All other paths are the catalog's; for its faults, its rate limit and its log, there is no page."""

    def __init__(self, api: "WSGIApplication", page: "WSGIApplication") -> None:
        self._api, self._page = api, page

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        app = self._page if path == "/" or path.startswith("/page/") else self._api
        return app(environ, start_response)
