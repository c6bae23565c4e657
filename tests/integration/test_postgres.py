"""From a real PostgreSQL to Atlan: what COPY writes is uploaded, and its columns have lineage in the catalog."""

import gzip
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

import pytest
from pyatlan.model.assets import ColumnProcess
from pyatlan.model.enums import EntityStatus

from tests.integration.conftest import World
from tests.support import crawler
from tests.support.postgres import Postgres, needs_postgres, postgres
from tests.support.shop import CONNECTION as S3

pytestmark = needs_postgres

FLOWS: Final = {
    "id": "ID",
    "OrderId": "ORDER_ID",
    "Unit Price": "UNIT_PRICE",
    'say "hi"': 'SAY "HI"',
    "last, first": "last, first",
    "a;b|c": "A;B|C",
    "tab\tbed": "tab\tbed",
    "it's 100%": "IT'S 100%",
    "back\\slash": "BACK\\SLASH",
    "line\nbreak": "line\nbreak",
    "Größe": "GRÖSSE",
    "価格": "価格",
    "select": "SELECT",
    "x" * 63: "X" * 63,
}
"""The columns of a table in PostgreSQL, and those of the table in Snowflake that they are loaded into."""

FEWER: Final = ("line\nbreak", "Unit Price", 'say "hi"', "Größe")
CSV: Final = "FORMAT csv, HEADER"


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    """A server that has the table, with a row that has quotes, line breaks and nulls."""
    with postgres() as server:
        server.sql(f"CREATE TABLE orders ({', '.join(f'{_quoted(name)} text' for name in (*FLOWS, 'internal'))})")
        values = r"""$$1,2;3|4$$, E'say "no"\nand go', '', NULL"""
        server.sql(f"INSERT INTO orders ({', '.join(map(_quoted, FEWER))}) VALUES ({values})")
        yield server


@pytest.fixture
def world(world: World) -> World:
    crawler.tables(world.client, {world.source: (*FLOWS, "internal"), world.target: (*FLOWS.values(), "_LOADED_AT")})
    return world


@pytest.mark.parametrize(
    ("options", "packed"),
    [
        pytest.param(CSV, bytes, id="comma"),
        pytest.param(f"{CSV}, DELIMITER ';'", bytes, id="semicolon"),
        pytest.param(rf"{CSV}, DELIMITER E'\t'", bytes, id="tab"),
        pytest.param(f"{CSV}, DELIMITER '|', FORCE_QUOTE *", bytes, id="pipe"),
        pytest.param(rf"{CSV}, DELIMITER E'\x01', ESCAPE '\'", bytes, id="ctrl-a"),
        pytest.param(CSV, gzip.compress, id="gzip"),
        pytest.param("FORMAT text, HEADER", bytes, id="text"),
    ],
)
def test_copy(world: World, server: Postgres, options: str, packed: Callable[[bytes], bytes]) -> None:
    """A file of four columns has their lineage only, one of all has all, and one without a header changes nothing."""

    def export(key: str, names: Iterable[str], options: str) -> None:
        query = f"SELECT {', '.join(map(_quoted, names))} FROM orders"
        world.upload(key, body=packed(server.sql(f"COPY ({query}) TO STDOUT ({options})")))

    export("1.csv", FEWER, options)
    assert flows(world) == {name: FLOWS[name] for name in FEWER}
    assert "does not have id (into ID), OrderId" in str(world.process(pair(world)).sql)

    export("2.csv", FLOWS, options)
    assert flows(world) == FLOWS
    assert not world.process(pair(world)).sql

    before = processes(world)
    export("3.csv", FEWER, options.replace(", HEADER", ""))
    assert processes(world).items() >= before.items()
    assert flows(world) == FLOWS


def flows(world: World) -> dict[str, str]:
    """Return which column flows into which, by the active column processes of the pair; each is named so."""
    found = {}
    for one in world.ours():
        if isinstance(one, ColumnProcess) and one.status == EntityStatus.ACTIVE:
            (source,), (target,) = one.inputs or (), one.outputs or ()
            left, right = _column(source, world.source), _column(target, world.target)
            assert one.name == f"{left} → {right}"
            assert one.process.unique_attributes["qualifiedName"] == f"{S3}/test/{pair(world)}"
            found[left] = right
    return found


def processes(world: World) -> dict[str, Any]:
    """Return guid, status and time of the last change of every process."""
    return {name: state for name, state in world.everything().items() if "Process " in name}


def pair(world: World) -> str:
    """Return the name of the process of the pair, in its connection."""
    return f"pair/{world.source}>{world.target}"


def _column(end: Any, table: str) -> str:
    """Return the name of a column of a table."""
    name = str(end.unique_attributes["qualifiedName"])
    assert name.startswith(f"{table}/")
    return name.removeprefix(f"{table}/")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
