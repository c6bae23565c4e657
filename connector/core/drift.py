"""
Compares what S3 lists with what Atlan's search says, object by object and pair by pair.

A difference is only a hint, as a notification is: `connector.sweep` finds it, and `connector.sync` asks S3 and Atlan's
graph again before it writes. So a search that lags behind costs a hint too many or too few, and nothing else.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from connector.core.asset import ByGuid, Name, Process, Type
from connector.core.lineage import Lineage
from connector.core.route import Match, Pair, Unrouted
from connector.core.seen import Cataloged, End, Linked, Listed, Seen


class Drift(StrEnum):
    """How the catalog differs from what it should be."""

    NEW = "cataloged"
    CHANGED = "changed"
    VANISHED = "retired"
    LINKED = "linked"
    UNLINKED = "unlinked"
    PAIR_LINKED = "pairs linked"
    PAIR_UNLINKED = "pairs unlinked"


@dataclass(frozen=True, slots=True)
class Known:
    """Tables that Atlan has, of those that `unlinked` asks for, and keys that once had lineage of ours."""

    tables: Collection[str] = ()
    ours: Collection[str] = ()


def same(listed: Listed, cataloged: Cataloged) -> bool:
    """
    Tell whether the catalog has an object as S3 lists it.

    The version, the content type and the like are not in a listing: they change only with the time of modification.
    """
    told = (listed.size, listed.etag, listed.storage_class, listed.modified.replace(microsecond=0))
    modified = cataloged.modified and cataloged.modified.replace(microsecond=0)
    return told == (cataloged.size, cataloged.etag, cataloged.storage_class, modified)


def of_object(seen: Seen, match: Match | Unrouted, object_: Name, known: Known) -> Drift | None:
    """
    Say how the catalog differs from S3 for one key, or None if it does not; *object_* is the object's name in Atlan.

    An object that is on no route and never had lineage of ours is somebody else's: it is left alone.
    """
    if seen.listed is None and seen.cataloged and (isinstance(match, Match) or seen.linked or seen.key in known.ours):
        return Drift.VANISHED
    if seen.listed is None or isinstance(match, Unrouted):
        return Drift.UNLINKED if seen.linked else None
    if not seen.cataloged:
        return Drift.NEW
    if not same(seen.listed, seen.cataloged[0]):
        return Drift.CHANGED
    found = [_of_process(end, linked, ends, known.tables) for end, linked, ends in _sides(seen, match, object_)]
    return next((drift for drift in (Drift.LINKED, Drift.UNLINKED) if drift in found), None)


def unlinked(seen: Seen, match: Match | Unrouted, object_: Name) -> set[str]:
    """Return the tables without which one cannot say what is wrong with the lineage of an object."""
    if seen.listed is None or isinstance(match, Unrouted):
        return set()
    return {end for end, linked, ends in _sides(seen, match, object_) if end and not _right(linked, ends)}


def linked_pair(seen: Seen) -> Pair | None:
    """Return the pair of tables that the processes of an object connect now."""
    match seen.into, seen.out:
        case Linked(inputs=(source,)), Linked(outputs=(target,)):
            return Pair(source.qualified_name, target.qualified_name)
    return None


def of_pair(lineage: Lineage, actual: Mapping[Name, Linked]) -> Drift | None:
    """
    Say how the catalog differs from the *lineage* of a pair that has objects; None if it does not.

    Args:
        actual: the process of the pair and its column processes of ours, as the catalog has them; those of columns do
            not count where the objects of the pair do not tell which there should be.
    """
    wanted = {asset.name: asset for asset in lineage.present if isinstance(asset, Process)}
    if any(process.parent is None and process.note is None for process in wanted.values()):
        actual = {name: linked for name, linked in actual.items() if name.type is Type.PROCESS}
    if not wanted:
        return Drift.PAIR_UNLINKED if actual else None
    right = wanted.keys() == actual.keys() and all(_equal(wanted[name], linked) for name, linked in actual.items())
    return None if right else Drift.PAIR_LINKED


def _sides(
    seen: Seen, match: Match, object_: Name
) -> Iterable[tuple[str | None, Linked | None, tuple[list[str | None], list[str | None]]]]:
    """Yield for each of the two processes: its table, what the catalog has, and the ends that it should have."""
    yield match.source, seen.into, ([match.source], [object_.qualified_name])
    yield match.target, seen.out, ([object_.qualified_name], [match.target])


def _of_process(
    table: str | None, linked: Linked | None, ends: tuple[list[str | None], list[str | None]], tables: Collection[str]
) -> Drift | None:
    if table is None or (not _right(linked, ends) and table not in tables):
        return Drift.UNLINKED if linked else None
    return None if _right(linked, ends) else Drift.LINKED


def _right(linked: Linked | None, ends: tuple[list[str | None], list[str | None]]) -> bool:
    return linked is not None and (_names(linked.inputs), _names(linked.outputs)) == ends


def _names(ends: Iterable[End]) -> list[str]:
    return sorted(end.qualified_name for end in ends)


def _equal(process: Process, linked: Linked) -> bool:
    wanted = [{end.guid for end in ends if isinstance(end, ByGuid)} for ends in (process.inputs, process.outputs)]
    same = wanted == [{end.guid for end in ends} for ends in (linked.inputs, linked.outputs)]
    return same and process.note in (None, linked.note)
