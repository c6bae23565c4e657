"""
Compares the catalog with S3, without the connector's code.

Both sides are lists of statements, one for each asset; a statement on only one side is a difference.
"""

import csv
import gzip
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from pyatlan.client.atlan import AtlanClient
from pyatlan.model.assets import Asset, ColumnProcess, Process, S3Bucket, S3Object
from pyatlan.model.fluent_search import FluentSearch

from local.commands.sample import pipeline


def differences(atlan: AtlanClient, s3: Any) -> list[str]:
    """List missing and unexpected assets of the catalog; the list is empty if it is in sync with S3."""
    expected = Counter(_expected(s3, _keys(s3)))
    actual = Counter(_actual(list(assets(atlan, pipeline.S3))))
    lacking = [f"missing: {statement}" for statement in (expected - actual).elements()]
    return lacking + [f"unexpected: {statement}" for statement in (actual - expected).elements()]


def assets(atlan: AtlanClient, connection: str) -> Iterator[Any]:
    """Find all active assets of a connection, with the inputs and outputs of processes."""
    request = FluentSearch.select().where(Asset.CONNECTION_QUALIFIED_NAME.eq(connection)).page_size(300)
    for attribute in (S3Object.S3OBJECT_KEY, "inputs", "outputs", ColumnProcess.PROCESS):
        request = request.include_on_results(attribute)
    yield from request.include_on_relations(Asset.QUALIFIED_NAME).execute(atlan)


def _keys(s3: Any) -> list[str]:
    """List the keys of the bucket, the newest first, by the second and then by key."""
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=pipeline.BUCKET)
    entries = [entry for page in pages for entry in page.get("Contents", ())]
    seconds = [(entry["LastModified"].replace(microsecond=0), entry["Key"]) for entry in entries]
    return [key for _, key in sorted(seconds, reverse=True)]


def _expected(s3: Any, keys: Sequence[str]) -> Iterator[str]:
    """Yield the expected assets: two processes per object; per pair of tables, one, and one for each carried column."""
    yield f"bucket {pipeline.BUCKET}"
    tables: dict[tuple[str, str, str], list[str]] = {}
    for key in keys:
        table = pipeline.exported(key)
        source, target = (f"{side.path}/{side.name(table)}" for side in (pipeline.SOURCE, pipeline.TARGET))
        yield f"object {key}"
        yield f"process {source} → {key}"
        yield f"process {key} → {target}"
        tables.setdefault((table, source, target), []).append(key)
    for (table, source, target), files in tables.items():
        yield f"process {source} → {target}"
        for name in _carried(s3, table, files):
            yield f"column process {source}/{name} → {target}/{name.upper()} of {source} → {target}"


def _carried(s3: Any, table: str, keys: Sequence[str]) -> list[str]:
    """Return the columns of a table that the first of these files with a header has; all, if none has a header."""
    columns = [name for name, _ in pipeline.header(table)]
    for key in keys:
        data = s3.get_object(Bucket=pipeline.BUCKET, Key=key)["Body"].read()
        text = (gzip.decompress(data) if data.startswith(b"\x1f\x8b") else data).decode()
        names = next(csv.reader(io.StringIO(text)), [])
        found = [name for name in columns if name in names]
        if names and 2 * len(found) >= len(names):
            return found
    return columns


def _actual(found: list[Any]) -> Iterator[str]:
    """Yield the assets of the catalog; objects by their keys, others by qualified names."""
    keys = {asset.guid: asset.s3_object_key or "" for asset in found if isinstance(asset, S3Object)}
    flows = {asset.guid: _flow(asset, keys) for asset in found if isinstance(asset, Process)}
    for asset in found:
        match asset:
            case S3Bucket():
                yield f"bucket {asset.name}"
            case S3Object():
                yield f"object {asset.s3_object_key}"
            case ColumnProcess():
                parent = flows.get(asset.process.guid) if asset.process else None
                yield f"column process {flows[asset.guid]} of {parent}"
            case Process():
                yield f"process {flows[asset.guid]}"
            case _:
                yield f"{asset.type_name} {asset.qualified_name}"


def _flow(process: Any, keys: dict[str, str]) -> str:
    ends = (
        " + ".join(sorted(keys.get(end.guid) or end.qualified_name for end in side or ()))
        for side in (process.inputs, process.outputs)
    )
    return " → ".join(ends)
