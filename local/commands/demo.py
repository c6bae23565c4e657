"""
`python -m local demo`: shows the connector at work on real data, in about a minute.

Files are uploaded and deleted; their notifications reach the handler through the queue; after each step the lineage
in the catalog is drawn. At the end the catalog is compared with S3. With --keep, all stays up then, until Ctrl-C.
"""

import time
from argparse import Namespace
from collections import Counter
from collections.abc import Callable, Mapping
from threading import Event
from typing import Any

from pyatlan.client.atlan import AtlanClient
from rich.console import Console
from rich.text import Text

from local.aws.client import connect
from local.aws.delivery import Delivery
from local.aws.pump import Pump
from local.aws.server import Aws
from local.catalog.server import Server
from local.commands import runtime, stack, stay
from local.commands.display import farewell, picture, report, tree
from local.commands.display.picture import Picture
from local.commands.display.printable import lines, printable
from local.commands.display.report import Invocation
from local.commands.sample import compare, pipeline
from local.page import beside

DAY, PLANES = "exports/nycflights/flights/2013-01-02.csv", "exports/nycflights/planes.csv"
_SHOWN = 12  # differences that are listed


class _FailedStepError(Exception):
    """A notification of a step failed, so the demo stops."""


def run(options: Namespace) -> int:
    """
    Run the demo; return 0, or 1 if the catalog is not in sync with S3 at the end.

    Raises:
        SystemExit: a port of --keep is in use; says what to do.
    """
    port, aws_port = (options.port, options.aws_port) if options.keep else (0, 0)
    for option, wanted in (("--port", port), ("--aws-port", aws_port)):
        stay.check("demo --keep", "127.0.0.1", option, wanted)
    with runtime.screen() as (console, log), Server(port=port, key=stack.KEY) as catalog, Aws(port=aws_port) as aws:
        page = beside.put(catalog)
        console.print("Atlan S3 Connector: the demo", style="bold")
        console.print(f"Catalog on {catalog.url}, AWS on {aws.url}.", style="dim")
        console.print(f"While the demo runs, its lineage is on {page}", style="dim")
        stack.provide(aws.url)
        bucket = aws.bucket(pipeline.BUCKET)
        packaged = {"ROUTES": ""}  # not the one of a .env file
        environment = stack.variables(catalog.url, aws.url) | stack.queues(bucket) | packaged
        handle = runtime.load(environment)
        invocations: list[Invocation] = []
        kept = Event()

        def observe(delivery: Delivery) -> None:
            invocation = Invocation(delivery, log.endings())
            if kept.is_set():
                report.tell(console, invocation)
            else:
                invocations.append(invocation)

        with Pump(bucket.queue, aws.url, handle, observe) as pump:
            atlan = pipeline.connect(catalog.url, stack.KEY)
            hint = "" if options.keep else farewell.HINT
            wrong = _Demo(console, atlan, aws.url, pump, invocations).play(bucket.queue, hint)
            if options.keep:
                kept.set()
                _stay(console, page, environment)
    return 1 if wrong else 0


def _stay(console: Console, page: str, environment: Mapping[str, str]) -> None:
    """Let the commands of another terminal find the demo, until Ctrl-C."""
    with stay.signals() as stopping:
        stack.publish(environment["AWS_ENDPOINT_URL"], environment, "127.0.0.1")
        farewell.tell(console, page, environment)
        stopping.wait()
        console.print("Stopping.", style="dim")


class _Demo:
    """The steps, printed on a console; `play` returns the errors."""

    def __init__(
        self, console: Console, atlan: AtlanClient, aws: str, pump: Pump, invocations: list[Invocation]
    ) -> None:
        self._console, self._atlan, self._pump, self._invocations = console, atlan, pump, invocations
        self._s3, self._sqs = connect("s3", aws), connect("sqs", aws)
        self._number, self._picture = 0, Picture(pipeline.BUCKET, ())

    def play(self, queue: str, hint: str) -> list[str]:
        """Run all steps, up to the first failure, compare the catalog with S3 at the end, and print the *hint*."""
        try:
            wrong = self._steps(queue)
        except _FailedStepError:
            wrong = ["a notification failed"]
        wrong += compare.differences(self._atlan, self._s3)
        self._conclude(wrong, hint)
        return wrong

    def _steps(self, queue: str) -> list[str]:
        self._load()
        self._step(
            "Upload airlines, airports, planes, and three days of flights",
            "S3 notifies the queue, the handler receives batches of messages, and writes the lineage.",
            lambda: pipeline.upload(self._s3),
        )
        guids = self._state("guid")
        wrong = self._replace()
        self._step(
            "Delete one day of flights, and planes",
            "Flights keep their lineage, since other files of that table are left; planes lose it.",
            lambda: self._delete(DAY, PLANES),
        )
        self._step(
            "Upload them again",
            "Planes have all columns again. The retired assets are restored: the same assets, with the same guids.",
            lambda: pipeline.upload(self._s3, (DAY, PLANES)),
        )
        wrong += self._same("the same guid as before", guids, self._state("guid"))
        body = self._invocations[-1].delivery.event["Records"][-1]["body"]
        times = self._state("update_time")
        self._step(
            "Deliver an old notification twice more",
            "S3 delivers at least once, so duplicates happen. S3 still has the same file, so they must change nothing.",
            lambda: self._send(queue, body, body),
        )
        return wrong + self._same("the same update time as before", times, self._state("update_time"))

    def _replace(self) -> list[str]:
        """Upload other exports of three files; the two of flights change no column."""
        before = self._state("update_time", "/flights>")
        self._step(
            "Replace planes by a file with three columns, and two days of flights",
            "Planes keep the lineage of these columns. One day is compressed by gzip, and has the same columns; the "
            "other has no header, so it has no say: the columns of flights stay as they are.",
            lambda: pipeline.replace(self._s3),
        )
        after = self._state("update_time", "/flights>")
        return self._same("the same update time as before", before, after, "processes from flights to FLIGHTS")

    def _load(self) -> None:
        self._drain()
        self._heading("Load the tables of PostgreSQL and Snowflake", "In production, Atlan's own crawlers do this.")
        started = time.perf_counter()
        pipeline.stock(self._atlan)
        milliseconds = (time.perf_counter() - started) * 1000
        for side in (pipeline.SOURCE, pipeline.TARGET):
            kinds = Counter(asset.type_name for asset in compare.assets(self._atlan, side.connection))
            self._console.print(f"{side.path}: {kinds['Table']} tables, {kinds['Column']} columns")
        self._console.print(f"\n{milliseconds:.0f} ms", style="dim")

    def _step(self, heading: str, remark: str, act: Callable[[], object]) -> None:
        """Run one action, wait until its notifications are handled, and draw the catalog, if it changed."""
        self._invocations.clear()
        self._heading(heading, remark)
        started = time.perf_counter()
        act()
        self._drain()
        seconds = time.perf_counter() - started
        self._draw(picture.read(self._atlan, pipeline.BUCKET))
        report.differ(self._console, [ending for one in self._invocations for ending in one.endings])
        self._console.print(f"\n{report.total(self._invocations)} · {seconds:.1f} s in total", style="dim")
        failed = [invocation for invocation in self._invocations if invocation.failed]
        if failed:
            report.tell(self._console, failed[-1])
            raise _FailedStepError(heading)

    def _draw(self, found: Picture) -> None:
        """Draw the catalog, or say that it is as it was after the last step, which is then what the step shows."""
        if found == self._picture:
            self._console.print(f"The catalog is as it was after step {self._number - 1}, so there is no new picture.")
        else:
            self._console.print(tree.draw(found))
        self._picture = found

    def _drain(self) -> None:
        try:
            self._pump.drain()
        except TimeoutError as error:
            self._console.print(Text(lines(str(error)), style="red"), soft_wrap=True)
            raise _FailedStepError from error

    def _heading(self, heading: str, remark: str) -> None:
        self._number += 1
        self._console.print()
        self._console.rule(Text(f"{self._number}. {heading}", style="bold"), align="left", style="dim")
        self._console.print(f"{remark}\n", style="dim")

    def _delete(self, *keys: str) -> None:
        for key in keys:
            self._s3.delete_object(Bucket=pipeline.BUCKET, Key=key)

    def _send(self, queue: str, *bodies: str) -> None:
        for body in bodies:
            self._sqs.send_message(QueueUrl=queue, MessageBody=body)

    def _state(self, attribute: str, part: str = "") -> dict[str, Any]:
        """Return an attribute of all active assets of the connector whose qualified name has this *part*."""
        found = (asset for asset in compare.assets(self._atlan, pipeline.S3) if part in asset.qualified_name)
        return {f"{asset.type_name} {asset.qualified_name}": getattr(asset, attribute) for asset in found}

    def _same(self, promise: str, before: dict[str, Any], after: dict[str, Any], what: str = "assets") -> list[str]:
        """Print that a promise is kept, or list the active assets that broke it."""
        changed = [name for name in before.keys() | after.keys() if before.get(name) != after.get(name)]
        if not changed:
            self._console.print(Text.assemble(("✓", "green"), f" all {len(after)} {what} have {promise}"))
        return [f"{name} does not have {promise}" for name in sorted(changed)]

    def _conclude(self, wrong: list[str], hint: str) -> None:
        self._console.print()
        self._console.rule(style="dim")
        if hint:
            self._console.print(hint, soft_wrap=True)
        answer = ("no", "bold red") if wrong else ("yes", "bold green")
        self._console.print(Text.assemble("the catalog is in sync with S3: ", answer))
        for difference in wrong[:_SHOWN]:
            self._console.print(Text(f"  {printable(difference)}", style="red"), soft_wrap=True)
        if len(wrong) > _SHOWN:
            self._console.print(f"  and {len(wrong) - _SHOWN} more", style="red")
