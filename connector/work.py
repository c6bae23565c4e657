"""A plan while it is carried out; `connector.writer` does so."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from connector.core.asset import Name, Object, Read
from connector.core.plan import Draft
from connector.core.report import Changes, Result, credited
from connector.core.route import Hint, Subject


@dataclass(eq=False, slots=True)
class Work:
    """
    A draft while it is carried out, with what has changed so far.

    `reads` has the subjects that it is still about: the others failed, or were planned once more. `failed` are the
    names of which nothing more is written.
    """

    draft: Draft
    reads: dict[Subject, Read | None]
    guids: dict[Name, str] = field(default_factory=dict)
    created: set[Name] = field(default_factory=set)
    updated: set[Name] = field(default_factory=set)
    retired: set[Name] = field(default_factory=set)
    failed: set[Name] = field(default_factory=set)

    def fail(self, names: Collection[Name]) -> dict[Subject, Read | None]:
        """Take out, and return, the subjects that cannot be complete without these names."""
        failed = set(names)
        pairs = {pair for pair, lineage in self._pairs() if not failed.isdisjoint(lineage)}
        taken = {
            subject: read
            for subject, read in self.reads.items()
            if (subject.pair if isinstance(subject, Hint) else subject) in pairs
            or (isinstance(subject, Hint) and not failed.isdisjoint(self._needed(subject)))
        }
        self.failed |= failed.union(
            *(lineage for pair, lineage in self._pairs() if pair in pairs),
            *(self.draft.desired.objects[subject].names for subject in taken if isinstance(subject, Hint)),
        )
        for subject in taken:
            del self.reads[subject]
        return taken

    def results(self) -> Mapping[Subject, Result]:
        """Return the results of the subjects that it is still about."""
        changes = Changes(frozenset(self.created), frozenset(self.updated), frozenset(self.retired))
        return credited(self.reads, self.draft.desired, self.draft.actual, changes)

    def names(self) -> set[Name]:
        """Return every name that it decides about."""
        return set[Name]().union(
            *(lineage.names for lineage in self.draft.desired), *(lineage for _, lineage in self._pairs())
        )

    def _pairs(self) -> Iterator[tuple[Subject, frozenset[Name]]]:
        """Yield each pair with the names of its lineage, also of column processes that it should not have."""
        children = self.draft.actual.children
        for pair, lineage in self.draft.desired.pairs.items():
            found = (child.name for name in lineage.names for child in children.get(name, ()))
            yield pair, lineage.names.union(found)

    def _needed(self, hint: Hint) -> set[Name]:
        """Return the names of an object's lineage, and of its bucket where that has to be saved."""
        lineage = self.draft.desired.objects[hint]
        buckets = (asset.bucket for asset in lineage.present if isinstance(asset, Object))
        return {*lineage.names, *(bucket for bucket in buckets if isinstance(bucket, Name))}
