"""`python -m local serve`: a catalog and an AWS on fixed ports, with notifications flowing between them."""

import os
import signal
import socket
from argparse import Namespace
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from threading import Event

from rich.console import Console

from local.aws.client import connect
from local.aws.pump import Pump
from local.aws.server import Aws
from local.catalog.server import Server
from local.commands import runtime
from local.commands.display import report
from local.commands.sample import pipeline

LEASE_TABLE = "LeaseTable"  # what sam local calls it: its logical id in template.yaml


def run(options: Namespace) -> int:
    """
    Serve until Ctrl-C or SIGTERM.

    Raises:
        SystemExit: a port is taken; the message says what to do.
    """
    for option, port in (("--port", options.port), ("--aws-port", options.aws_port)):
        _check(options.host, option, port)
    with runtime.screen() as (console, log), _signals() as stopping, ExitStack() as stack:
        catalog = stack.enter_context(Server(options.db, options.host, options.port, key=runtime.KEY))
        aws = stack.enter_context(Aws(options.host, options.aws_port))
        environment = runtime.variables(catalog.url.replace("//0.0.0.0:", "//127.0.0.1:"), aws.url)
        _provide(aws.url)
        if not options.empty:
            stack.enter_context(_flow(console, environment | {"LEASE_TABLE": LEASE_TABLE}, aws))
        _welcome(console, environment, log, empty=options.empty)
        stopping.wait()
        console.print("Stopping.", style="dim")
    return 0


def _provide(endpoint: str) -> None:
    """Make what template.yaml's function needs of AWS beside bucket and queue, so that `sam local` finds it here."""
    connect("secretsmanager", endpoint).create_secret(Name="atlan-api-key", SecretString=runtime.KEY)
    connect("dynamodb", endpoint).create_table(
        TableName=LEASE_TABLE,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "connection", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "connection", "KeyType": "HASH"}],
    )


def _flow(console: Console, environment: dict[str, str], aws: Aws) -> Pump:
    """Make the world, its files not cataloged yet, and let notifications flow from its bucket to the handler."""
    pipeline.stock(pipeline.connect(environment["ATLAN_BASE_URL"], runtime.KEY))
    aws.create(pipeline.BUCKET)
    pipeline.upload(connect("s3", aws.url))
    queue = aws.subscribe(pipeline.BUCKET).queue
    return Pump(queue, aws.url, runtime.load(environment), partial(report.tell, console))


def _welcome(console: Console, environment: dict[str, str], log: Path, *, empty: bool) -> None:
    console.print("\nListening. Ctrl-C ends it.\n", style="bold")
    rows = {"catalog": environment["ATLAN_BASE_URL"], "S3, SQS": environment["AWS_ENDPOINT_URL"], "log": str(log)}
    for name, value in rows.items():
        console.print(f"  {name:<9}{value}", soft_wrap=True)
    console.print("\nFor your shell, or a file .env:\n", style="bold")
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
    """Refuse a port that is taken, before anything is started."""
    try:
        socket.create_server((host, port)).close()
    except OSError as error:
        raise SystemExit(
            f"{host}:{port} cannot be listened on ({os.strerror(error.errno or 0)}): "
            f"stop what has it, or choose another with {option}, as in: python -m local serve {option} {port + 1}"
        ) from error


@contextmanager
def _signals() -> Iterator[Event]:
    """Give an event that Ctrl-C and SIGTERM set, in place of what they usually do."""
    stopping = Event()
    before = {number: signal.signal(number, lambda *_: stopping.set()) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stopping
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
