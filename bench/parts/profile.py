"""
Where the connector's CPU goes: single events, and bursts of 100 and of 1,000, by stage.

py-spy looks 250 times a second which code holds Python's lock, in whatever thread, and each sample counts for the first
of the `STAGES` that its stack is in. So the shares are of the time in Python's code: what libraries in C do without the
lock, and the kernel's part of requests, are not in them.
"""

import re
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from bench.subject import Sample, Subject
from bench.world import Place, world
from tests.support.shop import BUCKET

PY_SPY: Final = Path(".venv/bench/bin/py-spy")
RATE: Final = 250
MEASURED: Final = r"\((connector/|handler\.py|aws_lambda_powertools/)"
"""What is in the stacks of an invocation and of its threads, and in none of what the benchmark itself does."""

STAGES: Final = {
    "S3": "connector/adapters/s3",
    "lease in DynamoDB": "connector/adapters/dynamodb",
    "HTTP to Atlan": r"httpcore/|httpx/_transports",
    "checking Atlan's response": "connector/adapters/atlan/(speaker|answers|lists|parts)",
    "building models": "connector/adapters/atlan/models",
    "serializing the request": r"prepare_request|_create_params|pydantic/v1/main.py.*json|BulkRequest",
    "parsing the response": "process_response|AssetMutationResponse|assets_(created|updated)",
    "other code of pyatlan": "connector/adapters/atlan/|pyatlan/",
    "log and metrics": r"connector/log|^(?!.*\(handler\.py).*aws_lambda_powertools/",
    "rules": "connector/",
}
"""Stages, each with what is in the stacks of its samples, the first that fits; `rules` is all other code of ours."""


def measure(*, small: bool) -> Iterator[Sample]:
    """Measure invocations of growing size."""
    sizes = {1: 20, 50: 2} if small else {1: 400, 100: 20, 1_000: 2}
    with world() as one:
        one.buckets(BUCKET)
        one.pairs("orders")
        with Subject("connector", "bench.subjects.connector", one.environment()) as ours:
            for _ in range(5):
                ours.ask(places=one.put(["orders"] * 5), at_once=5)
            for size, times in sizes.items():
                places = one.put(["orders"] * size * times)
                seen = Counter[str]()
                for stack, count in _watched(ours, places, size):
                    seen[_stage(stack)] += count
                for stage, count in seen.items():
                    yield {"burst": size, "stage": stage, "share": count / seen.total(), "samples": count}


def _watched(ours: Subject, places: list[Place], size: int) -> list[tuple[str, int]]:
    """Invoke while py-spy watches, and return the stacks that it saw, with how often."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "stacks"
        flags = ["--gil", f"--rate={RATE}", "--format=raw", "--duration=3600", f"--output={file}"]
        command = [str(PY_SPY), "record", f"--pid={ours.pid}", *flags]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as spy:
            time.sleep(1)  # until it has read the process
            ours.ask(places=places, at_once=size)
            spy.send_signal(signal.SIGINT)
            spy.wait(timeout=60)
        lines = (line.rpartition(" ") for line in file.read_text(encoding="utf-8").splitlines())
        return [(stack, int(count)) for stack, _, count in lines if re.search(MEASURED, stack)]


def _stage(stack: str) -> str:
    return next((stage for stage, pattern in STAGES.items() if re.search(pattern, stack)), "rest")
