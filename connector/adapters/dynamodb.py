"""The lease's items in a DynamoDB table, for many processes; `connector.lease` has the rules."""

import re
from collections.abc import Mapping
from math import inf
from typing import TYPE_CHECKING, Any, Final

from botocore.config import Config
from botocore.exceptions import ClientError

from connector.adapters.aws import Service, connect
from connector.core.budget import AWS_CONNECT, AWS_READ, LONGEST_LEASE
from connector.ports import Held, Item

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_CONFIG: Final = Config(
    connect_timeout=AWS_CONNECT, read_timeout=AWS_READ, retries={"mode": "standard", "total_max_attempts": 3}
)
_SERVICE: Final = Service(
    "DynamoDB",
    "check LEASE_TABLE and grant the role dynamodb:PutItem and dynamodb:UpdateItem on the table",
    ours=True,
)
_LOOK: Final = Service("DynamoDB", "check LEASE_TABLE and grant dynamodb:GetItem on the table", ours=True)
_OTHERS: Final = ("ConditionalCheckFailedException",)
_FREE: Final = (
    "attribute_not_exists(#c) OR NOT attribute_type(expires_at, :number) OR expires_at <= :now "
    "OR expires_at > :latest OR holder = :me"
)
"""What no holder wrote holds nobody: a time that is no number, or too far away."""

_NUMBER: Final = re.compile(r"\d{1,15}(\.\d+)?")


class Table:
    """
    The items of the table *name*, whose key is `connection`; see `connector.ports.Items`.

    `expires_at` is also DynamoDB's time to live, which only removes old items: nothing depends on it.
    """

    def __init__(self, name: str, client: "DynamoDBClient | None" = None) -> None:
        self._name = name
        self._client: Any = client or connect("dynamodb", _CONFIG)

    def take(self, connection: str, holder: str, now: float, expires: float) -> Item | Held:
        """
        Store the holder if the lease is free or already its own, since botocore may send a put twice.

        Raises:
            CredentialsError: DynamoDB does not accept the credentials or the clock.
            UnavailableError: DynamoDB does not respond, or denies access, or something else responds in its place.
        """
        try:
            answer = _SERVICE.ask(
                _what(connection),
                self._client.put_item,
                _OTHERS,
                TableName=self._name,
                Item={
                    "connection": {"S": connection},
                    "holder": {"S": holder},
                    "expires_at": {"N": f"{expires:.0f}"},
                },
                ConditionExpression=_FREE,
                ExpressionAttributeNames={"#c": "connection"},
                ExpressionAttributeValues={
                    ":number": {"S": "N"},
                    ":now": {"N": f"{now:.0f}"},
                    ":latest": {"N": f"{now + LONGEST_LEASE:.0f}"},
                    ":me": {"S": holder},
                },
                ReturnValues="ALL_OLD",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            return Held(_expiry(error.response.get("Item")))
        return _item(answer.get("Attributes", {}))

    def end(self, connection: str, holder: str, expires: float, due: float) -> None:
        """
        Set when the item expires. It is not deleted, so that the next holder knows whether it was also the last.

        Raises:
            CredentialsError: DynamoDB does not accept the credentials or the clock.
            UnavailableError: DynamoDB does not respond, or denies access, or something else responds in its place.
        """
        try:
            _SERVICE.ask(
                _what(connection),
                self._client.update_item,
                _OTHERS,
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
        except ClientError:
            return  # the lease expired, and another holder has it

    def look(self, connection: str) -> tuple[str, float]:
        """
        Return the last holder and when its item expires; ("", 0) if there is no item.

        Raises:
            CredentialsError: DynamoDB does not accept the credentials or the clock.
            UnavailableError: DynamoDB does not respond, or denies access, or something else responds in its place.
        """
        key = {"connection": {"S": connection}}
        answer = _LOOK.ask(_what(connection), self._client.get_item, TableName=self._name, Key=key, ConsistentRead=True)
        found = answer.get("Item")
        return (_item(found).holder, _expiry(found)) if found else ("", 0.0)


def _what(connection: str) -> str:
    return f"the lease of {connection}"


def _expiry(item: object) -> float:
    """Read when the item of another holder expires; infinity where the answer does not say it."""
    match item:
        case {"expires_at": {"N": str(text)}} if _NUMBER.fullmatch(text):
            return float(text)
    return inf


def _item(attributes: Mapping[str, Any]) -> Item:
    """Read the previous item. What cannot be read is as if it were absent: the new item replaces it all the same."""
    holder, due = attributes.get("holder", {}).get("S"), attributes.get("due", {}).get("N")
    return Item(
        holder if isinstance(holder, str) else "",
        float(due) if isinstance(due, str) and _NUMBER.fullmatch(due) else 0.0,
    )
