"""How the catalog differs from S3, for one key and for one pair."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connector import routesfile
from connector.core.asset import ByGuid, Name, Process, Type
from connector.core.columns import Flow
from connector.core.desired import Lineage
from connector.core.drift import Drift, Known, linked_pair, of_object, of_pair, same, unlinked
from connector.core.names import Namespace
from connector.core.route import Match, Naming, Pair, Unrouted
from connector.core.seen import Cataloged, End, Linked, Listed, Seen
from tests.support.shop import BUCKET, CONNECTION, ORDERS, ROUTES, single
from tests.support.world import key

MODIFIED = datetime(2026, 1, 1, 12, 0, 0, tzinfo=UTC)
SPACE = Namespace(CONNECTION, "ours")
KEY = key("1")
OBJECT = SPACE.object(SPACE.bucket(BUCKET, Naming.PATH), KEY)
LISTED = Listed(KEY, 1, "e", MODIFIED)
CATALOGED = Cataloged(OBJECT, "o", 1, "e", MODIFIED, "STANDARD")
SOURCE, TARGET, FILE = (End(name, name) for name in (*ORDERS, OBJECT.qualified_name))
INTO = Linked(SPACE.into(BUCKET, KEY), "i", (SOURCE,), (FILE,))
OUT = Linked(SPACE.out(BUCKET, KEY), "u", (FILE,), (TARGET,))
WHOLE = Seen(KEY, LISTED, (CATALOGED,), INTO, OUT)
BOTH = Known(tables=ORDERS)
OTHER = End("other", "default/postgres/2/shop/public/other")


def matched(routes: str = ROUTES) -> Match | Unrouted:
    return routesfile.read(routes, "routes.yaml").match(BUCKET, KEY)


EXPORTS = matched()
UNLINKED = matched('connection: default/s3/1\nroutes:\n  - {name: raw, bucket: lake, key: "**"}\n')
ONLY_INTO = matched(single(BUCKET, ORDERS).replace(f', "target": "{ORDERS[1]}"', ""))


@pytest.mark.parametrize(
    ("change", "equal"),
    [
        ({}, True),
        ({"size": 2}, False),
        ({"size": None}, False),
        ({"etag": "f"}, False),
        ({"etag": None}, False),
        ({"storage_class": "GLACIER"}, False),
        ({"storage_class": None}, False),
        ({"modified": MODIFIED + timedelta(milliseconds=999)}, True),
        ({"modified": MODIFIED + timedelta(seconds=1)}, False),
        ({"modified": None}, False),
    ],
    ids=str,
)
def test_same(change: dict[str, Any], equal: object) -> None:
    """Size, ETag, storage class and time of modification, to the second, are compared."""
    assert same(LISTED, replace(CATALOGED, **change)) is equal


@pytest.mark.parametrize(
    ("change", "match", "known", "drift"),
    [
        pytest.param({}, EXPORTS, BOTH, None, id="in sync"),
        pytest.param({"cataloged": ()}, EXPORTS, BOTH, Drift.NEW, id="not cataloged"),
        pytest.param({"cataloged": (replace(CATALOGED, size=2),)}, EXPORTS, BOTH, Drift.CHANGED, id="changed"),
        pytest.param({"listed": None}, EXPORTS, Known(), Drift.VANISHED, id="gone"),
        pytest.param({"listed": None}, Unrouted.NO_ROUTE, Known(), Drift.VANISHED, id="gone, with lineage of ours"),
        pytest.param(
            {"listed": None, "into": None, "out": None},
            Unrouted.NO_ROUTE,
            Known(ours=[KEY]),
            Drift.VANISHED,
            id="gone, once ours",
        ),
        pytest.param(
            {"listed": None, "into": None, "out": None}, Unrouted.NO_ROUTE, Known(), None, id="gone, never ours"
        ),
        pytest.param({"listed": None, "cataloged": ()}, EXPORTS, Known(), Drift.UNLINKED, id="only processes are left"),
        pytest.param({}, Unrouted.EXCLUDED, Known(), Drift.UNLINKED, id="off its route, linked"),
        pytest.param({"into": None, "out": None}, Unrouted.EXCLUDED, Known(), None, id="on no route"),
        pytest.param({"into": None}, EXPORTS, BOTH, Drift.LINKED, id="a process is missing"),
        pytest.param({"into": None}, EXPORTS, Known(tables=ORDERS[1:]), None, id="and so is its table"),
        pytest.param(
            {"into": replace(INTO, inputs=())},
            EXPORTS,
            Known(tables=ORDERS[1:]),
            Drift.UNLINKED,
            id="its table is gone",
        ),
        pytest.param({"into": replace(INTO, inputs=(OTHER,))}, EXPORTS, BOTH, Drift.LINKED, id="of a wrong table"),
        pytest.param(
            {"into": replace(INTO, inputs=(SOURCE, OTHER))}, EXPORTS, BOTH, Drift.LINKED, id="of one more table"
        ),
        pytest.param({"out": replace(OUT, inputs=())}, EXPORTS, BOTH, Drift.LINKED, id="without its object"),
        pytest.param(
            {"into": None, "out": replace(OUT, outputs=())}, EXPORTS, Known(tables=ORDERS[:1]), Drift.LINKED, id="both"
        ),
        pytest.param({}, UNLINKED, Known(), Drift.UNLINKED, id="of a route without tables"),
        pytest.param({"into": None, "out": None}, UNLINKED, Known(), None, id="of such a route, in sync"),
        pytest.param({}, ONLY_INTO, Known(), Drift.UNLINKED, id="a process too many"),
        pytest.param({"out": None}, ONLY_INTO, Known(), None, id="half of the lineage, as the route has it"),
    ],
)
def test_of_object(change: dict[str, Any], match: Match | Unrouted, known: Known, drift: Drift | None) -> None:
    """Each way in which an object can differ, and those in which nothing is to be done."""
    assert of_object(replace(WHOLE, **change), match, OBJECT, known) is drift


@pytest.mark.parametrize(
    ("change", "match", "asked"),
    [
        pytest.param({}, EXPORTS, set(), id="in sync"),
        pytest.param({"into": None}, EXPORTS, {ORDERS[0]}, id="one process"),
        pytest.param({"into": None, "out": None}, EXPORTS, set(ORDERS), id="both"),
        pytest.param({"into": None}, UNLINKED, set(), id="no tables"),
        pytest.param({"into": None}, Unrouted.NO_ROUTE, set(), id="no route"),
        pytest.param({"listed": None, "into": None}, EXPORTS, set(), id="gone"),
    ],
)
def test_unlinked(change: dict[str, Any], match: Match | Unrouted, asked: set[str]) -> None:
    """Only the tables of processes that are not right are asked for."""
    assert unlinked(replace(WHOLE, **change), match, OBJECT) == asked


@pytest.mark.parametrize(
    ("change", "pair"),
    [
        ({}, Pair(*ORDERS)),
        ({"into": None}, None),
        ({"out": None}, None),
        ({"out": replace(OUT, outputs=())}, None),
        ({"into": replace(INTO, inputs=(SOURCE, OTHER))}, None),
    ],
    ids=str,
)
def test_linked_pair(change: dict[str, Any], pair: Pair | None) -> None:
    """The pair that an object's processes connect now, if it is one."""
    assert linked_pair(replace(WHOLE, **change)) == pair


PARENT = SPACE.pair(Pair(*ORDERS))
CHILD = SPACE.column(Pair(*ORDERS), Flow(("id",), "ROW_ID"))
WANTED = Lineage(
    (
        Process(PARENT, "p", CONNECTION, (ByGuid("Table", "s"),), (ByGuid("Table", "t"),), note="said"),
        Process(CHILD, "c", CONNECTION, (ByGuid("Column", "a"),), (ByGuid("Column", "b"),), PARENT),
    )
)
ACTUAL = {
    PARENT: Linked(PARENT, "p", (End("s", "S"),), (End("t", "T"),), note="said"),
    CHILD: Linked(CHILD, "c", (End("a", "A"),), (End("b", "B"),)),
}
LEFT = Lineage((replace(WANTED.present[0], note=None),))
STRANGE = Name(Type.COLUMN_PROCESS, f"{PARENT.qualified_name}/x>y")


@pytest.mark.parametrize(
    ("wanted", "actual", "drift"),
    [
        pytest.param(WANTED, ACTUAL, None, id="in sync"),
        pytest.param(WANTED, {PARENT: ACTUAL[PARENT]}, Drift.PAIR_LINKED, id="a column is missing"),
        pytest.param(WANTED, ACTUAL | {STRANGE: ACTUAL[CHILD]}, Drift.PAIR_LINKED, id="a column too many"),
        pytest.param(
            WANTED,
            ACTUAL | {PARENT: replace(ACTUAL[PARENT], inputs=(End("old", "S"),))},
            Drift.PAIR_LINKED,
            id="a table that was made again",
        ),
        pytest.param(
            WANTED, ACTUAL | {CHILD: replace(ACTUAL[CHILD], outputs=())}, Drift.PAIR_LINKED, id="a column without end"
        ),
        pytest.param(WANTED, ACTUAL | {PARENT: replace(ACTUAL[PARENT], note="")}, Drift.PAIR_LINKED, id="another note"),
        pytest.param(LEFT, ACTUAL | {PARENT: replace(ACTUAL[PARENT], note="")}, None, id="columns that are left"),
        pytest.param(
            LEFT,
            ACTUAL | {PARENT: replace(ACTUAL[PARENT], inputs=(End("old", "S"),))},
            Drift.PAIR_LINKED,
            id="columns that are left, of a table that was made again",
        ),
        pytest.param(Lineage(), ACTUAL, Drift.PAIR_UNLINKED, id="nothing is wanted"),
        pytest.param(Lineage(), {}, None, id="nothing is there"),
    ],
)
def test_of_pair(wanted: Lineage, actual: dict[Name, Linked], drift: Drift | None) -> None:
    """A pair is compared with its columns, by guid: a table that was made again has another."""
    assert of_pair(wanted, actual) is drift
