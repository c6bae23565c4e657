"""The item of the connection in DynamoDB, and how a process asks for it; the rules are `connector.lease`."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from connector.lease import InProcess
from connector.ports import Held, Item


@dataclass
class Items:
    """
    The item port of one process; `ask` sends a request.

    Like the adapter, it stores whole seconds. `late` is added to when an item expires, so that a mutant can take away.
    """

    table: InProcess
    ask: Callable[[str, Callable[[], Any]], Any]
    late: float = field(default=0.0)

    def take(self, connection: str, holder: str, now: float, expires: float) -> Item | Held:
        return self.ask(
            "lease.take", lambda: self.table.take(connection, holder, round(now), round(expires + self.late))
        )

    def end(self, connection: str, holder: str, expires: float, due: float) -> None:
        self.ask("lease.end", lambda: self.table.end(connection, holder, round(expires + self.late), due))
