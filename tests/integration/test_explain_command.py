"""`python -m connector explain`: what it says of an object, in text and in JSON, and that it only reads."""

import pytest
from rich.cells import cell_len

from local.aws.faults import Fault, Kind
from local.catalog.faults import Kind as Trouble
from tests.integration.shell import KEY, Site
from tests.support.shop import CONNECTION


def test_in_sync(site: Site) -> None:
    """Of an object that is cataloged, all is told, from the route to a plan that writes nothing."""
    site.upload(KEY)

    assert site.explain() == 0

    assert site.lines[:2] == [site.place, "in sync:"]
    assert "the catalog: the object and its lineage are in sync with S3" in site.top
    assert [line for line in site.lines if line in SECTIONS] == list(SECTIONS)
    for words in (
        "all takes the key by `**`",
        "object 21 bytes, modified",
        f"source {site.world.source} in Atlan, 3 columns",
        "columns id, customer_id, total",
        "3 pairs id → ID, customer_id → CUSTOMER_ID, total → TOTAL",
        f"active S3Object {CONNECTION}/{site.world.bucket}/{KEY} 21 bytes",
        "keep 7 assets, which Atlan skips since they are equal",
        "requests 1 to save, 0 to archive",
        f"none held the lease of {CONNECTION} while this was read",
        "Nothing was written",
    ):
        assert words in site.text, words


SECTIONS = ("Route", "S3", "Tables", "Header", "Columns", "Catalog", "Plan")


def test_reads_only(site: Site) -> None:
    """No request changes S3, the lease or the catalog, whatever the notification would write."""
    site.upload("old.csv")
    site.put(KEY)
    site.world.s3.delete_object(Bucket=site.world.bucket, Key="old.csv")
    before = site.world.everything(), site.leases.get()
    site.world.server.faults.log.clear()
    writes = [
        site.aws.faults.add(Fault(Kind.ANSWER, service, operation, count=None))
        for service, operation in (("dynamodb", "PutItem"), ("dynamodb", "UpdateItem"), ("s3", "PutObject"))
    ]

    for key in (KEY, "old.csv", "none.csv"):
        site.explain(key)

    sent = [(one.method, one.path) for one in site.world.server.faults.log]
    assert [one for one in sent if one[0] != "GET" and "indexsearch" not in one[1]] == []
    assert len(sent) > 10
    assert [armed.met for armed in writes] == [0, 0, 0]
    assert (site.world.everything(), site.leases.get()) == before


def test_json(site: Site) -> None:
    """As JSON, there is one document with the verdict, all facts and the requests of the plan."""
    site.put(KEY)

    assert site.explain(KEY, "--json") == 1

    document = site.document
    assert (document["bucket"], document["key"], document["state"]) == (site.world.bucket, KEY, "not cataloged yet")
    assert document["verdict"][0]["next"]
    assert document["route"]["captured"] == {}
    assert document["columns"][0] == ["id", "ID"]
    verbs = {asset["type"]: asset["verb"] for request in document["plan"]["saves"] for asset in request}
    assert verbs["S3Object"] == verbs["S3Bucket"] == "create"
    assert document["plan"]["retires"] == []
    assert document["other_writers"][0]["status"] == "ok"


def test_width(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """In 80 columns no line is longer but a name or a command, which is not broken; there is colour."""
    monkeypatch.setenv("COLUMNS", "80")
    site.upload(KEY)
    site.explain()
    plain = site.lines
    site.explain("none.csv")
    plain += site.lines
    monkeypatch.setenv("FORCE_COLOR", "1")
    site.explain()

    long = [line.strip() for line in plain if cell_len(line) > 80]
    assert all(" " not in line.removeprefix("python -m connector explain ") for line in long), long
    assert any("\x1b[" in line for line in site.lines)


def test_writer(site: Site) -> None:
    """While another process holds the lease, that is said: what is shown may change."""
    site.upload(KEY)
    site.world.route()
    site.leases.dynamodb.put_item(
        TableName=site.leases.name,
        Item={"connection": {"S": CONNECTION}, "holder": {"S": "other"}, "expires_at": {"N": "99999999999"}},
    )

    site.explain()

    assert f"a process holds the lease of {CONNECTION}" in site.text


def test_no_table(site: Site) -> None:
    """Without a lease table, or with one that cannot be read, it is not known whether others write."""
    site.upload(KEY)
    site.set(LEASE_TABLE=None)
    site.explain()
    unset = site.text
    site.set(LEASE_TABLE="none")
    site.explain()

    assert "LEASE_TABLE is not set, so it is not known whether another process writes now" in unset
    assert "cannot tell other writers: the lease of default/s3/1" in site.text


def test_next_step(site: Site) -> None:
    """The command that is told as the next step brings the catalog in sync, for a new object and for a lost one."""
    headers = {"Last-Modified": "Thu, 01 Jan 2026 00:00:00 GMT"}
    site.put("new.csv")
    site.upload("gone.csv")
    site.world.s3.delete_object(Bucket=site.world.bucket, Key="gone.csv")
    site.aws.faults.add(Fault(Kind.ALTERED, "s3", "GetObject", count=None, headers=headers))

    for key, after in (("new.csv", "in sync"), ("gone.csv", "not in S3, and not in the catalog")):
        site.explain(key, "--json")
        *_, sweep = site.document["verdict"][0]["commands"]
        site.aws.faults.clear()
        assert site.run(*sweep.split()[3:]) == 0
        site.explain(key, "--json")
        assert site.document["state"] == after
        site.aws.faults.add(Fault(Kind.ALTERED, "s3", "GetObject", count=None, headers=headers))


@pytest.mark.parametrize("place", ["lake", "s3://lake", "s3://lake/", ""])
def test_place(site: Site, place: str) -> None:
    """What is no object is refused, with what to give."""
    assert site.run("explain", place) == 2
    assert "give s3://BUCKET/KEY" in site.err


def test_unread(site: Site) -> None:
    """If Atlan fails after the plan is made, what the catalog has is not known, and that is the verdict."""
    site.upload(KEY)
    site.world.fails(kind=Trouble.STATUS, status=500, path="indexsearch", body="s3ObjectSize", count=None)

    assert site.explain() == 75
    assert "the catalog cannot be read:" in site.lines[1]
    assert "server error 500" in site.top
