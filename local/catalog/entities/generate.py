"""
Writes `types.json` from pyatlan's own models: `python -m local.catalog.entities.generate`, whenever those change.

The catalog itself never imports pyatlan. What pyatlan doesn't say is stated here: which attributes are unique or
mandatory, the second line of supertypes (its classes inherit singly), which attributes the server sets, and which
attributes make one relationship.

Source: the types that a tenant reports (GET types/typedefs; pyatlan's repository has a dump of 2022).
"""

import json
import re
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any, get_args, get_origin

from pyatlan.model import assets, enums, structs
from pyatlan.model.fields.atlan_fields import KeywordTextField, TextField

Json = dict[str, Any]

TYPES = [
    *("Connection", "Database", "Schema", "Table", "TablePartition", "View", "MaterialisedView", "Column", "Procedure"),
    *("S3Bucket", "S3Prefix", "S3Object", "Process", "ColumnProcess", "Readme"),
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
CERTIFICATE = ["certificateUpdatedBy", "certificateUpdatedAt"]
ANNOUNCEMENT = ["announcementUpdatedBy", "announcementUpdatedAt"]
# Who and when, set by the server if the attribute changes. That of isPinned is inferred; the dump has the others.
AUTOMATIC = {
    "Asset": {
        **dict.fromkeys(("certificateStatus", "certificateStatusMessage"), CERTIFICATE),
        **dict.fromkeys(("announcementTitle", "announcementMessage", "announcementType"), ANNOUNCEMENT),
    },
    "Column": {"isPinned": ["pinnedBy", "pinnedAt"]},
}
NOT_ATTRIBUTES = {"__hasLineage", "relationshipAttributes"}
PRIMITIVES = {"str": "string", "int": "long", "float": "float", "bool": "boolean", "datetime": "date"}

RELATIONSHIPS = [
    ("s3_bucket_s3_objects", "S3Bucket.objects*", "S3Object.bucket"),
    ("catalog_process_inputs", "Process.inputs*", "Catalog.inputToProcesses*"),
    ("process_catalog_outputs", "Process.outputs*", "Catalog.outputFromProcesses*"),
    ("column_lineage", "Process.columnProcesses*", "ColumnProcess.process"),
    ("table_columns", "Table.columns*", "Column.table"),
    ("materialised_view_columns", "MaterialisedView.columns*", "Column.materialisedView"),
    ("table_partition_columns", "TablePartition.columns*", "Column.tablePartition"),
    ("partition_tables", "Table.partitions*", "TablePartition.parentTable"),
    ("database_schemas", "Database.schemas*", "Schema.database"),
    ("schema_views", "Schema.views*", "View.atlanSchema"),
    ("schema_materialised_views", "Schema.materialisedViews*", "MaterialisedView.atlanSchema"),
    ("asset_readme", "Asset.readme", "Readme.asset"),
    # The names of those below are inferred.
    ("view_columns", "View.columns*", "Column.view"),
    ("schema_tables", "Schema.tables*", "Table.atlanSchema"),
    ("schema_procedures", "Schema.procedures*", "Procedure.atlanSchema"),
    ("procedure_processes", "Procedure.sqlProcesses*", "Process.sqlProcedures*"),
    (
        "table_partition_child_partitions",
        "TablePartition.childTablePartitions*",
        "TablePartition.parentTablePartition",
    ),
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
        "automatic": AUTOMATIC.get(model.__name__, {}),
    }


def collect(name: str, found: dict[str, Json]) -> set[str]:
    """Describe *name* and all above it into *found*, parents first; return the names of all its attributes."""
    model = getattr(assets, name)
    parent = model.__mro__[1].__name__
    supertypes = [above for above in (parent, SECOND.get(name)) if above and above != "AtlanObject"]
    inherited = {attribute for above in supertypes for attribute in collect(above, found)}
    found.setdefault(name, describe(model, supertypes, inherited))
    return inherited | set(found[name]["attributes"]) | set(found[name]["relations"])


def named(kinds: Iterator[str], found: dict[str, Any]) -> None:
    """Describe the enumerations (a list of values) and structs (kinds by attribute) of *kinds* into *found*."""
    for name in sorted({word for kind in kinds for word in re.findall(r"\w+", kind)} - found.keys()):
        model = getattr(enums, name, None) or getattr(structs, name, None)
        if model and issubclass(model, Enum):
            found[name] = [str(one.value) for one in model]
        elif model:
            found[name] = {field.alias: spell(field.outer_type_) for field in model.__fields__.values()}
            named(iter(found[name].values()), found)


def below(model: type[Any]) -> Iterator[str]:
    """Name *model* and all models below it, but for relationships, which are there only once they are imported."""
    yield model.__name__
    for other in model.__subclasses__():
        if ".relations." not in other.__module__:
            yield from below(other)


def table() -> Json:
    """Describe all types and relationships, and name the types of Atlan that are not among them."""
    found: dict[str, Json] = {}
    for name in TYPES:
        collect(name, found)
    used: dict[str, Any] = {}
    named((kind for one in found.values() for kind in one["attributes"].values()), used)
    for name in dir(assets):  # pyatlan imports a model when it is asked for
        getattr(assets, name)
    return {
        "saved": TYPES,
        "types": found,
        "relationships": [{"name": name, "end1": end(end1), "end2": end(end2)} for name, end1, end2 in RELATIONSHIPS],
        "enums": {name: one for name, one in used.items() if isinstance(one, list)},
        "structs": {name: one for name, one in used.items() if isinstance(one, dict)},
        "elsewhere": sorted(set(below(assets.Referenceable)) - found.keys()),
    }


def main() -> None:
    """Write the table next to this file."""
    Path(__file__).with_name("types.json").write_text(json.dumps(table(), indent=1) + "\n")


if __name__ == "__main__":
    main()
