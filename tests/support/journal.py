"""A journal that keeps what it is told."""

from dataclasses import dataclass, field

from connector.core.disposition import Tally
from connector.core.envelope import Message
from connector.core.report import Report
from connector.errors import ConnectorError


@dataclass
class Journal:
    """See `connector.ports.Journal`; `troubles` has the errors of what is not about a notification, by name."""

    reports: list[Report] = field(default_factory=list)
    tallies: list[Tally] = field(default_factory=list)
    troubles: list[tuple[str, ConnectorError]] = field(default_factory=list)

    def closing(self, report: Report) -> None:
        self.reports.append(report)

    def batch(self, tally: Tally) -> None:
        self.tallies.append(tally)

    def unsettled(self, message: Message, error: ConnectorError) -> None:
        self.troubles.append((f"unsettled {message.id}", error))

    def unrenewed(self, error: ConnectorError) -> None:
        self.troubles.append(("unrenewed", error))

    def unreleased(self, error: ConnectorError) -> None:
        self.troubles.append(("unreleased", error))
