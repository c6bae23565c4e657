"""
Establishes who speaks before what an answer means: only what Atlan itself says is Atlan's word.

`connector.adapters.atlan.client` puts it above the retries and below pyatlan. A proxy, a login page or a load balancer
may answer in Atlan's place, with any status; nothing is decided by that but to try again.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final, cast

import httpx

from connector.adapters.atlan import answers
from connector.adapters.atlan.errors import AnswerError
from connector.core.budget import ATLAN_ANSWER
from connector.core.key import shown
from connector.errors import (
    ConnectorError,
    ForbiddenError,
    MissingAssetError,
    RateLimitedError,
    RefusedError,
    UnauthorizedError,
    UnavailableError,
)
from connector.ports import Clock

LONGEST: Final = 64 << 20
"""Bytes of an answer, decompressed. Those that the connector asks for have some kilobytes."""

_CHECK: Final = "check ATLAN_BASE_URL and any proxy"
_REFUSED: Final = "correct what the message names"
_KINDS: Final[dict[int, tuple[type[ConnectorError], str]]] = {
    HTTPStatus.UNAUTHORIZED: (UnauthorizedError, "Atlan rejects the API key"),
    HTTPStatus.FORBIDDEN: (ForbiddenError, "Atlan denies access"),
    HTTPStatus.NOT_FOUND: (MissingAssetError, "Atlan rejects the request"),
}


@dataclass(frozen=True, slots=True)
class Use:
    """What a client is used for: *clean* is what it reads of an answer, *denied* what helps if it has no access."""

    clean: Callable[[httpx.Request, bytes], bytes]
    denied: str


SYNC: Final = Use(
    answers.clean,
    "give the API key a persona or policy that may read and update the assets of the S3, the source and the target "
    "connection",
)


class Speaker(httpx.BaseTransport):
    """Passes on what the connector reads of Atlan's answers, and raises an `AnswerError` for all others."""

    def __init__(self, transport: httpx.BaseTransport, key: str, clock: Clock, use: Use = SYNC) -> None:
        self._transport, self._keys, self._clock, self._use = transport, (key,), clock, use

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """
        Send a request.

        Raises:
            AnswerError: Atlan refuses the request, or the answer is not Atlan's.
        """
        response = self._transport.handle_request(request)
        try:
            if response.status_code == HTTPStatus.OK:
                return self._accepted(request, self._read(response))
            raise self._refused(response)
        finally:
            response.close()

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    def _accepted(self, request: httpx.Request, body: bytes) -> httpx.Response:
        try:
            content = self._use.clean(request, body)
        except ValueError as error:
            raise AnswerError(
                UnavailableError, f"200, but not the response of Atlan to this request ({self._said(error)}); {_CHECK}"
            ) from None
        return httpx.Response(HTTPStatus.OK, headers={"Content-Type": "application/json"}, content=content)

    def _refused(self, response: httpx.Response) -> AnswerError:
        """
        Tell what an answer means that is no success.

        Only a 429 needs no code: Atlan's own nginx answers it in HTML, and what limits us is respected, whoever it is.
        So does its gateway a 503, and maybe a 401. A write is certainly not carried out after these, as they are given
        before a request is looked at; any other may be said of a request that Atlan got, as by a filter of responses.
        """
        status = response.status_code
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            words = "rate limit: the tenant's request limit is exceeded; it is retried when Atlan allows"
            return AnswerError(RateLimitedError, words, ambiguous=False)
        if status == HTTPStatus.SERVICE_UNAVAILABLE:
            return AnswerError(UnavailableError, "Atlan is unavailable (503); it is retried", ambiguous=False)
        if response.is_redirect:
            where = self._said(_place(response))
            return AnswerError(UnavailableError, f"redirected to {where}, a login or maintenance page?; {_CHECK}")
        said = answers.refusal(self._read(response))
        quoted = self._said(f"{said.error_code}: {said.error_message}") if said else "without Atlan's error code"
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return AnswerError(UnavailableError, f"server error {status} ({quoted}); it is retried")
        if said is None or not response.is_client_error:
            return _foreign(status)
        kind, words = _KINDS.get(status, (RefusedError, "Atlan rejects the request"))
        advice = {UnauthorizedError: "replace ATLAN_API_KEY", ForbiddenError: self._use.denied}.get(kind, _REFUSED)
        return AnswerError(kind, f"{words} ({quoted}); {advice}", ambiguous=False)

    def _read(self, response: httpx.Response) -> bytes:
        """Read an answer; one that never ends, or unpacks to more than there is room for, is cut off."""
        until, body = self._clock() + ATLAN_ANSWER, bytearray()
        response.stream = _Timed(cast("httpx.SyncByteStream", response.stream), self._clock, until)
        for chunk in response.iter_bytes():
            body += chunk
            if len(body) > LONGEST:
                raise AnswerError(UnavailableError, f"the response is longer than {LONGEST >> 20} MiB; {_CHECK}")
        return bytes(body)

    def _said(self, text: object) -> str:
        return shown(str(text), self._keys)


class _Timed(httpx.SyncByteStream):
    """A stream that has to end in time, since one that comes byte by byte never meets a timeout."""

    def __init__(self, stream: httpx.SyncByteStream, clock: Clock, until: float) -> None:
        self._stream, self._clock, self._until = stream, clock, until

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._stream:
            yield chunk
            if self._clock() > self._until:
                raise AnswerError(UnavailableError, f"the response did not end within {ATLAN_ANSWER:.0f} s; {_CHECK}")

    def close(self) -> None:
        self._stream.close()


def _foreign(status: int) -> AnswerError:
    if status == HTTPStatus.UNAUTHORIZED:
        return AnswerError(
            UnauthorizedError,
            "401: either Atlan rejects the API key, or a proxy wants a login; replace ATLAN_API_KEY if it is not valid "
            f"any more, else {_CHECK}",
            ambiguous=False,
        )
    return AnswerError(UnavailableError, f"{status}, but the response did not come from Atlan; {_CHECK}")


def _place(response: httpx.Response) -> str:
    """Return where a redirection leads: host and path, since the rest may hold secrets."""
    try:
        url = httpx.URL(response.headers.get("Location", ""))
    except httpx.InvalidURL:
        return "an invalid address"
    return f"{url.host}{url.path}"[:200]
