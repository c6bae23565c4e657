"""
What the core needs of the outside world, as protocols: `adapters` has the real ones, the tests have fakes.

Every method raises `ConnectorError` and nothing else when the world does not play along.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from connector.core.asset import Asset, Found, Name, Stat, Table


@dataclass(frozen=True, slots=True)
class Saved:
    """The guids of what was saved, and the names that were created or changed by it; all others were as sent."""

    guids: Mapping[Name, str]
    created: frozenset[Name]
    updated: frozenset[Name]


@dataclass(slots=True)
class Term:
    """
    The time for which a lease is held.

    `undisturbed` says that nobody else held it since we did, so that what was remembered of the catalog is still true.
    The holder sets `ambiguous` after a write that may yet be carried out: then the lease is kept for `grace` seconds.
    """

    undisturbed: bool
    grace: float = 0.0
    ambiguous: bool = False


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


class Lease(Protocol):
    """The right to write to a connection."""

    def hold(self, connection: str, deadline: float) -> AbstractContextManager[Term]:
        """Wait for the lease, as long as there is time to use it before *deadline* (monotonic seconds)."""
