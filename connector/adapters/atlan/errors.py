"""What it means when a request to Atlan fails: the exceptions of pyatlan and httpx as ours."""

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
"""What is raised where the request was certainly not sent."""

_UNREADABLE: Final = "ATLAN-PYTHON-400-019"
"""pyatlan's code for an answer that is not JSON. It counts it a 400, though the answer is at fault, not the request."""


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
    """Tell what an answer means. Atlan's own have a code; where there is none, pyatlan raises its bare `AtlanError`."""
    status = error.error_code.http_error_code
    if error.error_code.error_id == _UNREADABLE or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return UnavailableError(f"{what}: Atlan fails ({error!s:.500})", ambiguous=write)
    if status == HTTPStatus.NOT_FOUND:
        return UnavailableError(
            f"{what}: 404, but the response did not come from Atlan, which may be down; check ATLAN_BASE_URL and any "
            "proxy"
        )
    known: dict[int, ConnectorError] = {
        HTTPStatus.UNAUTHORIZED: UnauthorizedError(f"{what}: Atlan does not accept the API key; replace ATLAN_API_KEY"),
        HTTPStatus.FORBIDDEN: ForbiddenError(
            f"{what}: Atlan denies access ({error!s:.500}); give the API key a persona or policy that may read and "
            "update the assets of the S3, the source and the target connection"
        ),
        HTTPStatus.TOO_MANY_REQUESTS: RateLimitedError(f"{what}: the tenant's request limit is used up"),
    }
    if status in known:
        return known[status]
    if type(error) is AtlanError:
        what = f"{what}: the response did not come from Atlan; check ATLAN_BASE_URL and any proxy"
        return unexpected(error, what, ambiguous=write)
    return RefusedError(f"{what}: Atlan rejects the request ({error!s:.500})")
