"""A bucket on moto, a catalog on the embedded Atlan, and the real handler between them; nothing is patched."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import boto3
import pytest
from pyatlan.client.atlan import AtlanClient
from pyatlan.model.assets import Asset, Column, Connection, Database, Process, S3Object, Schema, Table
from pyatlan.model.enums import AtlanConnectorType, EntityStatus
from pyatlan.model.fluent_search import FluentSearch

import handler
from connector import app
from local.aws import batch
from local.aws.server import Aws
from local.catalog.faults import Fault
from local.catalog.server import Server
from tests.integration.scripted import Scripted

S3, POSTGRES, SNOWFLAKE = "default/s3/1", "default/postgres/2", "default/snowflake/3"
COLUMNS = ("id", "customer_id", "total")
_names = count(1)


class Context:
    """As much of Lambda's context as the handler and Powertools read."""

    function_name = "connector"
    memory_limit_in_mb = 1769
    invoked_function_arn = "arn:aws:lambda:us-east-1:000000000000:function:connector"
    aws_request_id = "request"

    def get_remaining_time_in_millis(self) -> int:
        return 60_000


@pytest.fixture(scope="session")
def aws() -> Iterator[Aws]:
    aws = Aws().start()
    yield aws
    aws.stop()


@pytest.fixture(scope="session")
def atlan() -> Iterator[Server]:
    with Server() as server:
        client = connect(server)
        admin = [str(client.role_cache.get_id_for_name("$admin"))]
        for name, kind in (
            (S3, AtlanConnectorType.S3),
            (POSTGRES, AtlanConnectorType.POSTGRES),
            (SNOWFLAKE, AtlanConnectorType.SNOWFLAKE),
        ):
            made = Connection.creator(client=client, name=name, connector_type=kind, admin_roles=admin)
            made.qualified_name = name
            client.asset.save(made)
        yield server


def connect(server: Server) -> AtlanClient:
    return AtlanClient(base_url=server.url, api_key="local", proxy=None)


@dataclass
class World:
    """One test's own bucket, tables and routes, and eyes on the catalog that are not the connector's."""

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
        route = {"name": "all", "bucket": self.bucket, "key": "**", "source": self.source, "target": self.target}
        self.routes.write_text(json.dumps({"connection": S3, "routes": [route]} | changes))
        app.application.cache_clear()

    def tables(self, *names: str) -> None:
        """Make the tables that others load into Atlan: both, or those of these qualified names."""
        for name in names or (self.source, self.target):
            connection, database = name.rsplit("/", 3)[:2]
            self.client.asset.save(Database.creator(name=database, connection_qualified_name=connection))
            self.client.asset.save(Schema.creator(name=self.schema, database_qualified_name=f"{connection}/{database}"))
            table = Table.creator(name=name.rpartition("/")[2], schema_qualified_name=name.rpartition("/")[0])
            table.description = "made by a crawler"
            self.client.asset.save(table)
            upper = name == self.target
            self.client.asset.save(
                [
                    Column.creator(name=column, parent_qualified_name=name, parent_type=Table, order=order)
                    for order, column in enumerate((c.upper() if upper else c for c in COLUMNS), start=1)
                ]
            )

    def put(self, key: str, body: bytes = b"id\n1\n", **extra: Any) -> None:
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=body, **extra)

    def upload(self, *keys: str, **extra: Any) -> dict[str, Any]:
        for key in keys:
            self.put(key, **extra)
        return self.notify(*keys)

    def delete(self, *keys: str) -> dict[str, Any]:
        for key in keys:
            self.s3.delete_object(Bucket=self.bucket, Key=key)
        return self.notify(*keys, event="ObjectRemoved:Delete")

    def notify(self, *keys: str, event: str = "ObjectCreated:Put") -> dict[str, Any]:
        return handler.lambda_handler({"Records": [self.record(key, event) for key in keys]}, Context())

    def record(self, key: str, event: str = "ObjectCreated:Put") -> dict[str, Any]:
        return {
            "eventVersion": "2.1",
            "eventSource": "aws:s3",
            "eventName": event,
            "s3": {"bucket": {"name": self.bucket}, "object": {"key": quote_plus(key)}},
        }

    def ours(self) -> list[Asset]:
        """List every asset of this test's bucket and tables, whatever its status, but for the tables themselves."""
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


@dataclass
class Queues:
    """The queue that feeds the function, and the dead-letter queue."""

    sqs: Any
    url: str
    dead: str

    def send(self, *bodies: str) -> None:
        for body in bodies:
            self.sqs.send_message(QueueUrl=self.url, MessageBody=body)

    def event(self) -> dict[str, Any]:
        """Receive what there is, as Lambda's poller does."""
        return batch.event(batch.receive(self.sqs, self.url, VisibilityTimeout=60, WaitTimeSeconds=0), self.url)

    def dead_letters(self) -> list[dict[str, Any]]:
        found = self.sqs.receive_message(QueueUrl=self.dead, MaxNumberOfMessages=10, MessageAttributeNames=["All"])
        return list(found.get("Messages", []))


@pytest.fixture
def script() -> Iterator[Scripted]:
    with Scripted() as scripted:
        yield scripted


@pytest.fixture
def world(aws: Aws, atlan: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    routes = tmp_path / "routes.yaml"
    for name, value in {
        "ATLAN_BASE_URL": atlan.url,
        "ATLAN_API_KEY": "local",
        "DEPLOYMENT": "test",
        "ROUTES": str(routes),
        "RATE_LIMIT": "1000000",
        "AWS_ENDPOINT_URL": aws.url,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    yield World(boto3.client("s3"), connect(atlan), atlan, routes, f"lake-{next(_names)}")
    atlan.faults.clear()
    atlan.lag = 0.0
    app.application.cache_clear()


@pytest.fixture
def queues(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Queues]:
    sqs = boto3.client("sqs")
    url, dead = (sqs.create_queue(QueueName=f"{world.bucket}-{name}")["QueueUrl"] for name in ("queue", "dead"))
    monkeypatch.setenv("QUEUE_URL", url)
    monkeypatch.setenv("DEAD_LETTER_QUEUE_URL", dead)
    app.application.cache_clear()
    yield Queues(sqs, url, dead)
    for queue in (url, dead):
        sqs.delete_queue(QueueUrl=queue)
