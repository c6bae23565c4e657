"""The names of our assets."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector.core.asset import Name, Type
from connector.core.columns import Flow
from connector.core.names import Namespace
from connector.core.route import Naming, Pair
from connector.core.seen import Around

S3 = "default/s3/17"
SPACE = Namespace(S3, "prod")
PAIR = Pair("default/postgres/1/shop/public/orders", "default/snowflake/2/DB/PUBLIC/ORDERS")
BUCKET = Name(Type.BUCKET, f"{S3}/acme")

TEXTS = st.text("ab/>%.- é", min_size=1, max_size=6)
SEGMENTS = st.text("ab>%.- é", min_size=1, max_size=4)
TABLE_NAMES = st.lists(SEGMENTS, min_size=6, max_size=6).map("/".join)
PAIRS = st.builds(Pair, TABLE_NAMES, TABLE_NAMES)
BUCKETS = st.sampled_from(["acme", "acme-in", "acme.out", "in", "pair"])


def test_names() -> None:
    """Objects are named below their bucket, processes below the connection and the deployment."""
    assert SPACE.object(BUCKET, "a/b c.csv") == Name(Type.OBJECT, "default/s3/17/acme/a/b c.csv")
    assert SPACE.into("acme", "a/b.csv") == Name(Type.PROCESS, "default/s3/17/prod/in/acme/a/b.csv")
    assert SPACE.out("acme", "a/b.csv") == Name(Type.PROCESS, "default/s3/17/prod/out/acme/a/b.csv")
    assert SPACE.pair(Pair("a/b c", "c/d e")) == Name(Type.PROCESS, "default/s3/17/prod/pair/a/b c>c/d e")
    assert SPACE.column(Pair("a/b", "c/d"), Flow(("x>y",), "z")) == Name(
        Type.COLUMN_PROCESS, "default/s3/17/prod/pair/a/b>c/d/x%3Ey>z"
    )


@pytest.mark.parametrize(
    ("naming", "name"),
    [(Naming.PATH, "default/s3/17/acme"), (Naming.ARN, "default/s3/17/arn:aws:s3:::acme")],
)
def test_bucket(naming: Naming, name: str) -> None:
    """A bucket is named by itself or by its ARN, as the routes file says, and its objects follow it."""
    bucket = SPACE.bucket("acme", naming)

    assert bucket == Name(Type.BUCKET, name)
    assert SPACE.object(bucket, "a/b") == Name(Type.OBJECT, f"{name}/a/b")


def test_arn() -> None:
    """The ARN of a bucket has no key, and that of an object has it as it is."""
    assert SPACE.arn("acme") == "arn:aws:s3:::acme"
    assert SPACE.arn("acme", "a b/c") == "arn:aws:s3:::acme/a b/c"
    assert SPACE.arn("acme", "") == "arn:aws:s3:::acme/"


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov"])
def test_partition(partition: str) -> None:
    """An ARN is of the partition that the bucket is in, also where buckets are named by it."""
    space = Namespace(S3, "prod", partition)

    assert space.arn("acme", "a") == f"arn:{partition}:s3:::acme/a"
    assert space.bucket("acme", Naming.ARN).qualified_name == f"{S3}/arn:{partition}:s3:::acme"


FLOWS = st.builds(Flow, st.lists(st.text("ab+>%", min_size=1, max_size=3), min_size=1, max_size=3).map(tuple), TEXTS)


@settings(max_examples=300, deadline=None)
@given(FLOWS, FLOWS)
def test_derived(one: Flow, other: Flow) -> None:
    """Columns that are derived from different ones have different names; that of one column is as it always was."""
    assert (SPACE.column(PAIR, one) == SPACE.column(PAIR, other)) is (one == other)
    assert SPACE.pair_of(SPACE.column(PAIR, one)) == PAIR
    assert SPACE.column(PAIR, Flow(("a+b",), "c")).qualified_name.endswith("/a%2Bb>c")


@settings(max_examples=300, deadline=None)
@given(PAIRS, PAIRS, TEXTS, TEXTS, st.data())
def test_distinct(one: Pair, other: Pair, source: str, target: str, data: st.DataObject) -> None:
    """Different pairs of tables or columns have different names, with any characters."""
    columns = data.draw(st.tuples(TEXTS, TEXTS) | st.just((source, target)))

    assert (SPACE.pair(one) == SPACE.pair(other)) is (one == other)
    same = (one, source, target) == (other, *columns)
    assert (SPACE.column(one, Flow((source,), target)) == SPACE.column(other, Flow((columns[0],), columns[1]))) is same


def test_arrow() -> None:
    """The separator of two names never occurs within them."""
    pairs = [Pair("a>b", "c"), Pair("a", "b>c"), Pair("a%3Eb", "c"), Pair("a", "b%3Ec")]

    assert len({SPACE.pair(pair) for pair in pairs}) == len(pairs)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(BUCKETS, TEXTS), min_size=2, max_size=4, unique=True), st.lists(PAIRS, max_size=2))
def test_distinct_objects(objects: list[tuple[str, str]], pairs: list[Pair]) -> None:
    """The two processes of an object, those of another, and those of the pairs of tables never share a name."""
    names = {make(*found) for found in objects for make in (SPACE.into, SPACE.out)}
    ends = {SPACE.pair(pair) for pair in pairs}
    files = {SPACE.object(SPACE.bucket(bucket, Naming.PATH), key) for bucket, key in objects}

    assert len(names) == 2 * len(objects)
    assert len(files) == len(objects)
    assert names.isdisjoint(ends)


@pytest.mark.parametrize(
    ("make", "owned"),
    [
        pytest.param(lambda space: space.into("acme", "a"), True, id="into"),
        pytest.param(lambda space: space.out("acme", "a"), True, id="out"),
        pytest.param(lambda space: space.pair(PAIR), True, id="pair"),
        pytest.param(lambda space: space.column(PAIR, Flow(("a",), "b")), True, id="column"),
        pytest.param(lambda space: Name(Type.PROCESS, f"{S3}/dev/in/acme/a"), False, id="another deployment's"),
        pytest.param(lambda space: Name(Type.PROCESS, f"{S3}/prod-2/in/acme/a"), False, id="a longer deployment's"),
        pytest.param(
            lambda space: Name(Type.PROCESS, "default/s3/18/prod/in/acme/a"), False, id="another connection's"
        ),
        pytest.param(lambda space: Name(Type.PROCESS, f"{S3}/0a1b2c"), False, id="a person's"),
        pytest.param(lambda space: Name(Type.PROCESS, f"{S3}/prod"), False, id="the deployment itself"),
    ],
)
def test_owns(make: Callable[[Namespace], Name], owned: object) -> None:
    """Every process of a deployment is recognised as its own, and no other."""
    assert SPACE.owns(make(SPACE)) is owned


@settings(max_examples=300, deadline=None)
@given(PAIRS, TEXTS, TEXTS)
def test_pair_of(pair: Pair, source: str, target: str) -> None:
    """The pair is read from the name of its process, and from those of its columns, with any characters."""
    assert SPACE.pair_of(SPACE.pair(pair)) == pair
    assert SPACE.pair_of(SPACE.column(pair, Flow((source,), target))) == pair
    assert SPACE.pair(pair).qualified_name.startswith(SPACE.pairs)


@pytest.mark.parametrize(
    "name",
    [
        SPACE.into("acme", "a>b"),
        Namespace(S3, "dev").pair(PAIR),
        Name(Type.PROCESS, SPACE.pairs),
        Name(Type.PROCESS, f"{SPACE.pairs}a"),
        Name(Type.PROCESS, f"{SPACE.pairs}>b"),
        Name(Type.PROCESS, f"{SPACE.pairs}a>"),
        Name(Type.PROCESS, f"{SPACE.pairs}a>b>c"),
        Name(Type.COLUMN_PROCESS, f"{SPACE.pairs}a>b>c"),
        Name(Type.PROCESS, f"{S3}/0a1b2c"),
    ],
    ids=str,
)
def test_no_pair(name: Name) -> None:
    """Other names are of no pair."""
    assert SPACE.pair_of(name) is None


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(BUCKETS, TEXTS), max_size=4), st.lists(st.tuples(BUCKETS, TEXTS), max_size=4))
def test_between(into: list[tuple[str, str]], out: list[tuple[str, str]]) -> None:
    """An object is between two tables if it has both processes, and they are this deployment's."""
    theirs = Namespace(S3, "prod-2")
    reads = {space.into(*place).qualified_name for place in into for space in (SPACE, theirs)}
    writes = {SPACE.out(*place).qualified_name for place in out}

    found = SPACE.between(Around(reads=frozenset(reads)), Around(writes=frozenset(writes)))

    assert found == {f"{bucket}/{key}" for bucket, key in {*into} & {*out}}
    assert SPACE.between(Around(writes=frozenset(writes)), Around(reads=frozenset(reads))) == frozenset()
    assert theirs.between(Around(reads=frozenset(reads)), Around(writes=frozenset(writes))) == frozenset()
