"""
Makes the cards and edges of a graph from assets and flows: one card per table, one for all objects of equal lineage.

Pure. `view` calls `arrange`.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from local.page.assets import OBJECT, Asset
from local.page.walk import Flow

FEW: Final = 8
"""Objects of a card that are all listed; of more, only the newest are, until more are asked for."""


@dataclass(frozen=True, slots=True)
class Card:
    """
    One node of the graph: a table, or objects of one bucket with the same sources and targets.

    `more` says that there are more objects than were read.
    """

    id: str
    assets: tuple[Asset, ...]
    more: bool = False

    @property
    def objects(self) -> bool:
        """Whether it is a card of objects."""
        return self.assets[0].type == OBJECT

    @property
    def active(self) -> bool:
        """Whether any of its assets is active."""
        return any(asset.active for asset in self.assets)


@dataclass(slots=True)
class Edge:
    """The processes that lead from one card to another, by guid: whether each is active."""

    source: str
    target: str
    processes: dict[str, bool] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """What distinguishes it from the other edges."""
        return f"{self.source}>{self.target}"


def arrange(
    assets: Mapping[str, Asset], flows: Iterable[Flow], partial: Iterable[str] = ()
) -> tuple[list[Card], list[Edge]]:
    """Return the cards, ordered by name, and the edges between them."""
    sources, targets = defaultdict[str, set[str]](set), defaultdict[str, set[str]](set)
    flows = list(flows)
    for flow in flows:
        sources[flow.target].add(flow.source)
        targets[flow.source].add(flow.target)
    groups = defaultdict[str, list[Asset]](list)
    card_of = {}
    for asset in assets.values():
        alike = (asset.bucket, sorted(sources[asset.guid]), sorted(targets[asset.guid]))
        card_of[asset.guid] = _name(alike) if asset.type == OBJECT else asset.guid
        groups[card_of[asset.guid]].append(asset)
    known = set(partial)
    cards = [
        Card(name, _ordered(group), bool(known & (sources[group[0].guid] | targets[group[0].guid])))
        for name, group in groups.items()
    ]
    edges: dict[tuple[str, str], Edge] = {}
    for flow in flows:
        ends = card_of[flow.source], card_of[flow.target]
        if ends[0] != ends[1]:
            edges.setdefault(ends, Edge(*ends)).processes[flow.process] = flow.active
    return sorted(cards, key=_place), sorted(edges.values(), key=lambda edge: edge.id)


def prefix(card: Card) -> str:
    """Return the folder that the keys of all its objects have in common, with the slash at its end, or ""."""
    first, last = min(asset.key for asset in card.assets), max(asset.key for asset in card.assets)
    length = next((at for at, (one, other) in enumerate(zip(first, last, strict=False)) if one != other), len(first))
    return first[: first.rfind("/", 0, length) + 1]


def _name(alike: object) -> str:
    """Return an id that stays the same while objects come and go."""
    return "objects-" + hashlib.sha256(repr(alike).encode()).hexdigest()[:16]


def _ordered(group: list[Asset]) -> tuple[Asset, ...]:
    """Order a few objects by key, many with the newest change first."""
    by_key = sorted(group, key=lambda asset: (not asset.active, asset.key, asset.guid))
    return tuple(by_key if len(group) <= FEW else sorted(by_key, key=lambda asset: -asset.changed))


def _place(card: Card) -> tuple[str, str]:
    first = card.assets[0]
    return first.qualified_name.lower(), card.id
