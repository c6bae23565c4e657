"""
The lease: one writer per connection, stored as one item per connection.

`connector.adapters.dynamodb` stores the items for many processes; `InProcess` for a single one, where no table is set.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock

from connector.core.budget import GRACE, LONGEST_LEASE, POLL, WORK, Deadline
from connector.errors import BusyError, ConnectorError
from connector.limiter import Limiter
from connector.ports import Clock, Held, Item, Items, Journal, Term


@dataclass(slots=True)
class Lease:
    """
    The lease of this process; all processes follow the same rules.

    It expires, so that a killed holder does not block the others for ever, but only `GRACE` seconds after the holder's
    deadline, so that its last write has been carried out by then. `token` returns a new holder name at each call.
    """

    items: Items
    limiter: Limiter
    clock: Clock
    token: Callable[[], str]
    journal: Journal
    _last: str = ""

    @contextmanager
    def hold(self, connection: str, deadline: Deadline) -> Iterator[Term]:
        """
        Wait for the lease while *deadline* has the patience, and enough time is left to use it.

        Each call is a new holder with a new name, so that a request that was carried out twice or late is not mistaken
        for another. After an ambiguous write, or an interrupt, the lease is not released but kept for `GRACE` seconds,
        and this process has to wait for it, too.

        Raises:
            BusyError: it was not free in time. If nobody works under it any more, the error says when it will be free.
            UnavailableError: the store of the items does not respond, or denies access.
        """
        me = self.token()
        previous = self._take(connection, deadline, me)
        self.limiter.resume(previous.due)
        term = Term(undisturbed=previous.holder == self._last != "")
        self._last = me
        try:
            yield term
        except BaseException as error:
            if not isinstance(error, Exception):  # Ctrl-C, perhaps in the middle of a write
                term.ambiguous = True
            raise
        finally:
            if term.ambiguous:
                self._last = ""  # what is remembered may not be what will be carried out
            self._end(connection, me, GRACE if term.ambiguous else 0.0)

    def _end(self, connection: str, me: str, seconds: float) -> None:
        """Let the item expire in *seconds*. If that fails, the work under the lease is done all the same."""
        try:
            self.items.end(connection, me, self.clock() + seconds, self.limiter.due)
        except ConnectorError as error:
            self.journal.unreleased(error)

    def _take(self, connection: str, deadline: Deadline, me: str) -> Item:
        """Return the previous item. A lease that is kept for longer than there is patience is not waited for at all."""
        until = min(self.clock() + deadline.patience, deadline.at - WORK)
        while True:
            answer = self.items.take(connection, me, self.clock(), deadline.at + GRACE)
            if isinstance(answer, Item):
                return answer
            wait = _kept(answer, self.clock())
            if self.clock() + max(wait, POLL) > until:
                raise BusyError(
                    f"{connection}: another invocation holds the lease, or its last write got no response and may "
                    "still be carried out; the notification is retried",
                    retry_after=wait,
                )
            self.clock.sleep(POLL)


def _kept(held: Held, now: float) -> float:
    """
    Return for how many seconds a lease is kept under which nobody works any more; 0 if somebody may end it any moment.

    In the last `GRACE` seconds its holder is past its deadline, or has ended it after an ambiguous write.
    """
    left = held.expires - now
    return left if left <= GRACE + POLL else 0.0  # the items have whole seconds


@dataclass(slots=True)
class InProcess:
    """Leases for the threads of one process; see `connector.ports.Items`."""

    _items: dict[str, tuple[Item, float]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def take(self, connection: str, holder: str, now: float, expires: float) -> Item | Held:
        """Store the holder if the lease is free, and return the previous item."""
        with self._lock:
            item, until = self._items.get(connection, (Item(), 0.0))
            if now < until <= now + LONGEST_LEASE and item.holder != holder:
                return Held(until)
            self._items[connection] = Item(holder, item.due), expires
            return item

    def end(self, connection: str, holder: str, expires: float, due: float) -> None:
        """Set when the item expires, if *holder* still has it."""
        with self._lock:
            if self._items.get(connection, (Item(), 0.0))[0].holder == holder:
                self._items[connection] = Item(holder, due), expires

    def look(self, connection: str) -> tuple[str, float]:
        """Return the last holder and when its item expires."""
        item, until = self._items.get(connection, (Item(), 0.0))
        return item.holder, until
