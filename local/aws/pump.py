"""Replaces Lambda's poller: receives from a queue and invokes the handler. Used by `serve`, `demo` and the tests."""

import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Event, Thread
from typing import Any, Self

from local.aws.batch import event, failures, receive
from local.aws.client import connect
from local.aws.delivery import Delivery, deliver_in


def drain(sqs: Any, queue_url: str, seconds: float = 30) -> None:
    """
    Wait until a queue is empty and none of its messages is in flight.

    Raises:
        TimeoutError: messages are left after *seconds*; the error has their number.
    """
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    deadline = time.monotonic() + seconds
    while True:
        counts = sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=names)["Attributes"]
        waiting, in_flight = (int(counts[name]) for name in names)
        if not waiting and not in_flight:
            return
        if time.monotonic() > deadline:
            raise TimeoutError(f"{waiting} messages waiting and {in_flight} in flight after {seconds:g} s")
        time.sleep(0.02)


class Pump:
    """
    Passes a queue's messages to a handler in batches, as an SQS event source with ReportBatchItemFailures does.

    Messages that succeeded are deleted; those in `batchItemFailures` return after their visibility timeout, which the
    handler may have changed. If the handler raises, or its response is not valid, nothing is deleted, and the whole
    batch is retried after *retry_seconds*. *observe* is called after each invocation, before the deletion.
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
        self._failure: str | None = None
        self._thread = Thread(target=self._run, daemon=True)

    def start(self) -> Self:
        """Start receiving."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Finish the current batch, and stop receiving; it takes up to a second."""
        self._stopping.set()
        self._thread.join()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def drain(self, seconds: float = 30) -> None:
        """
        Wait until the queue is empty and none of its messages is in flight.

        Raises:
            TimeoutError: messages are left after *seconds*; the error has their number and the last failure.
        """
        try:
            drain(self._sqs, self._queue, seconds)
        except TimeoutError as error:
            if self._failure is None:
                raise
            raise TimeoutError(f"{error}; the last failure: {self._failure}") from error

    def _run(self) -> None:
        with ThreadPoolExecutor(1) as pool:
            while not self._stopping.is_set():
                if messages := receive(self._sqs, self._queue):
                    delivery = deliver_in(pool, self._handle, event(messages, self._queue))
                    self._finish({message["MessageId"]: message["ReceiptHandle"] for message in messages}, delivery)

    def _finish(self, receipts: Mapping[str, str], delivery: Delivery) -> None:
        """Delete the messages that succeeded; *receipts* has the receipt handles of the batch by message id."""
        failed = set(receipts)
        if delivery.error is None:
            try:
                failed = failures(delivery.result, receipts)
            except ValueError as error:
                delivery = replace(delivery, error=error)
        if failed:
            reason = repr(delivery.error) if delivery.error else f"{len(failed)} of {len(receipts)} messages"
            self._failure = reason
        self._observe(delivery)
        for name, receipt in receipts.items():
            if name not in failed:
                self._sqs.delete_message(QueueUrl=self._queue, ReceiptHandle=receipt)
            elif delivery.error:
                self._sqs.change_message_visibility(
                    QueueUrl=self._queue, ReceiptHandle=receipt, VisibilityTimeout=self._retry_seconds
                )
