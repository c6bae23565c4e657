"""What routes can name: the S3 connection that is meant, and the tree of connections, databases and schemas."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.core import inventory
from connector.core.inventory import Connection, Database, Entry, Schema
from connector.errors import AmbiguousConnectionError, ConnectorError, MissingConnectionError

EXPORTS = Entry("default/s3/1", "exports")
RAW = Entry("default/s3/2", "raw")
OLD = Entry("default/s3/3", "old", active=False)
TWIN = Entry("default/s3/4", "exports")

PUBLIC = Entry("default/postgres/5/shop/public", "public")
AUDIT = Entry("default/postgres/5/shop/audit", "audit")
SHOP = Entry("default/postgres/5/shop", "shop")
EMPTY = Entry("default/postgres/5/empty", "empty")
POSTGRES = Entry("default/postgres/5", "operations")


def tree() -> list[Connection]:
    return inventory.tree([POSTGRES, EXPORTS], [SHOP, EMPTY], [PUBLIC, AUDIT])


def names(connections: list[Connection]) -> list[str]:
    """Return the last part of every qualified name, depth first."""
    found = []
    for connection in connections:
        found.append(connection.name)
        for database in connection.databases:
            found += [database.name, *(schema.name for schema in database.schemas)]
    return found


@pytest.mark.parametrize("found", [[EXPORTS], [OLD, EXPORTS]])
def test_only(found: list[Entry]) -> None:
    """The one active S3 connection needs no name."""
    assert inventory.only(found) == EXPORTS


@pytest.mark.parametrize(
    ("found", "error", "says"),
    [
        pytest.param(
            [], MissingConnectionError, "to create one, run: python -m connector connection --name", id="none"
        ),
        pytest.param(
            [OLD], MissingConnectionError, "Atlan has no S3 connection that the API key may read", id="archived"
        ),
        pytest.param(
            [EXPORTS, OLD, RAW],
            AmbiguousConnectionError,
            "Atlan has 2 S3 connections; choose one with --name:\n  exports  default/s3/1\n  raw  default/s3/2",
            id="two",
        ),
    ],
)
def test_not_one(found: list[Entry], error: type[ConnectorError], says: str) -> None:
    """Without one, or with several, the error says what to do, and lists them."""
    with pytest.raises(error) as caught:
        inventory.only(found)

    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("exports", EXPORTS),
        ("default/s3/1", EXPORTS),
        ("raw", RAW),
        ("new", None),
        ("new/one", None),
        ("default/postgres/1", None),
    ],
)
def test_named(name: str, found: Entry | None) -> None:
    """A connection is found by its name or qualified name; where nothing has the name, it can be created."""
    assert inventory.named([EXPORTS, RAW, OLD], name) == found


@pytest.mark.parametrize(
    ("name", "error", "says"),
    [
        pytest.param("Raw", AmbiguousConnectionError, "named raw; write --name raw", id="another case"),
        pytest.param(
            "old", MissingConnectionError, "old is archived (default/s3/3); restore it in Atlan", id="archived"
        ),
        pytest.param("default/s3/9", MissingConnectionError, "give a name, without slashes", id="no such id"),
        pytest.param(
            "exports",
            AmbiguousConnectionError,
            "2 S3 connections named exports; choose one by its qualified name:\n  exports  default/s3/1\n  exports",
            id="twins",
        ),
    ],
)
def test_not_named(name: str, error: type[ConnectorError], says: str) -> None:
    """A name that is not certain is an error: nothing is created that exists by a similar name."""
    with pytest.raises(error) as caught:
        inventory.named([EXPORTS, RAW, OLD, TWIN], name)

    assert says in str(caught.value)


def test_archived_twin() -> None:
    """An archived connection does not hide the active one of its name, nor does one of another case."""
    gone = Entry("default/s3/0", "exports", active=False)

    assert inventory.named([gone, EXPORTS, Entry("default/s3/5", "Exports")], "exports") == EXPORTS


def test_tree() -> None:
    """Assets are arranged by qualified name, in its order."""
    operations, exports = tree()

    assert operations == Connection(
        POSTGRES.qualified_name,
        "operations",
        (
            Database(EMPTY.qualified_name, "empty"),
            Database(
                SHOP.qualified_name,
                "shop",
                (Schema(AUDIT.qualified_name, "audit"), Schema(PUBLIC.qualified_name, "public")),
            ),
        ),
    )
    assert (exports.connector, exports.databases) == ("s3", ())


def test_unreadable_parents() -> None:
    """A schema whose database and connection the API key may not read is in the tree, below parents without a name."""
    (connection,) = inventory.tree([], [], [PUBLIC])

    assert (connection.qualified_name, connection.name) == (POSTGRES.qualified_name, "")
    assert [(one.qualified_name, one.name) for one in connection.databases] == [(SHOP.qualified_name, "")]


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        pytest.param("", ["operations", "empty", "shop", "audit", "public", "exports"], id="nothing"),
        pytest.param("PUBLIC", ["operations", "shop", "public"], id="a schema"),
        pytest.param("shop", ["operations", "shop", "audit", "public"], id="a database"),
        pytest.param("/empty", ["operations", "empty"], id="a database without schemas"),
        pytest.param("operat", ["operations", "empty", "shop", "audit", "public"], id="a connection"),
        pytest.param("default/s3", ["exports"], id="a qualified name"),
        pytest.param("none", [], id="no match"),
    ],
)
def test_narrowed(text: str, kept: list[str]) -> None:
    """A text keeps what has it in a name, with what is below and above it."""
    assert names(list(inventory.narrowed(tree(), text))) == kept


def test_bounded() -> None:
    """Of many databases and schemas the first are kept, and the others are counted."""
    (operations, _) = inventory.bounded(tree(), 1)

    assert names([operations]) == ["operations", "empty"]
    assert operations.more == 1


@given(st.integers(1, 9), st.integers(0, 9))
def test_nothing_lost(most: int, count: int) -> None:
    """What is kept and what is counted as left out are all."""
    schemas = [Entry(f"{SHOP.qualified_name}/{number}", f"{number}") for number in range(count)]

    (connection,) = inventory.bounded(inventory.tree([POSTGRES], [SHOP], schemas), most)

    (shop,) = connection.databases
    assert len(shop.schemas) + shop.more == count
    assert len(shop.schemas) <= most


def test_counted() -> None:
    """Each schema gets its number of tables; one without tables has none."""
    connections = list(inventory.counted(tree(), {PUBLIC.qualified_name: 3}))

    assert [schema.tables for schema in connections[0].databases[1].schemas] == [0, 3]
    assert inventory.schemas(connections) == [AUDIT.qualified_name, PUBLIC.qualified_name]
