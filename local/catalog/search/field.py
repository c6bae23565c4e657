"""
The fields that a search may name, and where the index keeps each: in a column of its own, or in the stored attributes.

Source: the public metastore, GraphBackedSearchIndexer (internal fields) and es-settings.json (normaliser, analyser);
pyatlan, `model/fields` (the name that each attribute is searched by).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from local.catalog.entities import types
from local.catalog.search.syntax import refuse


class Kind(Enum):
    """How a field compares: exactly, lower-cased, by its words, as a number, or as a truth value."""

    KEYWORD = "keyword"
    LOWER = "lower"
    TEXT = "text"
    NUMBER = "number"
    BOOLEAN = "boolean"


SUPERTYPES: Final = "__superTypeNames"
COLUMNS: Final[Mapping[str, str]] = {
    "__guid": "guid",
    "__typeName": "type",
    SUPERTYPES: "type",
    "__state": "state",
    "__createdBy": "created_by",
    "__modifiedBy": "modified_by",
    "__timestamp": "created",
    "__modificationTimestamp": "modified",
    "__hasLineage": "lineage",
    "qualifiedName": "qualified_name",
    "name": "name",
    "connectionQualifiedName": "connection",
    "connectorName": "connector",
    "s3BucketName": "bucket",
    "s3ObjectKey": "object_key",
    "tableQualifiedName": "table_name",
}
"""Attributes with a column; `type` and `name` hold the lower-cased value. All else is read from the stored JSON."""

NULLABLE: Final = frozenset({"name", "connection", "connector", "bucket", "object_key", "table_name"})
TEXTS: Final = frozenset(
    """
    announcementMessage announcementTitle assetSourceReadme ast certificateStatusMessage code columnMaxs columnMins
    databaseName defaultValue description displayName externalLocation host name partitionList rawDataTypeDefinition
    schemaName sourceOwners sql tableDefinition tableName userDescription viewName __superTypeNames __typeName
    """.split()  # noqa: SIM905, a table of words reads better than 28 literals
)
SUFFIXES: Final[Mapping[str, Kind]] = {
    "keyword": Kind.LOWER,
    "text": Kind.TEXT,
    "stemmed": Kind.TEXT,
    "delimiter": Kind.TEXT,
    "date": Kind.NUMBER,
}
_NUMBERS: Final = {"int", "long", "float", "date"}
_TYPES: Final = {name: one.type for known in types.ATTRIBUTES.values() for name, one in known.items()}


@dataclass(frozen=True, slots=True)
class Field:
    """One field as a request names it: the attribute it reads, how it compares, and its column where it has one."""

    attribute: str
    kind: Kind
    column: str | None

    @property
    def value(self) -> str:
        """The SQL expression of the field's one value; of an array, the smallest."""
        if self.column:
            return f"document.{self.column}"
        return f"(SELECT min({self.element}) {self.elements})"

    @property
    def element(self) -> str:
        """The SQL expression of one value among `elements`."""
        return "lowered(element.value)" if self.kind is Kind.LOWER and not self.column else "element.value"

    @property
    def elements(self) -> str:
        """The SQL clause that lists the field's values: none, one, those of an array, or the words of a text."""
        stored = f"JOIN json_each(source.attributes, '$.\"{self.attribute}\"')"
        if self.kind is Kind.TEXT and self.column:
            return f"FROM json_each(words(document.{self.column})) AS element WHERE true"
        if self.kind is Kind.TEXT:
            stored = f"{stored} AS whole JOIN json_each(words(whole.value))"
        return f"FROM source {stored} AS element WHERE source.id = document.id"

    @property
    def single(self) -> bool:
        """Whether the field is a column, compared as it stands, so that an index can be used."""
        return self.column is not None and self.kind is not Kind.TEXT

    @property
    def nullable(self) -> bool:
        """Whether a document may lack the field."""
        return self.column is None or self.column in NULLABLE

    def read(self, value: Any) -> Any:
        """
        Give *value*, from a request, the type that the field's own values have in SQLite.

        Raises:
            CatalogError: 400; it has none, for example the text "big" for a number.
        """
        if self.kind is Kind.NUMBER:
            return self._number(value)
        if self.kind is Kind.BOOLEAN:
            return self._boolean(value)
        said = str(value).lower() if isinstance(value, bool) else str(value)
        return said.lower() if self.kind is Kind.LOWER else said

    def _number(self, value: Any) -> int | float:
        try:
            return value if isinstance(value, int | float) else (float(value) if "." in value else int(value))
        except (TypeError, ValueError) as error:
            raise refuse(f"{self.attribute}: {value!r} is not a number") from error

    def _boolean(self, value: Any) -> int:
        said = str(value).lower()
        if said not in ("true", "false"):
            raise refuse(f"{self.attribute}: {value!r} is neither true nor false")
        return int(said == "true")


def parse(name: Any) -> Field:
    """
    Read a field's *name*, such as `name.keyword`; one that no entity has is a keyword field without values.

    Raises:
        CatalogError: 400; it isn't a name.
    """
    if not isinstance(name, str) or not name or set(name) & set("\"'"):
        raise refuse(f"{name!r:.100} is not the name of a field")
    attribute, _, suffix = name.rpartition(".")
    if attribute and suffix in SUFFIXES:
        return Field(attribute, SUFFIXES[suffix], COLUMNS.get(attribute))
    return Field(name, _kind(name), COLUMNS.get(name))


def known(attribute: Any) -> bool:
    """Return whether any entity can have *attribute*."""
    return attribute in _TYPES or attribute in COLUMNS


def _kind(attribute: str) -> Kind:
    if attribute in TEXTS:
        return Kind.TEXT
    if attribute == "__hasLineage" or _TYPES.get(attribute) == "boolean":
        return Kind.BOOLEAN
    if attribute in ("__timestamp", "__modificationTimestamp") or _TYPES.get(attribute) in _NUMBERS:
        return Kind.NUMBER
    return Kind.KEYWORD
