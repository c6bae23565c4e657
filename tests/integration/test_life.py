"""ARCHITECTURE.md describes the life of a notification by the called functions, in order."""

import inspect
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import handler
from local.aws.context import Context
from tests.integration.conftest import World
from tests.support.cloud import Queues

FILE = Path(__file__).parents[2] / "ARCHITECTURE.md"
STEP = re.compile(r"^\d+\. `([\w.]+)`", re.MULTILINE)


def steps() -> list[str]:
    """Return the function that each step names."""
    life = FILE.read_text(encoding="utf-8").partition("\n## The life of a notification\n")[2].partition("\n## ")[0]
    return STEP.findall(life)


def code(name: str) -> CodeType:
    """Find the code of a function, `module.function` or `module.Class.method`."""
    path = name.split(".")
    depth = next(depth for depth in range(len(path) - 1, 0, -1) if _is_module(".".join(path[:depth])))
    found: Any = import_module(".".join(path[:depth]))
    for part in path[depth:]:
        found = getattr(found, part)
    return inspect.unwrap(found).__code__


def _is_module(name: str) -> bool:
    try:
        import_module(name)
    except ModuleNotFoundError:
        return False
    return True


@contextmanager
def called() -> Iterator[list[CodeType]]:
    """Record the code that is called in this thread."""
    calls: list[CodeType] = []

    def note(frame: FrameType, event: str, _: Any) -> None:
        if event == "call":
            calls.append(frame.f_code)

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        yield calls
    finally:
        sys.setprofile(before)


def test_life(world: World, queues: Queues) -> None:
    """The notification of a new object calls the function of every step, in their order."""
    world.tables()
    world.put("exports/orders.csv")
    queues.send(world.body("exports/orders.csv"))
    event = queues.event()

    with called() as calls:
        answer = handler.lambda_handler(event, Context())

    assert answer == {"batchItemFailures": []}
    first = {name: calls.index(code(name)) for name in steps()}
    assert list(first) == sorted(first, key=lambda name: first[name])
    assert len(first) >= 15
