"""What `sam build` makes, in Lambda's own container with AWS's runtime emulator, against the local catalog and AWS."""

import json
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import ProxyHandler, Request, build_opener

import pytest
from pyatlan.model.assets import ColumnProcess, Process, S3Object

from local.aws import events
from local.aws.events import ObjectEvent
from local.commands.sample import past, pipeline
from tests.e2e.test_commands import COMMON, ROOT, Serve, environment, eventually, free_port
from tests.support import notice

SAM = ROOT / ".venv/sam/bin/sam"
EVENTS = {file.stem: file for file in sorted((ROOT / "events").glob("*.json"))}
INVOKED = ("put", "delete")
IRRELEVANT = ("tagging",)
BUCKETS = (pipeline.BUCKET, past.BUCKET)
ROUTED = ("exports/", "flights/")
MEGABYTES = 512


def docker() -> bool:
    """Whether an engine answers."""
    found = shutil.which("docker")
    return bool(found) and subprocess.run([found, "info"], capture_output=True, check=False).returncode == 0


pytestmark = [
    pytest.mark.timeout(600),  # the first time, it sets up the SAM CLI
    pytest.mark.skipif(not docker(), reason="no Docker engine answers, so Lambda's container cannot be run"),
]


@dataclass(frozen=True)
class Sample:
    """The two buckets, which tell nobody what happens in them, and the catalog."""

    serve: Serve

    def holds(self, happenings: Sequence[ObjectEvent], *, opposite: bool = False) -> None:
        """Make S3 what the happenings say, or the opposite."""
        for happening in happenings:
            where = {"Bucket": happening.bucket, "Key": happening.key}
            if happening.removed is not opposite:
                self.serve.s3.delete_object(**where)
            else:
                self.serve.s3.put_object(**where, Body=pipeline.body(happening.key))

    def wanted(self) -> Counter[str]:
        """The assets that what the buckets hold should have."""
        pages = [self.serve.s3.list_objects_v2(Bucket=bucket).get("Contents", ()) for bucket in BUCKETS]
        keys = [entry["Key"] for page in pages for entry in page if entry["Key"].startswith(ROUTED)]
        tables = {pipeline.exported(key) for key in keys}
        counts = Counter({f"column of {table}": COMMON[table] for table in tables})
        return counts + Counter(f"{kind} {key}" for kind in ("object", "in", "out") for key in keys) + Counter(tables)

    def cataloged(self) -> Counter[str]:
        """The assets that are there, named as in `wanted`."""
        names = Counter(f"object {asset.qualified_name.split('/', 4)[4]}" for asset in self.serve.active(S3Object))
        processes = [asset.qualified_name for asset in self.serve.active(Process)]
        objects = (name.split("/", 6) for name in processes if "/pair/" not in name)
        names.update(f"{kind} {key}" for _, _, _, _, kind, _, key in objects)
        names.update(table(name) for name in processes if "/pair/" in name)
        names.update(f"column of {table(asset.qualified_name)}" for asset in self.serve.active(ColumnProcess))
        return names


def table(process: str) -> str:
    """The source table in the name of an end-to-end process or of one of its columns."""
    found = re.search(r"/nyc/nycflights/(\w+)>", process)
    assert found, process
    return found[1]


@pytest.fixture(scope="module")
def sample() -> Iterator[Sample]:
    serve = Serve("--host=0.0.0.0", "--empty")
    pipeline.stock(serve.client)
    for bucket in BUCKETS:
        serve.s3.create_bucket(Bucket=bucket)
    yield Sample(serve)
    assert serve.stop() == 0


@pytest.fixture(scope="module")
def profile(sample: Sample, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The built function, and the environment of samconfig.toml's profile, with the ports of this test."""
    made = subprocess.run(["make", "build"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr
    text = (ROOT / "local/sam.json").read_text(encoding="utf-8")
    for port, url in (("8585", sample.serve.atlan_url), ("5555", sample.serve.aws_url)):
        text = text.replace(f":{port}", f":{url.rpartition(':')[2]}")
    file = tmp_path_factory.mktemp("sam") / "environment.json"
    file.write_text(text, encoding="utf-8")
    return f"--env-vars={file}"


class Lambda:
    """A running `sam local start-lambda`, with the container that it keeps warm."""

    def __init__(self, profile: str, log: Path) -> None:
        self._log = log
        self.url = f"http://127.0.0.1:{free_port()}"
        with log.open("w") as output:
            self._process = subprocess.Popen(
                [SAM, "local", "start-lambda", f"--port={self.url.rpartition(':')[2]}", profile],
                cwd=ROOT,
                env=environment(SAM_CLI_TELEMETRY="0"),
                stderr=output,
            )
        eventually(lambda: "Running on" in self.log or self._process.poll() is not None, seconds=120)
        assert self._process.poll() is None, self.log

    @property
    def log(self) -> str:
        """What SAM and the function have written."""
        return self._log.read_text(encoding="utf-8")

    def invoke(self, event: Any) -> Any:
        """Hand an event to the function, and return its answer."""
        path = "/2015-03-31/functions/ConnectorFunction/invocations"
        request = Request(self.url + path, json.dumps(event).encode(), {"content-type": "application/json"})
        with build_opener(ProxyHandler({})).open(request, timeout=130) as answer:
            return json.load(answer)

    def kilobytes(self) -> int:
        """The most memory that the processes in the container have held since it started."""
        container = re.findall(r"SAM_CONTAINER_ID: (\w+)", self.log)[-1]
        command = ["docker", "exec", container, "sh", "-c", "cat /proc/[0-9]*/status"]
        said = subprocess.run(command, capture_output=True, text=True, check=False).stdout
        return sum(int(size) for size in re.findall(r"VmHWM:\s+(\d+) kB", said))

    def stop(self) -> None:
        """End it, and its container."""
        self._process.terminate()
        self._process.wait(timeout=60)


@pytest.fixture(scope="module")
def function(profile: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lambda]:
    function = Lambda(profile, tmp_path_factory.mktemp("lambda") / "log")
    yield function
    function.stop()


def prepare(sample: Sample, function: Lambda, event: Any) -> None:
    """Make the catalog the opposite of what the event says, and then S3 what it says."""
    happenings = events.read(event)
    sample.holds(happenings, opposite=True)
    function.invoke(notice.direct(*(notice.record(happening.bucket, happening.key) for happening in happenings)))
    sample.holds(happenings)
    routed = [happening for happening in happenings if happening.key.startswith(ROUTED)]
    assert not routed or sample.cataloged() != sample.wanted()


@pytest.mark.parametrize("name", INVOKED)
def test_invoke(sample: Sample, function: Lambda, profile: str, name: str) -> None:
    """`sam local invoke -e` with a sample event: afterwards the catalog is in sync with S3."""
    prepare(sample, function, json.loads(EVENTS[name].read_text(encoding="utf-8")))

    done = subprocess.run(
        [SAM, "local", "invoke", "-e", EVENTS[name], profile],
        cwd=ROOT,
        env=environment(SAM_CLI_TELEMETRY="0"),
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["notifications"][0]["outcome"] == "applied"
    assert sample.cataloged() == sample.wanted()


@pytest.mark.parametrize("name", [name for name in EVENTS if name not in (*INVOKED, *IRRELEVANT)])
def test_event(sample: Sample, function: Lambda, name: str) -> None:
    """Any other sample event, in a warm container: nothing fails, and the catalog is in sync with S3."""
    event = json.loads(EVENTS[name].read_text(encoding="utf-8"))
    prepare(sample, function, event)

    answer = function.invoke(event)

    assert "errorType" not in answer
    assert answer.get("batchItemFailures", []) == []
    assert all(entry["outcome"] != "failed" for entry in answer.get("notifications", ()))
    assert sample.cataloged() == sample.wanted()


def test_memory(sample: Sample, function: Lambda) -> None:
    """The container, which has imported all and handled events, has never held 512 MB."""
    function.invoke(json.loads(EVENTS["put"].read_text(encoding="utf-8")))

    held = function.kilobytes() / 1000

    assert 50 < held < MEGABYTES


def test_contents(profile: str) -> None:
    """`sam build` takes the connector and its requirements only: no test, no virtual environment, no local catalog."""
    built = {path.name for path in (ROOT / ".aws-sam/build/ConnectorFunction").iterdir()}

    assert {"handler.py", "connector", "pyatlan", "boto3"} <= built
    assert not built & {"tests", "local", "bench", "events", ".venv", ".env", ".git", "pyatlan_v9"}
