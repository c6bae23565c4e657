"""
Builds the connector from its parts, once per process.

Called by `handler`. Nothing is built at import, so that a wrong setting is an error of the invocation, with its message
in the log. SnapStart's snapshot contains the imported modules; the connector is built after it.
"""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from io import StringIO
from math import inf
from pathlib import Path
from typing import Any

from dotenv import load_dotenv
from snapshot_restore_py import register_after_restore, register_before_snapshot

from connector import config, log
from connector.adapters.atlan import rights
from connector.adapters.atlan.client import connect
from connector.adapters.atlan.connections import USE, Connections
from connector.adapters.atlan.rights import Rights
from connector.adapters.dynamodb import Table
from connector.adapters.s3 import S3
from connector.adapters.secret import Secret
from connector.adapters.site import Site
from connector.adapters.sqs import Queues
from connector.adapters.system import Clock, token
from connector.check import Checker, Places
from connector.config import Settings
from connector.core.asset import Name
from connector.core.budget import Deadline
from connector.core.diagnosis import Diagnosis
from connector.core.envelope import Message
from connector.core.explanation import Explained
from connector.core.inspection import EVENT
from connector.core.names import Namespace
from connector.core.order import Drifted
from connector.core.stream import batches
from connector.credentials import Key
from connector.delivery import Delivery
from connector.errors import ConfigurationError
from connector.explain import Explainer
from connector.foreign import Foreign
from connector.inline import INVOCATION_MS, Inline, Progress
from connector.lease import InProcess, Lease
from connector.limiter import Limiter
from connector.log import Journal
from connector.runner import Runner
from connector.slices import Slices
from connector.sweep import KEYS, Sweep
from connector.sync import Sync


class Application:
    """The connector, built from *settings*."""

    def __init__(self, settings: Settings) -> None:
        self._clock = Clock()
        self._limiter = Limiter(settings.rate, self._clock)
        self._key = key = Key(settings, self._limiter)
        items = Table(settings.lease_table) if settings.lease_table else InProcess()
        journal = Journal()
        lease = Lease(items, self._limiter, self._clock, token, journal)
        routes = settings.routes
        self.routes, self.buckets = routes, sorted({route.bucket for route in routes.routes})
        self.rate, self._started = settings.rate, self._clock()
        self._store = store = S3()
        space = Namespace(routes.connection, settings.deployment, store.partition)
        self._sync = sync = Sync(routes, space, (store, key.atlan, lease), self._clock)
        self.foreign = Foreign(routes, space, (key.atlan, key.atlan))
        sweep = Sweep(routes, space, (store, key.atlan, key.atlan))
        self.runner = Runner(sweep, self._clock, lambda: self._limiter.begin(Deadline(inf)))
        seen = items if settings.lease_table else None
        self._explainer = Explainer(routes, space, (store, key.atlan, key.atlan, seen), sync, self._clock)
        self._queue = queue = Queues(settings.queue_url, settings.dead_letter_queue_url) if settings.queue_url else None
        self._places = Places(settings.lease_table, settings.queue_url, settings.dead_letter_queue_url)
        self._inline = Inline(self._clock)
        slices = Slices(sync, sweep, routes, lease, journal, queue)
        self._delivery = Delivery(slices, key, journal, queue, self._clock)
        self._direct = Delivery(sync, key, journal, self._inline, self._clock)

    def explain(self, bucket: str, key: str) -> Explained:
        """Read all that explains one object; nothing is written."""
        self._begin(INVOCATION_MS)
        return self._explainer.explain(bucket, key)

    def check(self, remaining_ms: int = INVOCATION_MS) -> list[Diagnosis]:
        """Check what surrounds the connector within *remaining_ms* milliseconds, and write nothing."""
        self._begin(remaining_ms)
        ports = (self._store, self._key.atlan, Rights(self._key.client(rights.USE)), Site())
        return Checker(self.routes, ports, self._places).check()

    @property
    def pace(self) -> float:
        """Return how many requests a minute were sent to Atlan until now."""
        return self._limiter.sent * 60 / max(1.0, self._clock() - self._started)

    def direct(self, event: object, remaining_ms: int) -> dict[str, Any]:
        """
        Apply a direct event (not from SQS), and return the outcome of each record.

        Args:
            event: an S3 notification, however it is wrapped, an order to sweep, or `EVENT` of a check.
            remaining_ms: milliseconds until the invocation ends.

        Raises:
            FailedError: a record could not be applied; all others were.
        """
        if event == EVENT:
            return {"check": [one.document() for one in self.check(remaining_ms)]}
        return self._delivery.direct(event, self._begin(remaining_ms))

    def batch(self, messages: Sequence[Message], remaining_ms: int) -> dict[str, Any]:
        """Apply a batch of SQS messages within *remaining_ms* milliseconds, and return those to retry."""
        return self._delivery.batch(messages, self._begin(remaining_ms, len(messages)))

    def apply(self, hints: Iterable[Drifted], tell: Callable[[Progress], None]) -> Progress:
        """
        Apply hints in this process, as messages of a queue are applied, and *tell* after each batch.

        Raises:
            UnavailableError: nothing was done for a quarter of an hour.
            ConnectorError: the hints could not be read on.
        """
        return self._inline.run(
            hints, lambda batch: self._direct.batch(batch, self._begin(INVOCATION_MS, len(batch))), tell
        )

    def send(self, hints: Iterable[Drifted]) -> int:
        """
        Send hints to the queue, and return their number.

        Raises:
            ConfigurationError: there is no QUEUE_URL.
            ConnectorError: the hints could not be read on, or SQS does not take them; sweep again.
        """
        if self._queue is None:
            raise ConfigurationError(
                "the environment",
                ["QUEUE_URL is not set; set it to the queue of the function, which applies the hints"],
            )
        sent = 0
        for batch in batches(iter(hints), KEYS):
            self._queue.send([hint.body() for hint in batch])
            sent += len(batch)
        return sent

    def adopt(self, processes: Sequence[Name]) -> int:
        """
        Retire lineage of others, and return how many processes it was, column processes included.

        Raises:
            ConnectorError: not all of it could be retired; the next call goes on.
        """
        return len(self._sync.adopt(processes, self._begin(INVOCATION_MS)).retired)

    def _begin(self, remaining_ms: int, messages: int = 0) -> Deadline:
        self._clock.set()
        deadline = Deadline.after(remaining_ms, self._clock(), messages)
        self._limiter.begin(deadline)
        return deadline


@cache
def application() -> Application:
    """
    Build the connector from the environment; a `.env` file in the working directory adds to it.

    Raises:
        ConfigurationError: a setting, the `.env` file or the routes file is wrong.
        UnavailableError: the secret cannot be read, or contains no key.
    """
    return build()


def build(routes: Path | None = None) -> Application:
    """
    Do the same with another routes file than ROUTES names; see `application`.

    Raises:
        ConfigurationError: a setting, the `.env` file or the routes file is wrong.
        UnavailableError: the secret cannot be read, or contains no key.
    """
    return Application(config.settings(environment(routes)))


def connections(environ: Mapping[str, str]) -> Connections:
    """
    Build the access to Atlan's connections, which needs neither a routes file nor the name of a deployment.

    Raises:
        ConfigurationError: a setting is wrong.
        UnavailableError: the secret cannot be read, or contains no key.
    """
    access, clock = config.access(environ), Clock()
    key = Secret(access.atlan_api_key_secret).read() if access.atlan_api_key_secret else access.atlan_api_key
    log.hide(key)
    return Connections(connect(access.atlan_base_url, key, Limiter(access.rate, clock), USE), clock)


def environment(routes: Path | None = None) -> Mapping[str, str]:
    """
    Return the environment; a `.env` file in the working directory adds to it, and *routes* replaces ROUTES.

    Raises:
        ConfigurationError: the `.env` file cannot be read.
    """
    load_dotenv(stream=StringIO(config.dotenv(Path(".env"))))
    return os.environ if routes is None else {**os.environ, "ROUTES": str(routes)}


def warm() -> None:
    """
    Check the settings and the routes file, which the version has for ever, before Lambda takes its snapshot.

    A client is built and dropped, so that the snapshot contains the modules that the first client loads, and no key.

    Raises:
        ConfigurationError: a setting or the routes file is wrong; so the version is not published.

    Source:
        Lambda Developer Guide, "Understanding the Lambda execution environment lifecycle": hooks before the snapshot
        are a part of init, which happens when a version is published.
    """
    config.settings(environment())
    connect("https://snapshot.atlan.com", "none", Limiter(1, Clock()))


def restore() -> None:
    """
    Let the first invocation build the connector: no socket, key or identity is restored from a snapshot.

    It is not built here, since that reads the secret, and Secrets Manager may take longer than this hook may. An
    invocation has minutes; if it fails, its messages are received again, and the next one reads the secret.

    Source:
        Lambda Developer Guide, "Troubleshooting SnapStart errors": a hook after the restore that takes longer than ten
        seconds fails the invocation with SnapStartTimeoutException.
    """
    application.cache_clear()


register_before_snapshot(warm)
register_after_restore(restore)
