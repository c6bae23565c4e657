"""
The fields that a search may name, and where the index keeps each: in a column of its own, or in the stored attributes.

Source: the public metastore, GraphBackedSearchIndexer (internal fields), es-settings.json (normaliser, analyser), and
the type definitions (sub-fields, normalisers); pyatlan, `model/fields` (the name that each attribute is searched by).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from local.catalog.entities import types
from local.catalog.search import moment, stored
from local.catalog.search.syntax import refuse


class Kind(Enum):
    """How a field compares: exactly, in lower case, by words or stems, as a number, time or truth value, or as sent."""

    KEYWORD = "keyword"
    LOWER = "lower"
    TEXT = "text"
    STEMS = "stems"
    NUMBER = "number"
    DATE = "date"
    BOOLEAN = "boolean"
    SENT = "sent"


WORDS: Final = (Kind.TEXT, Kind.STEMS)
NUMERIC: Final = (Kind.NUMBER, Kind.DATE, Kind.BOOLEAN)
SUPERTYPES: Final = "__superTypeNames"
TIMES: Final = ("__timestamp", "__modificationTimestamp")
COLUMNS: Final[Mapping[str, str]] = {
    "__guid": "guid",
    "__typeName": "type",
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
TEXTS: Final = (SUPERTYPES, "__typeName", "__customAttributes", "__classificationsText", "__meaningsText")
"""Internal fields that are cut into words; of other attributes, their types say so."""
NORMALIZED: Final = frozenset({"certificateStatus", "dataType"})
"""Keywords that are lower-cased themselves, not only in a sub-field `keyword`."""
AS_WRITTEN: Final = frozenset({"displayName", "assetMcIncidentNames", "assetMcMonitorNames", "nosqlCollectionName"})
"""Texts whose sub-field `keyword` is not lower-cased."""
SUFFIXES: Final[Mapping[str, Kind]] = {
    "keyword": Kind.LOWER,
    "text": Kind.TEXT,
    "stemmed": Kind.STEMS,
    "delimiter": Kind.TEXT,
    "date": Kind.DATE,
}
_NUMBERS: Final = {"int", "long", "float", "date"}
_KNOWN: Final = {name: one for known in types.ATTRIBUTES.values() for name, one in known.items()}


class Inner(str):
    """The name of a field of the object that a nested query looks at, without its path."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Field:
    """One field as a request names it: the attribute it reads, how it compares, and its column where it has one."""

    attribute: str
    kind: Kind
    column: str | None

    @property
    def value(self) -> str:
        """The SQL expression of the field's one value; of an array, the smallest."""
        return self.extreme("min")

    def extreme(self, function: str) -> str:
        """Return the SQL expression of the field's one value; of an array, that which *function* picks (min, max)."""
        return self.element if self.single else f"(SELECT {function}({self.element}) {self.elements})"

    @property
    def element(self) -> str:
        """The SQL expression of one value among `elements`."""
        if self.kind is Kind.SENT:
            return stored.inner(self.attribute)
        if self.single:
            return f"document.{self.column}"
        if self.kind in WORDS or self.many or self.attribute == SUPERTYPES:
            plain = "element.value"
        else:
            plain = stored.scalar(self.attribute)
        return f"lowered({plain})" if self.kind is Kind.LOWER and not self.column else plain

    @property
    def elements(self) -> str:
        """The SQL clause that lists the field's values: none, one, those of an array, or the words of a text."""
        cut = {Kind.TEXT: "words", Kind.STEMS: "stems"}.get(self.kind)
        if self.attribute == SUPERTYPES:
            return f"FROM json_each(supertypes(document.type, {int(cut is not None)})) AS element WHERE true"
        if self.kind is Kind.TEXT and self.column:
            return f"FROM json_each(words(document.{self.column})) AS element WHERE true"
        if self.many:
            values = f"FROM source JOIN {stored.array(self.attribute)}"
            values += f" AS whole JOIN json_each({cut}(whole.value)) AS element" if cut else " AS element"
        else:
            values = "FROM source"
            values += f" JOIN json_each({cut}({stored.scalar(self.attribute)})) AS element" if cut else ""
        return f"{values} WHERE source.id = document.id"

    @property
    def many(self) -> bool:
        """Whether an entity may have several values: arrays and maps, and what no type has."""
        known = _KNOWN.get(self.attribute)
        return self.attribute != "__customAttributes" and (known is None or known.array or known.type.startswith("map"))

    @property
    def single(self) -> bool:
        """Whether the field is an SQL expression of the row at hand, such as a column that an index can serve."""
        return self.kind is Kind.SENT or (self.column is not None and self.kind not in WORDS)

    @property
    def nullable(self) -> bool:
        """Whether a document may lack the field."""
        return self.column is None or self.column in NULLABLE

    def read(self, value: Any) -> Any:
        """
        Give *value*, from a request, the type and case that the field's own values have in SQLite.

        Raises:
            CatalogError: 400; it has none, for example the text "big" for a number.
        """
        typed = self.typed(value)
        return typed.lower() if self.kind is Kind.LOWER else typed

    def typed(self, value: Any) -> Any:
        """Give *value* the type of the field's own values; see `read`."""
        if self.kind is Kind.SENT:
            return value
        if self.kind is Kind.DATE:
            return moment.read(value)
        if self.kind is Kind.NUMBER:
            return self._number(value)
        if self.kind is Kind.BOOLEAN:
            return self._boolean(value)
        return str(value).lower() if isinstance(value, bool) else str(value)

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
    if isinstance(name, Inner):
        return Field(name, Kind.SENT, None)
    attribute, _, suffix = name.rpartition(".")
    if not attribute or suffix not in SUFFIXES or (suffix == "date" and not _is_time(attribute)):
        return Field(name, _kind(name), COLUMNS.get(name))
    kind = Kind.KEYWORD if suffix == "keyword" and attribute in AS_WRITTEN else SUFFIXES[suffix]
    return Field(attribute, kind, None if kind is Kind.STEMS else COLUMNS.get(attribute))


def known(attribute: Any) -> bool:
    """Return whether any entity can have *attribute*."""
    return attribute in _KNOWN or attribute in COLUMNS or attribute in (SUPERTYPES, "__customAttributes")


def holds_objects(attribute: Any) -> bool:
    """Return whether *attribute* is an array of objects, which a nested query can look at one by one."""
    one = _KNOWN.get(attribute)
    return one is not None and one.array and not one.relation and one.type not in ("string", "float", "long")


def _is_time(attribute: str) -> bool:
    return attribute in TIMES or (attribute in _KNOWN and _KNOWN[attribute].type == "date")


def _kind(attribute: str) -> Kind:
    one = _KNOWN.get(attribute)
    type_ = one.type if one else None
    if attribute in TEXTS or (one and one.text):
        return Kind.TEXT
    if attribute in NORMALIZED:
        return Kind.LOWER
    if attribute == "__hasLineage" or type_ == "boolean":
        return Kind.BOOLEAN
    if attribute in TIMES or type_ in _NUMBERS:
        return Kind.NUMBER
    return Kind.KEYWORD
