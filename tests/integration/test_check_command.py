"""`python -m connector check`: what is in order, the exit status, and what a deployed function says of itself."""

import json
from pathlib import Path
from typing import Any

import pytest

import handler
from connector import app
from connector.core.inspection import EVENT
from local.aws.context import Context
from local.aws.faults import Answer, Armed, Fault, Kind, answers
from tests.integration.shell import KEY, Site, bridge
from tests.support.shop import CONNECTION, POSTGRES, SNOWFLAKE

ALIAS = "arn:aws:lambda:us-east-1:123456789012:function:connector:live"


def test_in_order(site: Site) -> None:
    """Where all is in order, each thing is told, and the exit status is 0; nothing is written."""
    site.upload(KEY)
    before = site.world.everything(), site.leases.get()

    assert site.check() == 0

    assert site.lines[0] == f"{len(ORDER)} ok"
    for words in ORDER:
        assert words.format(site=site) in site.text, words
    assert (site.world.everything(), site.leases.get()) == before


ORDER = (
    "settings: all that are required are set, and valid",
    "routes: all ({site.world.bucket})",
    "queue: it is there, with",
    "dead-letter queue: it is there, and empty",
    "route all: it takes {site.place}, which the role may read",
    "notifications of {site.world.bucket}: S3 sends all events that are needed to the queue",
    "lease table: it is there ({site.leases.name})",
    "Atlan: it accepts the API key, which is of the user service-account-apikey-local",
    f"connection {CONNECTION}: the API key may read it, and last wrote an asset of it on",
    f"connection {POSTGRES}: the API key may read it, and last wrote an asset of it on",
    f"connection {SNOWFLAKE}: the API key may read it, and last wrote an asset of it on",
    "tables: Atlan has 2 of the 2 tables that routes name",
)


def test_json(site: Site) -> None:
    """As JSON, there is one document, the worst first; wrong settings are a part of it, too."""
    site.notify({})

    assert site.check("--json") == 1
    assert site.document["result"] == "error"
    assert site.document["checks"][0]["thing"] == f"notifications of {site.world.bucket}"
    assert site.document["checks"][0]["commands"] == [f"make eventbridge BUCKET={site.world.bucket} TURN=on"]
    site.set(DEPLOYMENT=None)
    assert site.check("--json") == 2
    assert site.document["checks"][0]["fact"] == "DEPLOYMENT is not set"


def test_event(site: Site) -> None:
    """The function answers the event of a check with what it finds, as the command does, and writes nothing."""
    site.put(KEY)
    app.application.cache_clear()

    answer = handler.lambda_handler(dict(EVENT), Context())
    site.check("--json")

    assert sorted(answer["check"], key=str) == sorted(site.document["checks"], key=str)


class Deployed:
    """A stack, and a function whose answers the test gives, as CloudFormation and Lambda send them."""

    def __init__(self, site: Site) -> None:
        self.aws = site.aws
        self.stack = self._answers("cloudformation", _stacks("UPDATE_COMPLETE", site.world.bucket))
        self.sources = self._answers("lambda", _json({"EventSourceMappings": [{"State": "Enabled"}]}), "event-source")
        self.function = self._answers("lambda", _json({"check": []}), "invocations")

    def again(self, armed: Armed, answer: Answer) -> None:
        """Answer something else instead."""
        self.aws.faults.remove(armed)
        self._answers(armed.fault.service, answer, armed.fault.text)

    def _answers(self, service: str, answer: Answer, text: str = "") -> Armed:
        return self.aws.faults.add(Fault(Kind.ANSWER, service, text=text, count=None, answer=answer))


def _stacks(status: str, buckets: str, function: str = ALIAS) -> Answer:
    outputs = {"Buckets": buckets} | ({"FunctionAlias": function} if function else {})
    members = "".join(
        f"<member><OutputKey>{key}</OutputKey><OutputValue>{value}</OutputValue></member>"
        for key, value in outputs.items()
    )
    return answers.xml(
        "<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackName>connector</StackName>"
        f"<StackStatus>{status}</StackStatus><Outputs>{members}</Outputs></member></Stacks></DescribeStacksResult>"
        "<ResponseMetadata><RequestId>FAULT</RequestId></ResponseMetadata></DescribeStacksResponse>"
    )


def _json(document: Any, **headers: str) -> Answer:
    return Answer(200, json.dumps(document).encode(), {**answers.REQUEST_ID, **headers})


def _failed(document: Any) -> Answer:
    """Return the answer of a function that raised an error."""
    return _json(document, **{"X-Amz-Function-Error": "Unhandled"})


@pytest.fixture
def deployed(site: Site) -> Deployed:
    return Deployed(site)


def test_deployed(site: Site, deployed: Deployed) -> None:
    """What the function finds is printed with what is known of its stack; its errors decide the exit status."""
    found = {"status": "error", "thing": "queue", "fact": "it is not there", "next": "make it", "commands": []}
    assert site.check("--deployed", "connector", "--routes", str(site.world.routes)) == 0
    whole = site.text
    deployed.again(deployed.function, _json({"check": [found]}))

    assert site.check("--deployed", "connector") == 1

    assert "stack connector: it is UPDATE_COMPLETE" in whole
    assert "event source: the queue invokes the function" in whole
    assert f"routes.yaml is for the buckets of the stack: {site.world.bucket}" in whole
    assert "error queue: it is not there next: make it" in site.top


BROKEN = [
    ("stack", _stacks("ROLLBACK_COMPLETE", "lake"), "it is ROLLBACK_COMPLETE"),
    ("stack", _stacks("UPDATE_COMPLETE", "lake", ""), "no output FunctionAlias"),
    ("stack", answers.xml("<a/>", 403), "CloudFormation"),
    (
        "stack",
        answers.xml(
            "<DescribeStacksResponse><DescribeStacksResult><Stacks/></DescribeStacksResult></DescribeStacksResponse>"
        ),
        "CloudFormation has no such stack",
    ),
    ("sources", _json({"EventSourceMappings": [{"State": "Disabled"}]}), "its trigger is Disabled"),
    ("sources", _json({"EventSourceMappings": []}), "its trigger is absent"),
    (
        "function",
        _json(
            {"errorMessage": "the environment: 1 error\n  - DEPLOYMENT is not set; give a name"},
            **{"X-Amz-Function-Error": "Unhandled"},
        ),
        "DEPLOYMENT is not set next: give a name",
    ),
    ("function", _failed([]), "ended with an error"),
    ("function", _json({"notifications": []}), "of an earlier version"),
    ("function", _json({"check": [{}]}), "of an earlier version"),
    ("function", Answer(200, b"<html>", answers.REQUEST_ID), "not JSON"),
]


def test_broken(site: Site) -> None:
    """What is wrong with a stack, its trigger or its function is named at the top."""
    for part, answer, cause in BROKEN:
        site.aws.faults.clear()
        deployed = Deployed(site)
        deployed.again(getattr(deployed, part), answer)

        assert site.check("--deployed", "connector") == 1, cause
        assert cause in site.top, cause


def test_denied(site: Site, deployed: Deployed) -> None:
    """What may not be read of the trigger cannot be told; any other failure is an error."""
    deployed.again(deployed.sources, answers.error("lambda", 403, "AccessDeniedException"))
    assert site.check("--deployed", "connector") == 3
    assert "grant lambda:ListEventSourceMappings" in site.top
    site.aws.faults.clear()
    again = Deployed(site)
    again.again(again.sources, answers.error("lambda", 500, "ServiceException"))
    assert site.check("--deployed", "connector") == 1


def test_routes(site: Site, deployed: Deployed, tmp_path: Path) -> None:
    """A routes file for other buckets than those of the stack is named, and so is one that is not there."""
    deployed.again(deployed.stack, _stacks("UPDATE_COMPLETE", "other"))

    assert site.check("--deployed", "connector", "--routes", str(site.world.routes)) == 1
    assert "other" in site.top
    assert site.check("--deployed", "connector", "--routes", str(tmp_path / "none.yaml")) == 1
    assert "cannot be read" in site.top


def test_region(site: Site) -> None:
    """The region of a bucket is told by S3 even where it denies access; a response without it is not S3's."""
    text = f"^/{site.world.bucket}/?\\?\n"
    denied = Answer(403, b"", {**answers.REQUEST_ID, "x-amz-bucket-region": "us-east-1"})
    armed = site.aws.faults.add(Fault(Kind.ANSWER, "s3", text=text, count=None, answer=denied))
    assert site.check() == 0
    site.aws.faults.remove(armed)
    site.aws.faults.add(Fault(Kind.ANSWER, "s3", text=text, count=None, answer=Answer(403, b"", answers.REQUEST_ID)))

    assert site.check() == 1
    assert "does not tell its region" in site.top


def test_not_sqs(site: Site) -> None:
    """A response without the ARN of the queue is not what SQS answers."""
    answer = Answer(200, b"{}", {"Content-Type": "application/x-amz-json-1.0", **answers.REQUEST_ID})
    site.aws.faults.add(Fault(Kind.ANSWER, "sqs", "GetQueueAttributes", count=None, answer=answer))

    assert site.check() == 1
    assert "the response has no ARN" in site.top


@pytest.mark.parametrize("text", ["no JSON", "[]"])
def test_policy(site: Site, text: str) -> None:
    """A policy that is no JSON object allows nothing."""
    attributes = {"QueueArn": site.arn, "Policy": text}
    body = json.dumps({"Attributes": attributes}).encode()
    answer = Answer(200, body, {"Content-Type": "application/x-amz-json-1.0", **answers.REQUEST_ID})
    site.aws.faults.add(Fault(Kind.ANSWER, "sqs", "GetQueueAttributes", count=None, answer=answer))

    assert site.check() == 1
    assert "does not let S3 send" in site.top


def test_rule(site: Site) -> None:
    """A rule of EventBridge is read with its targets, from the bus that its ARN names."""
    arn = site.rule(f"rule-{site.world.bucket}")
    assert site.check() == 0
    assert f"by the rule rule-{site.world.bucket}" in site.text

    site.policy(bridge(arn.replace(":rule/", ":rule/other/")))
    assert site.check() == 1
    assert "no rule is known" in site.top


def test_absent(site: Site) -> None:
    """A bucket, and connections, that are not there are errors; so is a secret, without which nothing is checked."""
    site.world.route(connection="default/s3/404")
    site.world.s3.delete_bucket(Bucket=site.world.bucket)
    assert site.check() == 1
    assert "S3 has no such bucket" in site.text
    assert "Atlan has no active connection default/s3/404" in site.text

    site.set(ATLAN_API_KEY_SECRET="none")
    assert site.check() == 1
    assert "API key: the secret none cannot be read" in site.top


def test_usage(site: Site) -> None:
    """An unknown option is wrong usage."""
    assert site.check("--nonsense") == 2
