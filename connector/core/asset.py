"""
Assets of the catalog: those to write, and those that Atlan has.

The Atlan adapter knows how an asset is sent; this module does not.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Type(StrEnum):
    """Atlan's names of the asset types that we write."""

    BUCKET = "S3Bucket"
    OBJECT = "S3Object"
    PROCESS = "Process"
    COLUMN_PROCESS = "ColumnProcess"


@dataclass(frozen=True, slots=True)
class Name:
    """A reference by name: a qualified name is unique per type, whatever the status."""

    type: Type
    qualified_name: str


@dataclass(frozen=True, slots=True)
class ByGuid:
    """A reference by guid, for assets that are not ours to name: buckets, tables, columns."""

    type: str
    guid: str


Reference = Name | ByGuid


@dataclass(frozen=True, slots=True)
class Stat:
    """
    The state of an object in S3: `size` in bytes, `modified` in UTC; an empty string means that S3 gave no value.

    `lock_mode`, `lock_until` and `legal_hold` are None where the object has no lock, or the role may not
    see it: S3's response is the same.
    """

    size: int
    etag: str
    modified: datetime
    version: str = ""
    content_type: str = ""
    disposition: str = ""
    storage_class: str = "STANDARD"
    encryption: str = ""
    lock_mode: str | None = None
    lock_until: datetime | None = None
    legal_hold: bool | None = None


@dataclass(frozen=True, slots=True)
class Read:
    """An object as S3 returns it: its state, and its first bytes, None if S3 does not return them."""

    stat: Stat
    head: bytes | None = field(default=None, repr=False)

    @property
    def complete(self) -> bool:
        """Tell whether the first bytes are all."""
        return len(self.head or b"") >= self.stat.size


@dataclass(frozen=True, slots=True)
class Bucket:
    """An S3 bucket; `label` is its display name."""

    name: Name
    label: str
    connection: str


@dataclass(frozen=True, slots=True)
class Object:
    """An S3 object of a bucket."""

    name: Name
    label: str
    connection: str
    bucket: Reference
    bucket_name: str
    bucket_qualified_name: str
    key: str
    arn: str
    stat: Stat


@dataclass(frozen=True, slots=True)
class Process:
    """
    Lineage from inputs to outputs; a column process, if it has a parent.

    `note` is what it says about its columns; None if that is left as it is.
    """

    name: Name
    label: str
    connection: str
    inputs: tuple[Reference, ...]
    outputs: tuple[Reference, ...]
    parent: Reference | None = None
    note: str | None = None


Asset = Bucket | Object | Process


def is_column(asset: Asset) -> bool:
    """Tell whether an asset is a column process."""
    return isinstance(asset, Process) and asset.parent is not None


@dataclass(frozen=True, slots=True)
class Found:
    """An asset that Atlan has, active or archived."""

    name: Name
    guid: str
    active: bool
    label: str = ""


@dataclass(frozen=True, slots=True)
class Family:
    """A process that Atlan has, active or archived, what it says about its columns, and its active column processes."""

    active: bool = False
    note: str = ""
    children: tuple[Found, ...] = ()


@dataclass(frozen=True, slots=True)
class Column:
    """
    An active column of a table.

    `order` is its place in the table, from 1: None where it was not read, 0 where Atlan does not have it.
    """

    name: str
    guid: str
    order: int | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """An active table, view or materialised view, with its active columns where they were read."""

    type: str
    guid: str
    columns: tuple[Column, ...] = ()

    @property
    def reference(self) -> ByGuid:
        """Return the reference that processes use."""
        return ByGuid(self.type, self.guid)
