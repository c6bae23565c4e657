"""
The catalog port: one contract for Atlan in memory, which the unit tests and the simulation use, and for the adapter.

It has the rules that the connector relies on. The adapter runs on the embedded catalog, over HTTP.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from typing import Any, Protocol

import pytest
from pyatlan.model.assets import Asset as Model
from pyatlan.model.assets import Column, Table
from pyatlan.model.enums import AtlanDeleteType

from connector.adapters.atlan.catalog import Atlan
from connector.adapters.atlan.client import connect
from connector.adapters.system import Clock as System
from connector.core.asset import Asset, Bucket, ByGuid, Found, Name, Object, Process, Stat, Type
from connector.core.seen import Around, Cataloged, End, Wanted
from connector.errors import RefusedError
from connector.limiter import Limiter
from connector.ports import Catalog, Survey
from local.catalog.server import Server
from tests.support import catalog as memory
from tests.support import client, crawler
from tests.support.clock import Clock
from tests.support.shop import CONNECTION, POSTGRES

NOWHERE = ByGuid("S3Bucket", "00000000-0000-0000-0000-000000000000")
_numbers = count(1)
ARN = "arn:aws:s3:::acme/a.csv"


class Both(Catalog, Survey, Protocol):
    """The catalog port and the survey port: one client has both."""


class Side(Protocol):
    """A catalog: the ports, and what others do to it."""

    port: Both

    def add(self, table: str, columns: Iterable[str]) -> None: ...
    def drop(self, table: str, column: str = "") -> None:
        """Archive the table, or one of its columns."""

    def lag(self, seconds: float) -> None:
        """Let searches be behind what is written from now on."""


class Memory:
    """Atlan in memory, with nothing between it and its client."""

    def __init__(self) -> None:
        self._lag = 0.0
        self._atlan = memory.Atlan(Clock(), lambda: self._lag, lambda _: None)
        self.port: Both = client.Client(self._atlan, self._ask)

    def add(self, table: str, columns: Iterable[str]) -> None:
        self._atlan.add_table(table, columns)

    def drop(self, table: str, column: str = "") -> None:
        if column:
            self._atlan.drop_column(table, column)
        else:
            self._atlan.drop_table(table)

    def lag(self, seconds: float) -> None:
        self._lag = seconds

    def _ask(
        self, _: str, answer: Callable[..., Any], prepare: Callable[[], Any] = dict, *, write: bool = False
    ) -> Any:
        return answer(prepare()) if write else answer()


class Served:
    """The embedded catalog, and the adapter."""

    def __init__(self, server: Server) -> None:
        self._server, self._client = server, crawler.connect(server)
        self.port: Both = Atlan(connect(server.url, server.key, Limiter(1_000_000, System())), page=2)

    def add(self, table: str, columns: Iterable[str]) -> None:
        crawler.tables(self._client, {table: columns})

    def drop(self, table: str, column: str = "") -> None:
        kind: type[Model] = Column if column else Table
        found = self._client.asset.get_by_qualified_name(f"{table}/{column}".rstrip("/"), kind)
        self._client.asset.purge_by_guid(found.guid, delete_type=AtlanDeleteType.SOFT)

    def lag(self, seconds: float) -> None:
        self._server.lag = seconds


@pytest.fixture(params=["in memory", "over HTTP"])
def side(atlan: Server, request: pytest.FixtureRequest) -> Iterator[Side]:
    yield Memory() if request.param == "in memory" else Served(atlan)
    atlan.lag = 0.0


@pytest.fixture
def port(side: Side) -> Both:
    return side.port


@pytest.fixture
def bucket() -> Bucket:
    """A bucket of the test's own, which is not saved yet."""
    label = f"catalog-{next(_numbers)}"
    return Bucket(Name(Type.BUCKET, f"{CONNECTION}/{label}"), label, CONNECTION)


@pytest.fixture
def file(bucket: Bucket) -> Object:
    """An object of the bucket."""
    stat = Stat(1, "etag", datetime(2026, 1, 1, tzinfo=UTC))
    qualified_name = bucket.name.qualified_name
    name = Name(Type.OBJECT, f"{qualified_name}/a.csv")
    return Object(name, "a.csv", CONNECTION, bucket.name, bucket.label, qualified_name, "a.csv", ARN, stat)


@pytest.fixture
def table(bucket: Bucket) -> str:
    """The qualified name of a table of the test's own, which nobody made yet."""
    return f"{POSTGRES}/shop/{bucket.label}/orders"


def pair(side: Side, table: str) -> tuple[Process, Process, Process]:
    """Make the table, and return a process from it to itself, and the two of its columns; they are not saved yet."""
    side.add(table, ["id", "total"])
    found = side.port.columns(table, side.port.tables([table])[table])
    assert found
    name = Name(Type.PROCESS, f"{CONNECTION}/test/pair/{table}")
    parent = Process(name, "pair", CONNECTION, (found.reference,), (found.reference,))
    guids = {column.name: (ByGuid("Column", column.guid),) for column in found.columns}
    names = {column: Name(Type.COLUMN_PROCESS, f"{name.qualified_name}/{column}") for column in guids}
    first, second = (Process(names[c], c, CONNECTION, guids[c], guids[c], name) for c in ("id", "total"))
    return parent, first, second


def only(port: Both, asset: Asset) -> Found:
    (found,) = port.find([asset.name])[asset.name]
    return found


def test_connection(port: Both) -> None:
    """A connection is there or not."""
    assert port.connection(CONNECTION)
    assert not port.connection("default/s3/none")


def test_create(port: Both, bucket: Bucket, file: Object) -> None:
    """A save creates what is not there, refers to others of the request by name, and tells the guids."""
    saved = port.save([bucket, file], {})

    assert (saved.created, saved.updated) == ({bucket.name, file.name}, set())
    assert saved.guids == {one.name: only(port, one).guid for one in (bucket, file)}
    assert only(port, file) == Found(file.name, saved.guids[file.name], active=True, label="a.csv")


def test_equal(side: Side, bucket: Bucket, file: Object, table: str) -> None:
    """What is equal to what is there is skipped, and has the guid that it had."""
    assets = [file, *pair(side, table)]
    first = side.port.save([bucket, *assets], {})

    second = side.port.save(assets, first.guids)

    assert (second.created, second.updated) == (set(), set())
    assert second.guids == {asset.name: first.guids[asset.name] for asset in assets}


def test_changed(port: Both, bucket: Bucket, file: Object) -> None:
    """What differs is changed, and nothing else; it refers to what an earlier request saved."""
    first = port.save([bucket, file], {})

    second = port.save([replace(file, stat=replace(file.stat, size=2))], first.guids)

    assert (second.created, second.updated) == (set(), {file.name})
    assert second.guids[file.name] == first.guids[file.name]


def test_archived(port: Both, bucket: Bucket, file: Object) -> None:
    """What is archived is found as such; to archive it again changes nothing."""
    port.save([bucket, file], {})
    found = only(port, file)

    port.retire([found])
    port.retire([found])

    assert only(port, file) == replace(found, active=False)
    assert only(port, bucket).active


def test_restored(port: Both, bucket: Bucket, file: Object) -> None:
    """A save restores what is archived: the same asset, which was changed and not created."""
    first = port.save([bucket, file], {})
    port.retire([only(port, file)])

    second = port.save([file], first.guids)

    assert (second.created, second.updated) == (set(), {file.name})
    assert only(port, file) == Found(file.name, first.guids[file.name], active=True, label="a.csv")


@pytest.mark.parametrize("late", [False, True])
def test_refused(port: Both, bucket: Bucket, file: Object, late: bool) -> None:
    """A reference to what is not there is refused, and nothing of the request is saved, whatever comes first."""
    lost = replace(file, bucket=NOWHERE)

    with pytest.raises(RefusedError, match=NOWHERE.guid):
        port.save([bucket, lost] if late else [lost, bucket], {})

    assert port.find([bucket.name, file.name]) == {bucket.name: [], file.name: []}


def test_behind(side: Side, bucket: Bucket, table: str) -> None:
    """What a search does not have yet is found by its name all the same."""
    side.lag(3600)
    side.add(table, ["id"])
    guids = side.port.save([bucket], {}).guids

    assert only(side.port, bucket).guid == guids[bucket.name]
    assert side.port.tables([table]).keys() == {table}
    assert [hit.guid for hit in side.port.buckets(CONNECTION, "none", [bucket.name])] == [guids[bucket.name]]


def test_buckets(port: Both, bucket: Bucket) -> None:
    """A bucket is found by its label, whatever its qualified name, and else by one of those."""
    port.save([bucket], {})
    found = only(port, bucket)
    other = Name(Type.BUCKET, f"{CONNECTION}/other")

    assert list(port.buckets(CONNECTION, bucket.label, [other])) == [found]
    assert list(port.buckets(CONNECTION, "renamed", [other, bucket.name])) == [found]
    assert list(port.buckets(CONNECTION, "renamed", [other])) == []


def test_tables(side: Side, table: str) -> None:
    """Only a table that is active is there, with its active columns."""
    side.add(table, ["id", "total"])
    found = side.port.tables([table, f"{table}_none"])
    side.drop(table, "total")
    read = side.port.columns(table, found[table])

    side.drop(table)

    assert found.keys() == {table}
    assert read
    assert (read.reference, [column.name for column in read.columns]) == (found[table].reference, ["id"])
    assert side.port.tables([table]) == {}
    assert side.port.columns(table, read) is None


def test_children(side: Side, table: str) -> None:
    """A process has the column processes that are active, and no others; one that is not there has none."""
    port, (parent, first, second) = side.port, pair(side, table)

    assert list(port.family(parent.name).children) == []
    port.save([parent, first, second], {})
    assert {child.name for child in port.family(parent.name).children} == {first.name, second.name}
    port.retire([only(port, second)])
    assert list(port.family(parent.name).children) == [only(port, first)]


def test_similar(side: Side, table: str) -> None:
    """A table of the name in another case or schema is similar; where there is none, so are those of its schema."""
    side.add(table, ["id"])
    side.add(f"{table}_old", ["id"])
    schema, _, name = table.rpartition("/")

    assert table in side.port.similar([f"{schema}/{name.upper()}"]).tables
    assert table in side.port.similar([f"{schema}_other/{name}"]).tables
    assert side.port.similar([f"{schema.replace('catalog', 'CATALOG')}/none"]).tables == {table, f"{table}_old"}
    assert side.port.similar([f"{schema}_other/none"]).tables == set()


def test_similar_archived(side: Side, table: str) -> None:
    """An archived table is not similar to others, and is known to be archived when it is asked for itself."""
    side.add(table, ["id"])
    side.drop(table)

    found = side.port.similar([table, f"{table}_none"])

    assert table not in found.tables
    assert found.archived == {table}


def test_similar_connections(port: Both) -> None:
    """Connections of the same connector are similar, and of no other."""
    assert CONNECTION in port.similar(["default/s3/none"]).connections
    assert CONNECTION not in port.similar([f"{POSTGRES}/shop/public/none"]).connections
    assert POSTGRES in port.similar([f"{POSTGRES}/shop/public/none"]).connections


def test_nothing(port: Both) -> None:
    """Looking for nothing finds nothing."""
    assert port.find([]) == {}


def test_objects(port: Both, bucket: Bucket, file: Object) -> None:
    """A survey tells of the active objects of a prefix, in the order of their names, and can begin after one."""
    names = [
        Name(Type.OBJECT, f"{bucket.name.qualified_name}/{key}") for key in ("p/1", "p/A", "p/\u00e9", "q/1", "p/x")
    ]
    port.save([bucket, *(replace(file, name=name) for name in names)], {})
    port.retire(port.find([names[-1]])[names[-1]])

    found = [one for page in port.objects(f"{bucket.name.qualified_name}/p/", "") for one in page]
    rest = [one for page in port.objects(f"{bucket.name.qualified_name}/p/", names[0].qualified_name) for one in page]

    assert [one.name for one in found] == names[:3]
    assert rest == found[1:]
    assert found[0] == Cataloged(names[0], found[0].guid, 1, "etag", file.stat.modified, "STANDARD")


def test_processes(side: Side, bucket: Bucket, table: str) -> None:
    """A survey tells of the active processes of a kind and of prefixes, with the ends that are active."""
    parent, first, second = pair(side, table)
    guids = side.port.save([parent, first, second], {}).guids
    prefix = parent.name.qualified_name

    parents = [one for page in side.port.processes(Type.PROCESS, [prefix, "default/none"], "") for one in page]
    children = [one for page in side.port.processes(Type.COLUMN_PROCESS, [f"{prefix}/"], "") for one in page]
    rest = list(side.port.processes(Type.COLUMN_PROCESS, [f"{prefix}/"], first.name.qualified_name))

    (found,) = parents
    (end,) = found.inputs
    assert (found.name, found.guid, found.active) == (parent.name, guids[parent.name], True)
    assert found.inputs == found.outputs == (End(end.guid, table),)
    assert [child.name for child in children] == [first.name, second.name]
    assert children[0].inputs == (End(children[0].inputs[0].guid, f"{table}/id"),)
    assert [one.name for page in rest for one in page] == [second.name]
    assert side.port.around([table, f"{table}-none"]) == {table: Around(frozenset([prefix]), frozenset([prefix]))}


def test_processes_of_archived(side: Side, table: str) -> None:
    """An end that was archived is none; an archived process is found by its name only."""
    parent, first, _ = pair(side, table)
    side.port.save([parent, first], {})
    side.drop(table, "id")
    ((child,),) = [p for p in side.port.processes(Type.COLUMN_PROCESS, [first.name.qualified_name], "") if p]
    side.port.retire([hit for hits in side.port.find([first.name, parent.name]).values() for hit in hits])

    listed = [one for page in side.port.processes(Type.PROCESS, [parent.name.qualified_name], "") for one in page]
    (named,) = side.port.named([parent.name, Name(Type.PROCESS, "default/none")])

    assert listed == []
    assert (named.name, named.active) == (parent.name, False)
    assert (child.inputs, child.outputs) == ((), ())


def test_tables_of_a_survey(side: Side, table: str) -> None:
    """A survey finds active tables with their active columns and the order of these, which the graph does not tell."""
    side.add(table, ["id", "total", "paid"])
    side.add(f"{table}-gone", ["id"])
    side.drop(table, "total")
    side.drop(f"{table}-gone")

    wanted = [table, f"{table}-gone", f"{table}-none"]

    assert side.port.existing(wanted) == {table}
    assert {name for page in side.port.below([table, "default/none/"]) for name in page} & {*wanted} == {table}
    (found,) = side.port.with_columns(wanted).values()
    read = side.port.columns(table, side.port.tables([table])[table])
    assert read
    assert {(column.name, column.guid) for column in found.columns} == {(one.name, one.guid) for one in read.columns}
    assert found.reference == read.reference
    names = sorted(found.columns, key=lambda column: column.order or 0)
    assert [column.name for column in names] == ["id", "paid"]
    assert {column.order for column in read.columns} == {None}


def test_survey_lags(side: Side, bucket: Bucket, file: Object, table: str) -> None:
    """A survey is as far behind as a search is."""
    side.port.save([bucket], {})
    side.lag(60)
    side.add(table, ["id"])
    side.port.save([file], {bucket.name: only(side.port, bucket).guid})

    assert not any(side.port.objects(bucket.name.qualified_name, ""))
    assert side.port.existing([table]) == frozenset()


def test_look(side: Side, port: Both, bucket: Bucket, table: str) -> None:
    """One search finds the bucket, its connection, the table with its columns, and the process with its children."""
    parent, *children = pair(side, table)
    port.save([bucket], {})
    port.save([parent, *children], {})

    seen = port.look(Wanted(CONNECTION, {bucket.label: [bucket.name]}, [table], [parent.name]))

    assert seen.connected
    assert [found.name for found in seen.buckets[bucket.label]] == [bucket.name]
    assert {column.name for column in seen.tables[table].columns} == {"id", "total"}
    assert seen.tables[table].guid == port.tables([table])[table].guid
    assert seen.families[parent.name].active
    assert {child.name for child in seen.families[parent.name].children} == {child.name for child in children}


def test_look_current(side: Side, port: Both, table: str) -> None:
    """What is found is up to date: an archived column, or column process, is not among its relations."""
    parent, *children = pair(side, table)
    port.save([parent, *children], {})
    side.drop(table, "total")
    port.retire([found for found in port.family(parent.name).children if found.name == children[0].name])

    seen = port.look(Wanted(CONNECTION, {}, [table], [parent.name]))

    assert [column.name for column in seen.tables[table].columns] == ["id"]
    assert [child.name for child in seen.families[parent.name].children] == [children[1].name]


def test_look_archived(side: Side, port: Both, bucket: Bucket, table: str) -> None:
    """An archived table is not found; an archived bucket or process is, and is not active."""
    parent, *children = pair(side, table)
    port.save([bucket], {})
    port.save([parent, *children], {})
    port.retire([*port.family(parent.name).children, *port.get([parent.name])[parent.name]])
    port.retire(port.get([bucket.name])[bucket.name])
    side.drop(table)

    seen = port.look(Wanted(CONNECTION, {bucket.label: [bucket.name]}, [table], [parent.name]))

    assert [found.active for found in seen.buckets[bucket.label]] == [False]
    assert (seen.tables, seen.families[parent.name].active, seen.families[parent.name].children) == ({}, False, ())


def test_look_nothing(port: Both, bucket: Bucket, table: str) -> None:
    """What is not there is not found."""
    process = Name(Type.PROCESS, f"{CONNECTION}/test/none")

    seen = port.look(Wanted("default/s3/none", {bucket.label: [bucket.name]}, [table], [process]))

    assert not seen.connected
    assert (seen.buckets, seen.tables, seen.families) == ({bucket.label: []}, {}, {})


def test_get(side: Side, port: Both, bucket: Bucket, table: str) -> None:
    """A read of the graph finds what a search does not find yet."""
    side.lag(1000)
    port.save([bucket], {})
    side.add(table, ["id"])

    assert port.look(Wanted(CONNECTION, {bucket.label: [bucket.name]}, [table], [])).tables == {}
    assert [found.active for found in port.get([bucket.name])[bucket.name]] == [True]
    found = port.table(table)
    assert found
    assert [column.name for column in found.columns] == ["id"]
    assert port.table(f"{table}s") is None
