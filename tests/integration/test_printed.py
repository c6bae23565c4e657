"""The output that docs/cli.md shows is what the commands print, with the sample data of `make serve`."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from connector import app
from connector.__main__ import main
from local.aws.client import connect
from local.aws.server import Aws
from local.catalog.server import Server
from local.commands.sample import pipeline
from tests.support import cloud

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/cli.md").read_text(encoding="utf-8")


def shown() -> Iterator[tuple[str, str]]:
    """Yield each command that is followed by what it prints, and that."""
    for block in re.findall(r"(?:^ {4}.+\n)+", PAGE, re.MULTILINE):
        first, *rest = (line[4:] for line in block.splitlines())
        if first.startswith("$ ") or first.endswith("# prints:"):
            command = first.removeprefix("$ ").removesuffix("# prints:").strip()
            yield command.removeprefix("python -m connector "), "\n".join(rest)


@pytest.fixture(scope="module")
def sample(aws: Aws) -> Iterator[Server]:
    """Yield the catalog that `serve` begins with, and make its bucket."""
    with Server() as server:
        pipeline.stock(pipeline.connect(server.url, server.key))
        s3 = connect("s3", aws.url)
        s3.create_bucket(Bucket=pipeline.BUCKET)
        pipeline.upload(s3)
        yield server


@pytest.fixture
def folder(aws: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Work in a new folder, with the settings of this AWS."""
    for name, value in cloud.access(aws.url).items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    return monkeypatch


@pytest.mark.parametrize(("command", "printed"), list(shown()), ids=[command for command, _ in shown()])
def test_printed(
    sample: Server, folder: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: str, printed: str
) -> None:
    """A command prints what the page shows."""
    with Server() as empty:
        server = empty if "--name" in command else sample
        for name, value in cloud.settings(server, ROOT / "connector/routes.yaml").items():
            folder.setenv(name, value)
        app.application.cache_clear()

        status = main(shlex.split(command.replace("jdoe", "local")))
        out, err = capsys.readouterr()

    assert status == 0
    assert _plain((out + err).replace("local.", "jdoe.")) == _plain(printed)


def _plain(text: str) -> str:
    """Leave out progress, and the numbers of connections."""
    lines = re.sub(r"default/s3/\d+", "default/s3/N", text).splitlines()
    return "\n".join(line.rstrip() for line in lines if not re.match("(Comparing|Applying|Listing): ", line))


def test_all() -> None:
    """The commands that need no stack have an example each whose output is compared."""
    assert {command.split()[0] for command, _ in shown()} >= {"connection", "suggest", "sweep"}
