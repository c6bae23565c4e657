"""Makes calls side by side; see `connector.ports.Together`."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from connector.ports import Together

_AnswerT = TypeVar("_AnswerT")


def gathered(together: Together, calls: Sequence[Callable[[], _AnswerT]]) -> list[_AnswerT]:
    """
    Return the answers of these calls, in their order.

    Raises:
        Exception: of the call that failed first, once no other is under way; those after it are not begun.
    """
    if not calls:
        return []
    answers: dict[int, _AnswerT] = {}
    failed: list[Exception] = []

    def made(call: Callable[[], _AnswerT], place: int) -> None:
        if not failed:
            try:
                answers[place] = call()
            except Exception as error:  # noqa: BLE001 - raised below
                failed.append(error)

    together([partial(made, call, place) for place, call in enumerate(calls)], lambda _place, _answer: None)
    if failed:
        raise failed[0]
    return [answers[place] for place in range(len(calls))]


@dataclass(frozen=True, slots=True)
class Threads:
    """Makes *limit* calls at a time, at most; a single one without a thread."""

    limit: int

    def __call__(self, calls: Sequence[Callable[[], _AnswerT]], ended: Callable[[int, _AnswerT], None]) -> None:
        """
        Make the calls; *ended* is called in this thread. An interrupt of it begins no more calls, and ends those.

        No call is under way when it returns or raises.
        """
        if len(calls) == 1 or self.limit == 1:
            for place, call in enumerate(calls):
                ended(place, call())
            return
        pool = ThreadPoolExecutor(min(self.limit, max(1, len(calls))))
        try:
            places = {pool.submit(call): place for place, call in enumerate(calls)}
            for future in as_completed(places):
                ended(places[future], future.result())
        finally:
            pool.shutdown(cancel_futures=True)

    @contextmanager
    def aside(self, call: Callable[[], _AnswerT]) -> Iterator[Callable[[], _AnswerT]]:
        """Make a call in a thread of its own; what is yielded waits for its answer."""
        with ThreadPoolExecutor(1) as pool:
            yield pool.submit(call).result
