"""
The catalog as a process serves it: `with Server() as server: AtlanClient(base_url=server.url, api_key="local")`.

Tests and `python -m local serve` start it. Several clients may talk to it at once, over connections that stay open.
"""

import io
import socket
import struct
import threading
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler
from werkzeug.wrappers import Response

from local.catalog.faults.layer import Faults
from local.catalog.http.app import create
from local.catalog.http.control import control
from local.catalog.store import Store

# SO_LINGER on, for no time at all: closing then sends a reset.
_ABORT: Final = struct.pack("ii", 1, 0)


class _Handler(WSGIRequestHandler):
    """One connection. Unlike werkzeug's own handler it keeps the connection open, as Atlan's gateway does."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def run_wsgi(self) -> None:
        """Serve one request: read all of it, answer all of it."""
        if self.headers.get("Expect", "").strip().lower() == "100-continue":
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        environ = self.make_environ()
        source, length = environ["wsgi.input"], environ.get("CONTENT_LENGTH") or "0"
        body = source.read() if environ.get("wsgi.input_terminated") else source.read(int(length))
        environ["wsgi.input"], environ["CONTENT_LENGTH"] = io.BytesIO(body), str(len(body))
        try:
            self._send(Response.from_app(self.server.app, environ, buffered=True))
        except ConnectionResetError:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _ABORT)
            self.close_connection = True

    def _send(self, response: Response) -> None:
        body = response.get_data()
        self.send_response(response.status_code)
        for name, value in response.headers.items():
            if name.lower() != "content-length":
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(b"" if self.command == "HEAD" else body)

    def log_request(self, code: Any = "-", size: Any = "-") -> None:
        """Say nothing: the request log is at /local/log."""


class _Listener(ThreadedWSGIServer):
    """Accepts connections, and knows which are open, so that stopping ends them."""

    def __init__(self, host: str, port: int, app: Any) -> None:
        self.connections: set[socket.socket] = set()
        super().__init__(host, port, app, _Handler)

    def get_request(self) -> tuple[Any, Any]:
        """Accept a connection."""
        connection, address = super().get_request()
        self.connections.add(connection)
        return connection, address

    def shutdown_request(self, request: Any) -> None:
        """Close a connection without a farewell, so that one which is to be reset is."""
        self.connections.discard(request)
        self.close_request(request)


class Server:
    """
    A catalog on *host* and *port* (0: any that is free), in the file *db* (None: nowhere; it is gone when it stops).

    Only requests with the API key *key* are served. A search finds a write *lag* seconds after it; `lag` may be set
    while the server runs, for the writes that follow.
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
        self._listener = _Listener(host, port, self.faults)
        self.url: Final = f"http://{host}:{self._listener.port}"
        self._thread = threading.Thread(target=self._listener.serve_forever, args=(0.05,), daemon=True)

    @property
    def lag(self) -> float:
        """Seconds until a search finds what is written now."""
        return float(self._config["LAG_MS"] / 1000)

    @lag.setter
    def lag(self, seconds: float) -> None:
        self._config["LAG_MS"] = round(seconds * 1000)

    def start(self) -> Self:
        """Serve, in a thread of its own."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop serving, end all connections, and close the file."""
        self.faults.stop()
        self._listener.shutdown()
        self._thread.join()
        for connection in list(self._listener.connections):
            _hang_up(connection)
        self.store.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _hang_up(connection: socket.socket) -> None:
    """End a connection that may have ended already."""
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return
