"""
Checks what a routes file says about the layout of a route's files.

`connector.routesfile` calls it for each field; `connector.core.layout` has the meaning.
"""

import codecs
import re
from collections import Counter
from typing import Final

from connector.core.layout import Declared
from connector.core.mistake import plain, quoted
from connector.core.text import Encoding

_NO_DELIMITER: Final = re.compile(r"[\w\"\\\r\n\0]")
_ENCODINGS: Final = {codecs.lookup(encoding).name: encoding for encoding in Encoding}


def header(value: object) -> Declared | tuple[str, ...]:
    """
    Read what a route says of the header.

    Raises:
        ValueError: describes the mistake.
    """
    wanted = "write yes, no, or the list of the columns of files without a header"
    if isinstance(value, str):
        if value not in set(Declared):
            raise ValueError(f"{quoted(value)} is not yes or no; {wanted}")
        return Declared(value)
    names = [name for name in value if isinstance(name, str) and name] if isinstance(value, list) else []
    if not names or names != value:
        raise ValueError(f"is not a list of names; {wanted}" if value is not None else f"has no value; {wanted}")
    if twice := next((name for name, count in Counter(map(plain, names)).items() if count > 1), None):
        raise ValueError(f"has {quoted(twice)} twice; write each column once")
    return tuple(names)


def delimiter(value: object) -> str:
    """
    Return a delimiter, of one character or several.

    Raises:
        ValueError: describes the mistake.
    """
    text = _text(value)
    if not text or _NO_DELIMITER.search(text):
        raise ValueError(
            f"{quoted(text)} is no delimiter, which has no letters, digits, quotes, backslashes and line breaks; "
            r'write a tab as "\t", and Ctrl-A as "\x01", in double quotes'
        )
    return text


def encoding(value: object) -> Encoding:
    """
    Return an encoding by any of its usual names.

    Raises:
        ValueError: it is none of those that are read.
    """
    text = _text(value)
    try:
        return _ENCODINGS[codecs.lookup(text).name]
    except (LookupError, ValueError) as error:
        known = f"{', '.join(Encoding)}; UTF-8, and UTF-16 with a byte order mark, need none"
        raise ValueError(f"{quoted(text)} is none of the encodings that are read: {known}") from error


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("has no value; write it after the colon and a space" if value is None else "must be a string")
    return value
