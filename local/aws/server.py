"""
AWS services in one process, by moto: S3, SQS, DynamoDB and Secrets Manager over HTTP.

Used by `python -m local` and by the integration tests. moto keeps one state per process: servers that run at the same
time share their buckets, and the last one to stop deletes everything.
"""

import json
import socket
from dataclasses import dataclass
from threading import Thread
from typing import Any, ClassVar, Self

from moto.core.base_backend import BackendDict
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

from local.aws.client import connect
from local.aws.faults import Faults
from local.aws.identity import Identity
from local.aws.notices import Notices
from local.aws.switch import Switch

EVENTS = (
    "s3:ObjectCreated:*",
    "s3:ObjectRemoved:*",
    "s3:LifecycleExpiration:*",
    "s3:LifecycleTransition",
    "s3:ObjectRestore:Completed",
    "s3:ObjectRestore:Delete",
)
"""As in template.yaml."""
MAX_RECEIVES = 1000
"""As in template.yaml: only a last limit, since the connector moves messages to the dead-letter queue itself."""

POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "s3.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": "*",
            "Condition": {"ArnLike": {"aws:SourceArn": "arn:*:s3:::*"}},
        }
    ],
}
"""Lets S3 send to a queue; moto does not ask for it, and AWS does."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket, and the URLs of its notification queue and its dead-letter queue."""

    name: str
    queue: str
    dead: str


class Aws:
    """
    moto's server in a thread; it listens from `start` to `stop`. `faults` makes it fail; see `local.aws.faults`.

    Raises:
        OSError: the port is in use (raised by the constructor).
    """

    _running: ClassVar[set[Self]] = set()

    def __init__(self, host: str = "127.0.0.1", port: int = 0) -> None:
        self._notices = Notices(Identity(Switch(DomainDispatcherApplication(create_backend_app))))
        self.faults = Faults(self._notices)
        # werkzeug ends the process if a port is in use, so it gets a socket that already listens.
        with socket.create_server((host, port)) as listening:
            self._server = make_server(
                host, port, self.faults, threaded=True, request_handler=_Quiet, fd=listening.fileno()
            )
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self.url = f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{self._server.port}"

    def start(self) -> Self:
        """Start serving."""
        self._running.add(self)
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop serving and, if no other server runs, delete every bucket and queue."""
        self.faults.stop()
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

    def bucket(self, name: str, *, versioned: bool = False, receives: int = MAX_RECEIVES) -> Bucket:
        """Create a bucket with its own notification queue."""
        self.create(name, versioned=versioned)
        return self.subscribe(name, receives)

    def create(self, name: str, *, versioned: bool = False) -> None:
        """Create a bucket without notifications."""
        s3 = connect("s3", self.url)
        s3.create_bucket(Bucket=name)
        if versioned:
            s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})

    def subscribe(self, name: str, receives: int = MAX_RECEIVES) -> Bucket:
        """Send a bucket's notifications to a new queue, which dead-letters a message after *receives* receives."""
        bucket = self.queue(name, receives)
        self.notify(name, bucket.queue)
        return bucket

    def queue(self, name: str, receives: int = MAX_RECEIVES) -> Bucket:
        """Create the queues of a bucket, to which nothing is sent yet."""
        sqs = connect("sqs", self.url)
        dead = sqs.create_queue(QueueName=f"{name}-dead")["QueueUrl"]
        policy = {"deadLetterTargetArn": _arn(sqs, dead), "maxReceiveCount": receives}
        attributes = {"RedrivePolicy": json.dumps(policy), "Policy": json.dumps(POLICY), "VisibilityTimeout": "60"}
        queue = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
        return Bucket(name, queue, dead)

    def notify(self, bucket: str, queue: str) -> None:
        """Send a bucket's notifications to the queue of this URL."""
        arn = _arn(connect("sqs", self.url), queue)
        connect("s3", self.url).put_bucket_notification_configuration(
            Bucket=bucket,
            NotificationConfiguration={"QueueConfigurations": [{"QueueArn": arn, "Events": list(EVENTS)}]},
        )

    def expire(self, bucket: str, key: str) -> None:
        """
        Expire an object as a lifecycle rule does, with its notification.

        Raises:
            LookupError: the bucket has no such object.
        """
        self._notices.expire(bucket, key)


class _Quiet(MotoRequestHandler):
    """Serves without a line per request."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Log nothing."""


def _arn(sqs: Any, queue: str) -> str:
    arn: str = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    return arn
