"""Translates what `speaker` tells, and the exceptions of pyatlan and httpx, into our errors."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import httpx

from connector.core.key import shown
from connector.errors import ConnectorError, TransientError, UnavailableError, unexpected

UNSENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
"""Exceptions after which the request was certainly not sent."""


class AnswerError(Exception):
    """
    An answer that is no success; `answering` makes an error of ours of it.

    Args:
        kind: the class of that error.
        words: what the answer means.
        ambiguous: true where a write may have been carried out in spite of it.
    """

    def __init__(self, kind: type[ConnectorError], words: str, *, ambiguous: bool = True) -> None:
        self._kind, self._words, self._ambiguous = kind, words, ambiguous
        super().__init__(words)

    def error(self, what: str, *, write: bool) -> ConnectorError:
        """Return our error; *what* names the request."""
        if issubclass(self._kind, TransientError):
            return self._kind(f"{what}: {self._words}", ambiguous=write and self._ambiguous)
        return self._kind(f"{what}: {self._words}")


@contextmanager
def answering(what: str, key: str, *, write: bool = False) -> Iterator[None]:
    """
    Turn exceptions into our errors. The words of a library may have the key in them, so it is taken out.

    Args:
        what: names the request in the message.
        key: the API key.
        write: a write without a response may have been carried out, so its error is ambiguous.
    """
    try:
        yield
    except AnswerError as answer:
        raise answer.error(what, write=write) from answer
    except UNSENT as error:
        words = shown(str(error), (key,))
        raise UnavailableError(f"{what}: no connection to Atlan ({words}); check ATLAN_BASE_URL") from error
    except httpx.HTTPError as error:
        words = shown(f"{type(error).__name__}: {error}", (key,))
        raise UnavailableError(
            f"{what}: no response from Atlan ({words}); it is retried: check the network and any proxy", ambiguous=write
        ) from error
    except ConnectorError:
        raise
    except Exception as error:
        raise unexpected(error, what, ambiguous=write, said=shown(str(error), (key,))) from error
