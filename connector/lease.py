"""
The lease: one writer per connection, over a store of one item a connection.

`connector.adapters.dynamodb` stores the items for many processes; `InProcess` for one, where no table is set.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock

from connector.core.budget import GRACE, POLL, WORK, Deadline
from connector.errors import BusyError
from connector.limiter import Limiter
from connector.ports import Clock, Item, Items, Term


@dataclass(slots=True)
class Lease:
    """
    The lease of this process, by the rules that all processes keep.

    It expires by itself, so that a holder that was killed does not block the others for ever, and only a while after
    the holder's deadline, so that what the killed one sent is carried out by then. `token` returns a new name for a
    holder at each call.
    """

    items: Items
    limiter: Limiter
    clock: Clock
    token: Callable[[], str]
    _last: str = ""

    @contextmanager
    def hold(self, connection: str, deadline: Deadline) -> Iterator[Term]:
        """
        Wait for the lease, as long as there is time to use it before *deadline*.

        Each time is another holder, with a name of its own: a request that was carried out twice, or late, is then
        never taken for an earlier one. After an ambiguous write the lease is not released but kept for `GRACE` seconds,
        from this process, too.

        Raises:
            BusyError: it was not free in time.
            UnavailableError: the store of the items does not answer, or denies access.
        """
        me = self.token()
        previous = self._take(connection, deadline, me)
        self.limiter.resume(previous.due)
        term = Term(undisturbed=previous.holder == self._last != "")
        self._last = me
        try:
            yield term
        finally:
            if term.ambiguous:
                self._last = ""  # what is remembered may not be what will be carried out
            expires = self.clock() + (GRACE if term.ambiguous else 0.0)
            self.items.end(connection, me, expires, self.limiter.due)

    def _take(self, connection: str, deadline: Deadline, me: str) -> Item:
        """Return the item as it was before."""
        while True:
            previous = self.items.take(connection, me, self.clock(), deadline.at + GRACE)
            if previous is not None:
                return previous
            if not deadline.allows(WORK + POLL, self.clock()):
                raise BusyError(
                    f"{connection}: another invocation holds the lease, or its last write had no answer and may still "
                    "be carried out; the notification is retried"
                )
            self.clock.sleep(POLL)


@dataclass(slots=True)
class InProcess:
    """Leases for the threads of one process; see `connector.ports.Items`."""

    _items: dict[str, tuple[Item, float]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def take(self, connection: str, holder: str, now: float, expires: float) -> Item | None:
        """Store the holder if the lease is free, and return the item as it was before."""
        with self._lock:
            item, until = self._items.get(connection, (Item(), 0.0))
            if until > now and item.holder != holder:
                return None
            self._items[connection] = Item(holder, item.due), expires
            return item

    def end(self, connection: str, holder: str, expires: float, due: float) -> None:
        """Let the item expire, if the holder still has it."""
        with self._lock:
            if self._items.get(connection, (Item(), 0.0))[0].holder == holder:
                self._items[connection] = Item(holder, due), expires
