"""Says what came of deliveries: a line for each notification, a sum for many. Used by every command."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from traceback import format_exception
from typing import Any

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from connector.core import envelope
from connector.core.notification import Notification
from local.aws.delivery import Delivery

_STYLES = {"applied": "green", "ignored": "yellow", "acknowledged": "dim", "failed": "bold red"}
_CHANGES = ("created", "updated", "retired")


@dataclass(frozen=True, slots=True)
class Happening:
    """What a record of a notification says: the event's type, and the object it is about."""

    kind: str
    bucket: str
    key: str

    @property
    def gone(self) -> bool:
        """Whether the object is said to have gone."""
        return self.kind.startswith(("ObjectRemoved", "LifecycleExpiration", "Object Deleted"))

    @property
    def url(self) -> str:
        """The object as people write it."""
        return f"s3://{self.bucket}/{self.key}"


def happenings(event: object) -> list[Happening]:
    """Read what an event says, whatever it is wrapped in; what makes no sense is the handler's to judge."""
    messages = envelope.messages(event)
    found = [record for message in messages for record in envelope.read(message.body)]
    said = found if messages else envelope.records(event)
    return [Happening(record.event, record.bucket, record.key) for record in said if isinstance(record, Notification)]


def tell(console: Console, delivery: Delivery) -> None:
    """
    Say of each notification how it ended: outcome, object, event, changes, milliseconds; errors in their own words.

    It is one line for a program; for a person with a narrow terminal, two.
    """
    for outcome, url, facts in _told(delivery):
        left = Text.assemble((f"{outcome:<14}", _STYLES[outcome]), printable(url))
        narrow = console.is_terminal and cell_len(f"{left.plain}  {facts}") > console.width
        console.print(Text.assemble(left, "\n" + " " * 14 if narrow else "  ", (facts, "dim")), soft_wrap=True)
    if delivery.error:
        console.print(Text(_words(delivery.error), style="red"), soft_wrap=True)


def _told(delivery: Delivery) -> Iterator[tuple[str, str, str]]:
    """Yield outcome, object and facts."""
    if delivery.error:
        milliseconds = f"{delivery.duration_ms:.0f} ms"
        for happening in happenings(delivery.event):
            yield "failed", happening.url, f"{happening.kind} · {milliseconds}"
        return
    if "batchItemFailures" in delivery.result:
        yield from _batch(delivery)
        return
    for entry in delivery.result["notifications"]:
        changes = _changes([entry]) if entry["outcome"] == "applied" else []
        facts = [entry["event"], entry.get("reason"), *changes, f"{entry.get('duration_ms', 0)} ms"]
        facts += [f"{table} is not in the catalog" for table in entry.get("missing", ())]
        yield entry["outcome"], f"s3://{entry['bucket']}/{entry.get('key', '')}", " · ".join(filter(None, facts))


def _batch(delivery: Delivery) -> Iterator[tuple[str, str, str]]:
    """Yield of each object whether its message was finished; the handler's answer does not say more."""
    back = {failure["itemIdentifier"] for failure in delivery.result["batchItemFailures"]}
    for message in envelope.messages(delivery.event):
        for record in envelope.read(message.body):
            if isinstance(record, Notification):
                outcome, words = ("failed", "handed back") if message.id in back else ("applied", "finished")
                yield outcome, f"s3://{record.bucket}/{record.key}", f"{record.event} · {words}"


def printable(text: str) -> str:
    """Write control characters as escapes, since a key may hold any."""
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text)


def total(deliveries: Sequence[Delivery]) -> str:
    """Sum up: notifications by outcome, changes in the catalog, and what the handler took for each."""
    entries = [entry for delivery in deliveries if delivery.result for entry in delivery.result["notifications"]]
    outcomes = [entry["outcome"] for entry in entries] + ["failed" for delivery in deliveries if delivery.error]
    facts = [f"{outcomes.count(outcome)} {outcome}" for outcome in dict.fromkeys(outcomes)]
    applied = [entry for entry in entries if entry["outcome"] == "applied"]
    facts += _changes(applied) if applied else []
    facts.append(f"{sum(delivery.duration_ms for delivery in deliveries) / len(deliveries):.0f} ms each")
    return " · ".join(facts)


def _words(error: BaseException) -> str:
    """Give the connector's own errors in their words, and any other, which is a fault of the program, in full."""
    expected = type(error).__module__.startswith("connector.")
    return str(error) if expected else "".join(format_exception(error)).rstrip()


def _changes(applied: Sequence[dict[str, Any]]) -> list[str]:
    """Say what these notifications changed in the catalog."""
    counts = {name: sum(entry[f"assets_{name}"] for entry in applied) for name in _CHANGES}
    return [f"{count} {name}" for name, count in counts.items() if count] or ["nothing written"]
