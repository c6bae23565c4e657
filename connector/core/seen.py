"""
What S3's listing and Atlan's search say of objects and processes, for whole buckets.

`connector.core.drift` compares the two. A search lags behind by seconds, so nothing here is proof.
"""

from dataclasses import dataclass
from datetime import datetime

from connector.core.asset import Name


@dataclass(frozen=True, slots=True)
class Listed:
    """An object as S3's listing tells it: `size` in bytes, `modified` in UTC."""

    key: str
    size: int
    etag: str
    modified: datetime
    storage_class: str = "STANDARD"


@dataclass(frozen=True, slots=True)
class Cataloged:
    """An active object as Atlan's search tells it; what Atlan does not have is None."""

    name: Name
    guid: str
    size: int | None
    etag: str | None
    modified: datetime | None
    storage_class: str | None


@dataclass(frozen=True, slots=True)
class End:
    """An asset at an end of a process."""

    guid: str
    qualified_name: str


@dataclass(frozen=True, slots=True)
class Linked:
    """A process, active unless it says otherwise, with the active ends that it has; `note` is about its columns."""

    name: Name
    guid: str
    inputs: tuple[End, ...] = ()
    outputs: tuple[End, ...] = ()
    active: bool = True
    note: str = ""


@dataclass(frozen=True, slots=True)
class Around:
    """The qualified names of the active processes that a table is an input of, and of those that it is an output of."""

    reads: frozenset[str] = frozenset()
    writes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Seen:
    """One key, and what the streams have of it."""

    key: str
    listed: Listed | None = None
    cataloged: tuple[Cataloged, ...] = ()
    into: Linked | None = None
    out: Linked | None = None

    @property
    def linked(self) -> bool:
        """Tell whether the catalog has a process of the object."""
        return self.into is not None or self.out is not None
