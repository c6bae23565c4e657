"""
A process that is measured: `bench.world` gives it orders and takes its answers, a line of JSON each.

`serve` is its side of it. It measures the seconds and the CPU of each order, without what `prepare` does before, and
the most memory that the process has held until then.
"""

import gc
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Self

Sample = dict[str, Any]
"""One measurement: what was measured, in which case, and the values. Times are in seconds, memory is in MB."""

Action = Callable[[], Sample]
"""What is measured; it may return values of its own."""


class Subject:
    """Runs *module* with *python*, in this environment, and calls it *name*."""

    def __init__(self, name: str, module: str, environment: Mapping[str, str], python: str = sys.executable) -> None:
        self.name = name
        self._process = subprocess.Popen(
            [python, "-m", module], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    @property
    def pid(self) -> int:
        """Return the id of the process."""
        return self._process.pid

    def ask(self, **order: Any) -> Sample:
        """
        Give an order, and return its measurement.

        Raises:
            RuntimeError: the process ended; what it said is on stderr.
        """
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.name} ended with status {self._process.wait()}")
        sample: Sample = json.loads(line)
        return sample

    def close(self) -> None:
        """End the process."""
        if self._process.stdin and not self._process.stdin.closed:
            self._process.stdin.close()
        self._process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def serve(prepare: Callable[..., Action]) -> None:
    """Measure what *prepare* returns for each order, until stdin ends. What it prints goes nowhere."""
    with os.fdopen(os.dup(1), "w") as answers, open(os.devnull, "w", encoding="utf-8") as nowhere:  # noqa: PTH123
        os.dup2(nowhere.fileno(), 1)
        for line in sys.stdin:
            action = prepare(**json.loads(line))
            gc.collect()
            wall, cpu = time.perf_counter(), time.process_time()
            more = action()
            sample = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu, "peak": peak()}
            answers.write(json.dumps(sample | more) + "\n")
            answers.flush()


def peak() -> float:
    """Return the most memory that this process has held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
