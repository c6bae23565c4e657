"""Options that pytest has to know before it collects."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--atlan",
        action="store_true",
        help="run the contract suite against the tenant of ATLAN_BASE_URL and ATLAN_API_KEY, not the embedded catalog",
    )
