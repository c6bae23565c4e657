"""
Every error of the connector, in one tree with two branches: retrying helps, or it does not.

Adapters turn the exceptions of their libraries into these and chain them; nothing else catches a library's
exception. A message names the object, the fact and the next step.
"""

from collections.abc import Sequence
from typing import ClassVar


class ConnectorError(Exception):
    """The root. `reason` is the short name under which logs and metrics count the error."""

    reason: ClassVar[str]


class PermanentError(ConnectorError):
    """Retrying cannot help: somebody has to change something, then send the notification again."""


class TransientError(ConnectorError):
    """
    Retrying helps, or may help: return the notification to the queue unchanged.

    Args:
        ambiguous: true where no response came, so a write may have been carried out or may still be.
        retry_after: seconds that the service asks to wait (Retry-After).

    `alone` is set where it is about one object, and says nothing about the others of a batch.
    """

    alone = False

    def __init__(self, message: str, *, ambiguous: bool = False, retry_after: float = 0.0) -> None:
        self.ambiguous, self.retry_after = ambiguous, retry_after
        super().__init__(message)


class MalformedError(PermanentError):
    """The event, or one record of it, is not an S3 notification that this connector can read."""

    reason = "malformed_event"


class UndecodableKeyError(PermanentError):
    """The key of a record is not form-encoded UTF-8 of 1 to 1,024 bytes."""

    reason = "undecodable_key"


class LoopedError(PermanentError):
    """A message was redriven too often: something redrives it in a loop."""

    reason = "looped"


class ConfigurationError(PermanentError):
    """
    A setting or the routes file is wrong.

    Args:
        source: "the environment", or the name of the file.
        faults: all errors, one line each.
    """

    reason = "configuration"

    def __init__(self, source: str, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        count = "1 error" if len(self.faults) == 1 else f"{len(self.faults)} errors"
        super().__init__(f"{source}: {count}\n" + "\n".join(f"  - {fault}" for fault in self.faults))


class MissingConnectionError(PermanentError):
    """Atlan has no active connection of the name that the routes file gives."""

    reason = "missing_connection"


class BrakeError(PermanentError):
    """
    A sweep would retire more of the catalog than it may, and stops.

    Args:
        scope: what is swept, as s3://bucket/prefix.
        retired: how many objects it would retire, at least, of so many that are `cataloged` there.
        percent: how many of a hundred it may.
        sent: how many of them it has already retired, where they vanished while it was running.
    """

    reason = "brake"

    def __init__(self, scope: object, retired: int, cataloged: int, percent: float, sent: int = 0) -> None:
        already = f"; {sent} were retired before that was known" if sent else ""
        super().__init__(
            f"{scope}: S3 does not list {retired}{' or more' if sent else ''} of the {cataloged} objects that Atlan "
            f"has there, and a sweep retires {percent:g} % at most{already}; check the bucket, the prefix and the AWS "
            f"account. If these objects are gone, run `python -m connector sweep {scope} --max-retired 100`, "
            f'or send {{"sweep": "{scope}", "max_retired": 100}} to the function'
        )


class AmbiguousConnectionError(PermanentError):
    """Atlan has several S3 connections, and a command cannot know which one is meant."""

    reason = "ambiguous_connection"


class ForbiddenError(PermanentError):
    """S3 or Atlan denies access: a policy lacks a permission."""

    reason = "forbidden"


class RefusedError(PermanentError):
    """S3 or Atlan received the request and rejects it."""

    reason = "refused"


class MissingAssetError(RefusedError):
    """Atlan has no such asset. The catalog adapter catches it where an absent asset is a valid result."""


class UnauthorizedError(TransientError):
    """
    Atlan rejects the API key, or something in its place answers 401.

    The notification is not the cause: every notification fails in the same way until the key is replaced, so all are
    kept and retried.
    """

    reason = "unauthorized"


class CredentialsError(TransientError):
    """
    AWS does not accept our own credentials, or our clock is wrong.

    As with the API key, the notification is not the cause, so all are kept and retried.
    """

    reason = "aws_credentials"


class RateLimitedError(TransientError):
    """The tenant's rate limit is exceeded."""

    reason = "rate_limited"


class BusyError(TransientError):
    """Another invocation held the connection's lease for as long as this one could wait."""

    reason = "busy"


class LateError(TransientError):
    """The invocation has not enough time left for the work, so the work is not started."""

    reason = "late"


class UnavailableError(TransientError):
    """S3, Atlan or another service does not respond, or responds with a server error."""

    reason = "unavailable"


class UnexpectedError(TransientError):
    """
    An error that no other class describes; retrying may or may not help.

    It is retried a few times, then sent to the dead-letter queue; see `connector.core.disposition`.
    """

    reason = "unexpected"


class FailedError(ConnectorError):
    """Some notifications of a direct event failed; Lambda retries the event, or sends it to its destination."""

    reason = "failed"

    def __init__(self, errors: Sequence[ConnectorError]) -> None:
        self.errors = tuple(errors)
        super().__init__("\n".join(map(str, self.errors)))


class PermanentlyFailedError(FailedError, PermanentError):
    """Retrying helps none of the notifications that failed."""


class TemporarilyFailedError(FailedError, TransientError):
    """Retrying helps at least one of the notifications that failed."""


def unexpected(cause: Exception, what: str = "", *, ambiguous: bool = False, said: str = "") -> UnexpectedError:
    """
    Wrap an exception that no adapter translates.

    Args:
        cause: the exception.
        what: names the object or the request, if known.
        ambiguous: true where a write may have been carried out.
        said: the exception's text, where it must not be repeated as it is.
    """
    where, text = f"{what}: " if what else "", said or f"{cause!s:.500}"
    error = UnexpectedError(
        f"{where}unexpected error: {type(cause).__name__}: {text}; the log has the stack trace; report it",
        ambiguous=ambiguous,
    )
    error.__cause__ = cause
    return error
