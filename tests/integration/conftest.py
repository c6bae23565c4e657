"""A bucket on moto, the local catalog, and the real handler between them; nothing is patched."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import boto3
import pytest
from pyatlan.client.atlan import AtlanClient
from pyatlan.model.assets import Asset, Process, S3Object
from pyatlan.model.enums import EntityStatus
from pyatlan.model.fluent_search import FluentSearch

import handler
from connector import app
from local.aws.context import Context
from local.aws.server import Aws
from local.catalog.faults import Fault
from local.catalog.server import Server
from tests.integration.scripted import Scripted
from tests.support import cloud, crawler, notice, shop
from tests.support.cloud import Queues
from tests.support.shop import CONNECTION as S3
from tests.support.shop import POSTGRES, SNOWFLAKE

COLUMNS = ("id", "customer_id", "total")
BODY = b"id,customer_id,total\n1,2,3\n"
_names = count(1)


@pytest.fixture(scope="session")
def aws() -> Iterator[Aws]:
    aws = Aws().start()
    yield aws
    aws.stop()


@pytest.fixture(scope="module")
def atlan() -> Iterator[Server]:
    """A catalog for each module: what there is in it takes time in every sweep, and in every test that reads all."""
    with Server() as server:
        crawler.connection(crawler.connect(server), S3, POSTGRES, SNOWFLAKE)
        yield server


@dataclass
class World:
    """The bucket, tables and routes of one test, and a view of the catalog without the connector."""

    s3: Any
    client: AtlanClient
    server: Server
    routes: Path
    bucket: str
    schema: str = field(init=False)

    def __post_init__(self) -> None:
        self.schema = self.bucket.replace("-", "_")
        self.s3.create_bucket(Bucket=self.bucket)
        self.route()

    @property
    def source(self) -> str:
        return f"{POSTGRES}/shop/{self.schema}/orders"

    @property
    def target(self) -> str:
        return f"{SNOWFLAKE}/DB/{self.schema}/ORDERS"

    @property
    def pair(self) -> str:
        return f"{S3}/test/pair/{self.source}>{self.target}"

    def route(self, **changes: Any) -> None:
        """Write the routes file: one route for all keys of the bucket, or as *changes* say."""
        self.routes.write_text(shop.single(self.bucket, (self.source, self.target), **changes))
        app.application.cache_clear()

    def tables(self, *names: str) -> None:
        """Make the tables that others load into Atlan: both, or those of these qualified names."""
        columns = {self.source: COLUMNS, self.target: [column.upper() for column in COLUMNS]}
        crawler.tables(self.client, {name: columns[name] for name in names or columns})

    def put(self, key: str, body: bytes = BODY, **extra: Any) -> None:
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=body, **extra)

    def upload(self, *keys: str, **extra: Any) -> dict[str, Any]:
        for key in keys:
            self.put(key, **extra)
        return self.notify(*keys)

    def delete(self, *keys: str) -> dict[str, Any]:
        for key in keys:
            self.s3.delete_object(Bucket=self.bucket, Key=key)
        return self.notify(*keys, event=notice.DELETE)

    def notify(self, *keys: str, event: str = notice.PUT) -> dict[str, Any]:
        return handler.lambda_handler(notice.direct(*(self.record(key, event) for key in keys)), Context())

    def record(self, key: str, event: str = notice.PUT) -> dict[str, Any]:
        return notice.record(self.bucket, key, event)

    def body(self, key: str) -> str:
        """Return the body of a message that tells of an upload."""
        return notice.body((self.bucket, key))

    def ours(self) -> list[Asset]:
        """List every asset of this test's bucket and tables, with any status, without the tables themselves."""
        search = FluentSearch(wheres=[Asset.QUALIFIED_NAME.startswith(S3 + "/")]).page_size(500)
        for attribute in ("s3ObjectKey", "inputs", "outputs", "process"):
            search = search.include_on_results(attribute)
        return [asset for asset in search.execute(self.client) if self.mine(str(asset.qualified_name))]

    def mine(self, name: str) -> bool:
        return f"/{self.bucket}" in name or f":{self.bucket}" in name or f"/{self.schema}/" in name

    def active(self, kind: type[Asset] | None = None) -> set[str]:
        found = (asset for asset in self.ours() if asset.status == EntityStatus.ACTIVE)
        return {str(asset.qualified_name) for asset in found if kind is None or type(asset) is kind}

    def object(self, key: str) -> S3Object:
        return self.client.asset.get_by_qualified_name(
            f"{S3}/{self.bucket}/{key}", S3Object, ignore_relationships=False
        )

    def process(self, name: str) -> Process:
        return self.client.asset.get_by_qualified_name(f"{S3}/test/{name}", Process, ignore_relationships=False)

    def everything(self) -> dict[str, tuple[str, Any, Any]]:
        """Return the guid, status and time of the last change of every asset in the whole catalog."""
        found = FluentSearch(wheres=[Asset.QUALIFIED_NAME.startswith("default/")]).page_size(500).execute(self.client)
        return {f"{a.type_name} {a.qualified_name}": (a.guid, a.status, a.update_time) for a in found}

    def fails(self, **fault: Any) -> None:
        self.server.faults.add(Fault(**fault))


@pytest.fixture
def script() -> Iterator[Scripted]:
    with Scripted() as scripted:
        yield scripted


@contextmanager
def opened(aws: Aws, atlan: Server, folder: Path, patch: pytest.MonkeyPatch) -> Iterator[World]:
    """Set the environment, and open a world; nothing fails before or after."""
    routes = folder / "routes.yaml"
    for name, value in (cloud.access(aws.url) | cloud.settings(atlan, routes)).items():
        patch.setenv(name, value)
    patch.chdir(folder)
    yield World(boto3.client("s3"), crawler.connect(atlan), atlan, routes, f"lake-{next(_names)}")
    atlan.faults.clear()
    aws.faults.clear()
    atlan.lag = 0.0
    app.application.cache_clear()


@pytest.fixture
def world(aws: Aws, atlan: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with opened(aws, atlan, tmp_path, monkeypatch) as world:
        yield world


@pytest.fixture
def queues(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Queues]:
    queues = Queues.create(boto3.client("sqs"), world.bucket)
    for name, value in queues.settings.items():
        monkeypatch.setenv(name, value)
    app.application.cache_clear()
    yield queues
    queues.delete()
