"""What people do to the bucket, and how S3 tells of it: some of it twice, all of it late and in random order."""

import json
import time
from collections.abc import Iterator, Sequence
from random import Random
from typing import Any

from tests.support.shop import BUCKET
from tests.workers.stage import Stage
from tests.workers.truth import TABLES

BACKLOG = 50
"""Messages that wait in the queue at which people pause."""

HELD = 12
"""Notifications that are held back, until others have overtaken them."""

DUPLICATES = 0.2
"""The share of notifications that are sent twice."""

PARTS = 4
"""How often the last but one of the tables has objects."""

Step = tuple[str, bytes | None]
"""A key, and what is put there; None deletes it."""


def history(random: Random, objects: int) -> list[Step]:
    """
    Tell what happens to so many objects: put, some overwritten, some deleted, a few of these put again.

    The last table loses all its objects. The one before loses all and has others again, some times over.
    """
    timed = [
        (time, key, body)
        for number in range(objects)
        for table, key in [_place(number)]
        for time, body in (_flicker if table == TABLES[-2] else _life)(random, number)
    ]
    return [(key, body) for _, key, body in sorted(timed, key=lambda step: step[0])]


def _place(number: int) -> tuple[str, str]:
    table = TABLES[number % len(TABLES)]
    name = f"{number:03} a+b \u00fc" if number % 10 == 0 else f"{number:03}"
    return table, f"exports/public/{table}/{name}.csv"


def _life(random: Random, number: int) -> Iterator[tuple[float, bytes | None]]:
    """Yield when, between 0 and 1, and what."""
    times = sorted(random.uniform(0, 1) for _ in range(4))
    lost = TABLES[number % len(TABLES)] == TABLES[-1]
    yield times[0], _body(number, 1)
    if random.random() < 0.15:
        yield times[1], _body(number, 2)
    if lost or random.random() < 0.15:
        yield times[2], None
        if not lost and random.random() < 0.3:
            yield times[3], _body(number, 3)


def _flicker(random: Random, number: int) -> Iterator[tuple[float, bytes | None]]:
    """Yield the same for an object that is there for one part of the time; those of the last part stay."""
    part = number // len(TABLES) % PARTS
    yield (part + random.uniform(0, 0.2)) / PARTS, _body(number, 1)
    if part + 1 < PARTS:
        yield (part + random.uniform(0.5, 0.7)) / PARTS, None


def _body(number: int, version: int) -> bytes:
    return b"id,total,placed_at\n" + f"{number},{version},2026-11-26\n".encode() * version


class Traffic:
    """Plays *steps*, and carries S3's notifications to the queue."""

    def __init__(self, stage: Stage, steps: Sequence[Step], random: Random) -> None:
        self._stage, self._steps, self._random = stage, steps, random
        self._played = self._heard = 0
        self._latest = time.monotonic()
        self._bag: list[str] = []
        self.sent = self.duplicates = 0

    @property
    def share(self) -> float:
        """Tell how much of all has happened, from 0 to 1."""
        return self._played / len(self._steps)

    @property
    def over(self) -> bool:
        """Tell whether all has happened, and all of it was told."""
        return self._played == self._heard == len(self._steps) and not self._bag

    def step(self, pause: float) -> None:
        """Let the next thing happen, *pause* seconds after the latest if the queue is not full; carry what was told."""
        due = self._played < len(self._steps) and time.monotonic() > self._latest + pause
        if due and self._stage.waiting()[0] < BACKLOG:
            self._play(*self._steps[self._played])
            self._played += 1
        self._carry()

    def _play(self, key: str, body: bytes | None) -> None:
        self._latest = time.monotonic()
        if body is None:
            self._stage.s3.delete_object(Bucket=BUCKET, Key=key)
        else:
            self._stage.s3.put_object(Bucket=BUCKET, Key=key, Body=body)

    def _carry(self) -> None:
        for body in self._stage.told():
            self._heard += "Records" in json.loads(body)  # or else it is the test event, with which S3 begins
            twice = self._random.random() < DUPLICATES
            self.duplicates += twice
            self._bag += [body] * (1 + twice)
        self._random.shuffle(self._bag)
        keep = 0 if self._heard == len(self._steps) else HELD
        while len(self._bag) > keep:
            self._stage.send(self._bag.pop())
            self.sent += 1


def listing(s3: Any) -> list[dict[str, Any]]:
    """List what the bucket holds."""
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET)
    return [entry for page in pages for entry in page.get("Contents", ())]
