"""
Atlan's search for whole buckets, through pyatlan: the survey port.

Pages follow each other by qualified name, not by offset: a search index need not return more than 10,000 results by
offset, and what is added or archived meanwhile would shift them.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final

from pyatlan.client.atlan import AtlanClient
from pyatlan.model import assets as models
from pyatlan.model.assets import Asset as Model
from pyatlan.model.enums import EntityStatus, SortOrder
from pyatlan.model.fields.atlan_fields import AtlanField, RelationField
from pyatlan.model.fluent_search import FluentSearch
from pyatlan.model.search import Bool, Prefix, Query, Range, SortItem

from connector.adapters.atlan.errors import answering
from connector.core.asset import Column, Name, Table, Type
from connector.core.seen import Around, Cataloged, End, Linked

PAGE: Final = 500
"""Results of a page."""

TERMS: Final = 100
"""Names of one search: a request line of Atlan's index takes many more, but each is as long as a key."""

TABLES: Final = 20
"""Tables of one search with their columns, of which each may have hundreds."""

_TYPES: Final = ["Table", "View", "MaterialisedView"]
_QUALIFIED_NAME: Final = Model.QUALIFIED_NAME
_OBJECT: Final = models.S3Object
_OF_OBJECTS: Final = [
    _OBJECT.S3OBJECT_SIZE,
    _OBJECT.S3E_TAG,
    _OBJECT.S3OBJECT_LAST_MODIFIED_TIME,
    _OBJECT.S3OBJECT_STORAGE_CLASS,
]
_OF_PROCESSES: Final = [RelationField("inputs"), RelationField("outputs"), models.Process.SQL]

_OF_RELATED: Final = [_QUALIFIED_NAME, Model.NAME, models.Column.ORDER]
_AROUND: Final = [RelationField("inputToProcesses"), RelationField("outputFromProcesses")]


class Search:
    """The survey port."""

    def __init__(self, client: AtlanClient, page: int = PAGE) -> None:
        self._client, self._page = client, page

    def connect(self, client: AtlanClient) -> None:
        """Use another client from now on, with another key, since pyatlan's client keeps its key."""
        self._client = client

    def objects(self, prefix: str, after: str) -> Iterator[Sequence[Cataloged]]:
        """Yield the active S3 objects whose qualified names begin with *prefix* and come after *after*."""
        for page in self._pages(Type.OBJECT, [prefix], after, _OF_OBJECTS):
            yield [_cataloged(hit) for hit in page]

    def surrounded(self, prefix: str) -> Iterator[Sequence[tuple[Name, Around]]]:
        """Yield the active S3 objects whose qualified names begin with *prefix*, each with the processes at it."""
        for page in self._pages(Type.OBJECT, [prefix], "", _AROUND):
            yield [(Name(Type.OBJECT, _name(hit)), _around(hit)) for hit in page]

    def processes(self, kind: Type, prefixes: Sequence[str], after: str) -> Iterator[Sequence[Linked]]:
        """Yield the active processes whose qualified names begin with one of these and come after *after*."""
        for page in self._pages(kind, prefixes, after, _OF_PROCESSES):
            yield [_linked(hit) for hit in page]

    def named(self, names: Collection[Name]) -> Sequence[Linked]:
        """Return the processes of these names, active or archived."""
        hits = self._by_name([Type.PROCESS.value], [name.qualified_name for name in names], _OF_PROCESSES, TERMS)
        return [_linked(hit) for hit in hits]

    def existing(self, tables: Collection[str]) -> frozenset[str]:
        """Return those of these tables that are active."""
        hits = self._by_name(_TYPES, tables, [], TERMS)
        return frozenset(_name(hit) for hit in hits if _active(hit)) & frozenset(tables)

    def with_columns(self, names: Collection[str]) -> Mapping[str, Table]:
        """Return those of these tables that are active, with their active columns and the order of these."""
        hits = self._by_name(_TYPES, names, [models.Table.COLUMNS], TABLES)
        return {_name(hit): _table(hit) for hit in hits if _active(hit)}

    def around(self, tables: Collection[str]) -> Mapping[str, Around]:
        """Return the active processes at each of these tables that a search finds; which they are is up to date."""
        return {_name(hit): _around(hit) for hit in self._by_name(_TYPES, tables, _AROUND, 1) if _active(hit)}

    def _by_name(
        self, types: Sequence[str], names: Collection[str], attributes: Sequence[AtlanField], size: int
    ) -> Iterator[Model]:
        wanted = sorted(names)
        for start in range(0, len(wanted), size):
            part = wanted[start : start + size]
            query = Bool(filter=[Model.TYPE_NAME.within(list(types)), _QUALIFIED_NAME.within(part)])
            yield from self._asked(query, attributes)

    def _pages(
        self, kind: Type, prefixes: Sequence[str], after: str, attributes: Sequence[AtlanField]
    ) -> Iterator[list[Model]]:
        begins: list[Query] = [Prefix(field=_QUALIFIED_NAME.keyword_field_name, value=prefix) for prefix in prefixes]
        while True:
            beyond: list[Query] = [Range(field=_QUALIFIED_NAME.keyword_field_name, gt=after)] if after else []
            page = self._asked(
                Bool(
                    filter=[Model.TYPE_NAME.eq(kind.value), Model.STATUS.eq(EntityStatus.ACTIVE.value), *beyond],
                    should=begins,
                    minimum_should_match=1,
                ),
                attributes,
                self._page,
            )
            yield [hit for hit in page if _active(hit)]
            if len(page) < self._page:
                return
            after = _name(page[-1])

    def _asked(self, query: Query, attributes: Sequence[AtlanField], size: int = PAGE) -> list[Model]:
        """Ask for one page, in the order of qualified names."""
        with answering("search", self._client.api_key or "", write=False):
            request = (
                FluentSearch(wheres=[query])
                .page_size(size)
                .sort(SortItem(_QUALIFIED_NAME.keyword_field_name, order=SortOrder.ASCENDING))
            )
            for attribute in attributes:
                request = request.include_on_results(attribute)
            if attributes:
                for attribute in _OF_RELATED:
                    request = request.include_on_relations(attribute)
            return list(request.execute(self._client).current_page())


def _cataloged(hit: Model) -> Cataloged:
    found: Any = hit
    return Cataloged(
        Name(Type.OBJECT, _name(hit)),
        hit.guid,
        found.s3_object_size,
        found.s3_e_tag,
        found.s3_object_last_modified_time,
        found.s3_object_storage_class,
    )


def _linked(hit: Model) -> Linked:
    found: Any = hit
    return Linked(
        Name(Type(hit.type_name), _name(hit)),
        hit.guid,
        _ends(found.inputs),
        _ends(found.outputs),
        _active(hit),
        found.sql or "",
    )


def _ends(assets: Sequence[Model] | None) -> tuple[End, ...]:
    return tuple(End(asset.guid, asset.qualified_name or "") for asset in assets or ())


def _around(hit: Any) -> Around:
    return Around(_process_names(hit.input_to_processes), _process_names(hit.output_from_processes))


def _process_names(processes: Sequence[Model] | None) -> frozenset[str]:
    return frozenset(process.qualified_name or "" for process in processes or ())


def _table(hit: Any) -> Table:
    columns = (Column(column.name, column.guid, column.order or 0) for column in hit.columns or ())
    return Table(hit.type_name, hit.guid, tuple(columns))


def _name(hit: Model) -> str:
    return str(hit.qualified_name)


def _active(hit: Model) -> bool:
    return hit.status == EntityStatus.ACTIVE
