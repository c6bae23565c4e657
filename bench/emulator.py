"""
Runs a handler under AWS's runtime emulator, without Docker, and reads what the emulator measures.

The emulator comes with the SAM CLI; the runtime client is AWS's, in an environment of its own with Python 3.13.
"""

import platform
import re
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import httpx

ROOT: Final = Path(__file__).parents[1]
PYTHON: Final = ROOT / ".venv/lambda/bin/python"
ARCHITECTURES: Final = {"x86_64": "x86_64", "aarch64": "arm64"}
_INIT: Final = re.compile(r"INIT REPORT\(durationMs: ([0-9.]+)\)")
_INVOKED: Final = re.compile(r"INVOKE RTDONE\(.*duration: ([0-9.]+)ms\)")
_PATIENCE: Final = 120.0


def architecture() -> str:
    """Return the name that Lambda has for this machine's processor."""
    return ARCHITECTURES[platform.machine()]


class Function:
    """A function that runs under the emulator, whose log is the file *log*."""

    def __init__(self, url: str, log: Path) -> None:
        self._url, self._log, self._invoked = url, log, 0
        self._client = httpx.Client(trust_env=False, timeout=_PATIENCE)

    def invoke(self, event: object) -> tuple[Any, float]:
        """
        Return the answer to an event, and the seconds that the handler took.

        Raises:
            RuntimeError: the handler raised an exception.
        """
        answer = self._client.post(self._url, json=event).raise_for_status()
        body = answer.json() if answer.content else None
        if isinstance(body, dict) and "errorType" in body:
            raise RuntimeError(body)
        self._invoked += 1
        return body, self._said(_INVOKED, self._invoked)

    def init(self) -> float:
        """Return the seconds that init took."""
        return self._said(_INIT, 1)

    def _said(self, what: re.Pattern[str], times: int) -> float:
        """Wait until the log has so many of these lines, perhaps after the answer; return the seconds of the last."""
        began = time.monotonic()
        while len(found := what.findall(self._log.read_text(encoding="utf-8"))) < times:
            if time.monotonic() - began > _PATIENCE:
                raise RuntimeError(f"the emulator's log has no line {what.pattern}")
            time.sleep(0.01)
        return float(found[-1]) / 1000


@contextmanager
def running(handler: str, environment: Mapping[str, str], artifact: Path) -> Iterator[Function]:
    """Run *handler* in the folder of the artifact; afterwards nothing runs."""
    ports, log = [_free_port() for _ in range(2)], artifact.with_suffix(".log")
    flags = [
        f"--{name}=127.0.0.1:{port}"
        for name, port in zip(("runtime-interface-emulator-address", "runtime-api-address"), ports, strict=True)
    ]
    command: list[str | Path] = [_emulator(), *flags, PYTHON, "-m", "awslambdaric", handler]
    with log.open("w") as said:
        process = subprocess.Popen(command, cwd=artifact, env=environment, stdout=subprocess.DEVNULL, stderr=said)
    try:
        _await(ports[0])
        yield Function(f"http://127.0.0.1:{ports[0]}/2015-03-31/functions/function/invocations", log)
    finally:
        process.terminate()  # it ends the handler's process, too
        process.wait()


def _emulator() -> Path:
    return next(ROOT.glob(f".venv/sam/lib/python*/site-packages/samcli/local/rapid/aws-lambda-rie-{architecture()}"))


def _await(port: int) -> None:
    began = time.monotonic()
    while time.monotonic() - began < _PATIENCE:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError("the emulator does not listen")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])
