"""
The assets of the catalog that matter here: those we write, and what Atlan says it has.

Nothing here knows how an asset travels; the Atlan adapter does.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Type(StrEnum):
    """Atlan's names of the types that we write."""

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
    What S3 says of an object: `size` in bytes, `modified` in UTC; an empty text is what S3 did not mention.

    `lock_mode`, `lock_until` and `legal_hold` are None where the role may not see them, which S3 does not tell from
    an object without a lock.
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
class Bucket:
    """An S3 bucket; `label` is the name that people read."""

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
    stat: Stat


@dataclass(frozen=True, slots=True)
class Process:
    """Lineage from inputs to outputs; a column process, if it has a parent."""

    name: Name
    label: str
    connection: str
    inputs: tuple[Reference, ...]
    outputs: tuple[Reference, ...]
    parent: Reference | None = None


Asset = Bucket | Object | Process


@dataclass(frozen=True, slots=True)
class Found:
    """An asset that Atlan has, active or archived."""

    name: Name
    guid: str
    active: bool
    label: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """An active column of a table."""

    name: str
    guid: str


@dataclass(frozen=True, slots=True)
class Table:
    """An active table, view or materialised view, with its active columns where they were read."""

    type: str
    guid: str
    columns: tuple[Column, ...] = ()

    @property
    def reference(self) -> ByGuid:
        """Return what processes refer to."""
        return ByGuid(self.type, self.guid)
