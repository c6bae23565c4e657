"""
Serves the catalog: `with Server() as server: AtlanClient(base_url=server.url, api_key="local")`.

Tests and `python -m local serve` start it. Several clients may talk to it at once, over connections that stay open.
"""

import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from local.catalog.faults import Faults
from local.catalog.http.app import create
from local.catalog.http.control import control
from local.catalog.http.listener import Listener
from local.catalog.store import Store

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


class Server:
    """
    A catalog on *host* and *port* (0: any free port), in the file *db* (None: a temporary file, removed by `stop`).

    Only requests with the API key *key* are served. A search finds a write *lag* seconds after it; `lag` may be set
    while the server runs, for the writes that follow. A search by offset reaches as far as `window` hits, which may be
    set as well; None, as it is at first, is without an end.
    """

    def __init__(
        self, db: Path | None = None, host: str = "127.0.0.1", port: int = 0, key: str = "local", lag: float = 0.0
    ) -> None:
        self.store: Final = Store(db)
        self.key: Final = key
        app = create(self.store, key, round(lag * 1000))
        app.register_blueprint(control)
        self.faults: Final = Faults(app)
        app.config["FAULTS"] = self.faults
        self._config: Final = app.config
        self._listener = Listener(host, port, self.faults)
        self.url: Final = f"http://{host}:{self._listener.port}"
        self._thread = threading.Thread(target=self._listener.serve_forever, args=(0.05,), daemon=True)

    @property
    def lag(self) -> float:
        """Seconds until a search finds a write."""
        return float(self._config["LAG_MS"] / 1000)

    @lag.setter
    def lag(self, seconds: float) -> None:
        self._config["LAG_MS"] = round(seconds * 1000)

    @property
    def window(self) -> int | None:
        """Hits that a search can page to by offset, from + size; None is any number."""
        window: int | None = self._config["WINDOW"]
        return window

    @window.setter
    def window(self, hits: int | None) -> None:
        self._config["WINDOW"] = hits

    def wrap(self, around: "Callable[[WSGIApplication], WSGIApplication]") -> None:
        """Serve what *around* makes of the catalog's application, so that other paths than Atlan's can be beside it."""
        self._listener.app = around(self._listener.app)

    def start(self) -> Self:
        """Serve, in its own thread."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop serving, end all connections, and close the file."""
        self.faults.stop()
        self._listener.shutdown()
        self._thread.join()
        self._listener.hang_up()
        self.store.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
