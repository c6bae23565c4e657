"""The lease's items in a DynamoDB table, for many processes; `connector.lease` has the rules."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from connector.core.budget import AWS_CONNECT, AWS_READ
from connector.errors import UnavailableError
from connector.ports import Item

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

_CONFIG: Final = Config(
    connect_timeout=AWS_CONNECT, read_timeout=AWS_READ, retries={"mode": "standard", "total_max_attempts": 3}
)
_FREE: Final = "attribute_not_exists(#c) OR expires_at <= :now OR holder = :me"


class Table:
    """
    The items of the table *name*, whose key is `connection`; see `connector.ports.Items`.

    `expires_at` is also DynamoDB's time to live, which only removes old items: nothing depends on it.
    """

    def __init__(self, name: str, client: "DynamoDBClient | None" = None) -> None:
        self._name = name
        self._client = client or boto3.client("dynamodb", config=_CONFIG)

    def take(self, connection: str, holder: str, now: float, expires: float) -> Item | None:
        """
        Store the holder if the lease is free or already its own, since botocore may send a put twice.

        Raises:
            UnavailableError: DynamoDB does not respond, or denies access.
        """
        with _explaining(connection):
            try:
                answer = self._client.put_item(
                    TableName=self._name,
                    Item={
                        "connection": {"S": connection},
                        "holder": {"S": holder},
                        "expires_at": {"N": f"{expires:.0f}"},
                    },
                    ConditionExpression=_FREE,
                    ExpressionAttributeNames={"#c": "connection"},
                    ExpressionAttributeValues={":now": {"N": f"{now:.0f}"}, ":me": {"S": holder}},
                    ReturnValues="ALL_OLD",
                )
            except self._client.exceptions.ConditionalCheckFailedException:
                return None
        return _item(answer.get("Attributes", {}))

    def end(self, connection: str, holder: str, expires: float, due: float) -> None:
        """
        Set when the item expires. It is not deleted, so that the next holder knows whether it was also the last.

        Raises:
            UnavailableError: DynamoDB does not respond, or denies access.
        """
        with _explaining(connection):
            try:
                self._client.update_item(
                    TableName=self._name,
                    Key={"connection": {"S": connection}},
                    UpdateExpression="SET expires_at = :end, due = :due",
                    ConditionExpression="holder = :me",
                    ExpressionAttributeValues={
                        ":end": {"N": f"{expires:.0f}"},
                        ":due": {"N": f"{due:.3f}"},
                        ":me": {"S": holder},
                    },
                )
            except self._client.exceptions.ConditionalCheckFailedException:
                return  # the lease expired, and another holder has it


def _item(attributes: "Mapping[str, AttributeValueTypeDef]") -> Item:
    return Item(attributes.get("holder", {}).get("S", ""), float(attributes.get("due", {}).get("N", 0)))


@contextmanager
def _explaining(connection: str) -> Iterator[None]:
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        raise UnavailableError(f"the lease of {connection}: the DynamoDB request failed: {error}") from error
