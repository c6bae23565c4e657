"""`python -m local serve`, or `demo --keep`, in a process of its own, on free ports, with the sample data."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.aws.client import connect

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Serve:
    """The address of its page, its S3, and what it printed."""

    page: str
    s3: Any
    printed: str


@contextmanager
def serve(*command: str) -> Iterator[Serve]:
    """Start the *command*, `serve` if there is none, wait until it stays up, and stop it in the end."""
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other:
        port, aws = one.getsockname()[1], other.getsockname()[1]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ATLAN_", "AWS_", "ROUTES"))}
    local = [sys.executable, "-m", "local", *(command or ("serve",)), f"--port={port}", f"--aws-port={aws}"]
    with subprocess.Popen(local, cwd=ROOT, env=kept, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        printed = ""
        while "Ctrl-C" not in printed:
            line = process.stdout.readline()
            assert line, printed
            printed += line
        yield Serve(f"http://127.0.0.1:{port}/", connect("s3", f"http://127.0.0.1:{aws}"), printed)
        process.terminate()
        process.stdout.read()
