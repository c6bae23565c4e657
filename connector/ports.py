"""
What the connector needs of the outside world, as protocols: `adapters` has the real ones, the tests have fakes.

Every method raises `ConnectorError` and nothing else when the other side fails.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from connector.core.asset import Asset, Found, Name, Stat, Table
from connector.core.budget import Deadline
from connector.core.envelope import Message
from connector.core.report import Report
from connector.errors import ConnectorError


class Clock(Protocol):
    """The time. Nothing else asks the system for it."""

    def __call__(self) -> float:
        """Return the seconds since 1970."""

    def sleep(self, seconds: float) -> None:
        """Let so many seconds pass."""


@dataclass(frozen=True, slots=True)
class Saved:
    """The guids of what was saved, and the names that were created or changed by it; all others were as sent."""

    guids: Mapping[Name, str]
    created: frozenset[Name]
    updated: frozenset[Name]


class Store(Protocol):
    """Object storage."""

    def read(self, bucket: str, key: str) -> Stat | None:
        """Return what is there now; None where nothing is."""

    def pages(self, bucket: str, prefix: str) -> Iterator[Sequence[str]]:
        """Yield the keys with this prefix, a request a page."""


class Catalog(Protocol):
    """Atlan."""

    def connection(self, qualified_name: str) -> bool:
        """Tell whether an active connection of this name is there."""

    def buckets(self, connection: str, bucket: str, names: Sequence[Name]) -> Sequence[Found]:
        """Return the assets of a bucket: by its name in the connection, or by one of the qualified names."""

    def tables(self, names: Collection[str]) -> Mapping[str, Table]:
        """Return those of these tables that are there and active, without their columns."""

    def columns(self, name: str, table: Table) -> Table | None:
        """Return the table with the columns that it has now, None where it is not there any more."""

    def find(self, names: Collection[Name]) -> Mapping[Name, Sequence[Found]]:
        """Return those assets that are there, active or archived; a name may have several, if they were raced."""

    def children(self, process: Name) -> Sequence[Found]:
        """Return the active column processes of a process, none where it is not there."""

    def save(self, assets: Sequence[Asset], guids: Mapping[Name, str]) -> Saved:
        """Create, change or restore assets in one request; *guids* has what earlier requests saved."""

    def retire(self, assets: Sequence[Found]) -> None:
        """Archive assets in one request."""


@dataclass(slots=True)
class Term:
    """
    The time for which a lease is held.

    `undisturbed` says that nobody else held it since we did, so that what was remembered of the catalog is still true.
    The holder sets `ambiguous` after a write that may yet be carried out: then the lease is kept for a while.
    """

    undisturbed: bool
    ambiguous: bool = False


class Lease(Protocol):
    """The right to write to a connection."""

    def hold(self, connection: str, deadline: Deadline) -> AbstractContextManager[Term]:
        """Wait for the lease, as long as there is time to use it."""


@dataclass(frozen=True, slots=True)
class Item:
    """
    What is stored of a lease: who held it last, and what the rate limiter hands on to the next holder.

    An empty holder means that there is no item; `due` is in seconds since 1970.
    """

    holder: str = ""
    due: float = 0.0


class Items(Protocol):
    """Where leases are stored, an item a connection, each operation atomic."""

    def take(self, connection: str, holder: str, now: float, expires: float) -> Item | None:
        """
        Store *holder* if the item is absent, expired by *now*, or *holder*'s already, and return it as it was before.

        Return None where somebody else holds it. Times are in seconds since 1970.
        """

    def end(self, connection: str, holder: str, expires: float, due: float) -> None:
        """Let the item expire at *expires*, and hand on *due*, if *holder* still has it."""


class Queue(Protocol):
    """The queue that messages come from, and the dead-letter queue."""

    def delay(self, message: Message, seconds: int) -> None:
        """Hide a message that is handed back for so many seconds."""

    def dead_letter(self, message: Message, attributes: Mapping[str, str]) -> None:
        """Send a message to the dead-letter queue, with what explains it."""


class Credentials(Protocol):
    """The API key."""

    def renew(self) -> bool:
        """Read the key again where it is kept, and tell whether it is another one, which is used from now on."""


class Journal(Protocol):
    """What is said of the work: log lines and metrics."""

    def closing(self, report: Report) -> None:
        """Write the closing line of a notification, and count it."""

    def unsettled(self, message: Message, error: ConnectorError) -> None:
        """Say that a message could neither be delayed nor dead-lettered, and comes back by itself."""
