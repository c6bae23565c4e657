"""For each way to set the connector up wrongly, `explain` or `check` names the cause in its first ten lines."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import boto3
import pytest
from pyatlan.model.assets import Table
from pyatlan.model.enums import AtlanDeleteType

from local.aws.faults import Fault, answers
from local.aws.faults import Kind as Aws_
from local.aws.server import EVENTS, POLICY
from local.catalog.faults import Kind
from tests.integration.scripted import Scripted
from tests.integration.shell import KEY, SHARED, Site
from tests.support import crawler
from tests.support.shop import CONNECTION, POSTGRES, SNOWFLAKE

pytestmark = pytest.mark.unmeasured  # tests/unit has every branch of it

Arrange = Callable[[Site], Any]


def routed(site: Site, **changes: Any) -> None:
    """Write one route with these fields changed."""
    world = site.world
    route = {"name": "all", "bucket": world.bucket, "key": "**", "source": world.source, "target": world.target}
    made = {name: value for name, value in (route | changes).items() if value is not None}
    world.route(routes=[made])


def keyed(site: Site, key: str, pattern: str = "exports/{schema}/{table}.csv") -> None:
    routed(site, key=pattern)
    site.put(key)


def denied(site: Site, operation: str, service: str = "s3", text: str = "", message: str = "") -> None:
    """Let AWS deny an operation."""
    answer = answers.error(service, 403, "AccessDenied")
    if message:
        answer = answers.xml(f"<Error><Code>AccessDenied</Code><Message>{message}</Message></Error>", 403)
    site.aws.faults.add(Fault(Aws_.ANSWER, service, operation, text, count=None, answer=answer))


def archived(site: Site) -> None:
    site.put(KEY)
    target = f"{SNOWFLAKE}/DB/{SHARED}/{site.world.bucket}"
    crawler.tables(site.world.client, {target: ["A"]})
    routed(site, target=target)
    guid = site.world.client.asset.get_by_qualified_name(target, Table).guid
    site.world.client.asset.purge_by_guid([guid], delete_type=AtlanDeleteType.SOFT)


def elsewhere(site: Site) -> None:
    """Let S3 say that the bucket is in another region."""
    headers = {"x-amz-bucket-region": "eu-west-1"}
    text = f"^/{site.world.bucket}/?\\?\n"
    site.aws.faults.add(Fault(Aws_.ALTERED, "s3", text=text, count=None, headers=headers))


def unrelated(site: Site) -> None:
    """Let the two tables have no column in common."""
    site.put(KEY)
    routed(site, target=f"{SNOWFLAKE}/DB/{SHARED}/OTHER")


def events(*kinds: str, **filters: str) -> Arrange:
    """Subscribe only to these kinds, and only for some keys."""

    def arrange(site: Site) -> None:
        rules = [{"Name": name, "Value": value} for name, value in filters.items()]
        filtered = {"Filter": {"Key": {"FilterRules": rules}}} if rules else {}
        site.notify({"QueueConfigurations": [{"QueueArn": site.arn, "Events": list(kinds), **filtered}]})

    return arrange


def other_queue(site: Site) -> None:
    arn = f"{site.arn}-dead"
    site.notify({"QueueConfigurations": [{"QueueArn": arn, "Events": list(EVENTS)}]})


def another_table(site: Site) -> None:
    with suppress(Exception):
        boto3.client("dynamodb").create_table(
            TableName="orders",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "N"}],
            BillingMode="PAY_PER_REQUEST",
        )
    site.set(LEASE_TABLE="orders")


def failed(site: Site) -> None:
    site.sqs.send_message(QueueUrl=site.queues.dead, MessageBody="{}")


def key_of_aws(site: Site) -> None:
    attributes = {"KmsMasterKeyId": "alias/aws/sqs"}
    site.sqs.set_queue_attributes(QueueUrl=site.queues.url, Attributes=attributes)


def bridged(**changes: Any) -> Arrange:
    return lambda site: site.rule(f"rule-{site.world.bucket}", **changes)


def put(key: str = KEY) -> Arrange:
    return lambda site: site.put(key)


def both(*steps: Arrange) -> Arrange:
    def arrange(site: Site) -> None:
        for step in steps:
            step(site)

    return arrange


def long_ago(site: Site) -> None:
    """Put an object that changed long ago, of which no notification came."""
    site.put(KEY)
    headers = {"Last-Modified": "Thu, 01 Jan 2026 00:00:00 GMT"}
    site.aws.faults.add(Fault(Aws_.ALTERED, "s3", "GetObject", count=None, headers=headers))


def conditional(operator: str, name: str, value: str) -> dict[str, Any]:
    """Return the policy of the queue with another condition."""
    return {"Statement": {**POLICY["Statement"][0], "Condition": {operator: {name: value}}}}


def uncrawled(site: Site) -> None:
    """Have an object of a table that Atlan does not know."""
    site.put("exports/shop/orders.csv")
    routed(site, key="exports/{schema}/{table}.csv", source=f"{POSTGRES}/shop/{{schema}}/{{table}}")


def differing(site: Site) -> None:
    """Have a file with a column that no table has, and without one that both have."""
    site.put(KEY, "id,total,surprise")
    site.world.notify(KEY)


EXPLAINED = [
    pytest.param(differing, KEY, "does not have surprise, which the file has", id="header"),
    pytest.param(put(), KEY, "so its notification may still be under way", id="just now"),
    pytest.param(
        long_ago, KEY, "Atlan does not have the object: its notification was not applied", id="no notification"
    ),
    pytest.param(lambda site: None, KEY, "there is no object of this key", id="no such object"),
    pytest.param(put("b.csv"), "B.csv", "S3 has others that resemble it", id="case of a key"),
    pytest.param(
        both(put(), lambda site: site.world.route(connection="default/s3/9")),
        KEY,
        f"Atlan has no active connection default/s3/9, but it has {CONNECTION}",
        id="wrong S3 connection",
    ),
    pytest.param(
        both(put(), lambda site: routed(site, source=site.world.source.replace("/2/", "/99/"))),
        KEY,
        "Atlan has no connection default/postgres/99",
        id="wrong source connection",
    ),
    pytest.param(
        both(put(), lambda site: routed(site, source=f"prod/{site.world.source.partition('/')[2]}")),
        KEY,
        "Atlan has no connection prod/postgres/2",
        id="wrong prefix of a qualified name",
    ),
    pytest.param(
        both(put(), lambda site: routed(site, target=site.world.target.replace("ORDERS", "orders"))),
        KEY,
        "(another case)",
        id="case of a table",
    ),
    pytest.param(
        both(put(), lambda site: routed(site, source=site.world.source.replace("/shop/", "/sales/"))),
        KEY,
        "(another database)",
        id="wrong database",
    ),
    pytest.param(
        both(put(), lambda site: routed(site, source=site.world.source.replace("/shop/", "/SHOP/"))),
        KEY,
        "(another case)",
        id="case of a database",
    ),
    pytest.param(archived, KEY, "is archived in Atlan", id="archived table"),
    pytest.param(unrelated, KEY, "the tables have no column in common", id="no common column"),
    pytest.param(
        both(put(), lambda site: routed(site, target=None)), KEY, "it names no target", id="route without a target"
    ),
    pytest.param(
        both(put(), lambda site: routed(site, source=None, target=None)),
        KEY,
        "it names no source and no target",
        id="route without tables",
    ),
    pytest.param(
        lambda site: keyed(site, "exports/orders.csv"),
        "exports/orders.csv",
        "the pattern goes on with `{schema}/{table}.csv`, and the key ends with `orders.csv`",
        id="a segment too few",
    ),
    pytest.param(
        lambda site: keyed(site, "exports/a/b/orders.csv"),
        "exports/a/b/orders.csv",
        "the pattern ends with `{table}.csv`, and the key goes on with `b/orders.csv`",
        id="a segment too many",
    ),
    pytest.param(
        lambda site: keyed(site, "Exports/a/orders.csv"),
        "Exports/a/orders.csv",
        "the key has `Exports`; only the case is different",
        id="case of a segment",
    ),
    pytest.param(
        both(put("x/_SUCCESS"), lambda site: site.world.route(exclude=["**/_SUCCESS"])),
        "x/_SUCCESS",
        "matches the pattern **/_SUCCESS of `exclude`",
        id="excluded",
    ),
    pytest.param(put("new/"), "new/", "a folder marker of the S3 console", id="folder marker"),
    pytest.param(put("a b+é.csv"), "a+b%2B%C3%A9.csv", "is URL-encoded", id="key as a notification has it"),
    pytest.param(
        both(put(), lambda site: denied(site, "GetObject")),
        KEY,
        "grant the role s3:GetObject, s3:ListBucket",
        id="no s3:GetObject",
    ),
    pytest.param(
        both(
            put(),
            lambda site: denied(
                site, "GetObject", message="User x is not authorized to perform: kms:Decrypt on the resource y"
            ),
        ),
        KEY,
        "S3 denies access (AccessDenied: kms:Decrypt)",
        id="no kms:Decrypt",
    ),
    pytest.param(
        both(put(), lambda site: site.world.fails(kind=Kind.STATUS, status=401, count=None)),
        KEY,
        "Atlan rejects the API key",
        id="rotated API key",
    ),
    pytest.param(
        lambda site: site.world.s3.delete_bucket(Bucket=site.world.bucket),
        KEY,
        "The specified bucket does not exist",
        id="no bucket",
    ),
]


@pytest.mark.parametrize(("arrange", "key", "cause"), EXPLAINED)
def test_explain(site: Site, arrange: Arrange, key: str, cause: str) -> None:
    """The cause is at the top, with the next step below it, and the exit status says that something is wrong."""
    arrange(site)

    status = site.explain(key)

    assert cause in site.top
    assert "next: " in site.top
    assert status in (1, 75) or arrange is differing  # which is in sync: the file decides


CHECKED = [
    pytest.param(
        lambda site: site.world.s3.delete_bucket(Bucket=site.world.bucket), 1, "S3 has no such bucket", id="no bucket"
    ),
    pytest.param(elsewhere, 1, "it is in eu-west-1, and the queue in us-east-1", id="bucket of another region"),
    pytest.param(
        lambda site: site.world.route(connection="default/s3/9"),
        1,
        f"Atlan has no active connection default/s3/9, but it has {CONNECTION}",
        id="wrong S3 connection",
    ),
    pytest.param(
        lambda site: routed(site, source=f"{POSTGRES}9/shop/public/orders"),
        1,
        f"Atlan has no active connection {POSTGRES}9",
        id="wrong source connection",
    ),
    pytest.param(
        lambda site: routed(site, source=f"{site.world.source}s"), 1, "(a similar name)", id="table of a literal route"
    ),
    pytest.param(
        uncrawled,
        1,
        f"Atlan has no table {POSTGRES}/shop/shop/orders",
        id="table of a route with variables",
    ),
    pytest.param(
        both(put(), lambda site: denied(site, "GetObject")), 1, "grant the role s3:GetObject", id="no s3:GetObject"
    ),
    pytest.param(lambda site: denied(site, "ListObjectsV2"), 1, "s3:ListBucket", id="no s3:ListBucket"),
    pytest.param(
        lambda site: site.world.fails(kind=Kind.STATUS, status=401, count=None),
        1,
        "replace ATLAN_API_KEY",
        id="rotated API key",
    ),
    pytest.param(
        lambda site: site.world.fails(kind=Kind.STATUS, status=403, path="Connection", count=None),
        1,
        "give the API key a persona or policy that may read the connection",
        id="connection that the key may not read",
    ),
    pytest.param(
        events("s3:ObjectCreated:*"), 1, "not sent: s3:ObjectRemoved:*, s3:LifecycleExpiration:*", id="only creations"
    ),
    pytest.param(events(*EVENTS[:3]), 0, "storage classes may become outdated", id="no transitions"),
    pytest.param(events(*EVENTS, prefix="in/"), 1, "filtered by in/*", id="a prefix that is too narrow"),
    pytest.param(lambda site: site.notify({}), 1, "the bucket sends none", id="no notifications"),
    pytest.param(other_queue, 1, "and not to the queue, and EventBridge is off", id="another queue"),
    pytest.param(lambda site: site.policy(""), 1, "does not let S3 send notifications", id="queue without a policy"),
    pytest.param(lambda site: site.set(QUEUE_URL=f"{site.queues.url}x"), 1, "QUEUE_URL", id="no queue"),
    pytest.param(failed, 0, "1 messages failed", id="dead letters"),
    pytest.param(lambda site: site.set(LEASE_TABLE="none"), 1, "the lease table none", id="no lease table"),
    pytest.param(another_table, 1, "make a table whose only key is `connection`", id="another table"),
    pytest.param(bridged(), 0, "by the rule rule-", id="EventBridge"),
    pytest.param(
        both(bridged(), lambda site: site.policy(POLICY)),
        1,
        "no rule is known that sends",
        id="EventBridge without a rule",
    ),
    pytest.param(bridged(state="DISABLED"), 1, "is disabled", id="disabled rule"),
    pytest.param(
        bridged(**{"detail-type": ["Object Created"]}), 1, "not sent: Object Deleted", id="rule without deletions"
    ),
    pytest.param(
        lambda site: denied(site, "", text=f"{site.world.bucket}.*notification"),
        3,
        "grant s3:GetBucketNotification",
        id="no s3:GetBucketNotification",
    ),
    pytest.param(
        lambda site: denied(site, "GetQueueAttributes", "sqs"),
        3,
        "grant sqs:GetQueueAttributes",
        id="no sqs:GetQueueAttributes",
    ),
    pytest.param(
        lambda site: denied(site, "DescribeTable", "dynamodb"),
        3,
        "grant dynamodb:DescribeTable",
        id="no dynamodb:DescribeTable",
    ),
    pytest.param(
        lambda site: site.set(QUEUE_URL=None, DEAD_LETTER_QUEUE_URL=None),
        3,
        "QUEUE_URL is not set",
        id="no setting of a queue",
    ),
    pytest.param(lambda site: site.set(ATLAN_API_KEY_SECRET="none"), 1, "the secret none", id="no secret"),
    pytest.param(
        lambda site: site.set(ATLAN_BASE_URL=f"{site.world.server.url}/api"),
        2,
        "has a path or more",
        id="address with a path",
    ),
    pytest.param(lambda site: site.set(DEPLOYMENT=None), 2, "DEPLOYMENT is not set", id="no name of a deployment"),
    pytest.param(lambda site: site.set(BUCKETS="other"), 2, "other", id="routes for another bucket"),
    pytest.param(lambda site: site.set(ROUTES="none.yaml"), 2, "ROUTES names no file", id="no routes file"),
    pytest.param(lambda site: None, 0, "there is no object at s3://lake-", id="an empty bucket"),
]


@pytest.mark.parametrize(("arrange", "status", "cause"), CHECKED)
def test_check(site: Site, arrange: Arrange, status: int, cause: str) -> None:
    """The cause is at the top, with the next step below it, and the exit status is as documented."""
    arrange(site)

    ended = site.check()

    assert cause in site.top if status else cause in site.text
    assert ended == status
    assert "next: " in site.text


def test_proxy(site: Site) -> None:
    """A login page in Atlan's place is named as that, by both commands."""
    site.put(KEY)
    with Scripted() as script:
        script.answers = dict.fromkeys(("GET", "POST"), (200, "<html>Sign in</html>"))
        site.set(ATLAN_BASE_URL=script.url)

        assert site.check() == 1
        assert "not the response of Atlan" in site.top
        assert site.explain() == 75
        assert "not the response of Atlan" in site.top


def test_another_bucket(site: Site) -> None:
    """A bucket that no route names is told with the name that was probably meant."""
    site.put(KEY)

    assert site.run("explain", f"s3://{site.world.bucket}s/{KEY}") == 1
    assert f"no route is for the bucket {site.world.bucket}s" in site.top
    assert f"python -m connector explain s3://{site.world.bucket}/{KEY}" in site.text
