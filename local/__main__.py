"""The local commands: `python -m local demo | serve | invoke | sam | put | rm | table | show`."""

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

_INTERRUPTED = 130
"""The exit status after Ctrl-C. Source: Bash reference manual, "Exit Status"."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; its module is imported only now, since importing pyatlan takes seconds."""
    options = _parser().parse_args(arguments)
    _forget_account()
    print("Loading pyatlan, which takes a few seconds…", file=sys.stderr, flush=True)
    shown = import_module("local.commands.display.printable")
    sys.excepthook = shown.complain
    try:
        status: int = import_module(f"local.commands.{options.command}").run(options)
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return _INTERRUPTED
    except SystemExit as ended:
        raise SystemExit(shown.lines(ended.code) if isinstance(ended.code, str) else ended.code) from ended
    return status


def _forget_account() -> None:
    """Remove the settings of a real AWS account, such as a profile: only the local AWS is used."""
    for name in [name for name in os.environ if name.startswith("AWS_") and name != "AWS_ENDPOINT_URL"]:
        del os.environ[name]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m local", description="Run the connector on this machine, with a local catalog and a local AWS."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    _serve(commands)
    invoke = commands.add_parser(
        "invoke",
        help="invoke the handler with one event",
        description="Invoke the handler with one event. The exit status is 0 if everything was done, 75 if a message "
        "of an SQS event will be retried, and 1 if a notification failed or its message went to the dead-letter queue.",
    )
    invoke.add_argument("event", type=Path, help="a JSON file with an S3 notification, such as those in events/")
    sam = commands.add_parser("sam", help="run sam local invoke with an event, once nothing is missing for it")
    sam.add_argument("event", type=Path, help="a JSON file with an S3 notification, such as those in events/")
    _second(commands)
    demo = commands.add_parser("demo", help="show the connector at work on sample data, in about a minute")
    demo.add_argument(
        "--keep", action="store_true", help="stay up afterwards, with the lineage page, until Ctrl-C; on these ports:"
    )
    _ports(demo)
    return parser


def _serve(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    serve = commands.add_parser("serve", help="serve the catalog and AWS, and catalog uploaded files, until Ctrl-C")
    serve.add_argument(
        "--host",
        default="127.0.0.1",
        help="the address to listen on; 0.0.0.0 for access from containers (default: %(default)s)",
    )
    _ports(serve)
    serve.add_argument("--db", type=Path, help="the SQLite file to keep the catalog in (default: a temporary file)")
    serve.add_argument(
        "--empty", action="store_true", help="start without the sample connections, tables, buckets and files"
    )
    serve.add_argument(
        "--routes",
        type=Path,
        metavar="FILE",
        help="your routes file instead of the sample data; its S3 connection and its buckets are created",
    )
    serve.add_argument(
        "--bucket", action="append", default=[], metavar="NAME", help="create this bucket, too; can be repeated"
    )


def _ports(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--port", type=int, default=8585, help="the port of the catalog and the lineage page (default: %(default)s)"
    )
    command.add_argument(
        "--aws-port",
        type=int,
        default=5555,
        help="the port of S3, SQS and the other AWS services (default: %(default)s)",
    )


def _second(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the commands for a second terminal, which use a running `serve`."""
    put = commands.add_parser("put", help="upload a file to the S3 of serve, and draw its lineage")
    put.add_argument("file", type=Path, help="a file")
    put.add_argument("url", help="s3://BUCKET/KEY; the file's name is added to a key that ends in a slash")
    rm = commands.add_parser("rm", help="delete an object from the S3 of serve, and draw its lineage")
    rm.add_argument("url", help="s3://BUCKET/KEY")
    table = commands.add_parser("table", help="make a table in the catalog of serve, as Atlan's crawlers do")
    table.add_argument("name", help="its qualified name, as in default/postgres/1700000001/shop/public/orders")
    table.add_argument("columns", nargs="*", metavar="column", help="the name of a column")
    table.add_argument("--csv", type=Path, metavar="FILE", help="a CSV file whose header names the columns")
    show = commands.add_parser("show", help="draw the lineage in the catalog of serve")
    show.add_argument("url", nargs="?", help="s3://BUCKET/PREFIX (default: all buckets)")


if __name__ == "__main__":
    sys.exit(main())
