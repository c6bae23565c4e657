"""The local catalog as a process: what it keeps, how many it serves at once, how it stops."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import httpx
import pytest

from local.catalog.server import Server

SERVE = """
import sys, time
from pathlib import Path
from local.catalog.server import Server
print(Server(Path(sys.argv[1])).start().url, flush=True)
time.sleep(60)
"""


@pytest.fixture(autouse=True)
def _embedded(catalog: Server) -> None:
    """Only the local catalog can be stopped."""


def plain(url: str) -> httpx.Client:
    return httpx.Client(
        base_url=f"{url}/api/meta", headers={"Authorization": "Bearer local"}, trust_env=False, timeout=10
    )


def entity(name: str) -> dict:
    return {"typeName": "S3Object", "attributes": {"qualifiedName": f"x/{name}", "name": name}}


def save(client: httpx.Client, *names: str) -> list[str]:
    answer = client.post("/entity/bulk/", json={"entities": [entity(name) for name in names]})
    return list(answer.raise_for_status().json()["guidAssignments"].values())


def test_kept(tmp_path: Path):
    """What is in a file is there again when the catalog is started anew."""
    with Server(tmp_path / "catalog.db") as server, plain(server.url) as client:
        (guid,) = save(client, "a")

    with Server(tmp_path / "catalog.db") as server, plain(server.url) as client:
        assert client.get(f"/entity/guid/{guid}").status_code == 200


def test_killed(tmp_path: Path):
    """A kill loses no write that was acknowledged."""
    arguments = [sys.executable, "-c", SERVE, str(tmp_path / "catalog.db")]
    root = Path(__file__).parents[2]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True, cwd=root) as process:
        assert process.stdout
        with plain(process.stdout.readline().strip()) as client:
            guids = [save(client, f"a{number}")[0] for number in range(20)]
            os.kill(process.pid, signal.SIGKILL)

    with Server(tmp_path / "catalog.db") as server, plain(server.url) as client:
        assert {client.get(f"/entity/guid/{guid}").status_code for guid in guids} == {200}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        pytest.param("none/catalog.db", None, id="no folder"),
        pytest.param("a.csv", "id,name\n" * 999, id="another kind"),
    ],
)
def test_wrong_file(tmp_path: Path, name, content):
    """A file that can't hold a catalog is rejected by name."""
    if content:
        (tmp_path / name).write_text(content)

    with pytest.raises(ValueError, match=name):
        Server(tmp_path / name)


def test_nowhere():
    """Without a file, nothing is left when the catalog stops."""
    with Server() as server:
        path = server.store.path
        assert path.exists()

    assert not path.exists()


def test_at_once():
    """Writers wait for each other: concurrent saves of one name make one asset, and none fails."""
    with Server() as server:
        found: set[str] = set()

        def work() -> None:
            with plain(server.url) as client:
                found.update(guid for _ in range(5) for guid in save(client, "same"))

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert len(found) == 1


def test_keep_alive(catalog: Server):
    """A connection stays open over many requests."""
    with plain(catalog.url) as client:
        ports = {
            client.get("/types/typedefs/").extensions["network_stream"].get_extra_info("client_addr") for _ in "abc"
        }

    assert len(ports) == 1


def test_version(tmp_path: Path):
    """The version of the catalog grows when something changes; an equal save changes nothing; a wait ends with it."""
    with Server(tmp_path / "catalog.db") as server, plain(server.url) as client:
        first = server.store.version
        save(client, "a")
        second = server.store.version
        save(client, "a")
        third = server.store.wait(second, 0.01)
        later = threading.Timer(0.05, save, [client, "b"])
        later.start()
        fourth = server.store.wait(third, 30)
        later.join()

    assert first < second == third < fourth


def test_stopped():
    """A stopped catalog answers nobody, not even over a connection that was open."""
    with Server() as server, plain(server.url) as client:
        save(client, "a")
        server.stop()

        with pytest.raises(httpx.TransportError):
            save(client, "b")
