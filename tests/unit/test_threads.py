"""Calls side by side, in threads."""

from collections.abc import Callable
from threading import Barrier, Event, Timer, current_thread, main_thread
from typing import Any

import pytest

from connector.threads import Threads, gathered


def noted(limit: int, calls: list[Callable[[], Any]]) -> list[tuple[int, Any]]:
    """Make the calls, and return their answers in the order in which they ended."""
    answers: list[tuple[int, Any]] = []
    Threads(limit)(calls, lambda place, answer: answers.append((place, answer)))
    return answers


def test_all() -> None:
    """Each call is made once, and its answer has its place."""
    answers = noted(3, [lambda number=number: number * number for number in range(20)])

    assert sorted(answers) == [(number, number * number) for number in range(20)]


def test_none() -> None:
    """Of no calls there are no answers."""
    assert noted(3, []) == []


def test_together() -> None:
    """As many calls as the limit are under way at once: each of them waits for the others."""
    barrier = Barrier(4, timeout=60)

    assert len(noted(4, [barrier.wait] * 8)) == 8


def test_limit() -> None:
    """No more are under way at once."""
    under_way: list[int] = []
    seen: list[int] = []

    def call() -> None:
        under_way.append(1)
        seen.append(len(under_way))
        under_way.pop()

    noted(3, [call] * 200)

    assert max(seen) <= 3


def test_as_they_end() -> None:
    """An answer is passed on at once, in the thread of the caller, while another call goes on."""
    told = Event()
    threads = set()

    def ended(place: int, answer: object) -> None:
        threads.add(current_thread())
        told.set()

    Threads(2)([lambda: told.wait(60), lambda: None], ended)

    assert told.is_set()
    assert threads == {main_thread()}


@pytest.mark.parametrize("limit", [1, 4])
def test_alone(limit: int) -> None:
    """A single call, or one at a time, needs no thread."""
    answers = noted(limit, [current_thread] * (1 if limit > 1 else 3))

    assert {answer for _, answer in answers} == {main_thread()}


def test_interrupt() -> None:
    """After an interrupt no more calls are begun, and none is under way any more."""
    begun: list[int] = []
    over: list[int] = []
    go = Event()

    def call(number: int) -> int:
        begun.append(number)
        if number:
            go.wait(60)
        over.append(number)
        return number

    def ended(place: int, answer: int) -> None:
        Timer(0.1, go.set).start()  # after the interrupt
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Threads(2)([lambda number=number: call(number) for number in range(50)], ended)

    assert sorted(begun) == sorted(over)
    assert len(begun) < 50


def test_aside() -> None:
    """A call aside is under way while others are made, and has ended when it is left."""
    go, over = Event(), Event()

    def call() -> str:
        go.wait(60)
        over.set()
        return "read"

    with Threads(2).aside(call) as answer:
        go.set()
        assert answer() == "read"
    assert over.is_set()

    with Threads(2).aside(over.clear):
        pass  # nobody asks for it
    assert not over.is_set()


@pytest.mark.parametrize("limit", [1, 4])
def test_gathered(limit: int) -> None:
    """Answers are in the order of the calls."""
    assert gathered(Threads(limit), [lambda number=number: number for number in range(9)]) == list(range(9))
    assert gathered(Threads(limit), []) == []


def test_gathered_fails() -> None:
    """The first error is raised, and calls after it are not begun."""
    begun: list[int] = []

    def call(number: int) -> None:
        begun.append(number)
        if number == 2:
            raise KeyError(number)

    with pytest.raises(KeyError, match="2"):
        gathered(Threads(1), [lambda number=number: call(number) for number in range(5)])

    assert begun == [0, 1, 2]
