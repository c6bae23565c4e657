"""What the cells of the fault matrix share: AWS, scenes that are set once and copied, and ears on the connector."""

import io
import logging
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

KEY: Final = "exports/orders.csv"
HOUR: Final = 3600.0


@dataclass(frozen=True, slots=True)
class Scene:
    """
    What has happened when the notification comes: an upload, to tables of so many *columns*.

    After a *removal* the object is cataloged and gone. A search that is *behind* shows nothing of it yet. With *half*
    of the tables, Atlan has no target.
    """

    name: str
    columns: int = 2
    removal: bool = False
    behind: bool = False
    half: bool = False

    @property
    def body(self) -> str:
        """The message that tells of it."""
        return notice.body((self.name, KEY), event=notice.DELETE if self.removal else notice.PUT)


class Lines(logging.Handler):
    """The connector's log lines, by the thread that wrote them."""

    def __init__(self) -> None:
        super().__init__()
        self._written: defaultdict[int, list[logging.LogRecord]] = defaultdict(list)

    def emit(self, record: logging.LogRecord) -> None:
        self._written[threading.get_ident()].append(record)

    def take(self) -> list[logging.LogRecord]:
        """Take those of this thread."""
        return self._written.pop(threading.get_ident(), [])


class Site:
    """
    AWS at *url*, and a *folder* for catalogs.

    `lines` has what the connector says; `delays`, by the queue's URL, the seconds for which it hands a message back.
    """

    def __init__(self, url: str, folder: Path) -> None:
        self._folder = folder
        self._building, self._names = threading.Lock(), count(1)
        self.s3, self.sqs, self.dynamo = (connect(name, url) for name in ("s3", "sqs", "dynamodb"))
        self.lines, self.delays = Lines(), dict[str, int]()

    def heard(self, params: Mapping[str, Any], **_: Any) -> None:
        """Note a delay: boto3 calls it with what it is about to send."""
        self.delays[params["QueueUrl"]] = params["VisibilityTimeout"]

    @contextmanager
    def empty(self, scene: Scene) -> Iterator[Server]:
        """Make the scene's bucket with its object, and serve its catalog, with the tables and nothing of ours."""
        self.s3.create_bucket(Bucket=scene.name)
        self.s3.put_object(Bucket=scene.name, Key=KEY, Body=b"id\n1\n")
        with Server(self._file(scene.name)) as server:
            _stock(server, scene)
            server.lag = HOUR if scene.behind else 0.0
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
        """Return a name that nobody else has."""
        return f"{scene.name}-{next(self._names)}"

    def build(self, server: Server, bucket: str, **settings: str) -> Application:
        """Build a connector of that bucket, one at a time: boto3's default session is not for threads."""
        with self._building:
            routes = self._folder / "routes.json"
            routes.write_text(shop.single(bucket, shop.ORDERS))
            return Application(config.settings(cloud.settings(server, routes, **settings)))

    def _file(self, name: str) -> Path:
        return self._folder / f"{name}.db"


@contextmanager
def site() -> Iterator[Site]:
    """Open a site, to which all AWS clients of this process lead until it closes."""
    with Aws() as aws, TemporaryDirectory(prefix="matrix-") as folder, pytest.MonkeyPatch.context() as environ:
        for name, value in cloud.access(aws.url).items():
            environ.setenv(name, value)
        opened = Site(aws.url, Path(folder))
        events = boto3._get_default_session().events  # the one whose clients the connector uses
        events.register("provide-client-params.sqs.ChangeMessageVisibility", opened.heard)
        spoken = logging.getLogger(logger.service)
        spoken.addHandler(opened.lines)
        stdout = logger.registered_handler.setStream(io.StringIO())  # which is for the tables
        yield opened
        spoken.removeHandler(opened.lines)
        logger.registered_handler.setStream(stdout)
        events.unregister("provide-client-params.sqs.ChangeMessageVisibility", opened.heard)


def _stock(server: Server, scene: Scene) -> None:
    client = crawler.connect(server)
    crawler.connection(client, shop.CONNECTION)
    columns = [f"c{place}" for place in range(scene.columns)]
    crawler.tables(client, dict.fromkeys(shop.ORDERS[: 1 if scene.half else 2], columns))
