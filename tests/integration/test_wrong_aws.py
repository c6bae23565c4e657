"""Wrong responses of DynamoDB and Secrets Manager: each is a named error; none takes a lease, none is a key."""

import json
from collections.abc import Iterator
from itertools import count

import pytest
from aws_lambda_powertools.utilities.parameters import SecretsProvider

from connector.adapters.dynamodb import Table
from connector.adapters.secret import Secret
from connector.errors import ConnectorError, CredentialsError, UnavailableError
from connector.ports import Item
from local.aws.client import connect
from local.aws.faults import Answer, Fault, Kind, answers
from local.aws.faults.answers import REQUEST_ID
from local.aws.server import Aws

CONNECTION = "default/s3/1"
numbers = count(1)


def answered(body: object, headers: dict[str, str] | None = None) -> Answer:
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Answer(200, text, REQUEST_ID if headers is None else headers)


FOREIGN = {
    "200 HTML": answers.page(200),
    "200 nothing": answered(b"", {}),
    "200 JSON": answered({}, {}),
    "302 a login": answers.page(302, Location="https://login.example.com/"),
    "307 nowhere": answers.page(307),
    "401 HTML": answers.page(401),
    "403 HTML": answers.page(403),
    "404 HTML": answers.page(404),
    "400 nothing": Answer(400),
    "403 JSON": Answer(403, b'{"error": "forbidden"}'),
    "403 a list": Answer(403, b"[]"),
    "403 null": Answer(403, b"null"),
    "403 an odd type": Answer(403, b'{"__type": 7}'),
    "403 bad encoding": Answer(403, b"\xff\xfe"),
    "403 nested": Answer(403, b"[" * 100_000),
}
UNREADABLE = {
    "a list": answered([]),
    "a number": answered(7),
    "a list of attributes": answered({"Attributes": []}),
    "a string as attribute": answered({"Attributes": {"holder": "a"}}),
    "bad encoding": answered(b"\xff\xfe"),
    "nested": answered(b"[" * 100_000),
}
OURS = {
    "ExpiredTokenException": (400, CredentialsError),
    "UnrecognizedClientException": (400, CredentialsError),
    "InvalidSignatureException": (400, CredentialsError),
    "IncompleteSignature": (400, CredentialsError),
    "AccessDeniedException": (400, UnavailableError),
    "ResourceNotFoundException": (400, UnavailableError),
    "ValidationException": (400, UnavailableError),
    "DecryptionFailure": (400, UnavailableError),
    "ThrottlingException": (400, UnavailableError),
}


@pytest.fixture
def table(aws: Aws) -> Iterator[Table]:
    client, name = connect("dynamodb", aws.url), f"leases-{next(numbers)}"
    client.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "connection", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "connection", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    yield Table(name, client)
    aws.faults.clear()


@pytest.fixture
def secret(aws: Aws) -> Iterator[Secret]:
    client, name = connect("secretsmanager", aws.url), f"key-{next(numbers)}"
    client.create_secret(Name=name, SecretString="good")
    yield Secret(name, SecretsProvider(boto3_client=client))
    aws.faults.clear()


def fail(aws: Aws, answer: Answer) -> None:
    """Replace the responses of DynamoDB and Secrets Manager with this one."""
    for operation in ("PutItem", "UpdateItem", "GetSecretValue"):
        aws.faults.add(Fault(Kind.ANSWER, operation=operation, count=None, answer=answer))


@pytest.mark.parametrize("name", FOREIGN | UNREADABLE)
def test_lease_wrong(aws: Aws, table: Table, name: str) -> None:
    """Only a response of DynamoDB takes or ends a lease; after a wrong one the lease is free."""
    fail(aws, (FOREIGN | UNREADABLE)[name])

    with pytest.raises(UnavailableError, match=f"the lease of {CONNECTION}: "):
        table.take(CONNECTION, "a", now=100, expires=200)
    with pytest.raises(UnavailableError, match=f"the lease of {CONNECTION}: "):
        table.end(CONNECTION, "a", expires=100, due=0)

    aws.faults.clear()
    assert table.take(CONNECTION, "b", now=100, expires=200) == Item()


@pytest.mark.parametrize("due", ["nan", "inf", "-1", "1e999", "9" * 400, "", "soon"])
def test_odd_item(aws: Aws, table: Table, due: str) -> None:
    """An impossible value in the item is treated as missing: the item is replaced."""
    odd = {"holder": {"S": "a"}, "due": {"N": due}}
    aws.faults.add(Fault(Kind.ANSWER, operation="PutItem", answer=answered({"Attributes": odd})))

    assert table.take(CONNECTION, "b", now=100, expires=200) == Item("a", 0.0)


@pytest.mark.parametrize("odd", [{}, {"holder": {"N": "5"}, "due": {"S": "5"}}, {"holder": {}, "due": {}}])
def test_mistyped_item(aws: Aws, table: Table, odd: dict[str, object]) -> None:
    """Attributes of other types are treated as missing."""
    aws.faults.add(Fault(Kind.ANSWER, operation="PutItem", answer=answered({"Attributes": odd})))

    assert table.take(CONNECTION, "b", now=100, expires=200) == Item()


@pytest.mark.parametrize("name", FOREIGN | {"no value": answered({}), "a list": answered([])})
def test_secret_wrong(aws: Aws, secret: Secret, name: str) -> None:
    """A response that is not from Secrets Manager is not a key; the next read returns the right one."""
    fail(aws, (FOREIGN | {"no value": answered({}), "a list": answered([])})[name])

    with pytest.raises(UnavailableError, match=r"the secret key-[0-9]+ cannot be read: "):
        secret.read(fresh=True)

    aws.faults.clear()
    assert secret.read() == "good"


@pytest.mark.parametrize(("name", "status", "error"), [(name, *what) for name, what in OURS.items()], ids=OURS)
def test_ours(aws: Aws, table: Table, secret: Secret, name: str, status: int, error: type[ConnectorError]) -> None:
    """An error of the stack's own table or secret keeps the messages, and says what to do."""
    fail(aws, answers.error("dynamodb", status, name))
    says = "renew" if error is CredentialsError else "grant the role|returned 400 Throttling"

    with pytest.raises(error, match=rf"the lease of {CONNECTION}: .*({says})"):
        table.take(CONNECTION, "a", now=100, expires=200)
    with pytest.raises(error, match=rf"the secret key-[0-9]+ cannot be read: .*({says})"):
        secret.read(fresh=True)
