"""
Every way to fail, drawn once. Two branches: either retrying helps, or it does not.

Adapters turn the exceptions of their libraries into these and chain them; nothing else catches a library's
exception. A message names the object, the fact and the way out, since it is what a person reads at night.
"""

from collections.abc import Sequence
from typing import ClassVar


class ConnectorError(Exception):
    """The root. `reason` is the short name under which logs and metrics count the error."""

    reason: ClassVar[str]


class PermanentError(ConnectorError):
    """Retrying cannot help: a person has to change something, then send the notification again."""


class TransientError(ConnectorError):
    """
    Retrying helps, or may: hand the notification back unchanged.

    Args:
        ambiguous: true where a write may have been carried out, or may still be, although no answer came.
        retry_after: seconds for which the other side wants to be left alone.
    """

    def __init__(self, message: str, *, ambiguous: bool = False, retry_after: float = 0.0) -> None:
        self.ambiguous, self.retry_after = ambiguous, retry_after
        super().__init__(message)


class MalformedError(PermanentError):
    """The event, or one record of it, is not an S3 notification that this connector knows."""

    reason = "malformed_event"


class UndecodableKeyError(PermanentError):
    """The key of a record is not form-encoded UTF-8 of 1 to 1,024 bytes."""

    reason = "undecodable_key"


class LoopedError(PermanentError):
    """A message that was sent again and again: something sends it in a circle."""

    reason = "looped"


class ConfigurationError(PermanentError):
    """
    A setting or the routes file is wrong.

    Args:
        source: what is wrong: the environment, or the name of the file.
        faults: all faults, a line each.
    """

    reason = "configuration"

    def __init__(self, source: str, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        super().__init__(f"{source}: {len(self.faults)} to mend\n" + "\n".join(f"  - {fault}" for fault in self.faults))


class AmbiguousColumnsError(PermanentError):
    """Two columns of one table could be the same column of the other: the route has to say which."""

    reason = "ambiguous_columns"


class MissingConnectionError(PermanentError):
    """Atlan has no active connection of the name that the routes file gives."""

    reason = "missing_connection"


class ForbiddenError(PermanentError):
    """S3 or Atlan answers, and denies: a policy lacks a permission."""

    reason = "forbidden"


class RefusedError(PermanentError):
    """S3 or Atlan understood the request and will not carry it out as it is."""

    reason = "refused"


class UnauthorizedError(TransientError):
    """
    Atlan does not accept the API key.

    It is no fault of the notification, and every other one fails alike until the key is replaced, so they are
    kept and retried.
    """

    reason = "unauthorized"


class RateLimitedError(TransientError):
    """The tenant's request limit is used up."""

    reason = "rate_limited"


class BusyError(TransientError):
    """Another invocation writes to the same connection, and did so for all the time that there was."""

    reason = "busy"


class LateError(TransientError):
    """The invocation ends before the work could: it is not begun."""

    reason = "late"


class UnavailableError(TransientError):
    """S3 or Atlan does not answer, or answers with a fault of its own."""

    reason = "unavailable"


class UnexpectedError(TransientError):
    """
    Something that nobody foresaw, so nobody knows whether retrying helps.

    It is tried a few times, then sent to the dead-letter queue; see `connector.core.fate`.
    """

    reason = "unexpected"


def unexpected(cause: Exception, what: str = "", *, ambiguous: bool = False) -> UnexpectedError:
    """Wrap something that nobody foresaw; *what* was asked for when it happened, if it was while asking."""
    where = f"{what}: " if what else ""
    error = UnexpectedError(
        f"{where}{type(cause).__name__}: {cause!s:.500}; nobody foresaw this, so please report it", ambiguous=ambiguous
    )
    error.__cause__ = cause
    return error
