"""
Measures what memory and CPU the function needs: `python -m bench.memory`, in three minutes, as root on Linux.

The handler runs in a process of its own, which gets as much CPU as Lambda gives it at a memory size: one CPU at 1,769
MB, and in proportion below, enforced as Lambda does, by a quota of the kernel's control groups. Atlan and AWS are the
local ones, in this process; each request to Atlan takes 100 ms. It prints the time of invocations, the CPU that they
use, and the most memory held.

Source:
    Lambda Developer Guide, "Configure Lambda function memory": CPU is in proportion to memory, one vCPU at 1,769 MB.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from local.aws.client import connect
from local.aws.server import Aws
from local.catalog.faults import Fault, Kind
from local.catalog.server import Server
from tests.support import cloud, crawler, shop
from tests.support.cloud import Leases

SIZES: Final = (512, 1024, 1769)
"""Memory sizes, in MB."""

FULL: Final = 1769
ANSWER: Final = 0.1
GROUP: Final = Path("/sys/fs/cgroup/cpu/connector-bench")
PERIOD: Final = 20_000
"""Microseconds over which the quota counts."""

Json = dict[str, Any]


def main() -> int:
    """Measure all sizes, print, and return the exit code."""
    try:
        GROUP.mkdir(exist_ok=True)
        (GROUP / "cpu.cfs_quota_us").write_text("-1")
    except OSError as error:
        print(f"bench.memory: {error}; it needs root, and control groups of version 1 at {GROUP.parent}")
        return 1
    print(f"{'MB':>6}{'messages':>10}{'seconds':>10}{'CPU':>10}{'peak MB':>10}")
    with TemporaryDirectory() as folder, _world(Path(folder)) as environment:
        for size in SIZES:
            for row in _measured(size, environment):
                print(
                    f"{size:>6}{row['what']:>10}{row['wall']:>10.3f}{row['cpu']:>10.3f}{row['peak']:>10.0f}", flush=True
                )
    GROUP.rmdir()
    return 0


@contextmanager
def _world(folder: Path) -> Iterator[dict[str, str]]:
    """Serve S3, DynamoDB and a catalog with two tables; yield the environment of the function."""
    with Aws() as aws, Server() as catalog:
        s3, dynamodb = (connect(service, aws.url) for service in ("s3", "dynamodb"))
        s3.create_bucket(Bucket=shop.BUCKET)
        for key in _keys(1000):
            s3.put_object(Bucket=shop.BUCKET, Key=key, Body=b"id,total\n1,2\n")
        leases = Leases.create(dynamodb, "bench")
        client = crawler.connect(catalog)
        crawler.connection(client, shop.CONNECTION)
        crawler.tables(client, {name: [f"c{number}" for number in range(20)] for name in shop.ORDERS})
        catalog.faults.add(Fault(kind=Kind.LATE, delay=ANSWER, count=None))
        routes = folder / "routes.yaml"
        routes.write_text(shop.ROUTES, encoding="utf-8")
        yield os.environ | cloud.access(aws.url) | cloud.settings(catalog, routes, LEASE_TABLE=leases.name)


def _measured(size: int, environment: dict[str, str]) -> Iterator[Json]:
    """Run the function with the CPU of a memory size; yield what it measured."""
    quota = round(PERIOD * size / FULL)
    (GROUP / "cpu.cfs_period_us").write_text(str(PERIOD))
    (GROUP / "cpu.cfs_quota_us").write_text(str(quota))
    with subprocess.Popen(
        [sys.executable, "-m", "bench.function"],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        (GROUP / "cgroup.procs").write_text(str(process.pid))
        _, said = process.communicate("go\n")
    yield from (json.loads(line) for line in said.splitlines())


def _keys(number: int) -> list[str]:
    return [f"exports/public/orders/{part}.csv" for part in range(number)]


if __name__ == "__main__":
    sys.exit(main())
