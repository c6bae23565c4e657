"""
`python -m local sam EVENT.json`: runs `sam local invoke`, once nothing is missing that it needs.

SAM itself does not say what is missing: without a build it runs the source without its packages, and without `serve`
the function waits for AWS and fails.
"""

import shutil
import subprocess
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

from local.commands import place, runtime

ROOT = Path(__file__).parents[2]
SAM = ROOT / ".venv/sam/bin/sam"
BUILT = ROOT / ".aws-sam/build/ConnectorFunction/handler.py"


def run(options: Namespace) -> int:
    """
    Invoke the built function in Lambda's container with the event of a file; return SAM's exit status.

    Raises:
        SystemExit: something is missing; lists all of it with what to do.
    """
    if lacking := list(missing(options.event)):
        raise SystemExit("\n".join(["sam local invoke cannot run yet:", *(f"- {one}" for one in lacking)]))
    command = [str(SAM), "local", "invoke", "-e", str(options.event)]
    with runtime.screen() as (console, _):
        console.print(f"{' '.join(command)}\n", style="dim", soft_wrap=True)
    return subprocess.run(command, check=False).returncode


def missing(event: Path) -> Iterator[str]:
    """Yield what is missing, each with what to do."""
    if not event.is_file():
        yield f"there is no file {event}; the samples are in events/"
    if not _engine():
        yield "no Docker engine answers; install Docker and start it (`docker info` says what is wrong)"
    if not SAM.exists() or not BUILT.exists():
        yield "the function is not built; run: make build"
    where = place.find()
    if where is None:
        yield 'serve does not run; start it in another terminal: make serve ARGS="--host 0.0.0.0"'
    elif where.host != "0.0.0.0":  # the address that containers reach
        yield f'serve listens on {where.host} only; start it for containers, too: make serve ARGS="--host 0.0.0.0"'


def _engine() -> bool:
    found = shutil.which("docker")
    return bool(found) and subprocess.run([str(found), "info"], capture_output=True, check=False).returncode == 0
