"""
Finds out what the objects of a pair tell of its columns, with as few reads of S3 as possible.

`connector.reader` asks for the pairs of a batch, `connector.sweep` for those of a bucket. The rule is in
`connector.core.shape`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import cast

from connector.core.asset import Read, Table
from connector.core.findings import Finding, positional
from connector.core.header import FIRST, LIMIT, Header, More, NoHeader, header
from connector.core.layout import Declared, Layout
from connector.core.lineage import Dated, Deciding, Told
from connector.core.names import Namespace
from connector.core.route import Match, Pair, Routes
from connector.core.shape import Said, said
from connector.errors import ConnectorError, PermanentError, unexpected
from connector.ports import Catalog, Store, Survey


def first(match: object) -> int:
    """Return how many bytes are read of an object with this route: one, where its header is of no use."""
    return FIRST if isinstance(match, Match) and match.pair and match.route.layout.header is not Declared.NO else 1


def fetched(store: Store, place: tuple[str, str], size: int) -> Read | None:
    """
    Read an object, and its first bytes.

    Raises:
        ConnectorError: S3 does not return it; whatever else goes wrong is an error of this object, too.
    """
    try:
        return store.read(*place, size)
    except ConnectorError:
        raise
    except Exception as error:
        raise unexpected(error, f"s3://{place[0]}/{place[1]}") from error


@dataclass(slots=True)
class Tables:
    """
    The tables of a pair, with their columns, and what headers that were seen say of them.

    `long` has the headers of objects of which more had to be read, so that this is done once.
    """

    pair: Pair
    tables: dict[str, Table]
    said: dict[tuple[Header, Layout], Said] = field(default_factory=dict)
    long: dict[tuple[str, str], Header] = field(default_factory=dict)


class Shapes:
    """Reads headers from S3, and the order of columns from Atlan where it matters."""

    def __init__(self, routes: Routes, space: Namespace, ports: tuple[Store, Survey | Catalog]) -> None:
        self._routes, self._space = routes, space
        self._store, self._survey = ports

    def said(self, read: Read, place: tuple[str, str], layout: Layout, of: Tables) -> Said:
        """
        Return what an object says of the columns of its pair.

        Raises:
            ConnectorError: its header is long, and S3 does not return more of it; or Atlan does not tell the order of
                the columns.
        """
        found = self._header(read, place, layout, of)
        known = of.said.get((found, layout))
        if known is None:
            self._order(found, layout, of)
            rules = self._routes.rules(of.pair)
            known = said(found, layout, of.pair, of.tables, rules, self._space)
            of.said[found, layout] = known
        return known

    def told(self, newest: Iterable[Dated], reads: Mapping[tuple[str, str], Read | None], of: Tables) -> Told:
        """
        Return what the newest objects of a pair tell, reading one after the other until one has a header.

        Args:
            reads: objects that were read already.

        Raises:
            TransientError: S3 does not return one of them; one that it refuses to return has no say.
        """
        newest_read: Dated | None = None
        speaking: Dated | None = None
        differences: tuple[Finding, ...] = ()
        for dated in newest:
            place = (dated.bucket, dated.key)
            match = cast("Match", self._routes.match(*place))  # it is of the pair
            try:
                read = reads[place] if place in reads else fetched(self._store, place, first(match))
                words = self.said(read, place, match.route.layout, of) if read else None
            except PermanentError:
                continue
            if words is None:
                continue  # removed since it was listed
            newest_read = newest_read or dated
            if speaking is None and not words.silent:
                speaking, differences = dated, words.differences
            if words.form is not None:
                return Told(words.names, differences, Deciding(speaking or dated, dated))
        return Told(None, differences, Deciding(speaking or newest_read, None)) if newest_read else Told()

    def _order(self, found: Header, layout: Layout, of: Tables) -> None:
        """Read the order of the columns: a table that is read from the graph does not tell it."""
        ends = [of.tables[end] for end in (of.pair.source, of.pair.target)]
        unread = any(column.order is None for end in ends for column in end.columns)
        if unread and positional(found, layout, len(ends[0].columns)):
            known = self._survey.with_columns((of.pair.source, of.pair.target))
            orders = {column.guid: column.order for table in known.values() for column in table.columns}
            for name, table in zip((of.pair.source, of.pair.target), ends, strict=True):
                columns = tuple(replace(column, order=orders.get(column.guid, 0)) for column in table.columns)
                of.tables[name] = replace(table, columns=columns)

    def _header(self, read: Read, place: tuple[str, str], layout: Layout, of: Tables) -> Header:
        if read.head is None:
            return NoHeader()
        columns = [column.name for end in (of.pair.source, of.pair.target) for column in of.tables[end].columns]
        found = header(read.head, complete=read.complete, columns=columns, layout=layout)
        if not isinstance(found, More):
            return found
        if place not in of.long:
            longer = fetched(self._store, place, LIMIT)
            head = (longer and longer.head) or b""
            complete = longer is None or longer.complete
            of.long[place] = header(head, complete=complete, columns=columns, layout=layout)
        return of.long[place]
