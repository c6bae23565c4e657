"""The lease as `connector.adapters.lease.Dynamo` has it, over simulated time."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from connector.errors import BusyError
from connector.ports import Term
from tests.simulation.loop import KilledError

WORK: Final = 15.0
GRACE: Final = 60.0
_PAUSE: Final = 2.0


@dataclass
class Item:
    """The item of the connection in DynamoDB."""

    holder: str = ""
    expires: int = 0

    def put(self, holder: str, expires: int, now: int) -> str | None:
        """Return who held it before; None where somebody else does."""
        if self.holder and self.expires > now and self.holder != holder:
            return None
        previous, self.holder, self.expires = self.holder, holder, expires
        return previous or "-"

    def end(self, holder: str, expires: int) -> None:
        if self.holder == holder:
            self.expires = expires


@dataclass
class Dynamo:
    """
    The lease port of one process.

    `clock` is the world's, `wall` this machine's idea of it; `ask` sends a request, `pause` lets some seconds pass.
    `grace` is a parameter so that a mutant can go without.
    """

    item: Item
    clock: Callable[[], float]
    wall: Callable[[], float]
    ask: Callable[[str, Callable[[], Any]], Any]
    pause: Callable[[], None]
    name: str = ""
    grace: float = GRACE

    _turn: int = 0
    _last: str = ""

    @contextmanager
    def hold(self, connection: str, deadline: float) -> Iterator[Term]:
        self._turn += 1
        me = f"{self.name}.{self._turn}"
        term = Term(undisturbed=self._take(deadline, me) == self._last, grace=self.grace)
        self._last = me
        try:
            yield term
        except KilledError:
            raise  # the dead release nothing
        except BaseException:
            self._end(term, me)
            raise
        self._end(term, me)

    def _end(self, term: Term, me: str) -> None:
        if term.ambiguous:
            self._last = ""
        expires = round(self.wall() + (self.grace if term.ambiguous else 0.0))
        self.ask("lease.end", lambda: self.item.end(me, expires))

    def _take(self, deadline: float, me: str) -> str:
        while True:
            previous = self._put(deadline, me)
            if previous is not None:
                return previous
            if self.clock() + _PAUSE > deadline - WORK:
                raise BusyError("the lease is another's")
            self.pause()

    def _put(self, deadline: float, me: str) -> str | None:
        now = self.wall()
        expires = round(now + deadline - self.clock() + self.grace)
        return self.ask("lease.put", lambda: self.item.put(me, expires, round(now)))
