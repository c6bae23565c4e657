"""
pyatlan's client, with our timeouts and retries, below which every request passes the rate limiter.

pyatlan has no public way to its transport, so this module reaches into its private parts, and no other does.
"""

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx
from httpx_retries import Retry
from pyatlan.client.atlan import AtlanClient

from connector.adapters.atlan.errors import UNSENT
from connector.core.budget import ATLAN_CONNECT, ATLAN_READ, ATLAN_RETRIES, BLOCK, PATIENCE
from connector.errors import UnavailableError
from connector.limiter import Limiter, limited

if TYPE_CHECKING:
    from pydantic.v1 import HttpUrl

_RETRY: Final = Retry(
    total=3,
    backoff_factor=0.5,
    max_backoff_wait=PATIENCE,
    total_timeout=ATLAN_RETRIES,
    status_forcelist=[429, 503],
    allowed_methods=["GET", "POST", "PUT", "DELETE"],
    retry_on_exceptions=UNSENT,
)
"""The transport sends again only what was certainly not carried out; the rest is for the notification's own retry."""


class Client(AtlanClient):
    """pyatlan's client, which raises where there is no answer: pyatlan returns None for an empty body."""

    def _call_api(self, *args: Any, **kwargs: Any) -> Any:
        answer = super()._call_api(*args, **kwargs)
        if answer is None:
            raise UnavailableError("empty response from Atlan", ambiguous=True)
        return answer


class Limited(httpx.BaseTransport):
    """Sends each request when the rate limiter lets it, and tells the limiter what an answer says of the next one."""

    def __init__(self, transport: httpx.BaseTransport, limiter: Limiter) -> None:
        self._transport, self._limiter = transport, limiter

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """
        Send a request.

        Raises:
            RateLimitedError: the tenant asks for a pause that is too long to wait.
            LateError: the invocation would end before the answer came.
        """
        self._limiter.spend()
        response = self._transport.handle_request(request)
        if response.status_code in _RETRY.status_forcelist and (seconds := _asked(response)):
            self._limiter.hold(seconds)
            if seconds > PATIENCE:
                response.close()
                raise limited(seconds)
        return response


def connect(base_url: str, api_key: str, limiter: Limiter) -> AtlanClient:
    """Build a client; sends nothing. A proxy is used as the environment says, with NO_PROXY, which pyatlan ignores."""
    url = urlsplit(base_url)
    proxy = None if proxy_bypass(url.hostname or "") else getproxies().get(url.scheme)
    client = Client(
        base_url=cast("HttpUrl", base_url),  # pydantic makes one of it
        api_key=api_key,
        connect_timeout=ATLAN_CONNECT,
        read_timeout=ATLAN_READ,
        retry=_RETRY,
        proxy=proxy,
    )
    retrying: Any = client._session._transport  # noqa: SLF001 - below pyatlan's retries, so that these wait as well
    retrying._transport = Limited(retrying._transport, limiter)  # noqa: SLF001
    client._session.event_hooks["response"].append(_unavailable)  # noqa: SLF001 - pyatlan returns None after a 503
    return client


def _asked(response: httpx.Response) -> float:
    """Return the seconds for which an answer asks for no request."""
    try:
        return _RETRY.parse_retry_after(response.headers["Retry-After"])
    except (KeyError, ValueError):
        return BLOCK if response.status_code == HTTPStatus.TOO_MANY_REQUESTS else 0.0


def _unavailable(response: httpx.Response) -> None:
    """Raise for a 503 that is left after all retries."""
    if response.status_code == HTTPStatus.SERVICE_UNAVAILABLE:
        raise UnavailableError("Atlan is unavailable (503)")
