"""Finds assets by any part of their names or qualified names, for the search box. `app` calls `answer`."""

import sqlite3
from typing import Any, Final

from local.page import assets

Json = dict[str, Any]

MOST: Final = 30
"""Assets that are listed."""

_LONGEST: Final = 500  # letters of a text that are looked at
_WORDS: Final = 6
_FIND: Final = """
SELECT guid FROM document WHERE since <= :now AND until > :now AND {words}
ORDER BY state <> 'ACTIVE', type IN ('process', 'columnprocess'), name <> :whole,
         name NOT LIKE :start ESCAPE '\\', name NOT LIKE :within ESCAPE '\\', type IN ('column', 'columnprocess'),
         length(name), qualified_name LIMIT :most
"""
_WORD: Final = "(name LIKE :word{0} ESCAPE '\\' OR qualified_name LIKE :word{0} ESCAPE '\\')"


def answer(connection: sqlite3.Connection, text: str, now: int) -> Json:
    """
    Return the assets whose names have all words of *text*, in any case: best matches first, processes and retired last.

    A text without words finds nothing. The search index is read, so a catalog that lags does so here, too.
    """
    text = text[:_LONGEST]
    words = text.lower().split()[:_WORDS]
    if not words:
        return {"assets": [], "more": False}
    whole = text.strip().lower()
    values: dict[str, Any] = {f"word{place}": f"%{_escaped(word)}%" for place, word in enumerate(words)}
    values |= {"whole": whole, "start": f"{_escaped(whole)}%", "within": f"%{_escaped(whole)}%"}
    values |= {"now": now, "most": MOST + 1}
    sql = _FIND.format(words=" AND ".join(map(_WORD.format, range(len(words)))))
    guids = [row["guid"] for row in connection.execute(sql, values)]
    found = assets.read(connection, guids[:MOST])
    return {"assets": [found[guid].short() for guid in guids if guid in found], "more": len(guids) > MOST}


def _escaped(word: str) -> str:
    return "".join(f"\\{letter}" if letter in "%_\\" else letter for letter in word)
