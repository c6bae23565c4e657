"""The commands that a person runs, as processes of their own."""

import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from pyatlan.client.atlan import AtlanClient
from pyatlan.model.assets import Asset, Column, ColumnProcess, Connection, Process, S3Bucket, S3Object
from pyatlan.model.enums import AtlanConnectorType
from pyatlan.model.fluent_search import FluentSearch

from local.aws.client import connect
from local.commands.sample import past
from local.commands.sample.pipeline import BUCKET, FILES

ROOT = Path(__file__).parents[2]
S3 = AtlanConnectorType.S3
COMMON = {"airlines": 2, "airports": 8, "flights": 19, "planes": 9}


def environment(**extra: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ATLAN_", "AWS_", "ROUTES"))}
    return kept | {"COLUMNS": "100"} | extra


def command(*arguments: str, **extra: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "local", *arguments],
        cwd=ROOT,
        env=environment(**extra),
        capture_output=True,
        text=True,
        check=False,
    )


class Warm:
    """The process of `warm`, which has imported all that takes long before it runs a command."""

    def __init__(self, folder: Path) -> None:
        self._files = folder / "out", folder / "err"
        self._pid = folder / "pid"
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.e2e.warm"],
            cwd=ROOT,
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def command(self, *arguments: str, **extra: str) -> subprocess.CompletedProcess[str]:
        """Do what `command` does, four seconds of CPU faster."""
        out, err = self._files
        for file in self._files:
            file.write_bytes(b"")
        told = {"arguments": arguments, "environment": environment(**extra), "out": str(out), "err": str(err)}
        told["pid"] = str(self._pid)
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(told) + "\n")
        self._process.stdin.flush()
        status = int(self._process.stdout.readline())
        printed = [file.read_text("utf-8") for file in self._files]
        out.write_bytes(b"")  # or the next command would seem to have printed it
        return subprocess.CompletedProcess(arguments, status, *printed)

    @property
    def printed(self) -> str:
        """What the command that runs has printed so far."""
        return self._files[0].read_text("utf-8")

    def interrupt(self) -> None:
        """Press Ctrl-C in the command that runs, unless it has ended."""
        with suppress(ProcessLookupError):
            os.kill(int(self._pid.read_text("utf-8")), signal.SIGINT)

    def stop(self) -> None:
        self._process.communicate()


@pytest.fixture(scope="module")
def warm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warm]:
    warm = Warm(tmp_path_factory.mktemp("warm"))
    yield warm
    warm.stop()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


class Serve:
    """A running `python -m local serve`, and eyes on its catalog."""

    def __init__(self, *arguments: str) -> None:
        port, aws_port = free_port(), free_port()
        self.atlan_url, self.aws_url = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{aws_port}"
        self.process = subprocess.Popen(
            [sys.executable, "-m", "local", "serve", f"--port={port}", f"--aws-port={aws_port}", *arguments],
            cwd=ROOT,
            env=environment(),
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout
        self.printed: list[str] = []
        for line in self.process.stdout:
            self.printed.append(line)
            if "Ready." in line:
                break
        self.client = AtlanClient(base_url=self.atlan_url, api_key="local", proxy=None)
        self.s3 = connect("s3", self.aws_url)

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=300)

    def active(self, kind: type[Asset]) -> list[Any]:
        search = FluentSearch.select().where(FluentSearch.asset_type(kind)).page_size(200)
        for name in ("inputs", "outputs", "process"):
            search = search.include_on_results(name)
        search = search.include_on_relations("qualifiedName")
        found = search.execute(self.client)
        return [asset for asset in found if type(asset) is kind]


@pytest.fixture(scope="module")
def serve() -> Iterator[Serve]:
    serve = Serve()
    yield serve
    assert serve.stop() == 0


def eventually(condition: Any, seconds: float = 300.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "not within the time"
        time.sleep(0.1)


def test_demo(warm: Warm) -> None:
    """The demo ends with status 0 and the line that the catalog is in sync with S3."""
    done = warm.command("demo")

    assert done.returncode == 0, done.stderr
    assert done.stdout.rstrip().endswith("the catalog is in sync with S3: yes")
    assert done.stdout.count("6 files · 6 in · 6 out · 4 end to end · 38 columns") == 2
    assert done.stdout.count("6 files · 6 in · 6 out · 4 end to end · 32 columns") == 1
    assert "exports/nycflights/planes.csv: not_in_file: The file does not have manufacturer" in done.stdout
    assert "✓ all 20 processes from flights to FLIGHTS have the same update time as before" in done.stdout
    assert "The catalog is as it was after step 5, so there is no new picture." in done.stdout


def test_demo_kept(warm: Warm) -> None:
    """With --keep, the demo stays up with the lineage page; a file that is put then appears there; Ctrl-C ends it."""
    port, aws = free_port(), free_port()
    page, url = f"http://127.0.0.1:{port}/", f"http://127.0.0.1:{aws}"
    key = "exports/nycflights/flights/2013-01-04.csv"
    with ThreadPoolExecutor(1) as other:
        done = other.submit(warm.command, "demo", "--keep", f"--port={port}", f"--aws-port={aws}")
        try:
            eventually(lambda: "Ctrl-C" in warm.printed)
            connect("s3", url).put_object(Bucket=BUCKET, Key=key, Body=b"year\n2013\n")
            eventually(lambda: b"2013-01-04.csv" in urlopen(f"{page}page/graph").read())
        finally:
            warm.interrupt()
        kept = done.result()

    assert kept.returncode == 0, kept.stderr
    assert f"The lineage page: {page}" in kept.stdout
    assert f"s3 cp local/data/flights-2013-01-03.csv s3://{BUCKET}/{key}" in kept.stdout
    assert f"applied       s3://{BUCKET}/{key}" in kept.stdout


def test_demo_interrupted(warm: Warm) -> None:
    """Ctrl-C in the middle of the demo ends it, without a traceback."""
    with ThreadPoolExecutor(1) as other:
        for _ in range(5):  # it takes a second: a demo that ended before Ctrl-C came proves nothing
            done = other.submit(warm.command, "demo")
            eventually(lambda: "1. Load" in warm.printed)
            warm.interrupt()
            stopped = done.result()
            if "in sync" not in stopped.stdout:
                break

    assert stopped.returncode == 130
    assert stopped.stderr.rstrip().endswith("Stopped.")
    assert "Traceback" not in stopped.stderr


def test_start(serve: Serve) -> None:
    """In the beginning, the sample files are in their bucket and not in the catalog, which has those of the archive."""
    names = {str(asset.qualified_name) for asset in serve.active(S3Object)}

    assert [entry["Key"] for entry in serve.s3.list_objects_v2(Bucket=BUCKET)["Contents"]] == sorted(FILES)
    assert names == {f"default/s3/1700000000/{past.BUCKET}/{key}" for key in past.PAST}
    assert {bucket.name for bucket in serve.active(S3Bucket)} == {past.BUCKET}


def test_uploads_are_cataloged(serve: Serve) -> None:
    """
    Six uploads, seen by another pyatlan client, beside what the catalog had when `serve` started.

    Each object has two processes, each pair one end to end, and each column a column process.
    """
    for key, file in FILES.items():
        serve.s3.put_object(Bucket=BUCKET, Key=key, Body=(ROOT / "local/data" / file).read_bytes())
    every = len(FILES) + len(past.PAST)
    eventually(lambda: len(serve.active(S3Object)) == every and len(serve.active(ColumnProcess)) == 38)

    processes, columns = (serve.active(kind) for kind in (Process, ColumnProcess))

    assert {bucket.name for bucket in serve.active(S3Bucket)} == {BUCKET, past.BUCKET}
    names = [str(process.qualified_name) for process in processes]
    assert sorted(name.split("/")[4] for name in names) == ["in"] * every + ["out"] * every + ["pair"] * 4
    pairs = {p.guid: str(p.qualified_name) for p in processes if "/pair/" in str(p.qualified_name)}
    for table, common in COMMON.items():
        under = [c for c in columns if f"/{table}>" in pairs[c.process.guid]]
        assert len(under) == common
        assert all(len(c.inputs) == len(c.outputs) == 1 for c in under)
    labels = {c.guid: c.name for c in serve.active(Column)}
    assert all(labels[c.inputs[0].guid].upper() == labels[c.outputs[0].guid] for c in columns)


@pytest.mark.parametrize(
    ("bucket", "folder"), [(BUCKET, "exports/nycflights/flights"), (past.BUCKET, "flights")], ids=["exports", "archive"]
)
def test_bucket_is_followed(serve: Serve, bucket: str, folder: str) -> None:
    """What is deleted, hidden by a marker, or expired in the bucket goes from the catalog by itself."""
    keys = [f"{folder}/a.csv", f"{folder}/b.csv"]
    names = {f"default/s3/1700000000/{bucket}/{key}" for key in keys}

    def there() -> set[str]:
        return names & {str(asset.qualified_name) for asset in serve.active(S3Object)}

    for key in keys:
        serve.s3.put_object(Bucket=bucket, Key=key, Body=b"year\n")
    eventually(lambda: there() == names)
    serve.s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": key} for key in keys]})

    eventually(lambda: there() == set())


def test_invoke_with_serve(serve: Serve, warm: Warm) -> None:
    """`invoke` uses a running `serve`, and shows the lineage of the object."""
    done = warm.command("invoke", "events/put.json", ATLAN_BASE_URL=serve.atlan_url, AWS_ENDPOINT_URL=serve.aws_url)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "Using serve" in done.stdout
    assert "airlines.csv" in done.stdout


def outcomes() -> dict[str, list[str]]:
    """Return the outcome of each sample event, as events/README.md has it: texts that `invoke` prints."""
    text = (ROOT / "events/README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| \[(.+?)\]\((.+?)\) \| .+? \| (.+) \|$", text, re.MULTILINE)
    return {file: re.findall(r"`(.+?)`", outcome) for _, file, outcome in rows}


def test_outcomes() -> None:
    """Each sample event has an outcome."""
    files = {file.name for file in (ROOT / "events").glob("*.json")}

    assert outcomes().keys() == files
    assert all(outcomes().values())


@pytest.mark.parametrize("name", outcomes())
def test_invoke(warm: Warm, name: str) -> None:
    """Without a `serve`, `invoke` makes a world of its own, in which each sample does what events/README.md says."""
    done = warm.command("invoke", f"events/{name}", ATLAN_BASE_URL="http://127.0.0.1:1")

    assert done.returncode == 0, done.stdout + done.stderr
    assert [says for says in outcomes()[name] if says not in done.stdout] == []


def test_invoke_fault(warm: Warm, tmp_path: Path) -> None:
    """An event that fails gives status 1 and the error's own words."""
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"Records": [{"eventSource": "aws:kinesis"}]}))

    done = warm.command("invoke", str(event), ATLAN_BASE_URL="http://127.0.0.1:1")

    assert done.returncode == 1
    assert "send only S3 notifications (aws:s3)" in done.stdout


def put(key: str, event: str = "ObjectCreated:Put", source: str = "aws:s3") -> dict[str, Any]:
    """Return the record of a put, with the key as it is."""
    s3 = {"bucket": {"name": BUCKET}, "object": {"key": key}}
    return {"eventVersion": "2.1", "eventSource": source, "eventName": event, "s3": s3}


def sqs(*bodies: str, hops: int = 0) -> dict[str, Any]:
    """Return an SQS event of messages with these bodies."""
    sent = {"hops": {"stringValue": str(hops), "dataType": "Number"}}
    same = {"receiptHandle": "r", "attributes": {"ApproximateReceiveCount": "1"}, "messageAttributes": sent}
    return {
        "Records": [
            {"messageId": f"message-{number}", "body": body, "eventSource": "aws:sqs"} | same
            for number, body in enumerate(bodies)
        ]
    }


def invoke(warm: Warm, folder: Path, event: object) -> subprocess.CompletedProcess[str]:
    """Invoke the handler with an event, in a world of its own."""
    file = folder / "event.json"
    file.write_text(json.dumps(event))
    return warm.command("invoke", str(file), ATLAN_BASE_URL="http://127.0.0.1:1")


def test_invoke_hostile(warm: Warm, tmp_path: Path) -> None:
    """Keys, types and errors are never taken for markup, nor sent raw to a terminal, and end no command."""
    keys = ["landing/[/x].csv", "landing/[red]a:car:.csv", "landing/%1B[2J%07%E2%80%AE.csv", "landing/[link=x]b"]
    event = {
        "Records": [*map(put, keys), put("landing/c", event="ObjectCreated:\x1b]0;x\x07[/]"), put("\ud800\x1b[2J")]
    }

    done = invoke(warm, tmp_path, event)

    assert done.returncode == 1
    assert all(letter.isprintable() or letter == "\n" for letter in done.stdout + done.stderr)
    assert "Traceback" not in done.stderr
    for shown in (
        *keys[:2],
        r"landing/\x1b[2J\x07\u202e.csv",
        keys[3],
        r"ObjectCreated:\x1b]0;x\x07[/]",
        r"\ud800\x1b[2J",
    ):
        assert shown in done.stdout


def test_invoke_no_terminal(tmp_path: Path) -> None:
    """A terminal that cannot show all letters is no fault."""
    file = tmp_path / "event.json"
    file.write_text(json.dumps({"Records": [put("landing/%E6%97%A5.csv")]}))

    done = command("invoke", str(file), ATLAN_BASE_URL="http://127.0.0.1:1", PYTHONIOENCODING="ascii")

    assert done.returncode == 0, done.stderr
    assert r"landing/\u65e5.csv" in done.stdout


def test_invoke_dead_lettered(warm: Warm, tmp_path: Path) -> None:
    """A dead-lettered message says so with the reason, beside those that are done, and the exit status is 1."""
    fine, wrong = (json.dumps({"Records": [put(key)]}) for key in ("landing/a", "%FF"))

    done = invoke(warm, tmp_path, sqs(fine, "no \x1b[2J json", wrong))

    assert done.returncode == 1
    assert "message message-1: moved to the dead-letter queue · malformed_event" in done.stdout
    assert "message message-2: moved to the dead-letter queue · undecodable_key" in done.stdout
    assert "message-0" not in done.stdout
    assert "\x1b" not in done.stdout


def test_invoke_retried(warm: Warm, tmp_path: Path) -> None:
    """A message that will be retried says so with the reason, and has an exit status of its own."""
    done = invoke(warm, tmp_path, sqs(json.dumps({"Records": [put("landing/a")]}), hops=16))

    assert done.returncode == 75
    assert "message message-0: will be retried · looped" in done.stdout


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param("[" * 100_000, "not JSON", id="nested without end"),
        pytest.param("[]", "not an event: it must be a JSON object", id="a list"),
    ],
)
def test_invoke_no_event(warm: Warm, tmp_path: Path, content: str, words: str) -> None:
    """A file that is no event is a clear error, whatever the file is called."""
    file = tmp_path / "event\x1b[2J.json"
    file.write_text(content)

    done = warm.command("invoke", str(file))

    assert done.returncode == 1
    assert words in done.stderr
    assert r"event\x1b[2J.json" in done.stderr
    assert "\x1b" not in done.stderr


def test_catalog_alone(tmp_path: Path) -> None:
    """`python -m local.catalog` serves pyatlan without an AWS, and keeps in its file what was saved."""
    command = [sys.executable, "-m", "local.catalog", "--port=0", "--key=secret", f"--db={tmp_path / 'catalog.db'}"]
    counts = []
    for _ in range(2):
        with subprocess.Popen(command, cwd=ROOT, env=environment(), stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout
            url = process.stdout.readline().partition(" on ")[2].partition(",")[0]
            client = AtlanClient(base_url=url, api_key="secret", proxy=None)
            counts.append(FluentSearch.select().where(FluentSearch.asset_type(Connection)).count(client))
            role = str(client.role_cache.get_id_for_name("$admin"))
            client.asset.save(Connection.creator(client=client, name="lake", connector_type=S3, admin_roles=[role]))
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=30) == 0

    assert counts == [0, 1]


def test_catalog_file(tmp_path: Path) -> None:
    """A file that is not a catalog is a clear error that names the option and the file."""
    file = tmp_path / "notes.txt"
    file.write_text("not a catalog, " * 100)
    command = [sys.executable, "-m", "local.catalog", f"--db={file}"]

    done = subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=60, check=False)

    assert done.returncode == 1
    assert f"--db {file}: cannot be opened as a catalog" in done.stderr


OWN = """\
connection: default/s3/1699999999
routes:
  - name: exports
    bucket: acme-exports
    key: "exports/{schema}/{table}.csv"
    source: default/postgres/1/shop/{schema}/{table}
    target: default/snowflake/2/DB/{schema:upper}/{table:upper}
"""


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serve]:
    """A `serve` with a routes file of the user's, and with one more bucket."""
    file = tmp_path_factory.mktemp("own") / "routes.yaml"
    file.write_text(OWN)
    serve = Serve("--routes", str(file), "--bucket", "acme-other")
    yield serve
    assert serve.stop() == 0


def test_own_routes(own: Serve, warm: Warm, tmp_path: Path) -> None:
    """A file goes through routes of the user's own, once its tables are made, and is drawn at each step."""
    where = {"ATLAN_BASE_URL": own.atlan_url, "AWS_ENDPOINT_URL": own.aws_url}
    file = tmp_path / "orders.csv"
    file.write_text("id,total\n1,2\n")
    url = "s3://acme-exports/exports/public/orders.csv"

    first = warm.command("put", str(file), url, **where)
    source = warm.command("table", "default/postgres/1/shop/public/orders", "--csv", str(file), **where)
    target = warm.command("table", "default/snowflake/2/DB/PUBLIC/ORDERS", "ID", "TOTAL", **where)
    second = warm.command("put", str(file), "s3://acme-exports/exports/public/", **where)
    shown = warm.command("show", **where)
    other = warm.command("put", str(file), "s3://acme-other/", **where)
    gone = warm.command("rm", url, **where)

    assert "1 file\n" in first.stdout
    assert source.stdout == "default/postgres/1/shop/public/orders: 2 columns\n"
    assert target.returncode == 0, target.stderr
    assert "orders  ───→  orders.csv  13 bytes  ───→  ORDERS  2 columns" in second.stdout
    assert shown.stdout in second.stdout
    assert "s3://acme-other/orders.csv: nothing in the catalog" in other.stdout
    assert "1 retired" in gone.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(["put", "none.csv", "s3://acme-exports/a"], "none.csv: No such file or directory", id="no file"),
        pytest.param(["put", "README.md", "acme-exports/a"], "acme-exports/a: not the URL of an object", id="no URL"),
        pytest.param(
            ["put", "README.md", "s3://nope/a"],
            "serve has s3://acme-exports, s3://acme-other; for another one, start it with --bucket nope",
            id="no bucket",
        ),
        pytest.param(["rm", "s3://acme-exports"], "give the whole URL of the object", id="no key"),
        pytest.param(["table", "postgres/1/t", "id"], "not the qualified name of a table", id="no table"),
        pytest.param(["table", "default/nosuch/1/a/b/c", "id"], "Atlan has no connector nosuch", id="no connector"),
        pytest.param(["table", "default/postgres/1/a/b/c"], "give the names of its columns", id="no columns"),
        pytest.param(
            ["table", "default/postgres/1/a/b/c", "--csv", "none.csv"], "--csv none.csv: No such file", id="no CSV"
        ),
        pytest.param(["sam", "none.json"], "there is no file none.json", id="no event"),
        pytest.param(["sam", "events/put.json"], "serve listens on 127.0.0.1 only", id="not for containers"),
    ],
)
def test_mistakes(own: Serve, warm: Warm, arguments: list[str], words: str) -> None:
    """A wrong argument is an error that says what to do."""
    done = warm.command(*arguments, ATLAN_BASE_URL=own.atlan_url, AWS_ENDPOINT_URL=own.aws_url)

    assert done.returncode == 1
    assert words in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("arguments", [["show"], ["sam", "events/put.json"]], ids=str)
def test_no_serve(warm: Warm, arguments: list[str]) -> None:
    """Without a `serve`, a command that needs it says how to start it; a tenant in .env is not asked."""
    nowhere = f"http://127.0.0.1:{free_port()}"

    done = warm.command(*arguments, ATLAN_BASE_URL=nowhere, AWS_ENDPOINT_URL=nowhere)

    assert done.returncode == 1
    assert "make serve" in done.stderr


def test_wrong_routes(warm: Warm, tmp_path: Path) -> None:
    """A routes file with errors stops `serve` at once, with all of them, before it looks at a port."""
    file = tmp_path / "routes.yaml"
    file.write_text(OWN.replace("s3/1699999999", "1699999999").replace("name: exports", "title: exports"))

    done = warm.command("serve", "--routes", str(file), "--port=1")
    none = warm.command("serve", "--routes", "none.yaml")

    assert (done.returncode, none.returncode) == (1, 1)
    assert "routes.yaml: 3 errors" in done.stderr
    assert "line 1: connection: 'default/1699999999' is not the qualified name" in done.stderr
    assert "--routes none.yaml: No such file or directory" in none.stderr


def test_printed_commands(own: Serve) -> None:
    """What `serve` prints to be typed works with the interpreter that runs, in the same folder."""
    printed = [line.strip() for line in own.printed if " -m local " in line]

    python = {line.partition(" -m ")[0] for line in printed}
    assert [Path(ROOT, shlex.split(word)[0]).samefile(sys.executable) for word in python] == [True]
    assert [line.partition(" -m local ")[2] for line in printed] == [
        "table default/postgres/1/shop/schema/table --csv local/data/airlines.csv",
        "table default/snowflake/2/DB/SCHEMA/TABLE --csv local/data/airlines.csv",
        "put local/data/airlines.csv s3://acme-exports/exports/schema/table.csv",
        "show",
    ]
    assert any("No route takes objects of acme-other" in line for line in own.printed)


def test_port_taken(serve: Serve, warm: Warm) -> None:
    """A port in use is a clear error that names the option."""
    port = serve.atlan_url.rpartition(":")[2]

    done = warm.command("serve", f"--port={port}")

    assert done.returncode == 1
    assert "--port" in done.stderr
