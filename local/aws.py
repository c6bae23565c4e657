"""
An AWS of one process, on moto: S3 and SQS over HTTP, and the pump that stands for Lambda's polling of a queue.

Used by `python -m local` and by the integration tests. moto keeps one state per process: servers that run at the same
time share their buckets, and the last one to stop leaves nothing behind.
"""

import json
import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Event, Thread
from typing import Any, ClassVar, Self

import boto3
from botocore.config import Config
from moto.core.base_backend import BackendDict
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

from local.notices import Notices

REGION = "us-east-1"
EVENTS = ("s3:ObjectCreated:*", "s3:ObjectRemoved:*", "s3:LifecycleExpiration:*")


def connect(service: str, endpoint: str) -> Any:
    """Make a boto3 client ("s3", "sqs") of the AWS at *endpoint*, whatever account the environment speaks of."""
    return boto3.client(  # type: ignore[call-overload]
        service,
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id="local",
        aws_secret_access_key="local",
        config=Config(proxies={}, s3={"addressing_style": "path"}),
    )


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket and the URLs of the queues that its notifications reach."""

    name: str
    queue: str
    dead: str


class Aws:
    """
    moto's server in a thread; it listens from `start` to `stop`.

    Raises:
        OSError: the port is taken, when made.
    """

    _running: ClassVar[set[Self]] = set()

    def __init__(self, host: str = "127.0.0.1", port: int = 0) -> None:
        self._notices = Notices(DomainDispatcherApplication(create_backend_app))
        # werkzeug ends the process when a port is taken, so it is given a socket that listens already.
        with socket.create_server((host, port)) as listening:
            self._server = make_server(
                host, port, self._notices, threaded=True, request_handler=_Quiet, fd=listening.fileno()
            )
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self.url = f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{self._server.port}"

    def start(self) -> Self:
        """Begin to answer."""
        self._running.add(self)
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop answering and, if no other runs, forget every bucket and queue."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._running.discard(self)
        if not self._running:
            BackendDict.reset()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def bucket(self, name: str, *, versioned: bool = False) -> Bucket:
        """Make a bucket whose notifications reach a queue of its own."""
        self.create(name, versioned=versioned)
        return self.subscribe(name)

    def create(self, name: str, *, versioned: bool = False) -> None:
        """Make a bucket that tells nobody."""
        s3 = connect("s3", self.url)
        s3.create_bucket(Bucket=name)
        if versioned:
            s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})

    def subscribe(self, name: str) -> Bucket:
        """Let a bucket's notifications flow to a new queue, which gives up on a message after three receipts."""
        sqs = connect("sqs", self.url)
        dead = sqs.create_queue(QueueName=f"{name}-dead")["QueueUrl"]
        policy = {"deadLetterTargetArn": _arn(sqs, dead), "maxReceiveCount": 3}
        queue = sqs.create_queue(
            QueueName=name, Attributes={"RedrivePolicy": json.dumps(policy), "VisibilityTimeout": "60"}
        )["QueueUrl"]
        connect("s3", self.url).put_bucket_notification_configuration(
            Bucket=name,
            NotificationConfiguration={"QueueConfigurations": [{"QueueArn": _arn(sqs, queue), "Events": list(EVENTS)}]},
        )
        return Bucket(name, queue, dead)

    def expire(self, bucket: str, key: str) -> None:
        """
        Expire an object as a lifecycle rule would, with a notification of its own kind.

        Raises:
            LookupError: the bucket holds no such object.
        """
        self._notices.expire(bucket, key)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One notification that was handed over, and what came of it: a result, or the error that was raised."""

    event: dict[str, Any]
    result: Any
    error: BaseException | None
    duration_ms: float


def deliver(handle: Callable[[dict[str, Any]], Any], event: dict[str, Any]) -> Delivery:
    """Hand over one notification as Lambda's runtime does: whatever is raised ends the delivery, not the caller."""
    with ThreadPoolExecutor(1) as pool:
        return _deliver(pool, handle, event)


def drain(sqs: Any, queue_url: str, seconds: float = 30) -> None:
    """
    Wait until someone has emptied a queue, and has nothing of it in flight.

    Raises:
        TimeoutError: messages are left after *seconds*; it says how many.
    """
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    deadline = time.monotonic() + seconds
    while True:
        counts = sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=names)["Attributes"]
        waiting, flying = (int(counts[name]) for name in names)
        if not waiting and not flying:
            return
        if time.monotonic() > deadline:
            raise TimeoutError(f"{waiting} waiting and {flying} in flight after {seconds:g} s")
        time.sleep(0.02)


class Pump:
    """
    Feeds a queue's messages to a handler, one at a time, as an SQS event source would.

    A message whose handling returns is deleted; one whose handling raises comes back after *retry_seconds*, until the
    queue's redrive policy takes it away. *observe* is called after each delivery.
    """

    def __init__(
        self,
        queue_url: str,
        endpoint: str,
        handle: Callable[[dict[str, Any]], Any],
        observe: Callable[[Delivery], None] = lambda _: None,
        retry_seconds: int = 1,
    ) -> None:
        self._queue = queue_url
        self._sqs = connect("sqs", endpoint)
        self._handle, self._observe, self._retry_seconds = handle, observe, retry_seconds
        self._stopping = Event()
        self._failure: Delivery | None = None
        self._thread = Thread(target=self._run, daemon=True)

    def start(self) -> Self:
        """Begin to receive."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Finish the message in hand, and receive no more; takes up to a second."""
        self._stopping.set()
        self._thread.join()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def drain(self, seconds: float = 30) -> None:
        """
        Wait until the queue is empty and nothing is in flight.

        Raises:
            TimeoutError: messages are left after *seconds*; it says how many, and why the last failure was one.
        """
        try:
            drain(self._sqs, self._queue, seconds)
        except TimeoutError as error:
            if self._failure is None:
                raise
            raise TimeoutError(f"{error}; the last failure: {self._failure.error!r}") from self._failure.error

    def _run(self) -> None:
        with ThreadPoolExecutor(1) as pool:
            while not self._stopping.is_set():
                answer = self._sqs.receive_message(QueueUrl=self._queue, WaitTimeSeconds=1)
                for message in answer.get("Messages", []):
                    self._settle(message["ReceiptHandle"], _deliver(pool, self._handle, json.loads(message["Body"])))

    def _settle(self, receipt: str, delivery: Delivery) -> None:
        self._observe(delivery)
        if delivery.error is None:
            self._sqs.delete_message(QueueUrl=self._queue, ReceiptHandle=receipt)
            return
        self._failure = delivery
        self._sqs.change_message_visibility(
            QueueUrl=self._queue, ReceiptHandle=receipt, VisibilityTimeout=self._retry_seconds
        )


class _Quiet(MotoRequestHandler):
    """Serves without a line per request."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


def _deliver(pool: ThreadPoolExecutor, handle: Callable[[dict[str, Any]], Any], event: dict[str, Any]) -> Delivery:
    started = time.perf_counter()
    future = pool.submit(handle, event)
    error = future.exception()
    duration_ms = (time.perf_counter() - started) * 1000
    return Delivery(event, None if error else future.result(), error, duration_ms)


def _arn(sqs: Any, queue: str) -> str:
    arn: str = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    return arn
