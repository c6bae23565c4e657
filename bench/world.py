"""
What the parts measure against: moto's S3 and DynamoDB, and the local catalog, both over HTTP, and both counted.

They run in the process of the part. What is measured runs in a process of its own (`bench.subject`), so that its CPU
and its memory are its own.
"""

import json
import os
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

from bench import stock
from bench.subject import Sample, Subject
from local.aws.client import connect
from local.aws.server import Aws
from local.catalog.faults import Fault, Kind
from local.catalog.people import records
from local.catalog.server import Server
from tests.support import cloud, shop
from tests.support.cloud import Leases

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

COLUMNS: Final = 20
"""Columns of a table, where a part says nothing else."""

Place = tuple[str, str]
"""A bucket and a key."""


@dataclass(slots=True)
class Counted:
    """
    A WSGI application around *app*: counts requests by service, and the bytes of the responses' bodies.

    `times` has the time at which each request came, in seconds of `time.monotonic`.
    """

    app: "WSGIApplication"
    service: "Callable[[WSGIEnvironment], str]"
    seen: Counter[str] = field(default_factory=Counter)
    times: list[float] = field(default_factory=list)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterator[bytes]:
        """Serve a request."""
        service = self.service(environ)
        self.times.append(time.monotonic())
        self.seen[service] += 1
        body = self.app(environ, start_response)
        try:
            for part in body:
                self.seen[f"{service}_bytes"] += len(part)
                yield part
        finally:
            if close := getattr(body, "close", None):
                close()


def _aws(environ: "WSGIEnvironment") -> str:
    return "dynamodb" if environ.get("HTTP_X_AMZ_TARGET", "").startswith("DynamoDB") else "s3"


class World:
    """
    One S3, one catalog with the connections of `tests.support.shop`, a lease table, and a routes file.

    `guids` has those of the buckets, by name, and of the tables, by qualified name; `times` says when the catalog was
    asked, in seconds of `time.monotonic`.
    """

    def __init__(self, aws: Aws, catalog: Server, folder: Path) -> None:
        self.aws, self.catalog, self.folder = aws, catalog, folder
        self.s3 = connect("s3", aws.url)
        self.lease_table = Leases.create(connect("dynamodb", aws.url), "bench").name
        aws.faults.app = counted = Counted(aws.faults.app, _aws)
        catalog.faults.app = asked = Counted(catalog.faults.app, lambda _: "catalog")
        self._seen, self.times = (counted.seen, asked.seen), asked.times
        for name in (shop.CONNECTION, shop.POSTGRES, shop.SNOWFLAKE):
            stock.store(catalog, [stock.entity("Connection", name, adminUsers=[records.ACTOR])])
        self.guids: dict[str, str] = {}
        self._parts = count()

    def buckets(self, *names: str, unknown: Sequence[str] = ()) -> None:
        """Make buckets, and write a routes file for them; store their assets, but for those that are *unknown*."""
        keys = {"key": "exports/{schema}/{table}/{part}.csv"}
        source, target = (
            f"{shop.POSTGRES}/shop/{{schema}}/{{table}}",
            f"{shop.SNOWFLAKE}/DB/{{schema:upper}}/{{table:upper}}",
        )
        routes = [
            {"name": name, "bucket": name, "source": source, "target": target} | keys for name in (*names, *unknown)
        ]
        file = json.dumps({"connection": shop.CONNECTION, "routes": routes})
        (self.folder / "routes.yaml").write_text(file, encoding="utf-8")
        for name in (*names, *unknown):
            self.s3.create_bucket(Bucket=name)
        for name in names:
            made = stock.entity("S3Bucket", f"{shop.CONNECTION}/{name}", connectionQualifiedName=shop.CONNECTION)
            self.guids |= {name: stock.store(self.catalog, [made])[made["guid"]]}

    def pairs(self, *tables: str, columns: int = COLUMNS) -> None:
        """Store the two tables of each of these pairs."""
        names = [f"c{number}" for number in range(columns)]
        for source, target in map(shop.pair, tables):
            self.guids[source] = stock.table(self.catalog, source, names)
            self.guids[target] = stock.table(self.catalog, target, map(str.upper, names))

    def put(self, tables: Iterable[str], bucket: str = shop.BUCKET, columns: int = COLUMNS) -> list[Place]:
        """Put a new file of each of these tables, and return where they are."""
        places = [(bucket, f"exports/public/{table}/{next(self._parts):08}.csv") for table in tables]
        stock.put(bucket, (key for _, key in places), body(columns))
        return places

    def answers(self, seconds: float) -> None:
        """Let the catalog take this long for each response from now on."""
        self.catalog.faults.clear()
        if seconds:
            self.catalog.faults.add(Fault(Kind.LATE, delay=seconds, count=None))

    def environment(self, **more: str) -> dict[str, str]:
        """Return the environment of what is measured; *more* is added or replaced."""
        ours = cloud.settings(self.catalog, self.folder / "routes.yaml", LEASE_TABLE=self.lease_table)
        kept = {name: text for name, text in os.environ.items() if not name.startswith(("ATLAN_", "AWS_"))}
        return kept | cloud.access(self.aws.url) | {"RATE_SHARE": "100"} | ours | more

    def measured(self, subject: Subject, **order: Any) -> Sample:
        """Let *subject* do what *order* says; return what it measured, and what was asked of S3 and the catalog."""
        before = self._counts()
        measured = subject.ask(**order)
        return {"subject": subject.name, **measured, **(self._counts() - before)}

    def _counts(self) -> Counter[str]:
        return sum(self._seen, Counter[str]())


def body(columns: int) -> bytes:
    """Return a file with these columns, and a row."""
    return "\n".join(",".join(f"{what}{number}" for number in range(columns)) for what in ("c", "")).encode() + b"\n"


@contextmanager
def world() -> Iterator[World]:
    """Serve a new world; afterwards nothing of it is left."""
    with TemporaryDirectory() as folder, Aws() as aws, Server() as catalog:
        yield World(aws, catalog, Path(folder))
