"""
Reads all that explains one object, without the lease and without a write.

`connector.commands.explain` prints what it finds. What the notification of the object would do is decided by
`connector.sync`, as for the notification itself.
"""

from collections.abc import Callable, Iterator
from typing import Final, TypeVar

from connector.core import trail
from connector.core.asset import Name, Read, Type, is_column
from connector.core.desired import placed
from connector.core.explanation import Contents, Explained, Writer
from connector.core.names import Namespace
from connector.core.plan import Draft
from connector.core.route import Hint, Match, Routes
from connector.core.seen import Cataloged, Linked
from connector.core.shape import Said
from connector.errors import ConnectorError
from connector.ports import Catalog, Clock, Items, Store, Survey
from connector.shapes import Shapes, Tables
from connector.sync import Sync

ROUNDED: Final = 1.0
"""Seconds by which an item may expire later than it was ended: it has whole seconds."""

_Answer = TypeVar("_Answer")


class Explainer:
    """Explains objects; *items* is the store of leases, or None without a table: other writers are not seen then."""

    def __init__(
        self,
        routes: Routes,
        space: Namespace,
        ports: tuple[Store, Catalog, Survey, Items | None],
        sync: Sync,
        clock: Clock,
    ) -> None:
        self._routes, self._space, self._sync, self._clock = routes, space, sync, clock
        self._store, self._catalog, self._survey, self._items = ports
        self._shapes = Shapes(routes, space, (self._store, self._survey))

    def explain(self, bucket: str, key: str) -> Explained:
        """Read all about one object; what fails is a part of the explanation."""
        hint = Hint(bucket, key, self._routes.match(bucket, key))
        before = self._writer()
        read = self._sync.read(hint)
        draft = None if isinstance(read, ConnectorError) else _tried(lambda: self._sync.draft({hint: read}))
        contents = _tried(lambda: self._contents(hint, draft)) if isinstance(draft, Draft) else Contents()
        return Explained(
            hint,
            read,
            draft,
            contents,
            self._said(hint, read, draft) if isinstance(read, Read) and isinstance(draft, Draft) else None,
            near=tuple(self._near(bucket, key)) if read is None else (),
            decoded=self._decoded(bucket, key) if read is None or trail.unrouted(self._routes, bucket, key) else "",
            writers=(before, self._writer()),
            age=self._clock() - read.stat.modified.timestamp() if isinstance(read, Read) else None,
        )

    def _writer(self) -> Writer | ConnectorError | None:
        if self._items is None:
            return None
        items = self._items
        found = _tried(lambda: items.look(self._routes.connection))
        if isinstance(found, ConnectorError):
            return found
        holder, expires = found
        left = expires - self._clock()
        return Writer(holder, left if left > ROUNDED else 0.0)

    def _contents(self, hint: Hint, draft: Draft) -> Contents:
        """Read what the catalog has: names from the graph, states and ends from the search."""
        lineages = list(draft.desired)
        present = [asset.name for lineage in lineages for asset in lineage.present if not is_column(asset)]
        file = self._object(hint, draft)
        wanted = dict.fromkeys((file, *present))
        known = draft.actual.assets
        found = {**known, **self._catalog.find([name for name in wanted if name not in known])}
        processes = [name for name in found if name.type is Type.PROCESS and found[name]]
        linked = {one.name: one for one in (self._survey.named(processes) if processes else ()) if one.active}
        for parent in (self._space.pair(pair) for pair, lineage in draft.desired.pairs.items() if lineage.present):
            linked |= {child.name: child for child in self._columns(parent) if found.get(parent)}
        return Contents(found, self._cataloged(file) if found[file] else None, linked)

    def _said(self, hint: Hint, read: Read, draft: Draft) -> Said | ConnectorError | None:
        """Return what the header of the object says, as the function reads it."""
        match, pair, tables = hint.match, hint.pair, draft.facts.tables
        if not isinstance(match, Match) or pair is None or not {pair.source, pair.target} <= tables.keys():
            return None
        of = Tables(pair, dict(tables))
        return _tried(lambda: self._shapes.said(read, (hint.bucket, hint.key), match.route.layout, of))

    def _object(self, hint: Hint, draft: Draft) -> Name:
        bucket = placed(hint.bucket, draft.facts.buckets[hint.bucket], self._routes.naming, self._space)[0]
        return self._space.object(bucket, hint.key)

    def _cataloged(self, name: Name) -> Cataloged | None:
        """Return the state of the object; a search by prefix has names that begin with this one, too."""
        pages = self._survey.objects(name.qualified_name, "")
        return next((found for found in next(pages, ()) if found.name == name), None)

    def _columns(self, parent: Name) -> Iterator[Linked]:
        for page in self._survey.processes(Type.COLUMN_PROCESS, [f"{parent.qualified_name}/"], ""):
            yield from page

    def _near(self, bucket: str, key: str) -> list[str]:
        """Return keys that resemble one that S3 does not have, of the first page of the same folder."""
        folder = key[: key.rstrip("/").rfind("/") + 1]
        try:
            keys = first_keys(self._store, bucket, folder) or first_keys(self._store, bucket, "")
        except ConnectorError:
            return []  # it only helps to explain; S3's error is told where it matters
        return trail.near(key, keys)

    def _decoded(self, bucket: str, key: str) -> str:
        """Return the key that S3 has, where the given one is encoded, as a notification or its log line has it."""
        for other in trail.decoded(key):
            found = _tried(lambda other=other: self._store.read(bucket, other))  # type: ignore[misc]
            if isinstance(found, Read):
                return other
        return ""


def first_keys(store: Store, bucket: str, prefix: str) -> list[str]:
    """Return the keys of the first page of a listing."""
    return [listed.key for listed in next(store.listing(bucket, prefix, ""), ())]


def _tried(read: Callable[[], _Answer]) -> _Answer | ConnectorError:
    try:
        return read()
    except ConnectorError as error:
        return error
