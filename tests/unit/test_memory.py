"""What is remembered of the catalog, and for how long."""

from connector.memory import SECONDS, Memory


class Clock:
    """A clock that the test turns, in seconds."""

    def __init__(self, now: float = 0.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def test_put() -> None:
    """What is put is remembered, and nothing else."""
    memory: Memory[str, int] = Memory(Clock())

    memory.put("a", 1)

    assert (memory.get("a"), memory.get("b")) == (1, None)


def test_put_again() -> None:
    """The last value counts, and its time begins anew."""
    clock = Clock()
    memory: Memory[str, int] = Memory(clock)
    memory.put("a", 1)
    clock.now = SECONDS - 1

    memory.put("a", 2)

    clock.now = 2 * SECONDS - 2
    assert memory.get("a") == 2


def test_expires() -> None:
    """An entry is forgotten after five minutes, to the second."""
    clock = Clock(100.0)
    memory: Memory[str, int] = Memory(clock)
    memory.put("a", 1)

    clock.now = 100.0 + SECONDS - 0.001
    assert memory.get("a") == 1

    clock.now = 100.0 + SECONDS
    assert memory.get("a") is None


def test_any_clock() -> None:
    """A clock may begin anywhere, below zero too, since it only measures."""
    memory: Memory[str, int] = Memory(Clock(-1000.0))

    memory.put("a", 1)

    assert (memory.get("a"), memory.get("b")) == (1, None)


def test_drop() -> None:
    """One entry can be forgotten at once, whether it is there or not; the others stay."""
    memory: Memory[str, int] = Memory(Clock())
    memory.put("a", 1)
    memory.put("b", 2)

    memory.drop("a")
    memory.drop("c")

    assert (memory.get("a"), memory.get("b")) == (None, 2)


def test_clear() -> None:
    """All can be forgotten at once."""
    memory: Memory[str, int] = Memory(Clock())
    memory.put("a", 1)
    memory.put("b", 2)

    memory.clear()

    assert (memory.get("a"), memory.get("b")) == (None, None)
