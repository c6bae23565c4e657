"""Times in searches: formats, date math and time zones on the fields `.date`, and plain numbers beside them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from pyatlan.errors import InvalidRequestError
from pyatlan.model.assets import Asset, S3Object
from pyatlan.model.search import Exists, Query, Range, Term

from tests.contract.shop import Shop, at

ORDERS, ITEMS, LATER = "Orders_2024.csv", "items.csv", "later.csv"  # 15 January 10:30, 20 January 23:30, 1 March 0:00
CREATED = "sourceCreatedAt.date"
DAY = "yyyy-MM-dd"
OPTIONAL = "strict_date_optional_time"


def millis(text: str) -> int:
    return int(at(text).timestamp() * 1000)


RANGES: list[tuple[str, dict[str, Any], list[str]]] = [
    ("milliseconds", {"gte": millis("2026-01-20T23:30:00"), "lt": millis("2026-03-01T00:00:00")}, [ITEMS]),
    ("milliseconds as text", {"gte": str(millis("2026-03-01T00:00:00"))}, [LATER]),
    ("from a day", {"gte": "2026-01-20", "format": DAY}, [ITEMS, LATER]),
    ("after a day", {"gt": "2026-01-20", "format": DAY}, [LATER]),
    ("to a day, all of it", {"gte": "2026-01-01", "lte": "2026-01-20", "format": DAY}, [ITEMS, ORDERS]),
    ("before a day", {"gte": "2026-01-01", "lt": "2026-01-20", "format": DAY}, [ORDERS]),
    ("a month is its first day", {"gte": "2026-01", "lte": "2026-01", "format": "yyyy-MM"}, []),
    (
        "a pattern of one's own",
        {"gte": "15/01/2026 10:30", "lte": "20/01/2026 23", "format": "dd/MM/yyyy HH:mm||dd/MM/yyyy HH"},
        [ITEMS, ORDERS],
    ),
    (
        "a format by name",
        {"gt": "2026-01-15T10:30:00.000Z", "lt": "2026-03-01T00:00:00.000Z", "format": "date_time"},
        [ITEMS],
    ),
    ("a format of optional parts", {"gte": "2026-01-15T10", "lt": "2026-01-15T10:31", "format": OPTIONAL}, [ORDERS]),
    ("an offset in the text", {"gte": "2026-01-21T00:30:00+01:00", "lt": "2026-02-01", "format": OPTIONAL}, [ITEMS]),
    ("seconds", {"gte": millis("2026-03-01T00:00:00") // 1000, "format": "epoch_second"}, [LATER]),
    ("several formats", {"gte": "20260120", "lt": "2026-02-01", "format": "basic_date||yyyy-MM-dd"}, [ITEMS]),
    ("a time zone's offset", {"gte": "2026-01-21", "format": DAY, "time_zone": "+01:00"}, [ITEMS, LATER]),
    ("a time zone's name", {"gte": "2026-01-21", "format": DAY, "time_zone": "Europe/Paris"}, [ITEMS, LATER]),
    ("a time zone behind", {"lt": "2026-03-01", "gte": "2026-02-01", "format": DAY, "time_zone": "-05:00"}, [LATER]),
    ("math on a day", {"gte": "2026-01-21||-1d", "lt": "2026-01-21", "format": DAY}, [ITEMS]),
    ("math on a month that is too short", {"gte": "2026-03-31||-1M", "format": DAY}, [LATER]),
    ("rounded down to the month", {"gte": "2026-01-20||/M", "lt": "2026-02-20||/M", "format": DAY}, [ITEMS, ORDERS]),
    ("rounded up to the month", {"gt": "2026-01-01||/M", "format": DAY}, [LATER]),
    ("up to the end of the month", {"gte": "2026-01-16", "lte": "2026-01-01||/M", "format": DAY}, [ITEMS]),
    ("rounded to the week, from Monday", {"gte": "2026-01-18||/w", "lt": "2026-01-19||/w", "format": DAY}, [ORDERS]),
    ("rounded to the year", {"gte": "2026-05-01||/y", "lt": "2026-05-01||/y+1M", "format": DAY}, [ITEMS, ORDERS]),
    (
        "rounded in a time zone",
        {
            "gte": "2026-01-20T23:30||/d",
            "lt": "2026-01-22",
            "format": "yyyy-MM-dd'T'HH:mm||yyyy-MM-dd",
            "time_zone": "+01:00",
        },
        [ITEMS],
    ),
    ("hours and minutes", {"gte": "2026-01-15||+10h+29m+60s", "lt": "2026-01-16||-13H", "format": DAY}, [ORDERS]),
    ("the year before now", {"lt": "now+50y/y", "gte": "2026-02-01", "format": DAY}, [LATER]),
    ("a relation without an effect", {"gte": "2026-02-01", "format": DAY, "relation": "WITHIN"}, [LATER]),
]


@pytest.mark.parametrize(
    ("bounds", "expected"), [pytest.param(bounds, names, id=name) for name, bounds, names in RANGES]
)
def test_range(shop: Shop, bounds: dict[str, Any], expected: list[str]) -> None:
    """Times may be written in any format, computed and rounded; an inclusive end takes in all that it leaves out."""
    files = Asset.TYPE_NAME.eq("S3Object")

    assert shop.find(files, Range(field=CREATED, **bounds)) == expected


def test_now(shop: Shop) -> None:
    """`now` is the time of the search: what was saved a moment ago is within a week, and not within the week before."""
    ago = Range(field="__timestamp.date", gte="now-7d", lte="now+1d/d")
    before = Range.with_create_time_as_date(lt="now-7d/d", gte="now-14d/d")
    today = Range.with_update_time_as_date(gte=f"{datetime.now(UTC) - timedelta(days=1):%Y-%m-%d}", format=DAY)

    assert len(shop.find(ago)) == 7
    assert shop.find(before) == []
    assert len(shop.find(today)) == 7


OTHERS: list[tuple[str, Query, list[str]]] = [
    ("exactly", Term(field=CREATED, value=millis("2026-03-01T00:00:00")), [LATER]),
    ("a text of a time", Term(field=CREATED, value=str(millis("2026-03-01T00:00:00"))), [LATER]),
    ("any", Exists(field=CREATED), [ITEMS, LATER, ORDERS]),
    ("on the plain field", S3Object.SOURCE_CREATED_AT.gte(millis("2026-03-01T00:00:00")), [LATER]),
    ("no time, no field", Exists(field="s3ObjectSize.date"), []),
]


@pytest.mark.parametrize(("query", "expected"), [pytest.param(query, names, id=name) for name, query, names in OTHERS])
def test_find(shop: Shop, query: Query, expected: list[str]) -> None:
    """Other queries read times as milliseconds since 1970."""
    assert shop.find(Asset.TYPE_NAME.eq("S3Object"), query) == expected


REFUSED: list[tuple[str, Query, str]] = [
    ("a date on a plain field", Range(field="__timestamp", gte="2026-01-01", format=DAY), "is not a number"),
    ("math on a plain field", Range(field="sourceCreatedAt", gte="now-7d"), "is not a number"),
    ("a date without a format", Range(field=CREATED, gte="2026-01-01"), r"with format \[epoch_millis\]"),
    ("a date of another format", Range(field=CREATED, gte="01.01.2026", format=DAY), "failed to parse date field"),
    ("no such day", Range(field=CREATED, gte="2026-02-30", format=DAY), "failed to parse date field"),
    ("a unit that isn't", Range(field=CREATED, gte="now-7x"), "date math"),
    ("rounding of several", Range(field=CREATED, gte="now/2d"), "date math"),
    ("math beyond all years", Range(field=CREATED, gte="now-9000y"), "failed to parse date field"),
    ("a time zone that isn't", Range(field=CREATED, gte="2026-01-01", format=DAY, time_zone="Mars/Base"), "time_zone"),
    ("a letter that isn't", Range(field=CREATED, gte="1", format="bb"), "Unknown pattern letter: b"),
]


@pytest.mark.parametrize(("query", "message"), [pytest.param(query, said, id=name) for name, query, said in REFUSED])
def test_refused(shop: Shop, query: Query, message: str) -> None:
    """A time that can't be read is an error, not an empty result."""
    with pytest.raises(InvalidRequestError, match=message):
        shop.find(query)


@pytest.mark.parametrize("letters", ["yy-MM-dd", "yyyy-MMM-dd", "YYYY-ww", "EEE"])
def test_lacking(shop: Shop, raw: httpx.Client, letters: str) -> None:
    """A part of a date that the local catalog can't read is rejected by name."""
    body = {"dsl": {"query": {"range": {CREATED: {"gte": "1", "format": letters}}}}}

    answer = raw.post("/search/indexsearch", json=body)

    assert (answer.status_code, answer.json()["errorCode"]) == (501, "LOCAL-501")
    assert letters in answer.json()["errorMessage"]
