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

from connector.errors import (
    ConnectorError,
    ForbiddenError,
    RateLimitedError,
    RefusedError,
    UnauthorizedError,
    UnavailableError,
)

if TYPE_CHECKING:
    from pydantic.v1 import HttpUrl

CONNECT_SECONDS: Final = 3.0
READ_SECONDS: Final = 15.0

_UNSENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_RETRY: Final = Retry(
    total=3,
    backoff_factor=0.5,
    max_backoff_wait=5,
    total_timeout=12,
    status_forcelist=[429, 503],
    allowed_methods=["GET", "POST", "PUT", "DELETE"],
    retry_on_exceptions=_UNSENT,
)
"""The transport sends again only what was certainly not carried out; the rest is for the notification's own retry."""

_UNREADABLE: Final = "ATLAN-PYTHON-400-019"
"""pyatlan's word for an answer that is no JSON. It counts it a 400, though it is the answer that is at fault."""


class Client(AtlanClient):
    """pyatlan's client, which says so where there was no answer: pyatlan returns None after a 503, and for no body."""

    def _call_api(self, *args: Any, **kwargs: Any) -> Any:
        answer = super()._call_api(*args, **kwargs)
        if answer is None:
            raise _NoAnswerError
        return answer


class _NoAnswerError(Exception):
    """A 503, or an empty body."""


def connect(base_url: str, api_key: str) -> AtlanClient:
    """Build a client; sends nothing. A proxy is used as the environment says, with NO_PROXY, which pyatlan ignores."""
    url = urlsplit(base_url)
    proxy = None if proxy_bypass(url.hostname or "") else getproxies().get(url.scheme)
    return Client(
        base_url=cast("HttpUrl", base_url),  # pydantic makes one of it
        api_key=api_key,
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        retry=_RETRY,
        proxy=proxy,
    )


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
        raise MissingError(f"{what}: Atlan refuses ({error})") from error
    except AtlanError as error:
        raise _explained(what, error, write=write) from error
    except _UNSENT as error:
        raise UnavailableError(f"{what}: no connection to Atlan ({error}); check ATLAN_BASE_URL") from error
    except httpx.HTTPError as error:
        raise UnavailableError(f"{what}: no answer from Atlan ({error!r})", ambiguous=write) from error
    except _NoAnswerError as error:
        raise UnavailableError(f"{what}: Atlan is unavailable (503)", ambiguous=write) from error


def _explained(what: str, error: AtlanError, *, write: bool) -> ConnectorError:
    status = error.error_code.http_error_code
    if error.error_code.error_id == _UNREADABLE or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return UnavailableError(f"{what}: Atlan fails ({error})", ambiguous=write)
    match status:
        case HTTPStatus.UNAUTHORIZED:
            return UnauthorizedError(f"{what}: Atlan does not accept the API key; replace ATLAN_API_KEY")
        case HTTPStatus.FORBIDDEN:
            return ForbiddenError(
                f"{what}: Atlan denies it ({error}); give the API key a persona or policy that may read and update the "
                "assets of the S3, the source and the target connection"
            )
        case HTTPStatus.TOO_MANY_REQUESTS:
            return RateLimitedError(f"{what}: the tenant's request limit is used up")
    return RefusedError(f"{what}: Atlan refuses ({error})")
