"""
Checks that the local catalog stays fast when it is full: `python -m bench.catalog`, in half a minute.

Measured over HTTP, in turn on an empty store and on a full one: a save of 50 objects into a bucket, a search for one
object by qualified name, as pyatlan sends it, and a read of one by guid. Exits with 1 if the full store's median is
more than 3 times the empty one's. Neither waits for the disk, which would hide a difference.
"""

import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any, Final

import httpx

from local.catalog.entities import save
from local.catalog.entities.mutation import Mutation
from local.catalog.people import records
from local.catalog.search import index
from local.catalog.server import Server
from local.catalog.store import now_ms

Json = dict[str, Any]

ASSETS: Final = 100_000
CHUNK: Final = 1_000
BULK: Final = 50
ROUNDS: Final = 60
LIMIT: Final = 3.0
BUCKET: Final = "default/s3/1700000000/lake"


def entity(kind: str, name: str, **attributes: Any) -> Json:
    """Return an entity whose temporary guid contains its name, which is also its qualified name."""
    return {"typeName": kind, "guid": f"-{name}", "attributes": {"qualifiedName": name, "name": name, **attributes}}


def ref(kind: str, name: str) -> Json:
    return {"typeName": kind, "guid": f"-{name}"}


def obj(key: str, bucket: Json) -> Json:
    """Return an object with the attributes that the connector sends."""
    facts = {"s3BucketName": "lake", "s3ObjectKey": key, "s3ObjectSize": 1024, "connectorName": "s3"}
    return entity("S3Object", f"{BUCKET}/{key}", bucket=bucket, connectionQualifiedName=BUCKET[:24], **facts)


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


def store(server: Server, entities: list[Json]) -> dict[str, str]:
    """Save directly, without HTTP and without a response; return guids by temporary guid."""
    with server.store.write() as connection:
        mutation = Mutation(connection, records.ACTOR, now_ms())
        save.save(mutation, entities)
        index.write(connection, mutation.finish(), mutation.now)
        return mutation.assignments


def seed(server: Server, assets: int) -> str:
    """Fill a catalog with one bucket and, in groups of ten, about as many other *assets*; return the bucket's guid."""
    (guid,) = store(server, [entity("S3Bucket", BUCKET)]).values()
    bucket = {"typeName": "S3Bucket", "guid": guid}
    for first in range(0, assets // 10, CHUNK // 10):
        store(server, [one for number in range(first, first + CHUNK // 10) for one in pair(number, bucket)])
    return guid


class Catalog:
    """A client of one of the two catalogs."""

    def __init__(self, server: Server, assets: int) -> None:
        self.bucket = {"typeName": "S3Bucket", "guid": seed(server, assets)}
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


def seconds(action: Callable[[], None]) -> float:
    """Time an action."""
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def measure(catalogs: list[Catalog]) -> dict[str, list[list[float]]]:
    """Run all actions in turn on all catalogs, for all rounds; return the seconds by action and catalog."""
    actions: dict[str, Callable[[Catalog], None]] = {
        f"save of {BULK}": Catalog.save,
        "search for one": Catalog.search,
        "read of one": Catalog.read,
    }
    times: dict[str, list[list[float]]] = {name: [[] for _ in catalogs] for name in actions}
    for _ in range(ROUNDS):
        for name, action in actions.items():
            for catalog, taken in zip(catalogs, times[name], strict=True):
                taken.append(seconds(partial(action, catalog)))
        for catalog in catalogs:
            catalog.purge()
    return times


def report(times: dict[str, list[list[float]]]) -> bool:
    """Print medians in milliseconds; return whether all ratios are within the limit."""
    print(f"{'median, ms':<16}{'empty':>10}{f'{ASSETS:,}':>10}{'ratio':>8}")
    medians = {name: [statistics.median(taken) * 1000 for taken in both] for name, both in times.items()}
    for name, (empty, full) in medians.items():
        print(
            f"{name:<16}{empty:>10.2f}{full:>10.2f}{full / empty:>8.2f}{'' if full <= LIMIT * empty else '  too slow'}"
        )
    return all(full <= LIMIT * empty for empty, full in medians.values())


def main() -> int:
    """Seed, measure, print; return the exit code."""
    with Server() as small, Server() as large:
        print(f"Seeding {ASSETS:,} assets, which takes a few seconds…", flush=True)
        return 0 if report(measure([Catalog(small, 0), Catalog(large, ASSETS)])) else 1


if __name__ == "__main__":
    sys.exit(main())
