"""The errors that clients see, with Atlan's own status codes and error codes."""

from collections.abc import Iterable
from typing import Any


class CatalogError(Exception):
    """
    An error as the client sees it: HTTP status, Atlas error code, message, and the guid of the entity that caused it.

    Source: Apache Atlas, AtlasErrorCode (codes and wording) and AtlasBaseExceptionMapper (shape of the body).
    """

    def __init__(self, status: int, code: str, message: str, guid: str | None = None) -> None:
        super().__init__(status, code, message, guid)
        self.status = status
        self.code = code
        self.message = message
        self.guid = guid

    def __str__(self) -> str:
        return f"{self.code} {self.message}"

    def body(self) -> dict[str, Any]:
        """Return the JSON body of the response."""
        body = {"errorCode": self.code, "errorMessage": self.message}
        return body | ({"entityGuid": self.guid} if self.guid else {})


def unknown_guid(guid: str) -> CatalogError:
    """Return the error for a guid that no entity has."""
    return CatalogError(404, "ATLAS-404-00-005", f"Given instance guid {guid} is invalid/not found")


def unknown_name(type_: str, unique: dict[str, str]) -> CatalogError:
    """Return the error for unique attributes that no entity of the type (or its subtypes) has."""
    text = ", ".join(f"{name}={value}" for name, value in unique.items())
    return CatalogError(404, "ATLAS-404-00-009", f"Instance {type_} with unique attribute {{{text}}} does not exist")


def invalid(message: str) -> CatalogError:
    """Return the error for invalid parameters. Source: Apache Atlas, AtlasErrorCode.INVALID_PARAMETERS."""
    return CatalogError(400, "ATLAS-400-00-01A", f"invalid parameters: {message}")


def bad_request(message: str) -> CatalogError:
    """Return the error for an invalid search or lineage request. Source: Apache Atlas, AtlasErrorCode.BAD_REQUEST."""
    return CatalogError(400, "ATLAS-400-00-029", message)


def unsupported(what: str, has: Iterable[str] = ()) -> CatalogError:
    """Return the error for a feature of Atlan that this catalog does not have; *has* lists those of its kind it has."""
    listed = f", only {', '.join(has)}" if has else ""
    return CatalogError(
        501, "LOCAL-501", f"The local catalog does not support {what}{listed}; leave it out, or test against a tenant"
    )
