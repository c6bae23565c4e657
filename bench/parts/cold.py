"""
The cold start: the artifact that `sam build` makes, under AWS's runtime emulator.

Its init is compared with that of a function that imports pyatlan and makes its client the plain way, from the same
artifact. Then it is measured what is left to do after SnapStart restored a snapshot, and how fast a notification is
answered that no route takes. `python -X importtime` says which packages init spends its time on.
"""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from bench import emulator
from bench.emulator import PYTHON, ROOT, Function
from bench.subject import Sample
from bench.world import World, world
from tests.support import notice
from tests.support.shop import BUCKET

FUNCTIONS: Final = {"connector": "bench.functions.connector", "plain pyatlan": "bench.functions.reference"}
GROUPS: Final = {
    "pyatlan, with its adapter": ("pyatlan", "connector.adapters.atlan"),
    "the connector": ("connector", "handler"),
    "pydantic": ("pydantic", "pydantic_core", "annotated_types", "typing_inspection", "typing_extensions"),
    "boto3": ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "urllib3"),
    "httpx": ("httpx", "httpcore", "h11", "anyio", "sniffio", "certifi", "idna", "httpx_retries"),
    "Powertools": ("aws_lambda_powertools",),
    "Python": tuple(sys.stdlib_module_names),
}
"""
Modules by the name under which their imports are added up, the first that fits.

pyatlan makes its models when they are first used, which is in the import of the adapter: so these two are one.
"""


def measure(*, small: bool) -> Iterator[Sample]:
    """Build the artifact, and start both functions in turn."""
    rounds = 1 if small else 5
    with TemporaryDirectory() as folder, world() as one:
        artifact = _built(Path(folder) / "artifact")
        one.buckets(BUCKET)
        one.pairs("orders")
        path = os.pathsep.join((str(artifact), str(ROOT)))  # the artifact first; only bench comes from here
        environment = one.environment(PYTHONPATH=path, PYTHONDONTWRITEBYTECODE="1")
        for number in range(-1, rounds):  # the first round reads the files from the disk
            for name, module in FUNCTIONS.items():
                with emulator.running(f"{module}.lambda_handler", environment, artifact) as function:
                    samples = [{"subject": name} | sample for sample in _measured(function, name, one)]
                    yield from samples if number >= 0 else ()
        for _ in range(rounds):
            yield from _imports(artifact, environment)


def _built(target: Path) -> Path:
    """
    Build the artifact as `make build` does.

    Raises:
        RuntimeError: there is no Python 3.13 to run it with.
    """
    if not PYTHON.exists():
        raise RuntimeError("this machine has no Python 3.13, for which the artifact is built; install it")
    command: list[str | Path] = [ROOT / ".venv/build/bin/python", "tools/artifact.py", target, emulator.architecture()]
    subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL, check=True)
    return target


def _measured(function: Function, name: str, one: World) -> Iterator[Sample]:
    """Measure init and, of the connector, what comes after it."""
    cpu, _ = function.invoke("started")
    yield {"step": "init", "wall": function.init(), "cpu": cpu}
    if name != "connector":
        return
    yield {"step": "hook after the restore", "wall": function.invoke("restore")[1]}
    unrouted = notice.direct(notice.record("nowhere", "a.csv"))
    yield {"step": "building the connector", "wall": function.invoke(unrouted)[1]}
    for _ in range(20):
        yield {"step": "no route", "wall": function.invoke(unrouted)[1]}
    for step in ("first object", "", "next object", "next object", "next object"):
        (place,) = one.put(["orders"])
        wall = function.invoke(notice.direct(notice.record(*place)))[1]
        if step:
            yield {"step": step, "wall": wall}


def _imports(artifact: Path, environment: Mapping[str, str]) -> Iterator[Sample]:
    """
    Add up what the modules of each package take to import, each without what it imports itself.

    Source:
        Python, "Command line and environment": -X importtime writes self and cumulative microseconds to stderr.
    """
    command: list[str | Path] = [PYTHON, "-X", "importtime", "-c", "import handler"]
    done = subprocess.run(command, cwd=artifact, env=environment, capture_output=True, text=True, check=True)
    spent = Counter[str]()
    for line in done.stderr.splitlines():
        itself, _, module = line.removeprefix("import time:").split("|")
        if itself.strip().isdigit():
            spent[_group(module.strip())] += int(itself)
    for group, micros in spent.items():
        yield {"subject": "connector", "step": "import", "package": group, "wall": micros / 1e6}


def _group(module: str) -> str:
    parents = {module.rsplit(".", depth)[0] for depth in range(module.count(".") + 1)}
    return next((name for name, modules in GROUPS.items() if parents & {*modules}), "other packages")
