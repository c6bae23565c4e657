"""Type definitions: what a type of the catalog has, as pyatlan reads it."""

import re

import httpx
import pytest
from pyatlan.client.atlan import AtlanClient
from pyatlan.errors import NotFoundError
from pyatlan.model.enums import AtlanTypeCategory
from pyatlan.model.typedef import EntityDef, EnumDef, RelationshipDef, StructDef


@pytest.fixture(autouse=True)
def _local(catalog) -> None:
    """A tenant has more, and other names of enumerations."""


def attribute(defined: EntityDef, name: str) -> dict:
    (found,) = [one for one in defined.attribute_defs if one["name"] == name]
    return found


def test_entity(client: AtlanClient):
    """An entity type has its supertypes, its own attributes, and the relationships of its entities."""
    table = client.typedef.get_by_name("Table")

    assert isinstance(table, EntityDef)
    assert (table.super_types, table.sub_types) == (["SQL"], [])
    assert (attribute(table, "rowCount")["typeName"], attribute(table, "rowCount")["cardinality"]) == ("long", "SINGLE")
    assert "name" not in [one["name"] for one in table.attribute_defs]
    (columns,) = [one for one in table.relationship_attribute_defs if one["name"] == "columns"]
    assert (columns["typeName"], columns["relationshipTypeName"]) == ("array<Column>", "table_columns")


def test_attributes(client: AtlanClient):
    """An attribute tells whether it must be sent, is unique, has a default, and what the server sets with it."""
    asset, above = client.typedef.get_by_name("Asset"), client.typedef.get_by_name("Referenceable")

    assert attribute(asset, "name")["isOptional"] is False
    assert attribute(above, "qualifiedName")["isUnique"] is True
    assert attribute(asset, "isDiscoverable")["defaultValue"] == "true"
    assert attribute(asset, "ownerUsers")["typeName"] == "array<string>"
    told = {"user": ["certificateUpdatedBy"], "timestamp": ["certificateUpdatedAt"]}
    assert attribute(asset, "certificateStatus")["autoUpdateAttributes"] == told


def test_relationship(client: AtlanClient):
    """A relationship has two ends."""
    defined = client.typedef.get_by_name("table_columns")

    assert isinstance(defined, RelationshipDef)
    assert (defined.end_def1["type"], defined.end_def1["cardinality"]) == ("Table", "SET")
    assert (defined.end_def2["type"], defined.end_def2["name"]) == ("Column", "table")


def test_enum(client: AtlanClient):
    """An enumeration has its values, also in pyatlan's cache."""
    defined = client.typedef.get_by_name("CertificateStatus")

    assert isinstance(defined, EnumDef)
    assert set(defined.get_valid_values()) == {"DRAFT", "VERIFIED", "DEPRECATED"}
    assert client.enum_cache.get_by_name("CertificateStatus").guid == defined.guid


def test_struct(client: AtlanClient):
    """A struct has its fields."""
    defined = client.typedef.get_by_name("AwsTag")

    assert isinstance(defined, StructDef)
    assert {one.name: one.type_name for one in defined.attribute_defs} == dict.fromkeys(
        ("awsTagKey", "awsTagValue"), "string"
    )


def test_categories(client: AtlanClient):
    """The definitions of one category or of several are asked for; of tags and custom metadata there are none."""
    found = client.typedef.get([AtlanTypeCategory.ENTITY, AtlanTypeCategory.CUSTOM_METADATA])
    everything = client.typedef.get_all()

    assert {"Table", "Procedure", "TablePartition", "Readme"} <= {one.name for one in found.entity_defs}
    assert (found.custom_metadata_defs, found.relationship_defs, found.struct_defs, found.enum_defs) == ([], [], [], [])
    assert min(map(len, (everything.entity_defs, everything.relationship_defs, everything.struct_defs))) > 10
    assert (everything.atlan_tag_defs, everything.custom_metadata_defs) == ([], [])


def test_consistent(raw: httpx.Client):
    """Every type that a definition names is defined, except those that are not the catalog's."""
    found = raw.get("/types/typedefs").json()
    entities = {one["name"] for one in found["entityDefs"]}
    others = {one["name"] for one in (*found["enumDefs"], *found["structDefs"])}
    attributes = [one for type_ in (*found["entityDefs"], *found["structDefs"]) for one in type_["attributeDefs"]]
    ends = [one[end]["type"] for one in found["relationshipDefs"] for end in ("endDef1", "endDef2")]

    kinds = {word for one in attributes for word in re.findall(r"\w+", one["typeName"])}
    assert kinds - others == {"string", "long", "float", "boolean", "date", "array", "map"}
    assert {*ends, *(name for one in found["entityDefs"] for name in one["superTypes"] + one["subTypes"])} <= entities


def test_headers(raw: httpx.Client):
    """Names and categories are listed alone, and each definition is found by its guid."""
    listed = raw.get("/types/typedefs/headers", params={"type": "entity"}).json()

    (table,) = [one for one in listed if one["name"] == "Table"]
    assert {one["category"] for one in listed} == {"ENTITY"}
    assert raw.get(f"/types/typedef/guid/{table['guid']}").json()["name"] == "Table"


def test_unknown(client: AtlanClient, raw: httpx.Client):
    """A name or guid that no definition has is not found; a category that Atlan does not have is refused."""
    with pytest.raises(NotFoundError, match="ATLAS-404-00-001"):
        client.typedef.get_by_name("Foo")

    assert raw.get("/types/typedef/guid/x").json()["errorCode"] == "ATLAS-404-00-002"
    assert "no category of types FOO" in raw.get("/types/typedefs", params={"type": "foo"}).json()["errorMessage"]
