"""What a save sends: our assets as pyatlan's models, as pyatlan's own save would send them."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import httpx
from pyatlan.client.atlan import AtlanClient
from pyatlan.model.assets import Asset as Model

from connector.adapters.atlan.client import save
from connector.adapters.atlan.models import models
from connector.core.asset import Asset, Bucket, ByGuid, Name, Object, Process, Stat, Type

S3 = "default/s3/1"
BUCKET = Name(Type.BUCKET, f"{S3}/lake")
STAT = Stat(3, "etag", datetime(2026, 1, 2, tzinfo=UTC), "v1", "text/csv", "", "STANDARD", "AES256")
LOCKED = replace(STAT, lock_mode="COMPLIANCE", lock_until=STAT.modified, legal_hold=True)
ENDS = {kind: ByGuid(kind, f"guid-{kind}") for kind in ("Table", "View", "MaterialisedView", "Column")}


def file(key: str, stat: Stat, bucket: Name | ByGuid = BUCKET) -> Object:
    name = Name(Type.OBJECT, f"{S3}/lake/{key}")
    return Object(name, key, S3, bucket, "lake", BUCKET.qualified_name, key, f"arn:aws:s3:::lake/{key}", stat)


def process(number: int, ends: Sequence[Name | ByGuid], parent: Name | None = None) -> Process:
    kind = Type.COLUMN_PROCESS if parent else Type.PROCESS
    return Process(Name(kind, f"{S3}/d/{number}"), f"p{number}", S3, (ends[0],), (ends[1],), parent)


ONE, TWO = file("é a+b.csv", STAT), file("2.csv", LOCKED, ByGuid("S3Bucket", "guid-bucket"))
PARENT = process(1, [ENDS["Table"], ENDS["View"]])
ASSETS: list[Asset] = [
    Bucket(BUCKET, "lake", S3),
    PARENT,
    ONE,
    TWO,
    process(2, [ENDS["MaterialisedView"], ONE.name]),
    process(3, [TWO.name, ENDS["Table"]]),
    process(4, [ENDS["Column"], ENDS["Column"]], PARENT.name),
    process(5, [ENDS["Column"], ENDS["Column"]], Name(Type.PROCESS, "saved before")),
]
GUIDS = {Name(Type.PROCESS, "saved before"): "guid-before"}


def sent(send: Callable[[AtlanClient], Any]) -> tuple[str, Mapping[str, Any]]:
    """Return the address and the body of what is sent."""
    requests: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(200, json={"guidAssignments": {"-1": "guid"}})

    client = AtlanClient(base_url="https://acme.atlan.com", api_key="key")
    client._session._transport = httpx.MockTransport(answer)
    send(client)
    (request,) = requests
    return f"{request.method} {request.url}", json.loads(request.content)


def filled(value: Any) -> Any:
    """Leave out what pyatlan sends of nothing: the attributes of a reference, and no business attributes."""
    if isinstance(value, dict):
        kept = {name: filled(part) for name, part in value.items()}
        return {name: part for name, part in kept.items() if part not in (None, {})}
    return [filled(part) for part in value] if isinstance(value, list) else value


def made() -> list[Model]:
    return list(models(ASSETS, GUIDS).values())


def test_same() -> None:
    """A save sends what pyatlan's own does, from the same models, but for what is empty."""
    address, body = sent(lambda client: save(client, made()))

    theirs, whole = sent(lambda client: client.asset.save(made()))

    assert address == theirs
    assert body == filled(whole)


def test_assigned() -> None:
    """It returns what Atlan assigned."""
    answers: list[Mapping[str, str]] = []

    sent(lambda client: answers.append(save(client, made())))

    assert answers == [{"-1": "guid"}]


def test_sent() -> None:
    """An asset has the attributes that are ours and no others, no null among them, and is active."""
    _, body = sent(lambda client: save(client, made()))

    bucket, parent, one, two, into, out, column, later = body["entities"]
    assert {entity["status"] for entity in body["entities"]} == {"ACTIVE"}
    assert [entity["guid"] for entity in body["entities"]] == [f"-{number}" for number in range(1, 9)]
    assert None not in [value for entity in body["entities"] for value in entity["attributes"].values()]
    assert set(bucket["attributes"]) == {"qualifiedName", "name", "connectionQualifiedName", "connectorName"}
    assert "awsArn" not in one["attributes"]
    assert one["attributes"]["s3ObjectContentDisposition"] == ""
    assert one["attributes"]["s3ObjectLastModifiedTime"] == 1767312000000
    assert not any("Lock" in name for name in one["attributes"])
    assert sum("Lock" in name for name in two["attributes"]) == 3
    assert (one["attributes"]["bucket"]["guid"], two["attributes"]["bucket"]["guid"]) == ("-1", "guid-bucket")
    assert [entity["attributes"]["inputs"][0]["guid"] for entity in (parent, into, out)] == [
        "guid-Table",
        "guid-MaterialisedView",
        "-4",
    ]
    assert into["attributes"]["inputs"][0]["typeName"] == "MaterialisedView"
    assert [entity["attributes"]["process"]["guid"] for entity in (column, later)] == ["-2", "guid-before"]
