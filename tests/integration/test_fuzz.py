"""Whatever comes, in whatever wrapping, ends by name, and writes for no bucket but the one that a route names."""

import json
import logging
import os
import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from typing import Any, Final

import pytest

import handler
from connector.core import envelope
from connector.errors import FailedError, PermanentlyFailedError
from connector.log import logger
from local.aws.context import Context
from local.aws.delivery import Delivery, deliver
from tests.integration.conftest import S3, World
from tests.integration.fuzz import ODD_KEYS, Envelope, Scene, draw
from tests.support.cloud import Queues
from tests.support.shop import POSTGRES, SNOWFLAKE

SOAK: Final = bool(os.environ.get("SOAK"))
ENVELOPES: Final = 20_000 if SOAK else 2_000
GROUP: Final = 12
"""Numbers that are drawn together: the messages among them are a batch of SQS, which has ten at most."""

_TABLE: Final = (Path(__file__).parents[2] / "ARCHITECTURE.md").read_text(encoding="utf-8").partition("\n## Errors")[2]
ENDS: Final = {
    "applied": {"", "incomplete", "coalesced"},
    "ignored": {"unknown_bucket", "no_route", "excluded", "folder_marker", "irrelevant_event"},
    "acknowledged": {"test_event"},
    "failed": set(re.findall(r"^\| `(\w+)` \|", _TABLE.partition("\n## ")[0], re.MULTILINE)),
}
SEEN: Final = {
    *((outcome, reason) for outcome in ("applied", "ignored", "acknowledged") for reason in ENDS[outcome]),
    *(("failed", reason) for reason in ("malformed_event", "undecodable_key", "looped", "late", "refused")),
    *(("message", outcome) for outcome in ("done", "retried", "dead-lettered")),
    *(("event", end) for end in ("answered", "raised")),
}
"""What has to come up, or the envelopes are not what they should be."""

_UNSENDABLE: Final = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Source: SQS API, SendMessage: what neither a body nor an attribute may have, though moto lets it pass."""


class Late(Context):
    """The context of an invocation that has no time to begin anything."""

    def get_remaining_time_in_millis(self) -> int:
        return 4_000


class Lines(logging.Handler):
    """Keeps the closing lines, as they would be written: in UTF-8."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(logger.registered_formatter)
        self.said: list[dict[str, Any]] = []

    def emit(self, record: logging.LogRecord) -> None:
        line = json.loads(self.format(record).encode())
        if "outcome" in line:
            self.said.append(line)


@dataclass(repr=False)
class Trial:
    """Plays envelopes, and lists what is wrong with how they end."""

    world: World
    queues: Queues
    lines: Lines
    scene: Scene
    tally: Counter[tuple[str, str]] = field(default_factory=Counter)

    def faults(self, seeds: Sequence[int], without: Collection[int] = ()) -> list[str]:
        """Play the envelopes of these numbers: a batch of the messages, then the other events one by one."""
        late = seeds[0] // GROUP % 12 == 0
        drawn = [draw(seed, self.scene, without) for seed in seeds]
        queued, direct = ([one for one in drawn if one.queued == side] for side in (True, False))
        batches = [queued[start : start + 10] for start in range(0, len(queued), 10)]
        found = [fault for batch in batches for fault in self._batch(batch, late)]
        return found + [fault for one in direct for fault in self._direct(one, late)]

    def smallest(self, seeds: Sequence[int], faults: Sequence[str]) -> str:
        """Say which envelope is at fault alone, with as few of its mutations as make it so."""
        for seed in seeds:
            without: set[int] = set()
            here = self.faults([seed])
            for mutation in range(draw(seed, self.scene).mutations if here else 0):
                fewer = self.faults([seed], without | {mutation})
                without, here = (without | {mutation}, fewer) if fewer else (without, here)
            if here:
                left = draw(seed, self.scene, without)
                return (
                    f"envelope {seed} without mutations {sorted(without)}: {here}\n{left.record} {left.text[:2000]!r}"
                )
        return f"envelopes {seeds[0]} to {seeds[-1]}, only together: {list(faults)}"

    def _direct(self, one: Envelope, late: bool) -> Iterator[str]:
        event = json.loads(one.text)
        delivery = self._deliver(event, late)
        yield from self._common(delivery, one.text)
        if envelope.messages(event):  # a mutation made it look like an event of SQS
            yield from self._settled(event, delivery, late)
        else:
            yield from self._ended(delivery, late)

    def _batch(self, batch: Sequence[Envelope], late: bool) -> Iterator[str]:
        event, receipts = self._received(batch)
        delivery = self._deliver(event, late)
        yield from self._common(delivery, json.dumps(event))
        yield from self._settled(event, delivery, late)
        self._clear(self.queues.url, receipts)

    def _received(self, batch: Sequence[Envelope]) -> tuple[dict[str, Any], list[str]]:
        """Send the messages and receive them as Lambda does; then some of their members turn faulty."""
        entries = [{"Id": str(one.seed), "MessageBody": one.text} for one in batch]
        self.queues.sqs.send_message_batch(QueueUrl=self.queues.url, Entries=entries)
        event, receipts = self.queues.event(), []
        assert len(event["Records"]) == len(batch)
        strange = {one.text: one.record for one in batch}
        for record in event["Records"]:
            faulty = strange[record["body"]]
            receipts.append(record["receiptHandle"])
            record.update(faulty)
            for name in [name for name, value in faulty.items() if value is ...]:
                del record[name]
        return event, receipts

    def _ended(self, delivery: Delivery, late: bool) -> Iterator[str]:
        """The invocation fails for good if a notification did, and else answers what is logged."""
        ends = [_end(line) for line in self.lines.said]
        failed = any(outcome == "failed" for outcome, _ in ends)
        self.tally["event", "raised" if failed else "answered"] += 1
        if not ends or isinstance(delivery.error, FailedError) != failed:
            yield f"{delivery.error!r} for {self.lines.said}"
        elif failed and not late and not isinstance(delivery.error, PermanentlyFailedError):
            yield f"would be retried: {delivery.error!r}"
        elif not failed and [_end(said) for said in delivery.result["notifications"]] != ends:
            yield f"answers otherwise than it logs: {delivery.result}"

    def _settled(self, event: Any, delivery: Delivery, late: bool) -> Iterator[str]:
        """Each message is done, retried or dead-lettered, by how its notifications ended."""
        lines, back, dead = iter(self.lines.said), list[str](), Counter[tuple[str, str]]()
        for message in envelope.messages(event):
            ends = list(islice(lines, len(envelope.contents(message))))
            failed = [line for line in ends if line["outcome"] == "failed"]
            looped = any(line["reason"] == "looped" for line in failed)
            again = looped or any(line["retryable"] for line in failed)
            self.tally["message", "retried" if again else "dead-lettered" if failed else "done"] += 1
            if not ends or (again and not late and not looped):
                yield f"ended in {ends}: without a line, or it would be retried for ever"
            if again:
                back.append(message.id)
            elif failed:
                dead[message.body, failed[0]["reason"]] += 1
        answer = {"batchItemFailures": [{"itemIdentifier": name} for name in back]}
        if delivery.result != answer:
            yield f"answers {delivery.result} instead of {answer}"
        yield from self._dead_lettered(dead)

    def _dead_lettered(self, dead: Counter[tuple[str, str]]) -> Iterator[str]:
        """What is dead is in the dead-letter queue as it was, with the reason, and so that SQS would take it."""
        letters = list(chain.from_iterable(iter(self.queues.dead_letters, [])))
        self._clear(self.queues.dead, [letter["ReceiptHandle"] for letter in letters])
        found = Counter((letter["Body"], _said(letter)["reason"]) for letter in letters)
        if found != dead:
            yield f"in the dead-letter queue are {found - dead}, and missing {dead - found}"
        for said in map(_said, letters):
            if any(_UNSENDABLE.search(text) for text in said.values()):
                yield f"SQS would refuse {said}"

    def _clear(self, url: str, receipts: Sequence[str]) -> None:
        entries = [{"Id": str(number), "ReceiptHandle": receipt} for number, receipt in enumerate(receipts)]
        for start in range(0, len(entries), 10):
            self.queues.sqs.delete_message_batch(QueueUrl=url, Entries=entries[start : start + 10])

    def _deliver(self, event: Any, late: bool) -> Delivery:
        self.lines.said.clear()
        self.world.server.faults.log.clear()
        context = Late() if late else Context()
        return deliver(lambda event: _carried(handler.lambda_handler(event, context)), event)

    def _common(self, delivery: Delivery, text: str) -> Iterator[str]:
        if delivery.error and not isinstance(delivery.error, FailedError):
            yield f"raised {delivery.error!r}"
        for outcome, reason in map(_end, self.lines.said):
            self.tally[outcome, reason] += 1
            if reason not in ENDS.get(outcome, ()):
                yield f"ended strangely: {outcome}, {reason}"
        mentioned = re.search(rf"(?<![\w.-]){self.scene.routed}(-gone)?(?![\w.-])", text)
        if not mentioned and self.world.server.faults.log:
            yield f"asked Atlan: {self.world.server.faults.log}"


@pytest.fixture
def trial(world: World, queues: Queues) -> Iterator[Trial]:
    lines = Lines()
    logger.addHandler(lines)
    yield Trial(world, queues, lines, _scene(world))
    logger.removeHandler(lines)


@pytest.mark.unmeasured
@pytest.mark.timeout(7200 if SOAK else 900)
def test_fuzz(trial: Trial, world: World) -> None:
    """
    Every envelope ends by name, raises nothing else, and writes for no bucket but the one that a route names.

    `make test` plays envelopes 0 to 1,999, among which is each kind of end; `make soak` plays 20,000.
    """
    before = world.everything()

    for first in range(0, ENVELOPES, GROUP):
        seeds = range(first, min(first + GROUP, ENVELOPES))
        faults = trial.faults(seeds)
        assert not faults, trial.smallest(seeds, faults)

    print(*(f"{count:6} {what}: {how}" for (what, how), count in sorted(trial.tally.items())), sep="\n")  # noqa: T201
    assert trial.tally.keys() >= SEEN
    written = {name.partition(" ")[2] for name, state in world.everything().items() if before.get(name) != state}
    assert [name for name in written if not re.match(_own(world), name)] == []
    assert any(name.startswith(f"{S3}/{world.bucket}/") for name in written)


def _scene(world: World) -> Scene:
    """Route one bucket, of which half of the objects are there; others are there, but on no route."""
    gone, others = f"{world.bucket}-gone", [f"{world.bucket}-archive", f"{world.bucket}1", f"un{world.bucket}"]
    for name in others:
        world.s3.create_bucket(Bucket=name)
    world.tables()
    both = {"source": world.source, "target": world.target}
    route = {"bucket": world.bucket, "columns": {"ignore": []}}
    world.route(
        exclude=["**/_SUCCESS"],
        routes=[
            route | {"name": "exports", "key": "exports/**"} | both,
            route | {"name": "archive", "key": "flights/**"} | both,
            route | {"name": "raw", "key": "raw/**", "source": f"{world.source}_raw"},
            route | {"name": "gone", "key": "exports/**", "bucket": gone},
        ],
    )
    odd = [key for key in ODD_KEYS if "\n" not in key]  # moto has no such keys
    for key in ("exports/nycflights/airlines.csv", "exports/nycflights/flights/2013-01-01.csv", *odd[::2]):
        for name in (world.bucket, *others):
            world.s3.put_object(Bucket=name, Key=key, Body=b"id\n1\n")
    absurd = ("", world.bucket.upper(), f"{world.bucket}/", f"../{world.bucket}", f"{world.bucket}/exports", "b" * 300)
    return Scene(world.bucket, gone, [*others, *others, *others, *absurd])


def _own(world: World) -> str:
    """Match the names of what may be written: the bucket, its objects and processes, and the tables on their ends."""
    ours = (f"{world.bucket}(/|$)", f"test/(in|out)/{world.bucket}/", f"test/pair/{POSTGRES}/shop/{world.schema}/")
    return f"{S3}/({'|'.join(ours)})|({POSTGRES}|{SNOWFLAKE})/.*/{world.schema}(/|$)"


def _end(line: dict[str, Any]) -> tuple[str, str]:
    return line["outcome"], line.get("reason", "")


def _said(letter: dict[str, Any]) -> dict[str, str]:
    return {name: value["StringValue"] for name, value in letter["MessageAttributes"].items()}


def _carried(answer: Any) -> Any:
    """Return an answer as it arrives: as JSON in UTF-8."""
    return json.loads(json.dumps(answer, ensure_ascii=False).encode())
