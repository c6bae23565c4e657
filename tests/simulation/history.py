"""
What is going to happen, drawn from a seed before anything does: changes in S3 and in the warehouse, and all faults.

An operation that makes no sense when its time comes does nothing, so that any part of a history is a history.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import accumulate
from random import Random
from typing import Final

from tests.simulation.truth import HEADERS, IGNORED, KEYS, MANY
from tests.simulation.wire import Fault
from tests.support.shop import ITEMS, ORDERS
from tests.support.store import VERSIONED, Window

CALLS: Final = (("write", 60, 4.0), ("read", 300, 0.7), ("aws", 300, 0.7))
"""Kinds of requests, how many of each faults are drawn for, and how much more often than for others."""

FORMS: Final = ("s3", "sns", "eventbridge")
_PLACES: Final = tuple(KEYS)
_TABLES: Final = (*ORDERS, *ITEMS)
_FAULTS: Final = tuple(fault for fault in Fault if fault is not Fault.TWICE)
_WEIGHTS: Final = tuple(8 if "late" in fault else 2 for fault in _FAULTS)
_OBJECTS: Final = ("put",) * 9 + ("delete",) * 7 + ("expire", "undelete", "prune")
_PEOPLE: Final = ("describe", "skew", "malformed", "ignored", "again")
_CRAWLERS: Final = ("add_table", "drop_table", "remake_table", "add_column", "drop_column")


@dataclass(frozen=True, slots=True)
class Delivery:
    """A notification arrives after this many seconds, in a format, perhaps in one message with that of another key."""

    delay: float
    form: str
    other: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Op:
    """Somebody does something at a time, in seconds: to an object, a table or a column."""

    at: float
    verb: str
    place: tuple[str, str]
    argument: str = ""
    deliveries: tuple[Delivery, ...] = ()

    def __str__(self) -> str:
        arrivals = ", ".join(f"+{delivery.delay:.1f} s" for delivery in self.deliveries)
        return f"{self.at:8.1f} {self.verb} {'/'.join(self.place)} {self.argument} {arrivals and f'({arrivals})'}"


@dataclass(frozen=True, slots=True)
class History:
    """
    All of it.

    `calm` is when faults end, `page` the keys of a page of a listing, `lasting` the seconds that an invocation may
    take and `patience` how many times longer its messages stay invisible, `batch` the messages it gets. Flags: a
    bucket has a `long` listing, tables are `wide`, a bucket was `crawled` by others. `slow` is how many seconds Atlan
    may take for an answer, `flood` how many objects come at once, in addition. It may be `swept`: sweeps run at any
    time, notifications are lost, and nothing but sweeps tells of tables. A request has at most so many `assets`: with
    few, several are in flight together, `at_once` at most.
    """

    seed: int
    ops: tuple[Op, ...]
    faults: Mapping[tuple[str, int], Fault]
    windows: tuple[Window, ...]
    calm: float
    page: int
    lasting: float
    patience: int
    batch: int
    long: bool
    wide: bool
    crawled: bool
    slow: float = 0.0
    flood: int = 0
    swept: bool = False
    assets: int = 50
    at_once: int = 8

    @property
    def bounded(self) -> bool:
        """Tell whether ten pages of a listing may not be enough, so that a sweep has to decide about pairs."""
        return self.long or (self.flood > 0 and self.page < 1000)


def history(seed: int) -> History:
    """Draw a history. Few have crawlers, since what is notified after those would heal what was wrong before."""
    random = Random(seed)
    places = random.sample(_PLACES, random.choice((1, 2, 2, 3, 3, 5, len(_PLACES))))
    scale = random.choice((2.0, 5.0, 15.0, 40.0))
    gaps = [_gap(random, scale) for _ in range(random.randint(6, 28))]
    verbs = random.choices((_OBJECTS, _PEOPLE + _CRAWLERS * (random.random() < 0.3)), (9, 1), k=len(gaps))
    ops = tuple(_op(random, at, random.choice(kind), places) for at, kind in zip(accumulate(gaps), verbs, strict=True))
    calm = ops[-1].at + random.uniform(0, 200)
    rate = random.choice((0.0, 0.01, 0.04, 0.08))
    numbers = [(kind, n) for kind, count, more in CALLS for n in range(1, count) if random.random() < rate * more]
    long = random.random() < 0.1
    drawn = History(
        seed,
        ops,
        {number: _fault(random, number[0]) for number in numbers},
        tuple(_window(random, calm, places) for _ in range(random.choice((0, 0, 1, 3)))),
        calm,
        1 if long else random.choice((1, 2, 1000)),
        random.choice((30.0, 30.0, 60.0, 120.0)),
        random.choice((1, 1, 3)),
        random.choice((1, 1, 4)),
        long,
        random.random() < 0.04,
        random.random() < 0.3,
    )
    drawn = _strained(random, drawn) if random.random() < 0.04 else drawn
    drawn = _swept(random, drawn) if random.random() < 0.3 else drawn
    return _side_by_side(random, drawn) if random.random() < 0.3 else drawn


def _side_by_side(random: Random, history: History) -> History:
    """Batches of several messages, each of whose objects needs a request of its own."""
    return replace(history, assets=random.choice((3, 5)), batch=max(history.batch, random.choice((4, 8))))


def _strained(random: Random, history: History) -> History:
    """
    A tenant that takes its time, and batches that are too large for one invocation, or nearly so.

    Each message then tells of one object, as S3's do: one of several ends as a whole, for which there may be no time.
    """
    slow = random.choice((0.0, 3.0, 9.0))
    flood = random.choice((0, 40, len(MANY)))
    at = random.uniform(0, history.calm)
    ops = (Op(at, "flood", _PLACES[0], str(flood)), Op(at + random.uniform(0, 600), "ebb", _PLACES[0], str(flood // 2)))
    single = [replace(op, deliveries=tuple(replace(one, other=None) for one in op.deliveries)) for op in history.ops]
    history = replace(history, ops=tuple(single))
    together = sorted((*history.ops, *ops), key=lambda op: op.at) if flood else history.ops
    calm = max(history.calm, *(op.at for op in together))
    history = replace(history, ops=tuple(together), calm=calm, lasting=120.0, batch=1000, slow=slow, flood=flood)
    return replace(history, assets=random.choice((3, 50)), at_once=random.choice((1, 8)))


def _swept(random: Random, history: History) -> History:
    """Sweeps of a bucket or a part of it at any time; in some histories, a few notifications are lost, too."""
    sweeps = []
    for _ in range(random.randint(1, 4)):
        bucket, key = random.choice(_PLACES)
        prefix = random.choice(("", "", key[: random.randrange(len(key))]))
        sweeps.append(Op(random.uniform(0, history.calm), "sweep", (bucket, key), prefix))
    lost = random.choice((0.0, 0.0, 0.2))
    kept = [replace(op, deliveries=()) if random.random() < lost else op for op in history.ops]
    return replace(history, ops=tuple(sorted((*kept, *sweeps), key=lambda op: op.at)), swept=True)


def _fault(random: Random, kind: str) -> Fault:
    if kind == "aws" and random.random() < 0.3:
        return Fault.TWICE
    return random.choices(_FAULTS, _WEIGHTS)[0]


def _gap(random: Random, scale: float) -> float:
    """Things happen at once, with pauses in between, some long enough for all to be forgotten."""
    if random.random() < 0.85:
        return random.uniform(0, scale)
    return random.uniform(300, 700) if random.random() < 0.2 else random.uniform(20, 120)


def _op(random: Random, at: float, verb: str, places: list[tuple[str, str]]) -> Op:
    place, deliveries = random.choice(places), _deliveries(random)
    if verb in {"undelete", "prune"}:
        place = random.choice([place for place in _PLACES if place[0] in VERSIONED])
    if verb == "ignored":
        place = random.choice(IGNORED)
    if verb == "skew":
        return Op(at, verb, place, f"{random.uniform(-1, 1):.2f}")
    if verb == "put":
        return Op(at, verb, place, random.choice(HEADERS), deliveries)
    column = random.choice(("id", "total", "extra"))
    table = random.choice(_TABLES)
    return Op(at, verb, place, f"{table} {column}" if "_" in verb else "", deliveries)


def _deliveries(random: Random) -> tuple[Delivery, ...]:
    """One or more: duplicates come up to five minutes later."""
    count = random.choice((1, 1, 1, 1, 1, 2, 3))
    return tuple(
        _delivery(random, longest) for longest in (random.choice((1.0, 1.0, 3.0, 3.0, 60.0)), *(300.0,) * (count - 1))
    )


def _delivery(random: Random, longest: float) -> Delivery:
    other = random.choice(_PLACES) if random.random() < 0.08 else None
    return Delivery(random.uniform(0, longest), random.choice(FORMS) if other is None else "s3", other)


def _window(random: Random, calm: float, places: list[tuple[str, str]]) -> Window:
    start = random.uniform(0, calm)
    kind = random.choice(("S3 403", "S3 503"))
    return Window(*random.choice(places), start, min(calm, start + random.uniform(1, 200)), kind)
