"""The shared parts of the fault matrix: AWS, scenes that are prepared once and copied, and recorders."""

import io
import json
import logging
import os
import shutil
import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import boto3
import pytest

from connector import config
from connector.app import Application
from connector.log import logger
from local.aws.client import connect
from local.aws.server import Aws
from local.catalog.server import Server
from tests.support import cloud, crawler, notice, shop

KEY, OTHER = "exports/orders.csv", "exports/others.csv"
HOUR: Final = 3600.0


@dataclass(frozen=True, slots=True)
class Scene:
    """
    The situation in which the notification arrives: an upload, to tables of this many *columns*.

    After a *removal* the object is cataloged and deleted from S3. A search that is *behind* shows nothing of it yet; if
    all is *unseen*, nothing at all. With *half* of the tables, Atlan has no target. An *empty* object has no bytes.
    With *others*, the object's pair has a second object. With an *order*, the message is that of a sweep of the bucket.
    """

    name: str
    columns: int = 2
    removal: bool = False
    behind: bool = False
    unseen: bool = False
    half: bool = False
    empty: bool = False
    others: bool = False
    order: bool = False

    @property
    def body(self) -> str:
        """The message that tells of it."""
        if self.order:
            return json.dumps({"sweep": f"s3://{self.name}/"})
        return notice.body((self.name, KEY), event=notice.DELETE if self.removal else notice.PUT)


class Lines(logging.Handler):
    """The connector's log lines, by the thread that wrote them."""

    def __init__(self) -> None:
        super().__init__()
        self._written: defaultdict[int, list[logging.LogRecord]] = defaultdict(list)

    def emit(self, record: logging.LogRecord) -> None:
        self._written[threading.get_ident()].append(record)

    def take(self) -> list[logging.LogRecord]:
        """Take the lines of this thread."""
        return self._written.pop(threading.get_ident(), [])


class Site:
    """
    AWS as *aws* simulates it, and a *folder* for catalogs.

    `lines` has the connector's log lines; `delays`, by the queue's URL, the visibility timeout of a retried message.
    """

    def __init__(self, aws: Aws, folder: Path) -> None:
        self.faults, self._folder = aws.faults, folder
        self._building, self._names = threading.Lock(), count(1)
        self.s3, self.sqs, self.dynamo = (connect(name, aws.url) for name in ("s3", "sqs", "dynamodb"))
        self.secrets = connect("secretsmanager", aws.url)
        self.lines, self.delays = Lines(), dict[str, int]()

    def heard(self, params: Mapping[str, Any], **_: Any) -> None:
        """Record a delay: boto3 calls this with the request before sending it."""
        (entry,) = params["Entries"]
        self.delays[params["QueueUrl"]] = entry["VisibilityTimeout"]

    @contextmanager
    def empty(self, scene: Scene) -> Iterator[Server]:
        """Create the scene's bucket with its object, and serve its catalog, with the tables and nothing of ours."""
        self.s3.create_bucket(Bucket=scene.name)
        for key in (KEY, OTHER) if scene.others else (KEY,):
            self.s3.put_object(Bucket=scene.name, Key=key, Body=b"" if scene.empty else b"id\n1\n")
        with Server(self._file(scene.name)) as server:
            server.lag = HOUR if scene.unseen else 0.0
            _stock(server, scene)
            server.lag = HOUR if scene.behind or scene.unseen else 0.0
            yield server

    @contextmanager
    def copy(self, scene: Scene) -> Iterator[Server]:
        """Serve a copy of the scene's catalog, which is to be served no more."""
        file = self._file(self.name(scene))
        shutil.copy(self._file(scene.name), file)
        with self._building:  # werkzeug compiles its routes, which is not for threads before CPython 3.13
            made = Server(file)
        with made as server:
            yield server
        file.unlink()

    def name(self, scene: Scene) -> str:
        """Return a unique name."""
        return f"{scene.name}-{next(self._names)}"

    def build(self, server: Server, bucket: str, agent: str, **settings: str) -> Application:
        """
        Build a connector of that bucket, one at a time: boto3's default session is not for threads.

        Its requests to AWS name the *agent*, by which a fault is applied to them alone. Requests to Atlan go one after
        another, so that it is always the same ones that meet a fault.
        """
        with self._building:
            routes = self._folder / "routes.json"
            routes.write_text(shop.single(bucket, shop.ORDERS))
            os.environ["AWS_SDK_UA_APP_ID"] = agent
            given = cloud.settings(server, routes, REQUESTS_AT_ONCE="1", **settings)
            if "ATLAN_API_KEY_SECRET" in settings:
                del given["ATLAN_API_KEY"]
            return Application(config.settings(given))

    def _file(self, name: str) -> Path:
        return self._folder / f"{name}.db"


@contextmanager
def site() -> Iterator[Site]:
    """Open a site, to which all AWS clients of this process lead until it closes."""
    with Aws() as aws, TemporaryDirectory(prefix="matrix-") as folder, pytest.MonkeyPatch.context() as environ:
        for name, value in (cloud.access(aws.url) | {"AWS_SDK_UA_APP_ID": "local"}).items():
            environ.setenv(name, value)
        opened = Site(aws, Path(folder))
        events = boto3._get_default_session().events  # the one whose clients the connector uses
        events.register("provide-client-params.sqs.ChangeMessageVisibilityBatch", opened.heard)
        spoken = logging.getLogger(logger.service)
        spoken.addHandler(opened.lines)
        stdout = logger.registered_handler.setStream(io.StringIO())  # which is for the tables
        yield opened
        spoken.removeHandler(opened.lines)
        logger.registered_handler.setStream(stdout)
        events.unregister("provide-client-params.sqs.ChangeMessageVisibilityBatch", opened.heard)


def _stock(server: Server, scene: Scene) -> None:
    client = crawler.connect(server)
    crawler.connection(client, shop.CONNECTION)
    columns = [f"c{place}" for place in range(scene.columns)]
    crawler.tables(client, dict.fromkeys(shop.ORDERS[: 1 if scene.half else 2], columns))
