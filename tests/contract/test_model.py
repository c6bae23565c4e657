"""
Random sequences of saves, deletions and restores: the catalog answers, and ends up, as the model says.

They are requests in pyatlan's own wire format, handed to the application without a socket: with pyatlan, which parses
every answer, 200 sequences would take minutes, and HTTP would take a quarter of the time. A sequence that fails is
printed as calls of the machine's rules, the shortest that Hypothesis finds.
"""

import os
import time
import uuid
from typing import Any

import httpx
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from local.catalog.server import Server
from tests.contract.graph import BACK, OWN, PARENT, Entity, Key
from tests.contract.model import Model, Refused
from tests.contract.sequences import FEW, KEY, LINKS, MANY, SAVE, Sent, sent, world

SOAK = bool(os.environ.get("SOAK"))

pytestmark = pytest.mark.unmeasured

SHOWN = ["name", "description", "__hasLineage", *OWN, *BACK]
ERASED = Entity(status="DELETED")


class Machine(RuleBasedStateMachine):
    """Does the same to a catalog and to the model. Each sequence has qualified names of its own."""

    def __init__(self, catalog: httpx.Client) -> None:
        super().__init__()
        self.catalog = catalog
        self.prefix = f"model/{uuid.uuid4()}"
        self.model = Model()
        self.guids: dict[Key, str] = {}

    @initialize(history=st.sampled_from([["append"], ["append", "remove", "append"], []]))
    def begin(self, history):
        """Begin with nothing, or with everything linked, from which more can be lost, or linked for the second time."""
        for how in history:
            self.save(world(how), by_name=False)

    @rule(entities=SAVE, by_name=st.booleans())
    def save(self, entities, by_name):
        """Others of the same save are referred to by temporary guid, all else by guid or qualified name."""
        temporary: dict[Key, str] = {}
        for number, one in enumerate(entities, 1):
            temporary.setdefault(one.key, f"-{number}")
        wire = [self.wire(one, temporary, by_name=by_name) for one in entities]
        wire = [one | {"guid": f"-{number}"} for number, one in enumerate(wire, 1)]
        saved = {f"-{number}": one.key for number, one in enumerate(entities, 1)}
        self.change(lambda: self.model.save(entities), "POST", "/entity/bulk/", json={"entities": wire}, saved=saved)

    @rule(one=KEY.flatmap(lambda key: sent(key, partial=True)), by_name=st.booleans())
    def patch(self, one, by_name):
        path, body = self.path(one.key), {"entity": self.wire(one, {}, by_name=by_name)}
        del body["entity"]["attributes"]["qualifiedName"]
        self.change(lambda: self.model.save([one], "PARTIAL_UPDATE"), "PUT", path, json=body)

    @rule(keys=FEW, purge=st.sampled_from([False] * 5 + [True]))
    def delete(self, keys, purge):
        params = {"guid": [self.guid(key) for key in keys], "deleteType": "PURGE" if purge else "SOFT"}
        self.change(lambda: self.model.delete(keys, purge=purge), "DELETE", "/entity/bulk/", params=params)
        self.guids = {key: guid for key, guid in self.guids.items() if key in self.model.entities}

    @rule(keys=MANY)
    def restore(self, keys):
        params = {"guid": [self.guid(key) for key in keys]}
        self.change(lambda: self.model.restore(keys), "POST", "/entity/restore/bulk", params=params)

    @invariant()
    def same(self):
        """After every step, searched by status: values, live relationships, and the order of modification times."""
        found = [(status, key, header) for status in ("ACTIVE", "DELETED") for key, header in self.search(status)]
        shown = {key: (status, *self.header(header)) for status, key, header in found}
        assert shown == {key: self.expected(key) for key in self.model.entities}
        times = {key: header["updateTime"] for _, key, header in found}
        assert ranks(times) == ranks({key: entity.changed for key, entity in self.model.entities.items()})

    @invariant()
    def related(self):
        """After every step, what it changed, read: every edge that ever was, with its state and its far end's."""
        for key in [key for key, entity in self.model.entities.items() if entity.changed == self.model.clock - 1]:
            entity = self.catalog.get(self.path(key)).json()["entity"]
            assert entity["guid"] == self.guids[key]
            shown = {name: self.states(entity["relationshipAttributes"][name]) for name in LINKS[key[0]]}
            assert shown == {name: self.edges(key, name) for name in shown}

    def change(self, apply, method, path, *, saved=None, **request):
        """Make a change at both, and compare the answer: an error's code, or operation and status by entity."""
        time.sleep(0.001)  # the clock, which tells milliseconds, goes on
        response = self.catalog.request(method, path, **request)
        answer = response.json()
        told, code = outcome(apply)
        if code:
            assert (str(response.status_code), answer["errorCode"]) == (code[6:9], code)
            return
        assert response.status_code == 200, answer
        for temporary, key in (saved or {}).items():
            assigned = answer["guidAssignments"][temporary]
            assert self.guids.setdefault(key, assigned) == assigned
        keys = self.keys()
        lists = answer.get("mutatedEntities", {})
        shown = [(keys[one["guid"]], operation, one["status"]) for operation, listed in lists.items() for one in listed]
        entities = self.model.entities
        expected = [(key, operation, entities.get(key, ERASED).status) for key, operation in told.items()]
        assert sorted(shown) == sorted(expected)

    def search(self, status):
        """Find all of this sequence that have a status; give headers by key."""
        terms = [{"prefix": {"qualifiedName": {"value": self.prefix}}}, {"term": {"__state": {"value": status}}}]
        body = {"dsl": {"from": 0, "size": 100, "query": {"bool": {"filter": terms}}}, "attributes": SHOWN}
        keys = self.keys()
        answer = self.catalog.post("/search/indexsearch", json=body).json()
        return [(keys[header["guid"]], header) for header in answer.get("entities", [])]

    def header(self, header):
        """Sum up what a search shows: lineage, plain attributes, live relationships."""
        attributes, keys, found = header["attributes"], self.keys(), {}
        for name in LINKS[header["typeName"]]:
            value = attributes.get(name) or []
            found[name] = {keys[one["guid"]] for one in (value if isinstance(value, list) else [value])}
        plain = {name: attributes[name] for name in ("name", "description") if name in attributes}
        return attributes["__hasLineage"], plain, found

    def expected(self, key):
        entity = self.model.entities[key]
        found = {name: self.model.linked(key, name).keys() for name in LINKS[key[0]]}
        return entity.status, entity.lineage, entity.attributes, found

    def states(self, value):
        """Sum up a relationship as a read shows it: who is at the far end, its status, and the edge's."""
        keys, listed = self.keys(), value if isinstance(value, list) else [value] if value else []
        return sorted((keys[one["guid"]], one["entityStatus"], one["relationshipStatus"]) for one in listed)

    def edges(self, key, name):
        """Give the same of the model; where there is room for one, that is the live edge, or the last that was."""
        related = self.model.related(key, name)
        if name in PARENT:
            related = sorted(related, key=lambda pair: (pair[1].status == "ACTIVE", pair[1].changed))[-1:]
        return sorted((far, self.model.entities[far].status, edge.status) for far, edge in related)

    def wire(self, one: Sent, temporary: dict[Key, str], *, by_name: bool) -> dict[str, Any]:
        """Write an entity as pyatlan does."""
        entity: dict[str, Any] = {"typeName": one.key[0]}
        entity["attributes"] = {"qualifiedName": self.name(one.key), **one.attributes}
        if one.status:
            entity["status"] = one.status
        for attribute, (how, keys) in one.links.items():
            references = [self.reference(key, temporary, by_name=by_name) for key in keys]
            place = "attributes" if how == "replace" else f"{how}RelationshipAttributes"
            entity.setdefault(place, {})[attribute] = references[0] if attribute in PARENT else references
        return entity

    def reference(self, key, temporary, *, by_name):
        reference = {"typeName": key[0], "attributes": {}}
        if by_name and key not in temporary:
            return reference | {"uniqueAttributes": {"qualifiedName": self.name(key)}}
        return reference | {"guid": temporary.get(key) or self.guid(key)}

    def guid(self, key: Key) -> str:
        """Give the guid of an entity, or, if there is none, one that nobody has."""
        return self.guids.get(key) or str(uuid.uuid4())

    def keys(self) -> dict[str, Key]:
        return {guid: key for key, guid in self.guids.items()}

    def name(self, key: Key) -> str:
        return f"{self.prefix}/{key[1]}"

    def path(self, key: Key) -> str:
        return f"/entity/uniqueAttribute/type/{key[0]}?attr:qualifiedName={self.name(key)}"


def outcome(apply):
    """Make a change at the model; give what an answer would tell, and the error code if it is refused."""
    try:
        return apply(), None
    except Refused as refused:
        return {}, str(refused)


def ranks(numbers: dict[Key, int]) -> dict[Key, int]:
    """Number the entities in order; equals get the same."""
    order = sorted(set(numbers.values()))
    return {key: order.index(number) for key, number in numbers.items()}


@pytest.mark.timeout(7200 if SOAK else 900)
def test_sequences(catalog: Server):
    """
    Whatever is saved, archived, purged and restored in whatever order, every answer and the end are the model's.

    `make test` plays the same 200 sequences each time; `make soak` plays 5,000 new ones.
    """
    sequences = settings(
        max_examples=5_000 if SOAK else 200,
        stateful_step_count=13,
        deadline=None,
        database=None,
        derandomize=not SOAK,
        report_multiple_bugs=False,
    )
    headers = {"Authorization": f"Bearer {catalog.key}"}
    transport = httpx.WSGITransport(app=catalog.faults)
    with httpx.Client(base_url=f"{catalog.url}/api/meta", headers=headers, transport=transport) as plain:
        run_state_machine_as_test(lambda: Machine(plain), settings=sequences)
