"""The cache of the catalog, and how long its entries are kept."""

from connector.cache import Cache, Expiring
from connector.core.asset import ByGuid, Process
from connector.core.budget import CACHE
from connector.core.columns import Flow
from connector.core.names import Namespace
from connector.core.route import Pair

SPACE = Namespace("default/s3/1", "ours")
PAIR, OTHER = Pair("a/b", "c/d"), Pair("a/b", "c/d2")


class Clock:
    """A clock that the test sets, in seconds."""

    def __init__(self, now: float = 0.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def test_put() -> None:
    """Only stored keys are found."""
    cache: Expiring[str, int] = Expiring(Clock())

    cache.put("a", 1)

    assert (cache.get("a"), cache.get("b")) == (1, None)


def test_put_again() -> None:
    """The last value counts, and its time starts again."""
    clock = Clock()
    cache: Expiring[str, int] = Expiring(clock)
    cache.put("a", 1)
    clock.now = CACHE - 1

    cache.put("a", 2)

    clock.now = 2 * CACHE - 2
    assert cache.get("a") == 2


def test_expires() -> None:
    """An entry is dropped after five minutes, to the second."""
    clock = Clock(100.0)
    cache: Expiring[str, int] = Expiring(clock)
    cache.put("a", 1)

    clock.now = 100.0 + CACHE - 0.001
    assert cache.get("a") == 1

    clock.now = 100.0 + CACHE
    assert cache.get("a") is None


def test_any_clock() -> None:
    """A clock may start at any value, also below zero."""
    cache: Expiring[str, int] = Expiring(Clock(-1000.0))

    cache.put("a", 1)

    assert (cache.get("a"), cache.get("b")) == (1, None)


def test_drop() -> None:
    """One entry can be dropped, whether it exists or not; the others stay."""
    cache: Expiring[str, int] = Expiring(Clock())
    cache.put("a", 1)
    cache.put("b", 2)

    cache.drop("a")
    cache.drop("c")

    assert (cache.get("a"), cache.get("b")) == (None, 2)


def test_clear() -> None:
    """All entries can be dropped."""
    cache: Expiring[str, int] = Expiring(Clock())
    cache.put("a", 1)
    cache.put("b", 2)

    cache.clear()

    assert (cache.get("a"), cache.get("b")) == (None, None)


def test_doubt() -> None:
    """What is known of a pair, and of its columns, is forgotten; that of other pairs is kept."""
    cache = Cache(Clock())
    for pair in (PAIR, OTHER):
        cache.pairs.put(pair, ())
        cache.save([column(pair)], {column(pair).name: "guid"})

    cache.doubt(PAIR, SPACE.pair(PAIR))

    assert (cache.pairs.get(PAIR), cache.is_saved(column(PAIR))) == (None, False)
    assert (cache.pairs.get(OTHER), cache.is_saved(column(OTHER))) == ((), True)


def test_doubt_while_writing() -> None:
    """While several invocations write the columns of a pair, what they have saved is not sent again."""
    cache = Cache(Clock())
    cache.save([column(PAIR)], {column(PAIR).name: "guid"})

    cache.doubt(PAIR, SPACE.pair(PAIR))

    assert cache.is_saved(column(PAIR))


def column(pair: Pair) -> Process:
    name = SPACE.column(pair, Flow(("id",), "ID"))
    return Process(name, "c", "default/s3/1", (ByGuid("Column", "a"),), (ByGuid("Column", "b"),), SPACE.pair(pair))
