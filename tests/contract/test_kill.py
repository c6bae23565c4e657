"""The catalog under load: killed at any moment it keeps what it acknowledged, and it serves sixteen clients at once."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import httpx
import pytest

from local.catalog.server import Server

pytestmark = pytest.mark.unmeasured

SOAK = bool(os.environ.get("SOAK"))
WRITERS = 4
BULK = 8
ROOT = Path(__file__).parents[2]
SERVE = """
import sys, time
from pathlib import Path
from local.catalog.server import Server
print(Server(Path(sys.argv[1])).start().url, flush=True)
time.sleep(600)
"""


@pytest.fixture(autouse=True)
def _embedded(catalog: Server) -> None:
    """Only the local catalog can be killed."""


@contextmanager
def served(db: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Serve *db* in a process of its own; give the process, which is killed at the end, and its address."""
    with subprocess.Popen([sys.executable, "-c", SERVE, str(db)], stdout=subprocess.PIPE, text=True, cwd=ROOT) as child:
        try:
            yield child, child.stdout.readline().strip()
        finally:
            child.kill()


def plain(url: str) -> httpx.Client:
    headers = {"Authorization": "Bearer local"}
    return httpx.Client(base_url=f"{url}/api/meta", headers=headers, trust_env=False, timeout=30)


def save(client: httpx.Client, names: list[str]) -> list[str]:
    """Save entities in one request; give their guids, in order."""
    entities = [
        {"typeName": "S3Object", "guid": f"-{number}", "attributes": {"qualifiedName": name, "name": name}}
        for number, name in enumerate(names, 1)
    ]
    assigned = client.post("/entity/bulk/", json={"entities": entities}).raise_for_status().json()["guidAssignments"]
    return [assigned[entity["guid"]] for entity in entities]


@dataclass
class Writer:
    """Saves one entity and several in turn; remembers what it sent, and the guids of what was acknowledged, by name."""

    url: str
    name: str
    sent: list[list[str]] = field(default_factory=list)
    acknowledged: dict[str, str] = field(default_factory=dict)

    def work(self, turns: Iterable[int]) -> None:
        with plain(self.url) as client:
            for turn in turns:
                names = [f"{self.name}/{turn}/{part}" for part in range(BULK if turn % 2 else 1)]
                self.sent.append(names)
                self.acknowledged |= dict(zip(names, save(client, names), strict=True))

    def work_to_the_end(self) -> None:
        """Work until the catalog is gone."""
        with pytest.raises(httpx.TransportError):
            self.work(count())


def stored(client: httpx.Client) -> dict[str, str]:
    """Read all there is, in pages: guids by qualified name."""
    found: dict[str, str] = {}
    dsl = {"size": 1000, "sort": [{"qualifiedName": {"order": "asc"}}]}
    while page := client.post("/search/indexsearch", json={"dsl": dsl}).raise_for_status().json().get("entities"):
        found |= {header["attributes"]["qualifiedName"]: header["guid"] for header in page}
        dsl["search_after"] = [page[-1]["attributes"]["qualifiedName"]]
    return found


def load(path: Path, life: int, seconds: float) -> list[Writer]:
    """Serve the file, and kill the server some *seconds* after each writer had its first answer."""
    with served(path) as (child, url), ThreadPoolExecutor(WRITERS) as pool:
        writers = [Writer(url, f"{life}/{number}") for number in range(WRITERS)]
        done = [pool.submit(writer.work_to_the_end) for writer in writers]
        while not all(writer.acknowledged for writer in writers) and not any(one.done() for one in done):
            time.sleep(0.01)
        time.sleep(seconds)
        os.kill(child.pid, signal.SIGKILL)
        for one in done:
            one.result()
    return writers


@pytest.mark.timeout(3600 if SOAK else 900)
def test_kill(tmp_path: Path):
    """Killed under load, again and again, it keeps all it acknowledged, and every bulk is there whole or not at all."""
    chance, writers = random.Random(), []
    for life in range(50 if SOAK else 3):
        now = load(tmp_path / "catalog.db", life, chance.uniform(0.0, 0.8))
        assert all(writer.acknowledged for writer in now)
        writers += now

        with served(tmp_path / "catalog.db") as (_, url), plain(url) as client:
            found = stored(client)

        for writer in writers:
            assert writer.acknowledged.items() <= found.items()
            assert all(len(found.keys() & set(names)) in (0, len(names)) for names in writer.sent)


def test_sixteen(tmp_path: Path):
    """Sixteen clients write at once while another reads: no request fails, and all of it arrives."""
    with Server(tmp_path / "catalog.db") as server, plain(server.url) as client, ThreadPoolExecutor(16) as pool:
        writers = [Writer(server.url, f"{number}") for number in range(16)]
        done = [pool.submit(writer.work, range(20)) for writer in writers]
        while not all(one.done() for one in done):
            stored(client)
        for one in done:
            one.result()

        assert stored(client) == {name: guid for writer in writers for name, guid in writer.acknowledged.items()}
        assert all(len(writer.acknowledged) == sum(map(len, writer.sent)) for writer in writers)
