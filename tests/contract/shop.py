"""Assets to search for: two tables, the columns of one, and three files, under a name of their own."""

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
from pyatlan.client.atlan import AtlanClient
from pyatlan.model.assets import Asset, Column, S3Object, Table
from pyatlan.model.enums import CertificateStatus
from pyatlan.model.fluent_search import FluentSearch
from pyatlan.model.search import Query
from pyatlan.model.structs import AwsTag

PATIENCE = 60.0  # seconds that a tenant's index may take


def at(text: str) -> datetime:
    """Read a time of UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


FILES: dict[str, dict[str, Any]] = {
    "Orders_2024.csv": {
        "s3_object_size": 100,
        "source_created_at": at("2026-01-15T10:30:00"),
        "description": "Nightly export of all orders",
        "aws_tags": [
            AwsTag(aws_tag_key="team", aws_tag_value="sales"),
            AwsTag(aws_tag_key="env", aws_tag_value="prod"),
        ],
    },
    "items.csv": {
        "s3_object_size": 200,
        "source_created_at": at("2026-01-20T23:30:00"),
        "description": "The quick brown fox exports everything",
        "aws_tags": [AwsTag(aws_tag_key="team", aws_tag_value="prod")],
    },
    "later.csv": {"s3_object_size": 300, "source_created_at": at("2026-03-01T00:00:00")},
}


@dataclass(frozen=True)
class Shop:
    """The assets, whose qualified names start with *root*, and their guids by name."""

    client: AtlanClient
    raw: httpx.Client
    root: str
    guids: dict[str, str]

    def all(self) -> FluentSearch:
        return FluentSearch().where(Asset.QUALIFIED_NAME.startswith(self.root)).sort(Asset.NAME.order()).page_size(50)

    def find(self, *queries: Query) -> list[str]:
        """Give the names of what all *queries* match, in order of the alphabet."""
        search = self.all()
        for query in queries:
            search = search.where(query)
        return [str(asset.name) for asset in search.execute(self.client)]

    def aggregate(self, aggregation: dict[str, Any]) -> dict[str, Any]:
        """Aggregate over everything; pyatlan sends any kind, but can read few, so the response is read as it is."""
        request = self.all().page_size(0).to_request()
        body = request.json(by_alias=True, exclude_none=True).replace(
            '"aggregations": {}', '"aggregations": AGGREGATION'
        )
        response = self.raw.post("/search/indexsearch", content=body.replace("AGGREGATION", _json({"it": aggregation})))
        answer: dict[str, Any] = response.raise_for_status().json()
        found: dict[str, Any] = answer["aggregations"]["it"]
        return found


def _json(value: Any) -> str:
    return httpx.Request("POST", "http://local", json=value).content.decode()


def stock(client: AtlanClient, raw: httpx.Client, connection: str) -> Shop:
    """Save the assets, and wait until they are found."""
    root = f"{connection}/{uuid.uuid4().hex[:8]}"
    assets = _assets(root)
    assigned = client.asset.save(list(assets.values())).guid_assignments or {}
    shop = Shop(client, raw, root, {name: assigned[asset.guid] for name, asset in assets.items()})
    until(lambda: shop.all().count(client) == len(assets))
    return shop


def _assets(root: str) -> dict[str, Asset]:
    made: dict[str, Asset] = {name: _new(S3Object, root, name, **facts) for name, facts in FILES.items()}
    made["orders"] = _new(Table, root, "orders", custom_attributes={"origin": "crawled"}, display_name="My Orders")
    made["facts"] = _new(Table, root, "facts", row_count=7, certificate_status=CertificateStatus.VERIFIED)
    made["id"] = _new(Column, root, "id", data_type="VARCHAR", is_primary=True, is_nullable=False)
    made["total"] = _new(Column, root, "total", data_type="Number")
    return made


def _new(kind: type[Asset], root: str, name: str, **attributes: Any) -> Asset:
    asset = kind.updater(qualified_name=f"{root}/{name}", name=name)
    asset.guid = f"-{uuid.uuid4().int % 10**16}"
    for attribute, value in attributes.items():
        setattr(asset, attribute, value)
    return asset


def until(condition: Callable[[], bool]) -> None:
    """Wait for a tenant's index; the local one is up to date at once."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "the index did not catch up"
        time.sleep(0.2)
