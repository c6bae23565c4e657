"""
`python -m local demo`: the whole of it at work, on real data, in a minute and without asking anything.

Files come and go in a bucket; their notifications reach the handler by themselves; after each step the catalog is
drawn as it then is. At the end it is compared with what S3 holds.
"""

import json
import time
from argparse import Namespace
from collections import Counter
from collections.abc import Callable
from typing import Any

from pyatlan.client.atlan import AtlanClient
from rich.console import Console
from rich.text import Text

from local.aws.client import connect
from local.aws.delivery import Delivery
from local.aws.pump import Pump
from local.aws.server import Aws
from local.catalog.server import Server
from local.commands import runtime
from local.commands.display import picture, report, tree
from local.commands.sample import compare, pipeline

DAY, PLANES = "exports/nycflights/flights/2013-01-02.csv", "exports/nycflights/planes.csv"
_SHOWN = 12  # differences that are listed in full


class _FailedStepError(Exception):
    """A notification of a step was not handled, so what would follow makes no sense."""


def run(_options: Namespace) -> int:
    """Run the demo; 0, or 1 when the catalog is not what S3 says."""
    with runtime.screen() as (console, _), Server(key=runtime.KEY) as catalog, Aws() as aws:
        console.print("Atlan S3 Connector: the demo", style="bold")
        console.print(f"A catalog on {catalog.url}, S3 and SQS on {aws.url}.", style="dim")
        packaged = {"ROUTES": ""}  # whatever a .env says
        handle = runtime.load(runtime.variables(catalog.url, aws.url) | packaged)
        bucket = aws.bucket(pipeline.BUCKET)
        deliveries: list[Delivery] = []
        with Pump(bucket.queue, aws.url, handle, deliveries.append) as pump:
            atlan = pipeline.connect(catalog.url, runtime.KEY)
            wrong = _Demo(console, atlan, aws.url, pump, deliveries).play(bucket.queue)
    return 1 if wrong else 0


class _Demo:
    """The story, told on a console; `play` returns what went wrong."""

    def __init__(self, console: Console, atlan: AtlanClient, aws: str, pump: Pump, deliveries: list[Delivery]) -> None:
        self._console, self._atlan, self._pump, self._deliveries = console, atlan, pump, deliveries
        self._s3, self._sqs = connect("s3", aws), connect("sqs", aws)
        self._chapter = 0

    def play(self, queue: str) -> list[str]:
        """Go through all steps, up to the first that fails, and compare the catalog with S3 at the end."""
        try:
            wrong = self._story(queue)
        except _FailedStepError:
            wrong = ["a notification failed"]
        wrong += compare.differences(self._atlan, self._s3)
        self._conclude(wrong)
        return wrong

    def _story(self, queue: str) -> list[str]:
        self._load()
        self._step(
            "Upload airlines, airports, planes, and three days of flights",
            "S3 tells the queue, the queue feeds the handler, the handler writes lineage.",
            lambda: pipeline.upload(self._s3),
        )
        guids = self._state("guid")
        self._step(
            "Delete one day of flights, and planes",
            "Flights keep their lineage, as other files carry it; planes lose theirs.",
            lambda: self._delete(DAY, PLANES),
        )
        self._step(
            "Upload them again",
            "What was retired comes back: the same assets, found by their names.",
            lambda: pipeline.upload(self._s3, (DAY, PLANES)),
        )
        wrong = self._same("the guids they had before", guids, self._state("guid"))
        event = self._deliveries[-1].event
        times = self._state("update_time")
        self._step(
            "Send an old event twice more",
            "S3 delivers at least once, so this happens. It must change nothing.",
            lambda: self._send(queue, event, event),
        )
        return wrong + self._same("the update times they had before", times, self._state("update_time"))

    def _load(self) -> None:
        self._pump.drain()
        self._heading("Load the tables of PostgreSQL and Snowflake", "This stands for Atlan's own crawlers.")
        started = time.perf_counter()
        pipeline.stock(self._atlan)
        milliseconds = (time.perf_counter() - started) * 1000
        for side in (pipeline.SOURCE, pipeline.TARGET):
            kinds = Counter(asset.type_name for asset in compare.assets(self._atlan, side.connection))
            self._console.print(f"{side.path}: {kinds['Table']} tables, {kinds['Column']} columns")
        self._console.print(f"\n{milliseconds:.0f} ms", style="dim")

    def _step(self, heading: str, remark: str, act: Callable[[], object]) -> None:
        """Do something, wait until its notifications are through, and draw what the catalog then holds."""
        self._deliveries.clear()
        self._heading(heading, remark)
        started = time.perf_counter()
        act()
        self._pump.drain()
        seconds = time.perf_counter() - started
        self._console.print(tree.draw(picture.read(self._atlan, pipeline.BUCKET)))
        self._console.print(f"\n{report.total(self._deliveries)} · {seconds:.1f} s in all", style="dim")
        failed = [delivery for delivery in self._deliveries if delivery.error]
        if failed:
            report.tell(self._console, failed[-1])
            raise _FailedStepError(heading)

    def _heading(self, heading: str, remark: str) -> None:
        self._chapter += 1
        self._console.print()
        self._console.rule(Text(f"{self._chapter}. {heading}", style="bold"), align="left", style="dim")
        self._console.print(f"{remark}\n", style="dim")

    def _delete(self, *keys: str) -> None:
        for key in keys:
            self._s3.delete_object(Bucket=pipeline.BUCKET, Key=key)

    def _send(self, queue: str, *events: dict[str, Any]) -> None:
        for event in events:
            self._sqs.send_message(QueueUrl=queue, MessageBody=json.dumps(event))

    def _state(self, attribute: str) -> dict[str, Any]:
        found = compare.assets(self._atlan, pipeline.S3)
        return {f"{asset.type_name} {asset.qualified_name}": getattr(asset, attribute) for asset in found}

    def _same(self, promise: str, before: dict[str, Any], after: dict[str, Any]) -> list[str]:
        """Say whether a promise is kept: all active assets are as they were."""
        changed = [name for name in before.keys() | after.keys() if before.get(name) != after.get(name)]
        if not changed:
            self._console.print(Text.assemble(("✓", "green"), f" all {len(after)} assets have {promise}"))
        return [f"{name} does not have {promise}" for name in sorted(changed)]

    def _conclude(self, wrong: list[str]) -> None:
        self._console.print()
        self._console.rule(style="dim")
        answer = ("no", "bold red") if wrong else ("yes", "bold green")
        self._console.print(Text.assemble("the catalog is what S3 says: ", answer))
        for difference in wrong[:_SHOWN]:
            self._console.print(Text(f"  {difference}", style="red"), soft_wrap=True)
        if len(wrong) > _SHOWN:
            self._console.print(f"  and {len(wrong) - _SHOWN} more", style="red")
