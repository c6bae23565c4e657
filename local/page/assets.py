"""Reads what a card or a line of the page shows of an asset. `walk`, `columns`, `asset` and `search` use it."""

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

Json = dict[str, Any]

OBJECT: Final = "S3Object"

_READ: Final = """
SELECT guid, type, qualified_name, status, update_time, has_lineage,
       json_extract(
           attributes, '$.name', '$.s3ObjectKey', '$.s3BucketName', '$.s3ObjectSize', '$.connectorName'
       ) AS shown
FROM entity WHERE guid IN (SELECT value FROM json_each(?))
"""


@dataclass(frozen=True, slots=True)
class Asset:
    """An asset; `size` in bytes and `changed` in milliseconds since 1970. `key` and `bucket` are "" if it has none."""

    guid: str
    type: str
    name: str
    qualified_name: str
    active: bool
    lineage: bool
    changed: int
    connector: str
    bucket: str
    key: str
    size: int

    def short(self) -> Json:
        """Return what links to the asset."""
        return {
            "guid": self.guid,
            "type": self.type,
            "name": self.name,
            "qualifiedName": self.qualified_name,
            "active": self.active,
        }


def read(connection: sqlite3.Connection, guids: Iterable[str]) -> dict[str, Asset]:
    """Read these assets, active and retired; a guid that no asset has is left out."""
    rows = connection.execute(_READ, (json.dumps(list(guids)),))
    return {row["guid"]: _asset(row) for row in rows}


def _asset(row: sqlite3.Row) -> Asset:
    name, key, bucket, size, connector = json.loads(row["shown"])
    return Asset(
        guid=row["guid"],
        type=row["type"],
        name=name or row["qualified_name"].rpartition("/")[2],
        qualified_name=row["qualified_name"],
        active=row["status"] == "ACTIVE",
        lineage=bool(row["has_lineage"]),
        changed=row["update_time"],
        connector=connector or ([*row["qualified_name"].split("/"), ""])[1],
        bucket=bucket or "",
        key=key or "",
        size=size if isinstance(size, int) else 0,
    )
