"""Prints the outcomes of notifications: a line for each, a sum for many. Used by every command."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from traceback import format_exception
from typing import Any

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from local.aws import events
from local.aws.delivery import Delivery

_STYLES = {"applied": "green", "ignored": "yellow", "acknowledged": "dim", "failed": "bold red"}
_CHANGES = ("created", "updated", "retired")


@dataclass(frozen=True, slots=True)
class Invocation:
    """An invocation of the handler, and the log line of each of its notifications."""

    delivery: Delivery
    endings: Sequence[dict[str, Any]]

    @property
    def failed(self) -> bool:
        """Whether the handler raised, or a notification failed."""
        return self.delivery.error is not None or any(ending["outcome"] == "failed" for ending in self.endings)


def tell(console: Console, invocation: Invocation) -> None:
    """
    Print each notification: outcome, object, event, changes, milliseconds, and the error if it failed.

    It is one line, or two in a narrow terminal.
    """
    for outcome, url, facts in _told(invocation):
        left = Text.assemble((f"{outcome:<14}", _STYLES[outcome]), printable(url))
        narrow = console.is_terminal and cell_len(f"{left.plain}  {facts}") > console.width
        console.print(Text.assemble(left, "\n" + " " * 14 if narrow else "  ", (facts, "dim")), soft_wrap=True)
    for error in _errors(invocation):
        console.print(Text(error, style="red"), soft_wrap=True)


def _told(invocation: Invocation) -> Iterator[tuple[str, str, str]]:
    """Yield outcome, object and facts; if the handler failed before it wrote a log line, they come from the event."""
    delivery = invocation.delivery
    if not invocation.endings and delivery.error:
        for event in events.read(delivery.event):
            yield "failed", event.url, f"{event.kind} · {delivery.duration_ms:.0f} ms"
    retried = _retried(delivery)
    for ending in invocation.endings:
        bucket, key = ending.get("bucket", ""), ending.get("key", "")
        facts = [ending.get("event"), ending.get("reason")]
        if ending["outcome"] == "applied":
            facts += _changes([ending])
        if ending["outcome"] == "failed" and retried is not None:
            facts.append(_disposition((bucket, key), retried))
        facts.append(f"{ending.get('duration_ms', 0)} ms")
        facts += [f"{table} is not in the catalog" for table in ending.get("missing", ())]
        yield ending["outcome"], f"s3://{bucket}/{key}" if bucket else "", " · ".join(filter(None, facts))


def _retried(delivery: Delivery) -> set[tuple[str, str]] | None:
    """Return bucket and key of the messages that SQS will retry; None if the event is not from SQS."""
    if not isinstance(delivery.result, dict) or "batchItemFailures" not in delivery.result:
        return None
    failed = {failure["itemIdentifier"] for failure in delivery.result["batchItemFailures"]}
    records = [record for record in delivery.event["Records"] if record["messageId"] in failed]
    return {(event.bucket, event.key) for event in events.read({"Records": records})}


def _disposition(place: tuple[str, str], retried: set[tuple[str, str]]) -> str | None:
    """Return what happens to a failed message; None if the log does not identify the message."""
    if place in retried:
        return "will be retried"
    return "moved to the dead-letter queue" if any(place) or not retried else None


def _errors(invocation: Invocation) -> list[str]:
    """Return the errors of failed notifications; if there are none, the error that the handler raised."""
    found = [str(ending["error"]) for ending in invocation.endings if "error" in ending]
    error = invocation.delivery.error
    return found or ([_words(error)] if error else [])


def printable(text: str) -> str:
    """Escape control characters, since a key may contain any."""
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text)


def total(invocations: Sequence[Invocation]) -> str:
    """Sum up: notifications by outcome, changes in the catalog, and the time that the handler took."""
    endings = [ending for invocation in invocations for ending in invocation.endings]
    outcomes = [ending["outcome"] for ending in endings]
    outcomes += ["failed" for invocation in invocations if invocation.delivery.error and not invocation.endings]
    facts = [f"{outcomes.count(outcome)} {outcome}" for outcome in dict.fromkeys(outcomes)]
    applied = [ending for ending in endings if ending["outcome"] == "applied"]
    facts += _changes(applied) if applied else []
    milliseconds = sum(invocation.delivery.duration_ms for invocation in invocations)
    facts.append(f"{milliseconds:.0f} ms in {len(invocations)} invocation{'s' * (len(invocations) != 1)}")
    return " · ".join(facts)


def _words(error: BaseException) -> str:
    """Return the message of the connector's own errors, and the traceback of any other, which is a bug."""
    expected = type(error).__module__.startswith("connector.")
    return str(error) if expected else "".join(format_exception(error)).rstrip()


def _changes(applied: Sequence[dict[str, Any]]) -> list[str]:
    """Return the changes of these notifications in the catalog."""
    counts = {name: sum(entry.get(f"assets_{name}", 0) for entry in applied) for name in _CHANGES}
    return [f"{count} {name}" for name, count in counts.items() if count] or ["nothing written"]
