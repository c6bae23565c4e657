"""
Finds what a person wrote into the routes file by mistake, and says what was probably meant.

Such a text is valid as it stands but matches nothing: an address in place of a key, a blank or a line break at its end,
a character that nobody sees. `connector.routesfile` checks each text of the file.
"""

import re
import unicodedata
from typing import Final
from urllib.parse import unquote

from connector.core.pattern import MAX_KEY_BYTES, Literal, Pattern, Variable

SHOWN: Final = 200
"""Characters of a text that are repeated in an error."""

_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp", "Zs"})
"""Unicode's categories of what is not seen: control and format characters, half surrogates, and blanks."""

_ALIKE: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Fillers and joiners of other categories that are not seen either."""

_JOINING: Final = frozenset("\u200c\u200d\ufe0e\ufe0f")
"""What is not seen but belongs to the character before it, in emoji and in scripts such as Persian."""

_BLANKS: Final = frozenset(" \u3000")
"""The blanks of keyboards; the second is that of Japanese ones, and as wide as a letter."""

_HOST: Final = r"[^/?#]*amazonaws\.com[^/?#]*"
_BUCKET_AND_KEY: Final = r"/*(?P<bucket>[^/?#]*)/*(?P<key>[^?#]*).*"
_ADDRESSES: Final = tuple(
    re.compile(form, re.IGNORECASE | re.DOTALL)
    for form in (
        r"s3[an]?:/+(?P<bucket>[^/]*)/*(?P<key>.*)",
        r"arn:[a-z-]*:s3:::(?P<bucket>[^/]*)/*(?P<key>.*)",
        r"https?://[^/?#]*console[^/?#]*/s3/(?:buckets|object)/(?P<bucket>[^/?#]*)(?:.*[?&]prefix=(?P<key>[^&#]*))?.*",
        rf"(?:https?://)?s3[.-]{_HOST}{_BUCKET_AND_KEY}",
        rf"(?:https?://)?(?P<bucket>[^/?#]+?)\.s3[.-]{_HOST}/*(?P<key>[^?#]*).*",
    )
)
"""
The ways to write where an object is.

Source: S3 User Guide, "Methods for accessing a general purpose bucket": virtual-hosted and path-style requests.
"""
_SCHEME: Final = re.compile(r"arn:|(?!https?:)[a-z][a-z0-9+.-]*://|https?://([^/]*\.)?s3[.:/-]", re.IGNORECASE)
_RANGE: Final = re.compile(r"\[[!^]?(?:[a-z]-[a-z]|[A-Z]-[A-Z]|[0-9]-[0-9])+\]")
_BUCKET: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{1,253}[A-Za-z0-9_]")
"""
Source: S3 User Guide, "General purpose bucket naming rules"; buckets of us-east-1 that were made before March 2018 may
have capitals, underscores and 255 characters.
"""


def visible(text: str) -> str:
    """Return a text with every character that is not seen as an escape."""
    return "".join(_escaped(letter) if _unseen(letter) or not letter.isprintable() else letter for letter in text)


def quoted(text: str) -> str:
    """Quote a text, shortened, with what is not seen as escapes."""
    return visible(repr(text[:SHOWN]))


def plain(text: str, advice: str = "") -> str:
    """
    Return the text if nothing in it is invisible; *advice* is for who really needs what is refused.

    Raises:
        ValueError: describes the mistake.
    """
    clean = _cleaned(text)
    write = f"write {quoted(clean)}" if clean else "write a text"
    if text.rstrip(" ").endswith(("\n", "\r")):
        raise ValueError(f"{quoted(text)} ends in a line break, which `|` and `>` keep; {write} in the field's line")
    for place, letter in enumerate(text):
        joins = letter in _JOINING and place > 0 and not text[place - 1].isascii()
        if _unseen(letter) and not joins:
            raise ValueError(
                f"{quoted(text)} has an invisible character, {_escaped(letter)} ({_called(letter)}), "
                f"at character {place + 1}; {write}{advice}"
            )
    for where, end in (("begins", text[:1]), ("ends", text[-1:])):
        if end in _BLANKS:
            raise ValueError(f"{quoted(text)} {where} with a blank; {write}{advice}")
    return text


def key(text: str) -> str:
    """
    Return a pattern if it is probably what was meant.

    Raises:
        ValueError: describes the mistake.
    """
    plain(text, ", or put * in its place if keys do have it")
    if found := _address(text):
        raise ValueError(f"{quoted(text)} is an address; a key is what follows the bucket: write {quoted(found[1])}")
    if _SCHEME.match(text):
        raise ValueError(f"{quoted(text)} is an address; write the key only, as in 'exports/**'")
    if text.startswith("/"):
        rest = text.lstrip("/") or "**"
        raise ValueError(
            f"keys do not begin with a slash; write {quoted(rest)}, or {quoted(f'*{text}')} for keys that do"
        )
    if found_dots := re.match(r"(\.{1,2}/+)+", text):
        raise ValueError(
            f"{quoted(text)} is a path; keys begin at the bucket: write {quoted(text[found_dots.end() :])}"
        )
    if what := _dialect(text):
        raise ValueError(f"{quoted(text)} {what}")
    return text


def long(pattern: Pattern) -> Pattern:
    """
    Return a pattern if S3 can have a key that it matches.

    Raises:
        ValueError: every such key would be too long.
    """
    least = sum(len(piece.text.encode()) for piece in pattern.pieces if isinstance(piece, Literal))
    least += sum(isinstance(piece, Variable) for piece in pattern.pieces)
    if least > MAX_KEY_BYTES:
        raise ValueError(f"matches keys of {least} bytes or more; S3 keys have at most {MAX_KEY_BYTES}")
    return pattern


def bucket(text: str) -> str:
    """
    Return the name of a bucket.

    Raises:
        ValueError: it is no such name; if it is an address, the error says the name in it.
    """
    plain(text)
    found = _address(text)
    meant = found[0] if found else text.partition("/")[0]
    if meant != text and _BUCKET.fullmatch(meant):
        raise ValueError(f"{quoted(text)} is not a bucket name; write {quoted(meant)}, and the rest into `key`")
    if not _BUCKET.fullmatch(text):
        raise ValueError(
            f"{quoted(text)} is not a bucket name: 3 to 63 lower-case letters, digits, dots and hyphens "
            "(a bucket made before March 2018 may have capitals, underscores and up to 255 characters)"
        )
    return text


def _address(text: str) -> tuple[str, str] | None:
    """Return bucket and key of an address; all keys if it has none."""
    for form in _ADDRESSES:
        if found := form.fullmatch(text):
            key = found["key"] or ""
            return found["bucket"], (unquote(key) if "amazon" in text.lower() else key) or "**"
    return None


def _dialect(text: str) -> str:
    """Say which other language of patterns a text is written in; "" if it is in ours."""
    slashes, bare = text.replace("\\", "/"), text.replace("${", "{")
    if "\\}" in text:
        return "has \\}; braces are written {{ and }}"
    if slashes != text:
        return f"has a backslash; folders are separated by /: write {quoted(slashes)}"
    if bare != text:
        return f"has ${{; a variable is written without $: write {quoted(bare)}"
    if found := _RANGE.search(text):
        return f"has {found[0]}, which stands for itself here; write * or a variable"
    return f"begins with ^, which stands for itself here; write {quoted(text[1:])}" if text.startswith("^") else ""


def _cleaned(text: str) -> str:
    """Return what a text was probably meant to be."""
    letters = (" " if letter.isspace() else "" if _unseen(letter) else letter for letter in text)
    return "".join(letters).strip()


def _unseen(letter: str) -> bool:
    if letter in _BLANKS or letter.isascii():
        return not letter.isprintable() and letter not in _BLANKS
    return letter in _ALIKE or letter in _JOINING or unicodedata.category(letter) in _HIDDEN


def _escaped(letter: str) -> str:
    """Write a character as an escape of YAML and Python."""
    escape = repr(letter)[1:-1]
    return escape if escape != letter else f"\\u{ord(letter):04x}"


def _called(letter: str) -> str:
    names = {"\n": "a line break", "\r": "a line break", "\t": "a tab"}
    return names.get(letter) or unicodedata.name(letter, "a control character").lower()
