"""
What AWS's answers mean: boto3's exceptions as ours, by the error's code first, then by its status.

The adapters of S3, SQS, DynamoDB and Secrets Manager use it.

Source:
    S3 API reference, "Common response headers": every answer has x-amz-request-id; AWS's JSON services send
    x-amzn-requestid.
"""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    InvalidDNSNameError,
    LoginError,
    MetadataRetrievalError,
    NoAuthTokenError,
    NoCredentialsError,
    ParamValidationError,
    PartialCredentialsError,
    SSOError,
    TokenRetrievalError,
)

from connector.adapters.codes import DENIED, OWN, TRANSIENT
from connector.errors import (
    ConfigurationError,
    ConnectorError,
    CredentialsError,
    ForbiddenError,
    PermanentError,
    RefusedError,
    UnavailableError,
)

_CREDENTIALS: Final = (
    CredentialRetrievalError,
    LoginError,
    MetadataRetrievalError,
    NoAuthTokenError,
    NoCredentialsError,
    PartialCredentialsError,
    SSOError,
    TokenRetrievalError,
)
_UNSENT: Final = (ParamValidationError, InvalidDNSNameError)
_KMS: Final = "KMS."
_REFUSED: Final = "correct what the message names"
_ADVICE: Final = {
    "NoSuchBucket": "create the bucket, correct its name in the routes file, or check the AWS account",
    "NonExistentQueue": "check QUEUE_URL, DEAD_LETTER_QUEUE_URL, the region and the AWS account",
    "ResourceNotFoundException": "check the name, the region and the AWS account",
    "ValidationError": "check the name, the region and the AWS account",
}
"""What helps if AWS does not have what a setting names."""

_ACTION: Final = re.compile(r"not authorized to perform: ([a-z0-9-]{1,32}:[A-Za-z]{1,64})")


def connect(service: Any, config: Config) -> Any:
    """
    Build a client of boto3's.

    Raises:
        ConfigurationError: there is no region, or another of AWS's own settings is wrong.
    """
    try:
        return boto3.client(service, config=config)
    except (BotoCoreError, ValueError) as error:
        raise ConfigurationError("the AWS settings", [f"{error}; see AWS_REGION, AWS_PROFILE and ~/.aws"]) from error


@dataclass(frozen=True, slots=True)
class Service:
    """
    An AWS service, as errors name it, and what helps if it denies a request.

    A service that is `ours` is part of the connector's own stack: no notification is the cause of its errors, so none
    is permanent, and one missing permission does not dead-letter a backlog.
    """

    name: str
    remedy: str
    ours: bool = False

    def ask(self, what: str, request: Callable[..., Any], expected: Collection[str] = (), **params: Any) -> Any:
        """
        Send a request and return its answer, which has the service's request id.

        Args:
            what: names the request in errors.
            expected: codes of error answers that are left to the caller, as ClientError.

        Raises:
            ConnectorError: every other failure. An answer that botocore cannot read is not the service's.
        """
        try:
            answer = request(**params)
        except ClientError as error:
            if _plain(error) in expected:
                raise
            raise self.explained(error, what) from error
        except Exception as error:  # botocore's parsers raise whatever an answer of another form leads to
            raise self.explained(error, what) from error
        if not request_id(answer):
            raise self.foreign(what, answer)
        return answer

    def explained(self, error: BaseException | None, what: str) -> ConnectorError:
        """Return what a failure of boto3 means."""
        found = self._client_error(error, what) if isinstance(error, ClientError) else self._unanswered(error, what)
        if self.ours and isinstance(found, PermanentError):
            return UnavailableError(str(found) if self.remedy in str(found) else f"{found}; {self.remedy}")
        return found

    def foreign(self, what: str, answer: Mapping[str, Any]) -> UnavailableError:
        """Return the error for an answer that is not the service's own: a proxy's, or another server's."""
        return UnavailableError(
            f"{what}: the response ({_told(answer)}) did not come from {self.name}; check the proxy, the network and "
            "AWS_ENDPOINT_URL"
        )

    def _unanswered(self, error: BaseException | None, what: str) -> ConnectorError:
        if isinstance(error, _CREDENTIALS):
            return CredentialsError(f"{what}: no AWS credentials ({error}); attach a role, or set the credentials")
        if isinstance(error, _UNSENT):
            return RefusedError(f"{what}: the request cannot be sent to {self.name}: {error!s:.500}; {_REFUSED}")
        if isinstance(error, BotoCoreError):
            return UnavailableError(
                f"{what}: no response from {self.name}: {error!s:.500}; check the network and AWS_ENDPOINT_URL"
            )
        return UnavailableError(f"{what}: the response of {self.name} cannot be read: {error!r:.500}; check any proxy")

    def _client_error(self, error: ClientError, what: str) -> ConnectorError:
        name = _plain(error)
        if name in OWN:
            return CredentialsError(
                f"{what}: {self.name} does not accept the AWS credentials ({code(error)}); renew them, check the clock "
                "and the region"
            )
        if name in DENIED:
            return self._denied(error, what)
        if name in TRANSIENT or _failing(error):
            return UnavailableError(f"{what}: {self.name} returned {status(error)} {code(error)}; it is retried")
        if code(error).startswith(_KMS):  # as KMS.DisabledException: the key cannot be used
            return self._denied(error, what)
        return self._unknown(error, what)

    def _unknown(self, error: ClientError, what: str) -> ConnectorError:
        """Judge by the status. Without a code, as to a HEAD, it may be the credentials, the clock or a policy."""
        if not own(error):
            return self.foreign(what, error.response)
        if not _named(error):
            return UnavailableError(f"{what}: {self.name} returned {status(error)} without a reason; it is retried")
        if status(error) == HTTPStatus.FORBIDDEN:
            return self._denied(error, what)
        return RefusedError(f"{what}: {self.name} rejects the request: {error!s:.500}; {_advice(error)}")

    def _denied(self, error: ClientError, what: str) -> ForbiddenError:
        return ForbiddenError(f"{what}: {self.name} denies access ({code(error)}{_lacking(error)}); {self.remedy}")


def code(error: ClientError) -> str:
    """Return the code of an error; where the answer has none, botocore gives the status, or nothing."""
    found = error.response.get("Error", {}).get("Code")
    return found if isinstance(found, str) else ""


def status(error: ClientError) -> int:
    """Return the status of an answer."""
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def _advice(error: ClientError) -> str:
    return _ADVICE.get(_plain(error), _REFUSED)


def _lacking(error: ClientError) -> str:
    """
    Name the permission that is missing, where the answer does: for an encrypted object it may be one of KMS.

    Source:
        IAM User Guide, "Troubleshoot access denied error messages": "... is not authorized to perform: ACTION".
    """
    found = _ACTION.search(str(error.response.get("Error", {}).get("Message", "")))
    return f": {found[1]}" if found else ""


def own(error: ClientError) -> bool:
    """Return whether an error answer is the service's own: it has a code or, if it can have no body, a request id."""
    return _named(error) or bool(request_id(error.response))


def request_id(answer: Mapping[str, Any]) -> str:
    """Return the request id, which every answer of AWS has among its headers; empty if this one has none."""
    headers = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    return str(headers.get("x-amz-request-id") or headers.get("x-amzn-requestid") or "")


def _plain(error: ClientError) -> str:
    """Return the code without what SQS and S3 put before it: AWS.SimpleQueueService.NonExistentQueue, KMS.NotFound."""
    return code(error).rpartition(".")[2]


def _named(error: ClientError) -> bool:
    return not (code(error) or "0").isdecimal()


def _failing(error: ClientError) -> bool:
    return (
        status(error) in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.REQUEST_TIMEOUT)
        or status(error) >= HTTPStatus.INTERNAL_SERVER_ERROR
    )


def _told(answer: Mapping[str, Any]) -> str:
    """Return the status of an answer and, of a redirection, where it leads, without the query: it may have secrets."""
    metadata = answer.get("ResponseMetadata", {})
    place = str(metadata.get("HTTPHeaders", {}).get("location", "")).partition("?")[0]
    return f"{metadata.get('HTTPStatusCode')}{f' to {place[:200]}' if place else ''}"
