"""
Atlan's connections through pyatlan: finds the S3 connections, creates one, and lists what routes can name.

The command `connection` calls it. A search shows only what the API key may read, and lags by a second or more.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Final

from pyatlan.client.atlan import AtlanClient
from pyatlan.model import assets as models
from pyatlan.model.assets import Asset as Model
from pyatlan.model.enums import AtlanConnectionCategory, AtlanConnectorType, EntityStatus
from pyatlan.model.fluent_search import FluentSearch
from pyatlan.model.search import Query

from connector.adapters.atlan import answers
from connector.adapters.atlan.errors import answering
from connector.adapters.atlan.speaker import Use
from connector.adapters.atlan.survey import Search
from connector.core import inventory
from connector.core.inventory import S3, Connection, Entry
from connector.errors import ForbiddenError, MissingAssetError, RefusedError, TransientError, UnavailableError
from connector.ports import Clock

USE: Final = Use(
    answers.listed,
    "give the API key a persona that may read the connections; if it may not create one, let a workspace admin create "
    "the S3 connection in Atlan",
)
_PAGE: Final = 500
_MOST: Final = 10_000
"""Assets of a type that are read, at most. Source: Elasticsearch, the default of index.max_result_window."""

_PAUSES: Final = (1.0, 2.0, 4.0, *(8.0,) * 7)
"""Seconds between looks for a new connection: a minute in all, for its policies and the search index."""

_SECONDS: Final = 10
"""Seconds in which a free qualified name is looked for."""

_LOADED: Final = (
    AtlanConnectionCategory.WAREHOUSE,
    AtlanConnectionCategory.LAKE,
    AtlanConnectionCategory.QUERY_ENGINE,
)
_APPLICATIONS: Final = frozenset({"mssql", "mysql", "oracle", "rds"})
"""Databases of applications that pyatlan lists among the warehouses."""

_TABLES: Final[list[type]] = [models.Table, models.View, models.MaterialisedView]


class Connections:
    """Reads connections, and creates one. Every method raises the errors of `connector.adapters.atlan.errors`."""

    def __init__(self, client: AtlanClient, clock: Clock) -> None:
        self._client, self._clock = client, clock

    def survey(self) -> Search:
        """Return the survey port, with the same client."""
        return Search(self._client)

    def s3(self) -> Sequence[Entry]:
        """Return the S3 connections, active or archived."""
        query = [FluentSearch.asset_type(models.Connection), Model.CONNECTOR_NAME.eq(S3)]
        return [_entry(hit) for hit in self._search(query)[0]]

    def sides(self) -> tuple[Sequence[str], Sequence[str]]:
        """
        Return the connections that tables are exported from, and those that they are loaded into, by qualified name.

        Source:
            Atlan's categories of connectors: databases such as PostgreSQL, and warehouses and lakes such as Snowflake.
        """
        query = [FluentSearch.asset_type(models.Connection), FluentSearch.active_assets()]
        found = sorted(str(hit.qualified_name) for hit in self._search(query)[0])
        return [name for name in found if _exported(name)], [name for name in found if _loaded(name)]

    def create(self, name: str, users: Collection[str] = ()) -> Entry:
        """
        Create an S3 connection, with the API key's user and these *users* as its admins, and wait until it is found.

        Raises:
            RefusedError: Atlan has no such user.
            UnavailableError: it was, or may have been, created, and is not found yet.
        """
        built = self._new(name, [self._current(), *map(self._user, users)])
        created = Entry(str(built.qualified_name), name)
        guid = self._save(built)
        if not self._appears(lambda: self._readable(guid)) or not self._appears(lambda: created in self.s3()):
            raise UnavailableError(
                f"the S3 connection {name} was created as {created.qualified_name}, but Atlan does not show it to the "
                "API key yet; run the command again in a minute"
            )
        return created

    def inventory(self, connector: str = "") -> tuple[Sequence[Connection], int]:
        """
        Return S3 connections, and those that have databases, with these and their schemas; or of one *connector*.

        The second value is the number of assets that are not read, since there are too many.
        """
        wanted = [FluentSearch.active_assets()] + ([Model.CONNECTOR_NAME.eq(connector)] if connector else [])
        kinds = (models.Connection, models.Database, models.Schema)
        read = [self._search([FluentSearch.asset_type(kind), *wanted]) for kind in kinds]
        tree = inventory.tree(*([_entry(hit) for hit in hits if _active(hit)] for hits, _ in read))
        return [one for one in tree if one.databases or _nameable(one.connector)], sum(unread for _, unread in read)

    def tables(self, schemas: Collection[str]) -> Mapping[str, int]:
        """Count the tables and views of each of these schemas, in one request; a schema without any is left out."""
        if not schemas:
            return {}
        search = FluentSearch(
            wheres=[
                FluentSearch.active_assets(),
                FluentSearch.asset_types(_TABLES),
                models.Table.SCHEMA_QUALIFIED_NAME.within(sorted(schemas)),
            ]
        ).aggregate("tables", models.Table.SCHEMA_QUALIFIED_NAME.bucket_by(size=len(schemas)))
        with self._answering("counting tables"):
            found = search.page_size(0).execute(self._client).aggregations
        if not found:
            raise UnavailableError("counting tables: Atlan responded without the numbers; run the command again")
        return {bucket.key: bucket.doc_count for bucket in found["tables"].buckets}

    def _new(self, name: str, admins: list[str]) -> models.Connection:
        """
        Build a connection whose qualified name, which ends in the current second, no other connection has.

        Source: Atlan's API reference, "Create connections": a qualified name that exists is updated.
        """
        for _ in range(_SECONDS):
            with self._answering(f"the S3 connection {name}"):
                built: models.Connection = models.Connection.creator(
                    client=self._client, name=name, connector_type=AtlanConnectorType.S3, admin_users=admins
                )
            if not self._taken(str(built.qualified_name)):
                return built
            self._clock.sleep(1.0)
        raise UnavailableError(
            f"creating the S3 connection {name}: the qualified names of the last {_SECONDS} seconds are taken; run the "
            "command again"
        )

    def _taken(self, qualified_name: str) -> bool:
        try:
            with self._answering(f"Connection {qualified_name}"):
                self._client.asset.get_by_qualified_name(qualified_name, models.Connection)
        except MissingAssetError:
            return False
        except ForbiddenError:
            pass  # somebody else's
        return True

    def _save(self, built: models.Connection) -> str:
        """Save a new connection, and return its guid."""
        what = f"creating the S3 connection {built.name}"
        try:
            with self._answering(what, write=True):
                assigned = self._client.asset.save(built).guid_assignments or {}
        except TransientError as error:
            if not error.ambiguous:
                raise
            raise UnavailableError(f"{error}; it may have been created: run the command again in a minute") from error
        if built.guid not in assigned:
            raise UnavailableError(f"{what}: Atlan responded without its guid; run the command again in a minute")
        return assigned[built.guid]

    def _readable(self, guid: str) -> bool:
        """Read the graph, which does not lag."""
        with self._answering(f"Connection {guid}"):
            return _active(self._client.asset.get_by_guid(guid, models.Connection))

    def _current(self) -> str:
        """Return the name of the API key's user."""
        with self._answering("the API key's user"):
            user = self._client.user.get_current()
        return self._known(user.username, user.id)

    def _user(self, name: str) -> str:
        with self._answering(f"the user {name}"):
            user = self._client.user.get_by_username(name)
        if user is None or user.username != name:
            raise RefusedError(f"Atlan has no user {name}; give the name with which the person is listed in Atlan")
        return self._known(user.username, user.id)

    def _known(self, name: str | None, guid: str | None) -> str:
        """Tell pyatlan that the user exists, or it would read all users, and all API keys, to find out."""
        self._client.user_cache.map_name_to_id[str(name)] = str(guid)
        return str(name)

    def _appears(self, found: Callable[[], bool]) -> bool:
        """
        Look for a new connection until it is found, for a minute.

        Source: pyatlan, `AssetClient.save`: a connection that was just created may be denied to its creator.
        """
        for pause in (*_PAUSES, 0.0):
            try:
                if found():
                    return True
            except (ForbiddenError, MissingAssetError):
                pass
            self._clock.sleep(pause)
        return False

    def _search(self, query: list[Query]) -> tuple[list[Model], int]:
        """Return the results, sorted by qualified name, and the number of those that are not read."""
        with self._answering("search"):
            search = FluentSearch(wheres=query).sort(Model.QUALIFIED_NAME.order()).page_size(_PAGE)
            results = search.execute(self._client)
            found = {hit.guid: hit for hit in results.current_page()}
            for _ in range(_PAGE, _MOST, _PAGE):
                if len(found) >= results.count or not results.next_page():
                    break
                found |= {hit.guid: hit for hit in results.current_page()}
        return list(found.values()), max(0, results.count - len(found))

    def _answering(self, what: str, *, write: bool = False) -> AbstractContextManager[None]:
        return answering(what, self._client.api_key or "", write=write)


def _entry(asset: Model) -> Entry:
    name = str(asset.qualified_name)
    return Entry(name, asset.name or name.rpartition("/")[2], _active(asset))


def _active(asset: Model) -> bool:
    return asset.status == EntityStatus.ACTIVE


def _nameable(connector: str) -> bool:
    """Tell whether the assets of a connector can be part of a route: S3, and those that have databases."""
    return connector == S3 or _category(connector) in (AtlanConnectionCategory.DATABASE, *_LOADED)


def _exported(qualified_name: str) -> bool:
    connector = inventory.connector(qualified_name)
    return connector in _APPLICATIONS or _category(connector) is AtlanConnectionCategory.DATABASE


def _loaded(qualified_name: str) -> bool:
    return not _exported(qualified_name) and _category(inventory.connector(qualified_name)) in _LOADED


def _category(connector: str) -> AtlanConnectionCategory | None:
    return next((kind.category for kind in AtlanConnectorType if kind.value == connector), None)
