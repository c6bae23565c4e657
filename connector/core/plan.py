"""
The plan: the requests that turn what the catalog has into what it should have.

Everything desired is saved first, parents before children; only then is the surplus retired, children before parents.
So if the work is interrupted, no live process points at a retired asset. `waves` says which of the requests do not
depend on each other, and so may be in flight together.
A plan is a value: it can be printed, counted and rejected before any request is sent.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from connector.core.asset import Asset, Found, Name, Object, Process, Type, is_column
from connector.core.desired import Desired, Facts
from connector.core.lineage import Lineage

REQUEST: Final = 50
"""Assets per request. Source: Atlan's developer documentation recommends 20 to 50."""


@dataclass(frozen=True, slots=True)
class Actual:
    """Assets of the catalog that may have to be retired: by name, and the active children of processes, ours only."""

    assets: Mapping[Name, tuple[Found, ...]]
    children: Mapping[Name, tuple[Found, ...]]


Save = tuple[Asset, ...]
"""The assets of one request."""

Retirement = tuple[Found, ...]
"""The same of a request that retires."""

_ItemT = TypeVar("_ItemT", Asset, Found)


@dataclass(frozen=True, slots=True)
class Plan:
    """Requests in order: first all saves, then all retirements."""

    saves: tuple[Save, ...]
    retires: tuple[Retirement, ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """A plan, with all from which it was made: it is applied, or explained."""

    facts: Facts
    desired: Desired
    actual: Actual
    plan: Plan


def plan(desired: Iterable[Lineage], actual: Actual, size: int = REQUEST) -> Plan:
    """
    List the requests that turn *actual* into *desired*.

    Saves are not compared with the catalog: Atlan itself skips equal assets, so they need no read. An object and
    its processes are one lineage and share a request, since they refer to each other by names that only one request
    knows; a pair's columns may go in later ones, when the guid of their parent is known. In the same way what an object
    leaves is retired by one request, and the columns of a wide pair by several before their parent.

    Args:
        size: assets per request, unless one lineage has more.
    """
    desired = tuple(desired)
    wanted = {asset.name for lineage in desired for asset in lineage.present}
    return Plan(tuple(_packed(_groups(desired), size)), tuple(_packed(_surplus(desired, wanted, actual, size), size)))


def waves(requests: Sequence[Save]) -> list[list[Save]]:
    """
    Divide saves into waves: those of one do not depend on each other, but on the waves before it.

    Buckets and end-to-end processes come first, as whatever has to wait for them is not told by references alone: an
    object that is planned once more brings its pair with it. Columns come last, for the same reason.
    """
    made: list[list[Save]] = []
    last = -1
    for request in requests:
        ranks = {_rank(asset) for asset in request}
        rank = 0 if 0 in ranks else max(ranks)
        if rank != last or (made and rank == 0 and len(ranks) > 1):
            made.append([])
        made[-1].append(request)
        last = rank
    return made


def retreats(requests: Sequence[Retirement]) -> list[list[Retirement]]:
    """Divide retirements in the same way: columns that filled requests of their own go before whatever follows them."""
    made: list[list[Retirement]] = []
    before = True
    for request in requests:
        columns = all(map(_is_child, request))
        if not made or (before and not columns):
            made.append([])
        made[-1].append(request)
        before = columns
    return made


def shared(request: Save) -> bool:
    """Return whether a save has more than whole objects, so that objects of other requests may need it, too."""
    return any(_rank(asset) != 1 for asset in request)


def _rank(asset: Asset) -> int:
    """Return 0 for buckets and end-to-end processes, 1 for objects and their processes, 2 for columns."""
    if is_column(asset):
        return 2
    return int(isinstance(asset, Object) or _at_object(asset))


def _is_child(found: Found) -> bool:
    return found.name.type is Type.COLUMN_PROCESS


def _at_object(asset: Asset) -> bool:
    ends = (*asset.inputs, *asset.outputs) if isinstance(asset, Process) else ()
    return any(isinstance(end, Name) for end in ends)


def _groups(desired: Iterable[Lineage]) -> Iterator[Save]:
    """Yield groups that must not be divided: whole lineages without their columns, then the columns one by one."""
    columns: list[Save] = []
    for lineage in desired:
        yield tuple(asset for asset in lineage.present if not is_column(asset))
        columns += [(asset,) for asset in lineage.present if is_column(asset)]
    yield from columns


def _packed(groups: Iterable[tuple[_ItemT, ...]], size: int) -> Iterator[tuple[_ItemT, ...]]:
    request: tuple[_ItemT, ...] = ()
    for group in groups:
        if request and len(request) + len(group) > size:
            yield request
            request = ()
        request += group
    if request:
        yield request


def _surplus(desired: Iterable[Lineage], wanted: set[Name], actual: Actual, size: int) -> Iterator[Retirement]:
    """
    Yield the active assets that should not be, each once, children before their process.

    What one lineage leaves is a group; of more than a request may have, the columns are groups of their own.
    """
    seen: set[str] = set()
    for lineage in desired:
        processes = (*(asset.name for asset in lineage.present), *lineage.absent)
        children = (child for name in processes for child in actual.children.get(name, ()))
        themselves = (found for name in lineage.absent for found in actual.assets.get(name, ()))
        group: list[Found] = []
        for found in (*children, *themselves):
            if found.active and found.name not in wanted and found.guid not in seen:
                seen.add(found.guid)
                group.append(found)
        while len(group) > size and all(map(_is_child, group[:size])):
            yield tuple(group[:size])
            del group[:size]
        yield tuple(group)
