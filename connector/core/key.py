"""
The API key: reads it from a secret, says what is wrong with it, and takes it out of a text. None of it shows the key.

`connector.config`, `connector.adapters.secret`, `connector.adapters.atlan` and `connector.log` call it.
"""

import json
import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import quote

FIELD: Final = "ATLAN_API_KEY"
"""The field of a secret that is a JSON object; the setting has the same name."""

HIDDEN: Final = "***"
"""What stands in a text in place of the key."""

SHORT: Final = 16
"""A key that is shorter is one of a local catalog, and may be a common word: only the whole word is hidden."""

BLANKS: Final = " \t\r\n\f\v"

_QUOTES: Final = "\"'`\u2018\u2019\u201c\u201d"
_FAULTS: Final = tuple(
    (re.compile(wrong), words)
    for wrong, words in (
        (r"\A\Z", "is empty; put the API key into it"),
        ("\ufeff", "has a byte order mark (BOM); save it as UTF-8 without one"),
        (rf"\A[{_QUOTES}]|[{_QUOTES}]\Z", "has quotes around it; remove them"),
        (r"[\r\n]", "has a line break in it; write it in one line"),
        (r"\s", "has a blank in it; give the key alone, without `Bearer`"),
        (r"[^\x00-\x7f]", "has a character that is not ASCII; copy the key again"),
        (r"[\x00-\x1f\x7f]", "has a control character in it; copy the key again"),
        (r"\A[{\[]", "is JSON and not a key; give the key alone"),
    )
)
_TOKEN: Final = re.compile(r"(?:Bearer\s+)?eyJ[\w-]{8,}\.[\w-]+\.[\w-]*", re.IGNORECASE)


def fault(key: str) -> str | None:
    """
    Say what is wrong with a key, or return None: a key is printable ASCII without blanks.

    Source:
        RFC 6750, 2.1: a bearer token has neither blanks nor control characters. RFC 9110, 5.5: nor has a header.
    """
    return next((words for wrong, words in _FAULTS if wrong.search(key)), None)


def is_token(text: str) -> bool:
    """
    Tell whether a text is surely a key, so that it is not shown where something else was meant.

    Source:
        RFC 7519: a JSON web token, such as Atlan's API keys are, is three parts of base64url, the first an object.
    """
    return _TOKEN.fullmatch(text.strip()) is not None


def content(secret: str) -> str:
    """
    Return the key that a secret contains: its text, or the field `ATLAN_API_KEY` or the only field of a JSON object.

    Raises:
        ValueError: the object has no such field, or its value is no text; says what is wrong.
    """
    text = secret.strip(BLANKS)
    if not text.startswith("{"):
        return text
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError("begins with a brace, but is not a JSON object") from None
    if FIELD not in fields and len(fields) != 1:
        raise ValueError(f"is a JSON object of {len(fields)} fields, none of which is {FIELD}")
    value = fields.get(FIELD, next(iter(fields.values())))
    if not isinstance(value, str):
        raise ValueError("is a JSON object, but the value of its field is not text")
    return value.strip(BLANKS)


def hidden(text: str, keys: Iterable[str]) -> str:
    """Take the keys out of a text, also where they are escaped as in JSON or in a URL."""
    for key in filter(None, keys):
        for form in _forms(key):
            if len(key) < SHORT:
                text = re.sub(rf"(?<!\w){re.escape(form)}(?!\w)", HIDDEN, text)
            else:
                text = text.replace(form, HIDDEN)
    return text


def shown(text: str, keys: Iterable[str], most: int = 500) -> str:
    """Return a text from outside as it may be shown: without the keys, control characters escaped, and shortened."""
    clean = "".join(char if char.isprintable() else repr(char)[1:-1] for char in hidden(text, keys))
    return clean if len(clean) <= most else f"{clean[:most]}..."


def _forms(key: str) -> list[str]:
    """List the ways in which a key is written, escaped once or twice; the longest first, as one may be in another."""
    once = {key, *_escaped(key)}
    return sorted({*once, *(form for one in once for form in _escaped(one))}, key=len, reverse=True)


def _escaped(text: str) -> tuple[str, ...]:
    return json.dumps(text)[1:-1], repr(text)[1:-1], quote(text, safe="")
