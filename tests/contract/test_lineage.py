"""Lineage through the real pyatlan: a table is exported to a file, and the file loaded into another table."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from pyatlan.client.atlan import AtlanClient
from pyatlan.errors import InvalidRequestError, NotFoundError
from pyatlan.model.assets import Asset, Column, ColumnProcess, Process, S3Object, Table
from pyatlan.model.enums import AtlanDeleteType, EntityStatus, LineageDirection
from pyatlan.model.lineage import FilterList, FluentLineage, LineageResponse

DOWN, UP = LineageDirection.DOWNSTREAM, LineageDirection.UPSTREAM
ACTIVE = FluentLineage.ACTIVE


@dataclass(frozen=True)
class Flow:
    """
    Lineage by short names: source -in-> file -out-> target, source -whole-> target, and target -report-> mart.

    `first` and `last` are a column of source and of target, linked by `column`, whose parent is `whole`.
    """

    client: AtlanClient
    guids: dict[str, str]

    def walk(self, start: str, direction: LineageDirection = DOWN, **options: Any) -> list[str]:
        """Give what lineage lists, in order, on all pages, as "name depth"."""
        return [f"{asset.name} {asset.depth}" for asset in self.ask(start, direction, **options)]

    def ask(self, start: str, direction: LineageDirection = DOWN, **options: Any) -> list[Asset]:
        lineage = FluentLineage(starting_guid=self.guids[start], direction=direction, **{"size": 50} | options)
        return list(self.client.asset.get_lineage_list(lineage.request))

    def archive(self, *names: str) -> None:
        self.client.asset.purge_by_guid([self.guids[name] for name in names], delete_type=AtlanDeleteType.SOFT)


def build(connection: str) -> dict[str, Asset]:
    """Make the assets of a flow, by name; nothing is saved."""
    root = f"{connection}/{uuid.uuid4().hex[:8]}"
    kinds = {"source": Table, "target": Table, "mart": Table, "file": S3Object, "first": Column, "last": Column}
    made: dict[str, Asset] = {}
    for order, (name, kind) in enumerate(kinds.items()):
        made[name] = kind.updater(qualified_name=f"{root}/{name}", name=name)
        made[name].guid = f"-{order + 1}"

    def process(name: str, source: str, target: str, kind: type[Asset] = Process, **more: Any) -> None:
        inputs, outputs = ([type(made[one]).ref_by_guid(made[one].guid)] for one in (source, target))
        made[name] = kind.creator(  # type: ignore[attr-defined]
            name=name,
            connection_qualified_name=connection,
            process_id=f"{root}/{name}",
            inputs=inputs,
            outputs=outputs,
            **more,
        )

    process("in", "source", "file")
    process("out", "file", "target")
    process("whole", "source", "target")
    process("report", "target", "mart")
    process("column", "first", "last", ColumnProcess, parent=Process.ref_by_guid(made["whole"].guid))
    return made


def make(client: AtlanClient, connection: str) -> Flow:
    assets = build(connection)
    assigned = client.asset.save(list(assets.values())).guid_assignments or {}
    return Flow(client, {name: assigned[asset.guid] for name, asset in assets.items()})


@pytest.fixture(scope="module")
def flow(client: AtlanClient, connection: str) -> Flow:
    """A flow that tests only look at."""
    return make(client, connection)


@pytest.fixture
def fresh(client: AtlanClient, connection: str) -> Flow:
    """A flow of the test's own."""
    return make(client, connection)


WALKS: list[tuple[str, str, LineageDirection, dict[str, Any], list[str]]] = [
    ("down", "source", DOWN, {}, ["in 1", "whole 1", "file 1", "target 1", "out 2", "report 2", "mart 2"]),
    ("up", "mart", UP, {}, ["report 1", "target 1", "out 2", "whole 2", "file 2", "source 2", "in 3"]),
    ("one-step", "source", DOWN, {"depth": 1}, ["in 1", "whole 1", "file 1", "target 1"]),
    ("two-steps-up", "mart", UP, {"depth": 2}, ["report 1", "target 1", "out 2", "whole 2", "file 2", "source 2"]),
    ("from-a-process", "in", DOWN, {}, ["file 1", "out 2", "target 2", "report 3", "mart 3"]),
    ("from-a-process-up", "report", UP, {"depth": 1}, ["target 1", "out 2", "whole 2"]),
    ("columns", "first", DOWN, {}, ["column 1", "last 1"]),
    ("end", "mart", DOWN, {}, []),
    (
        "only-data-sets",
        "source",
        DOWN,
        {"includes_in_results": Asset.TYPE_NAME.in_lineage.neq("Process")},
        ["file 1", "target 1", "mart 2"],
    ),
    ("starts-with", "source", DOWN, {"includes_in_results": Asset.NAME.in_lineage.starts_with("m")}, ["mart 2"]),
    ("ends-with", "source", DOWN, {"includes_in_results": Asset.NAME.in_lineage.ends_with("e")}, ["whole 1", "file 1"]),
    (
        "contains",
        "source",
        DOWN,
        {"includes_in_results": Asset.QUALIFIED_NAME.in_lineage.contains("/targ")},
        ["target 1"],
    ),
    (
        "contains-not",
        "source",
        DOWN,
        {"includes_in_results": Asset.NAME.in_lineage.does_not_contain("r")},
        ["in 1", "whole 1", "file 1", "out 2"],
    ),
    (
        "has-no-value",
        "first",
        DOWN,
        {"includes_in_results": Asset.DESCRIPTION.in_lineage.has_no_value()},
        ["column 1", "last 1"],
    ),
    ("has-a-value", "source", DOWN, {"includes_in_results": Asset.DESCRIPTION.in_lineage.has_any_value()}, []),
    (
        "later-than",
        "source",
        DOWN,
        {"depth": 1, "includes_in_results": Asset.CREATE_TIME.in_lineage.gt(0)},
        ["in 1", "whole 1", "file 1", "target 1"],
    ),
    ("before", "source", DOWN, {"includes_in_results": Asset.CREATE_TIME.in_lineage.lte(0)}, []),
    (
        "with-lineage",
        "mart",
        UP,
        {"depth": 1, "includes_in_results": Asset.HAS_LINEAGE.in_lineage.eq(True)},
        ["report 1", "target 1"],
    ),
    (
        "either",
        "source",
        DOWN,
        {
            "includes_in_results": [Asset.NAME.in_lineage.eq("file"), Asset.NAME.in_lineage.eq("mart")],
            "includes_condition": FilterList.Condition.OR,
        },
        ["file 1", "mart 2"],
    ),
    (
        "both",
        "source",
        DOWN,
        {"includes_in_results": [Asset.NAME.in_lineage.eq("file"), Asset.NAME.in_lineage.eq("mart")]},
        [],
    ),
    (
        "not-beyond",
        "source",
        DOWN,
        {"where_assets": Asset.NAME.in_lineage.neq("target")},
        ["in 1", "whole 1", "file 1", "out 2"],
    ),
    (
        "active-edges",
        "source",
        DOWN,
        {"depth": 1, "where_relationships": ACTIVE},
        ["in 1", "whole 1", "file 1", "target 1"],
    ),
    ("no-edges", "source", DOWN, {"where_relationships": Asset.STATUS.in_lineage.eq(EntityStatus.DELETED)}, []),
]


@pytest.mark.parametrize(
    ("start", "direction", "options", "expected"), [pytest.param(*case, id=name) for name, *case in WALKS]
)
def test_walk(
    flow: Flow, start: str, direction: LineageDirection, options: dict[str, Any], expected: list[str]
) -> None:
    """Lineage lists processes and data sets, nearest first; filters hide some, or stop at them."""
    found = flow.walk(start, direction, **options)

    assert sorted(found) == sorted(expected)
    assert found == sorted(found, key=lambda one: int(one.split()[1]))


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8])
def test_pages(flow: Flow, size: int) -> None:
    """Pages of any size add up to the whole, once each, and then end."""
    assert flow.walk("source", size=size) == flow.walk("source")


def test_page_says_what_it_holds(flow: Flow) -> None:
    """A page counts its own entities, and tells whether there are more."""
    lineage = FluentLineage(starting_guid=flow.guids["source"], size=3)

    page = flow.client.asset.get_lineage_list(lineage.request)

    names = [asset.name for asset in page.current_page()]
    assert (set(names[:2]), len(names)) == ({"in", "whole"}, 3)
    assert page.has_more


def test_neighbours(flow: Flow) -> None:
    """With neighbours asked for, the start comes first, and each data set knows those beside it."""
    found = {asset.name: asset for asset in flow.ask("source", immediate_neighbors=True)}

    assert next(iter(found)) == "source"
    assert found["source"].depth == 0
    assert {one.name for one in found["source"].immediate_downstream} == {"file", "target"}
    assert {one.name for one in found["target"].immediate_upstream} == {"file", "source"}
    assert [one.guid for one in found["mart"].immediate_upstream] == [flow.guids["target"]]


def test_neighbours_upstream(flow: Flow) -> None:
    """Upstream and downstream keep their meaning when the walk goes up."""
    found = {asset.name: asset for asset in flow.ask("target", UP, immediate_neighbors=True)}

    assert {one.name for one in found["target"].immediate_upstream} == {"file", "source"}
    assert [one.name for one in found["file"].immediate_downstream] == ["target"]


def test_neighbours_of_nothing(flow: Flow) -> None:
    """An asset without lineage is still shown itself."""
    assert flow.walk("mart", immediate_neighbors=True) == ["mart 0"]


def test_attributes(flow: Flow) -> None:
    """An entity of lineage has the attributes asked for, and so have those related to it."""
    options = {
        "includes_on_results": ["inputs", "description"],
        "includes_on_relations": Asset.NAME,
        "depth": 1,
    }

    found = {asset.name: asset for asset in flow.ask("file", **options)}

    assert [one.guid for one in found["out"].inputs] == [flow.guids["file"]]
    assert [one.name for one in found["out"].inputs] == ["file"]
    assert isinstance(found["target"], Table)


def test_archived_object(fresh: Flow) -> None:
    """An archived object leaves lineage, and takes what only it led to along."""
    fresh.archive("file")

    assert set(fresh.walk("source")) == {"in 1", "whole 1", "target 1", "report 2", "mart 2"}
    assert set(fresh.walk("mart", UP)) == {"report 1", "target 1", "out 2", "whole 2", "source 2"}


def test_archived_process(fresh: Flow) -> None:
    """An archived process links nothing any more, though both its ends are there."""
    fresh.archive("in", "whole")

    assert fresh.walk("source") == []
    assert fresh.walk("file") == ["out 1", "target 1", "report 2", "mart 2"]


def test_archived_end_saved_again(fresh: Flow) -> None:
    """An archived asset that a process is saved with is shown, as archived."""
    fresh.archive("file")
    again = Process.updater(qualified_name=name_of(fresh, "in"), name="in")
    again.outputs = [S3Object.ref_by_guid(fresh.guids["file"])]

    fresh.client.asset.save(again)

    found = {asset.name: asset.status for asset in fresh.ask("source", depth=1)}
    assert found["file"] == EntityStatus.DELETED


def name_of(flow: Flow, name: str) -> str:
    return str(flow.client.asset.get_by_guid(flow.guids[name], Process).qualified_name)


def test_circle(fresh: Flow) -> None:
    """Lineage that comes back to its start ends."""
    again = Process.updater(qualified_name=name_of(fresh, "report"), name="report")
    again.outputs = [Table.ref_by_guid(fresh.guids["source"])]

    fresh.client.asset.save(again)

    assert set(fresh.walk("source")) == {"in 1", "whole 1", "file 1", "target 1", "out 2", "report 2"}


def test_unknown_start(client: AtlanClient) -> None:
    """Lineage of an asset that isn't there is rejected."""
    lineage = FluentLineage(starting_guid=str(uuid.uuid4()))

    with pytest.raises(NotFoundError, match="ATLAS-404-00-005"):
        client.asset.get_lineage_list(lineage.request)


def test_start_without_lineage(client: AtlanClient, bulk, connection: str) -> None:
    """Lineage of an asset whose type can't have any is rejected."""
    name = f"{connection}/{uuid.uuid4()}"
    cloud = {"typeName": "Cloud", "guid": "-1", "attributes": {"qualifiedName": name, "name": "cloud"}}
    guid = bulk(cloud).json()["guidAssignments"]["-1"]

    with pytest.raises(NotFoundError, match="ATLAS-404-00-011"):
        client.asset.get_lineage_list(FluentLineage(starting_guid=guid).request)


REFUSED: list[tuple[str, Callable[[dict[str, Any]], Any], str]] = [
    ("no-guid", lambda body: body.pop("guid"), "guid is required"),
    ("no-direction", lambda body: body.pop("direction"), "mandatory key 'direction' is required"),
    ("both-ways", lambda body: body.update(direction="BOTH"), "it is INPUT or OUTPUT"),
    ("no-depth", lambda body: body.pop("depth"), "The 'depth' parameter is missing or invalid"),
    ("too-deep", lambda body: body.update(depth=2**30), "constraint not satisfied"),
    ("negative-size", lambda body: body.update(size=-1), "Invalid 'size' value"),
    ("no-from", lambda body: body.pop("from"), "The 'from' parameter is missing or invalid"),
]


@pytest.mark.parametrize(
    ("spoil", "message"), [pytest.param(spoil, message, id=name) for name, spoil, message in REFUSED]
)
def test_refused(raw: httpx.Client, flow: Flow, spoil: Callable[[dict[str, Any]], Any], message: str) -> None:
    """A faulty request is rejected with what is wrong with it."""
    body = {"guid": flow.guids["source"], "direction": "OUTPUT", "depth": 1, "from": 0, "size": 10}
    spoil(body)

    answer = raw.post("lineage/list", json=body)

    assert (answer.status_code, answer.json()["errorCode"]) == (400, "ATLAS-400-00-029")
    assert message in answer.json()["errorMessage"]


@pytest.mark.parametrize(
    ("criterion", "message"),
    [
        (
            {"attributeName": "nobodyHasThis", "operator": "=", "attributeValue": "x"},
            "no type has an attribute 'nobodyHasThis'",
        ),
        ({"attributeName": "name", "operator": "within", "attributeValue": "x"}, "operator 'within' is not supported"),
        ({"attributeName": "__timestamp", "operator": ">", "attributeValue": "soon"}, "'soon' is not a number"),
    ],
)
def test_refused_filter(catalog: Any, raw: httpx.Client, flow: Flow, criterion: dict[str, str], message: str) -> None:
    """A filter that the local catalog can't apply is rejected by name, not passed over."""
    filters = {"condition": "AND", "criterion": [criterion]}
    body = {
        "guid": flow.guids["source"],
        "direction": "OUTPUT",
        "depth": 1,
        "from": 0,
        "size": 10,
        "entityFilters": filters,
    }

    answer = raw.post("lineage/list", json=body)

    assert answer.status_code == 400
    assert message in answer.json()["errorMessage"]


def test_pyatlan_refuses_both(flow: Flow) -> None:
    """pyatlan doesn't even send a list in both directions."""
    with pytest.raises(InvalidRequestError):
        flow.ask("source", LineageDirection.BOTH)


def named(flow: Flow, guids: list[str]) -> list[str]:
    short = {guid: name for name, guid in flow.guids.items()}
    return sorted(short[guid] for guid in guids)


def test_graph(raw: httpx.Client, flow: Flow) -> None:
    """The graph without processes goes from data set to data set, both ways from the start."""
    body = {"guid": flow.guids["target"], "direction": "BOTH", "depth": 2, "hideProcess": True}

    found = LineageResponse(**raw.post("lineage/getlineage", json=body).json())

    assert named(flow, found.get_upstream_asset_guids()) == ["file", "source"]
    assert named(flow, found.get_downstream_asset_guids()) == ["mart"]
    assert named(flow, found.get_upstream_process_guids()) == ["out", "whole"]
    assert named(flow, found.get_all_upstream_asset_guids_dfs(flow.guids["mart"])) == [
        "file",
        "mart",
        "source",
        "target",
    ]
    assert found.guid_entity_map[flow.guids["file"]].name == "file"


def test_graph_with_processes(raw: httpx.Client, flow: Flow) -> None:
    """The graph with processes has each edge as a relation, in the direction that data flows."""
    found = raw.get(f"lineage/{flow.guids['file']}", params={"direction": "INPUT", "depth": 1}).json()

    edges = [named(flow, [one["fromEntityId"]]) + named(flow, [one["toEntityId"]]) for one in found["relations"]]
    assert sorted(edges) == [["in", "file"], ["source", "in"]]
    assert sorted(one["attributes"]["name"] for one in found["guidEntityMap"].values()) == ["file", "in", "source"]
    assert found["vertexChildrenInfo"][flow.guids["source"]] == {"INPUT": False}


def test_graph_from_a_process(raw: httpx.Client, flow: Flow) -> None:
    """A graph may start at a process, but not if processes are to be hidden."""
    path = f"lineage/{flow.guids['out']}"

    found = raw.get(path, params={"depth": 1}).json()
    refused = raw.get(path, params={"hideProcess": "true"})

    assert named(flow, list(found["guidEntityMap"])) == ["file", "out", "target"]
    assert (refused.status_code, refused.json()["errorCode"]) == (404, "ATLAS-404-00-017")


def test_graph_refused(raw: httpx.Client, flow: Flow) -> None:
    """A direction or a depth that makes no sense is rejected, and so is an unknown start."""
    path = f"lineage/{flow.guids['source']}"

    assert raw.get(path, params={"direction": "SIDEWAYS"}).status_code == 400
    assert raw.get(path, params={"depth": "deep"}).status_code == 400
    assert raw.get(f"lineage/{uuid.uuid4()}").json()["errorCode"] == "ATLAS-404-00-005"
