"""The plain client of pyatlan, for the subjects that use no other."""

import os

from pyatlan.client.atlan import AtlanClient


def connected() -> AtlanClient:
    """Return a client of the catalog that the environment names."""
    url, key = os.environ["ATLAN_BASE_URL"], os.environ["ATLAN_API_KEY"]
    return AtlanClient(base_url=url, api_key=key, proxy=None)  # type: ignore[no-untyped-call]
