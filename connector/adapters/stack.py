"""A deployed stack, for `check --deployed`: its outputs, its event source, and what its function answers."""

import json
from collections.abc import Mapping
from typing import Any, Final

from botocore.config import Config

from connector.adapters.aws import Service, connect
from connector.core.budget import AWS_CONNECT, AWS_READ
from connector.errors import RefusedError, UnavailableError

INVOCATION: Final = 150.0
"""Seconds for which the answer of the function is waited for: longer than its timeout in template.yaml."""

_CONFIG: Final = Config(
    connect_timeout=AWS_CONNECT, read_timeout=AWS_READ, retries={"mode": "standard", "total_max_attempts": 3}
)
_LONG: Final = Config(connect_timeout=AWS_CONNECT, read_timeout=INVOCATION, retries={"total_max_attempts": 1})
_STACKS: Final = Service("CloudFormation", "grant cloudformation:DescribeStacks on the stack")
_INVOKE: Final = Service("Lambda", "grant lambda:InvokeFunction on the function and its alias")
_SOURCES: Final = Service("Lambda", "grant lambda:ListEventSourceMappings, and check looks again")


class Stack:
    """The stack *name*. Each method raises the errors of `connector.adapters.aws`; a denial is permanent."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._cloudformation = connect("cloudformation", _CONFIG)
        self._lambda, self._patient = connect("lambda", _CONFIG), connect("lambda", _LONG)

    def outputs(self) -> tuple[str, Mapping[str, str]]:
        """
        Return the status of the stack, and its outputs.

        Raises:
            RefusedError: there is no such stack.
        """
        what = f"the stack {self._name}"
        answer = _STACKS.ask(what, self._cloudformation.describe_stacks, StackName=self._name)
        found = answer.get("Stacks", ())
        if not found:
            raise RefusedError(f"{what}: CloudFormation has no such stack; check its name, the region and the account")
        outputs = {one["OutputKey"]: one["OutputValue"] for one in found[0].get("Outputs", ())}
        return str(found[0].get("StackStatus", "")), outputs

    def sources(self, function: str) -> list[str]:
        """Return the state of each event source of the function."""
        answer = _SOURCES.ask("the event source", self._lambda.list_event_source_mappings, FunctionName=function)
        return [str(one.get("State", "")) for one in answer.get("EventSourceMappings", ())]

    def ask(self, function: str, event: Mapping[str, Any]) -> Any:
        """
        Invoke the function, and return its answer.

        Raises:
            RefusedError: the function ended with an error, which the message repeats.
        """
        what = "the function"
        answer = _INVOKE.ask(what, self._patient.invoke, FunctionName=function, Payload=json.dumps(event).encode())
        try:
            payload = json.loads(answer["Payload"].read())
        except ValueError as error:
            raise UnavailableError(f"{what}: its answer is not JSON; check AWS_ENDPOINT_URL and any proxy") from error
        if answer.get("FunctionError"):
            said = payload.get("errorMessage", "") if isinstance(payload, dict) else ""
            raise RefusedError(f"{what}: it ended with an error; see its log:\n{said:.2000}")
        return payload
