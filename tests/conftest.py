"""Options that pytest has to know before it collects, and which tests count for the coverage."""

import sys
import threading
from collections.abc import Generator
from pathlib import Path
from types import FrameType
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")

MEASURED: Final = ("unit", "integration")
"""Folders whose tests count for the coverage. The others' repeat or go by chance, or do not run the connector here."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--atlan",
        action="store_true",
        help="run the contract suite against the tenant of ATLAN_BASE_URL and ATLAN_API_KEY, not the local catalog",
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """
    Measure no coverage of what does not count, since measuring doubles the CPU that a test takes.

    With xdist, pytest-cov's own marker `no_cover` has no effect.
    """
    folder = item.path.relative_to(Path(__file__).parent).parts[0]
    if folder in MEASURED and not item.get_closest_marker("unmeasured"):
        return (yield)
    mine, threads = sys.gettrace(), threading.gettrace()
    sys.settrace(None)
    threading.settrace(None)
    try:
        return (yield)
    finally:
        threading.settrace(threads)
        sys.settrace(mine)


def pytest_runtest_setup() -> None:
    """Measure no coverage in the threads of HTTP servers, which are as busy as the connector and run nothing of it."""
    measure = threading.gettrace()
    if measure is None or isinstance(measure, _Tracing):
        return
    threading.settrace(_Tracing(measure))


class _Tracing:
    """Begins to measure a thread, unless it serves a request."""

    def __init__(self, measure: Any) -> None:
        self._measure = measure

    def __call__(self, frame: FrameType, event: str, argument: Any) -> Any:
        if "(process_request_thread)" in threading.current_thread().name:
            sys.settrace(None)
            return None
        return self._measure(frame, event, argument)
