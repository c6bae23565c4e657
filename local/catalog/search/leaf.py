"""
Compiles the queries on one field: `term`, `prefix`, `range`, `match` and their like. `query` calls `COMPILERS`.

A field matches if any of its values does. Source: the Elasticsearch 7.17 reference, "Term-level queries" and "Full text
queries"; `case_insensitive` folds ASCII letters only, as Lucene does, and so do SQLite's NOCASE and LIKE.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from local.catalog.entities import types
from local.catalog.search import field as fields
from local.catalog.search import text
from local.catalog.search.clause import ALWAYS, NEVER, Clause, count
from local.catalog.search.field import Field, Kind
from local.catalog.search.syntax import HARMLESS, check, refuse


def minimum(said: Any, total: int) -> int:
    """
    Read `minimum_should_match`: a number, or, negative, how many of *total* may miss.

    Raises:
        CatalogError: 400; it isn't a whole number.
    """
    try:
        wanted = int(said)
    except (TypeError, ValueError) as error:
        raise refuse(f"minimum_should_match {said!r} is not a whole number") from error
    return wanted if wanted >= 0 else max(total + wanted, 0)


def holds(field: Field, condition: str, *values: Any) -> Clause:
    """
    Apply *condition*, in which `{value}` stands for a value of *field*, to any one of its values.

    Raises:
        CatalogError: 400; supertypes aren't stored, and can only be asked for by name.
    """
    if field.attribute == fields.SUPERTYPES:
        raise refuse(f"[{field.attribute}] can only be searched with [term] and [terms]")
    if field.single:
        return Clause(f"({condition.replace('{value}', field.value)})", values)
    return Clause(f"EXISTS (SELECT 1 {field.elements} AND {condition.replace('{value}', field.element)})", values)


def term(body: Mapping[str, Any]) -> Clause:
    """One value, exactly."""
    field, options = _open("term", body, "value", "case_insensitive")
    value = field.read(_given("term", options, "value"))
    if field.attribute == fields.SUPERTYPES:
        return _above([value])
    if _folds(options) and isinstance(value, str):
        # On the left: of `a = ? COLLATE x OR a = ? COLLATE x` SQLite makes an IN, and loses the collation.
        return holds(field, "{value} COLLATE NOCASE = ?", value)
    return holds(field, "{value} = ?", value)


def terms(body: Mapping[str, Any]) -> Clause:
    """Any of several values, exactly."""
    listed = {name: values for name, values in body.items() if name not in HARMLESS}
    field, values = _one("terms", listed)
    if not isinstance(values, list):
        raise refuse(f"[terms] on [{field.attribute}] needs a list of values, not {values!r:.100}")
    wanted = [field.read(value) for value in values]
    if field.attribute == fields.SUPERTYPES:
        return _above(wanted)
    return _any(field, "IN (SELECT value FROM json_each(?))", json.dumps(wanted))


def prefix(body: Mapping[str, Any]) -> Clause:
    """Values that start so."""
    field, options = _open("prefix", body, "value", "case_insensitive")
    start = str(field.read(_given("prefix", options, "value")))
    if _folds(options):
        return _any(_words("prefix", field), r"LIKE ? ESCAPE '\'", f"{text.unlike(start)}%")
    return _any(_words("prefix", field), "GLOB ?", f"{text.literal(start)}*")


def wildcard(body: Mapping[str, Any]) -> Clause:
    """Values that a pattern of `*` and `?` covers in full."""
    field, options = _open("wildcard", body, "value wildcard", "case_insensitive")
    pattern = str(options.get("wildcard") or _given("wildcard", options, "value"))
    if _words("wildcard", field).kind is not Kind.KEYWORD:
        pattern = pattern.lower()
    if _folds(options):
        return _any(field, r"LIKE ? ESCAPE '\'", text.like(pattern))
    return _any(field, "GLOB ?", text.glob(pattern))


def regexp(body: Mapping[str, Any]) -> Clause:
    """Values that a regular expression of Lucene's covers in full."""
    field, options = _open("regexp", body, "value", "case_insensitive max_determinized_states flags")
    pattern = text.expression(str(_words("regexp", field).read(_given("regexp", options, "value"))))
    return _any(field, "REGEXP ?", f"(?ai:{pattern})" if _folds(options) else pattern)


def range_(body: Mapping[str, Any]) -> Clause:
    """Values within bounds; dates are milliseconds since 1970."""
    field, options = _open("range", body, "", "gt gte lt lte format")
    if options.get("format", "epoch_millis") != "epoch_millis":
        raise refuse(f"[range] supports the format 'epoch_millis' only, not {options['format']!r}")
    operators = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
    bounds = [(sign, options[name]) for name, sign in operators.items() if options.get(name) is not None]
    sql = " AND ".join(f"{{value}} {sign} ?" for sign, _ in bounds)
    return holds(field, sql or "{value} IS NOT NULL", *(field.read(bound) for _, bound in bounds))


def exists(body: Mapping[str, Any]) -> Clause:
    """Fields with a value, be it empty text; an empty array is none."""
    check("exists", body, "field")
    field = fields.parse(body.get("field"))
    return holds(field, "{value} IS NOT NULL") if field.nullable else ALWAYS


def match(body: Mapping[str, Any]) -> Clause:
    """Texts with any, all, or so many of the words; on other fields, the whole value."""
    field, options = _open("match", body, "query", "operator minimum_should_match lenient zero_terms_query")
    query = _given("match", options, "query")
    if field.kind is not Kind.TEXT or field.attribute == fields.SUPERTYPES:
        return term({_name(body): {"value": query}})
    sought = [_any(field, "= ?", word) for word in dict.fromkeys(text.words(str(query)))]
    wanted = len(sought) if str(options.get("operator", "or")).lower() == "and" else 1
    return count(sought, minimum(options.get("minimum_should_match", wanted), len(sought))) if sought else NEVER


def match_phrase(body: Mapping[str, Any]) -> Clause:
    """Texts with the words side by side, in this order; on other fields, the whole value."""
    field, options = _open("match_phrase", body, "query", "zero_terms_query")
    query = _given("match_phrase", options, "query")
    if field.kind is not Kind.TEXT or field.attribute == fields.SUPERTYPES:
        return term({_name(body): {"value": query}})
    whole = Field(field.attribute, Kind.LOWER, field.column)
    return holds(whole, "phrase({value}, ?)", str(query))


def ids(body: Mapping[str, Any]) -> Clause:
    """Entities by guid."""
    check("ids", body, "values")
    return terms({"__guid": body.get("values")})


COMPILERS: Final[Mapping[str, Callable[[Mapping[str, Any]], Clause]]] = {
    "term": term,
    "terms": terms,
    "prefix": prefix,
    "wildcard": wildcard,
    "regexp": regexp,
    "range": range_,
    "exists": exists,
    "match": match,
    "match_phrase": match_phrase,
    "ids": ids,
}


def _name(body: Mapping[str, Any]) -> str:
    return str(next(iter(body)))


def _one(kind: str, body: Mapping[str, Any]) -> tuple[Field, Any]:
    if len(body) != 1:
        raise refuse(f"[{kind}] takes exactly one field, not {sorted(body)}")
    ((name, options),) = body.items()
    return fields.parse(name), options


def _open(kind: str, body: Mapping[str, Any], main: str, others: str) -> tuple[Field, Mapping[str, Any]]:
    """Read `{field: {options}}`, or the short `{field: value}`, whose value is that of the first option in *main*."""
    field, options = _one(kind, body)
    if not isinstance(options, dict):
        options = {main.split(maxsplit=1)[0]: options} if main else {}
    check(kind, options, f"{main} {others}")
    return field, options


def _given(kind: str, options: Mapping[str, Any], name: str) -> Any:
    value = options.get(name)
    if value is None or isinstance(value, list | dict):
        raise refuse(f"[{kind}] needs one value as [{name}], not {value!r:.100}")
    return value


def _folds(options: Mapping[str, Any]) -> bool:
    return bool(options.get("case_insensitive", False))


def _words(kind: str, field: Field) -> Field:
    """Return *field* if a pattern can be held against its values."""
    if field.kind in (Kind.NUMBER, Kind.BOOLEAN):
        raise refuse(f"[{kind}] can't be used on [{field.attribute}], which is not a keyword or text field")
    return field


def _any(field: Field, comparison: str, value: Any) -> Clause:
    return holds(field, f"{{value}} {comparison}", value)


def _above(names: list[Any]) -> Clause:
    """Types with one of *names* (lower-cased) above them: in the list of those, or not in that of the others."""
    found = [name.lower() for name in types.ATTRIBUTES if set(map(str.lower, types.supertypes(name)[1:])) & set(names)]
    others = [name.lower() for name in types.ATTRIBUTES if name.lower() not in found]
    negated, listed = ("NOT ", others) if len(others) < len(found) else ("", found)
    return Clause(f"document.type {negated}IN ({','.join('?' * len(listed))})", tuple(listed))
