"""
The batch connector that this product replaces, as a competent engineer writes its first version with plain pyatlan.

Each run scans the bucket, removes the lineage of the run before, saves each object, and builds all lineage again. It
looks each table up once, needs no request to S3 but the listing, and removes and saves lineage in bulk, column lineage
included. It is what there was before there were notifications: it does not know what is new, so it does everything.
It retires no object whose file was deleted, has no lease against a second run, and if it is killed half way, part of
the lineage is missing until the next run.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import boto3
from botocore.config import Config
from pyatlan.model.assets import Asset, Column, ColumnProcess, Process, S3Bucket, S3Object, Table
from pyatlan.model.fluent_search import CompoundQuery, FluentSearch

from bench.subject import Action, serve
from bench.subjects.client import connected
from tests.support import shop

ENTITIES: Final = 50
"""Assets of a request, at most."""

OURS: Final = f"{shop.CONNECTION}/batch/"
"""What the names of all its processes begin with."""

s3: Final = boto3.client("s3", config=Config(proxies={}))
atlan: Final = connected()


def prepare(bucket: str) -> Action:
    """Catalog all of a bucket."""

    def action() -> dict[str, Any]:
        found = list(scan(bucket))
        cleaned = clean(f"{OURS}{bucket}/")
        objects = {entry["Key"]: save(bucket, entry) for entry in found}
        lineage(bucket, objects)
        return {"objects": len(objects), "cleaned": cleaned}

    return action


def scan(bucket: str) -> Iterator[Mapping[str, Any]]:
    """List the files of a bucket."""
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        yield from page.get("Contents", ())


def clean(prefix: str) -> int:
    """Remove the processes whose names begin with *prefix*, those of columns first; return how many there were."""
    search = FluentSearch(wheres=[CompoundQuery.active_assets(), Asset.QUALIFIED_NAME.startswith(prefix)])
    found = list(search.page_size(300).execute(atlan))
    guids = [str(process.guid) for process in sorted(found, key=lambda one: not isinstance(one, ColumnProcess))]
    for part in _parts(guids):
        atlan.asset.purge_by_guid(part)
    return len(guids)


def save(bucket: str, entry: Mapping[str, Any]) -> str:
    """Save an object, and return its guid."""
    folder, _, name = entry["Key"].rpartition("/")
    made = S3Object.creator_with_prefix(
        name=name,
        connection_qualified_name=shop.CONNECTION,
        s3_bucket_name=bucket,
        s3_bucket_qualified_name=f"{shop.CONNECTION}/{bucket}",
        prefix=folder,
    )
    made.bucket = S3Bucket.ref_by_qualified_name(f"{shop.CONNECTION}/{bucket}")
    made.s3_object_key = entry["Key"]
    made.s3_object_size = entry["Size"]
    made.s3_e_tag = entry["ETag"].strip('"')
    made.s3_object_last_modified_time = entry["LastModified"]
    made.s3_object_storage_class = entry["StorageClass"]
    response = atlan.asset.save(made)
    guid: str = (response.guid_assignments or {})[made.guid]
    return guid


def lineage(bucket: str, objects: Mapping[str, str]) -> None:
    """Build the lineage of all objects, and that of all pairs of tables with their columns."""
    tables = {key: key.split("/")[-2] for key in objects}
    ends = {table: [_table(end) for end in shop.pair(table)] for table in dict.fromkeys(tables.values())}
    made: list[Asset] = []
    for key, guid in objects.items():
        source, target = (Table.ref_by_guid(end.guid) for end in ends[tables[key]])
        file = S3Object.ref_by_guid(guid)
        made.append(_process(f"{tables[key]} → {key}", f"{bucket}/in/{key}", source, file))
        made.append(_process(f"{key} → {tables[key]}", f"{bucket}/out/{key}", file, target))
    for part in _parts(made):
        atlan.asset.save(part)
    for table, (source, target) in ends.items():
        for part in _parts(list(_pair(bucket, table, source, target))):
            atlan.asset.save(part)


def _table(name: str) -> Table:
    """Read a table with its columns."""
    table: Table = atlan.asset.get_by_qualified_name(name, Table, ignore_relationships=False)
    return table


def _pair(bucket: str, table: str, source: Table, target: Table) -> Iterator[Asset]:
    """Build the process of a pair, and those of its columns, whose names are the same but for the case."""
    path, ends = f"{bucket}/pair/{table}", (Table.ref_by_guid(source.guid), Table.ref_by_guid(target.guid))
    parent = _process(table, path, *ends)
    atlan.asset.save(parent)  # a reference to it needs its guid in later requests
    right = {str(column.display_text).lower(): column for column in target.columns or ()}
    for left in source.columns or ():
        name = str(left.display_text).lower()
        if name in right:
            made = ColumnProcess.creator(
                name=name,
                connection_qualified_name=shop.CONNECTION,
                process_id=f"batch/{path}/{name}",
                inputs=[Column.ref_by_guid(left.guid)],
                outputs=[Column.ref_by_guid(right[name].guid)],
                parent=Process.ref_by_qualified_name(f"{OURS}{path}"),
            )
            yield made


def _process(name: str, path: str, source: Any, target: Any) -> Process:
    made: Process = Process.creator(
        name=name,
        connection_qualified_name=shop.CONNECTION,
        process_id=f"batch/{path}",
        inputs=[source],
        outputs=[target],
    )
    return made


def _parts(items: list[Any]) -> Iterable[list[Any]]:
    return (items[first : first + ENTITIES] for first in range(0, len(items), ENTITIES))


if __name__ == "__main__":
    serve(prepare)
