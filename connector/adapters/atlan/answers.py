"""
What an answer of Atlan has to contain: what the connector reads of it, of the right type, and about what was asked.

`connector.adapters.atlan.speaker` calls it before pyatlan sees an answer. What the connector does not read is dropped,
so nothing in it can do harm.
"""

import json
from typing import Annotated, Final, Literal

import httpx
from pydantic import AfterValidator, Field, ValidationError, model_serializer

from connector.adapters.atlan.lists import Listing, Survey, User, Users
from connector.adapters.atlan.parts import Attributes, Entity, Guid, Part, Status

CREATED: Final = "created"
UPDATED: Final = "updated"
ARCHIVED: Final = "archived"

MOST_HITS: Final = 10_000
"""Results of a search, at most: the names that it looks for are far fewer."""


class _Changed(Part):
    """An entity that a write changed."""

    guid: Guid


class _Mutated(Part):
    created: list[_Changed] | None = Field(None, alias="CREATE")
    updated: list[_Changed] | None = Field(None, alias="UPDATE")
    partly: list[_Changed] | None = Field(None, alias="PARTIAL_UPDATE")
    deleted: list[_Changed] | None = Field(None, alias="DELETE")


class _Archived(Part):
    """
    The answer to a write.

    What it changed is passed on among the guids that were assigned, as `{guid: CREATED}`: of each entity among the
    mutated ones, pyatlan would make a model of 300 attributes.
    """

    mutated_entities: _Mutated | None = None
    guid_assignments: dict[str, Guid] = Field(default_factory=dict)

    @model_serializer
    def passed(self) -> dict[str, dict[str, str]]:
        """Return what pyatlan gets."""
        made = self.mutated_entities
        changed = ((made.updated, UPDATED), (made.created, CREATED), (made.deleted, ARCHIVED)) if made else ()
        verbs = {one.guid: verb for entities, verb in changed for one in entities or ()}
        return {"guidAssignments": self.guid_assignments | verbs}


class _Saved(_Archived):
    guid_assignments: dict[str, Guid]


class _Related(Part):
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


class _Columns(Part):
    columns: Annotated[list[_Related], AfterValidator(_columns)]


class _Children(Part):
    column_processes: Annotated[list[_Related], AfterValidator(_children)]


class _WithColumns(Entity):
    relationship_attributes: _Columns


class _Noted(Attributes):
    sql: str | None = None


class _WithChildren(Entity):
    attributes: _Noted
    relationship_attributes: _Children


class _Hits(Part):
    approximate_count: int = Field(ge=0, le=MOST_HITS)
    entities: list[Entity] | None = None


class _One(Part):
    entity: Entity


class _Table(_One):
    entity: _WithColumns


class _Process(_One):
    entity: _WithChildren


class Refusal(Part):
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
    return read(_model(request), request, body)


def listed(request: httpx.Request, body: bytes) -> bytes:
    """Do the same for what `connector.adapters.atlan.connections` reads: lists, of any length, and users."""
    path = request.url.path
    if path.endswith("/search/indexsearch"):
        return read(Survey if _detailed(request) else Listing, request, body)
    if path.endswith("/users/current"):
        return read(User, request, body)
    return read(Users if path.endswith("/users") else _model(request), request, body)


def read(model: type[Part], request: httpx.Request, body: bytes) -> bytes:
    """
    Return what *model* has of a body, as JSON; an `entity` has to be the one that was asked for.

    Raises:
        ValueError: the body is not that; says why, without its text.
    """
    try:
        answer = model.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        raise ValueError(f"{'.'.join(map(str, first['loc'])) or 'the response'}: {first['msg']}") from None
    entity = getattr(answer, "entity", None)
    if isinstance(entity, Entity):
        _same(request.url, entity)
    return answer.model_dump_json(by_alias=True, exclude_none=True).encode()


def _model(request: httpx.Request) -> type[Part]:
    path = request.url.path
    if path.endswith("/entity/bulk/"):
        return _Saved if request.method == "POST" else _Archived
    if path.endswith("/search/indexsearch"):
        return Survey if _detailed(request) else _Hits
    if request.url.params.get("ignoreRelationships", "").lower() != "false":
        return _One
    return _Process if path.endswith("/Process") else _Table


def _detailed(request: httpx.Request) -> bool:
    """Tell whether a search asks for attributes, as those of a survey do."""
    return bool(json.loads(request.content).get("attributes"))


def _same(url: httpx.URL, entity: Entity) -> None:
    """Check that an entity is the one that was asked for, since it is written or archived by what this answer says."""
    *_, kind, last = url.path.split("/")
    name = url.params.get("attr:qualifiedName")
    if kind == "guid" and entity.guid != last:
        raise ValueError("entity.guid: not the entity that was asked for")
    if kind == "type" and (entity.type_name, entity.attributes.qualified_name) != (last, name):
        raise ValueError("entity.attributes.qualifiedName: not the entity that was asked for")
