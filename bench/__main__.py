"""
Runs the benchmarks, `make bench`: each part in a process of its own, then the report, the plots and the docs.

A complete run writes `bench/results` and the figures of the docs. A run of some parts, or a small one, writes to
`build/bench`, so that all figures of the docs are of one run. A part that fails or takes too long is in the report.
"""

import argparse
import json
import os
import platform
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, Final

from bench import docs
from bench.figures import RESULTS, Run, rounded
from bench.report import report
from bench.tables import PARTS

PATIENCE: Final = 900
"""Seconds after which a part is ended."""

PLOTTER: Final = Path(".venv/bench/bin/python")
ELSEWHERE: Final = Path("build/bench")
PACKAGES: Final = ("pyatlan", "boto3", "httpx", "pydantic", "aws-lambda-powertools", "moto")


def main() -> int:
    """Run the parts, write the results, and return 1 if one of the parts failed."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure the connector.")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}")
    parser.add_argument("--small", action="store_true", help="tiny sizes, to see whether it runs")
    parser.add_argument(
        "--output", type=Path, metavar="FOLDER", help="write the results there, and leave the docs alone"
    )
    given = parser.parse_args()
    if unknown := set(given.parts) - PARTS.keys():
        parser.error(f"no such part: {', '.join(sorted(unknown))}; choose of {', '.join(PARTS)}")
    ELSEWHERE.mkdir(parents=True, exist_ok=True)
    about, parts = _about(small=given.small), {}
    for name in given.parts or PARTS:
        print(f"{name:<8}", end=" ", flush=True)
        parts[name] = part = _part(name, small=given.small)
        outcome = part["error"] or f"{len(part['samples'])} samples"
        print(f"{part['seconds']:4.0f} s  {outcome}", flush=True)
        Run(about, parts).write(ELSEWHERE)  # so that whoever ends the run keeps what was measured
    run = Run(about | {"time": f"{sum(part['seconds'] for part in parts.values()) / 60:.0f} min"}, parts)
    complete = not (given.parts or given.small or given.output)
    folder = RESULTS if complete else given.output or ELSEWHERE
    _write(run, folder)
    if complete:
        docs.write(run)
    print(report(run))
    print(f"Written to {folder}")
    return 1 if any(part["error"] for part in parts.values()) else 0


def _part(name: str, *, small: bool) -> dict[str, Any]:
    """Run a part, and end all of its processes when it is over or when it takes too long."""
    command = [sys.executable, "-m", "bench.part", name, *(["--small"] if small else [])]
    began = time.monotonic()
    with TemporaryFile("w+") as out, TemporaryFile("w+") as said:
        process = subprocess.Popen(command, stdout=out, stderr=said, start_new_session=True)
        try:
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=PATIENCE)
        finally:
            _end(process)
        seconds = round(time.monotonic() - began, 1)
        out.seek(0)
        said.seek(0)
        samples = [rounded(json.loads(line)) for line in out if line.endswith("\n")]
        return {"seconds": seconds, "error": _error(process.returncode, said.read()), "samples": samples}


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End what is left of the part's process group, which is only ours."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _error(status: int, said: str) -> str:
    """Return why a part failed, or nothing; the whole of what it said goes to stderr."""
    if status == 0:
        return ""
    print(said, file=sys.stderr)
    lines = said.strip().splitlines()
    return f"not done after {PATIENCE} s" if status == -signal.SIGKILL else lines[-1] if lines else f"status {status}"


def _about(*, small: bool) -> dict[str, str]:
    """Tell what this run measured, and on what."""
    cpu = next((line for line in _lines("/proc/cpuinfo") if line.startswith("model name")), platform.processor())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    commit = _said("git", "describe", "--always", "--dirty", "--exclude=*")
    versions = [f"{name} {version(name)}" for name in PACKAGES]
    others = [_said(PLOTTER.parents[2] / "datahub/bin/pip", "list", "--format=freeze", only="acryl-datahub==")]
    return {
        "commit": commit,
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "size": "small" if small else "full",
        "machine": f"{cpu.rpartition(':')[2].strip()}, {os.cpu_count()} cores, {memory:.0f} GB, {platform.system()}",
        "load of the machine": f"{os.getloadavg()[0]:.1f} when it began, which is 0 on an idle one",
        "Python": platform.python_version(),
        "packages": ", ".join(filter(None, [*versions, *others])),
    }


def _said(*command: str | Path, only: str = "") -> str:
    """Return the first line of a command's output that begins with *only*, or nothing if it fails."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return next((line.replace("==", " ") for line in done.stdout.splitlines() if line.startswith(only)), "")


def _lines(path: str) -> Sequence[str]:
    try:
        return Path(path).read_text(encoding="utf-8").splitlines()
    except OSError:
        return ()


def _write(run: Run, folder: Path) -> None:
    """Write the samples, the report and the plots."""
    folder.mkdir(parents=True, exist_ok=True)
    run.write(folder)
    (folder / "README.md").write_text(report(run), encoding="utf-8")
    if subprocess.run([PLOTTER, "-m", "bench.plot", folder], check=False).returncode:
        print("the plots could not be drawn; see above", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
