"""`python -m local serve`: serves a catalog and AWS on fixed ports, and passes notifications to the handler."""

import os
import signal
import socket
from argparse import Namespace
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Event

from rich.console import Console

from local.aws.client import connect
from local.aws.delivery import Delivery
from local.aws.pump import Pump
from local.aws.server import Aws, Bucket
from local.catalog.server import Server
from local.commands import runtime, stack
from local.commands.display import report
from local.commands.display.report import Invocation
from local.commands.runtime import Log
from local.commands.sample import pipeline


def run(options: Namespace) -> int:
    """
    Serve until Ctrl-C or SIGTERM.

    Raises:
        SystemExit: a port is in use, or the file of --db can't be used; the message says what to do.
    """
    for option, port in (("--port", options.port), ("--aws-port", options.aws_port)):
        _check(options.host, option, port)
    with runtime.screen() as (console, log), _signals() as stopping, ExitStack() as exits:
        catalog = exits.enter_context(_catalog(options))
        aws = exits.enter_context(Aws(options.host, options.aws_port))
        environment = stack.variables(catalog.url.replace("//0.0.0.0:", "//127.0.0.1:"), aws.url)
        stack.provide(aws.url)
        if not options.empty:
            environment |= stack.queues(_sample(environment, aws))
            exits.enter_context(_flow(console, environment, log))
        _welcome(console, environment, log.path, empty=options.empty)
        stopping.wait()
        console.print("Stopping.", style="dim")
    return 0


def _catalog(options: Namespace) -> Server:
    try:
        return Server(options.db, options.host, options.port, key=stack.KEY)
    except ValueError as error:
        raise SystemExit(f"--db {error}") from error


def _sample(environment: dict[str, str], aws: Aws) -> Bucket:
    """Create the sample tables and the bucket with its files, which are not cataloged yet."""
    pipeline.stock(pipeline.connect(environment["ATLAN_BASE_URL"], stack.KEY))
    aws.create(pipeline.BUCKET)
    pipeline.upload(connect("s3", aws.url))
    return aws.subscribe(pipeline.BUCKET)


def _flow(console: Console, environment: dict[str, str], log: Log) -> Pump:
    """Pass the queue's messages to the handler, and print the outcome of each notification."""

    def tell(delivery: Delivery) -> None:
        report.tell(console, Invocation(delivery, log.endings()))

    handle = runtime.load(environment)
    return Pump(environment["QUEUE_URL"], environment["AWS_ENDPOINT_URL"], handle, tell)


def _welcome(console: Console, environment: dict[str, str], log: Path, *, empty: bool) -> None:
    console.print("\nListening. Press Ctrl-C to stop.\n", style="bold")
    rows = {"catalog": environment["ATLAN_BASE_URL"], "AWS": environment["AWS_ENDPOINT_URL"], "log": str(log)}
    for name, value in rows.items():
        console.print(f"  {name:<9}{value}", soft_wrap=True)
    console.print("\nSettings for your shell, or without `export` for a file .env:\n", style="bold")
    for name, value in environment.items():
        console.print(f"  export {name}={value}", soft_wrap=True)
    if not empty:
        url = f"s3://{pipeline.BUCKET}/exports/nycflights/planes.csv"
        console.print("\nTry, in another terminal:\n", style="bold")
        for command in (
            "python -m local invoke events/put.json",
            f"aws s3 cp local/data/planes.csv {url}",
            f"aws s3 rm {url}",
        ):
            console.print(f"  {command}", soft_wrap=True)
    console.print()


def _check(host: str, option: str, port: int) -> None:
    """Reject a port that is in use, before anything is started."""
    try:
        socket.create_server((host, port)).close()
    except OSError as error:
        raise SystemExit(
            f"{host}:{port}: {os.strerror(error.errno or 0)}; stop the program that uses the port, or choose another "
            f"port: python -m local serve {option} {port + 1}"
        ) from error


@contextmanager
def _signals() -> Iterator[Event]:
    """Return an event that Ctrl-C and SIGTERM set, instead of ending the process."""
    stopping = Event()
    before = {number: signal.signal(number, lambda *_: stopping.set()) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stopping
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
