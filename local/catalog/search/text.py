"""
How the search index reads text: what it cuts into words, and how its patterns are translated to SQLite and Python.

`leaf` calls it. Source: the index settings of the public metastore (atlan_text_analyzer, atlan_text_stemmer,
atlan_normalizer); the Elasticsearch 7.17 reference, "Regular expression syntax" and "Wildcard query".
"""

import re
from collections.abc import Callable, Mapping
from typing import Final

import snowballstemmer

from local.catalog.errors import unsupported
from local.catalog.search.syntax import refuse

WORD_BREAK = re.compile(r"[ _\-'/@]")
DIGITS = re.compile(r"\d+")
WILDCARD = re.compile(r"\\.|\\$|[^\\]", re.DOTALL)
TOKEN = re.compile(r'"[^"]*"|\[(?:\\.|[^\]])*\]|<[^>]*>|\\.|.', re.DOTALL)
OPERATORS: Final[Mapping[str, str]] = {"^": r"\^", "$": r"\$", ".": r"[\s\S]", "@": r"[\s\S]*", "#": r"(?!)"}
"""What means something else in Lucene's regular expressions than in Python's: `@` is any text, `#` matches nothing."""

_STEMMER: Final = snowballstemmer.stemmer("english")


def words(text: str) -> list[str]:
    """
    Cut *text* into the lower-cased words that a text field is indexed by.

    A number starts a new word: `Orders_2024.csv` is `orders` and `2024.csv`.
    """
    return [word.lower() for word in _tokens(text)]


def stems(text: str) -> list[str]:
    """Cut *text* into the stems of its words; a word in capitals is not stemmed, since it is lower-cased afterwards."""
    return [stem.lower() for stem in _STEMMER.stemWords(_tokens(text))]


ANALYZERS: Final[Mapping[str, Callable[[str], list[str]]]] = {
    "atlan_text_analyzer": words,
    "atlan_text_stemmer": stems,
    "keyword": lambda text: [text],
    "whitespace": str.split,
}


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
        CatalogError: 400, the pattern is faulty; 501, it uses `~` (not) or `&` (and), which Python lacks.
    """
    said = "".join(_atom(token, pattern) for token in TOKEN.findall(pattern))
    try:
        re.compile(said)
    except re.error as error:
        raise refuse(f"regexp '{pattern}': {error}") from error
    return said


def _tokens(text: str) -> list[str]:
    return [token for token in WORD_BREAK.split(DIGITS.sub(r" \g<0>", text)) if token]


def _atom(token: str, pattern: str) -> str:
    """Translate a quoted string, a character class, an interval, an escaped character, or one character."""
    if token[0] == "<":
        return _interval(token, pattern)
    if len(token) > 1:
        return token if token.startswith("[") else re.escape(token.strip('"') if token[0] == '"' else token[1:])
    if token in "~&":
        raise unsupported(f"regexp operator '{token}'")
    return OPERATORS.get(token, token)


def _interval(token: str, pattern: str) -> str:
    """Translate `<1-12>`, the whole numbers from 1 to 12; ends of equal length also say how many digits there are."""
    found = re.fullmatch(r"<(\d+)-(\d+)>", token)
    if not found:
        raise refuse(f"regexp '{pattern}': {token!r} is not an interval such as <1-12>; put a backslash before '<'")
    low, high = sorted(map(int, found.groups()))
    if len(found[1]) == len(found[2]):
        return f"(?:{'|'.join(_between(str(low).zfill(len(found[1])), str(high).zfill(len(found[1]))))})"
    tens = [10**digits for digits in range(len(str(low)), len(str(high)))]
    starts, ends = [low, *tens], [*(ten - 1 for ten in tens), high]
    parts = [part for ends_ in zip(starts, ends, strict=True) for part in _between(*map(str, ends_))]
    return f"0*(?:{'|'.join(parts)})"


def _between(low: str, high: str) -> list[str]:
    """List expressions that together match the numbers from *low* to *high*, texts of one length."""
    if low == high:
        return [low]
    if len(low) == 1:
        return [f"[{low}-{high}]"]
    if low[0] == high[0]:
        return [low[0] + rest for rest in _between(low[1:], high[1:])]
    digits = len(low) - 1
    below, above = _between(low[1:], "9" * digits), _between("0" * digits, high[1:])
    middle = [rf"[{int(low[0]) + 1}-{int(high[0]) - 1}]\d{{{digits}}}"] if int(high[0]) - int(low[0]) > 1 else []
    return [*(low[0] + rest for rest in below), *middle, *(high[0] + rest for rest in above)]
