"""
What Atlan has that a routes file can name: connections, their databases, and the schemas of these.

`connector.adapters.atlan.connections` reads it, and the command `connection` shows it. Asset names are not unique;
qualified names are.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from connector.errors import AmbiguousConnectionError, MissingConnectionError

S3: Final = "s3"
"""The connector of S3 connections."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An asset, by its names; an archived one is not *active*."""

    qualified_name: str
    name: str
    active: bool = True


@dataclass(frozen=True, slots=True)
class Schema:
    """A schema with the number of its tables and views."""

    qualified_name: str
    name: str
    tables: int = 0


@dataclass(frozen=True, slots=True)
class Database:
    """A database with its schemas; *more* is the number of schemas that are left out."""

    qualified_name: str
    name: str
    schemas: tuple[Schema, ...] = ()
    more: int = 0


@dataclass(frozen=True, slots=True)
class Connection:
    """A connection with its databases; *more* is the number of databases that are left out."""

    qualified_name: str
    name: str
    databases: tuple[Database, ...] = ()
    more: int = 0

    @property
    def connector(self) -> str:
        """The kind of the source, such as "postgres"."""
        return connector(self.qualified_name)


_Part = TypeVar("_Part", Connection, Database, Schema)


def connector(qualified_name: str) -> str:
    """Source: Atlan, a connection's qualified name is tenant/connector/epoch."""
    return f"{qualified_name}/".split("/")[1]


def only(found: Iterable[Entry]) -> Entry:
    """
    Return the S3 connection, if there is one and no more.

    Raises:
        AmbiguousConnectionError: there are several.
        MissingConnectionError: there is none.
    """
    active = [entry for entry in found if entry.active]
    if not active:
        raise MissingConnectionError(
            "Atlan has no S3 connection that the API key may read; to create one, run: "
            "python -m connector connection --name NAME"
        )
    return _single(active, f"Atlan has {len(active)} S3 connections; choose one with --name")


def named(found: Iterable[Entry], name: str) -> Entry | None:
    """
    Return the S3 connection with this name or qualified name, or None if it can be created.

    Raises:
        AmbiguousConnectionError: several have the name, or one differs from it only in case.
        MissingConnectionError: it is archived, or *name* is a qualified name, which cannot be chosen.
    """
    alike = [entry for entry in found if name.casefold() in (entry.name.casefold(), entry.qualified_name)]
    exact = [entry for entry in alike if name in (entry.name, entry.qualified_name)]
    if active := [entry for entry in exact if entry.active]:
        return _single(active, f"Atlan has {len(active)} S3 connections named {name}; choose one by its qualified name")
    if exact:
        raise MissingConnectionError(
            f"the S3 connection {name} is archived ({exact[0].qualified_name}); restore it in Atlan, or give another "
            "name"
        )
    if other := [entry for entry in alike if entry.active]:
        raise AmbiguousConnectionError(
            f"Atlan has an S3 connection named {other[0].name}; write --name {other[0].name}, or give another name"
        )
    if name.count("/") == 2 and connector(name) == S3:  # noqa: PLR2004 - the slashes of a qualified name
        raise MissingConnectionError(
            f"Atlan has no S3 connection {name} that the API key may read; give a name, without slashes, to create one"
        )
    return None


def _single(entries: Sequence[Entry], otherwise: str) -> Entry:
    if len(entries) == 1:
        return entries[0]
    lines = [f"  {entry.name}  {entry.qualified_name}" for entry in entries]
    raise AmbiguousConnectionError("\n".join((f"{otherwise}:", *lines)))


def tree(connections: Iterable[Entry], databases: Iterable[Entry], schemas: Iterable[Entry]) -> list[Connection]:
    """Arrange assets in a tree, by qualified name; a parent that was not found has no name."""
    below = defaultdict[str, list[Schema]](list)
    for schema in schemas:
        below[schema.qualified_name.rpartition("/")[0]].append(Schema(schema.qualified_name, schema.name))
    names = dict.fromkeys(below, "") | {entry.qualified_name: entry.name for entry in databases}
    inside = defaultdict[str, list[Database]](list)
    for qualified_name, name in names.items():
        parent = "/".join(qualified_name.split("/")[:3])
        inside[parent].append(Database(qualified_name, name, _sorted(below[qualified_name])))
    names = dict.fromkeys(inside, "") | {entry.qualified_name: entry.name for entry in connections}
    return list(_sorted(Connection(name, names[name], _sorted(inside[name])) for name in names))


def _sorted(parts: Iterable[_Part]) -> tuple[_Part, ...]:
    return tuple(sorted(parts, key=lambda part: part.qualified_name))


def narrowed(connections: Iterable[Connection], text: str) -> Iterator[Connection]:
    """Keep what has *text* in one of its names, in any case, with all that is below it and what is above it."""
    for connection in connections:
        if _has(connection, text):
            yield connection
            continue
        databases = [
            database if _has(database, text) else replace(database, schemas=_having(database.schemas, text))
            for database in connection.databases
        ]
        if kept := tuple(database for database in databases if database.schemas or _has(database, text)):
            yield replace(connection, databases=kept)


def _having(schemas: Iterable[Schema], text: str) -> tuple[Schema, ...]:
    return tuple(schema for schema in schemas if _has(schema, text))


def _has(part: Connection | Database | Schema, text: str) -> bool:
    return any(text.casefold() in name.casefold() for name in (part.name, part.qualified_name))


def bounded(connections: Iterable[Connection], most: int) -> Iterator[Connection]:
    """Keep *most* databases of each connection, and *most* schemas of each database, and count those left out."""
    for connection in connections:
        databases = tuple(
            replace(database, schemas=database.schemas[:most], more=max(0, len(database.schemas) - most))
            for database in connection.databases[:most]
        )
        yield replace(connection, databases=databases, more=max(0, len(connection.databases) - most))


def counted(connections: Iterable[Connection], tables: Mapping[str, int]) -> Iterator[Connection]:
    """Give each schema the number of its *tables*, by qualified name; a schema that is not in it has none."""
    for connection in connections:
        databases = tuple(
            replace(database, schemas=tuple(_with(schema, tables) for schema in database.schemas))
            for database in connection.databases
        )
        yield replace(connection, databases=databases)


def _with(schema: Schema, tables: Mapping[str, int]) -> Schema:
    return replace(schema, tables=tables.get(schema.qualified_name, 0))


def schemas(connections: Iterable[Connection]) -> list[str]:
    """Return the qualified names of all schemas of these connections."""
    return [
        schema.qualified_name
        for connection in connections
        for database in connection.databases
        for schema in database.schemas
    ]
