"""Writes in flight together: what becomes of each object, whatever becomes of the others, and in how much time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector.core.asset import Asset, Found, Name, Type
from connector.core.report import Outcome, Report
from connector.errors import (
    LateError,
    RateLimitedError,
    RefusedError,
    TransientError,
    UnavailableError,
)
from connector.ports import Saved
from tests.support.shop import BUCKET, ORDERS
from tests.support.together import InTurn
from tests.support.turns import Turns
from tests.support.world import Catalog, World, key

PARTS = [f"{number:02}" for number in range(12)]
PAIR = f"default/s3/1/ours/pair/{ORDERS[0]}>{ORDERS[1]}"
OBJECTS = [f"default/s3/1/{BUCKET}/{key(part)}" for part in PARTS]


@dataclass
class Outcomes:
    """
    The outcomes of writes, by their number: an error before or after each is carried out.

    A save of an object of `poison` is always refused. `log` has each write that was begun, and `ended` how.
    """

    errors: Mapping[int, tuple[Exception, bool]] = field(default_factory=dict)
    poison: frozenset[str] = frozenset()
    log: list[tuple[str, frozenset[str]]] = field(default_factory=list)
    ended: list[Exception | None] = field(default_factory=list)


class Fallible(Catalog):
    """Atlan, whose writes end as *outcomes* say."""

    outcomes = Outcomes()

    def save(self, assets: Sequence[Asset], guids: Mapping[Name, str]) -> Saved:
        names = frozenset(asset.name.qualified_name for asset in assets)
        error = RefusedError("poison") if names & self.outcomes.poison else None
        return self._ended("save", names, partial(super().save, assets, guids), error)

    def retire(self, assets: Sequence[Found]) -> None:
        names = frozenset(asset.name.qualified_name for asset in assets)
        self._ended("retire", names, partial(super().retire, assets), None)

    def _ended(self, verb, names, write, error):
        error, carried_out = (error, False) if error else self.outcomes.errors.get(len(self.outcomes.log), (None, True))
        self.outcomes.log.append((verb, names))
        self.outcomes.ended.append(error)
        answer = write() if carried_out else None
        if error:
            raise error
        return answer


def world(assets: int = 5, seed: int = 0) -> World:
    """Return a world in which an object fills a request, and eight of these are in flight, which end in any order."""
    made = World(together=InTurn(8, Random(seed)))
    made.catalog = Fallible(made.atlan, made.limiter)
    made.catalog.outcomes = Outcomes()
    made.restart()
    made.sync.assets = assets
    return made


def there(made: World) -> set[str]:
    """Return the objects that the catalog has, with both their processes."""
    active = made.atlan.active()
    whole = {
        name
        for name, part in zip(OBJECTS, PARTS, strict=True)
        if {name, *(f"default/s3/1/ours/{way}/{BUCKET}/{key(part)}" for way in ("in", "out"))} <= active
    }
    assert made.atlan.dangling() == []
    return whole


ERRORS = st.sampled_from(
    [
        (RefusedError("refused"), False),
        (UnavailableError("503"), False),
        (RateLimitedError("429", retry_after=30), False),
        (LateError("late"), False),
        (UnavailableError("reset", ambiguous=True), False),
        (UnavailableError("reset", ambiguous=True), True),
        (KeyError("a bug"), False),
    ]
)
OUTCOMES = st.builds(
    Outcomes,
    st.dictionaries(st.integers(0, 20), ERRORS, max_size=4),
    st.frozensets(st.sampled_from(OBJECTS), max_size=2),
)


@pytest.mark.unmeasured
@settings(max_examples=150, deadline=None)
@given(OUTCOMES, st.sets(st.sampled_from(PARTS)), st.integers(0, 1000), st.sampled_from([3, 5, 8, 50]))
def test_alone(outcomes: Outcomes, gone: set[str], seed: int, assets: int) -> None:
    """Whatever becomes of any write, each object ends as it would have ended alone, or is retried."""
    made = world(assets, seed)
    made.upload(*sorted(gone))
    for part in gone:
        made.s3.delete(BUCKET, key(part))
    made.restart()
    made.sync.assets = assets
    made.put(*(key(part) for part in PARTS if part not in gone))
    made.catalog.outcomes = outcomes

    reports = made.notify(*map(key, PARTS))

    live = there(made)
    for name, part, report in zip(OBJECTS, PARTS, reports, strict=True):
        if report.outcome is Outcome.APPLIED:
            assert (name in live) is (part not in gone)
            assert name not in outcomes.poison or part in gone
        elif name not in outcomes.poison or part in gone:
            assert isinstance(report.error, TransientError) or RefusedError in map(type, outcomes.ended)
    assert made.lease.term.ambiguous is any(_ambiguous(one.error) for one in reports)
    assert any(map(_ambiguous, outcomes.ended)) <= made.lease.term.ambiguous
    _later(made, gone, outcomes)


def _later(made: World, gone: set[str], outcomes: Outcomes) -> None:
    """Once nothing fails any more but what is refused, everything else is in sync."""
    outcomes.errors = {}
    made.clock.sleep(60)

    reports = made.notify(*map(key, PARTS))

    poisoned = {name for name, part in zip(OBJECTS, PARTS, strict=True) if name in outcomes.poison and part not in gone}
    assert [isinstance(one.error, RefusedError) for one in reports] == [name in poisoned for name in OBJECTS]
    assert there(made) >= {name for name, part in zip(OBJECTS, PARTS, strict=True) if part not in gone} - poisoned
    assert made.catalog.broken == []


def _ambiguous(error: Exception | None) -> bool:
    return isinstance(error, TransientError) and error.ambiguous


def test_waves() -> None:
    """The bucket and the pair are saved first, then all objects together, and then the columns."""
    made = world(assets=3)

    made.upload(*PARTS)

    first, *objects, columns = [names for _, names in made.catalog.outcomes.log]
    assert made.together.sizes[-3:] == [1, 12, 1]
    assert any("/pair/" in name for name in first)
    assert all(len(names & set(OBJECTS)) == 1 for names in objects)
    assert all(">" in name.rpartition("/")[2] for name in columns)


def test_retired_last() -> None:
    """What is to be retired is retired once all is saved, also what a rejected request was divided into."""
    made = world()
    made.upload(*PARTS[:6])
    for part in PARTS[:6]:
        made.s3.delete(BUCKET, key(part))
    made.put(*map(key, PARTS[6:]))
    made.catalog.outcomes = outcomes = Outcomes(poison=frozenset(OBJECTS[8:9]))

    reports = made.notify(*map(key, PARTS))

    assert [verb for verb, _ in outcomes.log] == ["save"] * (len(outcomes.log) - 6) + ["retire"] * 6
    assert there(made) == set(OBJECTS[6:]) - outcomes.poison
    assert [one.reason for one in reports if one.error] == ["refused"]


def test_stops() -> None:
    """After an answer that stops the batch nothing more is begun; what succeeded before it stays applied."""
    made = world(seed=1)
    made.upload(*PARTS[:1])
    made.put(*map(key, PARTS))
    made.catalog.outcomes = outcomes = Outcomes({4: (RateLimitedError("429", retry_after=30), False)})

    reports = made.notify(*map(key, PARTS))

    assert len(outcomes.log) == 5
    assert sum(one.outcome is Outcome.APPLIED for one in reports) == 4
    assert {(one.reason, one.error.retry_after) for one in reports if one.error} == {("rate_limited", 30)}


def test_several_ambiguous() -> None:
    """Several writes may be ambiguous at once: each is retried for its own objects, and the others are applied."""
    made = World(together=(clock := Turns()).crew, clock=clock)
    made.catalog = Fallible(made.atlan, made.limiter)
    made.restart()
    made.sync.assets, made.catalog.seconds = 5, 2.0
    clock.run(lambda: made.upload(*PARTS[:8]))
    lost = UnavailableError("reset", ambiguous=True)
    made.catalog.outcomes = Outcomes({2: (lost, True), 5: (lost, True)})
    reports: list[Report] = []

    clock.run(lambda: reports.extend(made.notify(*map(key, PARTS[:8]))))

    assert sum(one.error is lost for one in reports) == 2
    assert sum(one.outcome is Outcome.APPLIED for one in reports) == 6


def test_refused_parent() -> None:
    """If Atlan rejects the process of a pair, each of its objects fails, and nothing else."""
    made = world()
    made.put(*map(key, PARTS[:3]), "raw/x.bin")
    made.catalog.outcomes = outcomes = Outcomes(poison=frozenset({PAIR}))

    reports = made.notify(*map(key, PARTS[:3]), "raw/x.bin")

    assert [one.reason for one in reports] == ["refused", "refused", "refused", ""]
    outcomes.poison = frozenset()
    assert [one.reason for one in made.notify(*map(key, PARTS[:3]))] == ["", "", ""]
    assert there(made) == set(OBJECTS[:3])


def test_refused_retirement() -> None:
    """A rejected retirement is tried once more, from fresh reads; what is rejected always is reported."""
    made = world(assets=3)
    made.upload(*PARTS[:4])
    for part in PARTS[:3]:
        made.s3.delete(BUCKET, key(part))
    made.catalog.outcomes = Outcomes({0: (RefusedError("once"), False), 1: (RefusedError("always"), False)})
    made.catalog.outcomes.errors |= {number: (RefusedError("always"), False) for number in range(4, 9)}

    reports = made.notify(*map(key, PARTS[:3]))

    assert sorted(one.reason for one in reports) == ["", "", "refused"]
    assert len(there(made)) == 2


@pytest.mark.parametrize("error", [UnavailableError("503"), UnavailableError("reset", ambiguous=True)])
def test_children_stay(error: Exception) -> None:
    """A process whose column processes could not be retired stays, too."""
    made = World(columns=tuple(f"c{number}" for number in range(60)))
    made.catalog = Fallible(made.atlan, made.limiter)
    made.restart()
    made.upload("00")
    made.s3.delete(BUCKET, key("00"))
    made.catalog.outcomes = Outcomes({0: (error, False)})

    (report,) = made.notify(key("00"))

    assert report.error is error
    assert PAIR in made.atlan.active()
    assert made.atlan.dangling() == []
    made.clock.sleep(60)
    made.catalog.outcomes = Outcomes()
    made.notify(key("00"))
    assert made.atlan.active() == {f"default/s3/1/{BUCKET}"}


def test_unexpected_read() -> None:
    """An unexpected error of a read fails the batch, and nothing is written."""
    made = world()
    made.catalog.errors["search all"] = KeyError("a bug")

    reports = made.upload(*PARTS[:2])

    assert {one.reason for one in reports} == {"unexpected"}
    assert made.atlan.entities == {}


def test_refused_after_a_stop() -> None:
    """What is rejected while another answer stops the batch is not divided any more, but retried later."""
    made = World(together=(clock := Turns()).crew, clock=clock)
    made.catalog = Fallible(made.atlan, made.limiter)
    made.restart()
    made.sync.assets = 5
    clock.run(lambda: made.upload(*PARTS[:2]))
    made.catalog.seconds = 2.0
    limit = RateLimitedError("429", retry_after=30)
    made.catalog.outcomes = outcomes = Outcomes({0: (limit, True), 1: (RefusedError("refused"), True)})
    reports: list[Report] = []

    clock.run(lambda: reports.extend(made.notify(*map(key, PARTS[:2]))))

    assert [one.reason for one in reports] == ["rate_limited", "rate_limited"]
    assert [one.error is limit for one in reports] == [True, False]
    assert len(outcomes.log) == 2


def test_refused_columns() -> None:
    """Two rejected requests may concern the same objects, which are then divided once."""
    made = World(columns=tuple(f"c{number}" for number in range(120)))
    made.catalog = Fallible(made.atlan, made.limiter)
    made.restart()
    made.put(key("00"))
    made.catalog.outcomes = Outcomes({1: (RefusedError("once"), False), 2: (RefusedError("once"), False)})

    (report,) = made.notify(key("00"))

    assert report.outcome is Outcome.APPLIED
    assert len(made.atlan.active(Type.COLUMN_PROCESS)) == 120


def test_columns_once() -> None:
    """While a batch is divided, the columns of a wide pair that are saved are not sent again."""
    made = World(columns=tuple(f"c{number}" for number in range(120)))
    made.catalog = Fallible(made.atlan, made.limiter)
    made.restart()
    made.put(*map(key, PARTS[:3]))
    made.catalog.outcomes = outcomes = Outcomes(poison=frozenset(OBJECTS[2:3]))

    reports = made.notify(*map(key, PARTS[:3]))

    assert [one.reason for one in reports] == ["", "", "refused"]
    sent = [name for _, names in outcomes.log for name in names if name.endswith(">C119")]
    assert len(sent) == 1


class Slow(Fallible):
    """A refused write is answered in a second, any other in ten."""

    def _ended(self, verb, names, write, error):
        begun = self.atlan.clock()
        self.times.append((begun, names))
        self.atlan.clock.sleep(1 if error else 10)
        return super()._ended(verb, names, write, error)


def test_divided_meanwhile() -> None:
    """A rejected request is planned once more and divided while the others are in flight."""
    made = World(together=(clock := Turns()).crew, clock=clock)
    made.catalog = Slow(made.atlan, made.limiter)
    made.catalog.times = times = []
    made.restart()
    made.sync.assets = 6
    clock.run(lambda: made.upload(*PARTS[:1]))
    made.put(*map(key, PARTS))
    made.catalog.outcomes = Outcomes(poison=frozenset(OBJECTS[4:5]))
    times.clear()
    begun = clock()

    clock.run(lambda: made.notify(*map(key, PARTS)))

    tries = [round(time - begun) for time, names in times if OBJECTS[4] in names]
    good = [round(time - begun) for time, names in times if OBJECTS[5] in names]
    assert tries[:2] == [0, 1]
    assert len(tries) == 3
    assert min(good[1:]) < 20
    assert there(made) == set(OBJECTS) - {OBJECTS[4]}


@pytest.mark.parametrize(
    ("answer", "rate", "at_once", "share"),
    [
        pytest.param(1.0, 200, 8, 0.95, id="1 s, half of 400"),
        pytest.param(1.0, 400, 8, 0.95, id="1 s, all of 400"),
        pytest.param(0.2, 200, 8, 0.95, id="0.2 s, half of 400"),
    ],
)
def test_share(answer: float, rate: float, at_once: int, share: float) -> None:
    """The rate is used up, whatever an answer takes; and it is not exceeded."""
    made = World(together=(clock := Turns()).crew, clock=clock)
    made.limiter.rate, made.catalog.seconds = rate, answer
    clock.run(lambda: made.upload("first"))
    parts = [f"{number:04}" for number in range(2000)]
    made.put(*map(key, parts))
    clock.run(lambda: clock.sleep(60))
    sent, begun, reports = made.limiter.sent, clock(), []

    clock.run(lambda: reports.extend(made.notify(*map(key, parts))))

    assert {one.outcome for one in reports} == {Outcome.APPLIED}
    used = (made.limiter.sent - sent) / (rate * (clock() - begun) / 60)
    assert used >= share
