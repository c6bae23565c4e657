"""The main job, from a notification to the catalog, over HTTP: the real handler, boto3 and pyatlan."""

import json
import logging
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from pyatlan.model.assets import Column, ColumnProcess, Connection, Process, S3Bucket, S3Object, Table
from pyatlan.model.enums import EntityStatus, S3ObjectLockMode
from pyatlan.model.fluent_search import FluentSearch

import handler
from connector import app
from connector.errors import ConfigurationError, FailedError, PermanentlyFailedError, TemporarilyFailedError
from connector.log import logger
from local.aws.context import Context
from tests.integration.conftest import BODY, COLUMNS, S3, World
from tests.support import crawler, notice

KEY = "exports/orders.csv"


def facts(answer: dict[str, Any]) -> dict[str, Any]:
    (only,) = answer["notifications"]
    return only


def test_upload(world: World) -> None:
    """A new object is cataloged with its bucket, both its processes, the end-to-end one, and one per common column."""
    world.tables()

    answer = facts(world.upload(KEY))

    assert answer["outcome"] == "applied"
    assert world.active(S3Bucket) == {f"{S3}/{world.bucket}"}
    assert world.active(S3Object) == {f"{S3}/{world.bucket}/{KEY}"}
    assert world.active(Process) == {f"{S3}/test/{way}/{world.bucket}/{KEY}" for way in ("in", "out")} | {world.pair}
    assert world.active(ColumnProcess) == {f"{world.pair}/{column}>{column.upper()}" for column in COLUMNS}


def test_lineage(world: World) -> None:
    """Each process refers to the right assets: table, object, table; columns, below the end-to-end process."""
    world.tables()
    world.upload(KEY)
    file = world.object(KEY)
    source = world.client.asset.get_by_qualified_name(world.source, Table)
    target = world.client.asset.get_by_qualified_name(world.target, Table)
    pair = world.process(world.pair.removeprefix(f"{S3}/test/"))

    into, out = world.process(f"in/{world.bucket}/{KEY}"), world.process(f"out/{world.bucket}/{KEY}")
    column = world.client.asset.get_by_qualified_name(
        f"{world.pair}/total>TOTAL", ColumnProcess, ignore_relationships=False
    )

    ends = {p.guid: ([a.guid for a in p.inputs], [a.guid for a in p.outputs]) for p in (into, out, pair)}
    assert ends == {
        into.guid: ([source.guid], [file.guid]),
        out.guid: ([file.guid], [target.guid]),
        pair.guid: ([source.guid], [target.guid]),
    }
    ids = [
        world.client.asset.get_by_qualified_name(f"{table}/{name}", Column).guid
        for table, name in ((world.source, "total"), (world.target, "TOTAL"))
    ]
    assert ([a.guid for a in column.inputs], [a.guid for a in column.outputs]) == ([ids[0]], [ids[1]])
    assert column.process.guid == pair.guid


def test_attributes(world: World) -> None:
    """The object has every S3 value for which Atlan has an attribute."""
    world.s3.put_bucket_versioning(Bucket=world.bucket, VersioningConfiguration={"Status": "Enabled"})

    world.upload(
        KEY,
        ContentType="text/csv",
        ContentDisposition='attachment; filename="orders.csv"',
        StorageClass="STANDARD_IA",
        ServerSideEncryption="AES256",
        Metadata={"exporter": "nightly"},
    )

    head = world.s3.head_object(Bucket=world.bucket, Key=KEY)
    file = world.object(KEY)
    assert file.name == "orders.csv"
    assert file.connector_name == "s3"
    assert file.connection_qualified_name == S3
    assert file.s3_object_key == KEY
    assert file.s3_bucket_name == world.bucket
    assert file.s3_bucket_qualified_name == f"{S3}/{world.bucket}"
    assert file.bucket.display_text == world.bucket
    assert file.s3_object_size == len(BODY)
    assert file.s3_e_tag == head["ETag"].strip('"')
    assert file.s3_object_last_modified_time == head["LastModified"]
    assert file.s3_object_version_id == head["VersionId"]
    assert file.s3_object_content_type == "text/csv"
    assert file.s3_object_content_disposition == 'attachment; filename="orders.csv"'
    assert file.s3_object_storage_class == "STANDARD_IA"
    assert file.s3_encryption == "AES256"
    assert file.cloud_uniform_resource_name == f"arn:aws:s3:::{world.bucket}/{KEY}"
    assert file.aws_arn is None


def test_lock(world: World) -> None:
    """A lock that S3 returns is cataloged."""
    bucket = f"{world.bucket}-locked"
    world.s3.create_bucket(Bucket=bucket, ObjectLockEnabledForBucket=True)
    world.bucket = bucket
    world.route()

    world.upload(
        KEY,
        ObjectLockMode="GOVERNANCE",
        ObjectLockRetainUntilDate="2030-01-01T00:00:00Z",
        ObjectLockLegalHoldStatus="ON",
    )

    file = world.object(KEY)
    assert file.s3_object_lock_mode == S3ObjectLockMode.GOVERNANCE
    assert file.s3_object_lock_retain_until.year == 2030
    assert file.s3_object_lock_legal_hold_enabled is True


def test_forgotten_attribute(world: World) -> None:
    """Values that S3 no longer returns do not stay in the catalog."""
    world.upload(KEY, ContentDisposition="attachment")

    world.upload(KEY)

    assert world.object(KEY).s3_object_content_disposition == ""


def test_empty_object(world: World) -> None:
    """An empty object is cataloged like any other, with size 0 and its content type."""
    world.upload(KEY, body=b"", ContentType="text/csv")

    assert world.object(KEY).s3_object_size == 0
    assert world.object(KEY).s3_object_content_type == "text/csv"


def test_archived_object(world: World) -> None:
    """An object in an archive, which cannot be read, is cataloged with its storage class."""
    world.upload(KEY, StorageClass="GLACIER")

    assert world.object(KEY).s3_object_storage_class == "GLACIER"


def test_second_delivery(world: World) -> None:
    """A second delivery changes no asset at all, neither in the same process nor in a new one."""
    world.tables()
    world.upload(KEY, "exports/more.csv")
    world.delete("exports/more.csv")
    before = world.everything()

    for key in (KEY, "exports/more.csv"):
        world.notify(key)
    app.application.cache_clear()
    for key in (KEY, "exports/more.csv"):
        world.notify(key)

    assert world.everything() == before


def test_bucket_with_arn(world: World) -> None:
    """A bucket that a crawler created, with an ARN, is used unchanged, and a second delivery changes nothing."""
    arn = f"arn:aws:s3:::{world.bucket}"
    theirs = S3Bucket.creator(name=world.bucket, connection_qualified_name=S3, aws_arn=arn)
    theirs.description = "ours since 2019"
    world.client.asset.save(theirs)
    world.tables()
    world.upload(KEY)
    before = world.everything()
    app.application.cache_clear()

    world.notify(KEY)

    assert world.everything() == before
    assert world.active(S3Bucket) == {f"{S3}/{arn}"}
    assert world.active(S3Object) == {f"{S3}/{arn}/{KEY}"}


@pytest.mark.parametrize("naming", ["path", "arn"])
def test_renamed_bucket(world: World, naming: str) -> None:
    """A bucket that was renamed in Atlan is still found, by its qualified name, and keeps the new name."""
    world.upload(KEY)
    bucket = world.client.asset.get_by_qualified_name(f"{S3}/{world.bucket}", S3Bucket)
    bucket.name = "The lake"
    world.client.asset.save(bucket)
    route = json.loads(world.routes.read_text())
    world.route(**route, qualified_names=naming)

    world.upload("other.csv")

    assert world.active(S3Bucket) == {f"{S3}/{world.bucket}"}
    assert world.client.asset.get_by_guid(bucket.guid, S3Bucket).name == "The lake"


def test_arn_names(world: World) -> None:
    """With `qualified_names: arn`, a bucket that is new to Atlan and its objects are named by their ARN."""
    world.route(**json.loads(world.routes.read_text()), qualified_names="arn")

    world.upload(KEY)

    assert world.active(S3Object) == {f"{S3}/arn:aws:s3:::{world.bucket}/{KEY}"}


def test_delete(world: World) -> None:
    """Deleting one of two objects retires it and its processes; the last one, also the end-to-end process."""
    world.tables()
    world.upload(KEY, "exports/more.csv")

    one = facts(world.delete("exports/more.csv"))
    left = world.active()
    last = facts(world.delete(KEY))

    assert one["assets_retired"] == 3
    assert world.pair in left
    assert last["assets_retired"] == 4 + len(COLUMNS)
    assert world.active() == {f"{S3}/{world.bucket}"}


def test_come_back(world: World) -> None:
    """A restored object is the same asset, as are its processes, with everything that people wrote meanwhile."""
    world.tables()
    world.upload(KEY)
    guids = {name: entry[0] for name, entry in world.everything().items()}
    world.delete(KEY)
    gone = world.object(KEY)
    gone.description = "Nightly export"
    world.client.asset.save(S3Object.updater(gone.qualified_name, gone.name))
    described = S3Object.updater(gone.qualified_name, gone.name)
    described.description = "Nightly export"
    world.client.asset.save(described)
    assert world.object(KEY).status == EntityStatus.DELETED

    world.upload(KEY)

    assert {name: entry[0] for name, entry in world.everything().items()} == guids
    assert world.object(KEY).status == EntityStatus.ACTIVE
    assert world.object(KEY).description == "Nightly export"
    assert {a.guid for a in world.process(f"in/{world.bucket}/{KEY}").outputs} == {gone.guid}
    assert len(world.active(ColumnProcess)) == len(COLUMNS)


ODD = [
    pytest.param("a b.csv", id="space"),
    pytest.param("a+b.csv", id="plus"),
    pytest.param("a%2Bb.csv", id="encoded plus"),
    pytest.param("café.csv", id="accent"),
    pytest.param("日本/輸出.csv", id="japanese"),
    pytest.param("✈️ flights.csv", id="emoji"),
    pytest.param('it\'s "quoted" `x` \\ {y}.csv', id="quotes"),
    pytest.param("a//b.csv", id="double slash"),
    pytest.param("//", id="only slashes"),
    pytest.param("folder/", id="trailing slash"),
    pytest.param("/leading.csv", id="leading slash"),
    pytest.param(" ", id="blank"),
    pytest.param("é" * 512, id="1024 bytes"),
    pytest.param("a/" * 511 + "ab", id="deep"),
    pytest.param("a>b&c=d?e#f;g*.csv", id="reserved"),
    pytest.param("*", id="star"),
]


@pytest.mark.unmeasured
@pytest.mark.parametrize("key", ODD)
def test_odd_key(world: World, key: str) -> None:
    """Any key that S3 allows passes upload, catalog and retirement unchanged."""
    world.tables()
    both = {"bucket": world.bucket, "source": world.source, "target": world.target}
    world.route(routes=[both | {"name": "files", "key": "**"}, both | {"name": "folders", "key": "**/"}])

    world.upload(key)
    there = world.object(key)
    world.notify(key)
    world.delete(key)

    assert there.s3_object_key == key
    assert there.name.strip()
    assert there.status == EntityStatus.ACTIVE
    assert world.object(key).status == EntityStatus.DELETED
    assert world.active() == {f"{S3}/{world.bucket}"}


@pytest.mark.parametrize(
    "event", ["ObjectRemoved:Delete", "LifecycleExpiration:Delete", "ObjectRemoved:DeleteMarkerCreated"]
)
def test_false_removal(world: World, event: str) -> None:
    """A notification that an object was removed retires nothing while S3 has the object."""
    world.tables()
    world.upload(KEY)
    before = world.everything()

    world.notify(KEY, event=event)

    assert world.everything() == before


@pytest.mark.parametrize("event", ["ObjectCreated:Put", "ObjectCreated:Copy", "ObjectRestore:Completed"])
def test_false_creation(world: World, event: str) -> None:
    """A notification that an object was created retires it if S3 does not have it."""
    world.tables()
    world.upload(KEY)
    world.s3.delete_object(Bucket=world.bucket, Key=KEY)

    world.notify(KEY, event=event)

    assert world.active() == {f"{S3}/{world.bucket}"}


def test_versions(world: World) -> None:
    """With versions, the current object decides: delete marker, undelete, old version, last version."""
    world.s3.put_bucket_versioning(Bucket=world.bucket, VersioningConfiguration={"Status": "Enabled"})
    world.upload(KEY)
    world.upload(KEY)
    old, new = sorted(
        world.s3.list_object_versions(Bucket=world.bucket)["Versions"], key=lambda version: version["IsLatest"]
    )
    steps: list[EntityStatus] = []

    def step(event: str, **version: str) -> None:
        self_key = {"Bucket": world.bucket, "Key": KEY}
        world.s3.delete_object(**self_key, **version)
        world.notify(KEY, event=event)
        steps.append(world.object(KEY).status)

    step("ObjectRemoved:DeleteMarkerCreated")
    (marker,) = world.s3.list_object_versions(Bucket=world.bucket)["DeleteMarkers"]
    step("ObjectRemoved:Delete", VersionId=marker["VersionId"])
    step("ObjectRemoved:Delete", VersionId=old["VersionId"])
    step("ObjectRemoved:Delete", VersionId=new["VersionId"])

    gone, here = EntityStatus.DELETED, EntityStatus.ACTIVE
    assert steps == [gone, here, here, gone]


@pytest.mark.parametrize("lacks", ["source", "target"])
def test_missing_table(world: World, lacks: str) -> None:
    """Without one of the tables, half of the lineage is created, and the response names the missing one."""
    world.tables(world.target if lacks == "source" else world.source)

    answer = facts(world.upload(KEY))

    assert answer["outcome"] == "applied"
    assert answer["reason"] == "incomplete"
    assert answer["missing"] == [getattr(world, lacks)]
    way = "out" if lacks == "source" else "in"
    assert world.active(Process) == {f"{S3}/test/{way}/{world.bucket}/{KEY}"}


def test_archived_table(world: World) -> None:
    """A table that is archived in Atlan is treated as missing."""
    world.tables()
    world.client.asset.delete_by_guid(world.client.asset.get_by_qualified_name(world.source, Table).guid)

    answer = facts(world.upload(KEY))

    assert answer["missing"] == [world.source]


def test_table_goes(world: World) -> None:
    """When a table is archived, its lineage is retired, too, and comes back with it."""
    world.tables()
    world.upload(KEY)
    guid = world.client.asset.get_by_qualified_name(world.source, Table).guid
    world.client.asset.purge_by_guid(guid, delete_type="SOFT")
    app.application.cache_clear()

    world.notify(KEY)
    without = world.active(Process)
    world.client.asset.save(_restored(world.client.asset.get_by_guid(guid, Table)))
    world.notify(KEY)

    assert without == {f"{S3}/test/out/{world.bucket}/{KEY}"}
    assert len(world.active(Process)) == 3
    assert len(world.active(ColumnProcess)) == len(COLUMNS)


def _restored(table: Table) -> Table:
    restored = Table.updater(table.qualified_name, table.name)
    restored.status = EntityStatus.ACTIVE
    return restored


def test_purged_table(world: World) -> None:
    """A table that was purged and created again while it is cached still gets its lineage."""
    world.tables()
    world.upload("first.csv")
    world.client.asset.purge_by_guid(world.client.asset.get_by_qualified_name(world.source, Table).guid)
    for asset in FluentSearch(wheres=[Column.TABLE_QUALIFIED_NAME.eq(world.source)]).execute(world.client):
        world.client.asset.purge_by_guid(asset.guid)
    world.tables(world.source)

    answer = facts(world.upload("second.csv"))

    assert answer["outcome"] == "applied"
    assert len(world.active(ColumnProcess)) == len(COLUMNS)


def test_stale_search(world: World) -> None:
    """Assets that the search index does not show yet are found: an object put and deleted within its lag."""
    world.server.lag = 3600.0
    world.tables()

    world.upload(KEY)
    made = {way: world.process(f"{way}/{world.bucket}/{KEY}").status for way in ("in", "out")} | {
        "pair": world.process(world.pair.removeprefix(f"{S3}/test/")).status
    }
    columns = [
        world.client.asset.get_by_qualified_name(f"{world.pair}/{c}>{c.upper()}", ColumnProcess) for c in COLUMNS
    ]
    world.delete(KEY)
    world.server.lag = 0.0

    assert set(made.values()) == {EntityStatus.ACTIVE}
    assert {column.status for column in columns} == {EntityStatus.ACTIVE}
    assert world.object(KEY).status == EntityStatus.DELETED
    assert world.process(world.pair.removeprefix(f"{S3}/test/")).status == EntityStatus.DELETED
    assert {world.client.asset.get_by_guid(column.guid, ColumnProcess).status for column in columns} == {
        EntityStatus.DELETED
    }


@pytest.mark.unmeasured
def test_many_columns(world: World) -> None:
    """A table of 120 columns has 120 column processes after one notification, and none after its last object."""
    wide = [f"c{n:04}" for n in range(120)]
    world.tables()
    for table in (world.source, world.target):
        crawler.tables(world.client, {table: wide})

    created = facts(world.upload(KEY, body=",".join((*COLUMNS, *wide)).encode()))["assets_created"]
    retired = facts(world.delete(KEY))["assets_retired"]

    assert created == retired == 4 + len(wide) + len(COLUMNS)


def test_requests(world: World) -> None:
    """Once a bucket and a pair are known, each object costs one request to Atlan, for any number of objects."""
    world.tables()
    world.upload("0.csv")
    world.upload("1.csv")
    seen = len(world.server.faults.log)

    for n in range(2, 6):
        world.upload(f"{n}.csv")

    assert len(world.server.faults.log) - seen == 4


BAD = [
    pytest.param({}, "not an S3 notification", id="empty"),
    pytest.param([], "a JSON list", id="list"),
    pytest.param({"Records": []}, "at least one record", id="no records"),
    pytest.param({"Records": [{"eventSource": "aws:kinesis"}]}, "only S3 notifications", id="another source"),
    pytest.param({"Records": ["x"]}, "eventSource is missing", id="no record"),
]


@pytest.mark.parametrize(("event", "says"), BAD)
def test_malformed_event(world: World, event: object, says: str) -> None:
    """An event that is not an S3 notification is a permanent failure that describes it."""
    with pytest.raises(PermanentlyFailedError, match=says) as failure:
        handler.lambda_handler(event, Context())

    assert [report.reason for report in failure.value.errors] == ["malformed_event"]


def test_undecodable_key(world: World) -> None:
    """A key that is not form-encoded UTF-8 is a permanent failure that shows the key."""
    record = world.record(KEY)
    record["s3"]["object"]["key"] = "caf%E9.csv"

    with pytest.raises(PermanentlyFailedError, match=r"caf%E9\.csv.*not form-encoded UTF-8") as failure:
        handler.lambda_handler(notice.direct(record), Context())

    assert failure.value.errors[0].reason == "undecodable_key"


def test_test_event(world: World) -> None:
    """S3's test event is acknowledged."""
    event = {"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": world.bucket}

    assert facts(handler.lambda_handler(event, Context()))["outcome"] == "acknowledged"


def test_unknown_bucket(world: World) -> None:
    """A bucket that no route names is ignored, with a reason."""
    world.bucket = "somebody-elses"

    answer = facts(world.notify(KEY))

    assert (answer["outcome"], answer["reason"]) == ("ignored", "unknown_bucket")


def test_no_route(world: World) -> None:
    """A key that no route matches is ignored, with a reason, and nothing is cataloged."""
    world.route(routes=[{"name": "one", "bucket": world.bucket, "key": "only/this.csv"}])

    answer = facts(world.upload(KEY))

    assert (answer["outcome"], answer["reason"]) == ("ignored", "no_route")
    assert world.active() == set()


def test_missing_connection(world: World) -> None:
    """Without the S3 connection in Atlan the failure is permanent, and names it."""
    world.route(**json.loads(world.routes.read_text()) | {"connection": "default/s3/404"})

    with pytest.raises(
        PermanentlyFailedError, match="no active connection default/s3/404; it has default/s3/1; create"
    ):
        world.upload(KEY)


def test_archived_connection(world: World) -> None:
    """An archived connection is treated as missing."""
    crawler.connection(world.client, "default/s3/405")
    guid = world.client.asset.get_by_qualified_name("default/s3/405", Connection).guid
    world.client.asset.purge_by_guid(guid, delete_type="SOFT")
    world.route(**json.loads(world.routes.read_text()) | {"connection": "default/s3/405"})

    with pytest.raises(PermanentlyFailedError, match="no active connection"):
        world.upload(KEY)


def test_missing_bucket(world: World) -> None:
    """A bucket that S3 does not have is a failure, not a reason to retire what was in it."""
    world.upload(KEY)
    world.s3.delete_object(Bucket=world.bucket, Key=KEY)
    world.s3.delete_bucket(Bucket=world.bucket)

    with pytest.raises(PermanentlyFailedError, match="NoSuchBucket"):
        world.notify(KEY)

    assert world.object(KEY).status == EntityStatus.ACTIVE


def test_wrong_key(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a wrong API key the notification is retried later, and the key is not shown."""
    monkeypatch.setenv("ATLAN_API_KEY", "wr0ng-s3cret")
    app.application.cache_clear()

    with pytest.raises(TemporarilyFailedError, match="replace ATLAN_API_KEY") as failure:
        world.upload(KEY)

    assert "s3cret" not in str(failure.value)


def test_catalog_down(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """While nothing listens at ATLAN_BASE_URL, the notification is retried later, and the error names the setting."""
    monkeypatch.setenv("ATLAN_BASE_URL", "http://127.0.0.1:1")
    app.application.cache_clear()

    with pytest.raises(TemporarilyFailedError, match="check ATLAN_BASE_URL"):
        world.upload(KEY)


def test_faulty_settings(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """With faulty settings every invocation fails, and lists all of them."""
    monkeypatch.delenv("ATLAN_API_KEY")
    monkeypatch.delenv("DEPLOYMENT")
    app.application.cache_clear()

    with pytest.raises(ConfigurationError, match=r"(?s)ATLAN_API_KEY is not set.*DEPLOYMENT is not set"):
        world.notify(KEY)


def test_env_file(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings may come from a .env file in the working directory."""
    monkeypatch.delenv("ATLAN_API_KEY")
    world.routes.with_name(".env").write_text("ATLAN_API_KEY=local\n")
    app.application.cache_clear()

    assert facts(world.upload(KEY))["outcome"] == "applied"


def test_one_bad_of_many(world: World) -> None:
    """A record that fails does not block the others of its event."""
    world.put(KEY)
    bad = world.record(KEY) | {"eventVersion": "3.0"}

    with pytest.raises(FailedError, match=r"Records\[0\]\.eventVersion is '3\.0'"):
        handler.lambda_handler(notice.direct(bad, world.record(KEY)), Context())

    assert world.object(KEY).status == EntityStatus.ACTIVE


@pytest.fixture
def lines() -> Iterator[StringIO]:
    """The output of the connector's logger, formatted as in Lambda."""
    written = logging.StreamHandler(StringIO())
    written.setFormatter(logger.registered_formatter)
    logger.addHandler(written)
    yield written.stream
    logger.removeHandler(written)


def test_closing_line(world: World, lines: StringIO) -> None:
    """Each notification has exactly one log line, with every fact as a field."""
    world.tables(world.source)

    world.upload(KEY, "exports/more.csv")

    first, second = map(json.loads, lines.getvalue().splitlines())
    assert [first["key"], second["key"]] == [KEY, "exports/more.csv"]
    assert first == first | {
        "message": "notification.applied",
        "event": "ObjectCreated:Put",
        "bucket": world.bucket,
        "route": "all",
        "source": world.source,
        "target": world.target,
        "missing": [world.target],
        "assets_created": 2,
        "assets_retired": 0,
    }
    assert isinstance(first["duration_ms"], int)
