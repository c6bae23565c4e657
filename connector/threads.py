"""Makes calls side by side, in threads; see `connector.ports.Together`."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import TypeVar

_AnswerT = TypeVar("_AnswerT")


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
