"""The catalog as a process writes to it, with a look at what it has in flight together."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from connector.core.asset import Asset, Found, Name
from connector.ports import Saved
from tests.support.catalog import Atlan, tail
from tests.support.client import Client


class Watched(Client):
    """
    The catalog port, which tells *broke* where writes of a process meet that must not.

    Two saves of one name may make two assets of it; and what is retired beside a save may be what that refers to.
    """

    def __init__(self, atlan: Atlan, ask: Callable[..., Any], broke: Callable[[str], None]) -> None:
        super().__init__(atlan, ask)
        self._broke = broke
        self._flights: list[tuple[str, set[Name]]] = []

    def save(self, assets: Sequence[Asset], guids: Mapping[Name, str]) -> Saved:
        names = {asset.name for asset in assets}
        with self._flying("save", names):
            return super().save(assets, guids)

    def retire(self, assets: Sequence[Found]) -> None:
        with self._flying("retire", {asset.name for asset in assets}):
            super().retire(assets)

    @contextmanager
    def _flying(self, verb: str, names: set[Name]) -> Iterator[None]:
        for other, others in self._flights:
            if other != verb:
                self._broke(f"promise 3: {verb} {tail(min(names, key=str))} is in flight beside a {other}")
            if both := names & others:
                self._broke(f"promise 4: two requests to {verb} {tail(min(both, key=str))} are in flight")
        flight = verb, names
        self._flights.append(flight)
        try:
            yield
        finally:
            self._flights.remove(flight)
