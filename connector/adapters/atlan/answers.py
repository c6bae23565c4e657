"""
What an answer of Atlan has to contain: what the connector reads of it, of the right type, and about what was asked.

`connector.adapters.atlan.speaker` calls it before pyatlan sees an answer. What the connector does not read is dropped,
so nothing in it can do harm.
"""

import json
from typing import Annotated, Final, Literal

import httpx
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from pydantic.alias_generators import to_camel

Guid = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z][0-9A-Za-z-]*$", max_length=100)]
"""A real guid, which later requests have in their path; a temporary one begins with a hyphen."""

Text = Annotated[str, StringConstraints(min_length=1)]
Status = Literal["ACTIVE", "DELETED"]
Type = Literal[
    "Column", "ColumnProcess", "Connection", "MaterialisedView", "Process", "S3Bucket", "S3Object", "Table", "View"
]

MOST_HITS: Final = 10_000
"""Results of a search, at most: the names that it looks for are far fewer."""

LATEST: Final = 253_402_300_799_000
"""Milliseconds since 1970 at the end of the year 9999, which is the last that Python knows."""


MOST_LISTED: Final = 90_000
"""A larger count is cut to this: from 99,700 on, pyatlan refuses a sorted search, or pages in its own way."""


Count = Annotated[int, Field(ge=0), AfterValidator(lambda count: min(count, MOST_LISTED))]


class _Part(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, alias_generator=to_camel, populate_by_name=True)


class _Changed(_Part):
    """An entity that a write changed; its type is not read, but pyatlan wants one."""

    guid: Guid
    type_name: Literal["Asset"] = Field("Asset", validation_alias="-")


class _Mutated(_Part):
    created: list[_Changed] | None = Field(None, alias="CREATE")
    updated: list[_Changed] | None = Field(None, alias="UPDATE")
    partly: list[_Changed] | None = Field(None, alias="PARTIAL_UPDATE")
    deleted: list[_Changed] | None = Field(None, alias="DELETE")


class _Archived(_Part):
    mutated_entities: _Mutated | None = None


class _Saved(_Archived):
    guid_assignments: dict[str, Guid]


class _Attributes(_Part):
    qualified_name: Text
    name: Text | None = None


class _Entity(_Part):
    guid: Guid
    type_name: Type
    status: Status
    attributes: _Attributes


class _Related(_Part):
    guid: Guid
    type_name: str = Field(pattern=r"^\w*(Column|ColumnProcess)$")
    entity_status: Literal[Status, "PURGED"]
    relationship_status: Literal[Status, "PURGED"]
    display_text: str | None = None


def _columns(columns: list[_Related]) -> list[_Related]:
    """A column of a subtype, such as IcebergColumn, is a column, too. By its guid it is not read as one."""
    known = [column for column in columns if column.type_name == "Column" or column.display_text]
    return [column.model_copy(update={"type_name": "Column"}) for column in known]


def _children(processes: list[_Related]) -> list[_Related]:
    """A process of a subtype, such as DbtColumnProcess, is not the connector's."""
    return [process for process in processes if process.type_name == "ColumnProcess"]


class _Columns(_Part):
    columns: Annotated[list[_Related], AfterValidator(_columns)]


class _Children(_Part):
    column_processes: Annotated[list[_Related], AfterValidator(_children)]


class _WithColumns(_Entity):
    relationship_attributes: _Columns


class _WithChildren(_Entity):
    relationship_attributes: _Children


class _Hits(_Part):
    approximate_count: int = Field(ge=0, le=MOST_HITS)
    entities: list[_Entity] | None = None


class _End(_Part):
    """An asset that another refers to. Its type is not read, but pyatlan wants one that fits."""

    guid: Guid
    type_name: Literal["Table"] = Field("Table", validation_alias="-")
    attributes: _Attributes


class _Column(_End):
    type_name: Literal["Column"] = Field("Column", validation_alias="-")  # type: ignore[assignment]


class _Around(_End):
    type_name: Literal["Process"] = Field("Process", validation_alias="-")  # type: ignore[assignment]


class _Details(_Attributes):
    """What a survey asks for; what the catalog does not have is null, or absent."""

    s3_object_size: int | None = None
    s3_e_tag: str | None = Field(None, alias="s3ETag")
    s3_object_last_modified_time: int | None = Field(None, ge=0, le=LATEST)
    s3_object_storage_class: str | None = None
    inputs: list[_End] | None = None
    outputs: list[_End] | None = None
    columns: list[_Column] | None = None
    input_to_processes: list[_Around] | None = None
    output_from_processes: list[_Around] | None = None


class _Detailed(_Entity):
    attributes: _Details


class _Survey(_Part):
    approximate_count: Count
    entities: list[_Detailed] | None = None


class _Listed(_Part):
    guid: Guid
    type_name: Literal["Connection", "Database", "Schema"]
    status: Status
    attributes: _Attributes


class _Bucket(_Part):
    key: str
    doc_count: int = Field(ge=0, alias="doc_count")


class _Terms(_Part):
    buckets: list[_Bucket]
    doc_count_error_upper_bound: int = Field(alias="doc_count_error_upper_bound")
    sum_other_doc_count: int = Field(alias="sum_other_doc_count")


class _Listing(_Part):
    approximate_count: Count
    entities: list[_Listed] | None = None
    aggregations: dict[str, _Terms] | None = None


class _User(_Part):
    id: Text
    username: Text


class _Users(_Part):
    total_record: int
    filter_record: int
    records: list[_User]


class _One(_Part):
    entity: _Entity


class _Table(_One):
    entity: _WithColumns


class _Process(_One):
    entity: _WithChildren


class Refusal(_Part):
    """
    An error in Atlan's own words.

    Source: the public metastore's AtlasErrorCode and AtlasBaseExceptionMapper.
    """

    error_code: str = Field(pattern=r"^ATLA[NS]-[0-9A-Z-]+$", max_length=40)
    error_message: str = "no message"


def refusal(body: bytes) -> Refusal | None:
    """Return the error that a body tells of, or None if it is not one of Atlan's."""
    try:
        return Refusal.model_validate_json(body)
    except ValidationError:
        return None


def clean(request: httpx.Request, body: bytes) -> bytes:
    """
    Return what the connector reads of the body of a successful answer, as JSON.

    Raises:
        ValueError: it is not what Atlan answers to this request; says why, without the text of the body.
    """
    return _read(_model(request), request, body)


def listed(request: httpx.Request, body: bytes) -> bytes:
    """Do the same for what `connector.adapters.atlan.connections` reads: lists, of any length, and users."""
    path = request.url.path
    if path.endswith("/search/indexsearch"):
        return _read(_Listing, request, body)
    if path.endswith("/users/current"):
        return _read(_User, request, body)
    return _read(_Users if path.endswith("/users") else _model(request), request, body)


def _read(model: type[_Part], request: httpx.Request, body: bytes) -> bytes:
    try:
        answer = model.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        raise ValueError(f"{'.'.join(map(str, first['loc'])) or 'the response'}: {first['msg']}") from None
    if isinstance(answer, _One):
        _same(request.url, answer.entity)
    return answer.model_dump_json(by_alias=True, exclude_none=True).encode()


def _model(request: httpx.Request) -> type[_Part]:
    path = request.url.path
    if path.endswith("/entity/bulk/"):
        return _Saved if request.method == "POST" else _Archived
    if path.endswith("/search/indexsearch"):
        return _Survey if json.loads(request.content).get("attributes") else _Hits
    if request.url.params.get("ignoreRelationships", "").lower() != "false":
        return _One
    return _Process if path.endswith("/Process") else _Table


def _same(url: httpx.URL, entity: _Entity) -> None:
    """Check that an entity is the one that was asked for, since it is written or archived by what this answer says."""
    *_, kind, last = url.path.split("/")
    name = url.params.get("attr:qualifiedName")
    if kind == "guid" and entity.guid != last:
        raise ValueError("entity.guid: not the entity that was asked for")
    if kind == "type" and (entity.type_name, entity.attributes.qualified_name) != (last, name):
        raise ValueError("entity.attributes.qualifiedName: not the entity that was asked for")
