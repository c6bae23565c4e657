"""
Queries for what resembles tables that Atlan does not have: other cases, other schemas, other connections.

Called by `catalog`. One page of results is read, since they only explain what is missing.
"""

from collections.abc import Collection, Iterable

from pyatlan.model.assets import Asset as Model
from pyatlan.model.search import Bool, Query, Terms

from connector.core.nearest import connection_of, named, schema_of


def same(names: Collection[str], kinds: Iterable[str]) -> Query:
    """
    Match tables with the names of these, in any case, and all connections, of the same connectors.

    Source: Atlan's index, in which `name.keyword` is in lower case.
    """
    connectors = sorted({schema_of(connection_of(name)) for name in names})
    tables = Bool(
        filter=[
            Model.TYPE_NAME.within(list(kinds)),
            Terms(field=Model.NAME.keyword_field_name, values=sorted(set(map(named, names)))),
        ]
    )
    return Bool(
        filter=[
            _any(Model.QUALIFIED_NAME.startswith(f"{connector}/") for connector in connectors),
            _any([Model.TYPE_NAME.eq("Connection"), tables]),
        ]
    )


def schemas(names: Collection[str], kinds: Iterable[str]) -> Query:
    """Match all tables of the schemas of these, in any case."""
    places = sorted({schema_of(name) for name in names})
    return Bool(
        filter=[
            Model.TYPE_NAME.within(list(kinds)),
            _any(Model.QUALIFIED_NAME.startswith(f"{place}/", case_insensitive=True) for place in places),
        ]
    )


def _any(queries: Iterable[Query]) -> Query:
    return Bool(should=list(queries), minimum_should_match=1)
