"""
The interfaces to the outside world, as protocols: `adapters` has the real ones, the tests have fakes.

Every method raises only `ConnectorError` when the service fails.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol, TypeVar

from connector.core.asset import Asset, Family, Found, Name, Read, Table, Type
from connector.core.budget import Deadline
from connector.core.disposition import Tally
from connector.core.envelope import Message
from connector.core.nearest import Similar
from connector.core.notification import Record
from connector.core.report import Report
from connector.core.seen import Around, Cataloged, Glimpse, Linked, Listed, Wanted
from connector.errors import ConnectorError

_AnswerT = TypeVar("_AnswerT")


class Clock(Protocol):
    """The clock. Nothing else reads the system time."""

    def __call__(self) -> float:
        """Return the seconds since 1970."""

    def sleep(self, seconds: float) -> None:
        """Wait for this many seconds."""


@dataclass(frozen=True, slots=True)
class Saved:
    """The guids of the saved assets, and the names that were created or changed; all others were already equal."""

    guids: Mapping[Name, str]
    created: frozenset[Name]
    updated: frozenset[Name]


class Store(Protocol):
    """Object storage."""

    def read(self, bucket: str, key: str, first: int = 1) -> Read | None:
        """Return the object's current state with its *first* bytes, at most; None if there is no object."""

    def listing(self, bucket: str, prefix: str, after: str) -> Iterator[Sequence[Listed]]:
        """Yield the objects with this prefix whose keys come after *after*, in the order of UTF-8, page by page."""


class Survey(Protocol):
    """Atlan's search, a page a request in the order of qualified names; it lags by seconds, so that it gives hints."""

    def objects(self, prefix: str, after: str) -> Iterator[Sequence[Cataloged]]:
        """Yield the active S3 objects whose qualified names begin with *prefix* and come after *after*."""

    def surrounded(self, prefix: str) -> Iterator[Sequence[tuple[Name, Around]]]:
        """Yield the active S3 objects whose qualified names begin with *prefix*, each with the processes at it."""

    def processes(self, kind: Type, prefixes: Sequence[str], after: str) -> Iterator[Sequence[Linked]]:
        """Yield the active processes whose qualified names begin with one of these and come after *after*."""

    def named(self, names: Collection[Name]) -> Sequence[Linked]:
        """Return the processes of these names, active or archived."""

    def below(self, prefixes: Sequence[str]) -> Iterator[Sequence[str]]:
        """Yield the active tables and views whose qualified names begin with one of these, in their order."""

    def existing(self, tables: Collection[str]) -> frozenset[str]:
        """Return those of these tables that are active."""

    def with_columns(self, names: Collection[str]) -> Mapping[str, Table]:
        """Return those of these tables that are active, with their active columns and the order of these."""


class Catalog(Protocol):
    """Atlan."""

    def with_columns(self, names: Collection[str]) -> Mapping[str, Table]:
        """See `Survey.with_columns`: it is the only read that tells the order of columns."""

    def look(self, wanted: Wanted) -> Glimpse:
        """Search for all that a batch needs, by one request."""

    def connection(self, qualified_name: str) -> bool:
        """Return whether an active connection of this name exists."""

    def buckets(self, connection: str, bucket: str, names: Sequence[Name]) -> Sequence[Found]:
        """Return the assets of a bucket: by its name in the connection, or by one of the qualified names."""

    def tables(self, names: Collection[str]) -> Mapping[str, Table]:
        """Return those of these tables that exist and are active, without their columns."""

    def table(self, name: str) -> Table | None:
        """Return the table with its current columns, or None if it does not exist or is archived."""

    def columns(self, name: str, table: Table) -> Table | None:
        """Return the table with its current columns, or None if it no longer exists."""

    def similar(self, names: Collection[str]) -> Similar:
        """Return what resembles these tables and connections, which do not exist; a search, so it proves nothing."""

    def find(self, names: Collection[Name]) -> Mapping[Name, Sequence[Found]]:
        """Return those assets that exist, active or archived; after a race of writers, one name may have several."""

    def get(self, names: Collection[Name]) -> Mapping[Name, Sequence[Found]]:
        """Do the same without a search, which may lag behind: one asset per name."""

    def family(self, process: Name) -> Family:
        """Return a process and its active column processes; if it does not exist, it is not active and has none."""

    def around(self, tables: Collection[str]) -> Mapping[str, Around]:
        """Return the active processes at each of these tables that a search finds; which they are is up to date."""

    def save(self, assets: Sequence[Asset], guids: Mapping[Name, str]) -> Saved:
        """Create, change or restore assets in one request; *guids* has the assets that earlier requests saved."""

    def retire(self, assets: Sequence[Found]) -> None:
        """Archive assets in one request."""


class Together(Protocol):
    """Makes several calls at a time, `limit` at most."""

    @property
    def limit(self) -> int: ...

    def __call__(self, calls: Sequence[Callable[[], _AnswerT]], ended: Callable[[int, _AnswerT], None]) -> None:
        """
        Make all the calls, begun in their order, and return when none is under way any more.

        For each that ends, *ended* gets its place and its answer, one after another, while others go on. The calls
        raise nothing that is an `Exception`.
        """

    def aside(self, call: Callable[[], _AnswerT]) -> AbstractContextManager[Callable[[], _AnswerT]]:
        """Make a call beside whatever is done until its answer is asked for; none is under way afterwards."""


@dataclass(slots=True)
class Term:
    """
    The time for which a lease is held.

    `undisturbed` is true if no other process held it since this one did, so the cache is still valid. The holder sets
    `ambiguous` after a write that may still be carried out: the lease is then kept for `GRACE` seconds.
    """

    undisturbed: bool
    ambiguous: bool = False


class Lease(Protocol):
    """The right to write to a connection."""

    def hold(self, connection: str, deadline: Deadline) -> AbstractContextManager[Term]:
        """Wait for the lease while enough time is left to use it."""


@dataclass(frozen=True, slots=True)
class Item:
    """A stored lease: its last holder, "" without an item; and until when the rate is used, in seconds since 1970."""

    holder: str = ""
    due: float = 0.0


@dataclass(frozen=True, slots=True)
class Held:
    """Another holder has the lease, until `expires` (seconds since 1970) at the latest."""

    expires: float


class Items(Protocol):
    """The store of leases: one item per connection, each operation atomic."""

    def take(self, connection: str, holder: str, now: float, expires: float) -> Item | Held:
        """
        Store *holder* if the item is absent, expired at *now*, or already *holder*'s, and return the previous item.

        One that expires later than `LONGEST_LEASE` from now counts as expired, since no holder set it so. If another
        holder has it, say until when. Times are in seconds since 1970.
        """

    def end(self, connection: str, holder: str, expires: float, due: float) -> None:
        """Set *expires* and *due* of the item, if *holder* still has it."""

    def look(self, connection: str) -> tuple[str, float]:
        """Return the last holder and when its item expires, and change nothing; ("", 0) if there is no item."""


class Queue(Protocol):
    """The source queue and the dead-letter queue."""

    def delay(self, messages: Sequence[tuple[Message, int]]) -> Sequence[ConnectorError | None]:
        """Set the visibility timeout of each message that is retried, in seconds; return the error of each, or None."""

    def dead_letter(self, messages: Sequence[tuple[Message, Mapping[str, str]]]) -> Sequence[ConnectorError | None]:
        """Send each message to the dead-letter queue, with what explains it; return the error of each, or None."""


class Outbox(Protocol):
    """The way into the source queue."""

    def send(self, bodies: Sequence[str], delay: int = 0) -> None:
        """
        Send messages that are received after *delay* seconds, 900 at most.

        Raises:
            TransientError: not all of them were taken; those that were may be sent again.
        """


class Records(Protocol):
    """Whatever applies records: `connector.sync.Sync`, or `connector.slices.Slices`, which also sweeps."""

    def apply(self, records: Sequence[Record], deadline: Deadline) -> Sequence[Report]:
        """Apply the records, and return one report per record, in order."""


class Credentials(Protocol):
    """The API key."""

    def renew(self) -> bool:
        """Read the key again, use it from now on, and return whether it has changed."""


class Journal(Protocol):
    """Log lines and metrics."""

    def closing(self, report: Report) -> None:
        """Write the closing line of a notification, and count it."""

    def batch(self, tally: Tally) -> None:
        """Count what became of the messages of a batch."""

    def unsettled(self, message: Message, error: ConnectorError) -> None:
        """Say that a message could neither be delayed nor dead-lettered, and comes back by itself."""

    def unrenewed(self, error: ConnectorError) -> None:
        """Say that the API key could not be read again after Atlan did not accept it."""

    def unreleased(self, error: ConnectorError) -> None:
        """Say that the lease could not be given back, and ends by itself."""
