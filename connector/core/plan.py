"""
The plan: the requests that turn what the catalog has into what it should have.

Everything desired is saved first, parents before children; only then is the surplus retired, children before parents.
So if the work is interrupted, no live process points at a retired asset.
A plan is a value: it can be printed, counted and rejected before any request is sent.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from connector.core.asset import Asset, Found, Name, is_column
from connector.core.desired import Desired, Facts
from connector.core.lineage import Lineage

REQUEST: Final = 50
"""Assets per request. Source: Atlan's developer documentation recommends 20 to 50."""


@dataclass(frozen=True, slots=True)
class Actual:
    """Assets of the catalog that may have to be retired: by name, and the active children of processes, ours only."""

    assets: Mapping[Name, tuple[Found, ...]]
    children: Mapping[Name, tuple[Found, ...]]


@dataclass(frozen=True, slots=True)
class Plan:
    """Requests in order: first all saves, then all retirements."""

    saves: tuple[tuple[Asset, ...], ...]
    retires: tuple[tuple[Found, ...], ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """A plan, with all from which it was made: it is applied, or explained."""

    facts: Facts
    desired: Desired
    actual: Actual
    plan: Plan


def plan(desired: Iterable[Lineage], actual: Actual) -> Plan:
    """
    List the requests that turn *actual* into *desired*.

    Saves are not compared with the catalog: Atlan itself skips equal assets, so they need no read. An object and
    its processes are one lineage and share a request, since they refer to each other by names that only one request
    knows; a pair's columns may go in later ones, when the guid of their parent is known.
    """
    desired = tuple(desired)
    wanted = {asset.name for lineage in desired for asset in lineage.present}
    surplus = tuple(_surplus(desired, wanted, actual))
    retires = tuple(surplus[start : start + REQUEST] for start in range(0, len(surplus), REQUEST))
    return Plan(tuple(_packed(_groups(desired))), retires)


def _groups(desired: Iterable[Lineage]) -> Iterator[tuple[Asset, ...]]:
    """Yield groups that must not be divided: whole lineages without their columns, then the columns one by one."""
    columns: list[tuple[Asset, ...]] = []
    for lineage in desired:
        yield tuple(asset for asset in lineage.present if not is_column(asset))
        columns += [(asset,) for asset in lineage.present if is_column(asset)]
    yield from columns


def _packed(groups: Iterable[tuple[Asset, ...]]) -> Iterator[tuple[Asset, ...]]:
    request: tuple[Asset, ...] = ()
    for group in groups:
        if len(request) + len(group) > REQUEST:
            yield request
            request = ()
        request += group
    if request:
        yield request


def _surplus(desired: Iterable[Lineage], wanted: set[Name], actual: Actual) -> Iterator[Found]:
    """Yield the active assets that should not be, each once, children before their process."""
    seen: set[str] = set()
    for lineage in desired:
        processes = (*(asset.name for asset in lineage.present), *lineage.absent)
        children = (child for name in processes for child in actual.children.get(name, ()))
        themselves = (found for name in lineage.absent for found in actual.assets.get(name, ()))
        for found in (*children, *themselves):
            if found.active and found.name not in wanted and found.guid not in seen:
                seen.add(found.guid)
                yield found
