"""
Why an object is in the catalog as it is: what was read about it, and what its notification would change.

`connector.explain` reads it. `connector.core.verdict` says what is wrong, and `connector.core.sections` tells it all.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, cast

from connector.core.asset import (
    Asset,
    ByGuid,
    Found,
    Name,
    Object,
    Process,
    Read,
    Reference,
    Stat,
    Type,
    is_column,
)
from connector.core.drift import same
from connector.core.plan import Draft
from connector.core.route import Hint, Match, Unrouted
from connector.core.seen import Cataloged, Linked, Listed
from connector.core.shape import Said
from connector.errors import ConnectorError

SETTLING: Final = 60.0
"""Seconds after a change in S3 in which its notification is expected to be still under way."""


@dataclass(frozen=True, slots=True)
class Contents:
    """
    What the catalog has of an object: `found` by name, active or archived, up to date.

    `cataloged` is the state of the object, and `linked` has the ends of active processes, as a search tells them: it
    lags behind by seconds.
    """

    found: Mapping[Name, Sequence[Found]] = field(default_factory=dict)
    cataloged: Cataloged | None = None
    linked: Mapping[Name, Linked] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Writer:
    """The last holder of the lease, and for how many more seconds nobody else may take it; 0 if it is free."""

    holder: str
    left: float


@dataclass(frozen=True, slots=True)
class Explained:
    """
    All that was read about one object.

    `read` is what S3 returns, and `said` what its header says, if it has a pair of tables. `draft` is what the
    notification of the object would do, an error if it would fail, and None if S3 does not tell its state. `contents`
    is what the catalog has. `near` are keys of S3 that resemble one that it does not have, and `decoded` is the key
    that S3 has in its place, if the given one is encoded. `writers` are the holders of the lease before and after all
    was read: None without a lease table, an error if it cannot be read. `age` is how many seconds ago it changed.
    """

    hint: Hint
    read: Read | ConnectorError | None
    draft: Draft | ConnectorError | None = None
    contents: Contents | ConnectorError = field(default_factory=Contents)
    said: Said | ConnectorError | None = None
    near: tuple[str, ...] = ()
    decoded: str = ""
    writers: tuple[Writer | ConnectorError | None, Writer | ConnectorError | None] = (None, None)
    age: float | None = None

    @property
    def stat(self) -> Stat | ConnectorError | None:
        """Return the state in S3, None if there is no object."""
        return self.read.stat if isinstance(self.read, Read) else self.read

    @property
    def ignored(self) -> bool:
        """Tell whether a notification of the object is ignored."""
        return isinstance(self.hint.match, Unrouted)

    @property
    def match(self) -> Match | None:
        """Return the route that takes the key, with the tables."""
        return self.hint.match if isinstance(self.hint.match, Match) else None


class Verb(StrEnum):
    """
    What becomes of an asset.

    One that is kept is sent, too, and Atlan skips what is equal. Of one that is only saved, the search does not show
    the state yet, so that it is not known whether it is equal.
    """

    CREATE = "create"
    RESTORE = "restore"
    UPDATE = "update"
    SAVE = "save"
    KEEP = "keep"
    RETIRE = "retire"


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of one asset."""

    verb: Verb
    name: Name
    column: bool = False


def changes(draft: Draft, contents: Contents) -> list[Change]:
    """List what the requests of a plan do to each asset, in their order."""
    saved = [
        Change(_verb(asset, draft, contents), asset.name, is_column(asset))
        for request in draft.plan.saves
        for asset in request
    ]
    retired = [Change(Verb.RETIRE, asset.name, _of_column(asset.name)) for part in draft.plan.retires for asset in part]
    return saved + retired


def retired(explained: Explained, todo: Sequence[Change]) -> bool:
    """Tell whether the object itself, or a process at it, is to be retired; and not only the lineage of its pair."""
    draft = cast("Draft", explained.draft)
    mine = draft.desired.objects[explained.hint].names
    return any(change.verb is Verb.RETIRE and change.name in mine for change in todo)


def _of_column(name: Name) -> bool:
    return name.type is Type.COLUMN_PROCESS


def _verb(asset: Asset, draft: Draft, contents: Contents) -> Verb:
    if isinstance(asset, Process) and is_column(asset):
        return _of_columns(asset, draft, contents)
    found = contents.found.get(asset.name, ())
    if not found:
        return Verb.CREATE
    if not any(one.active for one in found):
        return Verb.RESTORE
    match asset:
        case Object() if contents.cataloged is not None:
            return Verb.KEEP if same(_listed(asset), contents.cataloged) else Verb.UPDATE
        case Process() if asset.name in contents.linked:
            return _compared(asset, contents.linked[asset.name], contents)
    return Verb.SAVE


def _of_columns(process: Process, draft: Draft, contents: Contents) -> Verb:
    """Of column processes, only active ones are looked up: one that is archived is said to be created."""
    children = {child.name for found in draft.actual.children.values() for child in found}
    linked = contents.linked.get(process.name)
    if linked:
        return _compared(process, linked, contents)
    return Verb.SAVE if process.name in children else Verb.CREATE


def _listed(asset: Object) -> Listed:
    stat = asset.stat
    return Listed(asset.key, stat.size, stat.etag, stat.modified, stat.storage_class)


def _compared(process: Process, linked: Linked, contents: Contents) -> Verb:
    if process.note not in (None, linked.note):
        return Verb.UPDATE
    wanted = [sorted(_guids(ends, contents)) for ends in (process.inputs, process.outputs)]
    return (
        Verb.KEEP
        if wanted == [sorted(end.guid for end in ends) for ends in (linked.inputs, linked.outputs)]
        else Verb.UPDATE
    )


def _guids(ends: Sequence[Reference], contents: Contents) -> Iterator[str]:
    for end in ends:
        if isinstance(end, ByGuid):
            yield end.guid
        else:
            yield next((found.guid for found in contents.found.get(end, ()) if found.active), "")


def ends(explained: Explained, draft: Draft) -> list[dict[str, Any]]:
    """Return the facts about the source and the target table of an object that is in S3."""
    if explained.match is None or explained.stat is None:
        return []
    lineage = draft.desired.objects[explained.hint]
    told = dict(zip(lineage.missing, lineage.findings, strict=False))
    found = []
    for end, name in (("source", explained.match.source), ("target", explained.match.target)):
        table = draft.facts.tables.get(name or "")
        found.append(
            {
                "end": end,
                "name": name,
                "in_atlan": table is not None,
                "columns": len(table.columns) if table else 0,
                "resembles": told.get(name or ""),
            }
        )
    return found


def pairs(draft: Draft) -> list[tuple[str, str]]:
    """Return the pairs of columns as the names of their processes tell them."""
    return [
        (source, target)
        for lineage in draft.desired.pairs.values()
        for asset in lineage.present
        if is_column(asset)
        for source, _, target in (asset.label.partition(" \N{RIGHTWARDS ARROW} "),)
    ]


def held(name: Name, contents: Contents) -> dict[str, Any]:
    """Return the facts about one asset of the catalog."""
    found = contents.found[name]
    active = [one.guid for one in found if one.active]
    told: dict[str, Any] = {"type": name.type.value, "qualified_name": name.qualified_name}
    told["state"] = "active" if active else "archived" if found else "absent"
    told["guids"] = active or [one.guid for one in found]
    if contents.cataloged and contents.cataloged.name == name:
        seen = contents.cataloged
        told |= {"size": seen.size, "etag": seen.etag, "modified": seen.modified and seen.modified.isoformat()}
    if linked := contents.linked.get(name):
        told["inputs"] = [end.qualified_name for end in linked.inputs]
        told["outputs"] = [end.qualified_name for end in linked.outputs]
    return told
