"""The store port: one contract for S3 in memory, which the unit tests and the simulation use, and for the adapter."""

from collections.abc import Mapping
from itertools import chain, count
from typing import Any, Protocol

import pytest

from connector.adapters.s3 import S3
from connector.ports import Store
from local.aws.client import connect
from local.aws.server import Aws
from tests.support import store as memory
from tests.support.clock import Clock

PAGE = 2
_numbers = count(1)


class Side(Protocol):
    """A store: the port, two buckets, and what others do to their objects."""

    port: Store
    plain: str
    versioned: str

    def put(self, bucket: str, key: str) -> Any: ...
    def delete(self, bucket: str, key: str) -> Any: ...
    def undelete(self, bucket: str, key: str) -> Any:
        """Remove the delete marker."""

    def prune(self, bucket: str, key: str) -> Any:
        """Remove the oldest version."""


class Memory(memory.S3):
    """S3 in memory, with nothing between it and its reader."""

    plain, (versioned,) = "lake", memory.VERSIONED

    def __init__(self) -> None:
        super().__init__(PAGE, (), Clock())
        self.port: Store = memory.Reader(self, lambda _, answer: answer())


class Served:
    """S3 on moto, with small pages, and the adapter."""

    def __init__(self, aws: Aws) -> None:
        self._s3 = connect("s3", aws.url)
        self._s3.meta.events.register("provide-client-params.s3.ListObjectsV2", _small)
        self.port: Store = S3(self._s3)
        self.plain, self.versioned = (f"store-{kind}-{next(_numbers)}" for kind in ("plain", "versioned"))
        aws.create(self.plain)
        aws.create(self.versioned, versioned=True)

    def put(self, bucket: str, key: str) -> None:
        self._s3.put_object(Bucket=bucket, Key=key, Body=b"id\n")

    def delete(self, bucket: str, key: str) -> None:
        self._s3.delete_object(Bucket=bucket, Key=key)

    def undelete(self, bucket: str, key: str) -> None:
        (marker,) = self._s3.list_object_versions(Bucket=bucket, Prefix=key)["DeleteMarkers"]
        self._s3.delete_object(Bucket=bucket, Key=key, VersionId=marker["VersionId"])

    def prune(self, bucket: str, key: str) -> None:
        *_, oldest = self._s3.list_object_versions(Bucket=bucket, Prefix=key)["Versions"]
        self._s3.delete_object(Bucket=bucket, Key=key, VersionId=oldest["VersionId"])


def _small(params: Mapping[str, Any], **_: Any) -> dict[str, Any]:
    return {**params, "MaxKeys": PAGE}


@pytest.fixture(params=["in memory", "over HTTP"])
def side(aws: Aws, request: pytest.FixtureRequest) -> Side:
    return Memory() if request.param == "in memory" else Served(aws)


def test_read(side: Side) -> None:
    """An object that is there is read, with a version where the bucket has them; others are not there."""
    for bucket in (side.plain, side.versioned):
        side.put(bucket, "a.csv")

    plain, versioned = (side.port.read(bucket, "a.csv") for bucket in (side.plain, side.versioned))

    assert plain
    assert versioned
    assert (plain.stat.version == "", versioned.stat.version == "") == (True, False)
    assert plain.stat.modified.tzinfo is not None
    assert side.port.read(side.plain, "b.csv") is None


def test_delete(side: Side) -> None:
    """What is deleted is not there, be it gone or hidden by a delete marker."""
    for bucket in (side.plain, side.versioned):
        side.put(bucket, "a.csv")
        side.delete(bucket, "a.csv")

    assert [side.port.read(bucket, "a.csv") for bucket in (side.plain, side.versioned)] == [None, None]
    assert [list(chain(*side.port.listing(bucket, "", ""))) for bucket in (side.plain, side.versioned)] == [[], []]


def test_undelete(side: Side) -> None:
    """Without its delete marker, an object is there as it was."""
    side.put(side.versioned, "a.csv")
    before = side.port.read(side.versioned, "a.csv")
    side.delete(side.versioned, "a.csv")

    side.undelete(side.versioned, "a.csv")

    assert before
    assert side.port.read(side.versioned, "a.csv") == before


def test_prune(side: Side) -> None:
    """Without its oldest version, an object is there as it is."""
    side.put(side.versioned, "a.csv")
    first = side.port.read(side.versioned, "a.csv")
    side.put(side.versioned, "a.csv")
    second = side.port.read(side.versioned, "a.csv")

    side.prune(side.versioned, "a.csv")

    assert first != second
    assert side.port.read(side.versioned, "a.csv") == second


def test_pages(side: Side) -> None:
    """A listing has the keys of a prefix, unchanged and in order, on pages; none that a delete marker hides."""
    keys = ["p/ a+b.csv", "p/%2B.csv", "p/1.csv", "p/A.csv", "p/é.csv"]
    for key in [*reversed(keys), "p/hidden.csv", "q/other.csv"]:
        side.put(side.versioned, key)
    side.delete(side.versioned, "p/hidden.csv")

    pages = list(side.port.listing(side.versioned, "p/", ""))

    assert [listed.key for listed in chain.from_iterable(pages)] == keys
    assert all(len(page) <= PAGE for page in pages)
    assert len(pages) > 1


def test_listing(side: Side) -> None:
    """A listing tells of each object what a read tells, page by page, and can begin after a key."""
    keys = ["p/1.csv", "p/A.csv", "p/é.csv"]
    for key in [*keys, "p/hidden.csv", "q/other.csv"]:
        side.put(side.plain, key)
    side.delete(side.plain, "p/hidden.csv")

    pages = list(side.port.listing(side.plain, "p/", ""))
    rest = list(side.port.listing(side.plain, "p/", "p/1.csv"))

    listed = list(chain.from_iterable(pages))
    assert [one.key for one in listed] == keys
    assert list(chain.from_iterable(rest)) == listed[1:]
    assert all(len(page) <= PAGE for page in pages)
    for one in listed:
        read = side.port.read(side.plain, one.key)
        assert read
        stat = read.stat
        assert (one.size, one.etag, one.storage_class) == (stat.size, stat.etag, stat.storage_class)
        assert one.modified.replace(microsecond=0) == stat.modified
    assert not any(side.port.listing(side.plain, "none/", ""))
