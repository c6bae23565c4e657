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

MEASURED: Final = ("unit", "integration", "contract")
"""Folders whose tests count for the coverage. The others' repeat or go by chance, or do not run the code here."""


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
    if _folder(item) in MEASURED and not item.get_closest_marker("unmeasured"):
        return (yield)
    mine, threads = sys.gettrace(), threading.gettrace()
    sys.settrace(None)
    threading.settrace(None)
    try:
        return (yield)
    finally:
        threading.settrace(threads)
        sys.settrace(mine)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """
    Measure the threads that serve a request in the contract suite only, which tests the local catalog.

    In the other tests they are as busy as the connector, and run nothing of it.
    """
    measure = threading.gettrace()
    if measure is None:
        return
    if isinstance(measure, _Tracing):
        measure = measure.measure
    threading.settrace(measure if _folder(item) == "contract" else _Tracing(measure))


def _folder(item: pytest.Item) -> str:
    return item.path.relative_to(Path(__file__).parent).parts[0]


class _Tracing:
    """Begins to measure a thread, unless it serves a request."""

    def __init__(self, measure: Any) -> None:
        self.measure = measure

    def __call__(self, frame: FrameType, event: str, argument: Any) -> Any:
        if "(process_request_thread)" in threading.current_thread().name:
            sys.settrace(None)
            return None
        return self.measure(frame, event, argument)
