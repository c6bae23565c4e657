"""
`python -m local invoke EVENT.json`: invokes the handler with one event, like `sam local invoke` without Docker.

It uses a running `serve`, or starts a catalog and AWS services for this one call.
"""

import json
import os
import re
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

from local.aws import events
from local.aws.client import connect
from local.aws.delivery import deliver
from local.aws.events import ObjectEvent
from local.aws.pump import drain
from local.aws.server import Aws, Bucket
from local.catalog.server import Server
from local.commands import runtime, stack
from local.commands.display import picture, report, tree
from local.commands.display.printable import listed, printable
from local.commands.display.report import Invocation
from local.commands.sample import pipeline

PUT = "ObjectCreated:Put"
CATALOG = "http://127.0.0.1:8585"
AWS = "http://127.0.0.1:5555"
MAX_KEY_BYTES = 1024
_BUCKET = re.compile(r"[A-Za-z0-9._-]{3,255}")


@dataclass(frozen=True, slots=True)
class _Place:
    """The catalog and AWS that the handler uses; `ours` if they were started for this call."""

    environment: dict[str, str]
    ours: bool

    @property
    def s3(self) -> Any:
        """A client of this S3."""
        return connect("s3", self.environment["AWS_ENDPOINT_URL"])


def run(options: Namespace) -> int:
    """
    Invoke the handler with the event of a file, and print the result.

    Return 0 if all is done, `report.RETRIED` if a message will be retried, `report.FAILED` if one is dead-lettered.
    """
    event = _read(options.event)
    with runtime.screen() as (console, log), _place(console) as place:
        handle = runtime.load(place.environment)
        found = [one for one in events.read(event) if _possible(one)]
        for one in found if place.ours else ():
            if one.removed:
                _do(console, place.s3, replace(one, kind=PUT), "so that there is something to retire")
                report.tell(console, Invocation(deliver(handle, _notification(one)), log.endings()))
        for one in found:
            _do(console, place.s3, one, "to match the event")
        if not place.ours:
            _wait(place, found)
        invocation = Invocation(deliver(handle, event), log.endings())
        console.print()
        report.tell(console, invocation)
        _show(console, place, found)
    return invocation.status


def _read(file: Path) -> dict[str, Any]:
    try:
        event = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise SystemExit(f"{file}: {error.strerror}; the samples are in events/") from error
    except (ValueError, RecursionError) as error:
        raise SystemExit(f"{file}: not JSON: {error}") from error
    if not isinstance(event, dict):
        raise SystemExit(f"{file}: not an event: it must be a JSON object")
    return event


@contextmanager
def _place(console: Console) -> Iterator[_Place]:
    """Find the `serve` that the environment or .env names, or start a catalog and AWS services for this call."""
    known = {**dotenv_values(".env"), **os.environ}
    catalog, aws = known.get("ATLAN_BASE_URL") or CATALOG, known.get("AWS_ENDPOINT_URL") or AWS
    if _serves(f"{catalog.rstrip('/')}/api/service/roles") and _serves(f"{aws.rstrip('/')}/moto-api/data.json"):
        console.print(f"Using serve: catalog {catalog}, AWS {aws}.", style="dim")
        yield _Place(stack.variables(catalog, aws) | _queues(aws), ours=False)
        return
    console.print("No running serve found; starting a catalog and AWS services for this call.", style="dim")
    with Server(key=stack.KEY) as server, Aws() as own:
        pipeline.stock(pipeline.connect(server.url, stack.KEY))
        stack.provide(own.url)
        bucket = own.bucket(pipeline.BUCKET)
        yield _Place(stack.variables(server.url, own.url) | stack.queues(bucket), ours=True)


def _queues(aws: str) -> dict[str, str]:
    """Find the queues of `serve`, so that a message goes where it would go; it has none with --empty."""
    sqs, name = connect("sqs", aws), pipeline.BUCKET
    try:
        queue, dead = (sqs.get_queue_url(QueueName=each)["QueueUrl"] for each in (name, f"{name}-dead"))
    except ClientError:
        return {}
    return stack.queues(Bucket(name, queue, dead))


def _serves(url: str) -> bool:
    """Return whether this machine serves the URL. No request is sent to other machines: one could be a real tenant."""
    if urlsplit(url).hostname not in ("127.0.0.1", "localhost", "::1"):
        return False
    request = Request(url, headers={"authorization": f"Bearer {stack.KEY}"})
    try:
        with build_opener(ProxyHandler({})).open(request, timeout=2) as answer:
            return bool(answer.status == HTTPStatus.OK)
    except (OSError, HTTPException):
        return False


def _possible(one: ObjectEvent) -> bool:
    """Tell whether S3 can have such an object; the handler is given the event in any case."""
    try:
        size = len(one.key.encode())
    except UnicodeEncodeError:
        return False
    return bool(_BUCKET.fullmatch(one.bucket)) and 1 <= size <= MAX_KEY_BYTES


def _notification(one: ObjectEvent) -> dict[str, Any]:
    """Return the notification of a put of that object."""
    s3 = {"bucket": {"name": one.bucket}, "object": {"key": quote_plus(one.key)}}
    return {"Records": [{"eventVersion": "2.1", "eventSource": "aws:s3", "eventName": PUT, "s3": s3}]}


def _do(console: Console, s3: Any, one: ObjectEvent, why: str) -> None:
    """Change S3 to match an event, since the handler uses the state of S3, not the event."""
    try:
        what = _remove(s3, one) if one.removed else _put(s3, one)
    except (BotoCoreError, ClientError) as error:
        console.print(printable(f"S3: {one.url}: {error}"), style="yellow", soft_wrap=True)
    else:
        console.print(printable(f"S3: {what} {one.url}, {why}"), style="dim", soft_wrap=True)


def _remove(s3: Any, one: ObjectEvent) -> str:
    s3.delete_object(Bucket=one.bucket, Key=one.key)
    return "removed"


def _put(s3: Any, one: ObjectEvent) -> str:
    """Create the object and its bucket, unless they exist."""
    where = {"Bucket": one.bucket, "Key": one.key}
    try:
        s3.head_object(**where)
    except ClientError:
        s3.create_bucket(Bucket=one.bucket)
        s3.put_object(**where, Body=pipeline.body(one.key), ContentType="text/csv")
        return "put"
    return "already has"


def _wait(place: _Place, found: list[ObjectEvent]) -> None:
    """Wait until `serve` has handled the notifications of these changes."""
    sqs = connect("sqs", place.environment["AWS_ENDPOINT_URL"])
    for bucket in {one.bucket for one in found}:
        for url in sqs.list_queues(QueueNamePrefix=bucket).get("QueueUrls", ()):
            if url.endswith(f"/{bucket}"):
                _drain(sqs, url)


def _drain(sqs: Any, url: str) -> None:
    try:
        drain(sqs, url)
    except TimeoutError as error:
        raise SystemExit(f"serve does not finish its queue: {error}; its own output says why") from error


def _show(console: Console, place: _Place, found: list[ObjectEvent]) -> None:
    atlan = pipeline.connect(place.environment["ATLAN_BASE_URL"], stack.KEY)
    for bucket in dict.fromkeys(one.bucket for one in found):
        keys = {one.key for one in found if one.bucket == bucket}
        part = picture.read(atlan, bucket).only(keys)
        console.print()
        if part.flows:
            console.print(tree.draw(part))
        else:
            names = listed(f"s3://{bucket}/{key}" for key in sorted(keys))
            console.print(f"Not in the catalog: {names}", soft_wrap=True)
