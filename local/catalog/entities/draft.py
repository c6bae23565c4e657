"""
Reads the entities of a request, and checks them against the type definitions. `resolve` calls `read`.

Source: Apache Atlas, EntityREST (limits), AtlasEntityGraphDiscoveryV2, AtlasStructType.
"""

import re
import uuid
from dataclasses import dataclass, field
from typing import Any, Final

from local.catalog.entities import types
from local.catalog.errors import CatalogError, invalid, unsupported

Json = dict[str, Any]

MOST_ENTITIES: Final = 10_000
LONGEST: Final = 100_000
LONGEST_TEXT: Final = 2_000_000
TEXTS: Final = {"rawQueryText", "dataContractJson", "dataContractSpec"}
UNSUPPORTED: Final = {
    "labels": "labels",
    "classifications": "tags (classifications)",
    "addOrUpdateClassifications": "tags (addOrUpdateClassifications)",
    "removeClassifications": "tags (removeClassifications)",
    "meanings": "terms (meanings)",
    "businessAttributes": "custom metadata (businessAttributes)",
    "isIncomplete": "incomplete entities (isIncomplete)",
    "isProxy": "proxies (isProxy)",
    "homeId": "proxies (homeId)",
    "provenanceType": "provenance (provenanceType)",
}
"""Fields of an entity that Atlan carries out, by what they are. It ignores all others that are not read here."""

CUSTOM_KEY: Final = re.compile(r"[a-zA-Z0-9_-]*")
LONGEST_CUSTOM_KEY: Final = 50
LONGEST_CUSTOM_VALUE: Final = 500


@dataclass(frozen=True, slots=True)
class Reference:
    """An entity that another refers to. `unique` has the unique attributes in the request, None if it gave a guid."""

    guid: str
    type: str
    unique: dict[str, str] | None = None


References = dict[str, tuple[Reference, ...]]
# Type and qualified name of entities.
Names = frozenset[tuple[Any, Any]]


@dataclass(frozen=True, slots=True)
class Draft:
    """
    One entity of a request.

    `key` is its guid in the request (temporary ones begin with "-"), `guid` the real one. `attributes` holds what was
    sent, without relationships; those are in `replaced`, `appended` and `removed`. `raced` entities are not looked up;
    of `fresh` ones nothing was stored before this request.
    """

    key: str
    type: str
    attributes: Json
    sent: Json
    status: str | None
    custom: Json | None
    guid: str = ""
    raced: bool = False
    fresh: bool = False
    replaced: References = field(default_factory=dict)
    appended: References = field(default_factory=dict)
    removed: References = field(default_factory=dict)

    def refuse(self, status: int, code: str, message: str) -> CatalogError:
        """Return the error of this entity."""
        return CatalogError(status, code, message, self.key)


def read(entities: Any, *, partial: bool = False, absent: Names = frozenset()) -> list[Draft]:
    """
    Read and check the *entities* of a request; see `resolve.drafts`.

    Raises:
        CatalogError: for the first fault; the whole request is then rejected.
    """
    if not isinstance(entities, list) or not entities:
        raise invalid("no entities to create/update.")
    if len(entities) > MOST_ENTITIES:
        message = f"Request Error - Entities should be less than or equal to: {MOST_ENTITIES}"
        raise CatalogError(400, "ATLAS-400-00-212", message)
    found = [_parse(entity, absent) for entity in entities]
    for draft in found:
        _validate(draft, partial=partial)
    return found


def _parse(entity: Any, absent: Names) -> Draft:
    """Read one entity as sent; without a guid it gets a temporary one."""
    if not isinstance(entity, dict):
        raise invalid(f"an entity is an object, not {entity!r}")
    _check_lengths(entity)
    type_ = types.check(entity.get("typeName"))
    for name, what in UNSUPPORTED.items():
        if entity.get(name):
            raise unsupported(what)
    sent = entity.get("attributes") or {}
    known = types.ATTRIBUTES[type_]
    plain = {name: value for name, value in sent.items() if name in known and not known[name].relation}
    return Draft(
        key=str(entity.get("guid") or f"-{uuid.uuid4().int % 10**16}"),
        type=type_,
        attributes=plain,
        sent=entity,
        status="ACTIVE" if sent.get("__state") == "ACTIVE" else entity.get("status"),
        custom=entity.get("customAttributes"),
        raced=(type_, plain.get("qualifiedName")) in absent,
    )


def _check_lengths(entity: Json) -> None:
    for name, value in (entity.get("attributes") or {}).items():
        longest = LONGEST_TEXT if name in TEXTS else LONGEST
        if isinstance(value, str) and len(value) > longest:
            message = f"{name} has {len(value)} characters, more than {longest}"
            raise CatalogError(500, "ATLAS-500-00-001", f"Internal server error {message}")


def _validate(draft: Draft, *, partial: bool) -> None:
    """
    Check values against types, and give them those types in place.

    Source: Apache Atlas, AtlasStructType.validateValue, of whose messages only the first is reported.
    """
    for attribute in types.mandatory(draft.type):
        name = attribute.name
        if draft.attributes.get(name) is None and not (partial and name not in draft.attributes):
            raise _bad(draft, f"{name}: mandatory attribute value missing in type {attribute.origin}")
    for name, value in draft.attributes.items():
        attribute = types.ATTRIBUTES[draft.type][name]
        try:
            draft.attributes[name] = attribute.normalize(value)
        except (ValueError, TypeError) as error:
            raise _bad(draft, f"{name}={value}: invalid value for type {attribute.type}") from error
    _validate_custom(draft)


def _bad(draft: Draft, fault: str) -> CatalogError:
    message = f"Invalid instance creation/updation parameters passed : {draft.type}.{fault}"
    return draft.refuse(404, "ATLAS-404-00-007", message)


def _validate_custom(draft: Draft) -> None:
    """Check the custom attributes. Source: Apache Atlas, AtlasConfiguration (lengths), AtlasErrorCode."""
    for key, value in (draft.custom or {}).items():
        if len(key) > LONGEST_CUSTOM_KEY:
            message = f"key size should not be greater than {LONGEST_CUSTOM_KEY}"
            raise draft.refuse(400, "ATLAS-400-00-08C", f"Invalid key: {key} in custom attribute, {message}")
        if not CUSTOM_KEY.fullmatch(key):
            message = "key should only contain alphanumeric characters, '_' or '-'"
            raise draft.refuse(400, "ATLAS-400-00-08D", f"Invalid key: {key} in custom attribute, {message}")
        if len(str(value)) > LONGEST_CUSTOM_VALUE:
            message = f"value length is greater than {LONGEST_CUSTOM_VALUE}"
            raise draft.refuse(400, "ATLAS-400-00-08E", f"Invalid value: {value} in custom attribute, {message}")
