"""
Sorted streams side by side: what S3 and Atlan have of each key, in constant memory.

`connector.sweep` reads the streams.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from heapq import merge
from itertools import chain, groupby, islice
from operator import itemgetter
from typing import Any, Final, TypeVar

from connector.core.asset import Name
from connector.core.seen import Seen
from connector.errors import UnavailableError

RECENT: Final = 10_000
"""Items that `Recent` keeps."""

_Item = TypeVar("_Item")
Stream = Iterator[tuple[str, str, Any]]
"""(key, name of the stream, item), in the order of keys."""


class Recent(dict[_Item, None]):
    """The items that were added last; a set in constant memory."""

    def add(self, items: Iterable[_Item]) -> None:
        """Add some, and drop the oldest if there are too many."""
        self.update(dict.fromkeys(items))
        for item in list(islice(self, max(0, len(self) - RECENT))):
            del self[item]


def flat(pages: Iterable[Sequence[_Item]]) -> Iterator[_Item]:
    """Yield the items of all pages; a page is read when its first item is wanted."""
    return chain.from_iterable(pages)


def keyed(
    read: Callable[[str, str], Iterator[Sequence[Any]]], name: Callable[[str], Name], prefix: str, after: str
) -> Iterator[tuple[str, Any]]:
    """Yield with its key each asset that is named, by *name*, after a key with this prefix, and after *after*."""
    start = len(name("").qualified_name)
    pages = read(name(prefix).qualified_name, name(after).qualified_name if after else "")
    return ((item.name.qualified_name[start:], item) for item in flat(pages))


def ordered(stream: str, items: Iterable[tuple[str, Any]]) -> Stream:
    """
    Yield the items of a stream.

    Raises:
        UnavailableError: they are not in order, so that one that seems to be missing may only be somewhere else.
    """
    last = ""
    for key, item in items:
        if key < last:
            raise UnavailableError(
                f"{stream}: {key!r} came after {last!r}, so the keys are not in order; run the sweep again"
            )
        last = key
        yield key, stream, item


def joined(streams: Iterable[Stream]) -> Iterator[Seen]:
    """Yield each key once, with what the streams "listed", "cataloged", "into" and "out" have of it."""
    for key, group in groupby(merge(*streams, key=itemgetter(0)), key=itemgetter(0)):
        found: dict[str, list[Any]] = {}
        for _, stream, item in group:
            found.setdefault(stream, []).append(item)
        cataloged = tuple(found.pop("cataloged", ()))
        yield Seen(key, cataloged=cataloged, **{stream: items[0] for stream, items in found.items()})


def batches(items: Iterator[_Item], size: int) -> Iterator[list[_Item]]:
    """Yield lists of *size* items, the last of which may be shorter."""
    while batch := list(islice(items, size)):
        yield batch
