"""
The command line: `python -m connector COMMAND`, or `atlan-s3-connector COMMAND` where the package is installed.

Only the options are here; the command is imported when it is known, since importing pyatlan takes seconds. Lambda never
imports this module, nor `connector.commands`.
"""

import argparse
import re
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from connector.core.suggest.bounds import HEADERS, OBJECTS
from connector.core.tally import PERCENT

USAGE: Final = 2
"""The exit status of wrong usage, as argparse has it, and of a wrong setting."""

INTERRUPTED: Final = 130
"""Source: the shell's convention: 128 and the number of the signal, SIGINT."""

_ALL: Final = 100
_STATUSES: Final = (
    "exit status: 0 done; 1 failed, or not found; 2 wrong usage or settings; 75 try again later; 130 interrupted"
)

_EXPLAINED: Final = (
    "exit status: 0 the catalog is as it should be; 1 it is not; 2 wrong usage or settings; 75 try again later; "
    "130 interrupted"
)

_CHECKED: Final = (
    "exit status: 0 nothing is wrong; 1 something is; 2 wrong usage or settings; 3 nothing is wrong, but something "
    "cannot be told; 130 interrupted"
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command, and return its exit status."""
    options = _options(arguments)
    if find_spec("rich") is None:
        print("error: the commands need the package rich; run: pip install 'atlan-s3-connector[cli]'", file=sys.stderr)
        return USAGE
    try:
        status: int = import_module("connector.commands.runner").run(options)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return INTERRUPTED
    return status


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    name = Path(sys.argv[0]).name
    parser = argparse.ArgumentParser(
        name if name.startswith("atlan-s3-connector") else "python -m connector",
        description="Keep Atlan in sync with the files in S3. Settings come from the environment and from .env.",
        epilog=_STATUSES,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _connection(commands, _common())
    _sweep(commands, _common())
    _suggest(commands, _common())
    _explain(commands, _common())
    _check(commands, _common())
    options = parser.parse_args(arguments)
    if options.command == "connection" and (wrong := _misplaced(options)):
        commands.choices[options.command].error(wrong)
    return options


def _connection(commands: Any, common: argparse.ArgumentParser) -> None:
    parser = commands.add_parser(
        "connection",
        parents=[common],
        help="find or create the S3 connection, or list what routes can name",
        description="Print the line of the routes file that names the S3 connection in Atlan. With --name, create the "
        "connection if there is none of that name. With --list, show the connections, databases and schemas that "
        "routes can name. The command needs ATLAN_BASE_URL and the API key, and reads no routes file.",
        epilog=_STATUSES,
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--name", type=_name, help="the name of the S3 connection to find or to create")
    what.add_argument("--list", action="store_true", help="list S3 connections, and databases with their schemas")
    parser.add_argument(
        "--admin",
        type=_name,
        action="append",
        default=[],
        metavar="USER",
        help="a user of Atlan who administers a new connection, besides the API key's own user; may be repeated",
    )
    parser.add_argument("--connector", type=_name, help="list one kind only, such as s3 or postgres")
    parser.add_argument("--filter", type=_name, metavar="TEXT", help="list only names that contain TEXT")
    parser.add_argument(
        "--limit",
        type=_count,
        metavar="N",
        help="list at most N databases of a connection, and N schemas of a database (default: 50)",
    )


def _sweep(commands: Any, common: argparse.ArgumentParser) -> None:
    parser = commands.add_parser(
        "sweep",
        parents=[common],
        help="compare a bucket with the catalog, and bring the catalog in sync",
        description="Compare the keys of a bucket, or those that begin with a prefix, with the catalog: files that no "
        "notification told of, routes that changed, tables that came later. The command counts first, shows what it "
        "would do, and does it: in this process, or through the queue of the stack.",
        epilog=_STATUSES,
    )
    parser.add_argument("place", metavar="s3://BUCKET[/PREFIX]", help="what to compare")
    parser.add_argument("--dry-run", action="store_true", help="show what would be done, and do nothing")
    parser.add_argument("--queue", action="store_true", help="send the hints to QUEUE_URL, for the function to apply")
    parser.add_argument(
        "--max-retired",
        type=_percent,
        default=PERCENT,
        metavar="PERCENT",
        help="stop before anything is retired if it were more than this share of the cataloged objects (default: "
        "%(default)g)",
    )
    parser.add_argument("--foreign", action="store_true", help="list lineage that others made between the same assets")
    parser.add_argument("--adopt", action="store_true", help="the same, and retire it: the connector's own replaces it")


def _suggest(commands: Any, common: argparse.ArgumentParser) -> None:
    parser = commands.add_parser(
        "suggest",
        parents=[common],
        help="propose a routes file for a bucket",
        description="List the keys of a bucket, or those that begin with a prefix, compare them with the tables that "
        "Atlan has, and print a routes file for them. What it covers, and what it does not and why, goes to stderr. "
        "The command needs ATLAN_BASE_URL and the API key, and reads no routes file. It changes nothing.",
        epilog=_STATUSES,
    )
    parser.add_argument("place", metavar="s3://BUCKET[/PREFIX]", help="what to propose routes for")
    for side, what in (("source", "exported from"), ("target", "loaded into")):
        parser.add_argument(
            f"--{side}",
            type=_place,
            action="append",
            metavar="NAME",
            help=f"a connection, database or schema that tables are {what}, by its qualified name; may be repeated "
            "(default: all connections of that kind)",
        )
    parser.add_argument("--name", type=_name, help="the name of the S3 connection, if Atlan has several")
    parser.add_argument(
        "--limit", type=_count, default=OBJECTS, metavar="N", help="list at most N objects (default: %(default)d)"
    )
    parser.add_argument(
        "--headers",
        type=_number,
        default=HEADERS,
        metavar="N",
        help="read the headers of at most N files, to decide between tables (default: %(default)d)",
    )
    parser.add_argument(
        "--output", type=Path, metavar="FILE", help="write the routes file to FILE, which must not exist"
    )


def _explain(commands: Any, common: argparse.ArgumentParser) -> None:
    parser = commands.add_parser(
        "explain",
        parents=[common],
        help="say why an object is in the catalog as it is, or is not",
        description="Read all about one object, and say what is wrong and what to do: the route, what S3 has, the "
        "tables, what the catalog has, and what the notification of the object would change. Nothing is written.",
        epilog=_EXPLAINED,
    )
    parser.add_argument("place", metavar="s3://BUCKET/KEY", help="the object; quote it if it has blanks")


def _check(commands: Any, common: argparse.ArgumentParser) -> None:
    parser = commands.add_parser(
        "check",
        parents=[common],
        help="say what is wrong with the settings, permissions, notifications and tables",
        description="Check settings, routes file, API key and its rights, S3, notifications, queue, lease table and "
        "the tables of the routes. Nothing is written; what cannot be told without a permission is said.",
        epilog=_CHECKED,
    )
    parser.add_argument("--deployed", metavar="STACK", help="ask the function of this stack, under its own role")


def _misplaced(options: argparse.Namespace) -> str | None:
    """Say which option has no effect without another one."""
    if not options.list and (options.connector or options.filter or options.limit):
        return "--connector, --filter and --limit narrow a list; add --list"
    if options.admin and not options.name:
        return "--admin is for a connection that is created; add --name"
    return None


def _name(text: str) -> str:
    if not text.strip() or not text.isprintable() or '"' in text or "\\" in text:
        raise argparse.ArgumentTypeError(f"{text!r} is not a name: it is empty, or has a control character or a quote")
    return text.strip()


def _place(text: str) -> str:
    place = _name(text).rstrip("/")
    if not re.fullmatch(r"[^/]+(/[^/]+){2,4}", place):
        raise argparse.ArgumentTypeError(
            f"{text!r} is not the qualified name of a connection, database or schema, as default/postgres/1/shop"
        )
    return place


def _count(text: str) -> int:
    return _number(text, least=1)


def _number(text: str, least: int = 0) -> int:
    if not re.fullmatch("[0-9]{1,9}", text) or int(text) < least:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from {least}")
    return int(text)


def _percent(text: str) -> float:
    if not re.fullmatch(r"[0-9]{1,3}(\.[0-9]+)?", text) or float(text) > _ALL:
        raise argparse.ArgumentTypeError(f"{text!r} is not a percentage from 0 to 100")
    return float(text)


def _common() -> argparse.ArgumentParser:
    """Return the options of every command."""
    common = argparse.ArgumentParser(add_help=False)
    group = common.add_argument_group("common options")
    group.add_argument("--routes", type=Path, metavar="FILE", help="the routes file; takes precedence over ROUTES")
    group.add_argument("--log-file", type=Path, metavar="FILE", help="append the log to this file, as JSON lines")
    group.add_argument("--json", action="store_true", help="print one JSON document, and nothing else, to stdout")
    return common


if __name__ == "__main__":
    sys.exit(main())
