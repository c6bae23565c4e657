"""What `serve` and `demo --keep` share: ports that are checked first, and a stop on Ctrl-C."""

import os
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event


def check(command: str, host: str, option: str, port: int) -> None:
    """
    Reject a port that is in use, before anything is started.

    Raises:
        SystemExit: it is; says which *option* of the *command* takes another one.
    """
    try:
        socket.create_server((host, port)).close()
    except OSError as error:
        raise SystemExit(
            f"{host}:{port}: {os.strerror(error.errno or 0)}; stop the program that uses the port, or choose another "
            f"port: python -m local {command} {option} {port + 1}"
        ) from error


@contextmanager
def signals() -> Iterator[Event]:
    """Return an event that Ctrl-C and SIGTERM set, instead of ending the process."""
    stopping = Event()
    before = {number: signal.signal(number, lambda *_: stopping.set()) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stopping
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
