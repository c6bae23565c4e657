"""Translates the exceptions of pyatlan and httpx into ours."""

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Final

import httpx
from pyatlan.errors import AtlanError, NotFoundError

from connector.errors import (
    ConnectorError,
    ForbiddenError,
    MissingAssetError,
    RateLimitedError,
    RefusedError,
    UnauthorizedError,
    UnavailableError,
    unexpected,
)

UNSENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
"""Exceptions after which the request was certainly not sent."""

_UNREADABLE: Final = "ATLAN-PYTHON-400-019"
"""pyatlan's code for a response that is not JSON. pyatlan reports a 400, although the request is valid."""


@contextmanager
def answering(what: str, *, write: bool = False) -> Iterator[None]:
    """
    Turn pyatlan's exceptions into our errors.

    Args:
        what: names the request in the message.
        write: a write without a response may have been carried out, so its error is ambiguous.
    """
    try:
        yield
    except NotFoundError as error:
        raise MissingAssetError(f"{what}: Atlan rejects the request ({error!s:.500})") from error
    except AtlanError as error:
        raise _explained(what, error, write=write) from error
    except UNSENT as error:
        raise UnavailableError(f"{what}: no connection to Atlan ({error}); check ATLAN_BASE_URL") from error
    except httpx.HTTPError as error:
        raise UnavailableError(f"{what}: no response from Atlan ({error!r})", ambiguous=write) from error
    except UnavailableError as error:
        raise UnavailableError(f"{what}: {error}", ambiguous=write and error.ambiguous) from error
    except ConnectorError:
        raise
    except Exception as error:
        raise unexpected(error, what, ambiguous=write) from error


def _explained(what: str, error: AtlanError, *, write: bool) -> ConnectorError:
    """Translate an error response. Atlan's have an error code; for one without, pyatlan raises a bare `AtlanError`."""
    status = error.error_code.http_error_code
    if error.error_code.error_id == _UNREADABLE or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return UnavailableError(
            f"{what}: server error or invalid response from Atlan ({error!s:.500})", ambiguous=write
        )
    if status == HTTPStatus.NOT_FOUND:
        return UnavailableError(
            f"{what}: 404, but the response did not come from Atlan, which may be down; check ATLAN_BASE_URL and any "
            "proxy"
        )
    known: dict[int, ConnectorError] = {
        HTTPStatus.UNAUTHORIZED: UnauthorizedError(f"{what}: Atlan rejects the API key; replace ATLAN_API_KEY"),
        HTTPStatus.FORBIDDEN: ForbiddenError(
            f"{what}: Atlan denies access ({error!s:.500}); give the API key a persona or policy that may read and "
            "update the assets of the S3, the source and the target connection"
        ),
        HTTPStatus.TOO_MANY_REQUESTS: RateLimitedError(f"{what}: rate limit: the tenant's request limit is exceeded"),
    }
    if status in known:
        return known[status]
    if type(error) is AtlanError:
        what = f"{what}: the response did not come from Atlan; check ATLAN_BASE_URL and any proxy"
        return unexpected(error, what, ambiguous=write)
    return RefusedError(f"{what}: Atlan rejects the request ({error!s:.500})")
