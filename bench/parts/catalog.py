"""
Whether the local catalog stays fast when it is full, as otherwise larger buckets would seem slower than they are.

Measured over HTTP, in turn on an empty store and on a full one: a save of 50 objects into a bucket, a search for one
object by qualified name, as pyatlan sends it, and a read of one by guid. Neither waits for the disk, which would hide a
difference.
"""

import time
from collections.abc import Callable, Iterator
from typing import Final

import httpx

from bench.stock import CHUNK, Json, entity, ref, store
from bench.subject import Sample
from local.catalog.server import Server

BULK: Final = 50
BUCKET: Final = "default/s3/1700000000/lake"


def measure(*, small: bool) -> Iterator[Sample]:
    """Run all actions in turn on both catalogs, for all rounds."""
    assets, rounds = (2_000, 3) if small else (100_000, 60)
    with Server() as empty, Server() as full:
        catalogs = {"empty": Catalog(empty, 0), "full": Catalog(full, assets)}
        actions: dict[str, Callable[[Catalog], None]] = {
            f"save of {BULK}": Catalog.save,
            "search for one": Catalog.search,
            "read of one": Catalog.read,
        }
        for _ in range(rounds):
            for what, action in actions.items():
                for name, catalog in catalogs.items():
                    began = time.perf_counter()
                    action(catalog)
                    yield {"subject": name, "action": what, "wall": time.perf_counter() - began}
            for catalog in catalogs.values():
                catalog.purge()


class Catalog:
    """A client of one of the two catalogs, which has a bucket and about so many other *assets*."""

    def __init__(self, server: Server, assets: int) -> None:
        self.bucket = ref("S3Bucket", BUCKET, seed(server, assets))
        headers = {"Authorization": f"Bearer {server.key}"}
        self.client = httpx.Client(base_url=f"{server.url}/api/meta", headers=headers, trust_env=False, timeout=60)
        self.saved: list[str] = []

    def save(self) -> None:
        """Save 50 new objects."""
        entities = [obj(f"bench/{number}.csv", self.bucket) for number in range(BULK)]
        answer = self.client.post("/entity/bulk/", json={"entities": entities}).raise_for_status()
        self.saved = list(answer.json()["guidAssignments"].values())

    def search(self) -> None:
        """Find one of them by its qualified name."""
        name = {"qualifiedName": {"value": f"{BUCKET}/bench/7.csv", "case_insensitive": False}}
        terms = [{"__superTypeNames.keyword": {"value": "Asset"}}, {"__state": {"value": "ACTIVE"}}, name]
        query = {"bool": {"filter": [{"term": term} for term in terms]}}
        dsl = {"from": 0, "size": 300, "track_total_hits": True, "query": query, "sort": [{"__guid": {"order": "asc"}}]}
        answer = self.client.post("/search/indexsearch", json={"dsl": dsl, "attributes": ["s3ObjectKey"]})
        assert answer.raise_for_status().json()["approximateCount"] == 1

    def read(self) -> None:
        """Read one of them, with its bucket."""
        self.client.get(f"/entity/guid/{self.saved[0]}").raise_for_status()

    def purge(self) -> None:
        """Remove them, so that the empty catalog stays empty."""
        self.client.delete("/entity/bulk/", params={"guid": self.saved, "deleteType": "PURGE"}).raise_for_status()


def seed(server: Server, assets: int) -> str:
    """Store one bucket and, in groups of ten, about so many other *assets*; return the bucket's guid."""
    (guid,) = store(server, [entity("S3Bucket", BUCKET)]).values()
    bucket = ref("S3Bucket", BUCKET, guid)
    for first in range(0, assets // 10, CHUNK // 10):
        store(server, [one for number in range(first, first + CHUNK // 10) for one in pair(number, bucket)])
    return guid


def pair(number: int, bucket: Json) -> list[Json]:
    """Return ten assets: a table of four columns, two objects, a process from it to each, and a column process."""
    table = f"default/postgres/1700000001/shop/public/t{number}"
    columns = [entity("Column", f"{table}/c{part}", table=ref("Table", table)) for part in range(4)]
    found = [entity("Table", table), *columns]
    for part in range(2):
        one = obj(f"exports/t{number}/{part}.csv", bucket)
        ends = {"inputs": [ref("Table", table)], "outputs": [{"typeName": "S3Object", "guid": one["guid"]}]}
        found += [one, entity("Process", f"{BUCKET}/p{number}/{part}", **ends)]
    target = {"inputs": [ref("Column", f"{table}/c0")], "outputs": [ref("Column", f"{table}/c1")]}
    process = {"typeName": "Process", "guid": found[-1]["guid"]}
    return [*found, entity("ColumnProcess", f"{BUCKET}/k{number}", process=process, **target)]


def obj(key: str, bucket: Json) -> Json:
    """Return an object with the attributes that the connector sends."""
    facts = {"s3BucketName": "lake", "s3ObjectKey": key, "s3ObjectSize": 1024, "connectorName": "s3"}
    return entity("S3Object", f"{BUCKET}/{key}", bucket=bucket, connectionQualifiedName=BUCKET[:24], **facts)
