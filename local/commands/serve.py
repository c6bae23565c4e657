"""
`python -m local serve`: serves a catalog and AWS on fixed ports, and passes notifications to the handler.

The lineage page is at the address of the catalog.
"""

from argparse import Namespace
from collections.abc import Sequence
from contextlib import ExitStack

from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console

from local.aws.client import connect
from local.aws.delivery import Delivery
from local.aws.pump import Pump
from local.aws.server import Aws
from local.catalog.server import Server
from local.commands import routes, runtime, stack, stay, table
from local.commands.display import report, welcome
from local.commands.display.report import Invocation
from local.commands.routes import File
from local.commands.runtime import Handle, Log
from local.commands.sample import past, pipeline
from local.page import beside


def run(options: Namespace) -> int:
    """
    Serve until Ctrl-C or SIGTERM.

    Raises:
        SystemExit: the routes file has errors, a port is in use, or the file of --db can't be used; says what to do.
    """
    file = routes.read(options.routes) if options.routes else None
    for option, port in (("--port", options.port), ("--aws-port", options.aws_port)):
        stay.check("serve", options.host, option, port)
    with runtime.screen() as (console, log), stay.signals() as stopping, ExitStack() as exits:
        catalog = exits.enter_context(_catalog(options))
        page = beside.put(catalog, welcome.hints(file, options))
        aws = exits.enter_context(Aws(options.host, options.aws_port))
        environment = stack.variables(catalog.url.replace("//0.0.0.0:", "//127.0.0.1:"), aws.url)
        environment["ROUTES"] = str(file.path) if file else ""
        stack.provide(aws.url)
        sample = () if options.empty or file else (pipeline.BUCKET, past.BUCKET)
        buckets = list(dict.fromkeys([*sample, *options.bucket, *_named(file)]))
        if buckets:
            queues = aws.queue(buckets[0])
            environment |= stack.queues(queues)
            _fill(environment, aws, buckets, file)
            handle = runtime.load(environment)
            if sample:
                past.load(connect("s3", aws.url), handle)
                log.endings()
            for bucket in buckets:
                aws.notify(bucket, queues.queue)
            exits.enter_context(_flow(console, environment, handle, log))
        stack.publish(aws.url, environment, options.host)
        welcome.tell(console, environment, welcome.Where(page, log.path), file, options)
        stopping.wait()
        console.print("Stopping.", style="dim")
    return 0


def _catalog(options: Namespace) -> Server:
    try:
        return Server(options.db, options.host, options.port, key=stack.KEY)
    except ValueError as error:
        raise SystemExit(f"--db {error}") from error


def _named(file: File | None) -> tuple[str, ...]:
    return file.buckets if file else ()


def _fill(environment: dict[str, str], aws: Aws, buckets: Sequence[str], file: File | None) -> None:
    """Create the buckets, and the sample tables or the S3 connection of the routes file."""
    atlan = pipeline.connect(environment["ATLAN_BASE_URL"], stack.KEY)
    if file:
        table.connection(atlan, file.connection)
    elif pipeline.BUCKET in buckets:
        pipeline.stock(atlan)
    for bucket in buckets:
        try:
            aws.create(bucket)
        except (BotoCoreError, ClientError) as error:
            raise SystemExit(f"the bucket {bucket} cannot be created: {error}") from error


def _flow(console: Console, environment: dict[str, str], handle: Handle, log: Log) -> Pump:
    """Pass the queue's messages to the handler, and print the outcome of each notification."""

    def tell(delivery: Delivery) -> None:
        report.tell(console, Invocation(delivery, log.endings()))

    return Pump(environment["QUEUE_URL"], environment["AWS_ENDPOINT_URL"], handle, tell)
