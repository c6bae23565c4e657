"""The workers as the test sees them: who lives, what each has in hand, and under which name it asked for the lease."""

import os
import select
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

ROOT = Path(__file__).parents[2]
ENDINGS = (-signal.SIGKILL, -signal.SIGALRM)
"""How a worker may end: killed by the test, or at the end of its invocation, as Lambda would."""

PATIENCE = 0.02
"""Seconds to wait for a report, where there is none."""


@dataclass
class Worker:
    """`hand` has the receipts of the messages that it is at work on; `name` is its latest for the lease."""

    pid: int
    hand: list[str] = field(default_factory=list)
    name: str = ""


class Crew:
    """
    Starts the processes of `worker`, whose log goes to *log*, and listens to what they say.

    `alive` has the workers by pid, `taken` the receipts of all messages, `heard` how often each word was said.
    """

    def __init__(self, environment: Mapping[str, str], log: Path, count: int, seconds: float) -> None:
        command = [sys.executable, "-m", "tests.workers.worker", str(count), str(seconds)]
        with log.open("wb") as written:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=written,
                cwd=ROOT,
                env=os.environ | environment,
                start_new_session=True,
            )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._orders, self._reports = self._process.stdin.fileno(), self._process.stdout.fileno()
        self._rest, self._count = "", count
        self._log = log
        self.alive: dict[int, Worker] = {}
        self._names: dict[str, Worker] = {}
        self.taken: list[str] = []
        self.heard: Counter[str] = Counter()

    def __enter__(self) -> Self:
        """Wait until all are born, which takes as long as the handler's import: some seconds."""
        try:
            while len(self.alive) < self._count:
                self.hear()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """End it: without stdin it kills its workers, and they see for themselves when it is not there any more."""
        try:
            self._process.communicate(timeout=300)
        finally:
            self._process.kill()

    def kill(self, worker: Worker) -> None:
        """Let a worker be killed with SIGKILL, and wait until it is gone."""
        os.write(self._orders, f"{worker.pid}\n".encode())
        while worker.pid in self.alive:
            self.hear()

    def hear(self) -> None:
        """
        Take in what was reported since, at most a moment ago.

        Raises:
            AssertionError: a worker crashed, or all of them ended; with the end of the log.
        """
        if not select.select([self._reports], [], [], PATIENCE)[0]:
            return
        said = os.read(self._reports, 1 << 16).decode()
        assert said, f"the workers ended:\n{self._told()}"
        *lines, self._rest = (self._rest + said).split("\n")
        for line in lines:
            self._take(*line.split())

    @property
    def idle(self) -> bool:
        """Tell whether no living worker is in an invocation."""
        return not any(worker.hand for worker in self.alive.values())

    def at_work(self, name: str) -> bool:
        """Tell whether whoever asked for the lease under *name* is still at it; of whom nobody heard has just begun."""
        worker = self._names.get(name)
        return worker is None or (self._lives(worker) and worker.name == name and bool(worker.hand))

    def fallen(self, name: str) -> Worker | None:
        """Return the worker that asked for the lease under *name*, if it is dead."""
        worker = self._names.get(name)
        return None if worker is None or self._lives(worker) else worker

    def _lives(self, worker: Worker) -> bool:
        return self.alive.get(worker.pid) is worker

    def _take(self, word: str, pid: str, *rest: str) -> None:
        self.heard[word] += 1
        worker = self.alive.setdefault(int(pid), Worker(int(pid)))
        match word:
            case "took":
                worker.hand.append(rest[0])
                self.taken.append(rest[0])
                self.heard["again"] += int(rest[1]) > 1
            case "asks":
                worker.name = rest[0]
                self._names[worker.name] = worker
            case "done":
                worker.hand.clear()
            case "gone":
                assert int(rest[0]) in ENDINGS, f"a worker ended by itself ({rest[0]}):\n{self._told()}"
                self.heard["late"] += int(rest[0]) == -signal.SIGALRM
                del self.alive[worker.pid]

    def _told(self) -> str:
        return self._log.read_text(errors="replace")[-3000:]
