"""What stands for Lambda's polling of a queue: `Pump` feeds its messages to a handler. Used by `serve` and `demo`."""

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Thread
from typing import Any, Self

from local.aws.client import connect
from local.aws.delivery import Delivery, hand_over


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
                    self._settle(message["ReceiptHandle"], hand_over(pool, self._handle, json.loads(message["Body"])))

    def _settle(self, receipt: str, delivery: Delivery) -> None:
        self._observe(delivery)
        if delivery.error is None:
            self._sqs.delete_message(QueueUrl=self._queue, ReceiptHandle=receipt)
            return
        self._failure = delivery
        self._sqs.change_message_visibility(
            QueueUrl=self._queue, ReceiptHandle=receipt, VisibilityTimeout=self._retry_seconds
        )
