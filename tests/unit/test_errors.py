"""The tree of errors: two branches, and a short name for each leaf."""

import pytest

from connector import errors
from connector.errors import (
    ConfigurationError,
    ConnectorError,
    FailedError,
    PermanentError,
    TransientError,
    UnavailableError,
)

LEAVES = [
    found
    for found in vars(errors).values()
    if isinstance(found, type)
    and issubclass(found, ConnectorError)
    and found not in (ConnectorError, PermanentError, TransientError, FailedError)
]


@pytest.mark.parametrize("error", LEAVES)
def test_branch(error: type[ConnectorError]) -> None:
    """Retrying either helps or does not: every error is on one of the branches, and has a short name."""
    assert issubclass(error, PermanentError) is not issubclass(error, TransientError)
    assert error.reason
    assert error.reason == error.reason.lower().replace(" ", "_")


def test_reasons() -> None:
    """No two errors have the same reason, unless one is a subclass of the other."""
    named = [error for error in LEAVES if "reason" in vars(error)]

    assert len({error.reason for error in named}) == len(named)


@pytest.mark.parametrize(("faults", "count"), [(["one"], "1 error"), (["one", "two"], "2 errors")])
def test_configuration(faults: list[str], count: str) -> None:
    """A wrong configuration lists every error on its own line, after the source and the number of errors."""
    error = ConfigurationError("routes.yaml", faults)

    assert error.faults == tuple(faults)
    assert str(error).splitlines() == [f"routes.yaml: {count}", *(f"  - {fault}" for fault in faults)]


def test_ambiguous() -> None:
    """Only a write without a response is ambiguous; other unavailable errors are not."""
    assert UnavailableError("no response from S3").ambiguous is False
    assert UnavailableError("Atlan does not answer", ambiguous=True).ambiguous is True
    assert str(UnavailableError("no response from S3")) == "no response from S3"
