"""How we talk to Atlan, and what it means: pyatlan's client with our timeouts and retries, its errors as ours."""

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx
from httpx_retries import Retry
from pyatlan.client.atlan import AtlanClient
from pyatlan.errors import AtlanError, NotFoundError

from connector.adapters.pace import PATIENCE, Pace, limited
from connector.errors import (
    ConnectorError,
    ForbiddenError,
    RateLimitedError,
    RefusedError,
    UnauthorizedError,
    UnavailableError,
    unexpected,
)

if TYPE_CHECKING:
    from pydantic.v1 import HttpUrl

CONNECT_SECONDS: Final = 3.0
READ_SECONDS: Final = 15.0

_UNSENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_RETRY: Final = Retry(
    total=3,
    backoff_factor=0.5,
    max_backoff_wait=PATIENCE,
    total_timeout=12,
    status_forcelist=[429, 503],
    allowed_methods=["GET", "POST", "PUT", "DELETE"],
    retry_on_exceptions=_UNSENT,
)
"""The transport sends again only what was certainly not carried out; the rest is for the notification's own retry."""

_BLOCK: Final = 60.0
"""
Seconds that a 429 holds for which does not say how long.

Source: Atlan's developer documentation: 400 requests a minute, and one that exceeds them is blocked for a minute.
"""

_UNREADABLE: Final = "ATLAN-PYTHON-400-019"
"""pyatlan's word for an answer that is no JSON. It counts it a 400, though it is the answer that is at fault."""


class Client(AtlanClient):
    """pyatlan's client, which says so where there was no answer: pyatlan returns None for an empty body."""

    def _call_api(self, *args: Any, **kwargs: Any) -> Any:
        answer = super()._call_api(*args, **kwargs)
        if answer is None:
            raise _NoAnswerError
        return answer


class _NoAnswerError(Exception):
    """An empty body."""


class _DownError(Exception):
    """A 503, still after all retries."""


def _down(response: httpx.Response) -> None:
    if response.status_code == HTTPStatus.SERVICE_UNAVAILABLE:
        raise _DownError


class Paced(httpx.BaseTransport):
    """Sends each request when its turn has come, and listens to an answer that says when the next one may."""

    def __init__(self, transport: httpx.BaseTransport, pace: Pace) -> None:
        self._transport, self._pace = transport, pace

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """
        Send a request.

        Raises:
            RateLimitedError: the tenant wants to be left alone for too long to wait.
            LateError: the invocation would end before the answer came.
        """
        self._pace.spend()
        response = self._transport.handle_request(request)
        if response.status_code in _RETRY.status_forcelist and (seconds := _asked(response)):
            self._pace.hold(seconds)
            if seconds > PATIENCE:
                response.close()
                raise limited(seconds)
        return response


def _asked(response: httpx.Response) -> float:
    """Return the seconds that an answer asks to be left alone for."""
    try:
        return _RETRY.parse_retry_after(response.headers["Retry-After"])
    except (KeyError, ValueError):
        return _BLOCK if response.status_code == HTTPStatus.TOO_MANY_REQUESTS else 0.0


def connect(base_url: str, api_key: str, pace: Pace) -> AtlanClient:
    """Build a client; sends nothing. A proxy is used as the environment says, with NO_PROXY, which pyatlan ignores."""
    url = urlsplit(base_url)
    proxy = None if proxy_bypass(url.hostname or "") else getproxies().get(url.scheme)
    client = Client(
        base_url=cast("HttpUrl", base_url),  # pydantic makes one of it
        api_key=api_key,
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        retry=_RETRY,
        proxy=proxy,
    )
    retrying: Any = client._session._transport  # noqa: SLF001 - below pyatlan's retries, so that these wait as well
    retrying._transport = Paced(retrying._transport, pace)  # noqa: SLF001
    client._session.event_hooks["response"].append(_down)  # noqa: SLF001 - pyatlan returns None after a 503
    return client


class MissingError(RefusedError):
    """Atlan has no such asset."""


@contextmanager
def answering(what: str, *, write: bool = False) -> Iterator[None]:
    """
    Turn what pyatlan raises into our errors.

    Args:
        what: names the request in the message.
        write: a request without an answer may have been carried out, so its error is ambiguous.
    """
    try:
        yield
    except NotFoundError as error:
        raise MissingError(f"{what}: Atlan refuses ({error!s:.500})") from error
    except AtlanError as error:
        raise _explained(what, error, write=write) from error
    except _UNSENT as error:
        raise UnavailableError(f"{what}: no connection to Atlan ({error}); check ATLAN_BASE_URL") from error
    except httpx.HTTPError as error:
        raise UnavailableError(f"{what}: no answer from Atlan ({error!r})", ambiguous=write) from error
    except _DownError as error:
        raise UnavailableError(f"{what}: Atlan is unavailable (503)") from error
    except _NoAnswerError as error:
        raise UnavailableError(f"{what}: Atlan answers nothing", ambiguous=write) from error
    except ConnectorError:
        raise
    except Exception as error:
        raise unexpected(error, what, ambiguous=write) from error


def _explained(what: str, error: AtlanError, *, write: bool) -> ConnectorError:
    """Tell what an answer means. Atlan's own have a code; those without, a proxy's, pyatlan makes its bare error of."""
    status = error.error_code.http_error_code
    if error.error_code.error_id == _UNREADABLE or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return UnavailableError(f"{what}: Atlan fails ({error!s:.500})", ambiguous=write)
    if status == HTTPStatus.NOT_FOUND:
        return UnavailableError(f"{what}: 404, and not Atlan's, which may be down; if not, check ATLAN_BASE_URL")
    known: dict[int, ConnectorError] = {
        HTTPStatus.UNAUTHORIZED: UnauthorizedError(f"{what}: Atlan does not accept the API key; replace ATLAN_API_KEY"),
        HTTPStatus.FORBIDDEN: ForbiddenError(
            f"{what}: Atlan denies it ({error!s:.500}); give the API key a persona or policy that may read and update "
            "the assets of the S3, the source and the target connection"
        ),
        HTTPStatus.TOO_MANY_REQUESTS: RateLimitedError(f"{what}: the tenant's request limit is used up"),
    }
    if status in known:
        return known[status]
    if type(error) is AtlanError:
        what = f"{what}: not Atlan's own answer; check ATLAN_BASE_URL, and what is between"
        return unexpected(error, what, ambiguous=write)
    return RefusedError(f"{what}: Atlan refuses ({error!s:.500})")
