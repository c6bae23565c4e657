"""
Faults on demand: a layer around the application that fails requests, and logs all of them.

Tests add faults in Python (`server.faults.add`) or over HTTP (`POST /local/faults`, see `http.control`).
"""

import io
import random
import threading
import time
from collections import deque
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Final

from werkzeug.wrappers import Response

from local.catalog.faults.answers import answer
from local.catalog.faults.fault import Fault, Kind
from local.catalog.faults.limit import Limit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

Json = dict[str, Any]

LOG_LENGTH: Final = 10_000
RACE: Final = "local.race"
"""Key of the WSGI environment: pattern of names, and seconds between looking them up and writing."""


@dataclass(slots=True)
class Armed:
    """A fault, and how many more requests it applies to (None: no limit)."""

    fault: Fault
    left: int | None


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the request log; `status` is 0 if no response was sent."""

    method: str
    path: str
    query: str
    status: int
    milliseconds: float
    fault: str


@dataclass(slots=True)
class Faults:
    """A WSGI application around *app*. *seed* makes probabilities repeatable; `limit` is the rate limit, if any."""

    app: "WSGIApplication"
    seed: int = 0
    limit: Limit | None = None
    log: deque[Entry] = field(default_factory=lambda: deque(maxlen=LOG_LENGTH))
    _armed: list[Armed] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _stopped: threading.Event = field(default_factory=threading.Event)
    _random: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)

    def add(self, fault: Fault) -> None:
        """Arm a fault, after those that are armed already: the first that matches a request is applied."""
        with self._lock:
            self._armed.append(Armed(fault, fault.count))

    def clear(self) -> None:
        """Disarm all faults, lift the limit, and reset the random numbers. Delayed requests stay delayed."""
        with self._lock:
            self._armed.clear()
            self._random = random.Random(self.seed)
            self.limit = None

    def armed(self) -> list[Json]:
        """List the armed faults, each with the number of requests that it still applies to (`left`)."""
        with self._lock:
            return [asdict(one.fault) | {"left": one.left} for one in self._armed]

    def stop(self) -> None:
        """End the delayed requests, without their responses and writes."""
        self._stopped.set()

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> "Iterable[bytes]":
        """
        Serve one request, or fail it.

        Raises:
            ConnectionResetError: the connection must be reset.
        """
        if environ["PATH_INFO"].startswith("/local/"):
            return self.app(environ, start_response)
        started, status, kind = time.perf_counter(), 0, ""
        try:
            fault = self._take(environ)
            kind = fault.kind if fault else ""
            response = self._serve(environ) if fault is None else self._apply(fault, environ)
            status = response.status_code
            return response(environ, start_response)
        finally:
            milliseconds = round((time.perf_counter() - started) * 1000, 3)
            where = environ["REQUEST_METHOD"], environ["PATH_INFO"], environ["QUERY_STRING"]
            self.log.append(Entry(*where, status, milliseconds, kind))

    def _take(self, environ: "WSGIEnvironment") -> Fault | None:
        """Find the fault for a request, if any; the rate limit comes first."""
        if self.limit and (wait := self.limit.refuse()):
            return Fault(Kind.STATUS, status=429, retry_after=wait)
        body = environ["wsgi.input"].read()
        environ["wsgi.input"] = io.BytesIO(body)
        request = environ["REQUEST_METHOD"], environ["PATH_INFO"], body.decode(errors="replace")
        with self._lock:
            for one in self._armed:
                if one.left != 0 and one.fault.matches(*request) and self._random.random() < one.fault.probability:
                    one.left = None if one.left is None else one.left - 1
                    self._armed = [other for other in self._armed if other.left != 0]
                    return one.fault
        return None

    def _serve(self, environ: "WSGIEnvironment") -> Response:
        return Response.from_app(self.app, environ, buffered=True)

    def _apply(self, fault: Fault, environ: "WSGIEnvironment") -> Response:
        match fault.kind:
            case Kind.STATUS:
                return answer(fault.status, fault.retry_after)
            case Kind.RESET:
                raise ConnectionResetError("fault: before the write")
            case Kind.ORPHAN:
                threading.Thread(target=self._serve_later, args=(fault.delay, dict(environ)), daemon=True).start()
                self._stopped.wait(fault.hold)
                raise ConnectionResetError("fault: before the write, which comes later")
            case Kind.RACE:
                environ[RACE] = (fault.names, fault.delay)
        response = self._serve(environ)
        match fault.kind:
            case Kind.LOST:
                raise ConnectionResetError("fault: after the write")
            case Kind.LATE:
                self._stopped.wait(fault.delay)
            case Kind.TRUNCATED:
                body = response.get_data()
                response.set_data(body[: len(body) // 2])
        return response

    def _serve_later(self, delay: float, environ: "WSGIEnvironment") -> None:
        if not self._stopped.wait(delay):
            self._serve(environ)
