"""
Compiles the queries on the values of one field: `term`, `prefix`, `range` and their like. `query` calls `COMPILERS`.

A field matches if any of its values does. Source: the Elasticsearch 7.17 reference, "Term-level queries";
`case_insensitive` folds ASCII letters only, as Lucene does, and so do SQLite's NOCASE and LIKE.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from local.catalog.entities import types
from local.catalog.search import date, fuzzy, moment, text
from local.catalog.search import field as fields
from local.catalog.search.clause import ALWAYS, Clause, some
from local.catalog.search.field import Field, Kind
from local.catalog.search.syntax import HARMLESS, check, refuse

_TYPES: Final = json.dumps([name.lower() for name in types.ATTRIBUTES])


def holds(field: Field, condition: str, *values: Any) -> Clause:
    """Apply *condition*, in which `{value}` stands for a value of *field*, to any one of its values."""
    sql = condition.replace("{value}", field.element)
    if field.single:
        return Clause(f"({sql})", values)
    if field.attribute == fields.SUPERTYPES:
        # Evaluated once for each type, not for each document.
        above = field.elements.replace("FROM", "JOIN").replace("document.type", "known.value")
        known = f"SELECT known.value FROM json_each(?) AS known {above} AND {sql}"
        return Clause(f"document.type IN ({known})", (_TYPES, *values))
    return Clause(f"EXISTS (SELECT 1 {field.elements} AND {sql})", values)


def term(body: Mapping[str, Any]) -> Clause:
    """One value, exactly; of a time, all that its text may mean, such as a whole day."""
    field, options = open_("term", body, "value", "case_insensitive")
    value = given("term", options, "value")
    if field.kind is Kind.DATE:
        return holds(field, "{value} BETWEEN ? AND ?", moment.read(value), moment.read(value, up=True))
    read = field.read(value)
    if field.attribute == fields.SUPERTYPES:
        return _above([read])
    if _folds(options) and isinstance(read, str):
        # On the left: of `a = ? COLLATE x OR a = ? COLLATE x` SQLite makes an IN, and loses the collation.
        return holds(field, "{value} COLLATE NOCASE = ?", read)
    return holds(field, "{value} = ?", read)


def terms(body: Mapping[str, Any]) -> Clause:
    """Any of several values, exactly."""
    listed = {name: values for name, values in body.items() if name not in HARMLESS}
    field, values = _one("terms", listed)
    if not isinstance(values, list):
        raise refuse(f"[terms] on [{field.attribute}] needs a list of values, not {values!r:.100}")
    if field.kind is Kind.DATE:
        return some([term({name: value}) for name in listed for value in values])
    wanted = [field.read(value) for value in values]
    if field.attribute == fields.SUPERTYPES:
        return _above(wanted)
    return _any(field, "IN (SELECT value FROM json_each(?))", json.dumps(wanted))


def prefix(body: Mapping[str, Any]) -> Clause:
    """Values that start so."""
    field, options = open_("prefix", body, "value", "case_insensitive")
    start = str(field.read(given("prefix", options, "value")))
    if _folds(options):
        return _any(_texts("prefix", field), r"LIKE ? ESCAPE '\'", f"{text.unlike(start)}%")
    return _any(_texts("prefix", field), "GLOB ?", f"{text.literal(start)}*")


def wildcard(body: Mapping[str, Any]) -> Clause:
    """Values that a pattern of `*` and `?` covers in full."""
    field, options = open_("wildcard", body, "value wildcard", "case_insensitive")
    pattern = str(options.get("wildcard") or given("wildcard", options, "value"))
    if _texts("wildcard", field).kind in (Kind.LOWER, *fields.WORDS):
        pattern = pattern.lower()
    if _folds(options):
        return _any(field, r"LIKE ? ESCAPE '\'", text.like(pattern))
    return _any(field, "GLOB ?", text.glob(pattern))


def regexp(body: Mapping[str, Any]) -> Clause:
    """Values that a regular expression of Lucene's covers in full."""
    field, options = open_("regexp", body, "value", "case_insensitive max_determinized_states", "flags")
    pattern = text.expression(str(_texts("regexp", field).read(given("regexp", options, "value"))))
    return _any(field, "REGEXP ?", f"(?ai:{pattern})" if _folds(options) else pattern)


def fuzzy_(body: Mapping[str, Any]) -> Clause:
    """Values that differ by a few characters at most."""
    field, options = open_(
        "fuzzy", body, "value", "fuzziness prefix_length transpositions max_expansions case_insensitive"
    )
    wanted = str(_texts("fuzzy", field).read(given("fuzzy", options, "value")))
    return like(field, wanted, options.get("fuzziness", "AUTO"), options, "transpositions")


def like(field: Field, wanted: str, fuzziness: Any, options: Mapping[str, Any], transpositions: str) -> Clause:
    """Values that are *wanted* but for *fuzziness*, with the options of `fuzzy` and of `match`."""
    swap = str(options.get(transpositions, True)).lower() == "true"
    start = options.get("prefix_length", 0)
    return holds(field, "near({value}, ?, ?, ?, ?)", wanted, fuzzy.edits(fuzziness, wanted), int(start), int(swap))


def range_(body: Mapping[str, Any]) -> Clause:
    """Values within bounds. A time may be a text in a `format`, with date math and a `time_zone`."""
    known, lacking = "gt gte lt lte format time_zone relation", "from to include_lower include_upper"
    field, options = open_("range", body, "", known, lacking)
    if options.get("relation", "INTERSECTS") not in ("INTERSECTS", "CONTAINS", "WITHIN"):
        raise refuse(f"[range] relation {options['relation']!r} is not INTERSECTS, CONTAINS or WITHIN")
    operators = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
    bounds = [(sign, options[name]) for name, sign in operators.items() if options.get(name) is not None]
    sql = " AND ".join(f"{{value}} {sign} ?" for sign, _ in bounds)
    return holds(field, sql or "{value} IS NOT NULL", *(_bound(field, sign, said, options) for sign, said in bounds))


def _bound(field: Field, sign: str, said: Any, options: Mapping[str, Any]) -> Any:
    """Read one end of a range; above it, or up to it, is the end of what a time leaves out or rounds off."""
    if field.kind is not Kind.DATE:
        return field.read(said)
    return moment.read(said, options.get("format"), date.zone_of(options.get("time_zone")), up=sign in (">", "<="))


def exists(body: Mapping[str, Any]) -> Clause:
    """Fields with a value, be it empty text; an empty array is none."""
    check("exists", body, "field")
    field = fields.parse(body.get("field"))
    return holds(field, "{value} IS NOT NULL") if field.nullable else ALWAYS


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
    "fuzzy": fuzzy_,
    "range": range_,
    "exists": exists,
    "ids": ids,
}


def open_(
    kind: str, body: Mapping[str, Any], main: str, others: str, lacking: str = ""
) -> tuple[Field, Mapping[str, Any]]:
    """Read `{field: {options}}`, or the short `{field: value}`, whose value is that of the first option in *main*."""
    field, options = _one(kind, body)
    if not isinstance(options, dict):
        options = {main.split(maxsplit=1)[0]: options} if main else {}
    check(kind, options, f"{main} {others}", lacking)
    return field, options


def given(kind: str, options: Mapping[str, Any], name: str) -> Any:
    """
    Return the option *name*, which must be one value.

    Raises:
        CatalogError: 400; it isn't.
    """
    value = options.get(name)
    if value is None or isinstance(value, list | dict):
        raise refuse(f"[{kind}] needs one value as [{name}], not {value!r:.100}")
    return value


def _one(kind: str, body: Mapping[str, Any]) -> tuple[Field, Any]:
    if len(body) != 1:
        raise refuse(f"[{kind}] takes exactly one field, not {sorted(body)}")
    ((name, options),) = body.items()
    return fields.parse(name), options


def _folds(options: Mapping[str, Any]) -> bool:
    return bool(options.get("case_insensitive", False))


def _texts(kind: str, field: Field) -> Field:
    """Return *field* if its values are texts."""
    if field.kind in fields.NUMERIC:
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
