"""The queue port over HTTP: batches of ten, and which of their messages SQS accepts."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest

from connector.adapters.sqs import Queues
from connector.core.envelope import Message
from connector.core.order import ObjectHint
from connector.errors import ConnectorError, CredentialsError, UnavailableError
from local.aws.client import connect
from local.aws.faults import Answer, Armed, Fault, Kind, answers
from local.aws.faults.answers import REQUEST_ID
from local.aws.server import Aws

DELAY, SEND = "ChangeMessageVisibilityBatch", "SendMessageBatch"
numbers = count(1)


@dataclass
class Post:
    """A queue and its dead-letter queue."""

    aws: Aws
    sqs: Any
    url: str
    dead: str

    @property
    def queues(self) -> Queues:
        return Queues(self.url, self.dead, self.sqs)

    def send(self, number: int) -> list[Message]:
        """Send *number* messages, and receive them."""
        for start in range(0, number, 10):
            entries = [{"Id": str(n), "MessageBody": f"{n}"} for n in range(start, min(start + 10, number))]
            self.sqs.send_message_batch(QueueUrl=self.url, Entries=entries)
        found: list[Any] = []
        while len(found) < number:
            found += self.sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10)["Messages"]
        return [Message(one["MessageId"], one["ReceiptHandle"], one["Body"], 1, 0) for one in found]

    def receive(self) -> list[Message]:
        """Receive up to ten messages."""
        found = self.sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10, WaitTimeSeconds=0)
        return [Message(one["MessageId"], "", one["Body"], 1, 0) for one in found.get("Messages", ())]

    def visible(self) -> int:
        names = ["ApproximateNumberOfMessages"]
        found = self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=names)
        return int(found["Attributes"][names[0]])

    def letters(self) -> list[Any]:
        found: list[Any] = []
        while more := self.sqs.receive_message(
            QueueUrl=self.dead, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
        ).get("Messages"):
            found += more
        return found

    def watch(self, operation: str) -> Armed:
        """Count requests, which are served."""
        return self.aws.faults.add(Fault(Kind.ALTERED, "sqs", operation, count=None))

    def says(self, operation: str, answer: object) -> None:
        """Make SQS answer this, once."""
        body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.aws.faults.add(Fault(Kind.ANSWER, "sqs", operation, answer=Answer(200, body, REQUEST_ID)))


@pytest.fixture
def post(aws: Aws) -> Iterator[Post]:
    sqs = connect("sqs", aws.url)
    number = next(numbers)
    url, dead = (sqs.create_queue(QueueName=f"{name}-{number}")["QueueUrl"] for name in ("source", "dead"))
    yield Post(aws, sqs, url, dead)
    aws.faults.clear()


def message(number: int, body: str = "{}", receipt: str = "r") -> Message:
    return Message(str(number), receipt, body, 1, 0)


def failed(errors: Sequence[ConnectorError | None]) -> list[int]:
    return [number for number, error in enumerate(errors) if error]


def test_many(post: Post) -> None:
    """A thousand messages are hidden, or dead-lettered, in a hundred requests."""
    answer = Answer(200, json.dumps({"Successful": [{"Id": str(number)} for number in range(10)]}).encode(), REQUEST_ID)
    delays, letters = (
        post.aws.faults.add(Fault(Kind.ANSWER, "sqs", operation, count=None, answer=answer))
        for operation in (DELAY, SEND)
    )
    messages = [message(number) for number in range(1000)]

    delayed = post.queues.delay([(one, 15) for one in messages])
    sent = post.queues.dead_letter([(one, {"reason": "refused"}) for one in messages])

    assert (len(delayed), len(sent)) == (1000, 1000)
    assert not any((*delayed, *sent))
    assert (delays.met, letters.met) == (100, 100)


def test_partial_delay(post: Post) -> None:
    """A message that SQS cannot hide has an error, and the others of its batch have none."""
    messages = post.send(12)
    messages[3] = message(3, receipt="of another queue")

    errors = post.queues.delay([(one, 0) for one in messages])

    assert failed(errors) == [3]
    assert "message 3: SQS does not take it: ReceiptHandleIsInvalid" in str(errors[3])
    assert post.visible() == 11


def test_dead_letters(post: Post) -> None:
    """Dead letters have the body as it came, with the facts but for empty ones, and how often they were sent."""
    sent = [(message(number, f'{{"n": {number}}}'), {"reason": "refused", "key": ""}) for number in range(25)]
    requests = post.watch(SEND)

    errors = post.queues.dead_letter(sent)

    assert not any(errors)
    assert requests.met == 3
    letters = post.letters()
    assert sorted(letter["Body"] for letter in letters) == sorted(one.body for one, _ in sent)
    assert all(letter["MessageAttributes"].keys() == {"reason", "hops"} for letter in letters)


def test_large_dead_letters(post: Post) -> None:
    """Large dead letters are sent in as many requests as their size requires, attributes included."""
    large, explained = "x" * 90_000, {"error": "é" * 5_000}
    requests = post.watch(SEND)

    errors = post.queues.dead_letter([(message(number, large), explained) for number in range(5)])

    assert not any(errors)
    assert requests.met == 5
    assert len(post.letters()) == 5


def test_one_rejected(post: Post) -> None:
    """If SQS rejects the whole request because of one message, each is sent alone, and the others are accepted."""
    post.aws.faults.add(
        Fault(
            Kind.ANSWER,
            "sqs",
            SEND,
            text="spoiled",
            count=None,
            answer=answers.error("sqs", 400, "AWS.SimpleQueueService.InvalidMessageContents"),
        )
    )

    errors = post.queues.dead_letter([(message(n, "spoiled \ud800" if n == 2 else "{}"), {}) for n in range(4)])

    assert failed(errors) == [2]
    assert "message 2: SQS rejects the request" in str(errors[2])
    assert len(post.letters()) == 3


def test_hints(post: Post) -> None:
    """Messages of a sweep are sent unchanged, ten per request."""
    bodies = [ObjectHint("lake", f"a\x00é/{number}").body() for number in range(25)]
    requests = post.watch(SEND)

    post.queues.send(bodies)

    assert requests.met == 3
    received = [one.body for _ in range(3) for one in post.receive()]
    assert sorted(received) == sorted(bodies)


def test_delayed(post: Post) -> None:
    """A message with a delay is not received before it has passed."""
    post.queues.send(["later"], delay=900)

    assert post.visible() == 0
    assert post.receive() == []


def test_no_hints(post: Post) -> None:
    """Nothing to send costs no request."""
    requests = post.watch(SEND)

    post.queues.send([])

    assert requests.met == 0


def test_partly_sent(post: Post) -> None:
    """If SQS takes some messages and not others, that is an error, so that the sender sends all of them again."""
    post.says(SEND, {"Successful": [{"Id": "0"}], "Failed": [{"Id": "1", "Code": "InternalError"}]})

    with pytest.raises(UnavailableError, match="a sweep's message of 1 bytes: SQS does not take it: InternalError"):
        post.queues.send(["a", "b"])


@pytest.mark.parametrize(
    ("answer", "taken"),
    [
        pytest.param({}, [], id="nothing"),
        pytest.param({"Successful": [{"Id": "1"}]}, [1], id="without two"),
        pytest.param({"Successful": [{"Id": "0"}, {"Id": "7"}]}, [0], id="of another"),
        pytest.param({"Successful": [{"Id": "0"}, {"Id": "1"}], "Failed": [{"Id": "1"}]}, [0], id="contradicts itself"),
        pytest.param({"Successful": [{}, {"Id": 0}, {"Id": ["1"]}, {"Id": "2"}]}, [2], id="odd ids"),
        pytest.param({"Successful": "012"}, [], id="a string"),
        pytest.param({"Successful": {"Id": "0"}}, [], id="an object"),
        pytest.param({"Successful": 3}, [], id="a number"),
        pytest.param({"Failed": [{"Id": "0", "Code": 5, "Message": []}]}, [], id="odd reasons"),
        pytest.param([{"Id": "0"}], [], id="a list"),
        pytest.param(None, [], id="null"),
        pytest.param(b"<html></html>", [], id="HTML"),
        pytest.param(b"\xff\xfe{}", [], id="bad encoding"),
        pytest.param(b'{"Successful": [{"Id": "0"}', [], id="half"),
        pytest.param(b"[" * 100_000, [], id="nested"),
    ],
)
def test_odd_answers(post: Post, answer: object, taken: list[int]) -> None:
    """A message that SQS does not confirm is retried, and no response causes an unexpected error."""
    for operation in (DELAY, SEND):
        post.says(operation, answer)

    delayed = post.queues.delay([(message(number), 15) for number in range(3)])
    sent = post.queues.dead_letter([(message(number), {}) for number in range(3)])

    for errors in (delayed, sent):
        assert failed(errors) == [number for number in range(3) if number not in taken]
        assert all(isinstance(error, UnavailableError) for error in errors if error)


@pytest.mark.parametrize(
    ("answer", "error", "says"),
    [
        (answers.error("sqs", 403, "AccessDeniedException"), UnavailableError, "grant the role sqs:"),
        (answers.error("sqs", 400, "AWS.SimpleQueueService.NonExistentQueue"), UnavailableError, "check .*QUEUE_URL"),
        (answers.error("sqs", 403, "ExpiredToken"), CredentialsError, "renew"),
        (answers.error("sqs", 403, "InvalidClientTokenId"), CredentialsError, "renew"),
        (answers.error("sqs", 400, "KMS.ThrottlingException"), UnavailableError, "KMS.ThrottlingException"),
        (answers.error("sqs", 400, "KmsDisabled"), UnavailableError, "KmsDisabled"),
        (answers.page(200), UnavailableError, "did not come from SQS"),
        (answers.page(404), UnavailableError, "did not come from SQS"),
    ],
    ids=["denied", "no queue", "expired", "key id", "throttled", "KMS key", "a page", "a proxy's 404"],
)
def test_refused(post: Post, answer: Answer, error: type[ConnectorError], says: str) -> None:
    """Any error of the queues keeps the messages, and says what to do."""
    post.aws.faults.add(Fault(Kind.ANSWER, "sqs", "", text="-Batch|Entries", count=None, answer=answer))

    for errors in (
        post.queues.delay([(message(number), 15) for number in range(2)]),
        post.queues.dead_letter([(message(number), {}) for number in range(2)]),
    ):
        assert [type(one) for one in errors] == [error, error]
        with pytest.raises(error, match=says):
            raise errors[0] or AssertionError
    with pytest.raises(error, match=says):
        post.queues.send(["a", "b"])
