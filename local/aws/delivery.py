"""One event handed to the handler, as Lambda's runtime does it. Used by the pump and by `invoke`."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Delivery:
    """One notification that was handed over, and what came of it: a result, or the error that was raised."""

    event: dict[str, Any]
    result: Any
    error: BaseException | None
    duration_ms: float


def deliver(handle: Callable[[dict[str, Any]], Any], event: dict[str, Any]) -> Delivery:
    """Hand over one notification as Lambda's runtime does: whatever is raised ends the delivery, not the caller."""
    with ThreadPoolExecutor(1) as pool:
        return hand_over(pool, handle, event)


def hand_over(pool: ThreadPoolExecutor, handle: Callable[[dict[str, Any]], Any], event: dict[str, Any]) -> Delivery:
    started = time.perf_counter()
    future = pool.submit(handle, event)
    error = future.exception()
    duration_ms = (time.perf_counter() - started) * 1000
    return Delivery(event, None if error else future.result(), error, duration_ms)
