"""
Reads a routes file for `serve`, before anything is started: its connection, its buckets, and an example of each route.

It is the connector's own reader, so a file that is refused here is refused by the handler, in the same words.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from connector.core.route import Match, Routes
from connector.errors import ConfigurationError
from connector.routesfile import load


@dataclass(frozen=True, slots=True)
class Example:
    """A key that a route takes, and the tables that it connects."""

    bucket: str
    key: str
    tables: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class File:
    """A routes file without errors."""

    path: Path
    connection: str
    buckets: tuple[str, ...]
    examples: tuple[Example, ...]


def read(path: Path) -> File:
    """
    Read a routes file.

    Raises:
        SystemExit: it cannot be read, or has errors; lists all of them.
    """
    try:
        routes = load(path)
    except OSError as error:
        raise SystemExit(f"--routes {path}: {error.strerror}; give the path of a routes file") from error
    except ConfigurationError as error:
        raise SystemExit(str(error)) from error
    buckets = tuple(dict.fromkeys(route.bucket for route in routes.routes))
    return File(path.resolve(), routes.connection, buckets, tuple(_examples(routes)))


def _examples(routes: Routes) -> Iterator[Example]:
    """Yield an example of each route, unless an earlier route or an exclusion takes its key."""
    for route in routes.routes:
        key = re.sub(r"\*+/?|\{\{|\}\}|\{(\w+)\}", _filled, route.key.text)
        key = f"{key}data.csv" if not key or key.endswith("/") else key
        match = routes.match(route.bucket, key)
        if isinstance(match, Match) and match.route is route:
            yield Example(route.bucket, key, tuple(filter(None, (match.source, match.target))))


def _filled(found: re.Match[str]) -> str:
    """Fill a variable by its name, and a star by a text or by nothing."""
    if found[1]:
        return found[1]
    return {"{{": "{", "}}": "}", "*": "a"}.get(found[0], "")
