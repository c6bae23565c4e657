"""
Lambda in real processes: a warm parent imports the handler once, and forks workers that poll the queue.

`crew` runs it, as `python -m tests.workers.worker COUNT SECONDS`: COUNT workers at a time, whose invocations last
SECONDS at most. The parent has no threads, so forking is safe. A pid on stdin is a worker to kill; when stdin ends, all
are killed. On stdout is what happens, a line each:

    born PID              a worker begins
    took PID RECEIPT N    it received a message, for the Nth time, and is about to call the handler
    asks PID NAME         its handler is about to ask for the lease under this name
    done PID              the handler returned, and the messages that it finished are deleted
    gone PID STATUS       the worker ended, by the signal -STATUS
"""

import os
import select
import signal
import sys
import time
from contextlib import redirect_stdout
from multiprocessing import get_context
from multiprocessing.context import ForkProcess
from typing import Any

import boto3

from local.aws import batch
from local.aws.context import Context


def main(count: int, seconds: float) -> None:
    """Keep *count* workers alive, each warm when it is born, as SnapStart has it."""
    import connector.app

    connector.app.warm()
    workers: dict[int, ForkProcess] = {}
    try:
        while _obey(workers):
            for pid in [pid for pid, worker in workers.items() if worker.exitcode is not None]:
                _say("gone", pid, workers.pop(pid).exitcode)
            while len(workers) < count:
                worker = get_context("fork").Process(target=work, args=(seconds,))
                worker.start()
                workers[worker.pid or 0] = worker
                _say("born", worker.pid)
    finally:
        for worker in workers.values():
            worker.kill()


def work(seconds: float) -> None:
    """Do what Lambda does with a queue, in a process of its own, until it is killed or its parent is gone."""
    import connector.app

    parent = os.getppid()
    session = boto3.Session()
    boto3.DEFAULT_SESSION = session
    session.events.register("provide-client-params.dynamodb.PutItem", _asks)
    connector.app.restore()
    sqs, queue = session.client("sqs"), os.environ["QUEUE_URL"]
    while os.getppid() == parent:
        records = batch.event(batch.receive(sqs, queue), queue)["Records"]
        if records:
            for record in _invoke(records, seconds):
                sqs.delete_message(QueueUrl=queue, ReceiptHandle=record["receiptHandle"])
            _say("done", os.getpid())


def _invoke(records: list[dict[str, Any]], seconds: float) -> list[dict[str, Any]]:
    """Call the handler, and return what it has finished. After *seconds* the alarm, which nobody handles, kills us."""
    import handler

    for record in records:
        _say("took", os.getpid(), record["receiptHandle"], record["attributes"]["ApproximateReceiveCount"])
    signal.setitimer(signal.ITIMER_REAL, seconds)
    answer = handler.lambda_handler({"Records": records}, Context(deadline=time.monotonic() + seconds))
    signal.setitimer(signal.ITIMER_REAL, 0)
    again = batch.failures(answer, {record["messageId"] for record in records})
    return [record for record in records if record["messageId"] not in again]


def _obey(workers: dict[int, ForkProcess]) -> bool:
    """Kill whom stdin names; False when it has ended."""
    if not select.select([0], [], [], 0.05)[0]:
        return True
    orders = os.read(0, select.PIPE_BUF).split()
    for pid in map(int, orders):
        if pid in workers:
            workers[pid].kill()
    return bool(orders)


def _asks(params: dict[str, Any], **_: object) -> None:
    _say("asks", os.getpid(), params["Item"]["holder"]["S"])


def _say(*words: object) -> None:
    """Write a line in one piece, which other writers of the same pipe do not divide."""
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


if __name__ == "__main__":
    with redirect_stdout(sys.stderr):  # the handler's log and metrics
        main(int(sys.argv[1]), float(sys.argv[2]))
