"""What the parts of Atlan's answers are: the types of `answers` and of `lists`."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints
from pydantic.alias_generators import to_camel

Guid = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z][0-9A-Za-z-]*$", max_length=100)]
"""A real guid, which later requests have in their path; a temporary one begins with a hyphen."""

Text = Annotated[str, StringConstraints(min_length=1)]
Status = Literal["ACTIVE", "DELETED"]
Type = Literal[
    "Column", "ColumnProcess", "Connection", "MaterialisedView", "Process", "S3Bucket", "S3Object", "Table", "View"
]


class Part(BaseModel):
    """A part of an answer; what is not named is dropped."""

    model_config = ConfigDict(strict=True, frozen=True, alias_generator=to_camel, populate_by_name=True)


class Attributes(Part):
    """The attributes that every asset has."""

    qualified_name: Text
    name: Text | None = None


class Entity(Part):
    """An asset of a type that the connector reads."""

    guid: Guid
    type_name: Type
    status: Status
    attributes: Attributes
