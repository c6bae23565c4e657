"""
How far a key gets on each route: the first segment at which a pattern does not match it.

`connector.core.verdict` says it when no route takes a key. Matching itself is in `connector.core.pattern`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final
from urllib.parse import unquote, unquote_plus

from connector.core.pattern import Pattern, pattern
from connector.core.route import Routes, Unrouted

NEAR: Final = 3
"""Names that resemble another one and are told, at most."""


@dataclass(frozen=True, slots=True)
class Miss:
    """
    A route that does not take a key.

    `segment` is the number of the pattern's first segment that does not match, from 1; `why` is a sentence about it.
    """

    route: str
    pattern: str
    segment: int
    why: str


def misses(routes: Routes, bucket: str, key: str) -> list[Miss]:
    """Say why each route of *bucket* that does not match *key* does not; the one that gets furthest comes first."""
    found = [
        Miss(route.name, route.key.text, *fault(route.key, key))
        for route in routes.routes
        if route.bucket == bucket and route.key.match(key) is None
    ]
    return sorted(found, key=lambda miss: -_progress(miss))


def exclusion(routes: Routes, key: str) -> str:
    """Return the pattern of `exclude` that a key matches, or ""."""
    return next((excluded.text for excluded in routes.exclude if excluded.match(key) is not None), "")


def takers(routes: Routes, key: str) -> list[tuple[str, str]]:
    """Return bucket and name of the routes that would take *key* if it were in their bucket."""
    return [(route.bucket, route.name) for route in routes.routes if route.key.match(key) is not None]


def decoded(key: str) -> list[str]:
    """
    Return the keys that *key* encodes, if it is encoded.

    Source:
        S3 User Guide, "Event message structure": keys in notifications are form-encoded; S3 Batch Operations encode
        them as in URLs.
    """
    return [
        other for other in dict.fromkeys((unquote_plus(key), unquote(key))) if other != key and "\ufffd" not in other
    ]


def near(name: str, names: Iterable[str]) -> list[str]:
    """Return those of *names* that resemble a name, the nearest first."""
    return get_close_matches(name, list(names), NEAR, 0.6)


def unrouted(routes: Routes, bucket: str, key: str) -> bool:
    """Tell whether no route takes a key."""
    return isinstance(routes.match(bucket, key), Unrouted)


def _progress(miss: Miss) -> float:
    return miss.segment / len(miss.pattern.split("/"))


def fault(wanted: Pattern, key: str) -> tuple[int, str]:
    """Return the number of the first segment that does not match, and why: what is before it does."""
    parts = wanted.text.split("/")
    beginnings = ((count, pattern("/".join((*parts[:count], "**"))).ends(key)) for count in range(len(parts))[::-1])
    count, ends = next((count, ends) for count, ends in beginnings if ends is not None)  # ** matches every key
    return count + 1, _why(parts[count:], key[ends[-2] :])


def _why(wanted: list[str], rest: str) -> str:
    """Say why the first of the segments that a pattern *wanted* next does not match the *rest* of a key."""
    segment, after = wanted[0], wanted[1:]
    found, slash, _ = rest.partition("/")
    if not rest:
        return f"the pattern goes on with `{'/'.join(wanted)}`, and the key ends"
    if not after and (slash or not segment):
        return f"the pattern ends with `{segment or '/'}`, and the key goes on with `{rest}`"
    if after and not slash:
        return f"the pattern goes on with `{'/'.join(wanted)}`, and the key ends with `{found}`"
    case = "; only the case is different" if pattern(segment.lower()).match(found.lower()) is not None else ""
    return f"the pattern has `{segment}`, and the key has `{found}`{case}"
