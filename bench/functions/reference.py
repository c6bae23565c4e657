"""The reference: pyatlan is imported and its client made the plain way, and nothing else."""

import time
from typing import Any

from pyatlan.client.atlan import AtlanClient

AtlanClient(base_url="https://snapshot.atlan.com", api_key="none")  # type: ignore[no-untyped-call]
STARTED = time.process_time()


def lambda_handler(_event: Any, _context: Any) -> Any:
    """Say what CPU the start took."""
    return STARTED
