"""The entities of a catalog and the edges between them, in memory, for `model`."""

from dataclasses import dataclass, field

Key = tuple[str, str]
"""Type and name of an entity."""

LINEAGE = {"inputs": "inputToProcesses", "outputs": "outputFromProcesses"}
PARENT = {"bucket": "objects", "table": "columns", "process": "columnProcesses"}
OWN = LINEAGE | PARENT
"""Relationships by the attribute at the end that owns them, mapped to that at the other; an entity has one parent."""
BACK = {back: own for own, back in OWN.items()}


@dataclass
class Entity:
    """`changed` is the time of its last change, as `updateTime` is."""

    attributes: dict[str, str] = field(default_factory=dict)
    lineage: bool = False
    status: str = "ACTIVE"
    changed: int = 0


@dataclass
class Edge:
    """Stays when it is deleted: to link the same two again makes another, so that at most the last is active."""

    name: str
    owner: Key
    other: Key
    status: str = "ACTIVE"
    changed: int = 0


class Graph:
    """All there is, archived or not."""

    def __init__(self) -> None:
        self.entities: dict[Key, Entity] = {}
        self.edges: list[Edge] = []

    def related(self, key: Key, attribute: str) -> list[tuple[Key, Edge]]:
        """List all edges, oldest first, each with who is at its far end."""
        if attribute in OWN:
            return [(edge.other, edge) for edge in self.edges if (edge.name, edge.owner) == (attribute, key)]
        return [(edge.owner, edge) for edge in self.edges if (OWN[edge.name], edge.other) == (attribute, key)]

    def linked(self, key: Key, attribute: str) -> dict[Key, Edge]:
        return {far: edge for far, edge in self.related(key, attribute) if edge.status == "ACTIVE"}

    def erase(self, key: Key) -> None:
        del self.entities[key]
        self.edges = [edge for edge in self.edges if key not in (edge.owner, edge.other)]

    def active(self, key: Key) -> bool:
        return self.entities[key].status == "ACTIVE"
