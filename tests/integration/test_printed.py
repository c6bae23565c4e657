"""The output that docs/cli.md shows is what the commands print, with the sample data of `make serve`."""

import re
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from connector import app
from connector.__main__ import main
from local.aws.client import connect
from local.aws.server import Aws
from local.catalog.server import Server
from local.commands.sample import pipeline
from tests.support import cloud, crawler

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
def shell(aws: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Server, Path], None]:
    """Work in a new folder, in a terminal of 80 columns, with the settings of this AWS, of a catalog, and of routes."""
    monkeypatch.chdir(tmp_path)

    def enter(server: Server, routes: Path, **more: str) -> None:
        for name, value in (cloud.access(aws.url) | cloud.settings(server, routes) | {"COLUMNS": "80"} | more).items():
            monkeypatch.setenv(name, value)
        app.application.cache_clear()

    return enter


@pytest.mark.parametrize(
    ("command", "printed"),
    [pytest.param(*one, id=one[0]) for one in shown() if not one[0].startswith(("explain", "check"))],
)
def test_printed(
    sample: Server, shell: Callable[..., None], capsys: pytest.CaptureFixture[str], command: str, printed: str
) -> None:
    """A command prints what the page shows."""
    with Server() as empty:
        shell(empty if "--name" in command else sample, ROOT / "connector/routes.yaml")

        status = main(shlex.split(command.replace("jdoe", "local")))
        out, err = capsys.readouterr()

    assert status == 0
    assert _plain((out + err).replace("local.", "jdoe.")) == _plain(printed)


ROUTES = """
connection: default/s3/1700000000
routes:
  - name: exports
    bucket: acme-exports
    key: "exports/{schema}/{table}.csv"
    source: default/postgres/1700000001/shop/{schema}/{table}
    target: default/snowflake/1700000002/ANALYTICS/{schema:upper}/{table:upper}
"""


def test_wrong(aws: Aws, shell: Callable[..., None], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In a world in which a table is in another schema, and no notifications are sent, `explain` and `check` say so."""
    s3, sqs = connect("s3", aws.url), connect("sqs", aws.url)
    s3.create_bucket(Bucket="acme-exports")
    s3.put_object(Bucket="acme-exports", Key="exports/shop/orders.csv", Body=b"id,total\n1,2\n")
    queues = cloud.Queues.create(sqs, "acme")
    cloud.Leases.create(connect("dynamodb", aws.url), "acme")
    (tmp_path / "routes.yaml").write_text(ROUTES)
    printed = dict(shown())
    with Server() as server:
        client = crawler.connect(server)
        crawler.connection(
            client, "default/s3/1700000000", "default/postgres/1700000001", "default/snowflake/1700000002"
        )
        crawler.tables(
            client,
            {
                "default/postgres/1700000001/shop/shop/orders": ["id", "total"],
                "default/snowflake/1700000002/ANALYTICS/shop/ORDERS": ["ID", "TOTAL"],
            },
        )
        shell(server, tmp_path / "routes.yaml", **queues.settings, LEASE_TABLE="acme")
        assert main(["sweep", "s3://acme-exports"]) == 0
        capsys.readouterr()

        explain, check = (command for command in printed if command.startswith(("explain", "check")))
        assert main(shlex.split(explain)) == 1
        explained = capsys.readouterr().out
        crawler.tables(client, {"default/snowflake/1700000002/ANALYTICS/SHOP/ORDERS": ["ID", "TOTAL"]})
        assert main(shlex.split(check)) == 1
        checked = capsys.readouterr().out

    assert explained.startswith(f"{printed[explain]}\n")
    assert checked.startswith(f"{printed[check]}\n"), checked


def _plain(text: str) -> str:
    """Leave out progress, and the numbers of connections."""
    lines = re.sub(r"default/s3/\d+", "default/s3/N", text).splitlines()
    return "\n".join(line.rstrip() for line in lines if not re.match("(Comparing|Applying|Listing): ", line))


def test_all() -> None:
    """Every command has an example whose output is compared."""
    assert {command.split()[0] for command, _ in shown()} == {"connection", "suggest", "sweep", "explain", "check"}
