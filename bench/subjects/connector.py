"""The connector: its handler is invoked as Lambda invokes it, in this process."""

import time
from typing import Any

import handler
from bench.subject import Action, serve
from connector import app
from local.aws.context import Context
from tests.support import notice

Place = tuple[str, str]


def prepare(
    places: list[Place], at_once: int = 0, seconds: float = 600, *, fresh: bool = False, partly: bool = False
) -> Action:
    """
    Invoke the handler with notifications of these places.

    Args:
        at_once: messages of SQS in an invocation; 0 is an event of S3 itself for each place.
        seconds: how long an invocation may take.
        fresh: begin with an empty cache, as after a start.
        partly: messages may be returned to the queue.
    """
    if fresh:
        app.restore()
    if at_once:
        parts = [places[first : first + at_once] for first in range(0, len(places), at_once)]
        events = [{"Records": [_message(*place) for place in part]} for part in parts]
    else:
        events = [notice.direct(notice.record(*place)) for place in places]

    def action() -> dict[str, Any]:
        answers = [handler.lambda_handler(event, Context(deadline=time.monotonic() + seconds)) for event in events]
        returned = sum(len(answer.get("batchItemFailures", ())) for answer in answers)
        if returned and not partly:
            handler.lambda_handler(notice.direct(*(notice.record(*place) for place in places)), Context())  # raises why
            raise RuntimeError(f"{returned} of {len(places)} messages were returned to the queue")
        return {"returned": returned}

    return action


def _message(bucket: str, key: str) -> dict[str, Any]:
    return notice.message(notice.body((bucket, key)), messageId=key)


if __name__ == "__main__":
    app.warm()
    serve(prepare)
