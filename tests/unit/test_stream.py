"""Streams side by side: what they have of each key, and in how much memory."""

from collections.abc import Iterator, Sequence
from itertools import count, islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector.core.asset import Name, Type
from connector.core.seen import Linked
from connector.core.stream import RECENT, Recent, batches, flat, joined, keyed, ordered
from connector.errors import UnavailableError

KEYS = st.lists(st.text("ab/\u00e9\uffff\U0001f600", max_size=3), max_size=8)


@settings(max_examples=200, deadline=None)
@given(KEYS, KEYS, KEYS, KEYS)
def test_joined(listed: list[str], cataloged: list[str], into: list[str], out: list[str]) -> None:
    """Each key of any stream is there once, in order, with what each stream has of it, also twice of the catalog."""
    streams = {"listed": sorted(set(listed)), "cataloged": sorted(cataloged)}
    streams |= {"into": sorted(set(into)), "out": sorted(set(out))}

    seen = list(joined([ordered(name, [(key, (name, key)) for key in keys]) for name, keys in streams.items()]))

    assert [one.key for one in seen] == sorted({*listed, *cataloged, *into, *out})
    for one in seen:
        assert one.listed == (("listed", one.key) if one.key in listed else None)
        assert one.into == (("into", one.key) if one.key in into else None)
        assert one.out == (("out", one.key) if one.key in out else None)
        assert one.cataloged == (("cataloged", one.key),) * cataloged.count(one.key)
        assert one.linked == (one.key in into or one.key in out)


def test_order() -> None:
    """Keys are in the order of UTF-8, as S3 lists them: a key beyond U+FFFF comes after one of U+FFFF."""
    keys = sorted(["\uffff", "\U0001f600", "z"], key=lambda key: key.encode())

    assert [key for key, _, _ in ordered("listed", ((key, None) for key in keys))] == keys


def test_disorder() -> None:
    """A listing that is not sorted, as of a directory bucket, is refused: what seems to be missing may come later."""
    stream = ordered("listed", [("a", 1), ("b", 1), ("a", 2)])

    with pytest.raises(UnavailableError, match=r"listed: 'a' came after 'b'.*not in order"):
        list(stream)


def test_lazy() -> None:
    """Of streams without end, no more is read than what is taken, and a page of each."""
    pages: list[str] = []

    def endless(name: str) -> Iterator[Sequence[tuple[str, str]]]:
        for number in count():
            pages.append(name)
            yield [(f"{number:06}{part}", name) for part in "ab"]

    taken = list(islice(joined([ordered(name, flat(endless(name))) for name in ("listed", "into")]), 5))

    assert len(taken) == 5
    assert len(pages) <= 2 * 4


def test_keyed() -> None:
    """Assets are read below the name of the prefix, after the name of a key, and come with their keys."""
    asked = []

    def read(prefix: str, after: str) -> Iterator[Sequence[Linked]]:
        asked.append((prefix, after))
        yield [Linked(Name(Type.PROCESS, "in/lake/raw/a"), "1")]
        yield []
        yield [Linked(Name(Type.PROCESS, "in/lake/raw/b"), "2")]

    def name(key: str) -> Name:
        return Name(Type.PROCESS, f"in/lake/{key}")

    first = [key for key, _ in keyed(read, name, "raw/", "")]
    later = [item.guid for _, item in keyed(read, name, "raw/", "raw/0")]

    assert first == ["raw/a", "raw/b"]
    assert later == ["1", "2"]
    assert asked == [("in/lake/raw/", ""), ("in/lake/raw/", "in/lake/raw/0")]


def test_batches() -> None:
    """All are full but the last, and there is no empty one."""
    assert list(batches(iter("abcde"), 2)) == [["a", "b"], ["c", "d"], ["e"]]
    assert list(batches(iter("ab"), 2)) == [["a", "b"]]
    assert list(batches(iter(""), 2)) == []


def test_recent() -> None:
    """The last ten thousand are remembered, and the oldest are forgotten."""
    recent: Recent[int] = Recent()

    recent.add(range(RECENT))
    recent.add([RECENT, RECENT + 1])

    assert len(recent) == RECENT
    assert 0 not in recent
    assert 1 not in recent
    assert {2, RECENT + 1} <= recent.keys()
