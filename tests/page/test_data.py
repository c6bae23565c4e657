"""What the page asks the server for: graphs, assets, searches, changes. Nothing of it changes anything."""

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import Client

from local.catalog.server import Server
from local.catalog.store import Store
from local.page import app, beside, walk
from tests.page.lake import BUCKET, SOURCE, TARGET, Lake

Json = dict[str, Any]


class Page:
    """The page of a catalog, asked without a server."""

    def __init__(self, store: Store) -> None:
        self.lake = Lake(store)
        self.client: FlaskClient = app.create(store, ["put planes.csv"]).test_client()

    def get(self, path: str, **query: Any) -> Any:
        answer = self.client.get(f"/page/{path}", query_string=query)
        assert answer.status_code == 200, answer.text
        return answer.json

    def graph(self, about: str = "", **query: Any) -> Json:
        found: Json = self.get("graph", about=about and self.lake.guid(about), **query)
        return found


@pytest.fixture
def page() -> Iterator[Page]:
    store = Store()
    yield Page(store)
    store.close()


def cards(graph: Json) -> list[str]:
    """Name the cards of a graph: a table by its name, objects by their number."""
    return [card.get("name") or f"{card['count']} of {card['bucket']}" for card in graph["cards"]]


def lines(graph: Json) -> set[tuple[str, str]]:
    """Return the edges of a graph, with their cards as `cards` names them."""
    names = dict(zip([card["id"] for card in graph["cards"]], cards(graph), strict=True))
    return {(names[edge["source"]], names[edge["target"]]) for edge in graph["edges"]}


def test_overview(page: Page) -> None:
    """Without a subject, the graph has all lineage: tables, objects between them, and the direct process."""
    source, target = page.lake.pair("orders")
    page.lake.drop(["exports/orders/1.csv", "exports/orders/2.csv"], source, target)
    page.lake.table(f"{SOURCE}/unused")

    found = page.graph()

    assert cards(found) == ["orders", "2 of lake", "ORDERS"]
    assert lines(found) == {("orders", "2 of lake"), ("2 of lake", "ORDERS"), ("orders", "ORDERS")}
    assert {edge["columns"]: edge["count"] for edge in found["edges"]} == {0: 2, 2: 1}
    assert not found["cut"]


def test_empty(page: Page) -> None:
    """An empty catalog has commands that bring the first lineage."""
    found = page.graph()

    assert (found["cards"], found["hints"]) == ([], ["put planes.csv"])


def test_half(page: Page) -> None:
    """An object without tables, and one with a source only, are there, too."""
    page.lake.drop(["raw/a.json"])
    page.lake.drop(["exports/orders/1.csv"], source=page.lake.table(f"{SOURCE}/orders"))

    found = page.graph()

    assert sorted(cards(found)) == ["1 of lake", "1 of lake", "orders"]
    assert lines(found) == {("orders", "1 of lake")}


@pytest.mark.parametrize(
    ("about", "expected"),
    [
        pytest.param(f"{SOURCE}/orders", ["2 of lake", "ORDERS", "orders"], id="a source"),
        pytest.param(f"{TARGET}/ORDERS", ["2 of lake", "ORDERS", "orders"], id="a target"),
        pytest.param(f"{BUCKET}/exports/orders/1.csv", ["1 of lake", "ORDERS", "orders"], id="one object of two"),
        pytest.param(f"{BUCKET}/in/exports/orders/1.csv", ["1 of lake", "ORDERS", "orders"], id="a process"),
        pytest.param(f"{BUCKET}/pair/orders", ["ORDERS", "orders"], id="the direct process"),
        pytest.param(f"{BUCKET}/pair/orders/id", ["2 of lake", "ORDERS", "orders"], id="a column process"),
        pytest.param(f"{SOURCE}/orders/id", ["2 of lake", "ORDERS", "orders"], id="a column"),
        pytest.param(BUCKET, ["2 of lake", "3 of lake", "ORDERS", "PLANES", "orders", "planes"], id="a bucket"),
        pytest.param(f"{SOURCE}/unused", ["unused"], id="a table without lineage"),
    ],
)
def test_about(page: Page, about: str, expected: list[str]) -> None:
    """The lineage of an asset is what leads to it and from it, with the direct process, and nothing else."""
    page.lake.drop([f"exports/orders/{number}.csv" for number in (1, 2)], *page.lake.pair("orders"))
    page.lake.drop([f"exports/planes/{number}.csv" for number in (1, 2, 3)], *page.lake.pair("planes"))
    page.lake.table(f"{SOURCE}/unused")

    found = page.graph(about)

    assert sorted(cards(found)) == expected
    assert (("orders", "ORDERS") in lines(found)) == ("orders" in expected)


def test_chain(page: Page) -> None:
    """Lineage is followed over several tables, up and down, but not up again from what is downstream."""
    names = {name: page.lake.table(f"{SOURCE}/{name}") for name in ("a", "b", "c", "aside")}
    page.lake.flow(names["a"], names["b"])
    page.lake.flow(names["b"], names["c"])
    page.lake.flow(names["aside"], names["c"])
    page.lake.flow(names["c"], names["c"])

    assert cards(page.graph(names["a"])) == cards(page.graph(names["b"])) == ["a", "b", "c"]
    assert lines(page.graph(names["b"])) == {("a", "b"), ("b", "c")}
    assert cards(page.graph(names["c"])) == cards(page.graph()) == ["a", "aside", "b", "c"]


def test_columns(page: Page) -> None:
    """Open tables list their columns in order, with the lineage between those that are listed."""
    source, target = page.lake.pair("orders", ("id", "total"))
    opened = ",".join(page.lake.guid(table) for table in (source, target))

    found = page.graph(open=opened)

    assert [[row["name"] for row in card["rows"]] for card in found["cards"]] == [["id", "total"], ["ID", "TOTAL"]]
    names = {row["guid"]: row["name"] for card in found["cards"] for row in card["rows"]}
    assert {(names[line["source"]], names[line["target"]]) for line in found["columns"]} == {
        ("id", "ID"),
        ("total", "TOTAL"),
    }


def test_columns_of_column(page: Page) -> None:
    """The graph of a column lists the columns of its table, until somebody chooses what is open."""
    source, _ = page.lake.pair("orders")

    first, second = page.graph(f"{source}/id"), page.graph(f"{source}/id", open="")

    assert [card["open"] for card in first["cards"]] == [True, False]
    assert [card["open"] for card in second["cards"]] == [False, False]


def test_retired(page: Page) -> None:
    """What is retired is shown on request, with the lineage that it had last, beside what is active."""
    page.lake.drop(["exports/orders/1.csv", "exports/orders/2.csv"], *page.lake.pair("orders"))
    page.lake.retire_object("exports/orders/2.csv")

    active, everything = page.graph(), page.graph(retired="1")

    (card,) = [card for card in active["cards"] if card["kind"] == "objects"]
    (both,) = [card for card in everything["cards"] if card["kind"] == "objects"]
    assert (card["count"], card["retired"], len(card["rows"])) == (1, 0, 1)
    assert (both["count"], both["retired"]) == (1, 1)
    assert [row["active"] for row in both["rows"]] == [True, False]
    assert lines(active) == lines(everything)


def test_retired_pair(page: Page) -> None:
    """A pair of which nothing is active any more is shown on request, and its edges are retired."""
    page.lake.drop(["exports/orders/1.csv"], *page.lake.pair("orders"))
    page.lake.retire_object("exports/orders/1.csv")
    page.lake.retire(*(f"{BUCKET}/pair/orders{column}" for column in ("/id", "/total", "")))

    assert cards(page.graph()) == []
    found = page.graph(retired="1")
    assert cards(found) == ["orders", "0 of lake", "ORDERS"]
    assert len(found["edges"]) == 3
    assert not any(edge["active"] for edge in found["edges"])


def test_retired_subject(page: Page) -> None:
    """The lineage of a retired asset is what it was, without a request for retired ones."""
    page.lake.drop(["exports/orders/1.csv"], *page.lake.pair("orders"))
    page.lake.retire_object("exports/orders/1.csv")

    found = page.graph(f"{BUCKET}/exports/orders/1.csv")

    assert cards(found) == ["orders", "0 of lake", "ORDERS"]
    assert found["retired"]


def test_thousand(page: Page) -> None:
    """A thousand objects of a pair are one card, with the newest, and a page of the others when it is open."""
    source, target = page.lake.pair("orders")
    page.lake.drop((f"exports/orders/{number:04}.csv" for number in range(1000)), source, target)
    time.sleep(0.002)  # the next one is newer
    page.lake.drop(["exports/orders/new.csv"], source, target)

    found = page.graph()
    (card,) = [card for card in found["cards"] if card["kind"] == "objects"]
    (opened,) = [one for one in page.graph(open=f"{card['id']}:1000")["cards"] if one["id"] == card["id"]]
    (edge,) = [edge for edge in found["edges"] if edge["target"] == card["id"]]
    listed = page.get("processes", edge=edge["id"], offset=1000)

    assert (card["count"], card["size"], len(card["rows"])) == (1001, 1_501_500, 3)
    assert card["rows"][0]["label"] == "new.csv"
    assert len(opened["rows"]) == 1
    assert edge["count"] == listed["count"] == 1001
    assert len(listed["assets"]) == 1


def test_bounds(page: Page) -> None:
    """Of a table with more processes than are read, the newest are; it says so, and the direct process is there."""
    source, target = page.lake.pair("orders")
    page.lake.drop(["old.csv"], source, target)
    page.lake.drop(["new.csv"], source, target)

    with page.lake.store.read() as connection:
        found = walk.Walk(connection, retired=False, limit=1)
        found.spread([page.lake.guid(source)], ("down",))
        found.bridge()

    assert [asset.name for asset in found.assets.values()] == ["orders", "new.csv", "ORDERS"]
    assert found.partial == {page.lake.guid(source)}
    assert len(found.flows) == 3


def test_many_tables(page: Page) -> None:
    """An overview has the first tables by name, and says that there are more."""
    for number in range(50):
        page.lake.pair(f"t{number:03}", ())

    found = page.graph()

    assert len(found["cards"]) <= walk.TABLES
    assert found["cut"]
    assert cards(found)[0] == "t000"


def test_unknown(page: Page) -> None:
    """An asset that is not there is a 404 with words, for the graph and for the page of the asset."""
    for path in ("graph?about=none", "assets/none", "assets/none/columns", "processes?about=none&edge=a"):
        answer = page.client.get(f"/page/{path}")
        assert answer.status_code == 404
        assert "none" in answer.json["error"]  # type: ignore[index]


def test_asset(page: Page) -> None:
    """An asset has its attributes with a value, and its relationships a page at a time."""
    source, target = page.lake.pair("orders", [f"c{number:02}" for number in range(12)])
    page.lake.drop(["exports/orders/1.csv"], source, target)
    guid = page.lake.guid(source)

    table = page.get(f"assets/{guid}")
    rest = page.get(f"assets/{guid}/columns", offset=10)
    file = page.get(f"assets/{page.lake.guid(f'{BUCKET}/exports/orders/1.csv')}")

    assert (table["name"], table["type"], table["qualifiedName"]) == ("orders", "Table", source)
    assert table["relationships"]["columns"]["count"] == 12
    assert len(table["relationships"]["columns"]["assets"]) == 10
    assert len(rest["assets"]) == 2
    assert file["attributes"]["s3ObjectSize"] == {"value": 1500, "type": "long"}
    assert set(file["relationships"]) == {"bucket", "inputToProcesses", "outputFromProcesses"}


def test_asset_of_retired(page: Page) -> None:
    """What a relationship no longer links is listed after the others, as such."""
    page.lake.drop(["a.csv", "b.csv"], source=page.lake.table(f"{SOURCE}/orders"))
    page.lake.retire(f"{BUCKET}/in/b.csv")

    linked = page.get(f"assets/{page.lake.guid(f'{SOURCE}/orders')}")["relationships"]["inputToProcesses"]

    assert (linked["count"], linked["removed"]) == (1, 1)
    assert [(one["name"], one["linked"]) for one in linked["assets"]] == [("a.csv", True), ("b.csv", False)]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        pytest.param("orders", f"{SOURCE}/orders", id="a name"),
        pytest.param("OrDeRs", f"{SOURCE}/orders", id="any case"),
        pytest.param("public total", f"{SOURCE}/orders/total", id="two words"),
        pytest.param("1.csv", f"{BUCKET}/exports/orders/1.csv", id="a part of a name"),
        pytest.param("orders/1", f"{BUCKET}/exports/orders/1.csv", id="a part of a qualified name"),
        pytest.param("pair/orders", f"{BUCKET}/pair/orders", id="a process"),
        pytest.param("100%_", f"{BUCKET}/100%_.csv", id="signs of LIKE"),
        pytest.param("ÄRGER", f"{SOURCE}/ärger", id="letters beyond ASCII"),
        pytest.param("%", f"{BUCKET}/100%_.csv", id="no wildcard"),
        pytest.param("nothing", None, id="nothing"),
        pytest.param("  ", None, id="no words"),
    ],
)
def test_search(page: Page, text: str, first: str | None) -> None:
    """A search finds any part of a name or qualified name, the best match first."""
    page.lake.drop(["exports/orders/1.csv"], *page.lake.pair("orders"))
    page.lake.drop(["100%_.csv", "100a.csv"])
    page.lake.table(f"{SOURCE}/ärger")

    found = page.get("search", text=text)["assets"]

    assert (found[0]["qualifiedName"] if found else None) == first


def test_search_retired(page: Page) -> None:
    """Retired assets are found after active ones."""
    page.lake.drop(["a/1.csv", "b/1.csv"])
    page.lake.retire(f"{BUCKET}/a/1.csv")

    found = page.get("search", text="1.csv")["assets"]

    assert [one["active"] for one in found] == [True, False]


def test_changes(page: Page) -> None:
    """A request for changes ends at the next one that changes something, and a later one has another version."""
    version = page.get("graph")["version"]
    timer = threading.Timer(0.05, page.lake.drop, [["a.csv"]])
    timer.start()

    started = time.monotonic()
    changed = page.get("changes", since=version)["version"]

    timer.join()
    assert changed > version
    assert time.monotonic() - started < app.SECONDS / 2
    page.lake.retire()
    assert page.get("graph")["version"] == changed


def test_changes_at_once(page: Page) -> None:
    """Whoever has an old version, or none, is answered at once."""
    version = page.get("graph")["version"]

    assert page.get("changes", since="old") == page.get("changes", since=version - 1) == {"version": version}


def test_changes_end(page: Page) -> None:
    """When the catalog stops, no request is left waiting."""
    version = page.get("graph")["version"]
    timer = threading.Timer(0.05, page.lake.store.close)
    timer.start()

    started = time.monotonic()
    assert page.get("changes", since=version)["version"] == version
    assert time.monotonic() - started < app.SECONDS / 2
    timer.join()


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", ["/", "/page/graph", "/page/assets/a", "/page/changes", "/page/search"])
def test_read_only(page: Page, method: str, path: str) -> None:
    """No path of the page takes anything but GET."""
    assert page.client.open(path, method=method).status_code == 405


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8585", 200),
        ("localhost:8585", 200),
        ("LOCALHOST", 200),
        ("[::1]:8585", 200),
        ("192.168.1.7:8585", 200),
        ("evil.example:8585", 421),
        ("127.0.0.1.evil.example", 421),
        ("localhost.evil.example:8585", 421),
    ],
)
def test_host(page: Page, host: str, status: int) -> None:
    """A site whose name leads to this machine cannot read the catalog through a browser."""
    assert page.client.get("/page/graph", headers={"host": host}).status_code == status


def test_headers(page: Page) -> None:
    """Every answer forbids scripts from elsewhere, frames, and the use by other sites; the page shows no key."""
    for path in ("/", "/page/files/js/main.js", "/page/graph", "/page/nothing"):
        answer = page.client.get(path)
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'; script-src 'self'; style-src 'self';" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "Access-Control-Allow-Origin" not in answer.headers


def test_beside() -> None:
    """The page is at `/` and below `/page/`; every other path is answered by the catalog as without the page."""
    paths = ("/api/meta/types/typedefs", "/page", "/pages/", "/index.html", "/local/log", "/static/x")
    with Server() as alone, Server() as catalog:
        address = beside.put(catalog)
        both = [server._listener.app for server in (alone, catalog)]
        answers = [[_ask(one, path) for path in paths] for one in both]
        page = [_ask(both[1], path)[0] for path in ("/", "/page/files/js/main.js", "/page/graph")]

    assert address == f"{catalog.url}/"
    assert answers[0] == answers[1]
    assert page == ["200 OK"] * 3
    assert [entry.path for entry in catalog.faults.log] == [path for path in paths if path != "/local/log"]


def _ask(application: Any, path: str) -> tuple[str, bytes]:
    answer = Client(application).get(path, headers={"host": "127.0.0.1"})
    return answer.status, answer.data if "log" not in path else b""
