"""A server with scripted responses, for those that neither moto nor the local catalog can give."""

from collections.abc import Callable
from threading import Thread
from types import TracebackType
from typing import Self

from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response


class Scripted:
    """
    `answers` has a status and a body for each method, `headers` those of all; `asked` counts requests.

    With *answered*, that function answers instead.
    """

    def __init__(self, answered: Callable[[Request], Response] | None = None) -> None:
        self.answers: dict[str, tuple[int, str]] = {}
        self.headers: dict[str, str] = {}
        self.asked = 0
        self._answered = answered or self._told
        self._server = make_server("127.0.0.1", 0, self._application, threaded=True)
        self._thread = Thread(target=self._server.serve_forever, daemon=True)
        self.url = f"http://127.0.0.1:{self._server.port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()

    @Request.application
    def _application(self, request: Request) -> Response:
        self.asked += 1
        return self._answered(request)

    def _told(self, request: Request) -> Response:
        status, body = self.answers[request.method]
        return Response("" if request.method == "HEAD" else body, status, self.headers)
