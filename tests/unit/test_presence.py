"""Whether S3 still has an object of a pair of tables, and how many pages it is asked for."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from connector import routesfile
from connector.core.route import Pair
from connector.core.seen import Listed
from connector.errors import RefusedError
from connector.presence import PAGES, PAGES_OF_A_SWEEP, Presence
from tests.support.shop import ITEMS, ORDERS, ROUTES

MORE = (
    ROUTES
    + """
  - name: old
    bucket: cold
    key: "{table}-{part}.csv"
    source: default/postgres/2/shop/public/{table}
    target: default/snowflake/3/DB/PUBLIC/{table:upper}
"""
)


@dataclass
class Store:
    """Buckets with these pages; `read` has those that were read."""

    buckets: dict[str, list[list[str]] | Exception]
    read: list[tuple[str, str]] = field(default_factory=list)

    def listing(self, bucket: str, prefix: str, after: str) -> Iterator[Sequence[Listed]]:
        pages = self.buckets[bucket]
        if isinstance(pages, Exception):
            raise pages
        for page in pages:
            self.read.append((bucket, prefix))
            yield [Listed(key, 1, "etag", MODIFIED) for key in page]


def presence(store: Store) -> Presence:
    return Presence(routesfile.read(MORE, "routes.yaml"), store)


MODIFIED = datetime(2026, 1, 1, tzinfo=UTC)
FILLER = ["exports/public/orders/_SUCCESS"]
FOUND = ["exports/public/orders/1.csv"]


@pytest.mark.parametrize(
    ("lake", "cold", "lives"),
    [
        pytest.param([FOUND], [], True, id="in the first page"),
        pytest.param([FILLER, [*FILLER, *FOUND]], [], True, id="in a later one"),
        pytest.param([FILLER], [["orders-1.csv"]], True, id="of another route"),
        pytest.param([FILLER], [["items-1.csv"]], False, id="only of another pair"),
        pytest.param([], [], False, id="no page"),
        pytest.param([FILLER] * (PAGES - 1), [], False, id="just enough pages"),
        pytest.param([FILLER] * PAGES, [["orders-1.csv"]], None, id="too many pages"),
        pytest.param([FILLER] * PAGES, [], None, id="as many as may be, and perhaps more"),
    ],
)
def test_of(lake: list[list[str]], cold: list[list[str]], lives: object) -> None:
    """A pair lives where a page has a key that its routes match; what is not read through is not decided."""
    store = Store({"lake": lake, "cold": cold})

    assert presence(store).of(Pair(*ORDERS)) is lives
    assert len(store.read) <= PAGES


def test_sweep() -> None:
    """A sweep's hint may read more pages, and reads no more than it needs."""
    store = Store({"lake": [*[FILLER] * PAGES, FOUND, FILLER], "cold": []})

    assert presence(store).of(Pair(*ORDERS), PAGES_OF_A_SWEEP) is True
    assert store.read == [("lake", "exports/public/orders/")] * (PAGES + 1)


def test_no_route() -> None:
    """Where no route yields a pair, there is nothing to read, and no object."""
    store = Store({})

    assert presence(store).of(Pair(ORDERS[0], "default/mysql/9/x/y/z")) is False


def test_refused() -> None:
    """S3's error is the answer, and no absence."""
    store = Store({"lake": RefusedError("NoSuchBucket"), "cold": []})

    with pytest.raises(RefusedError):
        presence(store).of(Pair(*ITEMS))
