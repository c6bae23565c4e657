"""
What S3's listing and Atlan's search say of objects and processes.

`connector.core.drift` compares the two, for whole buckets. A search lags behind by seconds, so nothing here is proof.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from connector.core.asset import Family, Found, Name, Table


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


@dataclass(frozen=True, slots=True)
class Wanted:
    """
    What a batch needs of Atlan.

    `buckets` has the names that each may have; they are looked for in the `connection`, as is that itself.
    """

    connection: str
    buckets: Mapping[str, Sequence[Name]] = field(default_factory=dict)
    tables: Collection[str] = ()
    processes: Collection[Name] = ()


@dataclass(frozen=True, slots=True)
class Glimpse:
    """
    What a search found of it: what it did not find may be there all the same, but what it found is up to date.

    `tables` are active ones, with their active columns; `families` are processes with their active column processes.
    """

    connected: bool = False
    buckets: Mapping[str, Sequence[Found]] = field(default_factory=dict)
    tables: Mapping[str, Table] = field(default_factory=dict)
    families: Mapping[Name, Family] = field(default_factory=dict)
