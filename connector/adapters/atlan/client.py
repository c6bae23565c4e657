"""
pyatlan's client with our timeouts and retries; every request, retries included, passes the rate limiter.

pyatlan has no public access to its transport, so this module, and no other, uses its private attributes.
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
"""The transport retries only requests that were certainly not carried out; otherwise the notification is retried."""


class Client(AtlanClient):
    """pyatlan's client, but it raises for an empty response, where pyatlan returns None."""

    def _call_api(self, *args: Any, **kwargs: Any) -> Any:
        answer = super()._call_api(*args, **kwargs)
        if answer is None:
            raise UnavailableError("empty response from Atlan", ambiguous=True)
        return answer


class Limited(httpx.BaseTransport):
    """Sends each request when the rate limiter allows it, and passes a Retry-After on to the limiter."""

    def __init__(self, transport: httpx.BaseTransport, limiter: Limiter) -> None:
        self._transport, self._limiter = transport, limiter

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """
        Send a request.

        Raises:
            RateLimitedError: the tenant's rate limit lasts too long to wait for.
            LateError: the invocation would end before the response.
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
    """Build a client, without a request. It respects the proxy variables and NO_PROXY, which pyatlan ignores."""
    url = urlsplit(base_url)
    proxy = None if proxy_bypass(url.hostname or "") else getproxies().get(url.scheme)
    client = Client(
        base_url=cast("HttpUrl", base_url),  # pydantic converts it
        api_key=api_key,
        connect_timeout=ATLAN_CONNECT,
        read_timeout=ATLAN_READ,
        retry=_RETRY,
        proxy=proxy,
    )
    retrying: Any = client._session._transport  # noqa: SLF001 - below pyatlan's retries, so that they are limited, too
    retrying._transport = Limited(retrying._transport, limiter)  # noqa: SLF001
    client._session.event_hooks["response"].append(_unavailable)  # noqa: SLF001 - pyatlan returns None after a 503
    return client


def _asked(response: httpx.Response) -> float:
    """Return the seconds that a response asks to wait."""
    try:
        return _RETRY.parse_retry_after(response.headers["Retry-After"])
    except (KeyError, ValueError):
        return BLOCK if response.status_code == HTTPStatus.TOO_MANY_REQUESTS else 0.0


def _unavailable(response: httpx.Response) -> None:
    """Raise for a 503 that remains after all retries."""
    if response.status_code == HTTPStatus.SERVICE_UNAVAILABLE:
        raise UnavailableError("Atlan is unavailable (503)")
