"""
Wrong answers: what a proxy, a login page, a broken gateway or a lying server says in Atlan's place.

`test_wrong` puts each before every request of the fault matrix, while a notification is applied.
"""

import gzip
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from werkzeug.wrappers import Response

KEY: Final = "s3cr3t-of-acme.which-is-long"
"""The API key, which many of these answers repeat, as an error page may repeat a request."""

PAGE: Final = f"<html><body>Please log in. Authorization: Bearer {KEY}</body></html>"
DEEP: Final = 100_000

Answer = Callable[[Response], Response | None]
"""Makes a wrong answer of the right one; None where the right one has nothing that could be wrong so."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """
    A wrong answer, and the *reasons* by which the notification may end; "" where it does no harm.

    *served* means that the request was carried out.
    """

    answer: Answer
    reasons: frozenset[str] = frozenset({"unavailable"})
    served: bool = False


def _said(status: int, body: str | bytes = PAGE, **headers: str) -> Answer:
    def answer(_: Response) -> Response:
        return Response(body, status, {name.replace("_", "-"): value for name, value in headers.items()})

    return answer


def _altered(alter: Callable[[bytes], bytes], **headers: str) -> Answer:
    """Alter the text of a right answer that is no error."""

    def answer(right: Response) -> Response | None:
        if right.status_code != 200:
            return None
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return Response(alter(right.get_data()), 200, {"Content-Type": "application/json"} | named)

    return answer


def _edited(*path: str | int, to: Any = ...) -> Answer:
    """Set what the path leads to in a right answer, or take it away; a "*" is whatever key or place comes first."""

    def answer(right: Response) -> Response | None:
        if right.status_code != 200:
            return None
        data = json.loads(right.get_data())
        return Response(json.dumps(data), 200) if _set(data, path, to) else None

    return answer


def _set(data: Any, path: tuple[str | int, ...], to: Any) -> bool:
    step, *rest = path
    if step == "*" and data:
        step = 0 if isinstance(data, list) else next(iter(data))
    if not isinstance(data, dict | list) or (step not in data if isinstance(data, dict) else not data):
        return False
    if rest:
        return _set(data[step], tuple(rest), to)
    if to is ...:
        del data[step]
    else:
        data[step] = to
    return True


def _first(*path: str | int, to: Any = ...) -> Answer:
    """Edit the first entity of a right answer: the one that was read, or the first of those found."""

    def answer(right: Response) -> Response | None:
        return _edited("entity", *path, to=to)(right) or _edited("entities", 0, *path, to=to)(right)

    return answer


def _lied(*path: str | int, to: str, of: tuple[str, ...]) -> Answer:
    """Edit an entity that was read, of these types; a lie about any other cannot be told from the truth."""

    def answer(right: Response) -> Response | None:
        found = _edited("entity", *path, to=to)(right)
        return found if found and json.loads(found.get_data())["entity"]["typeName"] in of else None

    return answer


_HARMLESS: Final = frozenset({"unavailable", ""})
_LIMITED: Final = frozenset({"rate_limited"})

_PAGES: Final = {
    "200, a login page": Wrong(_said(200)),
    "200, empty": Wrong(_said(200, "")),
    "200, null": Wrong(_said(200, "null")),
    "200, a list": Wrong(_said(200, "[]")),
    "200, a list of an object": Wrong(_said(200, "[{}]")),
    "200, a number": Wrong(_said(200, "7")),
    "200, text": Wrong(_said(200, json.dumps(KEY))),
    "200, an empty object": Wrong(_said(200, "{}")),
    "200, an object of others": Wrong(_said(200, json.dumps({"status": "ok", "entity": [KEY]}))),
    "200, an error": Wrong(_said(200, '{"errorCode": "ATLAS-404-00-009", "errorMessage": "no"}')),
    "204": Wrong(_said(204, "")),
    "202": Wrong(_said(202, "{}")),
    "301, a login page": Wrong(_said(301, Location=f"https://sso.acme.com/{KEY}?token={KEY}")),
    "302, to nowhere": Wrong(_said(302)),
    "302, no address": Wrong(_said(302, Location="https://1.2.3.999/")),
    "303": Wrong(_said(303, Location="/maintenance")),
    "307, in a circle": Wrong(_said(307, Location="/api/meta/entity/bulk/")),
    "304": Wrong(_said(304, "")),
    "401 of a proxy": Wrong(_said(401), frozenset({"unauthorized"})),
    "403 of a proxy": Wrong(_said(403)),
    "403, JSON of others": Wrong(_said(403, json.dumps({"message": f"Forbidden: {KEY}"}))),
    "403, a code of others": Wrong(_said(403, '{"errorCode": "FORBIDDEN", "errorMessage": "no"}')),
    "403, a code that is a number": Wrong(_said(403, '{"errorCode": 403, "errorMessage": "no"}')),
    "403, nested without end": Wrong(_said(403, '{"errorCode":' * DEEP)),
    "404 of a proxy": Wrong(_said(404)),
    "404, null": Wrong(_said(404, "null")),
    "404, in UTF-16": Wrong(_said(404, '{"errorCode": "ATLAS-404-00-009"}'.encode("utf-16"))),
    "404, half": Wrong(_said(404, '{"errorCode": "ATLAS-404-00-009"')),
    "405 of a proxy": Wrong(_said(405)),
    "407": Wrong(_said(407, Proxy_Authenticate="Basic")),
    "409 of a proxy": Wrong(_said(409)),
    "410 of a proxy": Wrong(_said(410)),
    "413 of a proxy": Wrong(_said(413)),
    "429, until 2099": Wrong(_said(429, Retry_After="Fri, 01 Jan 2099 00:00:00 GMT"), _LIMITED),
    "429, for ever": Wrong(_said(429, Retry_After="9" * 400), _LIMITED),
    "429, negative": Wrong(_said(429, Retry_After="-1"), _LIMITED),
    "429, NaN": Wrong(_said(429, Retry_After="NaN"), _LIMITED),
    "429, until 1970": Wrong(_said(429, Retry_After="Thu, 01 Jan 1970 00:00:00 GMT"), _LIMITED),
    "503, for ever": Wrong(_said(503, Retry_After="99999999999"), _LIMITED),
    "500 of a proxy": Wrong(_said(500)),
    "599": Wrong(_said(599, "null")),
    "a gzip that is none": Wrong(_said(200, PAGE, Content_Encoding="gzip")),
    "nested without end": Wrong(_said(200, '{"entity":' * DEEP)),
}

_ALTERED: Final = {
    "206": Wrong(lambda right: Response(right.get_data(), 206)),
    "in UTF-16": Wrong(_altered(lambda body: body.decode().encode("utf-16"))),
    "with a BOM": Wrong(_altered(lambda body: b"\xef\xbb\xbf" + body)),
    "not UTF-8": Wrong(_altered(lambda body: body[:-1] + b',"x":"\xff"}')),
    "half": Wrong(_altered(lambda body: body[: len(body) // 2])),
    "twice": Wrong(_altered(lambda body: body * 2)),
    "a page after it": Wrong(_altered(lambda body: body + PAGE.encode())),
    "half a gzip": Wrong(_altered(lambda body: gzip.compress(body)[:-20], Content_Encoding="gzip")),
    "a gzip that says deflate": Wrong(_altered(gzip.compress, Content_Encoding="deflate")),
    "within a list": Wrong(_altered(lambda body: b"[" + body + b"]")),
}

_FIELDS: Final = {
    "no guid": Wrong(_first("guid")),
    "a guid that is a number": Wrong(_first("guid", to=7)),
    "a guid that is a path": Wrong(_first("guid", to=f"../../{KEY}?")),
    "no status": Wrong(_first("status")),
    "a status of others": Wrong(_first("status", to=KEY)),
    "no type": Wrong(_first("typeName")),
    "a type of others": Wrong(_first("typeName", to="AtlasGlossary")),
    "no attributes": Wrong(_first("attributes")),
    "attributes that are null": Wrong(_first("attributes", to=None)),
    "attributes that are a list": Wrong(_first("attributes", to=[KEY])),
    "no qualified name": Wrong(_first("attributes", "qualifiedName")),
    "a qualified name of null": Wrong(_first("attributes", "qualifiedName", to=None)),
    "another qualified name": Wrong(
        _lied("attributes", "qualifiedName", to="default/s3/1/other", of=("Connection", "Process", "S3Object", "Table"))
    ),
    "a name that is a number": Wrong(_first("attributes", "name", to=7)),
    "another guid": Wrong(_lied("guid", to="00000000-0000", of=("ColumnProcess", "Process", "S3Object")), _HARMLESS),
    "entity that is null": Wrong(_edited("entity", to=None)),
    "no relationships": Wrong(_edited("entity", "relationshipAttributes"), _HARMLESS),
    "columns that are null": Wrong(_edited("entity", "relationshipAttributes", "columns", to=None), _HARMLESS),
    "a column that is null": Wrong(_edited("entity", "relationshipAttributes", "columns", 0, to=None), _HARMLESS),
    "a column without a guid": Wrong(_edited("entity", "relationshipAttributes", "columns", 0, "guid"), _HARMLESS),
    "a column without a status": Wrong(
        _edited("entity", "relationshipAttributes", "columns", 0, "relationshipStatus"), _HARMLESS
    ),
    "a column named 7": Wrong(
        _edited("entity", "relationshipAttributes", "columns", 0, "displayText", to=7), _HARMLESS
    ),
    "a column without a name": Wrong(
        _edited("entity", "relationshipAttributes", "columns", 0, "displayText"), _HARMLESS
    ),
    "no count": Wrong(_edited("approximateCount")),
    "a count in words": Wrong(_edited("approximateCount", to="one")),
    "a negative count": Wrong(_edited("approximateCount", to=-1)),
    "a huge count": Wrong(_edited("approximateCount", to=10**12)),
    "a count that is a fraction": Wrong(_edited("approximateCount", to=0.5)),
    "entities that are an object": Wrong(_edited("entities", to={})),
    "entities of null": Wrong(_edited("entities", to=[None])),
    "entities that are left out": Wrong(_edited("entities"), _HARMLESS),
    "no assigned guids": Wrong(_edited("guidAssignments"), _HARMLESS),
    "a list of assigned guids": Wrong(_edited("guidAssignments", to=[KEY]), _HARMLESS),
    "an assigned guid of null": Wrong(_edited("guidAssignments", "*", to=None), _HARMLESS),
    "an assigned guid left out": Wrong(_edited("guidAssignments", "*"), _HARMLESS),
    "a list of mutated entities": Wrong(_edited("mutatedEntities", to=[])),
    "mutated entities of null": Wrong(_edited("mutatedEntities", "*", to=[None])),
    "a mutated entity without a guid": Wrong(_edited("mutatedEntities", "*", 0, "guid")),
    "deleted entities that are left out": Wrong(_edited("mutatedEntities", "DELETE"), _HARMLESS),
}

WRONGS: Final[Mapping[str, Wrong]] = {
    **_PAGES,
    **{name: Wrong(one.answer, one.reasons, served=True) for name, one in (_ALTERED | _FIELDS).items()},
}
"""All of them; those that alter a right answer are given to a request that was carried out."""
