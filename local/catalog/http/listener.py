"""Accepts connections, which stay open as with Atlan's gateway, and serves a WSGI application. `server` uses it."""

import io
import socket
import struct
from typing import Any, Final

from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler
from werkzeug.wrappers import Response

# SO_LINGER on, for no time at all: closing then sends a reset.
_ABORT: Final = struct.pack("ii", 1, 0)


class _Handler(WSGIRequestHandler):
    """One connection. Unlike werkzeug's own handler it keeps the connection open, as Atlan's gateway does."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def run_wsgi(self) -> None:
        """Serve one request: read it completely, and send the whole response."""
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
        """Log nothing here: the request log is at /local/log."""


class Listener(ThreadedWSGIServer):
    """Accepts connections, and tracks open ones, so that `hang_up` can end them."""

    def __init__(self, host: str, port: int, app: Any) -> None:
        self.connections: set[socket.socket] = set()
        super().__init__(host, port, app, _Handler)

    def hang_up(self) -> None:
        """End all connections."""
        for connection in list(self.connections):
            _hang_up(connection)

    def get_request(self) -> tuple[Any, Any]:
        """Accept a connection."""
        connection, address = super().get_request()
        self.connections.add(connection)
        return connection, address

    def shutdown_request(self, request: Any) -> None:
        """Close a connection without a shutdown, so that one that is to be reset is reset."""
        self.connections.discard(request)
        self.close_request(request)


def _hang_up(connection: socket.socket) -> None:
    """End a connection that may have ended already."""
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return
