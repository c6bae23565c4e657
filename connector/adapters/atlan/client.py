"""
pyatlan's client with our timeouts and retries; every request, retries included, passes the rate limiter.

pyatlan has no public access to its transport, so this module, and no other, uses its private attributes.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx
from httpx_retries import Retry
from pyatlan.client.atlan import AtlanClient
from pyatlan.client.constants import BULK_UPDATE
from pyatlan.model.assets import Asset as Model
from pyatlan.model.core import BulkRequest

from connector.adapters.atlan.errors import UNSENT
from connector.adapters.atlan.speaker import SYNC, Speaker, Use
from connector.core.budget import (
    ATLAN_CONNECT,
    ATLAN_READ,
    ATLAN_RETRIES,
    BLOCK,
    LONGEST_HOLD,
    LONGEST_INVOCATION,
    PATIENCE,
)
from connector.errors import ConfigurationError
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


_SAVING: Final = dict.fromkeys(
    ("replaceTags", "appendTags", "replaceBusinessAttributes", "overwriteBusinessAttributes"), False
)
"""What a save leaves alone."""


class Limited(httpx.BaseTransport):
    """Sends each request when the rate limiter allows it, and passes a Retry-After on to the limiter."""

    def __init__(self, transport: httpx.BaseTransport, limiter: Limiter) -> None:
        self._transport, self._limiter = transport, limiter

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """
        Send a request, and wait for no longer than the invocation lasts.

        Raises:
            RateLimitedError: the tenant's rate limit lasts too long to wait for.
            LateError: the invocation would end before the response.
        """
        self._limiter.spend()
        left = min(self._limiter.left(), LONGEST_INVOCATION)
        timeouts = request.extensions.get("timeout", {})
        request.extensions["timeout"] = {name: min(left, usual or left) for name, usual in timeouts.items()}
        began = self._limiter.clock()
        response = self._transport.handle_request(request)
        self._limiter.answered(self._limiter.clock() - began)
        if response.status_code in _RETRY.status_forcelist and (wait := self._asked(response)):
            self._limiter.hold(wait)
            if wait > PATIENCE:
                response.close()
                raise limited(wait)
        return response

    def _asked(self, response: httpx.Response) -> float:
        """Return the seconds that a response asks to wait, and remove the header, which the retries must not read."""
        usual = BLOCK if response.status_code == HTTPStatus.TOO_MANY_REQUESTS else 0.0
        asked = seconds(response.headers.pop("Retry-After", "").strip(), self._limiter.clock())
        return usual if asked is None else asked


def connect(base_url: str, api_key: str, limiter: Limiter, use: Use = SYNC) -> AtlanClient:
    """
    Build a client, without a request. It respects the proxy variables and NO_PROXY, which pyatlan ignores.

    Raises:
        ConfigurationError: pyatlan does not accept the address; `connector.config` checks it before.
    """
    url = urlsplit(base_url)
    proxy = None if proxy_bypass(url.hostname or "") else getproxies().get(url.scheme)
    try:
        client = AtlanClient(  # type: ignore[no-untyped-call]
            base_url=cast("HttpUrl", base_url),  # pydantic converts it
            api_key=api_key,
            connect_timeout=ATLAN_CONNECT,
            read_timeout=ATLAN_READ,
            retry=_RETRY,
            proxy=proxy,
        )
    except ValueError:  # which may repeat the address
        raise ConfigurationError(
            "the environment",
            ["pyatlan does not accept ATLAN_BASE_URL or a proxy; correct it, HTTPS_PROXY or HTTP_PROXY"],
        ) from None
    session: Any = client._session  # noqa: SLF001 - there is no public access to it
    retrying = session._transport  # noqa: SLF001
    retrying._transport = Limited(retrying._transport, limiter)  # noqa: SLF001 - below the retries, to limit them, too
    session._transport = Speaker(retrying, api_key, limiter.clock, use)  # noqa: SLF001
    return client


def save(client: AtlanClient, models: Sequence[Model]) -> Mapping[str, str]:
    """
    Send models in one request, and return what Atlan says that it assigned; see `answers`.

    pyatlan's own `asset.save` validates each model once more, makes a dictionary of it and a new model of that, which
    takes as much CPU as making it. What it sends is the same, but for what is empty: a test compares.
    """
    request: Any = BulkRequest.construct(entities=models)
    answer = client._call_api(BULK_UPDATE, _SAVING, request)  # noqa: SLF001
    assigned: Mapping[str, str] = answer["guidAssignments"]
    return assigned


def seconds(retry_after: str, now: float) -> float | None:
    """
    Return the seconds that a Retry-After asks to wait, `LONGEST_HOLD` at most, or None if it says nothing of sense.

    Source:
        RFC 9110, 10.2.3: a number of seconds, or a date.
    """
    if re.fullmatch(r"[0-9]+(\.[0-9]+)?", retry_after):
        return min(float(retry_after), LONGEST_HOLD)
    try:
        date = parsedate_to_datetime(retry_after)
        at = date.replace(tzinfo=date.tzinfo or UTC).timestamp()
    except (IndexError, OverflowError, TypeError, ValueError):
        return None
    return min(max(0.0, at - now), LONGEST_HOLD)
