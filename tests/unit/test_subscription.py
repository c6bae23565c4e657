"""Whether notifications reach the queue: policies, rules and subscriptions in the forms in which AWS returns them."""

from typing import Any

import pytest

from connector import routesfile
from connector.core import policy
from connector.core.diagnosis import Status
from connector.core.site import Notices, Queue, Rule, Subscription
from connector.core.subscription import notified, unqueued
from local.aws.server import EVENTS

ARN = "arn:aws:sqs:eu-west-1:123456789012:queue"
RULE = "arn:aws:events:eu-west-1:123456789012:rule/lake"
ROUTES = routesfile.read(
    "connection: default/s3/1\n"
    'routes: [{name: r, bucket: lake, key: "in/{t}.csv"}, {name: any, bucket: lake, key: "in/**"}]',
    "routes.yaml",
).routes
EVERYTHING = frozenset(EVENTS)


def allowing(service: str = "s3", **changes: Any) -> dict[str, Any]:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": f"{service}.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": ARN,
    }
    return {"Statement": [statement | changes]}


def where(operator: str, **values: Any) -> dict[str, Any]:
    names = {"arn": "aws:SourceArn", "account": "aws:SourceAccount", "tls": "aws:SecureTransport", "ip": "aws:SourceIp"}
    return {"Condition": {operator: {names[name]: value for name, value in values.items()}}}


POLICIES = [
    pytest.param({}, False, id="none"),
    pytest.param(allowing(), True, id="S3"),
    pytest.param({"Statement": allowing()["Statement"][0]}, True, id="one statement"),
    pytest.param(allowing(Principal="*"), True, id="anybody"),
    pytest.param(allowing(Principal={"AWS": "*"}), True, id="any account"),
    pytest.param(allowing(Principal={"AWS": "arn:aws:iam::1:root"}), False, id="an account"),
    pytest.param(allowing("sns"), False, id="SNS"),
    pytest.param(allowing(Effect="Deny"), False, id="denied"),
    pytest.param(allowing(Action=["sqs:ReceiveMessage", "SQS:Send*"]), True, id="a wildcard"),
    pytest.param(allowing(Action="sqs:ReceiveMessage"), False, id="another action"),
    pytest.param(allowing(Resource="arn:aws:sqs:*:*:other"), False, id="another queue"),
    pytest.param(allowing(**where("ArnLike", arn="arn:aws:s3:*:*:lake")), True, id="a pattern"),
    pytest.param(allowing(**where("ArnEquals", arn=["arn:aws:s3:::a", "arn:aws:s3:::lake"])), True, id="a list"),
    pytest.param(allowing(**where("ArnLike", arn="arn:aws:s3:::other")), False, id="another bucket"),
    pytest.param(allowing(**where("StringEquals", account="123456789012")), True, id="the account"),
    pytest.param(allowing(**where("StringEquals", account="1")), False, id="another account"),
    pytest.param(allowing(**where("Bool", tls="true")), True, id="TLS"),
    pytest.param(allowing(**where("IpAddress", ip="10.0.0.0/8")), None, id="an address"),
    pytest.param(allowing(**where("ArnNotLike", arn="arn:aws:s3:::x")), None, id="another operator"),
]


@pytest.mark.parametrize(("document", "permitted"), POLICIES)
def test_policy(document: dict[str, Any], permitted: bool | None) -> None:
    """A policy lets S3 send, or not, or it is not known; what is not known is not taken as a yes."""
    queue = Queue(ARN, document)

    (found, *_) = notified("lake", Notices((Subscription(ARN, EVERYTHING),)), queue, [], ROUTES)

    assert policy.permits(queue, "lake") is permitted
    assert found.status == {True: Status.OK, False: Status.ERROR, None: Status.UNKNOWN}[permitted]


def test_rules() -> None:
    """The rules that may send are those that the policy names; it may name none, and yet let them send."""
    named, any_ = Queue(ARN, allowing("events", **where("ArnEquals", arn=RULE))), Queue(ARN, allowing("events"))

    assert (policy.rules(named), policy.bridges(named)) == ([RULE], True)
    assert (policy.rules(any_), policy.bridges(any_)) == ([], True)
    assert (policy.rules(Queue(ARN)), policy.bridges(Queue(ARN))) == ([], False)


def rule(enabled: bool = True, targets: tuple[str, ...] = (ARN,), **pattern: Any) -> Rule:
    return Rule(RULE, enabled, {"source": ["aws.s3"]} | pattern, frozenset(targets))


BRIDGED = [
    pytest.param([rule()], Status.OK, "by the rule lake", id="any bucket and any type"),
    pytest.param([rule(detail={"bucket": {"name": ["lake"]}})], Status.OK, "by the rule", id="the bucket"),
    pytest.param([rule(detail={"bucket": {"name": ["a"]}})], Status.ERROR, "does not name it", id="another bucket"),
    pytest.param([rule(detail={"bucket": "lake"})], Status.UNKNOWN, "cannot evaluate", id="no pattern"),
    pytest.param([rule(detail={"bucket": {"name": "lake"}})], Status.UNKNOWN, "cannot evaluate", id="no list"),
    pytest.param([rule(detail={"bucket": {"name": [{"prefix": "l"}]}})], Status.UNKNOWN, "cannot", id="a prefix"),
    pytest.param([rule(enabled=False)], Status.ERROR, "is disabled", id="disabled"),
    pytest.param([rule(targets=("other",))], Status.ERROR, "no rule is known", id="another target"),
    pytest.param([rule(**{"detail-type": ["Object Created"]})], Status.ERROR, "Object Deleted", id="only creations"),
    pytest.param(
        [rule(**{"detail-type": ["Object Created", "Object Deleted"]})], Status.WARNING, "outdated", id="no classes"
    ),
    pytest.param(
        [rule(**{"detail-type": [{"prefix": "Object"}]})], Status.UNKNOWN, "cannot evaluate", id="types by prefix"
    ),
    pytest.param([], Status.ERROR, "no rule is known", id="no rule"),
]


@pytest.mark.parametrize(("rules", "status", "fact"), BRIDGED)
def test_bridged(rules: list[Rule], status: Status, fact: str) -> None:
    """EventBridge sends to the queue if a rule is enabled that names the bucket and all types of events."""
    queue = Queue(ARN, allowing("events", **where("ArnEquals", arn=RULE)))

    (found,) = notified("lake", Notices(bridged=True), queue, rules, ROUTES)

    assert (found.status, fact in found.fact) == (status, True)
    assert found.step or status is Status.OK


SUBSCRIBED = [
    pytest.param([Subscription(ARN, EVERYTHING)], Status.OK, id="all"),
    pytest.param([Subscription(ARN, frozenset({"s3:*"}))], Status.OK, id="a wildcard for all"),
    pytest.param([Subscription(ARN, EVERYTHING, "in/")], Status.OK, id="a prefix of all keys"),
    pytest.param([Subscription(ARN, EVERYTHING, "in/", ".csv")], Status.ERROR, id="a suffix that one route has not"),
    pytest.param([Subscription(ARN, EVERYTHING, "in/a")], Status.ERROR, id="a longer prefix"),
    pytest.param(
        [Subscription(ARN, frozenset({event})) for event in sorted(EVERYTHING)], Status.OK, id="one after another"
    ),
    pytest.param([Subscription(ARN, EVERYTHING - {"s3:ObjectRemoved:*"})], Status.ERROR, id="no removals"),
    pytest.param([Subscription(ARN, EVERYTHING - {"s3:LifecycleTransition"})], Status.WARNING, id="no transitions"),
]


@pytest.mark.parametrize(("subscriptions", "status"), SUBSCRIBED)
def test_subscribed(subscriptions: list[Subscription], status: Status) -> None:
    """All kinds of events have to be sent, for all keys that a route takes."""
    found = notified("lake", Notices(tuple(subscriptions)), Queue(ARN, allowing()), [], ROUTES)

    assert found[0].status is status


def test_elsewhere() -> None:
    """Notifications that go to another queue, and rules that are not named, are told as that."""
    arn = "arn:aws:sqs:eu-west-1:1:other"
    (other,) = notified("lake", Notices((Subscription(arn, EVERYTHING),)), Queue(ARN), [], ROUTES)
    (relay,) = notified(
        "lake", Notices((Subscription("arn:aws:sns:eu-west-1:1:t", EVERYTHING),)), Queue(ARN), [], ROUTES
    )
    (unnamed,) = notified("lake", Notices(bridged=True), Queue(ARN, allowing("events")), [], ROUTES)

    assert (other.status, f"sends them to {arn}" in other.fact) == (Status.ERROR, True)
    assert (relay.status, "whether that leads here" in relay.fact) == (Status.UNKNOWN, True)
    assert (unnamed.status, "does not name the rules" in unnamed.fact) == (Status.UNKNOWN, True)


@pytest.mark.parametrize(
    ("notices", "status", "fact"),
    [
        pytest.param(Notices(), Status.ERROR, "sends none", id="none"),
        pytest.param(Notices(bridged=True), Status.UNKNOWN, "EventBridge", id="EventBridge"),
        pytest.param(Notices((Subscription("arn:topic", EVERYTHING),)), Status.UNKNOWN, "arn:topic", id="a topic"),
    ],
)
def test_unqueued(notices: Notices, status: Status, fact: str) -> None:
    """Where no queue is set, it is told where notifications go; whether that is right is not known."""
    found = unqueued("lake", notices)

    assert (found.status, fact in found.fact) == (status, True)
