"""The functions that compiled queries call in SQL. The store installs them on each of its connections."""

import json
import re
import sqlite3
from functools import lru_cache
from typing import Any

from local.catalog.entities import types
from local.catalog.search import fuzzy, phrase, text

Value = str | float | None


def install(connection: sqlite3.Connection) -> None:
    """Give *connection* the functions; `regexp` is called through the operator REGEXP."""
    for function, arguments in (
        (words, 1),
        (stems, 1),
        (lowered, 1),
        (supertypes, 2),
        (follows, 3),
        (spanned, 2),
        (near, 5),
        (regexp, 2),
    ):
        connection.create_function(function.__name__, arguments, function, deterministic=True)


def words(value: Value) -> str:
    """List the words of *value* as a JSON array, which SQLite can read as a table."""
    return json.dumps(text.words(str(value)) if value is not None else [])


def stems(value: Value) -> str:
    """List the stems of *value* as a JSON array."""
    return json.dumps(text.stems(str(value)) if value is not None else [])


def lowered(value: Value) -> Value:
    """Lower the case of all letters; SQLite's own function knows ASCII only."""
    return value.lower() if isinstance(value, str) else value


@lru_cache(maxsize=1024)
def supertypes(type_: str, cut: int) -> str:
    """List the types above *type_*, or, if *cut*, the words of their names, in lower case, as a JSON array."""
    above = _ABOVE.get(type_, ())
    return json.dumps([word for name in above for word in (text.words(name) if cut else [name.lower()])])


def follows(found: str, sought: str, slop: int) -> bool:
    """Return whether the words *found* have the phrase *sought*, both JSON arrays; see `phrase.follows`."""
    return phrase.follows(json.loads(found), json.loads(sought), slop)


def spanned(found: str, query: str) -> bool:
    """Return whether the words *found* (a JSON array) have a span of *query* (as JSON)."""
    return bool(phrase.spans(json.loads(found), _loaded(query)))


def near(value: Value, wanted: str, most: int, prefix: int, transpose: int) -> bool:
    """Return whether *value* is *wanted* but for a few edits; see `fuzzy.near`."""
    return isinstance(value, str) and fuzzy.near(value, wanted, most, prefix, transpose=bool(transpose))


def regexp(pattern: str, value: Value) -> bool:
    """Return whether *pattern* matches *value* in full."""
    return value is not None and _compiled(pattern).fullmatch(str(value)) is not None


_ABOVE = {name.lower(): types.supertypes(name)[1:] for name in types.ATTRIBUTES}


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


@lru_cache(maxsize=64)
def _loaded(query: str) -> Any:
    return json.loads(query)
