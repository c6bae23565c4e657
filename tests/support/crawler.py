"""What people and crawlers bring into a catalog before the connector comes, over HTTP: connections, and tables."""

from collections.abc import Iterable, Mapping

from pyatlan.client.atlan import AtlanClient
from pyatlan.model.assets import Column, Connection, Database, Schema, Table
from pyatlan.model.enums import AtlanConnectorType

from local.catalog.server import Server


def connect(server: Server) -> AtlanClient:
    """Return a client of its own, with which nothing of the connector has to do."""
    return AtlanClient(base_url=server.url, api_key=server.key, proxy=None)


def connection(client: AtlanClient, *names: str) -> None:
    """Make the connections of these qualified names, such as "default/s3/1", one after the other."""
    admin = [str(client.role_cache.get_id_for_name("$admin"))]
    for name in names:
        kind = AtlanConnectorType(name.split("/")[1])
        made = Connection.creator(client=client, name=name, connector_type=kind, admin_roles=admin)
        made.qualified_name = name
        client.asset.save(made)


def tables(client: AtlanClient, wanted: Mapping[str, Iterable[str]]) -> None:
    """Make tables with these columns, by qualified name, and the databases and schemas in which they are."""
    schemas = dict.fromkeys(map(_parent, wanted))
    databases = dict.fromkeys(map(_parent, schemas))
    made = [
        [Database.creator(name=_last(one), connection_qualified_name=_parent(one)) for one in databases],
        [Schema.creator(name=_last(one), database_qualified_name=_parent(one)) for one in schemas],
        [Table.creator(name=_last(one), schema_qualified_name=_parent(one)) for one in wanted],
        [
            Column.creator(name=column, parent_qualified_name=one, parent_type=Table, order=order)
            for one, columns in wanted.items()
            for order, column in enumerate(columns, start=1)
        ],
    ]
    for assets in made:  # a reference by qualified name finds only what is stored
        client.asset.save(assets)


def _last(name: str) -> str:
    return name.rpartition("/")[2]


def _parent(name: str) -> str:
    return name.rpartition("/")[0]
