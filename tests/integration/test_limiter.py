"""Requests to Atlan through the rate limiter, over HTTP: the tenant's limit, and what an answer says of the next."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from connector.adapters.atlan.catalog import Atlan
from connector.adapters.atlan.client import connect
from connector.errors import RateLimitedError
from connector.limiter import Limiter
from local.catalog.faults import Fault, Kind, Limit
from local.catalog.server import Server
from tests.integration.scripted import Scripted
from tests.support.clock import Clock

NOBODY = "default/s3/none"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def atlan(atlan: Server) -> Iterator[Server]:
    yield atlan
    atlan.faults.clear()


def connector(url: str, clock: Clock, rate: float = 200) -> Atlan:
    return Atlan(connect(url, "local", Limiter(rate, clock)))


def test_half(atlan: Server, clock: Clock) -> None:
    """A connector at half of the tenant's limit never meets it."""
    atlan.faults.limit = Limit(per_minute=100, clock=clock)
    catalog = connector(atlan.url, clock, rate=50)

    for _ in range(150):
        assert not catalog.connection(NOBODY)


def test_too_fast(atlan: Server, clock: Clock) -> None:
    """Whoever exceeds the limit is shut out for a minute, and does not knock in the meantime."""
    atlan.faults.limit = Limit(per_minute=30, clock=clock)
    hasty = connector(atlan.url, clock, rate=600)
    for _ in range(30):
        assert not hasty.connection(NOBODY)
    with pytest.raises(RateLimitedError) as failure:
        hasty.connection(NOBODY)
    asked = len(atlan.faults.log)

    assert failure.value.retry_after == pytest.approx(60, abs=5)
    with pytest.raises(RateLimitedError, match="rate limit: the clients"):
        hasty.connection(NOBODY)
    assert len(atlan.faults.log) == asked
    clock.now += 60
    assert not hasty.connection(NOBODY)


def test_short(atlan: Server, clock: Clock) -> None:
    """A tenant that wants to be left alone for a moment is, and the request is sent again."""
    atlan.faults.add(Fault(Kind.STATUS, status=429, retry_after=1))
    before = clock.now

    assert not connector(atlan.url, clock).connection(NOBODY)

    assert clock.now == pytest.approx(before + 1)


@pytest.mark.parametrize(
    ("status", "retry_after", "seconds"),
    [
        pytest.param(429, "90", 90, id="429"),
        pytest.param(503, "90", 90, id="503"),
        pytest.param(429, None, 60, id="429 that does not say"),
        pytest.param(429, "soon", 60, id="429 that says nonsense"),
        pytest.param(429, "an hour from now", 3600, id="a date"),
    ],
)
def test_long(script: Scripted, clock: Clock, status: int, retry_after: str | None, seconds: float) -> None:
    """A tenant that wants to be left alone for long is asked nothing more, and the error says for how long."""
    script.answers = {"GET": (status, "")}
    if retry_after == "an hour from now":
        retry_after = format_datetime(datetime.now(UTC) + timedelta(hours=1))
    script.headers = {"Retry-After": retry_after} if retry_after else {}
    catalog = connector(script.url, clock)

    for _ in range(2):
        with pytest.raises(RateLimitedError) as failure:
            catalog.connection(NOBODY)
        assert failure.value.retry_after == pytest.approx(seconds, rel=0.1)

    assert script.asked == 1
