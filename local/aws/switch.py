"""
Whether EventBridge is on for a bucket: a WSGI middleware around moto's server, used by `server`.

moto stores it, but leaves it out when the notification configuration is read.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.s3.models import s3_backends
from werkzeug.wrappers import Response

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

END: Final = b"</NotificationConfiguration>"


class Switch:
    """
    Adds EventBridgeConfiguration to what a WSGI application says of a bucket's notifications.

    Source:
        S3 API reference, GetBucketNotificationConfiguration.
    """

    def __init__(self, app: "WSGIApplication") -> None:
        self._app = app

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Pass a request on."""
        if not _read(environ):
            return self._app(environ, start_response)
        response = Response.from_app(self._app, environ, buffered=True)
        opened = response.get_data().strip().removesuffix(END).removesuffix(b"/>")  # an empty element has no end
        opened += b"" if opened.endswith(b">") else b">"
        response.set_data(opened + b"<EventBridgeConfiguration/>" + END)
        return response(environ, start_response)


def _read(environ: "WSGIEnvironment") -> bool:
    """Tell whether a request reads the configuration of a bucket for which EventBridge is on."""
    query = parse_qs(environ["QUERY_STRING"], keep_blank_values=True)
    bucket = s3_backends[DEFAULT_ACCOUNT_ID]["aws"].buckets.get(environ["PATH_INFO"].strip("/"))
    configuration = bucket.notification_configuration if bucket else None
    return (
        environ["REQUEST_METHOD"] == "GET"
        and "notification" in query
        and configuration is not None
        and configuration.event_bridge is not None
    )
