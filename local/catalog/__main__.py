"""The catalog alone: `python -m local.catalog --port 8585`."""

import argparse
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from threading import Event

from local.catalog.server import Server


def main(arguments: Sequence[str] | None = None) -> int:
    """
    Serve until Ctrl-C or SIGTERM.

    Raises:
        SystemExit: the port is in use, or the file of --db is not a catalog; see the message.
    """
    options = _parser().parse_args(arguments)
    stopping = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    try:
        server = Server(options.db, options.host, options.port, options.key, options.lag)
    except ValueError as error:
        raise SystemExit(f"--db {error}") from error
    server.window = options.window
    with server:
        url = server.url.replace("//0.0.0.0:", "//127.0.0.1:")
        print(f"Atlan-compatible catalog on {url}, API key {options.key!r}. Press Ctrl-C to stop.", flush=True)
        stopping.wait()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m local.catalog",
        description="Serve an Atlan-compatible catalog on this machine, for pyatlan and for tests.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8585, help="the port; 0 takes any free one (default: %(default)s)")
    parser.add_argument("--db", type=Path, help="the SQLite file to keep the catalog in (default: a temporary file)")
    parser.add_argument("--key", default="local", help="the API key that clients have to send (default: %(default)s)")
    parser.add_argument(
        "--lag",
        type=float,
        default=0.0,
        metavar="SECONDS",
        help="how long after a write a search finds it (default: %(default)s)",
    )
    parser.add_argument(
        "--window",
        type=int,
        metavar="HITS",
        help="how many hits a search can page to by offset, 10000 in a plain Elasticsearch (default: any number)",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
