"""
The world of one history: S3, its notifier and queue, Atlan and the warehouse, the lease, and a few processes.

`run` lets it happen and checks the promises.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from random import Random
from typing import Final

from connector.core.asset import Name, Type
from connector.core.envelope import Message
from connector.core.order import Drifted, ObjectHint, Scope
from connector.lease import InProcess
from tests.simulation.history import Delivery, History, Op
from tests.simulation.loop import EndlessError, Loop
from tests.simulation.process import Build, Process, Sweeper
from tests.simulation.queue import Queue
from tests.simulation.truth import FILLERS, KEYS, MANY, OURS, actual, expected
from tests.simulation.wire import Wire
from tests.support import notice
from tests.support.catalog import Atlan, BrokenError
from tests.support.shop import COLUMNS, CONNECTION, ITEMS, ORDERS, loaded
from tests.support.store import S3

WORKERS: Final = 3

SETTLING: Final = 330.0
"""
Seconds after a change of the warehouse when its objects are notified again, or all is swept: by then whatever was
remembered of the tables is forgotten (300 s), and all is in the index (20 s).
"""

ROUNDS: Final = 4
"""Sweeps after which there must be nothing to find: a pair waits for its objects, which come in any order."""


class World:
    """A history while it happens. *note* is told what does."""

    def __init__(self, history: History, build: Build, note: Callable[[str], None] | None) -> None:
        self.history, self.loop, self.random, self._build = history, Loop(), Random(history.seed + 1), build
        self.note = (lambda text: note(f"{self.loop.now:8.1f} {text}")) if note else (lambda text: None)
        clock = lambda: self.loop.now  # noqa: E731 - the same for all of them
        self.s3 = S3(history.page, history.windows, clock)
        self.atlan = Atlan(clock, self._lag, self.note)
        self.leases = InProcess()
        self.wire = Wire(self.loop, self.random, history.faults, history.calm, self.note, history.slow)
        self.queue = Queue(self.loop, self.random, (history.lasting * history.patience, history.batch), self._dispatch)
        self._names = 0
        self._processes = [self._process() for _ in range(WORKERS)]
        self._sweepers: list[Sweeper] = []
        self._changes, self._coming, self._lost = 0, 0, False
        self._furnish()

    def run(self) -> Counter[str]:
        """
        Let it all happen, and return what was injected.

        Raises:
            BrokenError: a promise is broken.
        """
        try:
            for op in self.history.ops:
                self.loop.after(op.at, lambda op=op: self._perform(op))
            self.loop.after(self.history.calm, lambda: None)
            self._run()
            self.queue.redrive()
            self._run()
            if self.history.bounded or self.history.swept or self.wire.rejected:
                self._heal()
            self._check()
            self._repeat()
        finally:
            for process in (*self._processes, *self._sweepers):
                process.end()
        return self._counted()

    def _run(self) -> None:
        """Promise 5 also means that a notification ends at all, whatever the batch's size and Atlan's answer times."""
        try:
            self.loop.run()
        except EndlessError as error:
            left = sum(not letter.ending for letter in self.queue.letters)
            raise BrokenError(f"promise 5: {left} messages are retried without end ({error})") from error

    # What processes tell.

    def replace(self, killed: Process) -> None:
        self._processes[self._processes.index(killed)] = self._process()
        self.loop.after(1.0, self._dispatch)

    def finished(self, messages: Sequence[Message]) -> None:
        for message in messages:
            self.queue.delete(message)
        self.loop.after(0.0, self._dispatch)

    def hinted(self, hint: Drifted) -> None:
        """Take the hint of a sweep into the queue."""
        place = (hint.bucket, hint.key) if isinstance(hint, ObjectHint) else (hint.source, hint.target)
        self.queue.send(hint.body(), place, self._changes)
        self.wire.tally["hints"] += 1

    def _dispatch(self) -> None:
        idle = [process for process in self._processes if not process.busy]
        while idle:
            process = idle.pop(self.random.randrange(len(idle)))
            messages = self.queue.receive()
            if not messages:
                return
            self.note(f"{process.name} receives {', '.join(message.id for message in messages)}")
            process.invoke(messages, self.history.lasting)

    def _process(self) -> Process:
        self._names += 1
        return Process(self, f"p{self._names}", self._build)

    # What others do.

    def _furnish(self) -> None:
        for pair in (ORDERS, ITEMS):
            for table, present in zip(pair, (self._columns, loaded(self._columns)), strict=True):
                if self.random.random() < 0.9:
                    self.atlan.add_table(table, present)
        if self.history.swept:
            self.atlan.foreign(Name(Type.OBJECT, f"{CONNECTION}/lake/others/gone.csv"), foreign=True)
        if self.history.crawled:
            self.atlan.foreign(Name(Type.BUCKET, self._buckets()["cold"]), label="cold", foreign=True)
        for _, key in FILLERS if self.history.long else ():
            self.s3.put("days", key)

    def _buckets(self) -> dict[str, str]:
        cold = "arn:aws:s3:::cold" if self.history.crawled else "cold"
        return {"lake": f"{CONNECTION}/lake", "cold": f"{CONNECTION}/{cold}", "days": f"{CONNECTION}/days"}

    def _perform(self, op: Op) -> None:
        if self._quiet():
            self._check_assets()
        self.note(str(op))
        self._changes += 1
        bucket, key = op.place
        match op.verb:
            case "put":
                self._notify(self._put(bucket, key, op.argument), op)
            case "delete" | "expire" | "undelete" | "prune":
                event = getattr(self.s3, op.verb)(bucket, key)
                if event:
                    self._notify(event, op)
            case "flood" | "ebb":
                self._many(self._put if op.verb == "flood" else self.s3.delete, int(op.argument))
            case "ignored" | "again":
                self._notify("ObjectCreated:Copy", op)
            case "malformed":
                self.queue.send('{"Records": [{"eventSource": "aws:s3"}]}', op.place, self._changes)
            case "skew" | "describe" | "sweep":
                self._people(op)
            case _:
                self._rebuild(op)

    def _put(self, bucket: str, key: str, header: str = "all") -> str:
        """Write a file with this header, with that of all columns that tables begin with, or without any."""
        names = ",".join(self._columns) if header == "all" else header
        return self.s3.put(bucket, key, f"{names}\n".encode() if names else b"1\n2\n")

    @property
    def _columns(self) -> tuple[str, ...]:
        return (*COLUMNS, *(f"c{number}" for number in range(60 if self.history.wide else 0)))

    def _people(self, op: Op) -> None:
        match op.verb:
            case "skew":
                for process in self._processes[:1]:
                    process.skew = float(op.argument)
            case "describe":
                bucket, key = op.place
                self._describe(f"{self._buckets()[bucket]}/{key}", op)
            case _:
                self._sweep(Scope(op.place[0], op.argument))

    def _many(self, change: Callable[[str, str], str], number: int) -> None:
        """Change many objects at once."""
        for place in list(MANY)[:number]:
            if event := change(*place):
                self._deliver(event, (place,), Delivery(self.random.random(), "s3"))

    def _describe(self, object_: str, op: Op) -> None:
        """A person writes on an object and its pair, and hangs a column process of their own under the pair."""
        pair = Name(Type.PROCESS, f"{OURS}pair/{ORDERS[0]}>{ORDERS[1]}")
        for name in (Name(Type.OBJECT, object_), pair):
            self.atlan.describe(name, f"at {op.at}")
        if pair in self.atlan.names:
            parent = self.atlan.names[pair][0]
            self.atlan.foreign(Name(Type.COLUMN_PROCESS, f"{CONNECTION}/dbt/1"), parent=parent, foreign=True)

    def _rebuild(self, op: Op) -> None:
        """Change a table, and notify what concerns it once that can be seen, unless sweeps find it."""
        self._lost = True
        table, column = op.argument.split()
        match op.verb:
            case "add_table":
                self.atlan.add_table(table, loaded(COLUMNS) if table in {ORDERS[1], ITEMS[1]} else COLUMNS)
            case "drop_table" | "remake_table":
                getattr(self.atlan, op.verb)(table)
            case _:
                pair = ORDERS if table in ORDERS else ITEMS
                for name, (changed,) in zip(pair, ([column], loaded([column])), strict=True):
                    getattr(self.atlan, op.verb)(name, changed)
        concerned = {} if self.history.swept else KEYS | dict(list(MANY.items())[: self.history.flood])
        for number, (place, ends) in enumerate(concerned.items()):
            if table in ends or "column" in op.verb:
                delay = SETTLING + self.random.random() * 20 + number
                self._deliver("ObjectRestore:Completed", (place,), Delivery(delay, "s3"))

    def _sweep(self, scope: Scope) -> Sweeper:
        sweeper = Sweeper(self, f"s{len(self._sweepers)}", scope)
        self._sweepers.append(sweeper)
        self.loop.after(0.0, sweeper.fiber.switch)
        return sweeper

    def _notify(self, event: str, op: Op) -> None:
        self._lost |= not op.deliveries
        for delivery in op.deliveries:
            others = (delivery.other,) if delivery.other else ()
            self._deliver(event, (op.place, *others), delivery)
        self.wire.tally["duplicate"] += max(0, len(op.deliveries) - 1)

    def _deliver(self, event: str, places: Sequence[tuple[str, str]], delivery: Delivery) -> None:
        body, order = notice.body(*places, event=event, form=delivery.form), self._changes
        self._coming += 1

        def arrive() -> None:
            self._coming -= 1
            self.queue.send(body, places[0], order)

        self.loop.after(delivery.delay, arrive)

    def _lag(self) -> float:
        """Return how far the index is behind: a second or so, sometimes much more."""
        return self.random.uniform(0.2, 2.0) if self.random.random() < 0.8 else self.random.uniform(2.0, 20.0)

    # What has to hold.

    def _heal(self) -> None:
        """
        Sweep all buckets until there is nothing to find.

        It heals what notifications leave: those that were lost, tables that came or went, and pairs that a listing of
        more than ten pages left undecided.
        """
        for _ in range(ROUNDS):
            self.loop.after(SETTLING, lambda: None)
            self._run()
            sweepers = [self._sweep(Scope(bucket)) for bucket in self._buckets()]
            self._run()
            if not any(sweeper.sent for sweeper in sweepers):
                return
        raise BrokenError(f"promise 2: sweep {ROUNDS} still finds something, and nobody changes anything")

    def _round(self, places: Sequence[tuple[str, str]]) -> None:
        for number, place in enumerate(places):
            self._deliver(notice.PUT, (place,), Delivery(number * 0.1, "s3"))
        self.loop.run()

    def _quiet(self) -> bool:
        """Return whether nothing is under way, so that the catalog has to be right although more is to come."""
        finished = all(letter.ending for letter in self.queue.letters) and not self.queue.dead
        late = self.history.bounded or self.wire.rejected or (self.history.swept and self._lost)
        return finished and not self._coming and not self.wire.open and not late

    def _check(self) -> None:
        self._check_assets()
        self._check_letters()
        self._check_others()

    def _check_assets(self) -> None:
        self.wire.tally["checks"] += 1
        wanted, there = expected(self.s3, self.atlan, self._buckets()), actual(self.atlan)
        for name in sorted(wanted.keys() | there.keys()):
            if wanted.get(name) != there.get(name):
                raise BrokenError(
                    f"promise 1: {' '.join(name)}\n  should be {wanted.get(name, 'absent')}\n"
                    f"  but is   {there.get(name, 'absent')}"
                )

    def _check_letters(self) -> None:
        lost = [letter.id for letter in self.queue.letters if not letter.ending]
        if lost:
            raise BrokenError(f"promise 5: messages {', '.join(lost)} are neither finished nor dead")
        for letter, why in self.queue.dead:
            if why["reason"] != "malformed_event":
                raise BrokenError(f"promise 5: message {letter.id} is dead without a reason that lasts: {why}")
        malformed = {
            letter.id
            for letter in self.queue.letters
            if not any(word in letter.body for word in ("Version", "detail", "hint"))
        }
        if malformed and not self.queue.dead:
            raise BrokenError("promise 5: a malformed message was dropped")

    def _check_others(self) -> None:
        for entity in self.atlan.entities.values():
            if entity.foreign and (entity.version > 1 or not entity.active):
                raise BrokenError(f"promise 4: {entity.name.qualified_name} is not ours, and was written")

    def _repeat(self) -> None:
        """Promise 2: whatever is delivered once more changes nothing."""
        before = dict(self.atlan.entities)
        self._round(list(KEYS))
        for guid, entity in self.atlan.entities.items():
            if before.get(guid) != entity:
                raise BrokenError(f"promise 2: a second delivery wrote {entity.name.qualified_name}")

    def _counted(self) -> Counter[str]:
        tally = self.wire.tally
        tally["reordered"], tally["redelivered"] = self.queue.reordered, self.queue.redelivered
        for window in self.s3.hit:
            tally[window.kind] += 1
        tally["messages"], tally["dead letters"] = len(self.queue.letters), self.queue.dead_letters
        for kind, count in self.wire.sent.items():
            tally[f"requests: {kind}"] += count
        for op in self.history.ops:
            tally[f"op {op.verb}"] += 1
        return tally


def play(history: History, build: Build | None = None, note: Callable[[str], None] | None = None) -> Counter[str]:
    """Let a history happen to a build of the connector, the real one unless another is given."""
    return World(history, build or Build(), note).run()
