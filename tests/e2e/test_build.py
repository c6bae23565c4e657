"""What runs in Lambda, as it is built for each architecture on this machine, whatever it is."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MEGABYTES = 100
X86_64, AARCH64 = 62, 183
"""Source: ELF, e_machine."""


def build(target: Path, architecture: str, **extra: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "tools/artifact.py", target, architecture]
    return subprocess.run(command, cwd=ROOT, env=os.environ | extra, capture_output=True, text=True, check=False)


@dataclass(frozen=True)
class Built:
    """
    An artifact, what was said while it was made, and the processor that it is for.

    That for arm64 is made where PATH has no other Python: compiling, which is the same for both, takes long.
    """

    folder: Path
    said: str
    machine: int


@pytest.fixture(scope="module", params=[("x86_64", X86_64), ("arm64", AARCH64)], ids=["x86_64", "arm64"])
def built(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Built:
    architecture, machine = request.param
    folder = tmp_path_factory.mktemp(architecture)
    done = build(folder, architecture, **({"PATH": ""} if architecture == "arm64" else {}))
    assert done.returncode == 0, done.stderr
    return Built(folder, done.stdout, machine)


def test_size(built: Built) -> None:
    """It is under 100 MB, unzipped."""
    assert sum(file.stat().st_size for file in built.folder.rglob("*") if file.is_file()) < MEGABYTES * 1_000_000


def test_platform(built: Built) -> None:
    """Its libraries are for the target's processor and Python, whatever this machine has."""
    libraries = list(built.folder.rglob("*.so"))

    assert {int.from_bytes(library.read_bytes()[18:20], "little") for library in libraries} == {built.machine}
    assert all("cpython-313" in library.name or "abi3" in library.name for library in libraries)


def test_compiled(built: Built) -> None:
    """It is compiled for the target's Python, or it is said aloud that it isn't."""
    compiled = list(built.folder.rglob("*.pyc"))

    assert all(file.name.endswith(".cpython-313.pyc") for file in compiled)
    assert bool(compiled) is ("so the artifact is not compiled" not in built.said)


def test_contents(built: Built) -> None:
    """It holds the connector and what it requires; no test, no second pyatlan, nothing of this folder beside that."""
    ours = {path.name for path in ROOT.iterdir()} & {path.name for path in built.folder.iterdir()}

    assert ours == {"handler.py", "connector"} | ours & {"__pycache__"}
    assert (built.folder / "connector/routes.yaml").is_file()
    assert (built.folder / "pyatlan").is_dir()
    assert not (built.folder / "pyatlan_v9").exists()
    assert not list(built.folder.rglob("tests"))


def test_no_commands(built: Built) -> None:
    """It has nothing of the command line, nor rich."""
    assert {path.name for path in built.folder.iterdir()} & {"rich"} == set()
    assert not (built.folder / "connector/__main__.py").exists()
    assert not (built.folder / "connector/commands").exists()


def test_lock() -> None:
    """The lock has what is required, in its versions; where this fails, run `make lock`."""
    required, locked = ((ROOT / name).read_text(encoding="utf-8") for name in ("requirements.txt", "requirements.lock"))

    pins = re.findall(r"^[\w-]+==[\w.]+", required, re.MULTILINE)

    assert pins
    assert {pin.lower() for pin in pins} <= set(re.findall(r"^[\w-]+==[\w.]+", locked, re.MULTILINE))


def test_unknown_architecture(tmp_path: Path) -> None:
    """An architecture that Lambda does not have is an error that names those it has."""
    done = build(tmp_path, "amd64")

    assert done.returncode == 1
    assert "ARCHITECTURE is 'amd64'; choose one of x86_64, arm64" in done.stderr


@pytest.mark.parametrize(
    ("written", "wrong", "fault"),
    [
        pytest.param("{table:upper}", "{tabel:upper}", "uses {tabel}, which key does not capture", id="a typing error"),
        pytest.param("routes:", "routes: [", "line 10: a bracket is not closed", id="not YAML"),
        pytest.param(
            "bucket: nyc", "bucket: s3://nyc", "is not a bucket name; write 'nycflights-exports'", id="address"
        ),
    ],
)
def test_faulty_routes(tmp_path: Path, written: str, wrong: str, fault: str) -> None:
    """A routes file with errors is not built: each is said, with its line, and the folder stays empty."""
    clone, target = tmp_path / "clone", tmp_path / "artifact"
    for name in ("connector", "tools"):
        shutil.copytree(ROOT / name, clone / name, ignore=shutil.ignore_patterns("__pycache__"))
    routes = clone / "connector/routes.yaml"
    routes.write_text(routes.read_text(encoding="utf-8").replace(written, wrong), encoding="utf-8")
    command = [sys.executable, "tools/artifact.py", target, "x86_64"]

    done = subprocess.run(command, cwd=clone, capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert re.search(r"routes\.yaml: \d+ errors?\n", done.stdout)
    assert fault in done.stdout
    assert "build: nothing was built, because of the routes file; see above" in done.stderr
    assert not target.exists()


def test_full_folder(tmp_path: Path) -> None:
    """A folder that holds something is left as it is."""
    (tmp_path / "thesis.txt").write_text("years of work", encoding="utf-8")

    done = build(tmp_path, "x86_64")

    assert done.returncode == 1
    assert "is not empty" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]
