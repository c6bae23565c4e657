"""Reads the configuration of buckets, queues, rules and tables, for the command `check`; see `connector.check.Site`."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from botocore.config import Config
from botocore.exceptions import ClientError

from connector.adapters.aws import Service, connect, status
from connector.core.budget import AWS_CONNECT, AWS_READ
from connector.core.site import Notices, Queue, Rule, Subscription
from connector.errors import RefusedError, UnavailableError

_CONFIG: Final = Config(
    connect_timeout=AWS_CONNECT, read_timeout=AWS_READ, retries={"mode": "standard", "total_max_attempts": 3}
)
_BUCKET: Final = Service("S3", "grant s3:ListBucket on the bucket")
_NOTICES: Final = Service("S3", "grant s3:GetBucketNotification on the bucket, and check looks again")
_QUEUE: Final = Service("SQS", "grant sqs:GetQueueAttributes on the queue, and check looks again")
_RULE: Final = Service("EventBridge", "grant events:DescribeRule and events:ListTargetsByRule on the rule")
_TABLE: Final = Service("DynamoDB", "grant dynamodb:DescribeTable on the table, and check looks again")
_REGION: Final = "x-amz-bucket-region"
_LISTS: Final = {
    "QueueConfigurations": "QueueArn",
    "TopicConfigurations": "TopicArn",
    "LambdaFunctionConfigurations": "LambdaFunctionArn",
}
_ATTRIBUTES: Final = (
    "QueueArn",
    "Policy",
    "KmsMasterKeyId",
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
)


class Site:
    """AWS around the connector. Each method raises the errors of `connector.adapters.aws`; a denial is permanent."""

    def __init__(self) -> None:
        self._s3, self._sqs, self._events, self._dynamodb = (
            connect(name, _CONFIG) for name in ("s3", "sqs", "events", "dynamodb")
        )

    def region(self, bucket: str) -> str:
        """
        Return the region of a bucket, which S3 tells even where it denies access.

        Source:
            S3 API, HeadBucket: the header x-amz-bucket-region; an error has no body, and so no code but its status.
        """
        what = f"the bucket {bucket}"
        try:
            answer = _BUCKET.ask(what, self._s3.head_bucket, ("301", "403", "404"), Bucket=bucket)
        except ClientError as error:
            if status(error) == HTTPStatus.NOT_FOUND:
                raise RefusedError(
                    f"{what}: S3 has no such bucket; create it, correct `bucket` in the routes file, or check the AWS "
                    "account and partition"
                ) from error
            answer = error.response
        headers = answer["ResponseMetadata"].get("HTTPHeaders", {})
        if _REGION not in headers:
            raise UnavailableError(
                f"{what}: the response does not tell its region; check the proxy and AWS_ENDPOINT_URL"
            )
        return str(headers[_REGION])

    def notices(self, bucket: str) -> Notices:
        """Return the notification configuration of a bucket."""
        answer = _NOTICES.ask(
            f"the notifications of {bucket}", self._s3.get_bucket_notification_configuration, Bucket=bucket
        )
        return Notices(
            tuple(_subscription(entry, entry[arn]) for name, arn in _LISTS.items() for entry in answer.get(name, ())),
            "EventBridgeConfiguration" in answer,
        )

    def queue(self, url: str) -> Queue:
        """Return the attributes of a queue."""
        answer = _QUEUE.ask(
            f"the queue {url}", self._sqs.get_queue_attributes, QueueUrl=url, AttributeNames=list(_ATTRIBUTES)
        )
        found = answer.get("Attributes", {})
        if str(found.get("QueueArn", "")).count(":") < 5:  # noqa: PLR2004 - arn:partition:sqs:region:account:name
            raise UnavailableError(f"the queue {url}: the response has no ARN; check QUEUE_URL and AWS_ENDPOINT_URL")
        return Queue(
            found["QueueArn"],
            _json(found.get("Policy", "")),
            found.get("KmsMasterKeyId", ""),
            int(found.get("ApproximateNumberOfMessages", 0)),
            int(found.get("ApproximateNumberOfMessagesNotVisible", 0)),
        )

    def rule(self, arn: str) -> Rule:
        """Return a rule, of the default event bus unless its ARN names another, and its targets."""
        *bus, name = arn.partition(":rule/")[2].split("/")
        named = {"EventBusName": bus[0]} if bus else {}
        found = _RULE.ask(f"the rule {name}", self._events.describe_rule, Name=name, **named)
        targets = _RULE.ask(f"the rule {name}", self._events.list_targets_by_rule, Rule=name, **named)
        return Rule(
            arn,
            found.get("State") != "DISABLED",
            _json(found.get("EventPattern", "")),
            frozenset(target["Arn"] for target in targets.get("Targets", ())),
        )

    def table(self, name: str) -> Mapping[str, str]:
        """Return the key attributes of a table, each with its type."""
        found = _TABLE.ask(f"the lease table {name}", self._dynamodb.describe_table, TableName=name)["Table"]
        types = {one["AttributeName"]: one["AttributeType"] for one in found.get("AttributeDefinitions", ())}
        return {one["AttributeName"]: types.get(one["AttributeName"], "") for one in found.get("KeySchema", ())}


def _subscription(entry: Mapping[str, Any], destination: str) -> Subscription:
    rules = entry.get("Filter", {}).get("Key", {}).get("FilterRules", ())
    filters = {str(rule["Name"]).lower(): rule["Value"] for rule in rules}
    return Subscription(
        destination, frozenset(entry.get("Events", ())), filters.get("prefix", ""), filters.get("suffix", "")
    )


def _json(text: str) -> Mapping[str, Any]:
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
