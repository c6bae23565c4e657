"""
Reads the policy of a queue: whether S3 may send a bucket's notifications, and which rules of EventBridge may send.

Only what policies of such queues usually have is understood; anything else is "not known", which is None.

Source:
    IAM User Guide, "IAM JSON policy elements"; S3 User Guide, "Granting permissions to publish event notification
    messages to a destination".
"""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any, Final

from connector.core.site import Queue

_EQUAL: Final = ("ArnEquals", "ArnLike", "Bool", "StringEquals", "StringLike")


def permits(queue: Queue, bucket: str) -> bool | None:
    """Tell whether the policy lets S3 send the notifications of *bucket*."""
    verdicts = [_permits(statement, bucket, queue) for statement in _statements(queue) if _sends(statement, "s3")]
    return True if True in verdicts else None if None in verdicts else False


def rules(queue: Queue) -> list[str]:
    """Return the ARNs of the rules that may send to a queue, as its policy names them."""
    conditions = [statement.get("Condition", {}) for statement in _statements(queue) if _sends(statement, "events")]
    found = [_values(each, "aws:SourceArn") for condition in conditions for each in condition.values()]
    return [arn for arns in found for arn in arns if ":rule/" in arn]


def bridges(queue: Queue) -> bool:
    """Tell whether the policy lets EventBridge send, be it by rules that it names or by others."""
    return any(_sends(statement, "events") for statement in _statements(queue))


def _statements(queue: Queue) -> list[Mapping[str, Any]]:
    """Return the statements of a queue's policy that allow something."""
    found = queue.policy.get("Statement", [])
    return [one for one in (found if isinstance(found, list) else [found]) if one.get("Effect") == "Allow"]


def _sends(statement: Mapping[str, Any], service: str) -> bool:
    principal = statement.get("Principal")
    principals = (
        _listed(principal.get("Service", principal.get("AWS"))) if isinstance(principal, Mapping) else [principal]
    )
    actions = [str(action).lower() for action in _listed(statement.get("Action"))]
    known = any(str(one) == "*" or str(one).startswith(f"{service}.amazonaws.com") for one in principals)
    return known and any(fnmatchcase("sqs:sendmessage", action) for action in actions)


def _permits(statement: Mapping[str, Any], bucket: str, queue: Queue) -> bool | None:
    """Tell whether a statement is about this queue and this bucket; None if a condition is not understood."""
    if not any(fnmatchcase(queue.arn, str(resource)) for resource in _listed(statement.get("Resource", "*"))):
        return False
    told: list[bool | None] = [True]
    partition = queue.arn.split(":")[1]
    for operator, conditions in statement.get("Condition", {}).items():
        for name, values in conditions.items():
            wanted = {
                "aws:sourcearn": f"arn:{partition}:s3:::{bucket}",
                "aws:sourceaccount": queue.account,
                "aws:securetransport": "true",
            }.get(name.lower())
            told.append(
                None
                if wanted is None or operator not in _EQUAL
                else any(fnmatchcase(wanted, str(one)) for one in _listed(values))
            )
    return False if False in told else None if None in told else True


def _values(condition: Mapping[str, Any], name: str) -> list[str]:
    return [str(one) for key, value in condition.items() if key.lower() == name.lower() for one in _listed(value)]


def _listed(value: object) -> list[Any]:
    return list(value) if isinstance(value, list) else [value]
