"""Invokes the handler as Lambda's runtime does. Used by the pump and by `invoke`."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Delivery:
    """An event that was passed to the handler, and the result: its response, or the error that it raised."""

    event: dict[str, Any]
    result: Any
    error: BaseException | None
    duration_ms: float


def deliver(handle: Callable[[dict[str, Any]], Any], event: dict[str, Any]) -> Delivery:
    """Invoke the handler with one event; an error that it raises is returned, not raised."""
    with ThreadPoolExecutor(1) as pool:
        return deliver_in(pool, handle, event)


def deliver_in(pool: ThreadPoolExecutor, handle: Callable[[dict[str, Any]], Any], event: dict[str, Any]) -> Delivery:
    """Do the same in a thread of *pool*, so that all invocations share one, as in a warm container."""
    started = time.perf_counter()
    future = pool.submit(handle, event)
    error = future.exception()
    duration_ms = (time.perf_counter() - started) * 1000
    return Delivery(event, None if error else future.result(), error, duration_ms)
