"""Requests to Atlan through the rate limiter, over HTTP: the tenant's limit, and Retry-After."""

from collections.abc import Iterator

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
    """A connector at half of the tenant's limit never exceeds it."""
    atlan.faults.limit = Limit(per_minute=100, clock=clock)
    catalog = connector(atlan.url, clock, rate=50)

    for _ in range(150):
        assert not catalog.connection(NOBODY)


def test_too_fast(atlan: Server, clock: Clock) -> None:
    """A client that exceeds the limit is blocked for a minute, and sends no request in this time."""
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
    """After a short Retry-After, the connector waits, and the request is retried."""
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
        pytest.param(429, "Mon, 12 Jan 1970 13:51:40 GMT", 300, id="a date"),
        pytest.param(429, "Mon, 12 Jan 1970 13:51:40 -0000", 300, id="a date without a zone"),
        pytest.param(429, "Fri, 01 Jan 2099 00:00:00 GMT", 900, id="a date of 2099"),
        pytest.param(503, "Fri, 01 Jan 2099 00:00:00 GMT", 900, id="503 until 2099"),
        pytest.param(429, "Fri, 31 Dec 9999 23:59:59 -2359", 900, id="the last date"),
        pytest.param(429, "999999999999", 900, id="for ever"),
        pytest.param(429, "9" * 5000, 900, id="more digits than a number has"),
        pytest.param(429, "120.5", 120, id="a fraction"),
        pytest.param(429, "-5", 60, id="negative"),
        pytest.param(429, "NaN", 60, id="NaN"),
        pytest.param(429, "inf", 60, id="infinite"),
        pytest.param(429, "1e999", 60, id="an exponent"),
        pytest.param(429, "Fri, 99 Jan 2099 00:00:00 GMT", 60, id="no date"),
    ],
)
def test_long(script: Scripted, clock: Clock, status: int, retry_after: str | None, seconds: float) -> None:
    """After a long Retry-After, no more requests are sent, and the error has the seconds."""
    script.answers = {"GET": (status, "")}
    script.headers = {"Retry-After": retry_after} if retry_after else {}
    catalog = connector(script.url, clock)

    for _ in range(2):
        with pytest.raises(RateLimitedError) as failure:
            catalog.connection(NOBODY)
        assert failure.value.retry_after == pytest.approx(seconds, rel=0.1)

    assert script.asked == 1
    clock.now += seconds
    with pytest.raises(RateLimitedError):
        catalog.connection(NOBODY)
    assert script.asked > 1


def test_past(script: Scripted, clock: Clock) -> None:
    """A tenant whose Retry-After is over is asked again at once, by the transport."""
    script.answers, script.headers = {"GET": (429, "")}, {"Retry-After": "Thu, 01 Jan 1970 00:00:00 GMT"}

    with pytest.raises(RateLimitedError, match="the tenant's request limit is exceeded"):
        connector(script.url, clock).connection(NOBODY)

    assert script.asked == 4
