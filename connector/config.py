"""
The settings: read once from the environment, all errors are reported at once, and no value is ever shown.

Not even that of a setting that is no secret, since it may be the key by mistake, as where two lines are swapped. No
setting has a default that names a resource.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from connector import routesfile
from connector.core import address, key, mistake
from connector.core.route import Routes
from connector.errors import ConfigurationError

ROUTES: Final = Path(__file__).with_name("routes.yaml")
"""The packaged routes file."""


@dataclass(frozen=True, slots=True)
class Access:
    """
    The settings that a request to Atlan needs; an empty string means that a setting is not set.

    `rate` is the number of requests that may be sent to Atlan per minute.
    """

    atlan_base_url: str
    atlan_api_key: str = field(repr=False)
    atlan_api_key_secret: str
    rate: float


@dataclass(frozen=True, slots=True)
class Settings(Access):
    """All settings; `routes` is what the routes file says, `at_once` how many writes may be in flight together."""

    deployment: str
    routes: Routes
    at_once: int
    lease_table: str
    queue_url: str
    dead_letter_queue_url: str


def access(environ: Mapping[str, str]) -> Access:
    """
    Read from the environment what a request to Atlan needs, and nothing else.

    Raises:
        ConfigurationError: lists every one of these settings that is missing or wrong.
    """
    given = _given(environ, _ACCESS)
    numbers, uncounted = _counted(environ)
    if faults := [*_missing(given), *_wrong(given), *_misplaced(given), *uncounted]:
        raise ConfigurationError(_SOURCE, faults)
    return Access(rate=_rate(numbers), **_fields(given))


def settings(environ: Mapping[str, str]) -> Settings:
    """
    Read the settings from the environment.

    Raises:
        ConfigurationError: lists every setting that is missing or wrong, and every error of the routes file.
    """
    given = _given(environ, (*_WANTED, *_OPTIONAL))
    place, buckets = environ.get("ROUTES", "").strip(), environ.get("BUCKETS", "").strip()
    numbers, uncounted = _counted(environ)
    names, wrong = _named(buckets, given["ATLAN_API_KEY"])
    faults = [*_missing(given), *_wrong(given), *_misplaced({**given, "ROUTES": place}), *uncounted, *wrong]
    routes, rest = _routes(Path(place or ROUTES), names, alone=not faults)
    if routes is None or faults:
        raise ConfigurationError(_SOURCE, [*faults, *rest])
    return Settings(routes=routes, rate=_rate(numbers), at_once=numbers["REQUESTS_AT_ONCE"], **_fields(given))


def dotenv(path: Path) -> str:
    """
    Return the text of a `.env` file, or "" if there is none.

    Raises:
        ConfigurationError: it is not a UTF-8 file.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise ConfigurationError(path.name, [f"it cannot be read ({error.strerror}); make it a file"]) from None
    except UnicodeDecodeError as error:
        raise ConfigurationError(path.name, [f"not UTF-8 at byte {error.start}; save the file as UTF-8"]) from None
    lines = [number for number, line in enumerate(text.split("\n"), start=1) if "\0" in line]
    if lines:
        raise ConfigurationError(path.name, [f"line {lines[0]}: a NUL character; save the file as UTF-8"])
    return text


def _given(environ: Mapping[str, str], names: Iterable[str]) -> dict[str, str]:
    return {name: environ.get(name, "").strip() for name in names}


def _fields(given: Mapping[str, str]) -> dict[str, Any]:
    return {name.lower(): text for name, text in given.items()}


def _missing(given: Mapping[str, str]) -> Iterator[str]:
    for name, wanted in _WANTED.items():
        if given.get(name) == "" and not (name == "ATLAN_API_KEY" and given["ATLAN_API_KEY_SECRET"]):
            yield f"{name} is not set; {wanted}"


def _wrong(given: Mapping[str, str]) -> Iterator[str]:
    if given["ATLAN_BASE_URL"] and (wrong := address.fault(given["ATLAN_BASE_URL"])):
        yield f"ATLAN_BASE_URL {wrong}; {_WANTED['ATLAN_BASE_URL']}"
    if given["ATLAN_API_KEY"] and (wrong := key.fault(given["ATLAN_API_KEY"])):
        yield f"ATLAN_API_KEY {wrong}"
    if not set(given.get("DEPLOYMENT", "")) <= _LETTERS:
        yield f"DEPLOYMENT has other characters; {_WANTED['DEPLOYMENT']}"
    queue, dead = given.get("QUEUE_URL"), given.get("DEAD_LETTER_QUEUE_URL")
    if bool(queue) != bool(dead):
        yield "only one of QUEUE_URL and DEAD_LETTER_QUEUE_URL is set; set both or neither"
    elif queue and queue == dead:
        yield "QUEUE_URL and DEAD_LETTER_QUEUE_URL are the same queue; give two"


def _misplaced(given: Mapping[str, str]) -> Iterator[str]:
    """Find what cannot be meant, before it is sent to a service that repeats it in its error."""
    for name, text in given.items():
        if name not in ("ATLAN_API_KEY", "ATLAN_BASE_URL"):
            same = text == given["ATLAN_API_KEY"] and len(text) >= key.SHORT  # a local catalog's may be a common word
            if same or key.is_token(text):
                yield f"{name} holds an API key; put it into ATLAN_API_KEY"
            elif not text.isprintable():
                yield f"{name} has a line break or a control character in it; write the value again"


def _counted(environ: Mapping[str, str]) -> tuple[dict[str, int], list[str]]:
    """Return the settings that are numbers, without those that are wrong, and what is wrong."""
    given = {name: environ.get(name, "").strip() or usual for name, (usual, *_) in _NUMBERS.items()}
    numbers = {name: int(text) for name, text in given.items() if re.fullmatch("[0-9]{1,7}", text)}
    wrong = [
        f"{name} is not a number that it can be; {wanted}, from {least} to {most}"
        for name, (_, least, most, wanted) in _NUMBERS.items()
        if not least <= numbers.get(name, -1) <= most
    ]
    return numbers, wrong


def _rate(numbers: Mapping[str, int]) -> float:
    """Return the requests per minute."""
    return numbers["RATE_LIMIT"] * numbers["RATE_SHARE"] / 100


def _named(text: str, secret: str) -> tuple[frozenset[str], list[str]]:
    """Read the names of BUCKETS, or say what is wrong with them."""
    names = frozenset(name.strip() for name in text.split(",")) if text else frozenset()
    faults = {fault for name in names for fault in _misplaced({"BUCKETS": name, "ATLAN_API_KEY": secret})}
    try:
        for name in names:
            mistake.bucket(name)
    except ValueError:
        faults = faults or {"BUCKETS has something in it that is no bucket name; give names, separated by commas"}
    return frozenset() if faults else names, sorted(faults)


def _routes(path: Path, buckets: Collection[str], *, alone: bool) -> tuple[Routes | None, list[str]]:
    """
    Read the routes file, or say what is wrong with it.

    Raises:
        ConfigurationError: of the file itself, if its errors are *alone*.
    """
    if not _readable(path):
        return None, [_UNREADABLE]
    try:
        return routesfile.load(path, buckets), []
    except ConfigurationError as error:
        if alone:
            raise
        return None, [f"{path.name}: {fault}" for fault in error.faults]


def _readable(path: Path) -> bool:
    try:
        with path.open("rb"):
            return True
    except (OSError, ValueError):
        return False


_UNREADABLE: Final = (
    "ROUTES names no file that can be read; give the path of a routes file, absolute or from the working directory, or "
    "unset ROUTES"
)
_LETTERS: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-")
_WANTED: Final = {
    "ATLAN_BASE_URL": "give the tenant's address, as in https://acme.atlan.com; for a local catalog write "
    "http://127.0.0.1:PORT, since pyatlan accepts no bare host name",
    "ATLAN_API_KEY": "give an API key of the tenant, in the environment or in .env, or name in ATLAN_API_KEY_SECRET a "
    "secret of Secrets Manager that holds it",
    "DEPLOYMENT": "give a short name for this deployment, of letters, digits and hyphens, which no other deployment on "
    "the S3 connection has; its processes in Atlan are named after it, so do not change it afterwards",
}
_SOURCE: Final = "the environment"
_ACCESS: Final = ("ATLAN_BASE_URL", "ATLAN_API_KEY", "ATLAN_API_KEY_SECRET")
_OPTIONAL: Final = ("ATLAN_API_KEY_SECRET", "LEASE_TABLE", "QUEUE_URL", "DEAD_LETTER_QUEUE_URL")
_NUMBERS: Final = {
    "RATE_LIMIT": ("400", 60, 1_000_000, "give the number of requests per minute that the tenant allows"),
    "RATE_SHARE": ("50", 10, 100, "give the percentage of RATE_LIMIT that this deployment may use"),
    "REQUESTS_AT_ONCE": ("8", 1, 32, "give the number of writes to Atlan that may be in flight together"),
}
"""
For each: the default, the minimum, the maximum, and a description.

Source: Atlan's developer documentation: 400 requests per minute for all clients of a tenant.
"""
