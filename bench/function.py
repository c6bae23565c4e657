"""
Is the function that `bench.memory` measures: waits for a line on stdin, and writes a measurement per line to stderr.

It imports nothing else that takes memory; what the handler prints goes to stdout.
"""

import json
import resource
import statistics
import sys
import time
from collections.abc import Sequence
from itertools import count
from typing import Any, Final

from local.aws.context import Context
from tests.support import notice, shop

BATCHES: Final = {"first": (1, 1), "1": (1, 20), "10": (10, 10), "100": (100, 2), "1000": (1000, 1)}
"""Messages of an invocation, and how many invocations are measured; the first is the one after a restore."""

_names: Final = count()


def main() -> None:
    """Import the handler, then handle batches of growing size."""
    sys.stdin.readline()
    began = _now()
    import handler
    from connector import app

    app.warm()
    _say("init", [_since(began)])
    app.restore()
    for name, (number, times) in BATCHES.items():
        taken = []
        for _ in range(times):
            event = {"Records": [_message(key) for key in range(number)]}
            began = _now()
            answer = handler.lambda_handler(event, Context(deadline=time.monotonic() + 120))
            taken.append(_since(began))
            assert answer == {"batchItemFailures": []}, answer
        _say(name, taken)


def _message(part: int) -> dict[str, Any]:
    key = f"exports/public/orders/{part}.csv"
    return notice.message(notice.body((shop.BUCKET, key)), messageId=f"m{next(_names)}")


def _now() -> tuple[float, float]:
    return time.perf_counter(), time.process_time()


def _since(began: tuple[float, float]) -> tuple[float, float]:
    return time.perf_counter() - began[0], time.process_time() - began[1]


def _say(what: str, taken: Sequence[tuple[float, float]]) -> None:
    """Print the medians, in seconds, and the most memory that the process has held so far, in MB."""
    wall, cpu = (statistics.median(column) for column in zip(*taken, strict=True))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    print(json.dumps({"what": what, "wall": wall, "cpu": cpu, "peak": peak}), file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
