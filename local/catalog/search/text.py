"""
How the search index reads text: what it cuts into words, and how its patterns are translated to SQLite and Python.

`query` calls it. Source: the index settings of the public metastore (atlan_text_analyzer, atlan_normalizer); the
Elasticsearch 7.17 reference, "Regular expression syntax" and "Wildcard query".
"""

import json
import re
import sqlite3
from functools import lru_cache

from local.catalog.search.syntax import refuse

WORD_BREAK = re.compile(r"[ _\-'/@]")
DIGITS = re.compile(r"\d+")
WILDCARD = re.compile(r"\\.|\\$|[^\\]", re.DOTALL)
UNSUPPORTED_IN_REGEXP = "~<>&@#"


def words(text: str) -> list[str]:
    """
    Cut *text* into the lower-cased words that a text field is indexed by.

    A number starts a new word: `Orders_2024.csv` is `orders` and `2024.csv`.
    """
    return [word.lower() for word in WORD_BREAK.split(DIGITS.sub(r" \g<0>", text)) if word]


def glob(pattern: str) -> str:
    """Translate a wildcard pattern (`*`, `?`, backslash before a literal one) as SQLite's GLOB."""
    return "".join(token if token in "*?" else literal(token[-1]) for token in WILDCARD.findall(pattern))


def like(pattern: str) -> str:
    """Translate a wildcard pattern to SQLite's LIKE with the escape character backslash."""
    return "".join({"*": "%", "?": "_"}.get(token) or unlike(token[-1]) for token in WILDCARD.findall(pattern))


def unlike(text: str) -> str:
    """Quote *text* for LIKE."""
    return re.sub(r"[\\%_]", r"\\\g<0>", text)


def literal(text: str) -> str:
    """Quote *text* for GLOB, in which brackets quote."""
    return re.sub(r"[*?\[]", r"[\g<0>]", text)


def expression(pattern: str) -> str:
    """
    Translate a Lucene regular expression to Python's, to be matched in full.

    Raises:
        CatalogError: 400; the pattern is faulty, or uses an operator of Lucene's that Python lacks (`~ < > & @ #`).
    """
    said = "".join(_atom(token) for token in re.findall(r'"[^"]*"|\[(?:\\.|[^\]])*\]|\\.|.', pattern, re.DOTALL))
    try:
        re.compile(said)
    except re.error as error:
        raise refuse(f"regexp '{pattern}': {error}") from error
    return said


def install(connection: sqlite3.Connection) -> None:
    """Give *connection* the functions that compiled queries call, `regexp` through the operator REGEXP."""
    connection.create_function("words", 1, _words, deterministic=True)
    connection.create_function("phrase", 2, _phrase, deterministic=True)
    connection.create_function("lowered", 1, _lowered, deterministic=True)
    connection.create_function("regexp", 2, _matches, deterministic=True)


def _atom(token: str) -> str:
    """Translate one token: a quoted string, a character class, an escaped character, or one character."""
    if len(token) > 1:
        return token if token.startswith("[") else re.escape(token.strip('"') if token[0] == '"' else token[1:])
    if token in UNSUPPORTED_IN_REGEXP:
        raise refuse(f"regexp operator '{token}' is not supported; put a backslash before it for a literal one")
    return {"^": r"\^", "$": r"\$", ".": r"[\s\S]"}.get(token, token)


def _words(value: str | float | None) -> str:
    """List the words of *value* as a JSON array, which SQLite can read as a table."""
    return json.dumps(words(str(value)) if value is not None else [])


def _phrase(value: str | float | None, wanted: str) -> bool:
    """Return whether the words of *wanted* are adjacent in *value*."""
    if value is None:
        return False
    found, sought = words(str(value)), words(wanted)
    return any(found[start : start + len(sought)] == sought for start in range(len(found) - len(sought) + 1))


def _lowered(value: str | float | None) -> str | float | None:
    return value.lower() if isinstance(value, str) else value


def _matches(pattern: str, value: str | float | None) -> bool:
    return value is not None and _compiled(pattern).fullmatch(str(value)) is not None


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
