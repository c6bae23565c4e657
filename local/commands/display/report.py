"""Prints the outcomes of notifications: a line for each, a sum for many. Used by every command."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from traceback import format_exception
from typing import Any

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from local.aws import events
from local.aws.delivery import Delivery
from local.commands.display import messages
from local.commands.display.messages import Message
from local.commands.display.printable import lines, printable

_STYLES = {"applied": "green", "ignored": "yellow", "acknowledged": "dim", "failed": "bold red"}
_CHANGES = ("created", "updated", "retired")

FAILED = 1
"""The exit status if the handler raised, a notification failed, or a message was moved to the dead-letter queue."""

RETRIED = 75
"""The exit status if a message failed for now, and will be retried. Source: sysexits.h, EX_TEMPFAIL."""


@dataclass(frozen=True, slots=True)
class Invocation:
    """An invocation of the handler, and the log line of each of its notifications."""

    delivery: Delivery
    endings: Sequence[dict[str, Any]]

    @property
    def failed(self) -> bool:
        """Whether the handler raised, or a notification failed."""
        return self.delivery.error is not None or any(ending["outcome"] == "failed" for ending in self.endings)

    @property
    def messages(self) -> list[Message]:
        """The messages of an SQS event, with what became of them."""
        return messages.read(self.delivery, self.endings)

    @property
    def status(self) -> int:
        """The exit status: what became of the notifications, in the worst case."""
        retried = [message for message in self.messages if message.retried]
        failed = sum(ending["outcome"] == "failed" for ending in self.endings)
        if self.delivery.error or failed > sum(len(message.failed) for message in retried):
            return FAILED
        return RETRIED if retried else 0


def tell(console: Console, invocation: Invocation) -> None:
    """
    Print each notification: outcome, object, event, changes, milliseconds; then what is incomplete, and errors.

    It is one line, or two in a narrow terminal.
    """
    for outcome, url, told in _told(invocation):
        facts = printable(told)
        left = Text.assemble((f"{outcome:<14}", _STYLES[outcome]), printable(url))
        narrow = console.is_terminal and cell_len(f"{left.plain}  {facts}") > console.width
        console.print(Text.assemble(left, "\n" + " " * 14 if narrow else "  ", (facts, "dim")), soft_wrap=True)
    for finding in dict.fromkeys(finding for ending in invocation.endings for finding in ending.get("findings", ())):
        console.print(Text(printable(finding), style="yellow"), soft_wrap=True)
    differ(console, invocation.endings)
    for error in _errors(invocation):
        console.print(Text(lines(error), style="red"), soft_wrap=True)
    for message in invocation.messages:
        if message.disposition:
            reasons = "".join(f" · {reason}" for reason in dict.fromkeys(end.get("reason") for end in message.failed))
            words = printable(f"message {message.id or '(no id)'}: {message.disposition}{reasons}")
            console.print(Text(words, style="yellow" if message.retried else "bold red"), soft_wrap=True)


def differ(console: Console, endings: Iterable[dict[str, Any]]) -> None:
    """Print how the columns of each file differ from those of its tables: the kind of difference, and what it says."""
    found = ((ending, one) for ending in endings for one in ending.get("column_findings", ()))
    said = (f"{ending.get('key') or ending.get('target', '')}: {one['kind']}: {one['text']}" for ending, one in found)
    for words in dict.fromkeys(said):
        console.print(Text(printable(words), style="yellow"), soft_wrap=True)


def _told(invocation: Invocation) -> Iterator[tuple[str, str, str]]:
    """Yield outcome, object and facts; if the handler failed before it wrote a log line, they come from the event."""
    delivery = invocation.delivery
    if not invocation.endings and delivery.error:
        for event in events.read(delivery.event):
            yield "failed", event.url, f"{event.kind} · {delivery.duration_ms:.0f} ms"
    for ending in invocation.endings:
        bucket, key = ending.get("bucket", ""), ending.get("key", "")
        facts = [ending.get("event"), ending.get("reason")]
        if "hints_sent" in ending:
            facts.append(f"{ending['hints_sent']} hints")
        elif ending["outcome"] == "applied":
            facts += ["in S3" if ending.get("object_exists") else "not in S3", *_changes([ending])]
        facts.append(f"{ending.get('duration_ms', 0)} ms")
        url = ending.get("sweep") or (f"s3://{bucket}/{key}" if bucket else "")
        yield ending["outcome"], url, " · ".join(filter(None, facts))


def _errors(invocation: Invocation) -> list[str]:
    """Return the errors of failed notifications; if there are none, the error that the handler raised."""
    found = [str(ending["error"]) for ending in invocation.endings if "error" in ending]
    error = invocation.delivery.error
    return found or ([_words(error)] if error else [])


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
