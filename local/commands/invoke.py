"""
`python -m local invoke EVENT.json`: invokes the handler with one event, like `sam local invoke` without Docker.

It uses a running `serve`, or starts a catalog and AWS services with the same sample data for this one call.
"""

import json
import re
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console

from local.aws import events
from local.aws.delivery import deliver
from local.aws.events import ObjectEvent
from local.aws.server import Aws
from local.catalog.server import Server
from local.commands import place, runtime, stack
from local.commands.display import picture, report, tree
from local.commands.display.printable import listed, printable
from local.commands.display.report import Invocation
from local.commands.place import Place
from local.commands.sample import past, pipeline

PUT = "ObjectCreated:Put"
MAX_KEY_BYTES = 1024
_BUCKET = re.compile(r"[A-Za-z0-9._-]{3,255}")


def run(options: Namespace) -> int:
    """
    Invoke the handler with the event of a file, and print the result.

    Return 0 if all is done, `report.RETRIED` if a message will be retried, `report.FAILED` if one is dead-lettered.
    """
    event = _read(options.event)
    with runtime.screen() as (console, log), _place(console) as (where, ours):
        handle = runtime.load(where.environment)
        if ours:
            past.load(where.aws("s3"), handle)
        found = [one for one in events.read(event) if _possible(one)]
        for one in found if ours else ():
            if one.removed and not past.has(one.bucket, one.key):
                _do(console, where.aws("s3"), replace(one, kind=PUT), "so that there is something to retire")
                handle({"Records": [past.record(one.key, one.bucket)]})
        for one in found:
            _do(console, where.aws("s3"), one, "as the event says")
        if not ours:
            where.wait()
        log.endings()  # of what was before the event
        invocation = Invocation(deliver(handle, event), log.endings())
        console.print()
        report.tell(console, invocation)
        _show(console, where, found)
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
def _place(console: Console) -> Iterator[tuple[Place, bool]]:
    """Find a running `serve`, or start a catalog and AWS services with the sample data, which are then *ours*."""
    if where := place.find():
        addresses = (where.environment[name] for name in ("ATLAN_BASE_URL", "AWS_ENDPOINT_URL"))
        console.print("Using serve: catalog {}, AWS {}.".format(*addresses), style="dim")
        yield where, False
        return
    console.print("No running serve found; starting a catalog and AWS services for this call.", style="dim")
    with Server(key=stack.KEY) as server, Aws() as own:
        pipeline.stock(pipeline.connect(server.url, stack.KEY))
        stack.provide(own.url)
        for bucket in (pipeline.BUCKET, past.BUCKET):
            own.create(bucket)
        queues = stack.queues(own.queue(pipeline.BUCKET))
        yield Place(stack.variables(server.url, own.url) | queues | {"ROUTES": ""}), True


def _possible(one: ObjectEvent) -> bool:
    """Tell whether S3 can have such an object; the handler is given the event in any case."""
    try:
        size = len(one.key.encode())
    except UnicodeEncodeError:
        return False
    return bool(_BUCKET.fullmatch(one.bucket)) and 1 <= size <= MAX_KEY_BYTES


def _do(console: Console, s3: Any, one: ObjectEvent, why: str) -> None:
    """Change S3 to match an event, since the handler uses the state of S3, not the event."""
    try:
        what = _remove(s3, one) if one.removed else _put(s3, one)
    except (BotoCoreError, ClientError) as error:
        console.print(printable(f"S3: {one.url}: {error}"), style="yellow", soft_wrap=True)
    else:
        console.print(printable(f"{what} {one.url}, {why}"), style="dim", soft_wrap=True)


def _remove(s3: Any, one: ObjectEvent) -> str:
    if not _exists(s3, one):
        return "S3 has no"
    s3.delete_object(Bucket=one.bucket, Key=one.key)
    return "Deleted"


def _put(s3: Any, one: ObjectEvent) -> str:
    """Create the object and its bucket, unless they exist."""
    if _exists(s3, one):
        return "S3 has"
    s3.create_bucket(Bucket=one.bucket)
    s3.put_object(Bucket=one.bucket, Key=one.key, Body=pipeline.body(one.key), ContentType="text/csv")
    return "Put"


def _exists(s3: Any, one: ObjectEvent) -> bool:
    try:
        s3.head_object(Bucket=one.bucket, Key=one.key)
    except ClientError:
        return False
    return True


def _show(console: Console, where: Place, found: list[ObjectEvent]) -> None:
    atlan = where.atlan
    for bucket in dict.fromkeys(one.bucket for one in found):
        keys = {one.key for one in found if one.bucket == bucket}
        part = picture.read(atlan, bucket).only(keys)
        console.print()
        if part.flows:
            console.print(tree.draw(part))
        else:
            names = listed(f"s3://{bucket}/{key}" for key in sorted(keys))
            console.print(f"Not in the catalog: {names}", soft_wrap=True)
