"""
Writes `types.json` from pyatlan's own models: `python -m local.catalog.entities.generate`, whenever those change.

The catalog itself never imports pyatlan. What pyatlan doesn't say is stated here: which attributes are unique or
mandatory, the second line of supertypes (its classes inherit singly), and which attributes make one relationship.

Source: the types that a tenant reports (GET types/typedefs). The names of the relationships below `table_columns` are
inferred from those that are known.
"""

import json
from enum import Enum
from pathlib import Path
from typing import Any, get_args, get_origin

from pyatlan.model import assets, structs
from pyatlan.model.fields.atlan_fields import KeywordTextField, TextField

Json = dict[str, Any]

TYPES = [
    *("Connection", "Database", "Schema", "Table", "View", "MaterialisedView", "Column"),
    *("S3Bucket", "S3Prefix", "S3Object", "Process", "ColumnProcess"),
]
SECOND = {"S3": "AWS"}
UNIQUE = {"Referenceable": ["qualifiedName"], "AWS": ["awsArn"]}
MANDATORY = {"Referenceable": ["qualifiedName"], "Asset": ["name"]}
LEAST = 1.17549435e-38
PREVIEW = {"isQueryPreview": True}
DEFAULTS: dict[str, Json] = {
    "Asset": {"isDiscoverable": True, "isEditable": True, "viewScore": LEAST, "popularityScore": LEAST},
    "Connection": {
        **dict.fromkeys(("credentialStrategy", "previewCredentialStrategy", "policyStrategy"), "default"),
        "policyStrategyForSamplePreview": "default",
        "queryUsernameStrategy": "connectionUsername",
        "queryTimeout": 10,
        "objectStorageUploadThreshold": 100_000,
    },
    "Column": {"isNullable": True},
    **dict.fromkeys(("Table", "TablePartition", "View", "MaterialisedView"), PREVIEW),
}
NOT_ATTRIBUTES = {"__hasLineage", "relationshipAttributes"}
PRIMITIVES = {"str": "string", "int": "long", "float": "float", "bool": "boolean", "datetime": "date"}

RELATIONSHIPS = [
    ("s3_bucket_s3_objects", "S3Bucket.objects*", "S3Object.bucket"),
    ("catalog_process_inputs", "Process.inputs*", "Catalog.inputToProcesses*"),
    ("process_catalog_outputs", "Process.outputs*", "Catalog.outputFromProcesses*"),
    ("column_lineage", "Process.columnProcesses*", "ColumnProcess.process"),
    ("table_columns", "Table.columns*", "Column.table"),
    ("view_columns", "View.columns*", "Column.view"),
    ("materialised_view_columns", "MaterialisedView.columns*", "Column.materialisedView"),
    ("database_schemas", "Database.schemas*", "Schema.database"),
    ("schema_tables", "Schema.tables*", "Table.atlanSchema"),
    ("schema_views", "Schema.views*", "View.atlanSchema"),
    ("schema_materialised_views", "Schema.materialisedViews*", "MaterialisedView.atlanSchema"),
    ("column_nested_columns", "Column.nestedColumns*", "Column.parentColumn"),
    ("column_foreign_keys", "Column.foreignKeyTo*", "Column.foreignKeyFrom"),
    ("table_facts_dimensions", "Table.facts*", "Table.dimensions*"),
    ("s3_bucket_s3_prefixes", "S3Bucket.s3Prefixes*", "S3Prefix.s3Bucket"),
    ("s3_prefix_s3_objects", "S3Prefix.s3Objects*", "S3Object.s3Prefix"),
    ("s3_parent_prefix_s3_child_prefixes", "S3Prefix.s3ChildPrefixes*", "S3Prefix.s3ParentPrefix"),
]


def end(text: str) -> Json:
    """Read one end of a relationship: `S3Bucket.objects*` is the attribute `objects`, holding many."""
    name, attribute = text.rstrip("*").split(".")
    return {"type": name, "attribute": attribute, "many": text.endswith("*")}


def spell(annotation: Any) -> str:
    """Name an attribute's type as a type definition does: `array<string>`, `set<Link>`, `map<string,string>`."""
    origin, parts = get_origin(annotation), [spell(part) for part in get_args(annotation)]
    if origin in (list, set):
        return f"{'array' if origin is list else 'set'}<{parts[0]}>"
    if origin is dict:
        return f"map<{','.join(parts)}>"
    name: str = annotation.__name__
    return PRIMITIVES.get(name, name)


def is_relation(annotation: Any) -> bool:
    """Return whether the attribute holds other entities, as against primitives, enumerations and structs."""
    inner = (get_args(annotation) or (annotation,))[-1]
    plain = get_origin(inner) is not None or inner.__name__ in PRIMITIVES or issubclass(inner, Enum)
    return not plain and not hasattr(structs, inner.__name__)


def texts(model: type) -> set[str]:
    """Name the attributes that pyatlan searches by their words, be it that a sub-field `keyword` has the whole."""
    fields = [getattr(model, name) for name in dir(model) if name.isupper()]
    cut = {field.text_field_name for field in fields if isinstance(field, TextField)}
    whole = {field.keyword_field_name for field in fields if isinstance(field, KeywordTextField)}
    return cut | {name.removesuffix(".keyword") for name in whole if name.endswith(".keyword")}


def describe(model: type, supertypes: list[str], inherited: set[str]) -> Json:
    """Describe what *model* adds to the attributes it inherits (names as on the wire)."""
    fields = {field.alias: field.outer_type_ for field in model.Attributes.__fields__.values()}  # type: ignore[attr-defined]
    own = {name: kind for name, kind in fields.items() if name not in inherited | NOT_ATTRIBUTES}
    return {
        "supertypes": supertypes,
        "attributes": {name: spell(kind) for name, kind in own.items() if not is_relation(kind)},
        "relations": {name: spell(kind) for name, kind in own.items() if is_relation(kind)},
        "texts": sorted(texts(model) & set(own)),
        "unique": UNIQUE.get(model.__name__, []),
        "mandatory": MANDATORY.get(model.__name__, []),
        "defaults": DEFAULTS.get(model.__name__, {}),
    }


def collect(name: str, found: dict[str, Json]) -> set[str]:
    """Describe *name* and all above it into *found*, parents first; return the names of all its attributes."""
    model = getattr(assets, name)
    parent = model.__mro__[1].__name__
    supertypes = [above for above in (parent, SECOND.get(name)) if above and above != "AtlanObject"]
    inherited = {attribute for above in supertypes for attribute in collect(above, found)}
    found.setdefault(name, describe(model, supertypes, inherited))
    return inherited | set(found[name]["attributes"]) | set(found[name]["relations"])


def table() -> Json:
    """Describe all types and relationships."""
    found: dict[str, Json] = {}
    for name in TYPES:
        collect(name, found)
    relationships = [{"name": name, "end1": end(end1), "end2": end(end2)} for name, end1, end2 in RELATIONSHIPS]
    return {"types": found, "relationships": relationships}


def main() -> None:
    """Write the table next to this file."""
    Path(__file__).with_name("types.json").write_text(json.dumps(table(), indent=1) + "\n")


if __name__ == "__main__":
    main()
