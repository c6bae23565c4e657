"""The desired state, decided from facts."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.core.asset import Asset, ByGuid, Column, Found, Name, Object, Process, Stat, Table, Type
from connector.core.columns import Flow, Rules
from connector.core.desired import Desired, Facts, desired, gone, there
from connector.core.lineage import Lineage, Told, end_to_end
from connector.core.names import Namespace
from connector.core.nearest import Similar
from connector.core.pattern import pattern
from connector.core.route import Hint, Match, Naming, Pair, Route, Routes
from connector.core.shape import Form, Known
from connector.core.template import template
from connector.errors import MissingConnectionError

S3 = "default/s3/17"
SPACE = Namespace(S3, "prod")
SOURCE, TARGET = "default/postgres/1/shop/public/orders", "default/snowflake/2/DB/PUBLIC/ORDERS"
PAIR = Pair(SOURCE, TARGET)
STAT = Stat(3, "e", datetime(2013, 1, 1, tzinfo=UTC))
TABLES = {
    SOURCE: Table("Table", "g1", (Column("id", "g2"), Column("order_at", "g3"))),
    TARGET: Table("View", "g4", (Column("ORDER_AT", "g5"), Column("ID", "g6"), Column("LOADED", "g7"))),
}
BUCKET = Name(Type.BUCKET, f"{S3}/acme")
KNOWN = Known(Form(frozenset(), ""), TABLES)

TEXTS = st.text("ab/>%.- é", min_size=1, max_size=6)


def hint(key: str = "exports/orders.csv", source: str | None = SOURCE, target: str | None = TARGET) -> Hint:
    """Return a hint about an object of the bucket acme."""
    return Hint("acme", key, Match(Route("r", "acme", pattern("**"), None, None, Rules()), source, target))


def lineage(found: Hint, tables: dict[str, Table] | None = None) -> Lineage:
    """Return the desired lineage of an object."""
    facts = Facts({}, {}, tables=TABLES if tables is None else tables)
    return there(found, SPACE, (BUCKET, ByGuid("S3Bucket", "g0")), STAT, facts)


def named(assets: tuple[Asset, ...]) -> dict[Name, Asset]:
    """Return the assets by name; names are unique."""
    found = {asset.name: asset for asset in assets}
    assert len(found) == len(assets)
    return found


def test_there() -> None:
    """An object with both tables has a process from the source and a process to the target."""
    found = lineage(hint())

    file = Name(Type.OBJECT, f"{S3}/acme/exports/orders.csv")
    assert (found.absent, found.missing) == ((), ())
    assert found.present == (
        Object(
            file,
            "orders.csv",
            S3,
            ByGuid("S3Bucket", "g0"),
            "acme",
            f"{S3}/acme",
            "exports/orders.csv",
            "arn:aws:s3:::acme/exports/orders.csv",
            STAT,
        ),
        Process(SPACE.into("acme", "exports/orders.csv"), "orders → orders.csv", S3, (ByGuid("Table", "g1"),), (file,)),
        Process(SPACE.out("acme", "exports/orders.csv"), "orders.csv → ORDERS", S3, (file,), (ByGuid("View", "g4"),)),
    )


def test_explained() -> None:
    """A table that Atlan does not have is explained, where what resembles it was looked up."""
    similar = Similar(frozenset({TARGET.lower()}), connections=frozenset({"default/snowflake/2"}))
    facts = Facts({}, {}, similar={TARGET: similar})

    found = there(hint(), SPACE, (BUCKET, ByGuid("S3Bucket", "g0")), STAT, facts)

    assert found.missing == (SOURCE, TARGET)
    assert found.findings == (f"Atlan has no table {TARGET}; it has {TARGET.lower()} (another case)",)


@pytest.mark.parametrize(
    ("source", "target", "known", "present", "missing"),
    [
        pytest.param(SOURCE, TARGET, [SOURCE, TARGET], ["into", "out"], [], id="both tables"),
        pytest.param(SOURCE, TARGET, [SOURCE], ["into"], [TARGET], id="target not in Atlan"),
        pytest.param(SOURCE, TARGET, [TARGET], ["out"], [SOURCE], id="source not in Atlan"),
        pytest.param(SOURCE, TARGET, [], [], [SOURCE, TARGET], id="neither in Atlan"),
        pytest.param(SOURCE, None, [SOURCE, TARGET], ["into"], [], id="no target"),
        pytest.param(None, TARGET, [SOURCE, TARGET], ["out"], [], id="no source"),
        pytest.param(None, None, [SOURCE, TARGET], [], [], id="neither"),
        pytest.param(None, TARGET, [], [], [TARGET], id="no source, target not in Atlan"),
        pytest.param(SOURCE, SOURCE, [SOURCE], ["into", "out"], [], id="one table for both"),
    ],
)
def test_halves(
    source: str | None, target: str | None, known: list[str], present: list[str], missing: list[str]
) -> None:
    """An object is cataloged with the possible half of its lineage; the other half is absent."""
    found = lineage(hint("t.csv", source, target), {name: TABLES[name] for name in known})

    processes = {"into": SPACE.into("acme", "t.csv"), "out": SPACE.out("acme", "t.csv")}
    assert [asset.name for asset in found.present[1:]] == [processes[name] for name in present]
    assert isinstance(found.present[0], Object)
    assert set(found.absent) == {name for end, name in processes.items() if end not in present}
    assert found.missing == tuple(missing)


@pytest.mark.parametrize(
    ("key", "label"),
    [
        pytest.param("orders.csv", "orders.csv", id="no folder"),
        pytest.param("exports/orders.csv", "orders.csv", id="in a folder"),
        pytest.param("exports/orders/", "orders/", id="a folder"),
        pytest.param("orders/", "orders/", id="a folder of no folder"),
        pytest.param("exports/orders//", "orders//", id="two slashes"),
        pytest.param("/orders", "orders", id="a slash first"),
        pytest.param("a/ b ", " b ", id="blanks around"),
        pytest.param("/", "/", id="a slash"),
        pytest.param(" ", "%20", id="a blank"),
        pytest.param("a/ ", "a/%20", id="a blank in a folder"),
        pytest.param("a/\n", "a/%0A", id="a line break"),
        pytest.param("a/ /", "a/%20/", id="a blank folder"),
        pytest.param("a/\x0b", "a/%0B", id="a vertical tab"),
        pytest.param("a/\u2003", "a/%E2%80%83", id="a blank of another script"),
    ],
)
def test_label(key: str, label: str) -> None:
    """The label is the last segment of a key, or the whole key, encoded, if that is blank."""
    assert lineage(hint(key)).present[0].label == label


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_label_law(key: str) -> None:
    """No asset has a blank label, and every label is the end of the key or the whole key, encoded."""
    label = lineage(hint(key)).present[0].label

    assert label.strip()
    assert key.endswith(label) or label == quote(key, safe="/")


def test_gone() -> None:
    """A deleted object is absent with its processes, which come first."""
    found = gone(hint("t.csv"), SPACE, BUCKET)

    assert found == Lineage(
        absent=(SPACE.into("acme", "t.csv"), SPACE.out("acme", "t.csv"), Name(Type.OBJECT, f"{S3}/acme/t.csv"))
    )


@given(TEXTS, st.booleans(), st.booleans())
def test_whole(key: str, source: object, target: object) -> None:
    """Every asset of an object is either present or absent, for existing and deleted objects and with any tables."""
    tables = {name: TABLES[name] for name, wanted in ((SOURCE, source), (TARGET, target)) if wanted}

    found, left = lineage(hint(key), tables), gone(hint(key), SPACE, BUCKET)

    present = named(found.present)
    assert present.keys() | set(found.absent) == set(left.absent)
    assert present.keys().isdisjoint(found.absent)


def test_end_to_end() -> None:
    """A pair of tables has a process, and one child per pair of columns, in the order of the source."""
    found = end_to_end(PAIR, SPACE, Rules(), TABLES)

    name = SPACE.pair(PAIR)
    assert found == Lineage(
        (
            Process(name, "orders → ORDERS", S3, (ByGuid("Table", "g1"),), (ByGuid("View", "g4"),), note=""),
            Process(
                SPACE.column(PAIR, Flow(("id",), "ID")),
                "id → ID",
                S3,
                (ByGuid("Column", "g2"),),
                (ByGuid("Column", "g6"),),
                name,
            ),
            Process(
                SPACE.column(PAIR, Flow(("order_at",), "ORDER_AT")),
                "order_at → ORDER_AT",
                S3,
                (ByGuid("Column", "g3"),),
                (ByGuid("Column", "g5"),),
                name,
            ),
        )
    )


def test_rules() -> None:
    """Columns are mapped by the rules."""
    found = end_to_end(PAIR, SPACE, Rules((("id", "LOADED"),), ("order_at",)), TABLES)

    assert [asset.label for asset in found.present] == ["orders → ORDERS", "id → LOADED"]


def test_derived() -> None:
    """A derived column has one process with an input for each column, the same in whatever order the rule has them."""
    found = end_to_end(PAIR, SPACE, Rules(derived=(("loaded", ("order_at", "id")),)), TABLES)

    assert found.present[-1] == Process(
        Name(Type.COLUMN_PROCESS, f"{SPACE.pair(PAIR).qualified_name}/id+order_at>LOADED"),
        "id, order_at → LOADED",
        S3,
        (ByGuid("Column", "g2"), ByGuid("Column", "g3")),
        (ByGuid("Column", "g7"),),
        SPACE.pair(PAIR),
    )
    assert found == end_to_end(PAIR, SPACE, Rules(derived=(("LOADED", ("id", "order_at")),)), TABLES)


def test_header() -> None:
    """With the header of the newest object, only the columns that it carries have a process."""
    whole = end_to_end(PAIR, SPACE, Rules(), TABLES)

    assert end_to_end(PAIR, SPACE, Rules(), TABLES, Told(("ORDER_AT", "other"))).present == (
        whole.present[0],
        whole.present[2],
    )
    assert end_to_end(PAIR, SPACE, Rules(), TABLES, Told(())).present == whole.present[:1]
    assert end_to_end(PAIR, SPACE, Rules(), TABLES, Told(("id", "order_at"))) == whole


@pytest.mark.parametrize("known", [[SOURCE], [TARGET], []])
def test_no_table(known: list[str]) -> None:
    """Without one of its tables a pair has no lineage, and its process is absent."""
    tables = {name: TABLES[name] for name in known}

    assert end_to_end(PAIR, SPACE, Rules(), tables) == Lineage(absent=(SPACE.pair(PAIR),))


def test_ambiguous() -> None:
    """Columns that cannot be told apart are not guessed: the pair is connected, they are not, and are named."""
    tables = {**TABLES, SOURCE: Table("Table", "g1", (Column("i-d", "g2"), Column("i_d", "g3")))}

    found = end_to_end(PAIR, SPACE, Rules(), tables)

    assert [asset.label for asset in found.present] == ["orders → ORDERS"]
    assert [finding[: len("columns i-d and i_d")] for finding in found.findings] == ["columns i-d and i_d"]


OURS = Name(Type.BUCKET, f"{S3}/acme")
EARLIER = Name(Type.BUCKET, f"{S3}/abc")
RENAMED = Name(Type.BUCKET, f"{S3}/zebra")
ROUTES = Routes(S3, Naming.PATH, (), (Route("r", "acme", pattern("**"), template(SOURCE), template(TARGET), Rules()),))


def decided(**facts: Any) -> Desired:
    """Return what should be there of one object that S3 has, of a pair that is known, unless *facts* say otherwise."""
    given = {"stats": {hint(): STAT}, "buckets": {"acme": ()}, "tables": TABLES, "known": {PAIR: KNOWN}}
    return desired(Facts(**given | facts), ROUTES, SPACE)


@pytest.mark.parametrize(
    ("found", "name", "saved"),
    [
        pytest.param([], OURS, OURS, id="none: made by our name"),
        pytest.param([(OURS, True)], OURS, None, id="ours"),
        pytest.param([(OURS, False)], OURS, OURS, id="ours, archived: restored"),
        pytest.param([(RENAMED, True)], RENAMED, None, id="another name"),
        pytest.param([(RENAMED, False)], RENAMED, RENAMED, id="another name, archived: restored"),
        pytest.param([(OURS, False), (RENAMED, True)], RENAMED, None, id="the active one, although not ours"),
        pytest.param([(EARLIER, True), (OURS, True)], OURS, None, id="ours, although not the first by name"),
        pytest.param([(RENAMED, True), (EARLIER, True)], EARLIER, None, id="the first by name, of two"),
        pytest.param([(EARLIER, False), (OURS, False)], OURS, OURS, id="ours, of two archived ones"),
    ],
)
def test_buckets(found: list[tuple[Name, bool]], name: Name, saved: Name | None) -> None:
    """Of several assets of a bucket the active one is used, then ours, then the first by name; it is activated."""
    for assets in itertools.permutations(Found(name, f"g-{name.qualified_name}", active) for name, active in found):
        wanted = decided(buckets={"acme": assets})

        (file, *_) = wanted.objects[hint()].present
        assert isinstance(file, Object)
        assert file.bucket_qualified_name == name.qualified_name
        assert file.bucket == (saved or ByGuid("S3Bucket", f"g-{name.qualified_name}"))
        assert [asset.name for lineage in wanted.buckets for asset in lineage.present] == ([saved] if saved else [])


def test_connection() -> None:
    """Creating a bucket needs the connection; an existing bucket or a deleted object does not."""
    with pytest.raises(MissingConnectionError, match="no active connection default/s3/17; create"):
        decided(connected=False)

    there_already = decided(connected=False, buckets={"acme": (Found(OURS, "g", active=True),)})
    gone_already = decided(connected=False, stats={hint(): None})

    assert there_already.buckets == gone_already.buckets == ()


OTHER = hint("exports/more.csv")


@pytest.mark.parametrize(
    ("facts", "pairs"),
    [
        pytest.param({"known": {PAIR: KNOWN}}, {}, id="known: nothing to do"),
        pytest.param({"known": {}}, {PAIR: True}, id="not known: sent"),
        pytest.param({"stats": {hint(): None}}, {}, id="gone, and S3 may have another object"),
        pytest.param({"stats": {hint(): None}, "over": frozenset({PAIR})}, {PAIR: False}, id="gone, and the last"),
        pytest.param(
            {"stats": {hint(): None, OTHER: STAT}, "over": frozenset({PAIR})}, {}, id="gone, with another in the batch"
        ),
        pytest.param({"stats": {hint(source=None): STAT}}, {}, id="a route with one side has no pair"),
        pytest.param(
            {"known": {PAIR: replace(KNOWN, findings=("two columns",))}},
            {PAIR: ("two columns",)},
            id="known, and incomplete",
        ),
        pytest.param(
            {"stats": {hint(): None}, "undecided": {PAIR: "no such bucket"}},
            {PAIR: ("no such bucket",)},
            id="undecided",
        ),
    ],
)
def test_pairs(facts: dict[str, Any], pairs: dict[Pair, Any]) -> None:
    """A pair is decided about where its lineage is not known, or S3 has no object of it; else it is left alone."""
    wanted = decided(**facts)

    assert {pair: lineage.findings or bool(lineage.present) for pair, lineage in wanted.pairs.items()} == pairs
