"""
Compiles the queries that read text by its words: `match`, `match_phrase`, `multi_match`, and the span queries.

`query` calls `COMPILERS`. On a field whose values aren't cut into words, they are about the whole value.

Source: the Elasticsearch 7.17 reference, "Full text queries" and "Span queries".
"""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final

from local.catalog.errors import CatalogError, unsupported
from local.catalog.search import field as fields
from local.catalog.search import leaf, phrase, text
from local.catalog.search.clause import ALWAYS, NEVER, Clause, count, every, some
from local.catalog.search.field import Field, Kind
from local.catalog.search.minimum import minimum
from local.catalog.search.syntax import check, refuse

FUZZY: Final = "fuzziness prefix_length fuzzy_transpositions fuzzy_rewrite max_expansions"
COUNTS: Final = "operator minimum_should_match zero_terms_query"
MATCH: Final = f"analyzer lenient auto_generate_synonyms_phrase_query {COUNTS} {FUZZY}"


def match(body: Mapping[str, Any]) -> Clause:
    """Texts with any, all, or so many of the words, or of words like them; on other fields, the whole value."""
    field, options = leaf.open_("match", body, "query", MATCH, "cutoff_frequency")
    query = leaf.given("match", options, "query")
    if field.kind not in fields.WORDS:
        return _whole(body, query, options)
    sought = [_word(field, word, options) for word in dict.fromkeys(_words(field, query, options))]
    if not sought:
        return _nothing(options)
    if str(options.get("operator", "or")).lower() == "and":
        return every(sought)
    wanted = minimum(options.get("minimum_should_match", 1), len(sought)) if len(sought) > 1 else 1
    return count(sought, max(wanted, 1))


def match_phrase(body: Mapping[str, Any]) -> Clause:
    """Texts with the words side by side, in this order, or `slop` places apart; on other fields, the whole value."""
    field, options = leaf.open_("match_phrase", body, "query", "analyzer slop zero_terms_query")
    query = leaf.given("match_phrase", options, "query")
    if field.kind not in fields.WORDS:
        return _whole(body, query, options)
    sought = _words(field, query, options)
    if not sought:
        return _nothing(options)
    whole, cut = _uncut(field)
    return leaf.holds(whole, f"follows({cut}({{value}}), ?, ?)", json.dumps(sought), int(options.get("slop", 0)))


def multi_match(body: Mapping[str, Any]) -> Clause:
    """Texts that match in one of several fields; `^2` behind a field is a weight, and there are no scores."""
    check("multi_match", body, f"query fields type slop tie_breaker {MATCH}")
    kind = body.get("type", "best_fields")
    one = {"best_fields": match, "most_fields": match, "phrase": match_phrase}.get(kind)
    names = body.get("fields")
    if one is None:
        raise unsupported(f"type [{kind}] of [multi_match]")
    if not isinstance(names, list) or not names or any("*" in str(name) for name in names):
        raise unsupported("[multi_match] without a list of fields, or with a pattern among them")
    options = {name: said for name, said in body.items() if name not in ("fields", "type", "tie_breaker")}
    return some([one({str(name).partition("^")[0]: options}) for name in names])


def span(kind: str, body: Mapping[str, Any]) -> Clause:
    """Texts whose words are placed as a span query says."""
    query = {kind: dict(body)}
    field = fields.parse(phrase.field_of(query))
    if field.kind in fields.NUMERIC:
        raise refuse(f"[{kind}] can't be used on [{field.attribute}], which is not a keyword or text field")
    phrase.spans([], query)
    whole, cut = _uncut(field) if field.kind in fields.WORDS else (field, "json_array")
    return leaf.holds(whole, f"{{value}} IS NOT NULL AND spanned({cut}({{value}}), ?)", json.dumps(query))


COMPILERS: Final[Mapping[str, Callable[[Mapping[str, Any]], Clause]]] = {
    "match": match,
    "match_phrase": match_phrase,
    "multi_match": multi_match,
    **{kind: partial(span, kind) for kind in phrase.KINDS},
}


def _whole(body: Mapping[str, Any], query: Any, options: Mapping[str, Any]) -> Clause:
    """Match the whole value; *lenient* means that one of another type isn't found, where it would be an error."""
    name = next(iter(body))
    try:
        if (fuzziness := options.get("fuzziness")) is None:
            return leaf.term({name: {"value": query}})
        return leaf.fuzzy_({name: {"value": query, "fuzziness": fuzziness} | _fuzzy(options)})
    except CatalogError:
        if str(options.get("lenient", False)).lower() == "true":
            return NEVER
        raise


def _fuzzy(options: Mapping[str, Any]) -> dict[str, Any]:
    """Name the options that `match` has in common with `fuzzy` as `fuzzy` does."""
    names = {"prefix_length": "prefix_length", "fuzzy_transpositions": "transpositions"}
    return {names[name]: said for name, said in options.items() if name in names}


def _words(field: Field, query: Any, options: Mapping[str, Any]) -> Sequence[str]:
    own = "atlan_text_stemmer" if field.kind is Kind.STEMS else "atlan_text_analyzer"
    analyzer = str(options.get("analyzer") or own)
    if analyzer not in text.ANALYZERS:
        raise unsupported(f"the analyzer {analyzer!r}; known are {', '.join(text.ANALYZERS)}")
    return text.ANALYZERS[analyzer](str(query))


def _word(field: Field, word: str, options: Mapping[str, Any]) -> Clause:
    if (fuzziness := options.get("fuzziness")) is None:
        return leaf.holds(field, "{value} = ?", word)
    return leaf.like(field, word, fuzziness, options, "fuzzy_transpositions")


def _nothing(options: Mapping[str, Any]) -> Clause:
    """Match all or nothing where the query has no words."""
    said = str(options.get("zero_terms_query", "none")).lower()
    if said not in ("none", "all"):
        raise refuse(f"zero_terms_query {said!r:.100} is neither 'none' nor 'all'")
    return ALWAYS if said == "all" else NEVER


def _uncut(field: Field) -> tuple[Field, str]:
    """Return the field of the uncut text, and the function that cuts it."""
    kind = Kind.LOWER if field.attribute == fields.SUPERTYPES else Kind.KEYWORD
    return Field(field.attribute, kind, field.column), "stems" if field.kind is Kind.STEMS else "words"
