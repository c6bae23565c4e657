"""
Where the connector's CPU goes: single events, and bursts of 100 and of 1,000, by stage.

py-spy looks 250 times a second which code holds Python's lock, in whatever thread, and each sample counts for the first
of the `STAGES` that its stack is in. The shares are of what Python does: what the kernel does for it is not in them.
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
from bench.world import World, world
from tests.support.shop import BUCKET

PY_SPY: Final = Path(".venv/bench/bin/py-spy")
RATE: Final = 250
MEASURED: Final = "lambda_handler|_worker"
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
    "log and metrics": "connector/log|aws_lambda_powertools/(metrics|logging/(logger|formatter))[^;]*$|closing",
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
                sample, stacks = _watched(one, ours, places, size)
                seen = Counter[str]()
                for stack, count in stacks:
                    seen[_stage(stack)] += count
                for stage, count in seen.items():
                    share = count / seen.total()
                    yield {"burst": size, "stage": stage, "share": share, "cpu": share * sample["cpu"] / len(places)}


def _watched(
    one: World, ours: Subject, places: list[tuple[str, str]], size: int
) -> tuple[Sample, list[tuple[str, int]]]:
    """Measure while py-spy watches, and return the stacks that it saw, with how often."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "stacks"
        flags = ["--gil", f"--rate={RATE}", "--format=raw", "--duration=3600", f"--output={file}"]
        command = [str(PY_SPY), "record", f"--pid={ours.pid}", *flags]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as spy:
            time.sleep(1)  # until it has read the process
            sample = one.measured(ours, places=places, at_once=size)
            spy.send_signal(signal.SIGINT)
            spy.wait(timeout=60)
        lines = (line.rpartition(" ") for line in file.read_text(encoding="utf-8").splitlines())
        return sample, [(stack, int(count)) for stack, _, count in lines if re.search(MEASURED, stack)]


def _stage(stack: str) -> str:
    return next((stage for stage, pattern in STAGES.items() if re.search(pattern, stack)), "rest")
