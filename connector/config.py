"""
The settings: read once from the environment, all errors are reported at once, and no secret is ever shown.

No setting has a default that names a resource.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from connector.errors import ConfigurationError

ROUTES: Final = Path(__file__).with_name("routes.yaml")
"""The packaged routes file."""


@dataclass(frozen=True, slots=True)
class Settings:
    """
    The settings; an empty string means that a setting is not set.

    `rate` is the number of requests that may be sent to Atlan per minute.
    """

    atlan_base_url: str
    atlan_api_key: str = field(repr=False)
    atlan_api_key_secret: str
    deployment: str
    routes: Path
    lease_table: str
    queue_url: str
    dead_letter_queue_url: str
    rate: float


def settings(environ: Mapping[str, str]) -> Settings:
    """
    Read the settings from the environment.

    Raises:
        ConfigurationError: lists every setting that is missing or wrong.
    """
    given = {name: environ.get(name, "").strip() for name in (*_WANTED, *_OPTIONAL)}
    routes = Path(environ.get("ROUTES", "").strip() or ROUTES)
    numbers = {name: environ.get(name, "").strip() or usual for name, (usual, *_) in _NUMBERS.items()}
    faults = [*_missing(given), *_wrong(given), *_uncounted(numbers)]
    if not routes.is_file():
        faults.append(
            f"ROUTES is {str(routes)!r}, but there is no such file; give the path of a routes file, or unset ROUTES"
        )
    if faults:
        raise ConfigurationError("the environment", faults)
    rate = int(numbers["RATE_LIMIT"]) * int(numbers["RATE_SHARE"]) / 100
    return Settings(routes=routes, rate=rate, **{name.lower(): text for name, text in given.items()})


def _missing(given: Mapping[str, str]) -> Iterator[str]:
    for name, wanted in _WANTED.items():
        if not given[name] and not (name == "ATLAN_API_KEY" and given["ATLAN_API_KEY_SECRET"]):
            yield f"{name} is not set; {wanted}"


def _wrong(given: Mapping[str, str]) -> Iterator[str]:
    if given["ATLAN_BASE_URL"] and not _ADDRESS.fullmatch(given["ATLAN_BASE_URL"]):
        yield f"ATLAN_BASE_URL is {given['ATLAN_BASE_URL']!r}; {_WANTED['ATLAN_BASE_URL']}"
    if not set(given["DEPLOYMENT"]) <= _LETTERS:
        yield f"DEPLOYMENT is {given['DEPLOYMENT']!r}; {_WANTED['DEPLOYMENT']}"
    if bool(given["QUEUE_URL"]) != bool(given["DEAD_LETTER_QUEUE_URL"]):
        yield "only one of QUEUE_URL and DEAD_LETTER_QUEUE_URL is set; set both or neither"


def _uncounted(numbers: Mapping[str, str]) -> Iterator[str]:
    for name, (_, least, most, wanted) in _NUMBERS.items():
        if not re.fullmatch("[0-9]{1,7}", numbers[name]) or not least <= int(numbers[name]) <= most:
            yield f"{name} is {numbers[name]!r}; {wanted}, from {least} to {most}"


_ADDRESS: Final = re.compile(r"https?://([a-z0-9-]+(\.[a-z0-9-]+)+|\[[0-9a-f:.]+\])(:\d{1,5})?/?", re.IGNORECASE)
"""Source: pyatlan checks with pydantic's HttpUrl, for which a host name has a dot, or is an address."""

_LETTERS: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")
_WANTED: Final = {
    "ATLAN_BASE_URL": "give the tenant's address, as in https://acme.atlan.com; for a local catalog write "
    "http://127.0.0.1:PORT, since pyatlan accepts no bare host name",
    "ATLAN_API_KEY": "give an API key of the tenant, in the environment or in .env, or name in ATLAN_API_KEY_SECRET a "
    "secret of Secrets Manager that holds it",
    "DEPLOYMENT": "give a short name for this deployment, of lower-case letters, digits and hyphens; its processes in "
    "Atlan are named after it, so do not change it afterwards",
}
_OPTIONAL: Final = ("ATLAN_API_KEY_SECRET", "LEASE_TABLE", "QUEUE_URL", "DEAD_LETTER_QUEUE_URL")
_NUMBERS: Final = {
    "RATE_LIMIT": ("400", 60, 1_000_000, "give the number of requests per minute that the tenant allows"),
    "RATE_SHARE": ("50", 10, 100, "give the percentage of RATE_LIMIT that the connector may use"),
}
"""
For each: the default, the minimum, the maximum, and a description.

Source: Atlan's developer documentation: 400 requests per minute for all clients of a tenant.
"""
