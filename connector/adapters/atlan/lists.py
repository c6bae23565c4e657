"""
What the answers to searches of any length have to contain: those of a survey, of connections and of users.

`connector.adapters.atlan.answers` says which request gets which.
"""

from typing import Annotated, Final, Literal, TypeVar

from pydantic import AfterValidator, Field

from connector.adapters.atlan.parts import Attributes, Entity, Guid, Part, Status, Text

LATEST: Final = 253_402_300_799_000
"""Milliseconds since 1970 at the end of the year 9999, which is the last that Python knows."""


MOST_LISTED: Final = 90_000
"""A larger count is cut to this: from 99,700 on, pyatlan refuses a sorted search, or pages in its own way."""


Count = Annotated[int, Field(ge=0), AfterValidator(lambda count: min(count, MOST_LISTED))]


class _End(Part):
    """An asset that another refers to. Its type is not read, but pyatlan wants one that fits."""

    guid: Guid
    entity_status: Literal[Status, "PURGED"] | None = None
    type_name: Literal["Table"] = Field("Table", validation_alias="-")
    attributes: Attributes


_EndT = TypeVar("_EndT", bound=_End)


class _Placed(Attributes):
    order: int | None = None


class _Column(_End):
    attributes: _Placed
    type_name: Literal["Column"] = Field("Column", validation_alias="-")  # type: ignore[assignment]


class _Child(_End):
    type_name: str  # type: ignore[assignment]


def _live(ends: list[_EndT]) -> list[_EndT]:
    """A relation may be live whose other end is archived."""
    return [end for end in ends if end.entity_status in ("ACTIVE", None)]


def _children(ends: list[_Child]) -> list[_Child]:
    """A column process of a subtype, such as DbtColumnProcess, is not the connector's."""
    return [end for end in _live(ends) if end.type_name == "ColumnProcess"]


class _Around(_End):
    type_name: Literal["Process"] = Field("Process", validation_alias="-")  # type: ignore[assignment]


class _Details(Attributes):
    """What a survey asks for; what the catalog does not have is null, or absent."""

    s3_object_size: int | None = None
    s3_e_tag: str | None = Field(None, alias="s3ETag")
    s3_object_last_modified_time: int | None = Field(None, ge=0, le=LATEST)
    s3_object_storage_class: str | None = None
    inputs: list[_End] | None = None
    outputs: list[_End] | None = None
    sql: str | None = None
    columns: Annotated[list[_Column], AfterValidator(_live)] | None = None
    column_processes: Annotated[list[_Child], AfterValidator(_children)] | None = None
    input_to_processes: list[_Around] | None = None
    output_from_processes: list[_Around] | None = None


class _Detailed(Entity):
    attributes: _Details


class Survey(Part):
    """A page of what `connector.adapters.atlan.survey` asks for."""

    approximate_count: Count
    entities: list[_Detailed] | None = None


class _Listed(Part):
    guid: Guid
    type_name: Literal["Connection", "Database", "Schema"]
    status: Status
    attributes: Attributes


class _Bucket(Part):
    key: str
    doc_count: int = Field(ge=0, alias="doc_count")


class _Terms(Part):
    buckets: list[_Bucket]
    doc_count_error_upper_bound: int = Field(alias="doc_count_error_upper_bound")
    sum_other_doc_count: int = Field(alias="sum_other_doc_count")


class Listing(Part):
    """A page of connections, databases or schemas, or counts of tables."""

    approximate_count: Count
    entities: list[_Listed] | None = None
    aggregations: dict[str, _Terms] | None = None


class User(Part):
    """A user of Atlan."""

    id: Text
    username: Text


class Users(Part):
    """Users of Atlan."""

    total_record: int
    filter_record: int
    records: list[User]
