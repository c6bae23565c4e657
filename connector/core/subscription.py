"""
Decides whether the notifications of a bucket reach the queue: all kinds, and for all keys that routes take.

`connector.core.inspection` calls it with what was read about the bucket, the queue and the rules of EventBridge.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Final

from connector.core import policy
from connector.core.diagnosis import Diagnosis, bridge, deployed, doubtful, ok, untold, wrong
from connector.core.pattern import Literal, Pattern
from connector.core.route import Route
from connector.core.site import Notices, Queue, Rule, Subscription

_KINDS: Final[Mapping[str, tuple[str, ...]]] = {
    "s3:ObjectCreated:*": ("Put", "Post", "Copy", "CompleteMultipartUpload"),
    "s3:ObjectRemoved:*": ("Delete", "DeleteMarkerCreated"),
    "s3:LifecycleExpiration:*": ("Delete", "DeleteMarkerCreated"),
    "s3:LifecycleTransition": (),
    "s3:ObjectRestore:Completed": (),
    "s3:ObjectRestore:Delete": (),
}
"""
The events to subscribe to, each with the types of its family.

Source: S3 User Guide, "Supported event types for SQS, SNS, and Lambda".
"""

_BRIDGED: Final = (
    "Object Created",
    "Object Deleted",
    "Object Storage Class Changed",
    "Object Restore Completed",
    "Object Restore Expired",
)
"""The same as EventBridge names them. Source: S3 User Guide, "Using EventBridge"."""

_VITAL: Final = ("s3:ObjectCreated", "s3:ObjectRemoved", "s3:LifecycleExpiration", "Object Created", "Object Deleted")
"""Without these, objects are not cataloged or not retired; without the others, their storage class is not true."""


def notified(
    bucket: str, notices: Notices, queue: Queue, rules: Sequence[Rule], routes: Sequence[Route]
) -> list[Diagnosis]:
    """Say whether the notifications of *bucket* for the keys of these routes reach the *queue*."""
    thing = f"notifications of {bucket}"
    direct = [one for one in notices.subscriptions if one.destination == queue.arn]
    if direct:
        found = [*_directly(thing, direct, routes), *_allowed(thing, bucket, queue)]
        return found or [ok(thing, "S3 sends all events that are needed to the queue")]
    if notices.bridged:
        return list(_bridged(thing, bucket, queue, rules))
    return [_nowhere(thing, bucket, notices)]


def unqueued(bucket: str, notices: Notices) -> Diagnosis:
    """Say where the notifications of a bucket go, where it is not known which queue they should reach."""
    thing = f"notifications of {bucket}"
    places = [*(one.destination for one in notices.subscriptions), *(["EventBridge"] if notices.bridged else [])]
    if not places:
        return _nowhere(thing, bucket, notices)
    fact = f"they go to {', '.join(dict.fromkeys(places))}; without QUEUE_URL it is not known whether that is right"
    return untold(thing, fact, "set QUEUE_URL to the queue of the stack, or ask the function:", deployed())


def _nowhere(thing: str, bucket: str, notices: Notices) -> Diagnosis:
    others = list(dict.fromkeys(one.destination for one in notices.subscriptions))
    relays = [arn for arn in others if ":sqs:" not in arn]
    if relays:
        fact = f"they go to {', '.join(relays)}, a topic or a function; check cannot see whether that leads here"
        return untold(thing, fact, f"upload a file, or run: make arrival BUCKET={bucket}")
    if others:
        fact = f"the bucket sends them to {', '.join(others)}, and not to the queue, and EventBridge is off"
    else:
        fact = "the bucket sends none, neither to the queue nor to EventBridge"
    return wrong(thing, fact, "switch EventBridge on for the bucket:", bridge(bucket))


def _directly(thing: str, direct: Sequence[Subscription], routes: Sequence[Route]) -> Iterator[Diagnosis]:
    untaken = _missing(_types(direct))
    if untaken:
        yield _lacking(thing, untaken, "add them to the notification configuration of the bucket")
        return
    for route in routes:
        covering = [one for one in direct if _covers(one, route.key)]
        if _missing(_types(covering)):
            filters = ", ".join(f"{one.prefix}*{one.suffix}" for one in direct if one not in covering)
            fact = f"they are filtered by {filters}, so some keys of the route {route.name} are not told"
            yield wrong(thing, fact, f"widen the filter to `{route.key.text}`, or narrow the route")


def _types(subscriptions: Iterable[Subscription]) -> frozenset[str]:
    return frozenset(event for one in subscriptions for event in one.events)


def _missing(events: frozenset[str]) -> list[str]:
    """Return the kinds of events that are not, or not fully, among these, as one subscribes to them."""
    families = {kind: [kind.replace("*", name) for name in names] or [kind] for kind, names in _KINDS.items()}
    return [
        kind
        for kind, types in families.items()
        if not all(any(fnmatchcase(name, event) for event in events) for name in types)
    ]


def _lacking(thing: str, untaken: Sequence[str], step: str) -> Diagnosis:
    vital = [kind for kind in untaken if kind.startswith(_VITAL)]
    fact = f"events of these kinds are not sent: {', '.join(untaken)}"
    return wrong(thing, fact, step) if vital else doubtful(thing, f"{fact}; storage classes may become outdated", step)


def _covers(subscription: Subscription, key: Pattern) -> bool:
    """Tell whether all keys of a pattern pass the filter of a subscription."""
    last = key.pieces[-1]
    end = last.text if isinstance(last, Literal) else ""
    return key.prefix({}).startswith(subscription.prefix) and end.endswith(subscription.suffix)


def _bridged(thing: str, bucket: str, queue: Queue, rules: Sequence[Rule]) -> Iterator[Diagnosis]:
    """Find the rule that sends the events of *bucket* to the queue; its pattern may be one that is not understood."""
    sending = [rule for rule in rules if queue.arn in rule.targets]
    if not sending and policy.bridges(queue) and not policy.rules(queue):
        fact = "EventBridge is on for the bucket, and the policy of the queue does not name the rules that may send"
        yield untold(thing, fact, "run make arrival, to see whether notifications arrive")
        return
    if not sending:
        fact = "EventBridge is on for the bucket, and no rule is known that sends its events to the queue"
        yield wrong(thing, fact, f"deploy the stack with the bucket in ExistingBuckets={bucket}")
        return
    chosen = [rule for rule in sending if _selects(rule.pattern, "detail", "bucket", "name", value=bucket) is not False]
    if not chosen:
        named = ", ".join(rule.arn.rpartition("/")[2] for rule in sending)
        yield wrong(
            thing,
            f"EventBridge is on for the bucket, and the rule {named} does not name it",
            f"deploy the stack with the bucket in ExistingBuckets={bucket}",
        )
        return
    yield from _ruled(thing, bucket, chosen[0])


def _ruled(thing: str, bucket: str, rule: Rule) -> Iterator[Diagnosis]:
    name = rule.arn.rpartition("/")[2]
    if not rule.enabled:
        yield wrong(thing, f"the rule {name} is disabled", f"enable it: aws events enable-rule --name {name}")
        return
    chosen = {kind: _selects(rule.pattern, "detail-type", value=kind) for kind in _BRIDGED}
    untaken = [kind for kind, selected in chosen.items() if selected is False]
    if untaken:
        yield _lacking(thing, untaken, f"add them to `detail-type` of the rule {name}")
    elif None in (*chosen.values(), _selects(rule.pattern, "detail", "bucket", "name", value=bucket)):
        fact = f"the rule {name} has a pattern that check cannot evaluate"
        yield untold(thing, fact, "compare it with the rule of template.yaml, or run make arrival")
    else:
        yield ok(thing, f"EventBridge sends all events that are needed to the queue, by the rule {name}")


def _selects(pattern: object, *path: str, value: str) -> bool | None:
    """
    Tell whether a pattern of EventBridge lets a value pass, or None if that is not a list of plain values.

    Source:
        EventBridge User Guide, "Creating event patterns": a field that the pattern does not name may have any value.
    """
    for step in path:
        if not isinstance(pattern, Mapping):
            return None
        if step not in pattern:
            return True
        pattern = pattern[step]
    if not isinstance(pattern, list):
        return None
    return True if value in pattern else None if any(not isinstance(one, str) for one in pattern) else False


def _allowed(thing: str, bucket: str, queue: Queue) -> Iterator[Diagnosis]:
    """Say where the queue's policy does not let S3 send; S3 then drops the notification."""
    name = queue.arn.rpartition(":")[2]
    match policy.permits(queue, bucket):
        case None:
            fact = f"the policy of the queue {name} lets S3 send under a condition that check cannot evaluate"
            yield untold(thing, fact, "compare it with QueuePolicy in template.yaml, or run make arrival")
        case False:
            yield wrong(
                thing,
                f"the policy of the queue {name} does not let S3 send notifications of the bucket, so they are lost",
                f"allow s3.amazonaws.com sqs:SendMessage with aws:SourceArn arn:aws:s3:::{bucket}, as QueuePolicy in "
                "template.yaml does",
            )
