"""
Checks that the lineage page stays fast when the catalog is full: `python -m bench.page`, in half a minute.

Measured without HTTP, on 100,000 assets in small groups and one table with 20,000 objects. No graph is kept from the
request before, as after a change of the catalog. Exits with 1 if a median is above half a second of CPU.
"""

import statistics
import sys
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final

from bench.parts.catalog import BUCKET, obj, seed
from bench.stock import CHUNK, entity, store
from local.catalog.server import Server
from local.page.app import create

Json = dict[str, Any]

ASSETS: Final = 100_000
OBJECTS: Final = 20_000
ROUNDS: Final = 9
LIMIT: Final = 500.0
TABLE: Final = "default/postgres/1700000001/shop/public/large"


def large(server: Server, bucket: str) -> None:
    """Add a table with many objects, as a table has that is exported daily for years."""
    (guid,) = store(server, [entity("Table", TABLE)]).values()
    table, lake = {"typeName": "Table", "guid": guid}, {"typeName": "S3Bucket", "guid": bucket}
    for first in range(0, OBJECTS, CHUNK):
        made: list[Json] = []
        for number in range(first, first + CHUNK):
            one = obj(f"exports/large/{number}.csv", lake)
            ends = {"inputs": [table], "outputs": [{"typeName": "S3Object", "guid": one["guid"]}]}
            made += [one, entity("Process", f"{BUCKET}/large/{number}", **ends)]
        store(server, made)


def requests(server: Server) -> dict[str, Callable[[], object]]:
    """Return what is measured, by name; each request sees a version of the catalog that none saw before."""
    client = create(server.store).test_client()
    (table, one) = (_guid(server, name) for name in (TABLE, f"{BUCKET}/exports/large/7.csv"))

    def get(path: str) -> Callable[[], object]:
        def ask() -> object:
            server.store._change()  # noqa: SLF001
            answer = client.get(path)
            assert answer.status_code == HTTPStatus.OK, answer.text
            return answer

        return ask

    return {
        "overview": get("/page/graph"),
        f"graph of a table with {OBJECTS:,} objects": get(f"/page/graph?about={table}"),
        "graph of one of them": get(f"/page/graph?about={one}"),
        "its page": get(f"/page/assets/{one}"),
        "page of the table": get(f"/page/assets/{table}"),
        "search for a name": get("/page/search?text=large"),
        "search for what is not there": get("/page/search?text=nothing"),
        "changes": get("/page/changes?since=0"),
    }


def _guid(server: Server, name: str) -> str:
    with server.store.read() as connection:
        return str(connection.execute("SELECT guid FROM entity WHERE qualified_name = ?", (name,)).fetchone()[0])


def milliseconds(ask: Callable[[], object]) -> float:
    """Return the median of some rounds, in CPU time, which other programs do not change."""
    taken = []
    for _ in range(ROUNDS):
        began = time.process_time()
        ask()
        taken.append((time.process_time() - began) * 1000)
    return statistics.median(taken)


def main() -> int:
    """Seed, measure, print; return the exit status."""
    with Server() as server:
        print(f"Seeding {ASSETS + 2 * OBJECTS:,} assets, which takes half a minute…", flush=True)
        large(server, seed(server, ASSETS))
        medians = {name: milliseconds(ask) for name, ask in requests(server).items()}
    print("median, ms of CPU")
    for name, median in medians.items():
        print(f"{name:<42}{median:>8.1f}{'' if median <= LIMIT else '  too slow'}")
    return 0 if all(median <= LIMIT for median in medians.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
