"""
The answers of a tenant that does not serve: JSON from the catalog, HTML from the gateway before it. `layer` sends them.

Source: the public metastore's AtlasBaseExceptionMapper and AllExceptionMapper; nginx's pages for the rest.
"""

import json
from typing import Any, Final

from werkzeug.wrappers import Response

from local.catalog.people import records

Json = dict[str, Any]

_MESSAGES: Final = {
    400: "Invalid parameters: injected",
    401: "Unauthorized",
    403: f"{records.ACTOR} is not authorized to perform create entity",
}


def answer(status: int, retry_after: int = 1) -> Response:
    """Return a response with this *status*; a 429 asks the client to wait *retry_after* seconds."""
    message = _MESSAGES.get(status)
    if message:
        return _json(status, {"errorCode": f"ATLAS-{status}-00-001", "errorMessage": message})
    if status == 500:  # noqa: PLR2004 (HTTP's own number)
        causes = [{"errorType": "Fault", "errorMessage": "injected", "location": "local catalog"}]
        message = "There was an error processing your request."
        return _json(status, {"errorId": "0" * 16, "message": message, "causes": causes})
    response = Response(status=status, mimetype="text/html")
    response.set_data(f"<html><head><title>{response.status}</title></head><body>{response.status}</body></html>")
    if status == 429:  # noqa: PLR2004
        response.headers["Retry-After"] = str(retry_after)
    return response


def _json(status: int, body: Json) -> Response:
    return Response(json.dumps(body), status=status, mimetype="application/json")
