"""
Carries out a plan: saves side by side, then retirements, and divides what Atlan rejects.

`connector.sync` calls it under the lease. Only the requests are made in threads: what follows from an answer, and every
use of the cache, happens in one thread, while other requests are in flight.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import zip_longest
from typing import TypeVar

from connector.cache import Cache
from connector.core.asset import Asset, Name, Process
from connector.core.plan import Draft, Retirement, Save, retreats, shared, waves
from connector.core.report import Result, postponed, stops
from connector.core.route import Subject
from connector.divide import Attempt, Reads, Results, recovered
from connector.errors import ConnectorError, TransientError, UnexpectedError, unexpected
from connector.ports import Catalog, Saved, Together
from connector.work import Work

_AnswerT = TypeVar("_AnswerT")


@dataclass(slots=True)
class Writer:
    """
    Applies one batch.

    A request that Atlan rejects concerns the subjects whose assets it has. They are planned once more, and divided,
    while the other requests are in flight; but no name is ever in two of these at once, as Atlan would make two assets
    of it. After an answer that stops the batch, what is in flight is waited for, and nothing more is begun.
    """

    draft: Callable[[Reads], Draft]
    catalog: Catalog
    cache: Cache
    together: Together
    _works: list[Work] = field(default_factory=list)
    _done: Results[Work] = field(default_factory=dict)
    _stopped: list[TransientError] = field(default_factory=list)

    def apply(self, reads: Reads) -> dict[Subject, Result]:
        """
        Make the catalog what it should be, and return what became of each subject.

        Raises:
            ConnectorError: what is there could not be read, or the connection is missing; nothing was written.
        """
        work = self._begun(reads)
        self._done = dict.fromkeys(reads, work)
        for wave in waves(work.draft.plan.saves):
            self._save(work, wave)
        self._retire()
        return self._results()

    def _begun(self, reads: Reads) -> Work:
        work = Work(self.draft(reads), dict(reads))
        self.cache.begin(work.draft.desired.pairs)
        self._works.append(work)
        return work

    def _save(self, work: Work, wave: Sequence[Save]) -> None:
        requests = [pending for assets in wave if (pending := self._pending(work, assets))]
        calls = [partial(self._answer, partial(self.catalog.save, one, dict(work.guids))) for one in requests]
        later: list[tuple[Reads, ConnectorError]] = []

        def ended(place: int, answer: Saved | ConnectorError) -> None:
            if isinstance(answer, Saved):
                self._note(work, requests[place], answer)
                return
            taken = work.fail([asset.name for asset in requests[place]])
            if shared(requests[place]):
                later.append((taken, answer))  # what else these subjects need may be in flight
            else:
                self._recover(taken, answer, self._alone)

        self.together(calls, ended)
        for taken, error in later:
            self._recover(taken, error, self._alone)

    def _pending(self, work: Work, assets: Save) -> Save:
        """Leave out what the cache knows to be saved as it is wanted, and what depends on something that failed."""
        return tuple(
            asset
            for asset in assets
            if asset.name not in work.failed
            and not (isinstance(asset, Process) and asset.parent in work.failed)
            and not self.cache.is_saved(asset)
        )

    def _note(self, work: Work, assets: Sequence[Asset], saved: Saved) -> None:
        work.guids |= saved.guids
        self.cache.save(assets, work.guids)
        work.created |= saved.created
        work.updated |= saved.updated

    def _retire(self) -> None:
        """Retire what the works leave, once all is saved; of a name that two decide about, the later one decides."""
        works = self._whose()
        decided: set[Name] = set()
        for work in reversed(works):
            work.failed |= decided
            decided |= work.names() if len(works) > 1 else set()
        refused: list[tuple[Reads, ConnectorError]] = []
        for wave in zip_longest(*(retreats(work.draft.plan.retires) for work in works), fillvalue=()):
            requests = [(work, left) for work, part in zip(works, wave, strict=True) for left in _left(work, part)]

            def ended(place: int, answer: ConnectorError | None, requests: Sequence[tuple[Work, Retirement]]) -> None:
                work, assets = requests[place]
                if answer is None:
                    self._forget(work, assets)
                else:
                    refused.append((work.fail([asset.name for asset in assets]), answer))

            calls = [partial(self._answer, partial(self.catalog.retire, assets)) for _, assets in requests]
            self.together(calls, partial(ended, requests=requests))
        for taken, error in refused:
            self._recover(taken, error, self._whole)

    def _forget(self, work: Work, assets: Retirement) -> None:
        self.cache.retire(assets)
        work.retired |= {asset.name for asset in assets}

    def _recover(self, reads: Reads, error: ConnectorError, attempt: Attempt[Work]) -> None:
        """Try once more, and divide, where that can help. Other saves go on meanwhile; retirements have ended."""
        if not reads:
            return  # an earlier answer concerned them, too
        results = recovered(reads, error, attempt, self.cache.clear)
        self._stopped += filter(stops, results.values())
        self._done |= results

    def _alone(self, reads: Reads) -> Results[Work]:
        """Plan once more, and save one request after another; what has to be retired waits for all other saves."""
        if self._stopped:
            raise postponed(self._stopped[0])
        work = self._begun(reads)
        for assets in work.draft.plan.saves:
            if pending := self._pending(work, assets):
                self._note(work, pending, self._asked(partial(self.catalog.save, pending, work.guids)))
        return dict.fromkeys(reads, work)

    def _whole(self, reads: Reads) -> Results[Work]:
        """Do the same, and retire."""
        results = self._alone(reads)
        work = self._works[-1]
        for assets in work.draft.plan.retires:
            self._asked(partial(self.catalog.retire, assets))
            self._forget(work, assets)
        return results

    def _asked(self, call: Callable[[], _AnswerT]) -> _AnswerT:
        answer = self._answer(call)
        if isinstance(answer, ConnectorError):
            raise answer
        return answer

    def _answer(self, call: Callable[[], _AnswerT]) -> _AnswerT | ConnectorError:
        """Make a request, in any thread, unless an earlier answer stops the batch; an error is an answer, too."""
        if self._stopped:
            return postponed(self._stopped[0])
        error: ConnectorError
        try:
            return call()
        except ConnectorError as failure:
            error = failure
        except Exception as failure:  # noqa: BLE001 - an error in one thread loses nothing of the others
            error = unexpected(failure)
        if stops(error) and not isinstance(error, UnexpectedError):  # which is divided first, whatever it leaves open
            self._stopped.append(error)
        return error

    def _whose(self) -> list[Work]:
        """Return the works that a subject's result depends on, in the order in which they were planned."""
        return [work for work in self._works if any(work is done for done in self._done.values())]

    def _results(self) -> dict[Subject, Result]:
        applied: dict[Subject, Result] = {}
        for work in self._whose():
            pairs = work.draft.desired.pairs
            done = {pair: lineage for pair, lineage in pairs.items() if lineage.names.isdisjoint(work.failed)}
            self.cache.finish(done, work.draft.facts)
            applied |= work.results()
        return {
            subject: done if isinstance(done, ConnectorError) else applied[subject]
            for subject, done in self._done.items()
        }


def _left(work: Work, requests: Sequence[Retirement]) -> Iterator[Retirement]:
    """Yield what is still to be retired: not a process whose column processes could not be."""
    for request in requests:
        if left := tuple(found for found in request if found.name not in work.failed):
            yield left
