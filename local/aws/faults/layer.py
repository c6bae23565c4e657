"""A layer around moto's server that fails requests as it is told. `server` puts it there; tests add the faults."""

import io
import re
import socket
import struct
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs, unquote

from werkzeug.wrappers import Response

from local.aws.faults.answers import Answer
from local.aws.faults.fault import Fault, Kind, Request

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

# SO_LINGER on, for no time at all: closing then sends a reset.
_ABORT: Final = struct.pack("ii", 1, 0)
_SERVICE: Final = re.compile(r"Credential=[^/]*/[0-9]*/[^/]*/([a-z0-9]*)/")
"""Source: Signature Version 4: the scope of the credential names the service."""


@dataclass(slots=True, eq=False)
class Armed:
    """A fault that was added, and how many requests `met` it."""

    fault: Fault
    met: int = 0


@dataclass(slots=True)
class Faults:
    """A WSGI application around *app*."""

    app: "WSGIApplication"
    _armed: list[Armed] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _stopped: threading.Event = field(default_factory=threading.Event)

    def add(self, fault: Fault) -> Armed:
        """Arm a fault, after those that are armed already: the first that matches a request is applied."""
        armed = Armed(fault)
        with self._lock:
            self._armed.append(armed)
        return armed

    def remove(self, armed: Armed) -> None:
        """Disarm one fault."""
        with self._lock:
            self._armed = [one for one in self._armed if one is not armed]

    def clear(self) -> None:
        """Disarm all faults. Requests that are held stay so."""
        with self._lock:
            self._armed.clear()

    def stop(self) -> None:
        """Answer the requests that are held."""
        self._stopped.set()

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """
        Serve one request, or fail it.

        Raises:
            ConnectionResetError: the connection is reset.
        """
        fault = self._take(environ)
        if fault is None:
            return self.app(environ, start_response)
        if fault.kind is Kind.ANSWER:
            return _response(fault.answer)(environ, start_response)
        if fault.kind is Kind.RESET:
            raise _reset(environ)
        response = Response.from_app(self.app, environ, buffered=True)
        match fault.kind:
            case Kind.LOST:
                raise _reset(environ)
            case Kind.LATE:
                self._stopped.wait(fault.delay)
            case Kind.ALTERED:
                _alter(response, fault)
            case Kind.TRUNCATED:
                body = response.get_data()
                response.response = [body[: len(body) // 2]]  # Content-Length still promises all of it
        return response(environ, start_response)

    def _take(self, environ: "WSGIEnvironment") -> Fault | None:
        """Find the fault for a request, if any."""
        if not self._armed:
            return None
        request = _request(environ)
        with self._lock:
            for one in self._armed:
                if (one.fault.count is None or one.met < one.fault.count) and one.fault.matches(request):
                    one.met += 1
                    return one.fault
        return None


def _request(environ: "WSGIEnvironment") -> Request:
    """Read a request, and put its body back for moto."""
    body = b""
    if length := environ.get("CONTENT_LENGTH"):
        body = environ["wsgi.input"].read(int(length))
        environ["wsgi.input"] = io.BytesIO(body)
    path = environ["PATH_INFO"].encode("latin-1").decode(errors="replace")
    found = _SERVICE.search(environ.get("HTTP_AUTHORIZATION", ""))
    return Request(
        found[1] if found else "",
        environ.get("HTTP_X_AMZ_TARGET", "").rpartition(".")[2] or _read(environ, path),
        f"{path}?{unquote(environ['QUERY_STRING'])}\n{body.decode(errors='replace')}",
        environ.get("HTTP_USER_AGENT", ""),
    )


def _read(environ: "WSGIEnvironment", path: str) -> str:
    """Name the operation of S3 if it is a read of ours; its requests, unlike the others', do not name it."""
    method, key = environ["REQUEST_METHOD"], path.removeprefix("/").partition("/")[2]
    if not key:
        return "ListObjectsV2" if "list-type" in parse_qs(environ["QUERY_STRING"]) else ""
    return {"GET": "GetObject", "HEAD": "HeadObject"}.get(method, "")


def _response(answer: Answer) -> Response:
    response = Response(answer.body, answer.status)
    del response.headers["Content-Type"]
    response.headers.update(answer.headers)
    return response


def _alter(response: Response, fault: Fault) -> None:
    for name, value in fault.headers.items():
        if value is None:
            response.headers.remove(name)
        else:
            response.headers[name] = value


def _reset(environ: "WSGIEnvironment") -> ConnectionResetError:
    """Let the connection end in a reset; werkzeug then closes it."""
    environ["werkzeug.socket"].setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _ABORT)
    return ConnectionResetError("fault")
