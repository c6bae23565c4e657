"""
The codes of AWS's error answers, by what helps; `aws` decides with them.

Sources:
    S3 API reference, "Error responses"; the page "Common errors" of the API references of SQS, DynamoDB and Secrets
    Manager, and the errors of the operations that we use; KMS API reference, "Decrypt", since S3 passes on KMS's codes,
    with "KMS." before them; botocore.retries.standard, for what is retried.
"""

from typing import Final

OWN: Final = frozenset(
    {
        "AccountProblem",
        "AuthFailure",
        "AuthorizationHeaderMalformed",
        "ExpiredToken",
        "ExpiredTokenException",
        "IncompleteSignature",
        "IncompleteSignatureException",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "InvalidSecurity",
        "InvalidSignatureException",
        "InvalidToken",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
        "MissingSecurityHeader",
        "NotSignedUp",
        "OptInRequired",
        "RequestExpired",
        "RequestTimeTooSkewed",
        "SignatureDoesNotMatch",
        "TokenRefreshRequired",
        "UnrecognizedClientException",
    }
)
"""Our credentials, our clock or our account: every request fails alike, and no notification is the cause."""

TRANSIENT: Final = frozenset(
    {
        "BandwidthLimitExceeded",
        "Busy",
        "ConditionalRequestConflict",
        "DependencyTimeoutException",
        "EC2ThrottledException",
        "InternalError",
        "InternalFailure",
        "InternalFailureException",
        "InternalServerError",
        "InternalServiceError",
        "KMSInternalException",
        "KeyUnavailableException",
        "KmsThrottled",
        "LimitExceededException",
        "OperationAborted",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceededException",
        "ReplicatedWriteConflictException",
        "RequestAbortedException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "RequestTimeout",
        "RequestTimeoutException",
        "ServiceUnavailable",
        "ServiceUnavailableException",
        "SlowDown",
        "TemporaryRedirect",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "TransactionInProgressException",
    }
)
"""AWS expects a retry, whatever the status: a RequestTimeout of S3 has a 400."""

DENIED: Final = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "AllAccessDisabled",
        "InvalidPayer",
        "KmsAccessDenied",
        "NotAuthorized",
        "UnauthorizedAccess",
        "UnauthorizedAccessError",
    }
)
"""A policy lacks a permission."""
