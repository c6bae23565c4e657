"""A request id in every response, as AWS sends it: moto leaves it out of some of S3's errors."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from uuid import uuid4

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

HEADER = "x-amz-request-id"


class Identity:
    """
    Adds the header to the responses of a WSGI application that lack it.

    Source:
        S3 API reference, "Common response headers".
    """

    def __init__(self, app: "WSGIApplication") -> None:
        self._app = app

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Pass a request on."""

        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            known = {name.lower() for name, _ in headers}
            added = [] if known & {HEADER, "x-amzn-requestid"} else [(HEADER, uuid4().hex[:16].upper())]
            return start_response(status, headers + added, *rest)

        return self._app(environ, start)
