"""
At a tenant's limit of 400 requests a minute: the connector with 90 % of it, and the same with one request at a time.

The catalog answers after 0.2, 1 and 3 s, and answers 429 for a minute if it gets more than 400 requests in a minute.
The connector gets one batch that it cannot finish in the window. What it may send at once after a pause is left out:
rates are those of the requests after the first ten.
"""

import time
from collections.abc import Iterator
from http import HTTPStatus
from typing import Final

from bench.subject import Sample, Subject
from bench.world import World, world
from connector.core.budget import ATTEMPT, HAND_BACK, MARGIN
from connector.limiter import BURST
from local.catalog.faults import Limit
from tests.support.shop import BUCKET

LIMIT: Final = 400
SHARE: Final = 90
"""Per cent of the limit; the rest is for the ten requests that may be sent at once, and for others."""

ANSWERS: Final = (0.2, 1.0, 3.0)
OBJECTS: Final = 16
"""Objects of a request, with their processes."""

SUBJECTS: Final[dict[str, dict[str, str]]] = {"connector": {}, "one request at a time": {"REQUESTS_AT_ONCE": "1"}}
"""What is measured, with its settings."""


def measure(*, small: bool) -> Iterator[Sample]:
    """Measure each answer time for more than a minute, so that the limit would be met."""
    window, short, answers = (20.0, 15.0, ANSWERS[:2]) if small else (70.0, 45.0, ANSWERS)
    for answer in answers:
        for name, together in SUBJECTS.items():
            with world() as one:
                one.buckets(BUCKET)
                one.pairs("orders")
                settings = {"RATE_LIMIT": str(LIMIT), "RATE_SHARE": str(SHARE)} | together
                with Subject(name, "bench.subjects.connector", one.environment(**settings)) as ours:
                    yield {"answer": answer, "allowed": LIMIT * SHARE / 100} | _measured(
                        one, ours, answer, short if together else window
                    )


def _measured(one: World, ours: Subject, answer: float, window: float) -> Sample:
    """Give the connector more than it can do, and the time that it needs to return the rest to the queue."""
    number = round(window / 60 * LIMIT * OBJECTS) + 100
    for _ in range(2):
        ours.ask(places=one.put(["orders"]))
    _start(one, answer)
    seconds = window + ATTEMPT + MARGIN + HAND_BACK * number
    sample = one.measured(ours, places=one.put(["orders"] * number), at_once=number, seconds=seconds, partly=True)
    return _rate(one, sample | {"objects": number - sample["returned"]})


def _start(one: World, answer: float) -> None:
    time.sleep(1)  # so that the limiter's burst is full again
    one.answers(answer)
    one.catalog.faults.limit = Limit(per_minute=LIMIT)
    one.catalog.faults.log.clear()
    one.times.clear()


def _rate(one: World, sample: Sample) -> Sample:
    """Add the requests and the objects a minute, from the first request after the burst to the last, and the 429s."""
    asked = one.times[BURST:]
    rate = (len(asked) - 1) * 60 / (asked[-1] - asked[0])
    refused = sum(entry.status == HTTPStatus.TOO_MANY_REQUESTS for entry in one.catalog.faults.log)
    objects = rate * sample["objects"] / sample["catalog"]
    return sample | {"requests_a_minute": rate, "objects_a_minute": objects, "refused": refused}
