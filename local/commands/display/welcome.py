"""What `serve` prints when it listens: its addresses, its settings, and commands that can be pasted."""

from argparse import Namespace
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from shlex import quote

from rich.console import Console

from local.commands import place, runtime
from local.commands.routes import File
from local.commands.sample import past, pipeline


@dataclass(frozen=True, slots=True)
class Where:
    """The address of the lineage page, and the handler's log."""

    page: str
    log: Path


def tell(console: Console, environment: Mapping[str, str], where: Where, file: File | None, options: Namespace) -> None:
    """Print it; the commands are for the interpreter that runs."""
    console.print()
    catalog, aws = environment["ATLAN_BASE_URL"], environment["AWS_ENDPOINT_URL"]
    for name, value in {"lineage": where.page, "catalog": catalog, "AWS": aws, "log": str(where.log)}.items():
        console.print(f"  {name:<9}{value}", soft_wrap=True)
    usual = (catalog, aws) == (place.CATALOG, place.AWS)
    whom = "programs of yours and the AWS CLI" if usual else "another terminal, before the commands below"
    console.print(f"\nSettings for {whom}; without `export`, they can be a file .env:\n", style="bold")
    for name, value in environment.items():
        if value:
            console.print(f"  export {name}={quote(value)}", soft_wrap=True)
    if commands := _commands(file, options):
        console.print("\nTry, in another terminal:\n", style="bold")
        for command in commands:
            console.print(f"  {command}", soft_wrap=True)
    for bucket in options.bucket:
        if bucket not in (file.buckets if file else (pipeline.BUCKET, past.BUCKET)):
            console.print(
                f"\nNo route takes objects of {bucket}, so they are ignored; give a file with one: --routes FILE",
                style="yellow",
                soft_wrap=True,
            )
    console.print("\nReady. Press Ctrl-C to stop.\n", style="bold")


def hints(file: File | None, options: Namespace) -> list[str]:
    """Return the commands that bring the first lineage, for the page while it has none."""
    return [command for command in _commands(file, options) if " put " in command or " table " in command]


def _commands(file: File | None, options: Namespace) -> list[str]:
    commands = _own(file) if file else () if options.empty else _sample()
    return [f"{runtime.python()} -m local {command}" for command in commands]


def _sample() -> Iterator[str]:
    url = f"s3://{pipeline.BUCKET}/exports/nycflights/planes.csv"
    yield "invoke events/put.json"
    yield f"put local/data/planes.csv {url}"
    yield f"rm {url}"
    yield "show"


def _own(file: File) -> Iterator[str]:
    """Yield commands that bring an object of each route, and its tables, with columns of a sample file."""
    for example in file.examples:
        for name in example.tables:
            yield f"table {quote(name)} --csv local/data/airlines.csv"
        yield f"put local/data/airlines.csv {quote(f's3://{example.bucket}/{example.key}')}"
    yield "show"
