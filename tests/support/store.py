"""
S3 in memory: versions, delete markers, strong reads, and listings in pages.

`tests/integration/test_store.py` holds it to what the adapter does on moto.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from connector.core.asset import Read, Stat
from connector.core.seen import Listed
from connector.errors import ConnectorError, ForbiddenError, UnavailableError

VERSIONED: Final = frozenset({"cold"})
_START: Final = datetime(2026, 1, 1, tzinfo=UTC)
_ERRORS: Final[dict[str, type[ConnectorError]]] = {"S3 403": ForbiddenError, "S3 503": UnavailableError}


@dataclass(frozen=True, slots=True)
class Window:
    """For some time, S3 returns only `kind` for a key, "S3 403" or "S3 503"."""

    bucket: str
    key: str
    start: float
    end: float
    kind: str


class S3:
    """The buckets; each change returns the event type that S3 sends for it, "" if nothing changes."""

    def __init__(self, page: int, windows: Sequence[Window], clock: Callable[[], float]) -> None:
        self._versions: dict[tuple[str, str], list[tuple[Stat, bytes | None] | None]] = defaultdict(list)
        self._page, self._windows, self._clock, self._number = page, windows, clock, 0
        self.hit: list[Window] = []

    def current(self, bucket: str, key: str) -> Stat | None:
        found = self.content(bucket, key)
        return found[0] if found else None

    def content(self, bucket: str, key: str) -> tuple[Stat, bytes | None] | None:
        """Return an object with its content, None where that does not matter."""
        versions = self._versions.get((bucket, key))
        return versions[-1] if versions else None

    def keys(self, bucket: str) -> list[str]:
        return sorted(key for owner, key in self._versions if owner == bucket and self.current(bucket, key))

    def put(self, bucket: str, key: str, body: bytes | None = None) -> str:
        self._number += 1
        modified = _START + timedelta(seconds=int(self._clock()))
        version = f"v{self._number}" if bucket in VERSIONED else ""
        size = self._number % 3 if body is None else len(body)
        self._add(bucket, key, (Stat(size, f"etag-{self._number % 4}", modified, version), body))
        return "ObjectCreated:Put"

    def delete(self, bucket: str, key: str) -> str:
        if self.current(bucket, key) is None:
            return ""
        self._add(bucket, key, None)
        return "ObjectRemoved:DeleteMarkerCreated" if bucket in VERSIONED else "ObjectRemoved:Delete"

    def expire(self, bucket: str, key: str) -> str:
        removed = self.delete(bucket, key)
        return removed and removed.replace("ObjectRemoved", "LifecycleExpiration")

    def undelete(self, bucket: str, key: str) -> str:
        """Remove the delete marker: the version below it is there again, though the event says removed."""
        versions = self._versions[bucket, key]
        if bucket not in VERSIONED or len(versions) < 2 or versions[-1] is not None:
            return ""
        versions.pop()
        return "ObjectRemoved:Delete"

    def prune(self, bucket: str, key: str) -> str:
        """Remove an old version: the current object stays, although the event says removed."""
        versions = self._versions[bucket, key]
        if bucket not in VERSIONED or len(versions) < 2:
            return ""
        versions.pop(0)
        return "ObjectRemoved:Delete"

    def read(self, bucket: str, key: str, first: int) -> Read | None:
        """Answer at once: readers are parallel, and only the key and the time may matter."""
        for window in self._windows:
            if (window.bucket, window.key) == (bucket, key) and window.start <= self._clock() < window.end:
                self.hit.append(window)
                raise _ERRORS[window.kind](f"s3://{bucket}/{key}: {window.kind}")
        found = self.content(bucket, key)
        return Read(found[0], (found[1] or b"\n" * found[0].size)[:first]) if found else None

    def page(self, bucket: str, prefix: str, after: str) -> list[str]:
        keys = [key for key in self.keys(bucket) if key.startswith(prefix) and key > after]
        return keys[: self._page]

    def long(self, bucket: str) -> bool:
        """Return whether the bucket has more than ten pages, so that a pair in it may stay undecided."""
        return len(self.keys(bucket)) > 9 * self._page

    def _add(self, bucket: str, key: str, found: tuple[Stat, bytes | None] | None) -> None:
        versions = self._versions[bucket, key]
        if bucket not in VERSIONED:
            versions.clear()
        versions.append(found)


@dataclass
class Reader:
    """The store port of one process; *ask* lets time pass, since others may write between two pages."""

    s3: S3
    ask: Callable[[str, Callable[[], list[str]]], list[str]]

    def read(self, bucket: str, key: str, first: int = 1) -> Read | None:
        return self.s3.read(bucket, key, first)

    def listing(self, bucket: str, prefix: str, after: str) -> Iterator[Sequence[Listed]]:
        page = self._page(bucket, prefix, after)
        while page:
            stats = ((key, self.s3.current(bucket, key)) for key in page)
            yield [Listed(key, s.size, s.etag, s.modified, s.storage_class) for key, s in stats if s]
            page = self._page(bucket, prefix, page[-1])

    def _page(self, bucket: str, prefix: str, after: str) -> list[str]:
        return self.ask(f"list s3://{bucket}/{prefix}*", lambda: self.s3.page(bucket, prefix, after))
