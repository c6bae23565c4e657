"""Lineage that others made between our assets: what is found, what is left alone, and what adopting it does."""

import pytest

from connector import routesfile
from connector.core.asset import Name, Type
from connector.core.names import Namespace
from connector.core.order import Scope
from connector.errors import UnavailableError
from connector.foreign import Foreign
from tests.support.shop import BUCKET, ITEMS, ORDERS
from tests.support.world import World, key

S3 = "default/s3/1"
SCRIPT = f"{S3}/script/"


@pytest.fixture
def world() -> World:
    world = World()
    world.upload("1", "2")
    return world


def made(world: World, name: str, inputs: tuple[str, ...], outputs: tuple[str, ...], parent: str = "") -> Name:
    """Let somebody else make a process between assets of these qualified names."""
    guids = {e.name.qualified_name: guid for guid, e in world.atlan.entities.items()}
    guids |= {table: part.guid for table, part in world.atlan.warehouse.items()}
    kind = Type.COLUMN_PROCESS if parent else Type.PROCESS
    world.atlan.foreign(
        Name(kind, name),
        inputs=frozenset(guids[one] for one in inputs),
        outputs=frozenset(guids[one] for one in outputs),
        parent=guids.get(parent, ""),
        foreign=True,
    )
    return Name(kind, name)


def found(world: World, prefix: str = "") -> list[str]:
    parsed = routesfile.read(world.routes, "routes.yaml")
    foreign = Foreign(parsed, Namespace(parsed.connection, "ours"), (world.catalog, world.catalog))
    return [linked.name.qualified_name for linked in foreign.processes(Scope(BUCKET, prefix))]


def test_found(world: World) -> None:
    """Processes of others into an object, out of it, and from table to table, are found, each once."""
    one, two = (f"{S3}/lake/{key(part)}" for part in "12")
    made(world, f"{SCRIPT}in", (ORDERS[0],), (one,))
    made(world, f"{SCRIPT}out", (two,), (ORDERS[1],))
    made(world, f"{SCRIPT}whole", (ORDERS[0],), (ORDERS[1],))

    assert sorted(found(world)) == [f"{SCRIPT}in", f"{SCRIPT}out", f"{SCRIPT}whole"]


def test_left_alone(world: World) -> None:
    """Not meant are those with other ends, of another deployment, of assets elsewhere, and archived ones."""
    one = f"{S3}/lake/{key('1')}"
    world.atlan.add_table(ITEMS[0], [])
    made(world, f"{SCRIPT}more", (ORDERS[0], ITEMS[0]), (one,))
    made(world, f"{SCRIPT}elsewhere", (ITEMS[0],), (ORDERS[1],))
    made(world, f"{S3}/theirs/in/lake/{key('1')}", (ORDERS[0],), (one,))
    made(world, f"{SCRIPT}gone", (ORDERS[0],), (one,))
    (guid,) = world.atlan.names[Name(Type.PROCESS, f"{SCRIPT}gone")]
    world.atlan.retire(world.catalog.find([Name(Type.PROCESS, f"{SCRIPT}gone")])[Name(Type.PROCESS, f"{SCRIPT}gone")])

    assert not world.atlan.entities[guid].active
    assert found(world) == []


def test_off_route(world: World) -> None:
    """An object on no route has no tables, so nothing at it is meant."""
    world.atlan.foreign(Name(Type.OBJECT, f"{S3}/lake/elsewhere.txt"), foreign=True)
    made(world, f"{SCRIPT}in", (ORDERS[0],), (f"{S3}/lake/elsewhere.txt",))

    assert found(world) == []


def test_prefix(world: World) -> None:
    """Only objects whose keys begin with the prefix are looked at."""
    made(world, f"{SCRIPT}in", (ORDERS[0],), (f"{S3}/lake/{key('1')}",))

    assert found(world, "raw/") == []
    assert found(world, key("1")) == [f"{SCRIPT}in"]


def test_adopt(world: World) -> None:
    """Adopting retires a process of others with its column processes, children first, and nothing of ours."""
    whole = made(world, f"{SCRIPT}whole", (ORDERS[0],), (ORDERS[1],))
    child = made(world, f"{SCRIPT}whole/id", (), (), whole.qualified_name)
    ours = {name for name in world.atlan.active() if "/script/" not in name}

    changes = world.sync.adopt([whole], world.deadline())

    assert changes.retired == {whole, child}
    assert world.catalog.log[-1] == ("retire", (child.qualified_name, whole.qualified_name))
    assert world.atlan.active() == ours


def test_adopt_ambiguous(world: World) -> None:
    """A retirement without an answer leaves the lease to expire, as any write does."""
    whole = made(world, f"{SCRIPT}whole", (ORDERS[0],), (ORDERS[1],))
    world.catalog.refuse = [UnavailableError("no answer", ambiguous=True)]

    with pytest.raises(UnavailableError):
        world.sync.adopt([whole], world.deadline())

    assert world.lease.term.ambiguous
