"""
The floor: the same assets as the connector's, from pyatlan's creators and plain botocore, without any of its rules.

It knows beforehand what the connector finds out: the routes, and the guids of the bucket and of the tables. It has no
lease, no limit, no log, no metrics, divides nothing, and does not look whether anything succeeded. `stages` says where
the CPU went: "get" (S3), "build" (the models), "save" (pyatlan's request and response). With `prebuilt`, the requests
were serialized before, and are only sent, by plain httpx, without S3.
"""

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Any, Final

import boto3
import httpx
from botocore.config import Config
from pyatlan.client.common.asset import Save
from pyatlan.model.assets import Asset, Process, S3Bucket, S3Object, Table
from pyatlan.model.enums import EntityStatus

from bench.subject import Action, serve
from bench.subjects.client import connected
from tests.support import shop

ENTITIES: Final = 50
"""Assets of a request, at most."""

OBJECTS: Final = ENTITIES // 3
"""Objects of a request, each with its two processes."""

READERS: Final = 8
"""Requests to S3 at the same time, as many as the connector's."""

Place = tuple[str, str]

s3: Final = boto3.client("s3", config=Config(proxies={}, max_pool_connections=READERS))
atlan: Final = connected()
plain: Final = httpx.Client(
    base_url=os.environ["ATLAN_BASE_URL"],
    headers={"Authorization": f"Bearer {os.environ['ATLAN_API_KEY']}", "Content-Type": "application/json"},
    trust_env=False,
    timeout=60,
)


def prepare(places: list[Place], guids: dict[str, str], *, first: int = 1, prebuilt: bool = False) -> Action:
    """
    Save the objects at these places with their processes.

    Args:
        guids: those of the bucket and of the tables, by name and by qualified name.
        first: how many bytes of each object are read from S3.
        prebuilt: read S3 and serialize beforehand, and only send.
    """
    spent: dict[str, float] = {}
    if prebuilt:
        requests = [_json(models) for models in _built(places, guids, spent, first)]
        return lambda: _sent(requests)

    def action() -> dict[str, Any]:
        changed = 0
        for models in _built(places, guids, spent, first):
            with _spending(spent, "save"):
                mutated = atlan.asset.save(models).mutated_entities
            changed += bool(mutated and (mutated.CREATE or mutated.UPDATE))
        return {"stages": dict(spent), "changed": changed}

    return action


def _built(
    places: Sequence[Place], guids: Mapping[str, str], spent: dict[str, float], first: int
) -> Iterator[list[Asset]]:
    """Read a request's objects, and yield its assets."""
    read = partial(_head, first=first)
    for begin in range(0, len(places), OBJECTS):
        part = places[begin : begin + OBJECTS]
        with _spending(spent, "get"):
            heads = [read(part[0])] if len(part) == 1 else _together(read, part)
        with _spending(spent, "build"):
            models = [model for place, head in zip(part, heads, strict=True) for model in _models(place, head, guids)]
        yield models


def _together(read: Callable[[Place], Any], places: Sequence[Place]) -> list[Any]:
    with ThreadPoolExecutor(READERS) as readers:
        return list(readers.map(read, places))


def _head(place: Place, first: int) -> Any:
    """Read what S3 tells of an object, by a GET of its first bytes."""
    answer = s3.get_object(Bucket=place[0], Key=place[1], Range=f"bytes=0-{first - 1}")
    answer["Body"].read()
    return answer


def _models(place: Place, head: Any, guids: Mapping[str, str]) -> Iterator[Asset]:
    """Build an object and its two processes."""
    bucket, key = place
    folder, _, name = key.rpartition("/")
    table = folder.rpartition("/")[2]
    made = S3Object.creator_with_prefix(
        name=name,
        connection_qualified_name=shop.CONNECTION,
        s3_bucket_name=bucket,
        s3_bucket_qualified_name=f"{shop.CONNECTION}/{bucket}",
        prefix=folder,
    )
    made.bucket = S3Bucket.ref_by_guid(guids[bucket])
    made.cloud_uniform_resource_name = f"arn:aws:s3:::{bucket}/{key}"
    made.s3_object_key = key
    made.s3_object_size = int(head["ContentRange"].rpartition("/")[2])
    made.s3_e_tag = head["ETag"].strip('"')
    made.s3_object_last_modified_time = head["LastModified"]
    made.s3_object_version_id = head.get("VersionId", "")
    made.s3_object_content_type = head["ContentType"]
    made.s3_object_content_disposition = head.get("ContentDisposition", "")
    made.s3_object_storage_class = head.get("StorageClass", "STANDARD")
    made.s3_encryption = head.get("ServerSideEncryption", "")
    made.status = EntityStatus.ACTIVE
    yield made
    source, target = (Table.ref_by_guid(guids[end]) for end in shop.pair(table))
    file = S3Object.ref_by_guid(made.guid)
    yield _process(f"{table} → {name}", f"in/{bucket}/{key}", source, file)
    yield _process(f"{name} → {table.upper()}", f"out/{bucket}/{key}", file, target)


def _process(name: str, path: str, source: Any, target: Any) -> Process:
    made: Process = Process.creator(
        name=name,
        connection_qualified_name=shop.CONNECTION,
        process_id=f"{os.environ['DEPLOYMENT']}/{path}",
        inputs=[source],
        outputs=[target],
    )
    made.status = EntityStatus.ACTIVE
    return made


def _json(models: list[Asset]) -> bytes:
    """Serialize a request as pyatlan does."""
    _, request = Save.prepare_request(models, client=atlan)
    return request.json(by_alias=True, exclude_unset=True).encode()


def _sent(requests: Sequence[bytes]) -> dict[str, Any]:
    for request in requests:
        plain.post("/api/meta/entity/bulk", content=request).raise_for_status()
    return {}


@contextmanager
def _spending(spent: dict[str, float], stage: str) -> Iterator[None]:
    """Add the CPU of a stage to what was spent."""
    began = time.process_time()
    yield
    spent[stage] = spent.get(stage, 0.0) + time.process_time() - began


if __name__ == "__main__":
    serve(prepare)
