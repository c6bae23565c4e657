"""What `serve` prints when it listens: its addresses, its settings, and commands that can be pasted."""

from argparse import Namespace
from collections.abc import Iterator, Mapping
from pathlib import Path
from shlex import quote

from rich.console import Console

from local.commands import place, runtime
from local.commands.routes import File
from local.commands.sample import past, pipeline


def tell(console: Console, environment: Mapping[str, str], log: Path, file: File | None, options: Namespace) -> None:
    """Print it; the commands are for the interpreter that runs."""
    console.print()
    catalog, aws = environment["ATLAN_BASE_URL"], environment["AWS_ENDPOINT_URL"]
    for name, value in {"catalog": catalog, "AWS": aws, "log": str(log)}.items():
        console.print(f"  {name:<9}{value}", soft_wrap=True)
    usual = (catalog, aws) == (place.CATALOG, place.AWS)
    whom = "programs of yours and the AWS CLI" if usual else "another terminal, before the commands below"
    console.print(f"\nSettings for {whom}; without `export`, they can be a file .env:\n", style="bold")
    for name, value in environment.items():
        if value:
            console.print(f"  export {name}={quote(value)}", soft_wrap=True)
    if commands := list(_own(file) if file else [] if options.empty else _sample()):
        console.print("\nTry, in another terminal:\n", style="bold")
        for command in commands:
            console.print(f"  {runtime.python()} -m local {command}", soft_wrap=True)
    for bucket in options.bucket:
        if bucket not in (file.buckets if file else (pipeline.BUCKET, past.BUCKET)):
            console.print(
                f"\nNo route takes objects of {bucket}, so they are ignored; give a file with one: --routes FILE",
                style="yellow",
                soft_wrap=True,
            )
    console.print("\nReady. Press Ctrl-C to stop.\n", style="bold")


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
