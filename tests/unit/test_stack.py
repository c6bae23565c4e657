"""The stack as CloudFormation gets it: transformed, with its conditions and rules evaluated, for several choices."""

import json
import re
import tomllib
from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import boto3
import pytest
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

from connector import config
from connector.core import budget
from connector.core.envelope import records
from connector.core.notification import Notification, Record, S3TestEvent
from connector.core.slice import Everywhere
from connector.log import Metric
from local.aws.server import EVENTS
from tests.unit.test_architecture import settings

TEMPLATE = Path(__file__).parents[2] / "template.yaml"
GIVEN = {
    "AWS::Region": "eu-central-1",
    "AWS::Partition": "aws",
    "AWS::URLSuffix": "amazonaws.com",
    "AWS::AccountId": "123456789012",
    "AWS::StackName": "connector",
    "AWS::StackId": "arn:aws:cloudformation:eu-central-1:123456789012:stack/connector/6f9d2a10-5b1c-11ef-8c7b-0a1b",
    "AtlanBaseUrl": "https://acme.atlan.com",
    "AtlanApiKeySecret": "atlan-api-key",
}
SECRET = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:atlan-api-key-Ab12Cd"
KEY = "arn:aws:kms:eu-central-1:123456789012:key/11111111-2222-3333-4444-555555555555"
BOUNDARY = "arn:aws:iam::123456789012:policy/boundary"
OPTIONS = {
    "AtlanApiKeySecret": SECRET,
    "KmsKeys": f"{KEY},{KEY}0",
    "Email": "data@acme.example",
    "SubnetIds": "subnet-0123456789abcdef0,subnet-0123456789abcdef1",
    "SecurityGroupIds": "sg-0123456789abcdef0",
    "PermissionsBoundary": BOUNDARY,
    "OldVersionDays": 30,
    "SnapStart": "false",
}
MODES = {
    "created": {"CreatedBucket": "acme-exports"},
    "existing": {"ExistingBuckets": "acme-exports"},
    "several": {"CreatedBucket": "acme-exports", "ExistingBuckets": "acme-raw,My_Bucket"},
    "created, all options": {"CreatedBucket": "acme-exports", **OPTIONS},
    "existing, all options": {"ExistingBuckets": "acme-exports", **OPTIONS},
}
STARRED = {
    r"arn:\*:s3:::[\w.-]+(/\*)?": "the objects of one bucket; an account is in one partition",
    r"LogGroup\.Arn": "ends in :*, as Lambda needs it to open streams",
    r".+:secret:atlan-api-key-\?{6}": "Secrets Manager appends six characters to the name",
}
NETWORK = {
    "ec2:CreateNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:DeleteNetworkInterface",
    "ec2:AssignPrivateIpAddresses",
    "ec2:UnassignPrivateIpAddresses",
}
"""
Those of the function's interfaces in subnets; for them, Lambda needs all resources.

Source: AWS managed policy AWSLambdaVPCAccessExecutionRole.
"""
ABSENT = object()


@cache
def _parsed() -> dict[str, Any]:
    parsed: dict[str, Any] = yaml_parse(TEMPLATE.read_text(encoding="utf-8"))
    return parsed


def template() -> dict[str, Any]:
    """The template, for the caller to change."""
    return deepcopy(_parsed())


class Stack:
    """The template with parameters and conditions evaluated."""

    def __init__(self, **chosen: Any) -> None:
        source = template()
        source["Resources"]["ConnectorFunction"]["Properties"]["CodeUri"] = {"Bucket": "artifacts", "Key": "function"}
        defaults = {name: parameter.get("Default") for name, parameter in source["Parameters"].items()}
        self.parameters = {**defaults, **GIVEN, **chosen}
        session = boto3.Session(region_name=GIVEN["AWS::Region"])
        translated = Translator({}, Parser(), boto_session=session).translate(source, self.parameters)
        self._conditions = translated["Conditions"]
        self._rules = translated["Rules"]
        self.raw: dict[str, Any] = translated["Resources"]
        self.resources = {
            name: self.decide(resource)
            for name, resource in self.raw.items()
            if "Condition" not in resource or self._holds(resource["Condition"])
        }
        self.outputs = self.decide(translated["Outputs"])

    def of(self, kind: str) -> dict[str, Any]:
        """The properties of the resources of a type, by name."""
        return {name: each["Properties"] for name, each in self.resources.items() if each["Type"] == kind}

    def statements(self) -> Iterator[dict[str, Any]]:
        """Every statement of every policy."""
        for node in walk(self.resources):
            if isinstance(node, dict) and "Statement" in node:
                yield from node["Statement"]

    def refusals(self) -> list[str]:
        """What the rules say against the parameters."""
        rules = [
            rule for rule in self._rules.values() if self._true(rule.get("RuleCondition", {"Fn::Equals": ["", ""]}))
        ]
        assertions = [each for rule in rules for each in rule["Assertions"]]
        return [each["AssertDescription"] for each in assertions if not self._true(each["Assert"])]

    def conditional(self, node: Any) -> set[str]:
        """The parameters on which the conditions in a node depend."""
        conditions = [each["Fn::If"][0] for each in walk(node) if isinstance(each, dict) and "Fn::If" in each]
        found = {name for condition in conditions for name in named(self._conditions[condition])}
        return found.union(
            *(self.conditional({"Fn::If": [name]}) for each in conditions for name in self._nested(each))
        )

    def _nested(self, condition: str) -> list[str]:
        return [
            each["Condition"]
            for each in walk(self._conditions[condition])
            if isinstance(each, dict) and "Condition" in each
        ]

    def decide(self, node: Any) -> Any:
        """Insert parameters, take one branch of each condition, remove AWS::NoValue, and evaluate what is known."""
        match node:
            case {"Fn::If": [condition, yes, no]}:
                return self.decide(yes if self._holds(condition) else no)
            case {"Ref": "AWS::NoValue"}:
                return ABSENT
            case {"Ref": name} if name in self.parameters:
                return self.parameters[name]
            case {"Fn::Sub": str(text)}:
                return self._filled(text, {})
            case {"Fn::Sub": [text, names]}:
                return self._filled(text, self.decide(names))
        return self._joined(self._within(node))

    def _filled(self, text: str, names: dict[str, str]) -> Any:
        known = {**self.parameters, **names}
        text = re.sub(r"\$\{([\w:]+)\}", lambda found: str(known.get(found[1], found[0])), text)
        return {"Fn::Sub": text} if "${" in text else text

    def _joined(self, node: Any) -> Any:
        match node:
            case {"Fn::Split": [separator, str(text)]}:
                return text.split(separator)
            case {"Fn::Join": [separator, [*parts]]} if all(isinstance(part, str) for part in parts):
                return separator.join(parts)
            case {"Fn::Select": [index, [*parts]]}:
                return parts[int(index)]
        return node

    def _within(self, node: Any) -> Any:
        if isinstance(node, list):
            return [value for value in map(self.decide, node) if value is not ABSENT]
        if isinstance(node, dict):
            decided = {name: self.decide(value) for name, value in node.items()}
            return {name: value for name, value in decided.items() if value is not ABSENT}
        return node

    def _holds(self, condition: str) -> bool:
        return self._true(self._conditions[condition])

    def _true(self, condition: Any) -> bool:
        match condition:
            case {"Condition": name}:
                return self._holds(name)
            case {"Fn::Not": [negated]}:
                return not self._true(negated)
            case {"Fn::And": conditions}:
                return all(map(self._true, conditions))
            case {"Fn::Or": conditions}:
                return any(map(self._true, conditions))
            case {"Fn::Contains": [values, value]}:
                return str(self.decide(value)) in self.decide(values)
        left, right = map(self.decide, condition["Fn::Equals"])
        return str(left) == str(right)


def _record(event: str) -> Record:
    """Read the record of an event of S3."""
    s3 = {"bucket": {"name": "acme"}, "object": {"key": "a"}}
    fields = {"eventVersion": "2.1", "eventSource": "aws:s3", "eventName": event.removeprefix("s3:"), "s3": s3}
    (found,) = records({"Records": [fields]})
    return found


def walk(node: Any) -> Iterator[Any]:
    """Yield a node and all its descendants."""
    yield node
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from walk(child)


def named(node: Any) -> Iterator[str]:
    """Yield the resources that a node refers to."""
    for each in walk(node):
        match each:
            case {"Ref": name} | {"Fn::GetAtt": [name, _]}:
                yield name
            case {"Fn::GetAtt": str(path)}:
                yield path.partition(".")[0]
            case {"Fn::Sub": str(text)}:
                yield from (found.partition(".")[0] for found in re.findall(r"\$\{([\w.:]+)\}", text))
            case {"DependsOn": depends}:
                yield from [depends] if isinstance(depends, str) else depends


def buckets(stack: Stack) -> list[str]:
    """Return the names of all buckets of a stack."""
    given = f"{stack.parameters['CreatedBucket']},{stack.parameters['ExistingBuckets']}"
    return [name for name in given.split(",") if name]


def several(value: Any) -> list[Any]:
    """Return a list of one or many values of a policy."""
    return value if isinstance(value, list) else [value]


def written(resource: Any) -> str:
    """A resource of a statement as text: an ARN, or the attribute that it is taken from."""
    match resource:
        case {"Fn::GetAtt": [name, attribute]}:
            return f"{name}.{attribute}"
        case {"Ref": name}:
            return str(name)
        case {"Fn::Sub": text}:
            return str(text)
    return str(resource)


@pytest.fixture(scope="module", params=MODES.values(), ids=MODES.keys())
def stack(request: pytest.FixtureRequest) -> Stack:
    return Stack(**request.param)


@pytest.fixture(scope="module")
def created() -> Stack:
    return Stack(**MODES["created"])


@pytest.fixture(scope="module")
def existing() -> Stack:
    return Stack(**MODES["existing"])


def test_synthesises(stack: Stack) -> None:
    """In each mode all references resolve, without cycles."""
    edges = {name: set(named(resource)) for name, resource in stack.resources.items()}

    assert not set().union(*edges.values(), named(stack.outputs)) - stack.resources.keys()
    TopologicalSorter(edges).prepare()


def test_least_privilege(stack: Stack) -> None:
    """No permission is for all actions or all resources, but for those that AWS has no narrower name for."""
    assert any(statement["Effect"] == "Allow" for statement in stack.statements())
    for statement in stack.statements():
        if statement["Effect"] == "Allow" and set(several(statement["Action"])) != NETWORK:
            assert not [action for action in several(statement["Action"]) if "*" in action]
            starred = {
                written(each) for each in several(statement.get("Resource", [])) if re.search(r"[*?]", str(each))
            }
            assert [each for each in starred if not any(re.fullmatch(known, each) for known in STARRED)] == []
            assert statement.get("Principal") != "*"


def test_role(stack: Stack) -> None:
    """The function may read objects, list buckets, read one secret and write to its own table, queues and log."""
    role = stack.of("AWS::IAM::Role")["Role"]
    granted: dict[str, set[str]] = {}
    for statement in role["Policies"][0]["PolicyDocument"]["Statement"]:
        for resource in several(statement["Resource"]) if statement["Effect"] == "Allow" else ():
            granted.setdefault(written(resource), set()).update(several(statement["Action"]))

    wanted = {
        "LeaseTable.Arn": {"dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DescribeTable"},
        "Queue.Arn": {
            "sqs:ReceiveMessage",
            "sqs:DeleteMessage",
            "sqs:GetQueueAttributes",
            "sqs:ChangeMessageVisibility",
            "sqs:SendMessage",
        },
        "DeadLetterQueue.Arn": {"sqs:SendMessage", "sqs:GetQueueAttributes"},
        "LogGroup.Arn": {"logs:CreateLogStream", "logs:PutLogEvents"},
    }
    for name in buckets(stack):
        wanted |= {f"arn:*:s3:::{name}/*": {"s3:GetObject"}}
        wanted |= {f"arn:*:s3:::{name}": {"s3:ListBucket", "s3:GetBucketNotification"}}
    if stack.parameters["ExistingBuckets"]:
        wanted["Rule.Arn"] = {"events:DescribeRule", "events:ListTargetsByRule"}
    wanted |= {key: {"kms:Decrypt"} for key in filter(None, stack.parameters["KmsKeys"].split(","))}
    wanted |= {"*": NETWORK} if stack.parameters["SubnetIds"] else {}
    secret = stack.parameters["AtlanApiKeySecret"]
    named = f"arn:aws:secretsmanager:eu-central-1:123456789012:secret:{secret}-??????"
    wanted[secret if secret == SECRET else named] = {"secretsmanager:GetSecretValue"}
    assert granted == wanted
    assert "ManagedPolicyArns" not in role


def test_boundary(stack: Stack) -> None:
    """Every role has the permissions boundary that was given, and none has one otherwise."""
    wanted = stack.parameters["PermissionsBoundary"] or None

    assert [role.get("PermissionsBoundary") for role in stack.of("AWS::IAM::Role").values()] == [wanted]


def test_network(stack: Stack) -> None:
    """The function is in the subnets that were given; its own code may then not use Lambda's permissions on them."""
    function, role = stack.of("AWS::Lambda::Function")["ConnectorFunction"], stack.of("AWS::IAM::Role")["Role"]
    denied = [each for each in role["Policies"][0]["PolicyDocument"]["Statement"] if each["Effect"] == "Deny"]

    if not stack.parameters["SubnetIds"]:
        assert "VpcConfig" not in function
        assert not denied
        return
    assert function["VpcConfig"] == {
        "SubnetIds": stack.parameters["SubnetIds"].split(","),
        "SecurityGroupIds": stack.parameters["SecurityGroupIds"].split(","),
    }
    assert [(each["Action"], *each["Condition"]["ArnLike"]) for each in denied] == [
        ("ec2:*", "lambda:SourceFunctionArn")
    ]


def test_encrypted_in_transit_and_at_rest(stack: Stack) -> None:
    """Both queues, the topic and a new bucket reject plain HTTP, and the queues have an encryption that S3 supports."""
    refused = {
        written(resource)
        for statement in stack.statements()
        if statement["Effect"] == "Deny"
        and statement.get("Principal") == "*"
        and statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
        for resource in several(statement["Resource"])
    }

    assert {"Queue.Arn", "DeadLetterQueue.Arn"} <= refused
    assert ("Topic" in refused) is bool(stack.parameters["Email"])
    assert ("Bucket.Arn" in refused) is bool(stack.parameters["CreatedBucket"])
    assert len(stack.of("AWS::SQS::Queue")) >= 2
    assert all(queue["SqsManagedSseEnabled"] for queue in stack.of("AWS::SQS::Queue").values())


def test_patience(stack: Stack) -> None:
    """
    The visibility timeout covers six times the function's and the batch window; the maximum of receives, the retention.

    Source: Lambda Developer Guide, "Using Lambda with Amazon SQS": six times the timeout, plus the batch window.
    """
    window = template()["Parameters"]["BatchSeconds"]["MaxValue"]
    function, queue = stack.of("AWS::Lambda::Function")["ConnectorFunction"], stack.of("AWS::SQS::Queue")["Queue"]

    assert queue["VisibilityTimeout"] >= 6 * function["Timeout"] + window
    assert queue["VisibilityTimeout"] >= budget.LONGEST_RETRY
    assert queue["RedrivePolicy"]["deadLetterTargetArn"] == {"Fn::GetAtt": ["DeadLetterQueue", "Arn"]}
    assert queue["RedrivePolicy"]["maxReceiveCount"] == 1000
    assert queue["RedrivePolicy"]["maxReceiveCount"] * queue["VisibilityTimeout"] < queue["MessageRetentionPeriod"]


def test_source(stack: Stack) -> None:
    """The queue invokes the alias, which has the snapshot, with partial batch responses and limited concurrency."""
    (source,) = stack.of("AWS::Lambda::EventSourceMapping").values()

    assert source["FunctionName"] == {"Ref": "ConnectorFunctionAliaslive"}
    assert stack.resources["ConnectorFunctionAliaslive"]["Type"] == "AWS::Lambda::Alias"
    assert source["EventSourceArn"] == {"Fn::GetAtt": ["Queue", "Arn"]}
    assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert source["ScalingConfig"]["MaximumConcurrency"] >= 2


def test_direct(stack: Stack) -> None:
    """A direct invocation of the alias that fails permanently goes to the dead-letter queue."""
    (config,) = stack.of("AWS::Lambda::EventInvokeConfig").values()

    assert config["Qualifier"] == "live"
    assert config["DestinationConfig"]["OnFailure"]["Destination"] == {"Fn::GetAtt": ["DeadLetterQueue", "Arn"]}


def test_versions(created: Stack) -> None:
    """
    Every change of the function is a new version, and the previous version is deleted.

    The number of the settings changes with every parameter of the function. It is in the function, too, because Lambda
    publishes no version of an unchanged function.
    """
    function = created.raw["ConnectorFunction"]["Properties"]
    (version,) = (each for each in created.raw.values() if each["Type"] == "AWS::Lambda::Version")
    parameters = template()["Parameters"].keys()
    content = created.raw["Settings"]["Properties"]["Content"]
    used = (parameters & set(named(function))) | (parameters & created.conditional(function))

    assert version["DeletionPolicy"] == "Delete"
    assert {"ExistingBuckets", "AtlanBaseUrl", "SubnetIds", "SnapStart", "Deployment", "MemorySize"} <= used
    assert used == parameters & set(named(content))
    assert version["Properties"]["Description"] == {"Fn::Sub": "settings ${Settings.VersionNumber}"}
    assert "Settings" in named(function["Description"])


@pytest.mark.parametrize(("chosen", "applied"), [("true", "PublishedVersions"), ("false", "None")])
def test_snapshot(chosen: str, applied: str) -> None:
    """SnapStart can be switched off where Lambda does not offer it."""
    stack = Stack(**MODES["created"], SnapStart=chosen)

    assert stack.of("AWS::Lambda::Function")["ConnectorFunction"]["SnapStart"] == {"ApplyOn": applied}


def test_created_bucket(created: Stack) -> None:
    """A new bucket sends its notifications to the queue, whose policy names bucket and account beforehand."""
    bucket = created.resources["Bucket"]
    sent = {each["Event"] for each in bucket["Properties"]["NotificationConfiguration"]["QueueConfigurations"]}

    assert bucket["Properties"]["BucketName"] == "acme-exports"
    assert sent == set(EVENTS)
    for event in sent:
        assert isinstance(_record(event.replace("*", "Something")), Notification)
    assert bucket["DependsOn"] == "QueuePolicy"
    assert "Rule" not in created.resources


def test_senders(stack: Stack) -> None:
    """
    The queue accepts S3's own notifications of all buckets, those of the rules, and no others.

    Also those of existing buckets: a bucket that the stack created keeps its notifications when it becomes one of them.
    """
    statements = stack.of("AWS::SQS::QueuePolicy")["QueuePolicy"]["PolicyDocument"]["Statement"]
    allowed = {each["Sid"]: each for each in statements if each["Effect"] == "Allow"}
    senders = {"Buckets": "s3.amazonaws.com"}
    senders |= {"Rule": "events.amazonaws.com"} if stack.parameters["ExistingBuckets"] else {}

    assert {sid: each["Principal"]["Service"] for sid, each in allowed.items()} == senders
    assert allowed["Buckets"]["Condition"] == {
        "ArnLike": {"aws:SourceArn": [f"arn:*:s3:::{name}" for name in buckets(stack)]},
        "StringEquals": {"aws:SourceAccount": GIVEN["AWS::AccountId"]},
    }
    for each in [allowed["Rule"]] if "Rule" in allowed else []:
        assert each["Condition"] == {"ArnEquals": {"aws:SourceArn": {"Fn::GetAtt": ["Rule", "Arn"]}}}


@pytest.mark.parametrize("mode", ["existing", "several"])
def test_existing_buckets(mode: str) -> None:
    """An existing bucket is left alone: only an EventBridge rule for those buckets sends to the queue."""
    stack = Stack(**MODES[mode])
    rule = stack.of("AWS::Events::Rule")["Rule"]
    (target,) = rule["Targets"]
    made = [each for each in stack.resources.values() if each["Type"] == "AWS::S3::Bucket"]

    assert [each["Properties"]["BucketName"] for each in made] == (["acme-exports"] if mode == "several" else [])
    assert rule["EventPattern"]["detail"]["bucket"]["name"] == stack.parameters["ExistingBuckets"].split(",")
    assert set(rule["EventPattern"]["detail-type"]) == {
        "Object Created",
        "Object Deleted",
        "Object Storage Class Changed",
        "Object Restore Completed",
        "Object Restore Expired",
    }
    for kind in rule["EventPattern"]["detail-type"]:
        event = {"source": "aws.s3", "detail-type": kind, "detail": {"bucket": {"name": "b01"}, "object": {"key": "k"}}}
        assert isinstance(records(event)[0], Notification)
    assert target["Arn"] == {"Fn::GetAtt": ["Queue", "Arn"]}
    assert target["DeadLetterConfig"]["Arn"] == {"Fn::GetAtt": ["DeadLetterQueue", "Arn"]}
    undelivered = stack.of("AWS::SQS::QueuePolicy")["DeadLetterQueuePolicy"]["PolicyDocument"]["Statement"][0]
    assert undelivered["Principal"] == {"Service": "events.amazonaws.com"}
    assert undelivered["Condition"] == {"ArnEquals": {"aws:SourceArn": {"Fn::GetAtt": ["Rule", "Arn"]}}}


@pytest.mark.parametrize("letters", [8, 63])
def test_longest_list(letters: int) -> None:
    """
    The longest list of buckets fits into what AWS allows, if the names are not all shorter than eight letters.

    Sources: EventBridge quotas: 2,048 characters in an event pattern. SQS quotas: 8,192 bytes in a policy. IAM quotas:
    10,240 characters in all inline policies of a role, without whitespace.
    """
    most = template()["Parameters"]["ExistingBuckets"]["MaxLength"]
    stack = Stack(ExistingBuckets=",".join(["a" * letters] * ((most + 1) // (letters + 1))), **OPTIONS)
    limited = {
        2048: stack.of("AWS::Events::Rule")["Rule"]["EventPattern"],
        8192: stack.of("AWS::SQS::QueuePolicy")["QueuePolicy"]["PolicyDocument"],
        10240: stack.of("AWS::IAM::Role")["Role"]["Policies"][0]["PolicyDocument"],
    }

    sizes = {limit: len(json.dumps(each, separators=(",", ":"))) for limit, each in limited.items()}

    assert {limit: size for limit, size in sizes.items() if size > limit} == {}


def test_heartbeat(stack: Stack) -> None:
    """
    A test event reaches the version each day: within 14 days, after which Lambda deactivates an idle one.

    It is no message of the queue, since these mean that a bucket is in use.
    """
    heartbeat = stack.of("AWS::Events::Rule")["ConnectorFunctionHeartbeat"]
    permission = stack.of("AWS::Lambda::Permission")["ConnectorFunctionHeartbeatPermission"]
    (target,) = heartbeat["Targets"]

    assert heartbeat["ScheduleExpression"] == "rate(1 day)"
    assert target["Arn"] == permission["FunctionName"] == {"Ref": "ConnectorFunctionAliaslive"}
    assert permission["Principal"] == "events.amazonaws.com"
    assert records(json.loads(target["Input"])) == (S3TestEvent("heartbeat"),)


@pytest.mark.parametrize(
    ("schedule", "state"), [("", "DISABLED"), ("rate(1 day)", "ENABLED"), ("cron(0 3 ? * SUN *)", "ENABLED")]
)
def test_sweeps(schedule: str, state: str) -> None:
    """A schedule, off by default, orders a sweep of all buckets from the function, which sends an order for each."""
    stack = Stack(**MODES["created"], SweepSchedule=schedule)
    rule = stack.of("AWS::Events::Rule")["ConnectorFunctionSweep"]
    permission = stack.of("AWS::Lambda::Permission")["ConnectorFunctionSweepPermission"]
    (target,) = rule["Targets"]

    assert rule["State"] == state
    assert not schedule or rule["ScheduleExpression"] == schedule
    assert target["Arn"] == permission["FunctionName"] == {"Ref": "ConnectorFunctionAliaslive"}
    assert records(json.loads(target["Input"])) == (Everywhere(),)


@pytest.mark.parametrize(("days", "expiring"), [(0, []), (30, [30])])
def test_old_versions(days: int, expiring: list[int]) -> None:
    """Old versions in a new bucket are kept, unless days are given; incomplete uploads never are."""
    bucket = Stack(**MODES["created"], OldVersionDays=days).of("AWS::S3::Bucket")["Bucket"]
    rules = bucket["LifecycleConfiguration"]["Rules"]

    assert [each["NoncurrentVersionExpiration"]["NoncurrentDays"] for each in rules[1:]] == expiring
    assert all(each["ExpiredObjectDeleteMarker"] for each in rules[1:])
    assert rules[0]["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 7}


@pytest.mark.parametrize(
    ("chosen", "refusal"),
    [
        pytest.param({}, "The stack has no bucket", id="no bucket"),
        pytest.param({"CreatedBucket": "new"}, "", id="a new bucket"),
        pytest.param({"ExistingBuckets": "old"}, "", id="an existing bucket"),
        pytest.param(MODES["several"], "", id="both"),
        pytest.param(MODES["created, all options"], "", id="a network"),
        pytest.param({"CreatedBucket": "new", "SubnetIds": OPTIONS["SubnetIds"]}, "Only one of", id="only subnets"),
        pytest.param({"CreatedBucket": "new", "SecurityGroupIds": "sg-01234567"}, "Only one of", id="only groups"),
        pytest.param({"CreatedBucket": "new", "BatchSize": 11}, "BatchSeconds", id="a large batch without a window"),
        pytest.param({"CreatedBucket": "new", "BatchSize": 11, "BatchSeconds": 1}, "", id="a large batch with one"),
        pytest.param({"CreatedBucket": "new", "BatchSize": 10}, "", id="a small batch"),
    ],
)
def test_rules(chosen: dict[str, Any], refusal: str) -> None:
    """Parameters that do not fit together are refused before anything is made, with a sentence."""
    refusals = Stack(**chosen).refusals()

    assert len(refusals) == bool(refusal)
    assert all(refusal in each and each.endswith(".") for each in refusals)


@pytest.mark.parametrize(
    ("partition", "suffix", "region", "console"),
    [
        ("aws", "amazonaws.com", "us-east-1", "console.aws.amazon.com"),
        ("aws-us-gov", "amazonaws.com", "us-gov-west-1", "console.amazonaws-us-gov.com"),
        ("aws-cn", "amazonaws.com.cn", "cn-north-1", "console.amazonaws.cn"),
    ],
)
def test_partitions(partition: str, suffix: str, region: str, console: str) -> None:
    """
    In other partitions ARNs, the names of services for KMS and the console are those of the partition.

    Service principals are the same in all. Source: AWS CDK, ServicePrincipalOpts: always SERVICE.amazonaws.com.
    """
    chosen = {**OPTIONS, "AtlanApiKeySecret": "atlan-api-key", "KmsKeys": KEY.replace("aws", partition, 1)}
    place = {"AWS::Partition": partition, "AWS::URLSuffix": suffix, "AWS::Region": region}
    stack = Stack(**{**MODES["several"], **chosen, **place, "PermissionsBoundary": ""})

    texts = [node for node in walk([stack.resources, stack.outputs]) if isinstance(node, str)]
    arns = {found for text in texts for found in re.findall(r"\barn:([a-z*-]+):", text)}
    hosts = {found for text in texts for found in re.findall(r"[\w.-]*amazonaws[\w.-]*", text)}
    assert arns == {partition, "*"}
    assert hosts - {f"{name}.amazonaws.com" for name in ("lambda", "s3", "events", "cloudwatch")} - {console} == {
        f"s3.{region}.{suffix}",
        f"secretsmanager.{region}.{suffix}",
    }
    assert console in str(stack.outputs["DashboardUrl"])


def test_own_names() -> None:
    """
    Two stacks share no name, in one region or two, and a long name of a stack makes none too long.

    All others are generated: CloudFormation makes them unique, and short enough.

    Source: CloudFormation, "Name type"; the references of the types below.
    """
    longest = "Orders-" + "x" * 93
    stack = Stack(**{**MODES["several"], **OPTIONS, "AWS::StackName": longest})
    limits = {"AWS::Logs::LogGroup": 512, "AWS::CloudWatch::Dashboard": 255, "AWS::AppConfig::Application": 64}
    own = {longest, GIVEN["AWS::StackId"].rpartition("/")[2]}
    chosen = {
        resource["Type"]: value
        for resource in stack.resources.values()
        for kind, value in resource["Properties"].items()
        if kind == "Name" or kind == f"{resource['Type'].rpartition('::')[2]}Name"
    }

    assert chosen.pop("AWS::Lambda::Alias") == "live"  # within the function
    assert chosen.pop("AWS::AppConfig::ConfigurationProfile") == "settings"  # within the application
    assert chosen.pop("AWS::S3::Bucket") == "acme-exports"  # given
    assert chosen.keys() == limits.keys()
    for kind, name in chosen.items():
        assert any(each in name for each in own)
        assert len(name) <= limits[kind]


def measured(alarm: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the metrics of an alarm, each with its period."""
    stats = [query["MetricStat"] for query in alarm.get("Metrics", ()) if "MetricStat" in query]
    return [stat["Metric"] | {"Period": stat["Period"]} for stat in stats] or [alarm]


TOPIC = "arn:aws:sns:eu-central-1:123456789012:on-call"


@pytest.mark.parametrize(
    ("chosen", "to"),
    [
        pytest.param({}, [], id="nobody"),
        pytest.param({"Email": "data@acme.example"}, [{"Ref": "Topic"}], id="an address"),
        pytest.param({"AlarmTopic": TOPIC}, [TOPIC], id="a topic"),
        pytest.param({"Email": "data@acme.example", "AlarmTopic": TOPIC}, [{"Ref": "Topic"}, TOPIC], id="both"),
    ],
)
def test_told(chosen: dict[str, str], to: list[object]) -> None:
    """Alarms tell the address and the topic when they are raised, and when they are over."""
    alarms = Stack(**MODES["existing"], SilenceHours=24, **chosen).of("AWS::CloudWatch::Alarm").values()

    assert len(alarms) == 10
    assert all(alarm["AlarmActions"] == alarm["OKActions"] == to for alarm in alarms)


def test_alarms(stack: Stack) -> None:
    """Each alarm says what to do, is about this stack alone, and is one that CloudWatch accepts."""
    alarms = stack.of("AWS::CloudWatch::Alarm")
    ours = {metric.value for metric in Metric}

    assert ("UndeliveredAlarm" in alarms) is bool(stack.parameters["ExistingBuckets"])
    assert "SilenceAlarm" not in alarms
    for alarm in alarms.values():
        assert 100 < len(alarm["AlarmDescription"]) <= 1024
        assert alarm["TreatMissingData"] == "notBreaching"
        assert alarm["DatapointsToAlarm"] <= alarm["EvaluationPeriods"]
        for metric in measured(alarm):
            (dimension,) = metric["Dimensions"]
            named = written(dimension["Value"]).partition(".")[0]
            assert named in stack.resources or named == GIVEN["AWS::StackName"]
            assert metric["Namespace"].startswith("AWS/") or metric["MetricName"] in ours
            assert metric["Period"] * alarm["EvaluationPeriods"] <= 86_400 * (7 if metric["Period"] >= 3600 else 1)


def test_silence() -> None:
    """
    The hours that can be chosen are those that CloudWatch can evaluate.

    Source: CloudWatch API, PutMetricAlarm, Period: periods of an hour and more may cover seven days.
    """
    alarm = Stack(**MODES["created"], SilenceHours=168).of("AWS::CloudWatch::Alarm")["SilenceAlarm"]
    (sent,) = measured(alarm)

    assert template()["Parameters"]["SilenceHours"]["MaxValue"] * sent["Period"] == 604_800
    assert alarm["EvaluationPeriods"] == 168
    assert alarm["TreatMissingData"] == "breaching"


NAMES = {"BucketName", "DashboardName", "LogGroupName", "MetricName", "Name"}
"""Names that the template may give: a bucket's is yours, and what has a plain name is within something else."""


@pytest.mark.parametrize("name", ["a", "a" * 128])
def test_names(name: str) -> None:
    """
    Two stacks, in one region or in two, share no name, and no name is too long; most are made by CloudFormation.

    Sources: CloudFormation, CreateStack: 128 characters at most. CloudWatch, PutDashboard: dashboards have the names
    of a whole account, of 255 characters at most. CloudWatch Logs, CreateLogGroup: 512.
    """
    regions = ("eu-central-1", "ap-southeast-7")
    stacks = [Stack(**MODES["created"], **{"AWS::StackName": name, "AWS::Region": region}) for region in regions]
    dashboards = [one["DashboardName"] for stack in stacks for one in stack.of("AWS::CloudWatch::Dashboard").values()]
    (group,) = stacks[0].of("AWS::Logs::LogGroup").values()

    assert dashboards == [f"{name}-{region}" for region in regions]
    assert all(re.fullmatch(r"[\w-]{1,255}", dashboard) for dashboard in dashboards)
    assert len(group["LogGroupName"]) <= 512
    assert f"name={name}-eu-central-1" in json.dumps(stacks[0].outputs["DashboardUrl"])
    for resource in stacks[0].resources.values():
        given = {key for key in resource["Properties"] if key.endswith("Name") and not key.startswith("Function")}
        assert given <= NAMES


def test_dashboard(stack: Stack) -> None:
    """The dashboard is JSON, and shows metrics that the connector has."""
    (dashboard,) = stack.of("AWS::CloudWatch::Dashboard").values()
    widgets = json.loads(dashboard["DashboardBody"]["Fn::Sub"])["widgets"]
    shown = {word for widget in widgets for word in re.findall(r'"([A-Z]\w+)"', json.dumps(widget))}

    assert {metric.value for metric in Metric} - shown <= {Metric.ACKNOWLEDGED}


def test_changeset() -> None:
    """A deployment asks for nothing, so that a pipeline is not stopped by a question that nobody answers."""
    defaults = tomllib.loads((TEMPLATE.parent / "samconfig.toml").read_text(encoding="utf-8"))["default"]

    assert not defaults["deploy"]["parameters"].get("confirm_changeset", False)
    assert defaults["deploy"]["parameters"]["fail_on_empty_changeset"] is False


def deployment(**chosen: Any) -> Any:
    """Return the name of the deployment that the function is told."""
    return Stack(**{**MODES["created"], **chosen}).of("AWS::Lambda::Function")["ConnectorFunction"]["Environment"][
        "Variables"
    ]["DEPLOYMENT"]


def test_deployment() -> None:
    """Two stacks have two deployment names, unless somebody chooses otherwise, as for a stack of an earlier version."""
    names = [deployment(**{"AWS::StackName": name}) for name in ("connector", "Orders-2013")]

    assert names == ["connector", "Orders-2013"]
    assert deployment(Deployment="s3-lineage") == "s3-lineage"


@pytest.mark.parametrize("name", ["connector", "Orders-2013", "A", "a" * 128, "s3-lineage"])
def test_deployment_accepted(name: str) -> None:
    """
    The connector accepts whatever a stack can be called.

    Source: CloudFormation, CreateStack: letters of both cases, digits and hyphens; 128 at most.
    """
    key = {"ATLAN_BASE_URL": "https://acme.atlan.com", "ATLAN_API_KEY": "k"}

    assert config.settings(key | {"DEPLOYMENT": name}).deployment == name


@pytest.mark.parametrize("name", ["", "s3-lineage", "Orders-2013"])
def test_deployment_pattern(name: str) -> None:
    """The parameter allows what the connector accepts, and nothing; what it refuses, the parameter refuses."""
    allowed = re.compile(template()["Parameters"]["Deployment"]["AllowedPattern"])

    assert allowed.fullmatch(name)
    assert not allowed.fullmatch(f"{name} /")


@pytest.mark.parametrize(
    ("parameter", "accepted", "refused"),
    [
        (
            "CreatedBucket",
            ["", "acme-exports", "a.b", "a" * 63],
            ["My_Bucket", "s3://acme", "arn:aws:s3:::acme", "ab", "a" * 64, "a,b", "-ab"],
        ),
        (
            "ExistingBuckets",
            ["", "acme-exports", "My_Bucket", "a" * 255, "acme-exports,My_Bucket,raw"],
            ["s3://acme", "arn:aws:s3:::acme", "ab", "a" * 256, "raw,", ",raw", "raw,,acme", "raw, acme", "raw acme"],
        ),
        (
            "AtlanApiKeySecret",
            [
                "atlan-api-key",
                "prod/atlan_key+1@x.y=z",
                SECRET,
                SECRET.replace("aws", "aws-us-gov", 1),
                f"{SECRET[:-6]}aB3dEf",
                f"{SECRET[:-6]}ABCDEf",
            ],
            [
                "",
                SECRET[:-7],
                f"{SECRET[:-6]}secret",
                f"{SECRET[:-6]}Secret",
                f"{SECRET[:-6]}SECRET",
                f"{SECRET[:-6]}202401",
                f"{SECRET} ",
                f"{SECRET}7",
                "my secret",
                KEY,
            ],
        ),
        (
            "KmsKeys",
            ["", KEY, f"{KEY},{KEY}", KEY.replace("aws", "aws-cn", 1), KEY.replace("key/1", "key/mrk-1")],
            [
                KEY.replace("key/", "alias/"),
                f"{KEY},{KEY.replace('key/', 'alias/')}",
                "alias/exports",
                KEY[-36:],
                f"{KEY},",
                f"{KEY}, {KEY}",
                f"{KEY[:-36]}*",
                "*",
            ],
        ),
        ("SubnetIds", ["", OPTIONS["SubnetIds"], "subnet-01234567"], ["subnet-1,", "vpc-01234567", "subnet-0123456x"]),
        ("SecurityGroupIds", ["", OPTIONS["SecurityGroupIds"]], ["default", "sg-01234567,", "sg-01234567 sg-01234568"]),
        (
            "PermissionsBoundary",
            ["", BOUNDARY, "arn:aws:iam::aws:policy/PowerUserAccess"],
            ["boundary", f"{BOUNDARY[:-9]}"],
        ),
        (
            "SweepSchedule",
            [
                "",
                "rate(1 day)",
                "rate(7 days)",
                "rate(12 hours)",
                "cron(0 3 ? * SUN *)",
                "cron(0/30 8-18 ? * 2-6 *)",
            ],
            ["1 day", "rate(1 days)", "rate(0 days)", "rate(7 day)", "daily", "cron(0 3 * * *)", "0 3 ? * SUN *"],
        ),
        (
            "AlarmTopic",
            ["", "arn:aws:sns:eu-central-1:123456789012:on-call"],
            ["on-call", "data@acme.example", "arn:aws:sns:eu-central-1:123456789012:on-call.fifo"],
        ),
    ],
)
def test_parameter(parameter: str, accepted: list[str], refused: list[str]) -> None:
    """A parameter takes what the stack can use, and refuses the rest with a sentence before anything is made."""
    described = template()["Parameters"][parameter]

    assert [value for value in accepted if not re.fullmatch(described["AllowedPattern"], value)] == []
    assert [value for value in refused if re.fullmatch(described["AllowedPattern"], value)] == []
    assert described["ConstraintDescription"]


def test_environment(stack: Stack) -> None:
    """The function has exactly the settings that the connector reads; no endpoint, which is for `sam local`."""
    told = stack.of("AWS::Lambda::Function")["ConnectorFunction"]["Environment"]["Variables"]

    assert told.keys() <= {*settings(), "POWERTOOLS_SERVICE_NAME", "BUCKETS"}
    assert told["BUCKETS"].split(",") == buckets(stack)
    assert stack.outputs["Buckets"]["Value"] == told["BUCKETS"]
    assert {"ATLAN_API_KEY_SECRET", "LEASE_TABLE", "QUEUE_URL", "DEAD_LETTER_QUEUE_URL"} <= told.keys()
