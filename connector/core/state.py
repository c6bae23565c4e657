"""How the catalog is for one object, in a few words: the command `explain` prints it, and its exit status is of it."""

from enum import StrEnum

from connector.core.asset import Type
from connector.core.explanation import Contents, Explained, Verb, changes, retired
from connector.core.plan import Draft
from connector.errors import ConnectorError


class State(StrEnum):
    """How the catalog is; in the first two states it is as it should be."""

    SYNC = "in sync"
    DIFFERENT = "in sync; the file and its tables differ"
    LACKING = "cataloged, with incomplete lineage"
    BEHIND = "cataloged, and not in sync with S3"
    NEW = "not cataloged yet"
    IGNORED = "not cataloged"
    STALE = "not in S3, and still in the catalog"
    NOWHERE = "not in S3, and not in the catalog"
    UNREAD = "S3 does not tell what there is"
    FAILING = "cannot be applied"
    UNSEEN = "the catalog cannot be read"

    @property
    def settled(self) -> bool:
        """Tell whether the object is cataloged as it should be."""
        return self in (State.SYNC, State.DIFFERENT)


def state(explained: Explained) -> State:
    """Say how the catalog is."""
    if explained.ignored:
        return State.IGNORED
    if isinstance(explained.stat, ConnectorError):
        return State.UNREAD
    if not isinstance(explained.draft, Draft):
        return State.FAILING
    if isinstance(explained.contents, ConnectorError):
        return State.UNSEEN
    return _compared(explained, explained.draft, explained.contents)


def _compared(explained: Explained, draft: Draft, contents: Contents) -> State:
    todo = changes(draft, contents)
    verbs = {change.verb for change in todo} - {Verb.KEEP, Verb.SAVE}
    if explained.stat is None:
        return State.STALE if retired(explained, todo) else State.NOWHERE
    if any(change.name.type is Type.OBJECT and change.verb in (Verb.CREATE, Verb.RESTORE) for change in todo):
        return State.NEW
    return State.BEHIND if verbs else _whole(explained, draft)


def _whole(explained: Explained, draft: Draft) -> State:
    if any(lineage.missing or lineage.findings for lineage in draft.desired):
        return State.LACKING
    return State.DIFFERENT if draft.facts.differences.get(explained.hint) else State.SYNC
