"""What is said of a table that Atlan does not have: the thing, the nearest names, and the next step."""

import pytest

from connector.core import nearest
from connector.core.nearest import Looked, Similar
from connector.errors import ForbiddenError

HOME = "default/snowflake/1700000002"
NAME = f"{HOME}/ANALYTICS/PUBLIC/ORDERS"


def similar(*tables: str, connections: tuple[str, ...] = (HOME,), archived: tuple[str, ...] = ()) -> Similar:
    return Similar(frozenset(tables), frozenset(archived), frozenset(connections))


@pytest.mark.parametrize(
    ("looked", "said"),
    [
        pytest.param(
            similar(f"{HOME}/ANALYTICS/PUBLIC/orders"),
            f"Atlan has no table {NAME}, but it has {HOME}/ANALYTICS/PUBLIC/orders (another case); correct the route",
            id="case of the name",
        ),
        pytest.param(
            similar(f"{HOME}/analytics/public/ORDERS"),
            f"Atlan has no table {NAME}, but it has {HOME}/analytics/public/ORDERS (another case); correct the route",
            id="case of database and schema",
        ),
        pytest.param(
            similar(f"{HOME}/ANALYTICS/SALES/ORDERS"),
            f"Atlan has no table {NAME}, but it has {HOME}/ANALYTICS/SALES/ORDERS (another schema); correct the route",
            id="schema",
        ),
        pytest.param(
            similar(f"{HOME}/PROD/sales/orders"),
            f"Atlan has no table {NAME}, but it has {HOME}/PROD/sales/orders (another database and schema); "
            "correct the route",
            id="database and schema",
        ),
        pytest.param(
            similar(f"{HOME}/ANALYTICS/PUBLIC/ORDRES", f"{HOME}/ANALYTICS/PUBLIC/CUSTOMERS"),
            f"Atlan has no table {NAME}, but it has {HOME}/ANALYTICS/PUBLIC/ORDRES (a similar name); correct the route",
            id="typo",
        ),
        pytest.param(
            similar("default/snowflake/1700000003/ANALYTICS/PUBLIC/ORDERS"),
            f"Atlan has no table {NAME}, but it has default/snowflake/1700000003/ANALYTICS/PUBLIC/ORDERS "
            "(another connection); correct the route",
            id="connection",
        ),
        pytest.param(
            similar(
                f"{HOME}/ANALYTICS/PUBLIC/ORDER",
                f"{HOME}/ANALYTICS/PUBLIC/orders",
                f"{HOME}/PROD/SALES/ORDERS",
                f"{HOME}/ANALYTICS/SALES/ORDERS",
            ),
            f"Atlan has no table {NAME}, but it has {HOME}/ANALYTICS/PUBLIC/orders (another case), "
            f"{HOME}/ANALYTICS/SALES/ORDERS (another schema), {HOME}/ANALYTICS/PUBLIC/ORDER (a similar name); "
            "correct the route",
            id="the nearest three, nearest first",
        ),
        pytest.param(
            similar(f"{HOME}/ANALYTICS/SALES/ORDER", f"{HOME}/ANALYTICS/PUBLIC/CUSTOMERS"),
            f"Atlan has no table {NAME} and none with a similar name, but it has the connection; "
            "let its crawler run, or correct the route",
            id="nothing near",
        ),
        pytest.param(
            similar(connections=()),
            f"Atlan has no connection {HOME} that the API key may read; correct the route",
            id="no connection",
        ),
        pytest.param(
            similar(connections=tuple(f"default/snowflake/{number}" for number in range(5))),
            f"Atlan has no connection {HOME} that the API key may read, but it has default/snowflake/0, "
            "default/snowflake/1, default/snowflake/2 and 2 more; correct the route",
            id="other connections",
        ),
        pytest.param(
            similar("default/snowflake/3/ANALYTICS/PUBLIC/ORDERS", connections=("default/snowflake/3",)),
            f"Atlan has no connection {HOME} that the API key may read, but it has "
            "default/snowflake/3/ANALYTICS/PUBLIC/ORDERS; correct the route",
            id="the table in another connection",
        ),
        pytest.param(
            similar(f"{HOME}/ANALYTICS/SALES/ORDERS", archived=(NAME,)),
            f"the table {NAME} is archived in Atlan; let its crawler run again, or correct the route",
            id="archived",
        ),
        pytest.param(
            ForbiddenError("search: no"),
            f"Atlan has no table {NAME}; correct the route (similar names could not be looked up: search: no)",
            id="the search failed",
        ),
    ],
)
def test_table(looked: Looked, said: str) -> None:
    """A table that is missing is explained by what Atlan has."""
    assert nearest.table(NAME, looked) == said


@pytest.mark.parametrize(
    ("looked", "others"),
    [
        pytest.param(
            similar(connections=("default/s3/2", "default/s3/1")), ", but it has default/s3/1, default/s3/2", id="two"
        ),
        pytest.param(similar(connections=()), "", id="none"),
        pytest.param(ForbiddenError("no"), "", id="the search failed"),
        pytest.param(None, "", id="not looked up"),
    ],
)
def test_connection(looked: Looked | None, others: str) -> None:
    """A connection that is missing is explained by the others of its connector."""
    assert nearest.connection("default/s3/404", looked) == f"Atlan has no active connection default/s3/404{others}"
