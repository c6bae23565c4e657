"""
Reads whether the pairs of a batch still have an object: those of which one is gone, and those that a sweep doubts.

`connector.pairs` goes on with what was listed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from connector.cache import Cache
from connector.core.asset import Read
from connector.core.names import Namespace
from connector.core.route import Hint, Pair, Routes
from connector.core.seen import Around
from connector.core.shape import unsettled
from connector.errors import PermanentError
from connector.ports import Catalog, Store
from connector.presence import PAGES, PAGES_OF_A_SWEEP, Newest, Presence

Reads = Mapping[Hint, Read | None]


@dataclass(slots=True)
class Lives:
    """
    Which pairs have an object that is not in the batch.

    `over` have none, `alive` have one; of the `undecided` that could not be found out, with the reason. `newest` has
    what was listed; `hinted` are those that a sweep doubts.
    """

    over: set[Pair] = field(default_factory=set)
    alive: list[Pair] = field(default_factory=list)
    undecided: dict[Pair, str] = field(default_factory=dict)
    newest: dict[Pair, Newest] = field(default_factory=dict)
    hinted: Sequence[Pair] = ()


class Living:
    """Reads through the ports, and looks into the *cache*."""

    def __init__(self, routes: Routes, space: Namespace, ports: tuple[Store, Catalog], cache: Cache) -> None:
        self._space, self._cache = space, cache
        store, self._catalog = ports
        self._presence = Presence(routes, store)

    def of(self, reads: Reads, hinted: Sequence[Pair]) -> Lives:
        """
        Tell whether the pairs of which an object is gone, and those that a sweep's hint is about, have one.

        Where S3 rejects a listing, as of a bucket that another route names and that does not exist, the pair is left:
        an object that is gone does not wait for it.
        """
        found = Lives(hinted=hinted)
        present = {hint.pair for hint, read in reads.items() if read}
        ended = (hint.pair for hint, read in reads.items() if not read)
        for pair in dict.fromkeys((*hinted, *(pair for pair in ended if pair and pair not in present))):
            try:
                self._live(pair, reads, found)
            except PermanentError as error:
                found.newest[pair] = Newest(lacking=str(error))
                found.undecided[pair] = f"{_left(pair)}: {error}"
        found.alive = [pair for pair in found.alive if pair not in present]
        found.over -= present
        return found

    def _live(self, pair: Pair, reads: Reads, found: Lives) -> None:
        """A notification of an object that did not decide about the columns only asks whether there is another."""
        known, hinted = self._cache.pairs.get(pair), pair in found.hinted
        gone = [(hint.bucket, hint.key) for hint in reads if hint.pair == pair]
        settled = known and (known.undecided or not any(unsettled(at, None, known.form, known.deciding) for at in gone))
        if settled or (self._cache.crowded.get(pair) and not hinted):
            found.over |= {pair} if self._presence.of(pair) is False else set()
            return
        newest = self.newest(pair, PAGES_OF_A_SWEEP if hinted else PAGES)
        if newest.objects or (hinted and newest.lacking and self._connects(pair)):
            if not newest.lacking or hinted:
                found.alive.append(pair)
                found.newest[pair] = newest
        elif not newest.lacking or hinted:
            found.over.add(pair)

    def newest(self, pair: Pair, pages: int = PAGES) -> Newest:
        """
        Return the newest objects of a pair.

        Raises:
            ConnectorError: S3 does not list.
        """
        newest = self._presence.newest(pair, pages)
        if newest.lacking:
            self._cache.crowded.put(pair, value=True)
        return newest

    def _connects(self, pair: Pair) -> bool:
        """
        Tell whether the catalog connects an object with both tables; it is asked where S3's listing is too long.

        An object that it does not have yet brings the pair back when its own notification is applied.
        """
        around = self._catalog.around((pair.source, pair.target))
        return bool(self._space.between(around.get(pair.source, Around()), around.get(pair.target, Around())))


def _left(pair: Pair) -> str:
    return f"the lineage from {pair.source} to {pair.target} is left as it is"
