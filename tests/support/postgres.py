"""
A throw-away PostgreSQL: its own data in a new folder, reached through a socket there, and no port.

Used by tests that need a real one, and by `tests/corpus/make.py`. It needs the programs of Debian's `postgresql`; where
they are missing, `find` returns None, and a test says `@needs_postgres`.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

PROGRAMS = ("initdb", "pg_ctl", "psql")
STARTED = 60
"""Seconds in which the server has to be ready."""


def find() -> Path | None:
    """Return the folder of initdb, pg_ctl and psql: the newest of Debian's, or that of the path."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: int(folder.parts[-2]), reverse=True)
    named = [Path(found).resolve().parent] if (found := shutil.which("initdb")) else []
    folders = (folder for folder in (*debian, *named) if all((folder / name).exists() for name in PROGRAMS))
    return next(folders, None)


needs_postgres = pytest.mark.skipif(find() is None, reason="no initdb; on Debian: apt-get install postgresql")


class Postgres:
    """A running server, and what psql returns."""

    def __init__(self, folder: Path, programs: Path, account: dict[str, Any]) -> None:
        self._folder, self._programs, self._account = folder, programs, account

    def run(self, program: str, *arguments: str) -> bytes:
        """Run a program of PostgreSQL as the owner of the data; return what it writes, and its errors if it fails."""
        done = subprocess.run(
            [self._programs / program, *arguments],
            cwd=self._folder,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C", "PGHOST": str(self._folder), "PGUSER": "tester"},
            capture_output=True,
            check=False,
            **self._account,
        )
        assert done.returncode == 0, f"{program}: {done.stderr.decode(errors='replace')}"
        return done.stdout

    def sql(self, statement: str) -> bytes:
        """Execute a statement in UTF-8; for COPY ... TO STDOUT, return the file."""
        return self.run("psql", "--no-psqlrc", "-v", "ON_ERROR_STOP=1", "-qAt", "-d", "postgres", "-c", statement)

    @property
    def version(self) -> str:
        """Return the server's version, "15.8"."""
        return self.sql("SHOW server_version").decode().split()[0]


@contextmanager
def postgres() -> Iterator[Postgres]:
    """
    Start a server in a new folder, and remove both afterwards.

    It runs as an unprivileged user, since PostgreSQL refuses root; its folder is not in that of pytest, which other
    users cannot enter, and which may be too long for a socket.
    """
    programs = find()
    assert programs, "initdb was not found"
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    account = _unprivileged(folder) if os.getuid() == 0 else {}
    server = Postgres(folder, programs, account)
    try:
        server.run("initdb", "-D", "data", "-U", "tester", "--auth=trust", "--encoding=UTF8", "--no-sync")
        options = f"-c listen_addresses='' -c unix_socket_directories='{folder}' -c fsync=off"
        server.run("pg_ctl", "-D", "data", "-l", "log", "-w", "-t", str(STARTED), "-o", options, "start")
        try:
            yield server
        finally:
            server.run("pg_ctl", "-D", "data", "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _unprivileged(folder: Path) -> dict[str, Any]:
    """Give the folder to an unprivileged user, and return what makes a program run as that user."""
    names = {entry.pw_name for entry in pwd.getpwall()}
    user = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
    os.chown(folder, user.pw_uid, user.pw_gid)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
