"""The local AWS sends notifications as S3 does; the pump invokes the handler as an event source does."""

import itertools
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any
from urllib.error import HTTPError
from urllib.parse import unquote_plus
from urllib.request import ProxyHandler, build_opener

import pytest

from local.aws import batch
from local.aws.client import REGION, connect
from local.aws.delivery import Delivery, deliver
from local.aws.pump import Pump
from local.aws.server import MAX_RECEIVES, Aws, Bucket
from tests.support import notice

KEY = "exports/a b+c.csv"
numbers = itertools.count()


@pytest.fixture(scope="module")
def aws() -> Iterator[Aws]:
    with Aws() as aws:
        yield aws


class Store:
    """A bucket: its S3 client, and the received notifications."""

    def __init__(self, aws: Aws, name: str, *, versioned: bool, receives: int = MAX_RECEIVES) -> None:
        self.aws = aws
        self.bucket: Bucket = aws.bucket(name, versioned=versioned, receives=receives)
        self.s3, self.sqs = connect("s3", aws.url), connect("sqs", aws.url)
        self.heard()

    def put(self, key: str = KEY, body: bytes = b"a,b\n") -> str | None:
        """Put an object; its version, if the bucket has them."""
        version: str | None = self.s3.put_object(Bucket=self.bucket.name, Key=key, Body=body).get("VersionId")
        return version

    def delete(self, key: str = KEY, version: str | None = None) -> str | None:
        """Delete an object or a version; return the version of the delete marker, if one is created."""
        which = {"VersionId": version} if version else {}
        marker: str | None = self.s3.delete_object(Bucket=self.bucket.name, Key=key, **which).get("VersionId")
        return marker

    def records(self) -> list[dict[str, Any]]:
        """Take all received records, in the order of the sequencers; each message once."""
        records = []
        while messages := self.sqs.receive_message(QueueUrl=self.bucket.queue, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                self.sqs.delete_message(QueueUrl=self.bucket.queue, ReceiptHandle=message["ReceiptHandle"])
                records += json.loads(message["Body"]).get("Records", [])
        return sorted(records, key=lambda record: str(record["s3"]["object"]["sequencer"]))

    def heard(self) -> list[tuple[str, str, str | None]]:
        """Take all received records, as (type, key, version)."""
        return [
            (record["eventName"], unquote_plus(entry["key"], errors="strict"), entry.get("versionId"))
            for record in self.records()
            for entry in [record["s3"]["object"]]
        ]


@pytest.fixture
def plain(aws: Aws) -> Store:
    return Store(aws, f"plain-{next(numbers)}", versioned=False)


@pytest.fixture
def versioned(aws: Aws) -> Store:
    return Store(aws, f"versioned-{next(numbers)}", versioned=True)


def multipart(store: Store) -> None:
    """Upload one object in one part."""
    target = {"Bucket": store.bucket.name, "Key": KEY}
    upload = store.s3.create_multipart_upload(**target)["UploadId"]
    part = store.s3.upload_part(**target, UploadId=upload, PartNumber=1, Body=b"a,b\n")
    parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    store.s3.complete_multipart_upload(**target, UploadId=upload, MultipartUpload=parts)


def copy(store: Store) -> None:
    """Copy an object to the key from another."""
    store.put("source.csv")
    store.heard()
    source = {"Bucket": store.bucket.name, "Key": "source.csv"}
    store.s3.copy_object(Bucket=store.bucket.name, Key=KEY, CopySource=source)


def overwrite(store: Store) -> None:
    """Overwrite an object."""
    store.put()
    store.heard()
    store.put(body=b"other")


def delete(store: Store) -> None:
    """Delete an object."""
    store.put()
    store.heard()
    store.delete()


def expire(store: Store) -> None:
    """Expire an object by a lifecycle rule."""
    store.put()
    store.heard()
    store.aws.expire(store.bucket.name, KEY)


def read(store: Store) -> None:
    """Send requests that change no object."""
    store.put()
    store.heard()
    store.s3.get_object(Bucket=store.bucket.name, Key=KEY)
    store.s3.put_object_tagging(Bucket=store.bucket.name, Key=KEY, Tagging={"TagSet": [{"Key": "a", "Value": "b"}]})
    store.delete("absent.csv")


def test_read(plain: Store) -> None:
    """Reading objects, or all that moto has, changes nothing, so nothing tells of it."""
    plain.aws.create(f"{plain.bucket.name}-late")
    plain.s3.put_object(Bucket=f"{plain.bucket.name}-late", Key=KEY, Body=b"a")
    plain.aws.notify(f"{plain.bucket.name}-late", plain.bucket.queue)

    for _ in range(3):
        plain.s3.head_object(Bucket=f"{plain.bucket.name}-late", Key=KEY)
        with suppress(HTTPError):  # moto fails if a thread of its own writes meanwhile
            build_opener(ProxyHandler({})).open(f"{plain.aws.url}/moto-api/data.json").close()

    assert plain.heard() == []


@pytest.mark.parametrize(
    ("act", "kinds"),
    [
        pytest.param(Store.put, ["ObjectCreated:Put"], id="put"),
        pytest.param(overwrite, ["ObjectCreated:Put"], id="overwrite"),
        pytest.param(copy, ["ObjectCreated:Copy"], id="copy"),
        pytest.param(multipart, ["ObjectCreated:CompleteMultipartUpload"], id="multipart"),
        pytest.param(delete, ["ObjectRemoved:Delete"], id="delete"),
        pytest.param(expire, ["LifecycleExpiration:Delete"], id="expiry"),
        pytest.param(read, [], id="nothing"),
    ],
)
def test_plain(plain: Store, act: Callable[[Store], object], kinds: list[str]) -> None:
    """In a bucket without versions each event arrives exactly once, under its own type, and names no version."""
    act(plain)

    assert plain.heard() == [(kind, KEY, None) for kind in kinds]


@pytest.mark.parametrize(
    ("act", "kinds"),
    [
        pytest.param(overwrite, ["ObjectCreated:Put"], id="overwrite"),
        pytest.param(copy, ["ObjectCreated:Copy"], id="copy"),
        pytest.param(multipart, ["ObjectCreated:CompleteMultipartUpload"], id="multipart"),
        pytest.param(delete, ["ObjectRemoved:DeleteMarkerCreated"], id="delete"),
        pytest.param(expire, ["LifecycleExpiration:DeleteMarkerCreated"], id="expiry"),
        pytest.param(read, [], id="nothing"),
    ],
)
def test_versioned(versioned: Store, act: Callable[[Store], object], kinds: list[str]) -> None:
    """In a bucket with versions each event arrives exactly once, with its version or delete marker."""
    act(versioned)

    listing = versioned.s3.list_object_versions(Bucket=versioned.bucket.name, Prefix=KEY)
    newest = next(entry["VersionId"] for entry in listing.get("DeleteMarkers", []) + listing["Versions"])
    assert versioned.heard() == [(kind, KEY, newest) for kind in kinds]


def test_version_deleted(versioned: Store) -> None:
    """Deleting an old version or the last one gives one Delete event with that version."""
    first, second = versioned.put(), versioned.put()
    versioned.heard()

    versioned.delete(version=first)
    versioned.delete(version=second)
    versioned.delete(version=second)

    assert versioned.heard() == [("ObjectRemoved:Delete", KEY, first), ("ObjectRemoved:Delete", KEY, second)]


def test_marker_removed(versioned: Store) -> None:
    """An undelete gives a Delete event with the marker's version, and the object exists again."""
    versioned.put()
    marker = versioned.delete()
    versioned.heard()

    versioned.delete(version=marker)

    assert versioned.heard() == [("ObjectRemoved:Delete", KEY, marker)]
    assert versioned.s3.head_object(Bucket=versioned.bucket.name, Key=KEY)


def test_last_marker_removed(versioned: Store) -> None:
    """A delete marker without versions behind it can be removed, too."""
    version = versioned.put()
    marker = versioned.delete()
    versioned.delete(version=version)
    versioned.heard()

    versioned.delete(version=marker)

    assert versioned.heard() == [("ObjectRemoved:Delete", KEY, marker)]


def test_many_at_once(plain: Store, versioned: Store) -> None:
    """A request that deletes many objects is one notification per object, with its own key."""
    keys = ["a.csv", "b c+d.csv", "é/日本 %2B.csv"]
    for store in (plain, versioned):
        for key in keys:
            store.put(key)
        store.heard()

        store.s3.delete_objects(Bucket=store.bucket.name, Delete={"Objects": [{"Key": key} for key in keys]})

    assert [(kind, key) for kind, key, _ in plain.heard()] == [("ObjectRemoved:Delete", key) for key in keys]
    assert [(kind, key) for kind, key, _ in versioned.heard()] == [
        ("ObjectRemoved:DeleteMarkerCreated", key) for key in keys
    ]


def test_versions_at_once(versioned: Store) -> None:
    """A request that deletes several versions of one object is one notification per version."""
    versions = [versioned.put(), versioned.put(), versioned.put()]
    versioned.heard()

    objects = [{"Key": KEY, "VersionId": version} for version in versions]
    versioned.s3.delete_objects(Bucket=versioned.bucket.name, Delete={"Objects": objects})

    assert versioned.heard() == [("ObjectRemoved:Delete", KEY, version) for version in versions]


@pytest.mark.parametrize(
    "key",
    [
        "a b.csv",
        "a+b.csv",
        "a%2Bb.csv",
        "a%20b%.csv",
        "é/日本.csv",
        "✈🛬.csv",
        "\"quoted\" 'too'.csv",
        "a//b///c.csv",
        "folder/",
        "?q=1&r#s.csv",
        "x" * 1024,
    ],
)
def test_keys(plain: Store, key: str) -> None:
    """Any key is the same in the notification as in S3, for puts and deletions."""
    plain.put(key)
    plain.delete(key)

    assert plain.heard() == [("ObjectCreated:Put", key, None), ("ObjectRemoved:Delete", key, None)]


def test_shape(versioned: Store) -> None:
    """A record has the fields of S3: a put has size and ETag, a deletion neither, both have version and sequencer."""
    versioned.put(body=b"a,b\n1,2\n")
    versioned.delete()

    put, gone = versioned.records()

    assert put["eventVersion"] == "2.1"
    assert put["s3"]["bucket"]["arn"] == f"arn:aws:s3:::{versioned.bucket.name}"
    assert put["s3"]["object"].keys() == {"key", "size", "eTag", "versionId", "sequencer"}
    assert put["s3"]["object"]["size"] == 8
    assert gone["s3"]["object"].keys() == {"key", "versionId", "sequencer"}
    assert put["s3"]["object"]["sequencer"] < gone["s3"]["object"]["sequencer"]


def test_filter(plain: Store) -> None:
    """A configuration's types and its prefix and suffix are respected."""
    arn = plain.sqs.get_queue_attributes(QueueUrl=plain.bucket.queue, AttributeNames=["QueueArn"])["Attributes"]
    rules = [{"Name": "prefix", "Value": "exports/"}, {"Name": "suffix", "Value": ".csv"}]
    wish = {"QueueArn": arn["QueueArn"], "Events": ["s3:ObjectRemoved:*"], "Filter": {"Key": {"FilterRules": rules}}}
    plain.s3.put_bucket_notification_configuration(
        Bucket=plain.bucket.name, NotificationConfiguration={"QueueConfigurations": [wish]}
    )

    for key in ("exports/a.csv", "exports/a.txt", "other/a.csv"):
        plain.put(key)
        plain.delete(key)

    assert plain.heard() == [("ObjectRemoved:Delete", "exports/a.csv", None)]


def test_expire_absent(plain: Store) -> None:
    """An object that does not exist cannot expire, and the error names it."""
    with pytest.raises(LookupError, match=r"absent\.csv: no such object"):
        plain.aws.expire(plain.bucket.name, "absent.csv")


def test_port_taken(aws: Aws) -> None:
    """A port that is in use is an error that the caller can catch; it does not end the process."""
    with pytest.raises(OSError, match="in use"):
        Aws(port=int(aws.url.rpartition(":")[2]))


class Handler:
    """A handler of SQS events. It raises a set number of times, and then handles each key as *ends* defines."""

    def __init__(self, failures: int = 0, ends: Callable[[str], bool] = lambda _: True) -> None:
        self.failures, self.ends = failures, ends
        self.events: list[dict[str, Any]] = []
        self.threads: set[int] = set()

    def __call__(self, event: dict[str, Any]) -> dict[str, Any]:
        """Handle a batch, and return the messages to retry; S3's test event is ignored."""
        self.threads.add(threading.get_ident())
        records = [record for record in event["Records"] if "Records" in json.loads(record["body"])]
        if records and self.failures:
            self.failures -= 1
            raise ValueError("not yet")
        self.events.append(event)
        failed = [record["messageId"] for record in records if not all(map(self.ends, keys(record)))]
        return {"batchItemFailures": [{"itemIdentifier": name} for name in failed]}

    @property
    def keys(self) -> list[str]:
        """The keys in all batches."""
        return [key for event in self.events for record in event["Records"] for key in keys(record)]


def keys(record: dict[str, Any]) -> list[str]:
    """The keys of a message."""
    return [one["s3"]["object"]["key"] for one in json.loads(record["body"]).get("Records", ())]


def test_pump(plain: Store) -> None:
    """Every notification reaches the handler once, in batches, on one thread; after a drain nothing is left."""
    for number in range(12):
        plain.put(f"{number}.csv")
    handler, seen = Handler(), list[Delivery]()

    with Pump(plain.bucket.queue, plain.aws.url, handler, seen.append) as pump:
        pump.drain()

    assert sorted(handler.keys) == sorted(f"{number}.csv" for number in range(12))
    assert len(handler.threads) == 1
    assert max(len(event["Records"]) for event in handler.events) == batch.SIZE
    assert [delivery.event for delivery in seen] == handler.events
    assert all(delivery.result == {"batchItemFailures": []} for delivery in seen)
    assert all(delivery.error is None and delivery.duration_ms >= 0 for delivery in seen)


def test_pump_event(plain: Store) -> None:
    """The handler gets what Lambda's poller sends: body, attributes, message attributes, digest and queue."""
    attributes = {
        "hops": {"DataType": "Number", "StringValue": "2"},
        "mark": {"DataType": "Binary", "BinaryValue": b"\x00\xff"},
    }
    sent = plain.sqs.send_message(QueueUrl=plain.bucket.queue, MessageBody="{}", MessageAttributes=attributes)
    handler = Handler()

    with Pump(plain.bucket.queue, plain.aws.url, handler) as pump:
        pump.drain()

    (event,) = handler.events
    (record,) = event["Records"]
    arn = plain.sqs.get_queue_attributes(QueueUrl=plain.bucket.queue, AttributeNames=["QueueArn"])["Attributes"]
    assert (record["messageId"], record["body"], record["md5OfBody"]) == (
        sent["MessageId"],
        "{}",
        sent["MD5OfMessageBody"],
    )
    assert record["receiptHandle"]
    assert record["attributes"]["ApproximateReceiveCount"] == "1"
    assert abs(int(record["attributes"]["SentTimestamp"]) / 1000 - time.time()) < 60
    assert (record["eventSource"], record["eventSourceARN"]) == ("aws:sqs", arn["QueueArn"])
    assert record["awsRegion"] == REGION
    assert record["messageAttributes"] == {
        "hops": {"stringValue": "2", "stringListValues": [], "binaryListValues": [], "dataType": "Number"},
        "mark": {"binaryValue": "AP8=", "stringListValues": [], "binaryListValues": [], "dataType": "Binary"},
    }


def test_pump_redelivers(plain: Store) -> None:
    """A batch whose handler raises is retried, and a drain waits for it."""
    handler, seen = Handler(failures=2), list[Delivery]()

    with Pump(plain.bucket.queue, plain.aws.url, handler, seen.append, retry_seconds=0) as pump:
        plain.put("a.csv")
        pump.drain()

    assert handler.keys == ["a.csv"]
    assert [str(delivery.error) for delivery in seen] == ["not yet", "not yet", "None"]
    assert [record["attributes"]["ApproximateReceiveCount"] for record in handler.events[0]["Records"]] == ["3"]


def test_pump_partial(plain: Store) -> None:
    """Failed messages of a batch stay in the queue, with the handler's visibility timeout; the others are deleted."""
    for name in ("a", "b", "c"):
        plain.put(f"{name}.csv")
    handler = Handler(ends=lambda key: key != "b.csv")

    with (
        Pump(plain.bucket.queue, plain.aws.url, handler, retry_seconds=0) as pump,
        pytest.raises(TimeoutError, match="0 messages waiting and 1 in flight after 1 s; the last failure: 1 of 3"),
    ):
        pump.drain(1)

    (event,) = handler.events
    (receipt,) = (record["receiptHandle"] for record in event["Records"] if keys(record) == ["b.csv"])
    plain.sqs.change_message_visibility(QueueUrl=plain.bucket.queue, ReceiptHandle=receipt, VisibilityTimeout=0)
    assert plain.heard() == [("ObjectCreated:Put", "b.csv", None)]


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param("done", id="text"),
        pytest.param({"batchItemFailures": {}}, id="empty object"),
        pytest.param({"batchItemFailures": {"itemIdentifier": "1"}}, id="object"),
        pytest.param({"batchItemFailures": ["1"]}, id="bare id"),
        pytest.param({"batchItemFailures": [{"itemIdentifier": ""}]}, id="empty id"),
        pytest.param({"batchItemFailures": [{"itemIdentifier": None}]}, id="null id"),
        pytest.param({"batchItemFailures": [{"itemId": "1"}]}, id="bad key"),
        pytest.param({"batchItemFailures": [{"itemIdentifier": "2"}]}, id="unknown id"),
    ],
)
def test_answer_invalid(answer: object) -> None:
    """An answer that Lambda takes for no valid one is an error, so that the whole batch counts as failed."""
    with pytest.raises(ValueError, match=r"response|batchItemFailures"):
        batch.failures(answer, {"1"})


@pytest.mark.parametrize("answer", [None, {}, {"batchItemFailures": None}, {"batchItemFailures": []}])
def test_answer_complete(answer: object) -> None:
    """A response without failures finishes the whole batch."""
    assert batch.failures(answer, {"1"}) == set()


def test_pump_invalid_answer(plain: Store) -> None:
    """After an invalid response nothing is deleted: the batch is retried, and the error is reported."""
    answers, seen = [{"batchItemFailures": [{"itemIdentifier": "none of them"}]}, None], list[Delivery]()

    with Pump(plain.bucket.queue, plain.aws.url, lambda _: answers.pop(0), seen.append, retry_seconds=0) as pump:
        plain.put("a.csv")
        pump.drain()

    assert ["names a message that is not in the batch" in str(delivery.error) for delivery in seen] == [True, False]
    assert [keys(record) for delivery in seen for record in delivery.event["Records"]] == [["a.csv"], ["a.csv"]]


def test_pump_gives_up(aws: Aws) -> None:
    """After the queue's maximum of receives, a message goes to the dead-letter queue."""
    store = Store(aws, f"plain-{next(numbers)}", versioned=False, receives=3)

    with Pump(store.bucket.queue, store.aws.url, Handler(failures=3), retry_seconds=0) as pump:
        store.put("a.csv")
        pump.drain()

    (dead,) = store.sqs.receive_message(QueueUrl=store.bucket.dead)["Messages"]
    assert json.loads(dead["Body"])["Records"][0]["s3"]["object"]["key"] == "a.csv"


def test_backstop(plain: Store) -> None:
    """The queue itself dead-letters after 1,000 receives, as in template.yaml; the connector does so earlier."""
    found = plain.sqs.get_queue_attributes(QueueUrl=plain.bucket.queue, AttributeNames=["RedrivePolicy"])["Attributes"]

    assert int(json.loads(found["RedrivePolicy"])["maxReceiveCount"]) == 1000


def test_drain_times_out(plain: Store) -> None:
    """A drain that times out reports the messages left, and the last failure."""
    with Pump(plain.bucket.queue, plain.aws.url, Handler(failures=9), retry_seconds=30) as pump:
        plain.put("a.csv")

        with pytest.raises(TimeoutError, match=r"0 messages waiting and 1 in flight after 0.5 s; .*failure: .*not yet"):
            pump.drain(0.5)


def test_deliver() -> None:
    """A single delivery returns the handler's error, and does not raise it."""
    event = notice.message(notice.body(("lake", "a.csv")))

    delivery = deliver(Handler(failures=1), notice.direct(event))

    assert (delivery.result, str(delivery.error)) == (None, "not yet")


def test_two(plain: Store) -> None:
    """A second AWS that stops does not affect one that still runs."""
    with Aws():
        pass

    assert plain.put() is None
    assert [kind for kind, _, _ in plain.heard()] == ["ObjectCreated:Put"]
