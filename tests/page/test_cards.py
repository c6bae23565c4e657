"""Cards and edges from assets and flows: which objects share a card, and what an edge stands for."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.page.assets import Asset
from local.page.cards import FEW, Card, arrange, prefix
from local.page.walk import Flow

TABLE = Asset("", "Table", "", "", True, True, 0, "postgres", "", "", 0)


def table(guid: str) -> Asset:
    return replace(TABLE, guid=guid, name=guid, qualified_name=guid)


def file(guid: str, key: str = "", bucket: str = "lake", changed: int = 0, *, active: bool = True) -> Asset:
    name = f"{bucket}/{key or guid}"
    return replace(
        TABLE,
        guid=guid,
        type="S3Object",
        qualified_name=name,
        bucket=bucket,
        key=key or guid,
        changed=changed,
        active=active,
    )


def known(*assets: Asset) -> dict[str, Asset]:
    return {asset.guid: asset for asset in assets}


def through(one: str, *, source: str = "a", target: str = "b") -> list[Flow]:
    return [Flow(source, one, f"in {one}", True), Flow(one, target, f"out {one}", True)]


def test_alike() -> None:
    """Objects of a bucket with the same sources and targets share a card; their processes share an edge."""
    assets = known(table("a"), table("b"), file("1"), file("2"), file("3", bucket="other"))

    cards, edges = arrange(assets, [*through("1"), *through("2"), *through("3")])

    assert sorted(len(card.assets) for card in cards if card.objects) == [1, 2]
    assert sorted(len(edge.processes) for edge in edges) == [1, 1, 2, 2]


def test_unlike() -> None:
    """An object with half of the lineage, or none, is on a card of its own."""
    assets = known(table("a"), table("b"), file("1"), file("2"), file("3"))

    cards, edges = arrange(assets, [*through("1"), through("2")[0]])

    assert [len(card.assets) for card in cards if card.objects] == [1, 1, 1]
    assert len(edges) == 3


def test_same_id() -> None:
    """A card keeps its id while objects come and go, so that the page keeps it in place."""
    before, _ = arrange(known(table("a"), table("b"), file("1")), through("1"))
    after, _ = arrange(known(table("a"), table("b"), file("2")), through("2"))

    assert [card.id for card in before if card.objects] == [card.id for card in after if card.objects]


def test_order() -> None:
    """A few objects are in the order of their keys, the retired ones last; of many, the newest come first."""
    few = [file("1", "b"), file("2", "a"), file("3", "A", active=False)]
    many = [file(str(number), changed=number) for number in range(FEW + 1)]

    first, second = (arrange(known(*files), [])[0][0] for files in (few, many))

    assert [asset.key for asset in first.assets] == ["a", "b", "A"]
    assert [asset.changed for asset in second.assets] == list(range(FEW, -1, -1))


def test_edge_active() -> None:
    """A card is retired if all its assets are; an edge has a process once, active or not."""
    assets = known(table("a"), file("1", active=False))

    cards, (edge,) = arrange(assets, [Flow("a", "1", "p", False), Flow("a", "1", "p", False)])

    assert [card.active for card in cards if card.objects] == [False]
    assert edge.processes == {"p": False}


def test_more() -> None:
    """If not all processes of a table were read, the cards of its objects may have more."""
    cards, _ = arrange(known(table("a"), table("b"), file("1")), through("1"), partial=["a"])

    assert {card.id: card.more for card in cards if not card.objects} == {"a": False, "b": False}
    assert [card.more for card in cards if card.objects] == [True]


@pytest.mark.parametrize(
    ("keys", "folder"),
    [
        pytest.param(["a/b/1.csv", "a/b/2.csv"], "a/b/", id="one folder"),
        pytest.param(["a/b/1.csv", "a/c/1.csv"], "a/", id="two folders"),
        pytest.param(["a/b1", "a/b12"], "a/", id="a name that begins as another"),
        pytest.param(["1", "2"], "", id="none"),
        pytest.param(["a/b/1.csv"], "a/b/", id="one object"),
        pytest.param(["a/b/", "a/b/"], "a/b/", id="the folder itself"),
    ],
)
def test_prefix(keys: list[str], folder: str) -> None:
    """The folder is what all keys have in common, up to a slash."""
    assert prefix(Card("", tuple(file(str(place), key) for place, key in enumerate(keys)))) == folder


@given(st.lists(st.text("ab/", min_size=1), min_size=1))
def test_prefix_of_all(keys: list[str]) -> None:
    """Whatever the keys are, each begins with the folder, which is empty or ends in a slash."""
    folder = prefix(Card("", tuple(file(str(place), key) for place, key in enumerate(keys))))

    assert all(key.startswith(folder) for key in keys)
    assert not folder or folder.endswith("/")
