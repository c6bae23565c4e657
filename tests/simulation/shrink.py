"""Makes a history that breaks a promise short, by leaving out what it can do without."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final, TypeVar

from tests.simulation.history import History
from tests.simulation.process import Build
from tests.simulation.world import play
from tests.support.catalog import BrokenError

SECONDS: Final = 20.0
"""How long shrinking may take."""

_Part = TypeVar("_Part")


def broken(history: History, build: Build) -> str:
    """Return what breaks, "" if nothing does."""
    try:
        play(history, build)
    except BrokenError as error:
        return str(error)
    return ""


def shrunk(history: History, build: Build, seconds: float = SECONDS) -> History:
    """Leave out operations, deliveries, faults and the rest, in parts and then one by one, while something breaks."""
    end = time.monotonic() + seconds
    smaller: History | None = history
    while smaller is not None:
        history = smaller
        smaller = next((one for one in _smaller(history) if time.monotonic() < end and broken(one, build)), None)
    return history


def told(history: History, build: Build) -> str:
    """Return a history as a person reads it: what happened when, and what broke."""
    lines: list[str] = []
    try:
        play(history, build, lines.append)
    except BrokenError as error:
        lines.append(str(error))
    return "\n".join(lines)


def _smaller(history: History) -> Iterator[History]:
    for ops in _without_parts(history.ops):
        if ops:
            yield replace(history, ops=ops)
    for faults in _without_parts(tuple(history.faults.items())):
        yield replace(history, faults=dict(faults))
    for windows in _without_parts(history.windows):
        yield replace(history, windows=windows)
    for flag in ("long", "wide", "crawled", "swept"):
        if getattr(history, flag):
            yield replace(history, **{flag: False})
    for index, op in enumerate(history.ops):
        for deliveries in _without_parts(op.deliveries):
            if deliveries:
                yield replace(
                    history, ops=(*history.ops[:index], replace(op, deliveries=deliveries), *history.ops[index + 1 :])
                )


def _without_parts(parts: Sequence[_Part]) -> Iterator[tuple[_Part, ...]]:
    """Yield what is left without the first half, the second, the quarters, and so on to each single one."""
    size = len(parts)
    while size:
        size = size // 2 if size > 1 else 0
        for start in range(0, len(parts), size or 1) if size else ():
            yield (*parts[:start], *parts[start + size :])
    if len(parts) == 1:
        yield ()
