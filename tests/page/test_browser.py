"""The lineage page in a headless Chromium: what a person does with it, by mouse and by keys, and what axe says."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from local.catalog.server import Server
from local.page import beside
from tests.page import chromium
from tests.page.lake import BUCKET, SOURCE, Lake
from tests.page.serve import Serve, serve

expect = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed: pip install playwright").expect
pytestmark = pytest.mark.skipif(chromium.path() is None, reason=chromium.MISSING)

EXPORTS = "nycflights-exports"
DAY = "exports/nycflights/flights/2013-01-{:02}.csv"
SOON = 2000
"""Milliseconds in which the page shows a change of the catalog."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium.browser() as browser:
        yield browser


@pytest.fixture(scope="module")
def served() -> Iterator[Serve]:
    with serve() as running:
        yield running


@pytest.fixture(scope="module")
def catalog() -> Iterator[Server]:
    with Server() as server:
        beside.put(server, ["make put FILE=planes.csv"])
        yield server


@pytest.fixture(scope="module")
def lake(catalog: Server) -> Lake:
    """A pair with a thousand objects, and one with few."""
    lake = Lake(catalog.store)
    lake.drop(
        (f"exports/orders/{number:04}.csv" for number in range(1000)), *lake.pair("orders", ("id", "total", "at"))
    )
    lake.drop(["exports/planes/1.csv", "exports/planes/2.csv"], *lake.pair("planes"))
    return lake


@pytest.fixture
def tab(browser: Any) -> Iterator[Any]:
    """A tab, which must have written no warning and no error to the console."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    tab = context.new_page()
    tab.set_default_timeout(5000)
    told: list[str] = []
    tab.on("console", lambda message: told.append(message.text) if message.type in ("warning", "error") else None)
    tab.on("pageerror", lambda error: told.append(str(error)))
    yield tab
    context.close()
    assert told == []


def visit(tab: Any, url: str) -> None:
    tab.goto(url)
    tab.wait_for_selector(".card, .empty:not([hidden]) h2")
    tab.evaluate("window.loaded = 'once'")


def object_of(tab: Any, name: str) -> Any:
    return tab.locator(f"[aria-label^='Object {name}']")


def faults(tab: Any) -> list[str]:
    """Return what axe finds that is serious or worse."""
    from axe_playwright_python.sync_playwright import Axe

    tab.wait_for_timeout(350)  # colours of what fades in are judged as they are
    found = Axe().run(tab).response["violations"]
    return [
        f"{one['id']}: {node['html']} {node['failureSummary']}"
        for one in found
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]


def test_arrives(tab: Any, served: Serve) -> None:
    """A file that is put into the bucket appears within two seconds, and one that is deleted goes, without a reload."""
    visit(tab, served.page)
    warm = False  # the first file of a bucket has the handler read its tables
    for key in (DAY.format(1), "exports/nycflights/airlines.csv"):
        served.s3.put_object(Bucket=EXPORTS, Key=key, Body=b"carrier,name\n1,2\n")
        object_of(tab, key.rpartition("/")[2]).wait_for(timeout=SOON if warm else 30_000)
        warm = True
    served.s3.put_object(Bucket=EXPORTS, Key=DAY.format(2), Body=b"year\n1\n")
    object_of(tab, "2013-01-02.csv").wait_for(timeout=SOON)
    assert "fresh" in object_of(tab, "2013-01-02.csv").get_attribute("class")
    assert "2 objects" in tab.locator(".card.objects", has=object_of(tab, "2013-01-01.csv")).inner_text()

    served.s3.delete_object(Bucket=EXPORTS, Key=DAY.format(1))
    object_of(tab, "2013-01-01.csv").wait_for(state="detached", timeout=SOON)

    tab.get_by_role("switch", name="Retired").click()
    object_of(tab, "2013-01-01.csv, 17 bytes, retired").wait_for()
    assert "retired=1" in tab.url
    served.s3.put_object(Bucket=EXPORTS, Key=DAY.format(1), Body=b"carrier,name\n1,2\n")
    tab.wait_for_selector("[aria-label='Object 2013-01-01.csv, 17 bytes']", timeout=SOON)
    assert tab.evaluate("window.loaded") == "once"


def test_address(served: Serve) -> None:
    """`serve` prints the address of the page."""
    assert re.search(rf"lineage +{re.escape(served.page)}\n", served.printed)


def test_columns(tab: Any, catalog: Server, lake: Lake) -> None:
    """A table opens with the tables at the other end, and a line leads from column to column; the URL says so."""
    visit(tab, f"{catalog.url}/?about={lake.guid(f'{SOURCE}/orders')}")

    tab.get_by_role("button", name="3 columns. Columns of orders", exact=True).click()

    tab.wait_for_selector("[aria-label='Column AT, TEXT']")
    assert tab.locator(".strand").count() == 3
    tab.hover("[aria-label='Column total, TEXT']")
    assert tab.locator(".strand.lit").count() == 1
    shared = tab.url
    tab.get_by_role("button", name="3 columns. Columns of orders", exact=True).click()
    tab.wait_for_selector(".column", state="detached")
    tab.go_back()
    assert tab.url == shared
    tab.wait_for_selector("[aria-label='Column total, TEXT']")


def test_thousand(tab: Any, catalog: Server, lake: Lake) -> None:
    """A thousand objects are one card, of which a page is listed on request."""
    visit(tab, catalog.url)
    card = tab.locator(".card.objects", has_text="1,000 objects")
    assert card.locator(".row").count() == 3
    assert tab.locator(".card").count() == 6

    card.get_by_role("button", name="Show all 1,000").click()
    card.get_by_text("1–20 of 1,000").wait_for()
    card.get_by_role("button", name="Next").click()
    card.get_by_text("21–40 of 1,000").wait_for()
    assert card.locator(".row").count() == 20
    card.get_by_role("button", name="Show fewer").click()
    card.get_by_role("button", name="Show all 1,000").wait_for()

    tab.get_by_role("button", name="1,000 processes from orders").click()
    panel = tab.get_by_role("complementary")
    panel.get_by_text("1–20 of 1,000").wait_for()
    panel.get_by_role("button", name="Next").click()
    panel.get_by_text("21–40 of 1,000").wait_for()
    assert tab.evaluate("document.activeElement.getAttribute('aria-label')") == "Next"
    with tab.expect_response("**/page/processes*"):
        lake.table(f"{SOURCE}/unused")
    tab.wait_for_timeout(50)
    assert panel.get_by_text("21–40 of 1,000").is_visible()


def test_asset(tab: Any, catalog: Server, lake: Lake) -> None:
    """An asset's page has its attributes and relationships; links lead on, and Back leads back."""
    visit(tab, catalog.url)
    panel = tab.get_by_role("complementary")

    tab.get_by_role("button", name="Object 2.csv").click()
    panel.get_by_role("heading", name="2.csv").wait_for()
    assert "1,500 bytes (1.5 kB)" in panel.inner_text()
    panel.get_by_role("link", name="planes", exact=False).or_(panel.get_by_role("link", name="lake")).first.click()
    panel.get_by_role("heading", name="lake").wait_for()
    tab.locator("#crumbs", has_text="lake").wait_for()
    tab.go_back()
    panel.get_by_role("heading", name="2.csv").wait_for()
    panel.get_by_role("link", name="Show only its lineage").click()
    expect(tab.locator(".card")).to_have_count(3)
    tab.go_back()
    expect(tab.locator(".card")).to_have_count(6)
    tab.reload()
    panel.get_by_role("heading", name="2.csv").wait_for()
    panel.get_by_role("button", name="Close").click()
    panel.wait_for(state="hidden")
    assert tab.evaluate("document.activeElement.getAttribute('aria-label')").startswith("Object 2.csv")


def test_search(tab: Any, catalog: Server, lake: Lake) -> None:
    """By keys alone: search, choose, go through the graph, open columns, close the panel; the focus is always seen."""
    visit(tab, catalog.url)
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.textContent") == "Skip to search"
    assert tab.locator(":focus").bounding_box()["y"] > 0
    tab.keyboard.press("/")
    tab.keyboard.type("planes")
    tab.get_by_role("option").first.wait_for()
    tab.keyboard.press("ArrowDown")
    tab.keyboard.press("ArrowUp")
    tab.keyboard.press("Enter")
    tab.get_by_role("complementary").get_by_role("heading", name="planes").wait_for()
    expect(tab.locator(".card")).to_have_count(3)

    tab.focus("#canvas")
    seen = []
    for key in ("ArrowRight", "ArrowRight", "ArrowRight", "ArrowRight", "ArrowRight"):
        tab.keyboard.press(key)
        seen.append(tab.evaluate("document.activeElement.getAttribute('aria-label')"))
    assert seen[0].startswith("Table planes")
    assert seen[-1].startswith(("Table PLANES", "2 columns. Columns of PLANES"))
    width = "getComputedStyle(document.activeElement).outlineWidth"
    assert tab.evaluate(width) == "2px"
    if "Table" in seen[-1]:
        tab.keyboard.press("ArrowDown")
    tab.keyboard.press("Enter")
    tab.wait_for_selector("[aria-label='Column ID, TEXT']")
    assert "Columns of PLANES" in tab.evaluate("document.activeElement.getAttribute('aria-label')")
    tab.keyboard.press("Escape")
    tab.get_by_role("complementary").wait_for(state="hidden")
    tab.keyboard.press("/")
    tab.keyboard.press("Control+a")
    tab.keyboard.type("orders")
    tab.keyboard.press("Enter")
    tab.get_by_role("complementary").get_by_role("heading", name="orders").wait_for()


def test_nothing_found(tab: Any, catalog: Server, lake: Lake) -> None:
    """A search without a hit says what is searched; an asset that is not there says why."""
    visit(tab, f"{catalog.url}/")
    tab.fill("#search", "no such name")
    tab.get_by_text("No name has “no such name” in it").wait_for()


def test_missing(browser: Any, catalog: Server) -> None:
    """A link to an asset that the catalog does not have says why it leads to nothing."""
    tab = browser.new_page()
    visit(tab, f"{catalog.url}/?about=none&asset=none")

    assert "The catalog has no such asset" in tab.locator("#empty").inner_text()
    tab.close()


def test_hostile(tab: Any, catalog: Server, lake: Lake) -> None:
    """Names are text, whatever they hold: markup, quotes, control characters, other scripts."""
    names = [
        '<img src=x onerror="window.hit=1">',
        "';alert(1)//",
        "a\u202eb\u0007",
        "日本 ✈ 100 %",
        "{{7*7}}",
        "a:b,c>d",
    ]
    source = lake.table(f"{SOURCE}/<b>bold", ["<i>x", 'q"q'])
    lake.drop([f"odd/{name}.csv" for name in names], source=source)

    visit(tab, f"{catalog.url}/?about={lake.guid(source)}&open={lake.guid(source)}")
    tab.get_by_role("button", name="Table <b>bold").click()
    panel = tab.get_by_role("complementary")
    panel.get_by_role("heading", name="<b>bold").wait_for()

    text = tab.locator(".cards").inner_text()
    for name in (
        '<img src=x onerror="window.hit=1">.csv',
        "';alert(1)//.csv",
        r"a\u{202e}b\u{7}.csv",
        "日本 ✈ 100 %.csv",
    ):
        assert name.rpartition("/")[2] in text
    assert "<i>x" in text
    assert tab.evaluate("window.hit") is None
    assert tab.locator(".cards img, .cards b, .panel img, .panel b").count() == 0
    for name in names:
        tab.goto(f"{catalog.url}/?asset={lake.guid(f'{BUCKET}/odd/{name}.csv')}")
        panel.get_by_role("heading", level=2).wait_for()


def test_theme(tab: Any, catalog: Server, lake: Lake) -> None:
    """The page is dark where the system is, and the switch chooses otherwise, also for the next visit."""
    ground = "getComputedStyle(document.body).backgroundColor"
    visit(tab, catalog.url)
    light = tab.evaluate(ground)
    tab.emulate_media(color_scheme="dark")
    dark = tab.evaluate(ground)
    assert dark != light

    tab.get_by_role("button", name="Theme: Auto").click()
    assert tab.evaluate(ground) == light
    tab.reload()
    assert tab.evaluate(ground) == light
    tab.get_by_role("button", name="Theme: Light").click()
    assert tab.evaluate(ground) == dark


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_accessible(tab: Any, catalog: Server, lake: Lake, scheme: str) -> None:
    """axe finds nothing serious: with open cards, retired objects, the panel, and hits of a search."""
    lake.drop(["exports/planes/3.csv"], source=f"{SOURCE}/planes")
    lake.retire_object("exports/planes/2.csv")
    tab.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    visit(tab, f"{catalog.url}/?retired=1&asset={lake.guid(f'{SOURCE}/planes')}")
    tab.get_by_role("button", name="2 columns. Columns of planes", exact=True).click()
    tab.wait_for_selector(".column")
    tab.fill("#search", "planes")
    tab.get_by_role("option").first.wait_for()

    assert faults(tab) == []


def test_narrow(tab: Any, catalog: Server, lake: Lake) -> None:
    """In a narrow window, the panel is below the graph, and nothing is cut off at the side."""
    tab.set_viewport_size({"width": 380, "height": 700})
    visit(tab, f"{catalog.url}/?asset={lake.guid(f'{SOURCE}/planes')}")
    tab.get_by_role("complementary").wait_for()

    boxes = [tab.locator(name).bounding_box() for name in ("#canvas", "#panel")]
    assert boxes[1]["y"] >= boxes[0]["y"] + boxes[0]["height"] > boxes[0]["y"] + 100
    assert tab.evaluate("document.documentElement.scrollWidth") == 380


def test_empty(tab: Any) -> None:
    """A catalog without lineage says what to do; a file that comes then replaces that."""
    with Server() as server:
        beside.put(server, ["make put FILE=planes.csv"])
        visit(tab, server.url)
        assert "make put FILE=planes.csv" in tab.locator("#empty").inner_text()
        assert faults(tab) == []

        Lake(server.store).drop(["landing/a.json"])

        object_of(tab, "a.json").wait_for(timeout=SOON)
        assert tab.locator("#empty").is_hidden()
        tab.close()


def test_lost(browser: Any) -> None:
    """When the catalog stops, the page says so, and keeps what it shows."""
    tab = browser.new_page()
    with Server() as server:
        beside.put(server)
        Lake(server.store).drop(["landing/a.json"])
        visit(tab, server.url)
    tab.get_by_text("No connection to the catalog").wait_for(timeout=5000)
    assert object_of(tab, "a.json").is_visible()
    tab.close()
