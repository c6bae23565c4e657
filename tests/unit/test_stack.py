"""The stack as CloudFormation gets it: transformed, with its conditions evaluated, for a new or an existing bucket."""

import json
import re
from collections.abc import Iterator, Mapping
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import boto3
import pytest
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

from connector import config
from connector.core.envelope import records
from connector.core.notification import Notification, Record
from connector.log import Metric
from local.aws.server import EVENTS
from tests.unit.test_architecture import settings

TEMPLATE = Path(__file__).parents[2] / "template.yaml"
GIVEN = {
    "AWS::Region": "eu-central-1",
    "AWS::Partition": "aws",
    "AWS::AccountId": "123456789012",
    "AWS::StackName": "connector",
    "AtlanBaseUrl": "https://acme.atlan.com",
    "AtlanApiKeySecret": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:atlan-api-key-Ab12Cd",
    "BucketName": "acme-exports",
}
KEY = "arn:aws:kms:eu-central-1:123456789012:key/11111111-2222-3333-4444-555555555555"
MODES = {
    "created": {"CreateBucket": "true"},
    "existing": {"CreateBucket": "false"},
    "created, key and e-mail": {"CreateBucket": "true", "KmsKeys": [KEY], "Email": "data@acme.example"},
    "existing, key and e-mail": {"CreateBucket": "false", "KmsKeys": [KEY], "Email": "data@acme.example"},
}
STARRED = {
    "arn:aws:s3:::acme-exports/*": "S3 has no other way to say: every object",
    "LogGroup.Arn": "ends in :*, as Lambda needs it to open streams",
}
ABSENT = object()


def template() -> dict[str, Any]:
    parsed: dict[str, Any] = yaml_parse(TEMPLATE.read_text(encoding="utf-8"))
    return parsed


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

    def decide(self, node: Any) -> Any:
        """Insert parameters, take one branch of each condition, and remove AWS::NoValue."""
        match node:
            case {"Fn::If": [condition, yes, no]}:
                return self.decide(yes if self._holds(condition) else no)
            case {"Ref": "AWS::NoValue"}:
                return ABSENT
            case {"Ref": name} if name in self.parameters:
                return self.parameters[name]
            case {"Fn::Sub": str(text)}:
                text = re.sub(r"\$\{([\w:]+)\}", lambda found: str(self.parameters.get(found[1], found[0])), text)
                return {"Fn::Sub": text} if "${" in text else text
        return self._within(node)

    def _within(self, node: Any) -> Any:
        if isinstance(node, list):
            return [value for value in map(self.decide, node) if value is not ABSENT]
        if isinstance(node, dict):
            decided = {name: self.decide(value) for name, value in node.items()}
            return {name: value for name, value in decided.items() if value is not ABSENT}
        return node

    def _holds(self, condition: str) -> bool:
        match self._conditions[condition]:
            case {"Fn::Not": [negated]}:
                return not self._equal(negated)
            case plain:
                return self._equal(plain)

    def _equal(self, condition: Mapping[str, Any]) -> bool:
        left, right = map(self.decide, condition["Fn::Equals"])
        if isinstance(left, dict):
            separator, parts = left["Fn::Join"]
            left = separator.join(parts or ())
        return bool(left == right)


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
    """No permission is for all actions or all resources, but for the two that AWS has no narrower name for."""
    assert any(statement["Effect"] == "Allow" for statement in stack.statements())
    for statement in stack.statements():
        if statement["Effect"] == "Allow":
            assert not [action for action in several(statement["Action"]) if "*" in action]
            starred = {written(resource) for resource in several(statement.get("Resource", [])) if "*" in str(resource)}
            assert starred <= STARRED.keys()
            assert statement.get("Principal") != "*"


def test_role(stack: Stack) -> None:
    """The function may read objects, list the bucket, read one secret and write to its own table, queues and log."""
    role = stack.of("AWS::IAM::Role")["Role"]
    granted = {
        written(resource): set(several(statement["Action"]))
        for statement in role["Policies"][0]["PolicyDocument"]["Statement"]
        for resource in several(statement["Resource"])
    }

    wanted = {
        "arn:aws:s3:::acme-exports/*": {"s3:GetObject"},
        "arn:aws:s3:::acme-exports": {"s3:ListBucket"},
        GIVEN["AtlanApiKeySecret"]: {"secretsmanager:GetSecretValue"},
        "LeaseTable.Arn": {"dynamodb:PutItem", "dynamodb:UpdateItem"},
        "Queue.Arn": {
            "sqs:ReceiveMessage",
            "sqs:DeleteMessage",
            "sqs:GetQueueAttributes",
            "sqs:ChangeMessageVisibility",
        },
        "DeadLetterQueue.Arn": {"sqs:SendMessage"},
        "LogGroup.Arn": {"logs:CreateLogStream", "logs:PutLogEvents"},
    }
    if stack.parameters["KmsKeys"]:
        wanted[KEY] = {"kms:Decrypt"}
    assert granted == wanted
    assert "ManagedPolicyArns" not in role


def test_encrypted_in_transit_and_at_rest(stack: Stack) -> None:
    """Both queues, the topic and a new bucket reject plain HTTP, and the queues have an encryption that S3 supports."""
    refused = {
        written(resource)
        for statement in stack.statements()
        if statement["Effect"] == "Deny"
        and statement["Principal"] == "*"
        and statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
        for resource in several(statement["Resource"])
    }

    assert {"Queue.Arn", "DeadLetterQueue.Arn"} <= refused
    assert ("Topic" in refused) is bool(stack.parameters["Email"])
    assert ("Bucket.Arn" in refused) is (stack.parameters["CreateBucket"] == "true")
    assert len(stack.of("AWS::SQS::Queue")) >= 2
    assert all(queue["SqsManagedSseEnabled"] for queue in stack.of("AWS::SQS::Queue").values())


def test_patience(stack: Stack) -> None:
    """The visibility timeout is six times the function's; the maximum of receives is reached within the retention."""
    function, queue = stack.of("AWS::Lambda::Function")["ConnectorFunction"], stack.of("AWS::SQS::Queue")["Queue"]

    assert queue["VisibilityTimeout"] >= 6 * function["Timeout"]
    assert queue["RedrivePolicy"]["deadLetterTargetArn"] == {"Fn::GetAtt": ["DeadLetterQueue", "Arn"]}
    assert queue["RedrivePolicy"]["maxReceiveCount"] == 1000
    assert queue["RedrivePolicy"]["maxReceiveCount"] * 15 * 60 < queue["MessageRetentionPeriod"]


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


def longest(parameter: dict[str, Any]) -> int:
    """Return the maximum length of a parameter's value."""
    if parameter["Type"] == "Number":
        return len(str(parameter["MaxValue"]))
    return int(parameter.get("MaxLength") or max(map(len, parameter["AllowedValues"])))


def test_versions(created: Stack) -> None:
    """Every change of the function is a new version with a snapshot, and the previous version is deleted."""
    function = created.raw["ConnectorFunction"]["Properties"]
    (version,) = (each for each in created.raw.values() if each["Type"] == "AWS::Lambda::Version")
    used = template()["Parameters"].keys() & set(named(function))

    assert function["SnapStart"] == {"ApplyOn": "PublishedVersions"}
    assert version["DeletionPolicy"] == "Delete"
    assert used
    assert used <= set(named(version["Properties"]["Description"]))
    lengths = [longest(template()["Parameters"][name]) for name in used]
    assert sum(lengths) + len(lengths) <= 256


def test_created_bucket(created: Stack) -> None:
    """A new bucket sends its notifications to the queue, whose policy names bucket and account beforehand."""
    bucket = created.resources["Bucket"]
    sent = {each["Event"] for each in bucket["Properties"]["NotificationConfiguration"]["QueueConfigurations"]}
    allowed = created.of("AWS::SQS::QueuePolicy")["QueuePolicy"]["PolicyDocument"]["Statement"][0]

    assert sent == set(EVENTS)
    for event in sent:
        assert isinstance(_record(event.replace("*", "Something")), Notification)
    assert bucket["DependsOn"] == "QueuePolicy"
    assert allowed["Principal"] == {"Service": "s3.amazonaws.com"}
    assert allowed["Condition"] == {
        "ArnEquals": {"aws:SourceArn": "arn:aws:s3:::acme-exports"},
        "StringEquals": {"aws:SourceAccount": GIVEN["AWS::AccountId"]},
    }
    assert not created.of("AWS::Events::Rule")


def test_existing_bucket(existing: Stack) -> None:
    """An existing bucket is left alone: only an EventBridge rule for that bucket sends to the queue."""
    (rule,) = existing.of("AWS::Events::Rule").values()
    (target,) = rule["Targets"]

    assert not [each for each in existing.resources.values() if each["Type"].startswith("AWS::S3::")]
    assert rule["EventPattern"]["detail"]["bucket"]["name"] == ["acme-exports"]
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
    for policy in existing.of("AWS::SQS::QueuePolicy").values():
        allowed = policy["PolicyDocument"]["Statement"][0]
        assert allowed["Principal"] == {"Service": "events.amazonaws.com"}
        assert allowed["Condition"] == {"ArnEquals": {"aws:SourceArn": {"Fn::GetAtt": ["Rule", "Arn"]}}}


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

    assert ("UndeliveredAlarm" in alarms) is (stack.parameters["CreateBucket"] == "false")
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
"""Names that the template may give: the bucket's is yours, an alias's is within its function, a metric is no resource."""


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


def deployment(**chosen: Any) -> Any:
    """Return the name of the deployment that the function is told."""
    return Stack(**MODES["created"], **chosen).of("AWS::Lambda::Function")["ConnectorFunction"]["Environment"][
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
    ("name", "allowed"),
    [
        ("acme-exports", True),
        ("My_Bucket", True),
        ("a" * 255, True),
        ("s3://acme", False),
        ("arn:aws:s3:::acme", False),
        ("ab", False),
        ("a" * 256, False),
    ],
)
def test_bucket_name(name: str, allowed: bool) -> None:
    """The stack takes the buckets that can be routed, those of the old kind, too."""
    pattern = template()["Parameters"]["BucketName"]["AllowedPattern"]

    assert bool(re.fullmatch(pattern, name)) is allowed


def test_environment(stack: Stack) -> None:
    """The function has exactly the settings that the connector reads; no endpoint, which is for `sam local`."""
    told = stack.of("AWS::Lambda::Function")["ConnectorFunction"]["Environment"]["Variables"]

    assert told.keys() <= {*settings(), "POWERTOOLS_SERVICE_NAME"}
    assert {"ATLAN_API_KEY_SECRET", "LEASE_TABLE", "QUEUE_URL", "DEAD_LETTER_QUEUE_URL"} <= told.keys()
