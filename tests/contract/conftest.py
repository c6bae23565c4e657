"""The catalog under test: the local one, or, with --atlan, the tenant of ATLAN_BASE_URL and ATLAN_API_KEY."""

import os
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

import httpx
import pytest
from httpx_retries import Retry
from pyatlan.client.atlan import AtlanClient
from pyatlan.model.assets import Asset, Column, ColumnProcess, Connection, Process, S3Bucket, S3Object, Table
from pyatlan.model.enums import AtlanConnectorType, AtlanDeleteType
from pyatlan.model.fluent_search import FluentSearch
from pyatlan.model.response import AssetMutationResponse

from local.catalog.server import Server
from tests.contract.shop import Shop, stock

Made = TypeVar("Made", bound=Asset)

ONCE = Retry(total=0, allowed_methods=["GET", "POST", "PUT", "DELETE"])


@pytest.fixture(scope="session")
def tenant(request: pytest.FixtureRequest) -> bool:
    """Whether the suite runs against a real tenant."""
    return bool(request.config.getoption("--atlan", default=False))


@pytest.fixture(scope="session")
def catalog(tenant) -> Iterator[Server]:
    """The local catalog. Tests that ask for it (for its faults, its log) have no meaning against a tenant."""
    if tenant:
        pytest.skip("needs the local catalog")
    with Server() as server:
        yield server


@pytest.fixture(scope="session")
def address(request: pytest.FixtureRequest, tenant) -> tuple[str, str]:
    """Base URL and API key."""
    if tenant:
        return os.environ["ATLAN_BASE_URL"], os.environ["ATLAN_API_KEY"]
    server: Server = request.getfixturevalue("catalog")
    return server.url, server.key


@pytest.fixture(scope="session")
def client(address: tuple[str, str], tenant) -> AtlanClient:
    """The real pyatlan. Against the local catalog it tries once, so that an error is seen at once."""
    url, key = address
    if tenant:
        return AtlanClient(base_url=url, api_key=key, connect_timeout=5, read_timeout=60)
    return AtlanClient(base_url=url, api_key=key, proxy=None, retry=ONCE, connect_timeout=10, read_timeout=60)


@pytest.fixture(scope="session")
def raw(address: tuple[str, str]) -> Iterator[httpx.Client]:
    """Plain HTTP, for what pyatlan can't send."""
    url, key = address
    headers = {"Authorization": f"Bearer {key}"}
    with httpx.Client(base_url=f"{url}/api/meta", headers=headers, trust_env=False, timeout=60) as plain:
        yield plain


@pytest.fixture(scope="session")
def shop(client: AtlanClient, raw: httpx.Client, connection: str) -> Shop:
    """Assets of several types, for searches that change nothing."""
    return stock(client, raw, connection)


@pytest.fixture
def bulk(raw: httpx.Client) -> Callable[..., httpx.Response]:
    """Save entities as they are."""

    def send(*entities: object, **params: str) -> httpx.Response:
        return raw.post("/entity/bulk/", json={"entities": entities}, params=params)

    return send


@pytest.fixture(scope="session")
def connection(client: AtlanClient, tenant) -> Iterator[str]:
    """The qualified name of an S3 connection that this run owns; in a tenant, all of it is purged at the end."""
    admins = [str(client.role_cache.get_id_for_name("$admin"))]
    name = f"contract-{uuid.uuid4().hex[:8]}"
    made = Connection.creator(client=client, name=name, connector_type=AtlanConnectorType.S3, admin_roles=admins)
    guid = client.asset.save(made).guid_assignments[made.guid]  # type: ignore[index]
    yield str(made.qualified_name)
    if tenant:
        everything = FluentSearch().where(Asset.CONNECTION_QUALIFIED_NAME.eq(str(made.qualified_name)))
        for asset in [*everything.execute(client), guid]:
            client.asset.purge_by_guid([str(getattr(asset, "guid", asset))], delete_type=AtlanDeleteType.PURGE)


@dataclass
class World:
    """Assets under names of one test's own. Builders don't save; `save` does, and remembers the real guids."""

    client: AtlanClient
    connection: str
    prefix: str
    guids: dict[tuple[str, str], str] = field(default_factory=dict)

    def bucket(self, name: str = "bucket") -> S3Bucket:
        made = S3Bucket.creator(name=name, connection_qualified_name=self.connection)
        made.qualified_name = f"{self.connection}/{self.prefix}/{name}"
        return made

    def file(self, key: str, bucket: S3Bucket) -> S3Object:
        return S3Object.creator_with_prefix(
            name=key,
            connection_qualified_name=self.connection,
            s3_bucket_name=self.prefix,
            s3_bucket_qualified_name=str(bucket.qualified_name),
        )

    def entity(self, key: str = "a.csv", **attributes: object) -> dict[str, object]:
        """Write an object as it is sent, for what pyatlan can't send; `loose` of the same key is the same asset."""
        name = f"{self.connection}/{self.prefix}/{key}"
        return {"typeName": "S3Object", "attributes": {"qualifiedName": name, "name": key, **attributes}}

    def make(self, kind: type[Made], name: str) -> Made:
        """Build an asset of any type, with nothing but its names."""
        return kind.updater(qualified_name=f"{self.connection}/{self.prefix}/{name}", name=name)

    def loose(self, key: str) -> S3Object:
        """Build an object that has no bucket."""
        return self.make(S3Object, key)

    def table(self, name: str) -> Table:
        return self.make(Table, name)

    def column(self, name: str, table: Table) -> Column:
        made = self.make(Column, f"{table.name}.{name}")
        made.table = self.ref(table)
        return made

    def process(self, name: str, inputs: list[Asset], outputs: list[Asset]) -> Process:
        return Process.creator(
            name=name,
            connection_qualified_name=self.connection,
            inputs=[self.ref(one) for one in inputs],
            outputs=[self.ref(one) for one in outputs],
            process_id=f"{self.prefix}/{name}",
        )

    def column_process(self, name: str, inputs: list[Asset], outputs: list[Asset], parent: Process) -> ColumnProcess:
        return ColumnProcess.creator(
            name=name,
            connection_qualified_name=self.connection,
            inputs=[self.ref(one) for one in inputs],
            outputs=[self.ref(one) for one in outputs],
            process_id=f"{self.prefix}/{name}",
            parent=self.ref(parent),
        )

    def ref(self, asset: Made) -> Made:
        """Refer to an asset by its real guid, or by its temporary one if it isn't saved yet."""
        return type(asset).ref_by_guid(self.guids.get(self._key(asset), asset.guid))

    def save(self, *assets: Asset) -> dict[str, list[str]]:
        """Save; give what the answer tells, by operation, as "type name" in order of the alphabet."""
        response = self.client.asset.save(list(assets))
        for asset in assets:
            self.guids[self._key(asset)] = (response.guid_assignments or {}).get(asset.guid, asset.guid)
        return self.told(response)

    def guid(self, asset: Asset) -> str:
        return self.guids[self._key(asset)]

    def read(self, asset: Made) -> Made:
        """Read an asset with its relationships, by guid."""
        return self.client.asset.get_by_guid(self.guid(asset), type(asset), ignore_relationships=False)

    def status(self, asset: Asset) -> str:
        return str(self.read(asset).status.value)

    def archive(self, *assets: Asset) -> dict[str, list[str]]:
        """Archive in one call (`delete_by_guid` makes many)."""
        return self.remove(AtlanDeleteType.SOFT, *assets)

    def remove(self, how: AtlanDeleteType, *assets: Asset) -> dict[str, list[str]]:
        return self.told(self.client.asset.purge_by_guid([self.guid(one) for one in assets], delete_type=how))

    def edges(self, asset: Asset, attribute: str) -> list[str]:
        """Read the states of the edges of one relationship, oldest first."""
        found = getattr(self.read(asset), attribute) or []
        return [one.relationship_status for one in (found if isinstance(found, list) else [found])]

    def later(self) -> None:
        """Let the clock, which tells milliseconds, go on."""
        time.sleep(0.003)

    @staticmethod
    def told(response: AssetMutationResponse) -> dict[str, list[str]]:
        """Shorten an answer to "type name" by operation; operations without assets are left out."""
        mutated = response.mutated_entities
        lists = {key: getattr(mutated, key, None) or [] for key in ("CREATE", "UPDATE", "DELETE", "PARTIAL_UPDATE")}
        return {key: sorted(f"{one.type_name} {one.name}" for one in found) for key, found in lists.items() if found}

    def _key(self, asset: Asset) -> tuple[str, str]:
        return asset.type_name, str(asset.qualified_name)


@pytest.fixture
def world(client: AtlanClient, connection: str) -> World:
    return World(client, connection, uuid.uuid4().hex[:8])


@pytest.fixture
def lineage(world):
    """Saved: bucket with object a, object b, process p from a to b, and its column process cp between two columns."""
    bucket, target, table = world.bucket(), world.loose("b"), world.table("t")
    world.save(bucket, target, table)
    source = world.file("a", bucket)
    left, right = world.column("x", table), world.column("y", table)
    world.save(source, left, right)
    process = world.process("p", [source], [target])
    world.save(process)
    child = world.column_process("cp", [left], [right], process)
    world.save(child)
    return {"bucket": bucket, "a": source, "b": target, "p": process, "cp": child, "x": left, "y": right, "t": table}
