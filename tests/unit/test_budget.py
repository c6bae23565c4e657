"""Durations depend on each other; these tests state how, so that none is changed alone."""

import pytest

from connector.core import budget
from connector.core.budget import Deadline

TIMEOUT = 120.0
"""Seconds of the function's timeout in template.yaml."""


@pytest.mark.parametrize(
    "holds",
    [
        pytest.param(budget.REQUEST <= budget.ATTEMPT, id="an attempt has time for a request"),
        pytest.param(budget.ATTEMPT <= budget.WORK, id="who gets the lease has time for an attempt"),
        pytest.param(1000 * budget.HAND_BACK <= budget.SENDING, id="the hints of a step are sent in time"),
        pytest.param(
            budget.MARGIN + budget.SENDING + budget.ATTEMPT + budget.PATIENCE < TIMEOUT / 4,
            id="a slice of a sweep has most of its time to read",
        ),
        pytest.param(budget.POLL < budget.WORK, id="the lease is asked for often enough"),
        pytest.param(budget.POLL < budget.WAIT < budget.FIRST_RETRY, id="waiting for the lease is short"),
        pytest.param(
            budget.MARGIN + budget.WAIT + budget.WORK + 1000 * budget.HAND_BACK < TIMEOUT / 2, id="who waited can work"
        ),
        pytest.param(
            sum(min(900, 15 << number) for number in range(9)) >= budget.TRYING, id="ten failures take as long"
        ),
        pytest.param(budget.WORK + budget.MARGIN < TIMEOUT, id="a new invocation has time to work"),
        pytest.param(
            budget.ATLAN_READ < budget.GRACE, id="a write whose sender gave up is carried out while the lease is kept"
        ),
        pytest.param(budget.PATIENCE <= budget.ATLAN_RETRIES, id="what the limiter waits for, a retry may wait for"),
        pytest.param(budget.PATIENCE < budget.BLOCK, id="a rate limit of a minute is retried, not waited for"),
        pytest.param(budget.AWS_READ <= budget.S3_READ < budget.WORK, id="S3 answers, or fails, within the work"),
        pytest.param(
            3 * (budget.AWS_CONNECT + budget.AWS_READ) < budget.GRACE,
            id="a lease that is given back late has not expired",
        ),
        pytest.param(
            budget.FIRST_RETRY < budget.GRACE < budget.LONGEST_RETRY, id="retries begin fast, and outlast a lease"
        ),
        pytest.param(budget.LONGEST_RETRY <= budget.LONGEST_HOLD < 12 * 3600, id="SQS hides a message so long"),
        pytest.param(1000 * budget.HAND_BACK + budget.WORK < TIMEOUT / 2, id="the largest batch leaves time to work"),
        pytest.param(
            budget.ATLAN_READ < budget.ATLAN_ANSWER < budget.GRACE, id="a response that never ends is an error in time"
        ),
        pytest.param(budget.GRACE < budget.CACHE, id="the cache outlasts a lease that is kept"),
    ],
)
def test_inequality(holds: object) -> None:
    """Each duration leaves the time that another one needs."""
    assert holds


def test_deadline() -> None:
    """A deadline is a margin before Lambda ends the invocation, and allows durations that fit before it."""
    deadline = Deadline.after(60_000, now=1000.0)

    assert deadline == Deadline(1060.0 - budget.MARGIN)
    assert Deadline.after(60_000, now=1000.0, messages=1).patience == budget.WAIT
    assert Deadline.after(60_000, now=1000.0, messages=100).at == deadline.at - 100 * budget.HAND_BACK
    assert deadline.allows(58.0, now=1000.0)
    assert not deadline.allows(58.1, now=1000.0)


def test_longest() -> None:
    """A runner that offers hours is given what Lambda would, on which the lease relies."""
    assert Deadline.after(7_200_000, now=1000.0) == Deadline(1000.0 + budget.LONGEST_INVOCATION - budget.MARGIN)
