"""The plan: saves before retirements, parents before children, few requests; desired assets are never retired."""

import itertools
from collections.abc import Iterable
from datetime import UTC, datetime

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from connector.core.asset import Asset, Bucket, ByGuid, Column, Found, Name, Object, Process, Reference, Stat, Table
from connector.core.columns import Flow, Rules
from connector.core.desired import Facts, Lineage, end_to_end, gone, there
from connector.core.names import Namespace
from connector.core.pattern import pattern
from connector.core.plan import REQUEST, Actual, Plan, plan, retreats, waves
from connector.core.route import Hint, Match, Naming, Pair, Route

SPACE = Namespace("default/s3/17", "prod")
STAT = Stat(3, "e", datetime(2013, 1, 1, tzinfo=UTC))
BUCKET = SPACE.bucket("acme", Naming.PATH)
NOTHING = Actual({}, {})
WIDTHS = st.sampled_from([0, 1, 2, 3, 5, 49, 50, 51, 120])


def table(name: str, columns: int = 0) -> Table:
    """Return a table with as many columns."""
    return Table("Table", name, tuple(Column(f"c{n}", f"{name}-{n}") for n in range(columns)))


def hint(number: int) -> Hint:
    """Return a hint about the object of a number."""
    return Hint("acme", f"{number}.csv", Match(Route("r", "acme", pattern("**"), None, None, Rules()), "s", "t"))


def made(number: int, ends: Iterable[str] = ("s", "t"), bucket: Reference = BUCKET) -> Lineage:
    """Return the desired lineage of an object, with the tables that Atlan has."""
    facts = Facts({}, {}, tables={end: table(end) for end in ends})
    return there(hint(number), SPACE, (BUCKET, bucket), STAT, facts)


def pair(number: int, columns: int) -> Lineage:
    """Return the desired lineage of a pair of tables."""
    found = Pair(f"s{number}", f"t{number}")
    return end_to_end(found, SPACE, Rules(), {end: table(end, columns) for end in (found.source, found.target)})


def found(name: Name, *, active: bool = True, number: int = 0) -> Found:
    """Return an asset that Atlan has."""
    return Found(name, f"{name.qualified_name}#{number}", active)


def parent(number: int) -> Name:
    """Return the name of the end-to-end process of a pair."""
    return SPACE.pair(Pair(f"s{number}", f"t{number}"))


@st.composite
def desires(draw: st.DrawFn) -> tuple[Lineage, ...]:
    """Desired states: buckets, pairs, objects; each wide, narrow or absent."""
    bucket: Reference = draw(st.sampled_from([BUCKET, ByGuid("S3Bucket", "g0")]))
    lineages = [Lineage((Bucket(BUCKET, "acme", SPACE.connection),))] if isinstance(bucket, Name) else []
    for number, width in enumerate(draw(st.lists(st.none() | WIDTHS, max_size=3))):
        lineages.append(Lineage(absent=(parent(number),)) if width is None else pair(number, width))
    ends = st.none() | st.sets(st.sampled_from(["s", "t"]))
    for number, tables in enumerate(draw(st.lists(ends, max_size=60))):
        lineages.append(gone(hint(number), SPACE, BUCKET) if tables is None else made(number, tables, bucket))
    return tuple(lineages)


@st.composite
def worlds(draw: st.DrawFn) -> tuple[tuple[Lineage, ...], Actual]:
    """Desired and actual states: any assets, active or archived, some twice, with old and new columns."""
    desired = draw(desires())
    names = [name for lineage in desired for name in (*(asset.name for asset in lineage.present), *lineage.absent)]
    states = st.lists(st.booleans(), max_size=2)
    drawn = draw(st.lists(states, min_size=len(names), max_size=len(names)))
    assets = {
        name: tuple(found(name, active=state, number=number) for number, state in enumerate(some))
        for name, some in zip(names, drawn, strict=True)
    }
    children = {}
    for number in range(3):
        columns = draw(st.lists(st.sampled_from(["c0", "c1", "old", "older"]), unique=True))
        own = (SPACE.column(Pair(f"s{number}", f"t{number}"), Flow((name,), name)) for name in columns)
        children[parent(number)] = tuple(found(name, active=draw(st.booleans())) for name in own)
    return desired, Actual(assets, children)


def references(asset: Asset) -> tuple[Reference, ...]:
    """Return the references of an asset."""
    match asset:
        case Bucket():
            return ()
        case Object():
            return (asset.bucket,)
        case Process():
            return (*asset.inputs, *asset.outputs, *([asset.parent] if asset.parent else []))


def saved(made: Plan) -> list[Asset]:
    """Return all saved assets of a plan, in order."""
    return [asset for request in made.saves for asset in request]


def retired(made: Plan) -> list[Found]:
    """Return all retired assets of a plan, in order."""
    return [asset for request in made.retires for asset in request]


@pytest.mark.unmeasured
@settings(max_examples=100, deadline=None)
@given(worlds())
def test_saves_all(world: tuple[tuple[Lineage, ...], Actual]) -> None:
    """Every desired asset is saved once, whatever exists already."""
    desired, actual = world

    names = [asset.name for asset in saved(plan(desired, actual))]

    assert sorted(names, key=str) == sorted((asset.name for found in desired for asset in found.present), key=str)
    assert len(set(names)) == len(names)


@pytest.mark.unmeasured
@settings(max_examples=100, deadline=None)
@given(worlds())
def test_retires_all(world: tuple[tuple[Lineage, ...], Actual]) -> None:
    """Every active asset that is not desired is retired once; no desired and no inactive asset is retired."""
    desired, actual = world
    wanted = {asset.name for lineage in desired for asset in lineage.present}
    named = wanted.union(*(lineage.absent for lineage in desired))
    known = [found for name, some in actual.assets.items() if name in named for found in some]
    known += [found for name, some in actual.children.items() if name in named for found in some]

    guids = [asset.guid for asset in retired(plan(desired, actual))]

    event(f"retires {len(guids) > 0}")
    assert len(set(guids)) == len(guids)
    assert set(guids) == {asset.guid for asset in known if asset.active and asset.name not in wanted}


@pytest.mark.unmeasured
@settings(max_examples=100, deadline=None)
@given(worlds())
def test_points_back(world: tuple[tuple[Lineage, ...], Actual]) -> None:
    """Every reference of a saved asset is known to Atlan, or saved earlier or in the same request."""
    known: set[Name] = set()
    for request in plan(*world).saves:
        known |= {asset.name for asset in request}
        assert {name for asset in request for name in references(asset) if isinstance(name, Name)} <= known


@pytest.mark.unmeasured
@settings(max_examples=100, deadline=None)
@given(worlds())
def test_small(world: tuple[tuple[Lineage, ...], Actual]) -> None:
    """Every request has 1 to 50 assets."""
    made = plan(*world)

    assert all(1 <= len(request) <= REQUEST == 50 for request in (*made.saves, *made.retires))


@pytest.mark.unmeasured
@settings(max_examples=100, deadline=None)
@given(worlds())
def test_undivided(world: tuple[tuple[Lineage, ...], Actual]) -> None:
    """An object and its processes are saved by one request, since temporary guids are valid only within it."""
    made = plan(*world)

    places = {asset.name: index for index, request in enumerate(made.saves) for asset in request}
    for lineage in world[0]:
        if any(isinstance(asset, Object) for asset in lineage.present):
            assert len({places[asset.name] for asset in lineage.present}) == 1


@pytest.mark.unmeasured
@settings(max_examples=100, deadline=None)
@given(worlds())
def test_children_first(world: tuple[tuple[Lineage, ...], Actual]) -> None:
    """An asset is retired after all that refer to it: columns before their pair, processes before their object."""
    desired, actual = world

    order = {asset.guid: index for index, asset in enumerate(retired(plan(desired, actual)))}

    def last(names: Iterable[Name]) -> int:
        return max((order.get(asset.guid, -1) for name in names for asset in actual.assets.get(name, ())), default=-1)

    def first(name: Name) -> int:
        return min((order.get(asset.guid, len(order)) for asset in actual.assets.get(name, ())), default=len(order))

    for name, children in actual.children.items():
        assert all(order.get(child.guid, -1) <= first(name) for child in children)
    for lineage in desired:
        if len(lineage.absent) == 3:
            assert last(lineage.absent[:2]) <= first(lineage.absent[2])


@pytest.mark.unmeasured
@settings(max_examples=100, deadline=None)
@given(worlds())
def test_few(world: tuple[tuple[Lineage, ...], Actual]) -> None:
    """Requests are filled: the first group of a request would not have fitted into the previous one."""
    made = plan(*world)

    sizes = [len(request) for request in made.saves]
    assert all(left + right > REQUEST - 3 for left, right in itertools.pairwise(sizes))
    assert all(len(request) == REQUEST for request in made.retires[:-1])


def test_nothing() -> None:
    """An empty plan has no requests."""
    assert plan((), NOTHING) == Plan((), ())
    assert plan((Lineage(),), NOTHING) == Plan((), ())
    assert plan((gone(hint(1), SPACE, BUCKET),), NOTHING) == Plan((), ())


def test_order() -> None:
    """Buckets come first, then pairs and objects, and the columns of the pairs last, all in one request if they fit."""
    bucket = Lineage((Bucket(BUCKET, "acme", SPACE.connection),))

    (request,) = plan((bucket, pair(0, 2), made(1)), NOTHING).saves

    assert [asset.label for asset in request] == [
        "acme",
        "s0 → t0",
        "1.csv",
        "s → 1.csv",
        "1.csv → t",
        "c0 → c0",
        "c1 → c1",
    ]


def test_later_columns() -> None:
    """The columns of a wide pair go into as many requests as they need, all after their parent."""
    made = plan((pair(0, 120),), NOTHING)

    assert [len(request) for request in made.saves] == [50, 50, 21]
    assert made.saves[0][0].name == parent(0)


def test_whole_groups() -> None:
    """Sixteen objects with two processes each fill a request; the next begins another."""
    made_plan = plan([made(number) for number in range(17)], NOTHING)

    assert [len(request) for request in made_plan.saves] == [48, 3]


def test_moved() -> None:
    """An asset that is absent for one object and present for another stays."""
    name = made(1).present[1].name

    result = plan((Lineage(absent=(name,)), made(1)), Actual({name: (found(name),)}, {}))

    assert result.retires == ()


def test_raced() -> None:
    """If Atlan has several assets of one name, every active one is retired."""
    name = parent(0)
    ones = tuple(found(name, active=number != 1, number=number) for number in range(3))

    result = plan((Lineage(absent=(name,)),), Actual({name: ones}, {}))

    assert [asset.guid for asset in retired(result)] == [ones[0].guid, ones[2].guid]


def test_mentioned_twice() -> None:
    """An asset that is absent for two reasons is retired once."""
    column = SPACE.column(Pair("s0", "t0"), Flow(("c0",), "c0"))
    actual = Actual({parent(0): (found(parent(0)),), column: (found(column),)}, {parent(0): (found(column),)})

    result = plan((Lineage(absent=(parent(0),)), Lineage(absent=(column, parent(0)))), actual)

    assert retired(result) == [found(column), found(parent(0))]


def test_dropped_column() -> None:
    """A column process whose columns are no longer mapped is retired, and its parent stays."""
    old = SPACE.column(Pair("s0", "t0"), Flow(("old",), "old"))
    kept = SPACE.column(Pair("s0", "t0"), Flow(("c0",), "c0"))

    result = plan((pair(0, 1),), Actual({}, {parent(0): (found(old), found(kept))}))

    assert retired(result) == [found(old)]


def test_pair_ends() -> None:
    """The columns of a pair that ends are retired before the pair, since Atlan does not cascade."""
    column = SPACE.column(Pair("s0", "t0"), Flow(("c0",), "c0"))

    result = plan(
        (Lineage(absent=(parent(0),)),), Actual({parent(0): (found(parent(0)),)}, {parent(0): (found(column),)})
    )

    assert result == Plan((), ((found(column), found(parent(0))),))


def test_wide_pair_ends() -> None:
    """The columns of a wide pair are retired by requests that may be in flight together, their parent after them."""
    columns = [SPACE.column(Pair("s0", "t0"), Flow((f"c{n}",), f"c{n}")) for n in range(120)]
    actual = Actual({parent(0): (found(parent(0)),)}, {parent(0): tuple(map(found, columns))})

    made = plan((Lineage(absent=(parent(0),)), gone(hint(1), SPACE, BUCKET)), actual)

    assert [[len(request) for request in wave] for wave in retreats(made.retires)] == [[50, 50], [21]]


@settings(max_examples=100, deadline=None)
@given(worlds())
def test_waves(world: tuple[tuple[Lineage, ...], Actual]) -> None:
    """A reference of a saved asset is to one of its own request, or of an earlier wave."""
    made = plan(*world)
    known: set[Name] = set()

    for wave in waves(made.saves):
        for request in wave:
            own = {asset.name for asset in request}
            assert {name for asset in request for name in references(asset) if isinstance(name, Name)} <= known | own
        known |= {asset.name for request in wave for asset in request}
    assert [request for wave in waves(made.saves) for request in wave] == list(made.saves)


@settings(max_examples=100, deadline=None)
@given(worlds())
def test_retreats(world: tuple[tuple[Lineage, ...], Actual]) -> None:
    """What refers to a retired asset is retired by the same request, before it, or by an earlier wave."""
    desired, actual = world
    gone_before: set[Name] = set()

    for wave in retreats(plan(desired, actual).retires):
        for request in wave:
            own: set[Name] = set()
            for asset in request:
                children = {child.name for child in actual.children.get(asset.name, ()) if child.active}
                wanted = {one.name for lineage in desired for one in lineage.present}
                assert children - wanted <= gone_before | own
                own.add(asset.name)
        gone_before |= {asset.name for request in wave for asset in request}
