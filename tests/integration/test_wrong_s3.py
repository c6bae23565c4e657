"""
Wrong responses to every request to S3: of a proxy, of another server, incomplete ones of S3.

Each is a named error, nothing is written or retired because of it, and the retry succeeds.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

import pytest

from connector.adapters.s3 import S3
from connector.errors import TemporarilyFailedError, UnavailableError
from local.aws.client import connect
from local.aws.faults import Answer, Fault, Kind, answers
from local.aws.faults.answers import REQUEST_ID
from local.aws.server import Aws
from local.catalog.server import Server
from tests.integration.conftest import World, opened

LIVE, EMPTY, GONE = "exports/live.csv", "exports/empty.csv", "exports/gone.csv"
REQUESTS: Final = {"GetObject": LIVE, "HeadObject": EMPTY, "ListObjectsV2": GONE}
"""The requests to S3, each with the object whose notification causes it."""

DATE: Final = "Thu, 26 Nov 2026 04:00:00 GMT"
AN_OBJECT: Final = {"ETag": '"1"', "Last-Modified": DATE, "Content-Range": "bytes 0-0/9", "Content-Length": "1"}
NESTED: Final = "<a>" * 10_000 + "</a>" * 10_000


def answered(answer: Answer) -> Fault:
    return Fault(Kind.ANSWER, answer=answer)


def altered(**headers: str | None) -> Fault:
    return Fault(Kind.ALTERED, headers={name.replace("_", "-"): value for name, value in headers.items()})


def listing(text: str) -> Fault:
    return answered(answers.xml(f"<ListBucketResult>{text}</ListBucketResult>"))


ANY: Final = {
    "200 HTML": answered(answers.page(200)),
    "204 nothing": answered(Answer(204)),
    "200 a list": answered(Answer(200, b"[1, 2]", {"Content-Type": "application/json"})),
    "206 a web server's file": answered(Answer(206, b"x", AN_OBJECT)),
    "302 a login": answered(answers.page(302, Location="https://login.example.com/?next=1")),
    "301 a region": answered(answers.page(301, **{"x-amz-bucket-region": "eu-west-1"})),
    "307 nowhere": answered(answers.page(307)),
    "400 HTML": answered(answers.page(400)),
    "401 HTML": answered(answers.page(401)),
    "403 HTML": answered(answers.page(403)),
    "404 HTML": answered(answers.page(404)),
    "404 nothing": answered(Answer(404)),
    "404 JSON": answered(Answer(404, b'{"code": "NoSuchKey"}', {"Content-Type": "application/json"})),
    "404 another XML": answered(Answer(404, b"<error><code>NoSuchKey</code></error>")),
    "404 XML without a code": answered(Answer(404, b"<Error><Message>NoSuchKey</Message></Error>")),
    "404 a code of many parts": answered(Answer(404, b"<Error><Code><a>NoSuchKey</a></Code></Error>")),
    "407 HTML": answered(answers.page(407)),
    "410 HTML": answered(answers.page(410)),
    "416 HTML": answered(answers.page(416)),
    "451 HTML": answered(answers.page(451)),
    "503 for years": answered(answers.page(503, **{"Retry-After": "Thu, 31 Dec 2099 00:00:00 GMT"})),
    "no request id": altered(x_amzn_requestid=None),
}
BODIES: Final = {
    "200 nothing": answered(Answer(200, b"", REQUEST_ID)),
    "200 null": answered(Answer(200, b"null", REQUEST_ID)),
    "200 other XML": answered(answers.xml("<ListAllMyBucketsResult><Owner/></ListAllMyBucketsResult>")),
    "200 half of the XML": answered(answers.xml("<ListBucketResult><Name>a</Name><KeyCou")),
    "200 bad encoding": answered(Answer(200, b"<?xml version='1.0' encoding='UTF-8'?><a>\xff</a>", REQUEST_ID)),
    "200 bad compression": answered(Answer(200, b"\x1f\x8b", {"Content-Encoding": "gzip", **REQUEST_ID})),
    "200 nested": answered(answers.xml(NESTED)),
}
"""With S3's request id, as if S3 itself had sent them."""

OBJECTS: Final = {
    "no ETag": altered(ETag=None),
    "an empty ETag": altered(ETag='""'),
    "no Last-Modified": altered(Last_Modified=None),
    "no date": altered(Last_Modified="yesterday"),
    "a date without a zone": altered(Last_Modified="2026-11-26T04:00:00"),
}
SIZES: Final = BODIES | {
    "206 without Content-Range": altered(Content_Range=None),
    "a range of words": altered(Content_Range="some of it"),
    "a negative size": altered(Content_Range="bytes 0-0/-5"),
    "a huge size": altered(Content_Range=f"bytes 0-0/{'9' * 5000}"),
    "an unknown size": altered(Content_Range="bytes 0-0/*"),
    "another range": altered(Content_Range="bytes 5-9/10"),
    "200 with all of it": answered(Answer(200, b"x" * 100, AN_OBJECT | REQUEST_ID | {"Content-Length": "100"})),
    "404 about another key": answered(
        answers.xml("<Error><Code>NoSuchKey</Code><Key>exports/other.csv</Key></Error>", 404)
    ),
    "400 NoSuchKey": answered(answers.error("s3", 400, "NoSuchKey")),
    "404 that cannot be read": answered(
        Answer(404, b"<Error><Code>NoSuchKey</Code><Key>\x01</Key></Error>", REQUEST_ID)
    ),
}
"""Responses to a GET after which a HEAD is sent."""

HEADS: Final = {
    "a negative length": altered(Content_Length="-1"),
    "a length of words": altered(Content_Length="some"),
    "a huge length": altered(Content_Length="9" * 30),
}
_HEAD: Final = "<Name>lake</Name><Prefix>exports/</Prefix>"
LISTINGS: Final = {
    "no name": listing("<KeyCount>0</KeyCount><IsTruncated>false</IsTruncated>"),
    "an empty name": listing("<Name></Name><KeyCount>0</KeyCount><IsTruncated>false</IsTruncated>"),
    "no count": listing(f"{_HEAD}<IsTruncated>false</IsTruncated>"),
    "a count of words": listing(f"{_HEAD}<KeyCount>none</KeyCount><IsTruncated>false</IsTruncated>"),
    "a negative count": listing(f"{_HEAD}<KeyCount>-1</KeyCount><IsTruncated>false</IsTruncated>"),
    "keys that are not there": listing(f"{_HEAD}<KeyCount>2</KeyCount><IsTruncated>false</IsTruncated>"),
    "not said whether it goes on": listing(f"{_HEAD}<KeyCount>0</KeyCount>"),
    "goes on nowhere": listing(f"{_HEAD}<KeyCount>0</KeyCount><IsTruncated>true</IsTruncated>"),
    "another prefix": listing(
        "<Name>lake</Name><Prefix>other/</Prefix><KeyCount>0</KeyCount><IsTruncated>false</IsTruncated>"
    ),
    "keys of another prefix": listing(
        f"{_HEAD}<KeyCount>1</KeyCount><IsTruncated>false</IsTruncated><Contents><Key>other/a.csv</Key></Contents>"
    ),
    "an entry without a key": listing(
        f"{_HEAD}<KeyCount>1</KeyCount><IsTruncated>false</IsTruncated><Contents><Size>1</Size></Contents>"
    ),
}

CASES: Final = {
    "GetObject": ANY | OBJECTS,
    "HeadObject": ANY | BODIES | OBJECTS | HEADS,
    "ListObjectsV2": ANY | BODIES | LISTINGS,
}


@pytest.fixture(scope="module")
def scene(aws: Aws, atlan: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A bucket with three objects of one pair, all cataloged, one of them empty; the route has a prefix."""
    with (
        pytest.MonkeyPatch.context() as patch,
        opened(aws, atlan, tmp_path_factory.mktemp("wrong"), patch) as world,
    ):
        world.tables()
        route = {"name": "all", "bucket": world.bucket, "key": "exports/**"}
        world.route(routes=[route | {"source": world.source, "target": world.target}])
        world.put(EMPTY, b"")
        world.upload(LIVE, GONE)
        world.notify(EMPTY)
        yield world


def told(world: World, key: str) -> dict[str, Any]:
    """Send a notification of an object, and return its outcome."""
    event = "ObjectRemoved:Delete" if key == GONE else "ObjectCreated:Put"
    try:
        return dict(world.notify(key, event=event)["notifications"][0])
    except TemporarilyFailedError as error:  # never a permanent one
        (one,) = error.errors
        return {"outcome": "failed", "reason": one.reason}


def catalog(world: World) -> dict[str, tuple[str, str, Any]]:
    return {str(a.qualified_name): (a.guid, str(a.status), a.update_time) for a in world.ours()}


@pytest.mark.parametrize(
    ("operation", "name"), [pytest.param(o, n, id=f"{o} {n}") for o, kinds in CASES.items() for n in kinds]
)
def test_wrong(scene: World, aws: Aws, operation: str, name: str) -> None:
    """The notification is kept, the catalog is unchanged, and once S3 responds, it is in sync."""
    key = REQUESTS[operation]
    if key == GONE:
        scene.s3.delete_object(Bucket=scene.bucket, Key=GONE)
    before = catalog(scene)

    fault = aws.faults.add(replace(CASES[operation][name], operation=operation, text=scene.bucket, count=None))
    ending = told(scene, key)
    aws.faults.clear()

    assert fault.met
    assert ending == {"outcome": "failed", "reason": "unavailable"}
    assert catalog(scene) == before
    assert told(scene, key)["outcome"] == "applied"
    if key == GONE:
        assert scene.pair in scene.active()
        scene.upload(GONE)
    assert catalog(scene).keys() == before.keys()


@pytest.mark.parametrize("name", SIZES)
def test_head_tells(scene: World, aws: Aws, name: str) -> None:
    """A response that does not describe the object is followed by a HEAD, which does."""
    before = catalog(scene)

    fault = aws.faults.add(replace(SIZES[name], operation="GetObject", text=scene.bucket, count=None))
    ending = told(scene, LIVE)
    aws.faults.clear()

    assert fault.met
    assert ending["outcome"] == "applied"
    assert catalog(scene) == before


@pytest.mark.parametrize(
    "entry",
    [
        pytest.param("<Key>exports/a.csv</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified>", id="no size"),
        pytest.param("<Key>exports/a.csv</Key><Size>1</Size>", id="no time"),
        pytest.param("<Key>exports/a.csv</Key><Size>1</Size><LastModified>now</LastModified>", id="no date"),
    ],
)
def test_listed(aws: Aws, entry: str) -> None:
    """A sweep does not believe an entry of a listing that has no size or no time."""
    aws.faults.add(
        replace(
            listing(f"{_HEAD}<KeyCount>1</KeyCount><IsTruncated>false</IsTruncated><Contents>{entry}</Contents>"),
            operation="ListObjectsV2",
            count=1,
        )
    )

    with pytest.raises(UnavailableError):
        list(S3(connect("s3", aws.url)).listing("lake", "exports/", ""))
