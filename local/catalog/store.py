"""
The SQLite file of the catalog: entities, and the edges between them. One writer at a time, parallel readers.

The server opens one `Store`; `save`, `remove`, `read`, `search` and `lineage` work on the connections it lends.
"""

import queue
import sqlite3
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from local.catalog.search import functions, index

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS entity(
    guid TEXT PRIMARY KEY,
    type TEXT NOT NULL,
    qualified_name TEXT NOT NULL,
    status TEXT NOT NULL,
    attributes TEXT NOT NULL,
    custom TEXT,
    created_by TEXT NOT NULL,
    updated_by TEXT NOT NULL,
    create_time INTEGER NOT NULL,
    update_time INTEGER NOT NULL,
    has_lineage INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS entity_name ON entity(type, qualified_name);
CREATE INDEX IF NOT EXISTS entity_arn ON entity(json_extract(attributes, '$.awsArn'), type)
    WHERE json_extract(attributes, '$.awsArn') IS NOT NULL;
CREATE INDEX IF NOT EXISTS entity_alone ON entity(status) WHERE type = 'S3Object' AND has_lineage = 0;
CREATE TABLE IF NOT EXISTS edge(
    guid TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    end1 TEXT NOT NULL,
    end2 TEXT NOT NULL,
    status TEXT NOT NULL,
    create_time INTEGER NOT NULL,
    update_time INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS edge_end1 ON edge(end1, name, end2);
CREATE INDEX IF NOT EXISTS edge_end2 ON edge(end2, name, end1);
"""


def now_ms() -> int:
    """Return the time in milliseconds since 1970."""
    return time.time_ns() // 1_000_000


class Store:
    """
    An open catalog file; without a *path*, a temporary one that is removed by `close`.

    A write that was acknowledged survives a kill and a power cut (WAL, synchronous=FULL), except in a temporary file.

    Raises:
        ValueError: *path* can't be opened, or is a file of another kind; choose another.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._scratch = ExitStack()
        self._closed = False
        self._durable = path is not None
        self.path: Final = path or self._folder() / "catalog.db"
        self._writing = threading.Lock()
        self._changed = threading.Condition()
        self._version = now_ms()
        self._idle: queue.SimpleQueue[sqlite3.Connection] = queue.SimpleQueue()
        try:
            with self._lend() as connection:
                connection.execute("PRAGMA journal_mode=WAL")
                connection.executescript(SCHEMA + index.SCHEMA)
        except sqlite3.DatabaseError as error:
            raise ValueError(f"{self.path}: cannot be opened as a catalog: {error}") from error

    def close(self) -> None:
        """Close all connections; those in use are closed when they are returned. Nobody waits for a change any more."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        while not self._idle.empty():
            self._idle.get().close()
        self._scratch.close()

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection that sees one consistent state of the catalog."""
        with self._lend() as connection:
            connection.execute("BEGIN")
            try:
                yield connection
            finally:
                connection.execute("ROLLBACK")

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection in a transaction: it is committed at the end, or rolled back on any error."""
        with self._writing, self._lend() as connection:
            connection.execute("BEGIN IMMEDIATE")
            before = connection.total_changes
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")
            if connection.total_changes != before:
                self._change()

    @property
    def version(self) -> int:
        """A number that grows whenever a transaction changed a row; that of a later `Store` is greater, too."""
        return self._version

    def wait(self, version: int, seconds: float) -> int:
        """Wait until the version is not *version*, or *seconds* are over, or the store is closed; return it."""
        with self._changed:
            self._changed.wait_for(lambda: self._version != version or self._closed, seconds)
            return self._version

    def _change(self) -> None:
        with self._changed:
            self._version += 1
            self._changed.notify_all()

    @contextmanager
    def _lend(self) -> Iterator[sqlite3.Connection]:
        try:
            connection = self._idle.get_nowait()
        except queue.Empty:
            connection = self._open()
        try:
            yield connection
        finally:
            if self._closed:
                connection.close()
            else:
                self._idle.put(connection)

    def _folder(self) -> Path:
        folder = tempfile.TemporaryDirectory(prefix="catalog-", ignore_cleanup_errors=True)
        return Path(self._scratch.enter_context(folder))

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, timeout=30, isolation_level=None, check_same_thread=False)
        connection.row_factory = sqlite3.Row
        functions.install(connection)
        connection.execute(f"PRAGMA synchronous={'FULL' if self._durable else 'OFF'}")
        return connection
