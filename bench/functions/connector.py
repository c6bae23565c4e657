"""The connector, with what SnapStart's hook before the snapshot does at init; it also takes the orders of `cold`."""

import time
from typing import Any

import handler
from connector import app

app.warm()
STARTED = time.process_time()


def lambda_handler(event: Any, context: Any) -> Any:
    """Handle an event; or say what CPU the start took, or restore a snapshot, as SnapStart does."""
    if event == "started":
        return STARTED
    if event == "restore":
        return app.restore()
    return handler.lambda_handler(event, context)
