"""
Words in their places: phrases, and Elasticsearch's span queries. `leaf` compiles them, `functions` evaluates them.

A span is a place and the place behind it. Source: the Elasticsearch 7.17 reference, "Span queries" and "Match phrase".
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise, product
from typing import Any, Final

from local.catalog.search.syntax import check, refuse

Json = dict[str, Any]
Span = tuple[int, int]


def follows(found: Sequence[str], sought: Sequence[str], slop: int) -> bool:
    """Return whether the words *sought* are in *found*, each at most *slop* places from where the phrase has it."""
    places = [[place - at for place, word in enumerate(found) if word == one] for at, one in enumerate(sought)]
    if slop == 0:
        return bool(places) and bool(set(places[0]).intersection(*places[1:]))
    return any(max(one) - min(one) <= slop for one in product(*places)) if places else False


def field_of(query: Any) -> str:
    """
    Return the one field that a span query is about.

    Raises:
        CatalogError: 400; it isn't a span query, or its parts are about several fields.
    """
    kind, body = _open(query)
    if kind == "span_term":
        return _term(body)[0]
    fields = {field_of(part) for part in _parts(kind, body)}
    if len(fields) != 1:
        raise refuse(f"[{kind}] needs clauses on one field, not on {sorted(fields)}")
    return fields.pop()


def spans(found: Sequence[str], query: Any) -> list[Span]:
    """List the spans of a span query among the words *found*."""
    kind, body = _open(query)
    if kind == "span_term":
        wanted = _term(body)[1]
        return [(place, place + 1) for place, word in enumerate(found) if word == wanted]
    parts = [spans(found, part) for part in _parts(kind, body)]
    if kind == "span_near":
        return _near(parts, int(body.get("slop", 0)), ordered=bool(body.get("in_order", True)))
    if kind == "span_or":
        return [span for part in parts for span in part]
    if kind == "span_first":
        return [span for span in parts[0] if span[1] <= body.get("end", 0)]
    return [one for one in parts[0] if any(_TESTS[kind](one, other) for other in parts[1]) is (kind != "span_not")]


def _term(body: Json) -> tuple[str, str]:
    """Read the field and the word of `{field: word}` or `{field: {"value": word}}`."""
    pairs = [(name, said.get("value") if isinstance(said, dict) else said) for name, said in body.items()]
    told = [(name, said) for name, said in pairs if name != "boost"]
    if len(told) != 1 or told[0][1] is None:
        raise refuse(f"[span_term] takes one field with one value, not {body!r:.200}")
    return told[0][0], str(told[0][1])


def _inside(inner: Span, outer: Span) -> bool:
    return outer[0] <= inner[0] and inner[1] <= outer[1]


_TESTS: Final[Mapping[str, Callable[[Span, Span], bool]]] = {
    "span_within": _inside,
    "span_containing": lambda outer, inner: _inside(inner, outer),
    "span_not": lambda one, other: one[0] < other[1] and other[0] < one[1],
}


def _near(parts: Sequence[list[Span]], slop: int, *, ordered: bool) -> list[Span]:
    """Join one span of each part, with at most *slop* words between them, one behind the other if *ordered*."""
    found = []
    for chosen in product(*parts):
        whole = min(start for start, _ in chosen), max(end for _, end in chosen)
        between = whole[1] - whole[0] - sum(end - start for start, end in chosen)
        apart = all(left[1] <= right[0] for left, right in pairwise(chosen))
        if between <= slop and (apart or not ordered):
            found.append(whole)
    return found


_PARTS: Final[Mapping[str, tuple[str, ...]]] = {
    "span_within": ("little", "big"),
    "span_containing": ("big", "little"),
    "span_not": ("include", "exclude"),
    "span_first": ("match",),
}
KINDS: Final = ("span_term", "span_near", "span_or", *_PARTS)


def _open(query: Any) -> tuple[str, Json]:
    if not isinstance(query, dict) or len(query) != 1 or next(iter(query)) not in KINDS:
        raise refuse(f"a span query is one of {', '.join(KINDS)}, not {query!r:.200}")
    ((kind, body),) = query.items()
    allowed = {"span_near": "clauses slop in_order", "span_or": "clauses", "span_first": "match end"}
    if kind != "span_term":
        check(kind, body, allowed.get(kind, " ".join(_PARTS.get(kind, ()))))
    return kind, body


def _parts(kind: str, body: Json) -> list[Any]:
    parts = [body.get(name) for name in _PARTS[kind]] if kind in _PARTS else body.get("clauses")
    if not isinstance(parts, list) or not parts:
        raise refuse(f"[{kind}] needs at least one clause")
    return parts
