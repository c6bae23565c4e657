"""The local commands: `python -m local serve | invoke EVENT.json | demo`."""

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; its module is imported only then, since pyatlan takes seconds."""
    options = _parser().parse_args(arguments)
    _forget_account()
    print("Loading pyatlan, which takes a few seconds…", file=sys.stderr, flush=True)
    status: int = import_module(f"local.commands.{options.command}").run(options)
    return status


def _forget_account() -> None:
    """Drop what the shell says of a real AWS account: a profile or an endpoint of a service would get in the way."""
    for name in [name for name in os.environ if name.startswith("AWS_") and name != "AWS_ENDPOINT_URL"]:
        del os.environ[name]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m local", description="The connector with a catalog and an AWS on this machine."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    serve = commands.add_parser("serve", help="listen on fixed ports until Ctrl-C")
    serve.add_argument("--host", default="127.0.0.1", help="0.0.0.0 lets containers in (default: %(default)s)")
    serve.add_argument("--port", type=int, default=8585, help="the catalog's port (default: %(default)s)")
    serve.add_argument("--aws-port", type=int, default=5555, help="the port of S3 and SQS (default: %(default)s)")
    serve.add_argument("--db", type=Path, help="keep the catalog in this file (default: forget it at the end)")
    serve.add_argument("--empty", action="store_true", help="without connections, tables, bucket and files")
    invoke = commands.add_parser("invoke", help="hand one notification to the handler")
    invoke.add_argument("event", type=Path, help="an S3 notification as JSON, as in events/")
    commands.add_parser("demo", help="see all of it at work in a minute")
    return parser


if __name__ == "__main__":
    sys.exit(main())
