"""
The rules of the catalog once more, in memory, from what is known of Atlan: `test_model` holds the server to them.

It shares nothing with `tests/support/catalog.py`. This one is an oracle of what HTTP answers, edge by edge, for any
request, and knows nothing of the connector. That one is a fake behind the connector's port, with no more than the
connector sees; `tests/integration/test_catalog.py` compares it with the embedded catalog. If the two had a rule from
one place, an error in it would be in all three, and no test would fail.
"""

from collections.abc import Iterable

from tests.contract.graph import BACK, LINEAGE, OWN, PARENT, Edge, Entity, Graph, Key
from tests.contract.sequences import Sent


class Refused(Exception):  # noqa: N818
    """With the error code."""


class Model(Graph):
    """Every change gives what its answer tells: the operation, by entity."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = 0
        self.told: dict[Key, str] = {}
        self.processes: set[Key] = set()

    def save(self, sent: list[Sent], operation: str = "UPDATE") -> dict[Key, str]:
        partial, known = operation == "PARTIAL_UPDATE", {*self.entities, *(one.key for one in sent)}
        if partial and sent[0].key not in self.entities:
            raise Refused("ATLAS-404-00-009")
        if not all(one.attributes.get("name", partial) for one in sent):
            raise Refused("ATLAS-404-00-007")
        if any(not keys <= known for one in sent for _, _, keys in one.steps()):
            raise Refused("ATLAS-404-00-00A")
        for one, differs in [(one, self._write(one, operation)) for one in sent]:
            for how, attribute, keys in one.steps():
                if differs or how != "replace":
                    self._relate(one.key, how, attribute, keys)
        return self._settle()

    def delete(self, keys: Iterable[Key], *, purge: bool) -> dict[Key, str]:
        """Archive, which takes an entity's own edges and its lineage, or purge, which takes all."""
        known = self.entities.keys() & keys
        gone = {key for key in known if purge or self.active(key)}
        for edge in [one for one in self.edges if one.status == "ACTIVE"]:
            if edge.owner in gone or (edge.other in gone and (purge or edge.name in LINEAGE)):
                self._switch(edge, "DELETED")
        for key in gone:
            self.entities[key].status = "DELETED"
        self.told = dict.fromkeys(known - gone, "") | self.told | dict.fromkeys(gone, "DELETE")
        told = self._settle()
        for key in gone if purge else ():
            self.erase(key)
        return told

    def restore(self, keys: Iterable[Key]) -> dict[Key, str]:
        for key in self.entities.keys() & keys:
            self._revive(key)
        return self._settle()

    def _write(self, one: Sent, operation: str) -> bool:
        operation = operation if one.key in self.entities else "CREATE"
        entity = self.entities.setdefault(one.key, Entity())
        if operation != "CREATE" and not self._differs(one, entity):
            return False
        if one.status:
            self._revive(one.key)
        merged = entity.attributes | one.attributes
        entity.attributes = {name: value for name, value in merged.items() if value is not None}
        self.told.setdefault(one.key, operation)
        return True

    def _differs(self, one: Sent, stored: Entity) -> bool:
        """Compare only what was sent. A null counts as an empty text, and so differs from nothing."""
        texts = any((value or "") != stored.attributes.get(name) for name, value in one.attributes.items())
        links = any(keys != self.linked(one.key, name).keys() for how, name, keys in one.steps() if how == "replace")
        return texts or links or (one.status or stored.status) != stored.status

    def _relate(self, key: Key, how: str, attribute: str, keys: set[Key]) -> None:
        linked = self.linked(key, attribute)
        wanted = {"replace": keys, "append": keys | linked.keys(), "remove": linked.keys() - keys}[how]
        for far in linked.keys() - wanted:
            self._switch(linked[far], "DELETED")
        for far in wanted - linked.keys():
            edge = Edge(attribute, key, far) if attribute in OWN else Edge(BACK[attribute], far, key)
            for rival in self.linked(edge.owner, edge.name).values() if edge.name in PARENT else ():
                self._switch(rival, "DELETED")
            self.edges.append(edge)
            self._switch(edge, "ACTIVE")

    def _revive(self, key: Key) -> None:
        """Bring an archived entity back with its own edges, the latest first: one to each, and one parent at most."""
        if self.active(key):
            return
        self.entities[key].status = "ACTIVE"
        self.told.setdefault(key, "UPDATE")
        self.processes |= {key} if key[0].endswith("Process") else set()
        own = sorted((edge for edge in self.edges if edge.owner == key), key=lambda edge: edge.changed)
        for edge in reversed(own):
            linked = self.linked(key, edge.name)
            if edge.other not in linked and not (linked and edge.name in PARENT):
                self._switch(edge, "ACTIVE")

    def _switch(self, edge: Edge, status: str) -> None:
        edge.status, edge.changed = status, self.clock
        self.told = dict.fromkeys((edge.owner, edge.other), "UPDATE") | self.told
        self.processes |= {edge.owner} if edge.name in LINEAGE else set()

    def _settle(self) -> dict[Key, str]:
        """Work out lineage where edges changed: of processes, then of what they link. Archived ones keep theirs."""
        for key in filter(self.active, self.processes):
            sides = [self.linked(key, name) for name in LINEAGE]
            self.entities[key].lineage = all(any(map(self.active, side)) for side in sides)
        edges = [edge for edge in self.edges if edge.name in LINEAGE and edge.owner in self.processes]
        ends = {edge.other for edge in edges if edge.status == "ACTIVE" or edge.changed == self.clock}
        for key in filter(self.active, ends):
            above = [far for back in LINEAGE.values() for far in self.linked(key, back)]
            self.entities[key].lineage = any(self.active(far) and self.entities[far].lineage for far in above)
        for key in self.told:
            self.entities[key].changed = self.clock
        told = {key: operation for key, operation in self.told.items() if operation}
        self.told, self.processes, self.clock = {}, set(), self.clock + 1
        return told
