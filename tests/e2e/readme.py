"""
Follows the README as a new user does: in a new clone, with a new home folder, each command as it is written.

`make readme` and .ci/run run it: `python -m tests.e2e.readme`. It reads the commands from the README itself, stops
at the first that fails, and says which ones it leaves out and why. `--venv PATH` links the environments that are there;
without it, `make` sets up its own.
"""

import argparse
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.unit.test_words import tracked

ROOT: Final = Path(__file__).parents[2]
URL: Final = "https://github.com/YOU/atlan-s3-connector"

CONTAINER: Final = "The function in Lambda's container"
SWEEP: Final = "Sweep a bucket"
FINDING: Final = "Find out what is wrong"
LEFT_OUT: Final = {
    "Deploy": "needs an AWS account",
    "Develop": "the tests themselves, and checks that .ci/run runs",
}
"""Sections whose commands are not run."""


SHOWS: Final = {
    "make demo": "the catalog is in sync with S3: yes",
    "make put FILE=local/data/flights-2013-01-03.csv": "2013-01-04.csv  83.4 kB  ───→  FLIGHTS  19 columns",
    "make put FILE=orders.csv": "1 file · 1 in · 1 out · 1 end to end · 2 columns",
    "make invoke": "3 retired",
    'make connector ARGS="suggest s3://nycflights-exports"': "covers 6 of 6 objects (100 %)",
    'make connector ARGS="sweep s3://nycflights-exports"': "applied 6 of 6",
    'make connector ARGS="explain s3://nycflights-exports/exports/nycflights/planes.csv"': "Nothing was written",
    'make connector ARGS="check"': "ok           settings",
    "make sam": '"assets_retired": 3',
}
"""What commands that begin so print, among other things."""


class FailedError(Exception):
    """A command of the README failed."""


@dataclass(frozen=True)
class Command:
    """A command of the README, with the section that it is in; one with a here-document has several lines."""

    section: str
    text: str


def commands(readme: str) -> list[Command]:
    """Return every command of the README's indented blocks, in order; one with arrows is a picture."""
    found, section = [], ""
    readme = re.sub(r"^```.*?^```", "", readme, flags=re.MULTILINE | re.DOTALL)
    for part in re.split(r"(^## .+$)", readme, flags=re.MULTILINE):
        if part.startswith("## "):
            section = part.removeprefix("## ")
            continue
        for block in re.findall(r"(?:^ {4,}.*\n(?:\n(?= {4}))?)+", part, flags=re.MULTILINE):
            lines = [
                line.strip() if line.startswith(" " * 8) and "END" not in block else line[4:]
                for line in block.splitlines()
                if line.strip()
            ]
            if not re.search("[─→]", block):
                found += [Command(section, text) for text in _joined(lines)]
    return found


def _joined(lines: list[str]) -> Iterator[str]:
    """Join the lines of a command: those after a backslash, a pipe or `&&`, and those of a here-document."""
    text, ending = "", ""
    for line in lines:
        text = f"{text}\n{line}" if text else line
        if here := re.search(r"<<'(\w+)'$", line):
            ending = here[1]
        if ending and line != ending:
            continue
        if ending or not re.search(r"(\\|\||&&)$", line):
            yield re.split(r"\s{2,}#", text)[0]
            text, ending = "", ""


def run(*, venv: Path | None) -> None:
    """
    Run the commands in a new folder.

    Raises:
        FailedError: a command failed; says which and how.
    """
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory(prefix="readme-") as folder:
        user = User(Path(folder), venv)
        try:
            for command in commands(readme):
                if why := reason(command, ports_free=user.usual):
                    _say(f"left out ({why}): {_first(command.text)}")
                else:
                    user.type(command.text)
        finally:
            user.stop()
        if picture(readme) not in user.shown:
            raise FailedError("the picture in the README is not the one that make demo draws")


def reason(command: Command, *, ports_free: bool) -> str:
    """Say why a command is left out; "" if it is run."""
    if command.section == CONTAINER:
        found = shutil.which("docker")
        if not found or subprocess.run([found, "info"], capture_output=True, check=False).returncode:
            return "no Docker engine answers"
    if command.section in (CONTAINER, SWEEP, FINDING) and not ports_free:
        return "the ports of serve are in use, and local/sam.json and local/serve.env name them"
    return LEFT_OUT.get(command.section, "")


def picture(readme: str) -> str:
    """Return the picture of the README, without the spaces at the ends of its lines."""
    (found,) = re.findall(r"(?:^ {4}.*[─→·].*\n)+", readme.partition("## Quick start")[2], flags=re.MULTILINE)[:1]
    return "\n".join(line[4:].rstrip() for line in found.splitlines())


@dataclass
class User:
    """A person with an empty home, a shell in a folder, and a second terminal in which `make serve` runs."""

    home: Path
    venv: Path | None
    shown: str = ""
    folder: Path = field(init=False)
    usual: bool = field(init=False)

    def __post_init__(self) -> None:
        self.folder = self.home / "projects"
        self.folder.mkdir()
        self._serve: subprocess.Popen[str] | None = None
        self.usual = all(_free(port) for port in (8585, 5555))
        self._environment = self._new(_origin(self.home / "origin"))

    def type(self, text: str) -> None:
        """Type a command, and wait until it ends; one that stays up, until it listens."""
        _say(f"$ {text}")
        if text.startswith("cd "):
            self.folder /= text.removeprefix("cd ")
            self._link()
        elif text.startswith("make serve") or "KEEP=1" in text:
            self.stop()
            self._listen(text)
        else:
            done = subprocess.run(
                ["bash", "-c", text],
                cwd=self.folder,
                env=self._environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
            )
            self.shown += "\n".join(line.rstrip() for line in done.stdout.splitlines())
            _say(done.stdout)
            if done.returncode:
                raise FailedError(f"{text}: exit status {done.returncode}")
            for begins, what in SHOWS.items():
                if text.startswith(begins) and what not in done.stdout:
                    raise FailedError(f"{text}: does not print {what!r}")

    def stop(self) -> None:
        """Press Ctrl-C in the terminal of `make serve`."""
        if self._serve:
            os.killpg(self._serve.pid, signal.SIGINT)
            self._serve.wait(timeout=60)
            self._serve = None

    def _listen(self, text: str) -> None:
        """Start `make serve` in a session of its own, as a terminal does, and wait until it listens."""
        log = self.home / "serve.log"
        with log.open("w") as output:
            self._serve = subprocess.Popen(
                ["bash", "-c", text],
                cwd=self.folder,
                env=self._environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,
            )
        until = time.monotonic() + 300
        while "Ctrl-C" not in log.read_text(encoding="utf-8"):
            if self._serve.poll() is not None or time.monotonic() > until:
                raise FailedError(f"{text}: does not listen:\n{log.read_text(encoding='utf-8')}")
            time.sleep(0.1)

    def _new(self, origin: Path) -> Mapping[str, str]:
        """Return the environment of a new user; the README's URL leads to a copy of this folder."""
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "PIP_CACHE_DIR") if name in os.environ}
        moved = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": f"url.{origin}.insteadOf", "GIT_CONFIG_VALUE_0": URL}
        python = {"PYTHON": sys.executable} if self.venv else {}
        return kept | moved | python | self._ports() | {"HOME": str(self.home), "COLUMNS": "100", "TERM": "dumb"}

    def _ports(self) -> dict[str, str]:
        """Return what makes `serve` use other ports, if somebody else uses its own."""
        if self.usual:
            return {}
        with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other:
            catalog, aws = one.getsockname()[1], other.getsockname()[1]
        urls = {"ATLAN_BASE_URL": f"http://127.0.0.1:{catalog}", "AWS_ENDPOINT_URL": f"http://127.0.0.1:{aws}"}
        return {"ARGS": f"--port {catalog} --aws-port {aws}"} | urls

    def _link(self) -> None:
        """Use the environments that are there, which are set up: make compares their time with the requirements'."""
        if self.venv:
            (self.folder / ".venv").symlink_to(self.venv.resolve())
            for name in ("requirements.txt", "requirements-dev.txt", "Makefile"):
                os.utime(self.folder / name, (0, 0))


def _origin(folder: Path) -> Path:
    """Make a repository of the files of this folder, as they are now."""
    for name in tracked(ROOT):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, folder / name)
    who = ["-c", "user.name=new", "-c", "user.email=new@example.com"]
    for command in (["init", "-q"], ["add", "-A"], [*who, "commit", "-q", "-m", "copy"]):
        subprocess.run(["git", *command], cwd=folder, check=True)
    return folder


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _free(port: int) -> bool:
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


def _first(text: str) -> str:
    return text.splitlines()[0]


def main() -> int:
    """Follow the README; return 1 if a command of it failed."""
    parser = argparse.ArgumentParser("python -m tests.e2e.readme", description="Follow the README in a new clone.")
    parser.add_argument("--venv", type=Path, help="environments to use, as .venv; without it, make sets up its own")
    try:
        run(venv=parser.parse_args().venv)
    except FailedError as error:
        _say(f"README: {error}")
        return 1
    _say("README: every command works.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
