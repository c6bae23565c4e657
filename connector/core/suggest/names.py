"""The tables that Atlan has, by their names: those that are exported, or those that are loaded."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from connector.core import mistake
from connector.core.suggest.words import form, plurals

_PARTS: Final = 6
"""Parts of a table's qualified name. Source: Atlan, tenant/connector/epoch/database/schema/table."""


@dataclass(frozen=True, slots=True, order=True)
class Table:
    """A table by the parts of its qualified name; `connection` is its first three."""

    connection: str
    database: str
    schema: str
    name: str

    @property
    def qualified_name(self) -> str:
        """Return its name in Atlan."""
        return f"{self.home}/{self.name}"

    @property
    def home(self) -> str:
        """Return the qualified name of its schema."""
        return f"{self.connection}/{self.database}/{self.schema}"


def table(qualified_name: str) -> Table | None:
    """Read a qualified name; None if a routes file cannot have it."""
    parts = qualified_name.split("/")
    try:
        mistake.plain(qualified_name)
    except ValueError:
        return None
    if len(parts) != _PARTS or not all(parts) or "*" in qualified_name:
        return None
    return Table("/".join(parts[:3]), *parts[3:])


class Names:
    """The tables of one side."""

    def __init__(self, qualified_names: Iterable[str]) -> None:
        found = [one for one in map(table, qualified_names) if one]
        self._length = len(found)
        self.tables = _grouped((form(one.name), one) for one in found)
        self.schemas = frozenset(form(one.schema) for one in found)
        self.databases = frozenset(form(one.database) for one in found)
        self.others = self.schemas | self.databases
        self.homes = _grouped((one.home, one) for one in found)

    def __len__(self) -> int:
        return self._length


def _grouped(pairs: Iterable[tuple[str, Table]]) -> dict[str, tuple[Table, ...]]:
    groups: dict[str, list[Table]] = defaultdict(list)
    for key, one in pairs:
        groups[key].append(one)
    return {key: tuple(sorted(set(some))) for key, some in groups.items()}


def counterparts(one: Table, other: Names, mine: Names) -> Sequence[Table]:
    """
    Return the tables of the other side that may be the counterpart of a table: of its name, or of schema and name.

    If there is none, those whose name is its plural or its singular.
    Where one of them has the same schema, too, those are left out that have the schema of another table of *mine*.
    """
    same = (*other.tables.get(form(one.name), ()), *other.tables.get(form(one.schema + one.name), ()))
    if not same:
        same = tuple(table for name, _ in plurals(form(one.name)) for table in other.tables.get(name, ()))
    if not any(form(table.schema) == form(one.schema) for table in same):
        return same
    twins = {form(twin.schema) for twin in mine.tables.get(form(one.name), ())} - {form(one.schema)}
    return [table for table in same if form(table.schema) not in twins]
