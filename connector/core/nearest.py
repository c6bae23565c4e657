"""
Says what is wrong with the name of a table or a connection that Atlan does not have, and which names are near.

`connector.reader` reads what is similar; `desired` puts the sentence among the findings.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final

from connector.errors import ConnectorError

NAMED: Final = 3
"""Names that a sentence lists, at most."""

_ALIKE: Final = 0.6
"""The least similarity of two names of a schema; the usual cutoff of difflib."""

_PARTS: Final = ("connection", "database", "schema", "name")


@dataclass(frozen=True, slots=True)
class Similar:
    """
    What Atlan has that resembles assets it does not have, by qualified name, as far as a search shows it.

    `tables` are active, `archived` are those of the wanted tables that are archived, and `connections` the active ones
    of the same connectors.
    """

    tables: frozenset[str] = frozenset()
    archived: frozenset[str] = frozenset()
    connections: frozenset[str] = frozenset()


Looked = Similar | ConnectorError
"""What is similar, or why it could not be read."""


def table(name: str, looked: Looked) -> str:
    """Say that Atlan has no table *name*, why that may be, and what to do."""
    if isinstance(looked, ConnectorError):
        return f"Atlan has no table {name}; correct the route (similar names could not be looked up: {looked})"
    if name in looked.archived:
        return f"the table {name} is archived in Atlan; let its crawler run again, or correct the route"
    home, near = connection_of(name), _nearest(name, looked.tables)
    if home not in looked.connections:
        return _no_connection(home, looked.connections, [other for other, _ in near])
    if near:
        has = _either(f"{other} ({how})" for other, how in near)
        return f"Atlan has no table {name}, but it has {has}; correct the route"
    return (
        f"Atlan has no table {name} and none with a similar name, but it has the connection; let its crawler run, "
        "or correct the route"
    )


def connection(name: str, looked: Looked | None) -> str:
    """Say that Atlan has no active connection *name*, and which others of its connector it has."""
    near = sorted(looked.connections) if isinstance(looked, Similar) else []
    others = f", but it has {_either(near)}" if near else ""
    return f"Atlan has no active connection {name}{others}"


def connection_of(name: str) -> str:
    """
    Return the connection's part of a qualified name.

    Source: Atlan, a connection's qualified name is tenant/connector/epoch, and those of its assets begin with it.
    """
    return "/".join(name.split("/")[:3])


def schema_of(name: str) -> str:
    """Return the schema's part of a table's qualified name."""
    return name.rpartition("/")[0]


def named(name: str) -> str:
    """Return the last part of a qualified name, in lower case."""
    return name.rpartition("/")[2].lower()


def _no_connection(name: str, connections: frozenset[str], tables: Sequence[str]) -> str:
    known = _either(tables or sorted(connections))
    has = f", but it has {known}" if known else ""
    return f"Atlan has no connection {name} that the API key may read{has}; correct the route"


def _nearest(name: str, tables: frozenset[str]) -> list[tuple[str, str]]:
    """Return the names that are nearest, each with what is different in it."""
    near = sorted((*score, other) for other in tables if (score := _score(name, other)))
    return [(other, _difference(name, other)) for *_, other in near[:NAMED]]


def _score(name: str, other: str) -> tuple[int, float] | None:
    """Return how far two names are from each other; None if that is too far to be meant."""
    differing = [part for part, one, two in _parts(name, other) if one.lower() != two.lower()]
    alike = SequenceMatcher(None, named(name), named(other)).ratio()
    if "name" in differing and (len(differing) > 1 or alike < _ALIKE):
        return None
    return len(differing), -alike


def _difference(name: str, other: str) -> str:
    differing = [(part, one, two) for part, one, two in _parts(name, other) if one != two]
    if all(one.lower() == two.lower() for _, one, two in differing):
        return "another case"
    parts = [part for part, one, two in differing if one.lower() != two.lower()]
    return "a similar name" if parts == ["name"] else f"another {' and '.join(parts)}"


def _parts(name: str, other: str) -> Iterator[tuple[str, str, str]]:
    return zip(_PARTS, _split(name), _split(other), strict=False)


def _split(name: str) -> list[str]:
    return [connection_of(name), *name.split("/", 5)[3:]]


def _either(names: Iterator[str] | Sequence[str]) -> str:
    """Join names; those beyond `NAMED` are only counted."""
    listed = list(names)
    more = f" and {len(listed) - NAMED} more" if len(listed) > NAMED else ""
    return ", ".join(listed[:NAMED]) + more
