"""
`python -m local invoke EVENT.json`: one notification through the handler, like `sam local invoke` without Docker.

It speaks to a running `serve`, or to a world of its own that lasts for this one call.
"""

import json
import os
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http import HTTPStatus
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus, urlsplit
from urllib.request import ProxyHandler, Request, build_opener

from botocore.exceptions import BotoCoreError, ClientError
from dotenv import dotenv_values
from rich.console import Console

from local.aws.client import connect
from local.aws.delivery import deliver
from local.aws.pump import drain
from local.aws.server import Aws
from local.catalog.server import Server
from local.commands import runtime
from local.commands.display import picture, report, tree
from local.commands.display.report import Happening
from local.commands.sample import pipeline

PUT = "ObjectCreated:Put"
CATALOG = "http://127.0.0.1:8585"
AWS = "http://127.0.0.1:5555"


@dataclass(frozen=True, slots=True)
class _Place:
    """The world that the event is delivered in; `ours` if it was made for it."""

    environment: dict[str, str]
    ours: bool

    @property
    def s3(self) -> Any:
        """A client of its S3."""
        return connect("s3", self.environment["AWS_ENDPOINT_URL"])


def run(options: Namespace) -> int:
    """Deliver the event of a file, and show what came of it; 0, or 1 when the handler raised."""
    event = _read(options.event)
    with runtime.screen() as (console, _), _place(console) as place:
        handle = runtime.load(place.environment)
        found = report.happenings(event)
        if place.ours and any(happening.gone for happening in found):
            _precede(console, place, event, handle)
        for happening in found:
            _do(console, place.s3, happening, "as the event says")
        if not place.ours:
            _settle(place, found)
        delivery = deliver(handle, event)
        console.print()
        report.tell(console, delivery)
        _show(console, place, found)
    return 1 if delivery.error else 0


def _read(file: Path) -> dict[str, Any]:
    try:
        event = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise SystemExit(f"{file}: {error.strerror}; the samples are in events/") from error
    except ValueError as error:
        raise SystemExit(f"{file}: not JSON: {error}") from error
    if not isinstance(event, dict):
        raise SystemExit(f"{file}: not an event, which is a JSON object")
    return event


@contextmanager
def _place(console: Console) -> Iterator[_Place]:
    """Find the `serve` that the environment or .env names, or make a world for the time being."""
    known = {**dotenv_values(".env"), **os.environ}
    catalog, aws = known.get("ATLAN_BASE_URL") or CATALOG, known.get("AWS_ENDPOINT_URL") or AWS
    if _serves(f"{catalog.rstrip('/')}/api/service/roles") and _serves(f"{aws.rstrip('/')}/moto-api/data.json"):
        console.print(f"Using serve: catalog {catalog}, AWS {aws}.", style="dim")
        yield _Place(runtime.variables(catalog, aws), ours=False)
        return
    console.print("No serve answers on this machine, so this call has a world of its own.", style="dim")
    with Server(key=runtime.KEY) as server, Aws() as own:
        pipeline.stock(pipeline.connect(server.url, runtime.KEY))
        own.create(pipeline.BUCKET)
        yield _Place(runtime.variables(server.url, own.url), ours=True)


def _serves(url: str) -> bool:
    """Say whether this machine answers there. Other machines are never asked: they could be a real tenant."""
    if urlsplit(url).hostname not in ("127.0.0.1", "localhost", "::1"):
        return False
    request = Request(url, headers={"authorization": f"Bearer {runtime.KEY}"})
    try:
        with build_opener(ProxyHandler({})).open(request, timeout=2) as answer:
            return bool(answer.status == HTTPStatus.OK)
    except (OSError, HTTPException):
        return False


def _precede(console: Console, place: _Place, event: dict[str, Any], handle: runtime.Handle) -> None:
    """Catalog what is about to go, so that its retirement is seen."""
    for happening in report.happenings(event):
        if happening.gone:
            _do(console, place.s3, replace(happening, kind=PUT), "so that there is something to retire")
            report.tell(console, deliver(handle, _notification(happening)))


def _notification(happening: Happening) -> dict[str, Any]:
    """Write the notification of a put of that object."""
    s3 = {"bucket": {"name": happening.bucket}, "object": {"key": quote_plus(happening.key)}}
    return {"Records": [{"eventVersion": "2.1", "eventSource": "aws:s3", "eventName": PUT, "s3": s3}]}


def _do(console: Console, s3: Any, happening: Happening, why: str) -> None:
    """Make S3 agree with an event, since the handler believes S3 and not the event."""
    try:
        what = _remove(s3, happening) if happening.gone else _put(s3, happening)
    except (BotoCoreError, ClientError) as error:
        console.print(f"S3: refuses {happening.url}: {error}", style="yellow", soft_wrap=True)
    else:
        console.print(f"S3: {what} {happening.url}, {why}", style="dim", soft_wrap=True)


def _remove(s3: Any, happening: Happening) -> str:
    s3.delete_object(Bucket=happening.bucket, Key=happening.key)
    return "removed"


def _put(s3: Any, happening: Happening) -> str:
    """Put the object, and its bucket, unless they are there."""
    where = {"Bucket": happening.bucket, "Key": happening.key}
    try:
        s3.head_object(**where)
    except ClientError:
        s3.create_bucket(Bucket=happening.bucket)
        s3.put_object(**where, Body=pipeline.body(happening.key), ContentType="text/csv")
        return "put"
    return "has"


def _settle(place: _Place, found: list[Happening]) -> None:
    """Wait until serve has handled what was just done to its bucket, so that the two don't write at once."""
    sqs = connect("sqs", place.environment["AWS_ENDPOINT_URL"])
    for bucket in {happening.bucket for happening in found}:
        for url in sqs.list_queues(QueueNamePrefix=bucket).get("QueueUrls", ()):
            if url.endswith(f"/{bucket}"):
                drain(sqs, url)


def _show(console: Console, place: _Place, found: list[Happening]) -> None:
    atlan = pipeline.connect(place.environment["ATLAN_BASE_URL"], runtime.KEY)
    for bucket in dict.fromkeys(happening.bucket for happening in found):
        keys = {happening.key for happening in found if happening.bucket == bucket}
        part = picture.read(atlan, bucket).only(keys)
        console.print()
        if part.flows:
            console.print(tree.draw(part))
        else:
            console.print("Not in the catalog: " + ", ".join(f"s3://{bucket}/{key}" for key in keys), soft_wrap=True)
