"""
Tells all that was read about an object, section by section; the command `explain` prints it below the verdict.

A section is a title and lines, each with a label and a text. `connector.core.document` has the same facts for JSON.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from connector.core import trail
from connector.core.asset import Stat
from connector.core.explanation import Change, Contents, Explained, Verb, changes, ends, held, pairs
from connector.core.plan import Draft
from connector.core.route import Routes, Unrouted
from connector.core.shape import Said

SHOWN: Final = 12
"""Pairs of columns that are shown, at most; the JSON document has all."""

Line = tuple[str, str]
"""A label and a text."""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of an explanation."""

    title: str
    lines: tuple[Line, ...]


def sections(explained: Explained, routes: Routes) -> list[Section]:
    """Tell everything, in the order in which the function finds it out."""
    draft = explained.draft if isinstance(explained.draft, Draft) else None
    contents = explained.contents if isinstance(explained.contents, Contents) else None
    parts = [
        ("Route", _route(explained, routes)),
        ("S3", _store(explained)),
        ("Tables", _tables(explained, draft) if draft else ()),
        ("Header", _header(explained, draft) if draft else ()),
        ("Columns", _columns(draft) if draft else ()),
        ("Catalog", _catalog(contents) if draft and contents else ()),
        ("Plan", _plan(explained, draft, contents) if draft and contents else ()),
    ]
    return [section for title, lines in parts if (section := Section(title, tuple(lines))).lines]


def _route(explained: Explained, routes: Routes) -> Iterator[Line]:
    match, key = explained.match, explained.hint.key
    if match:
        yield match.route.name, f"takes the key by `{match.route.key.text}`"
        captured = match.route.key.match(key) or {}
        if captured:
            yield "captured", ", ".join(f"{name} = {value}" for name, value in captured.items())
        return
    yield "ignored", str(explained.hint.match)
    if explained.hint.match in (Unrouted.NO_ROUTE, Unrouted.FOLDER_MARKER):
        for miss in trail.misses(routes, explained.hint.bucket, key):
            yield miss.route, f"`{miss.pattern}` fails at segment {miss.segment}: {miss.why}"


def _store(explained: Explained) -> Iterator[Line]:
    stat = explained.stat
    if stat is None:
        yield "object", "none: it was deleted, was never there, or a delete marker hides it"
    elif isinstance(stat, Stat):
        more = (
            stat.storage_class,
            stat.encryption,
            stat.content_type,
            f"version {stat.version}" if stat.version else "",
        )
        yield "object", f"{stat.size:,} bytes, modified {stat.modified:%Y-%m-%d %H:%M:%S} UTC"
        yield "", ", ".join(filter(None, (f"ETag {stat.etag}", *more)))


def _tables(explained: Explained, draft: Draft) -> Iterator[Line]:
    for end in ends(explained, draft):
        there = f"in Atlan, {_many(end['columns'], 'column')}" if end["in_atlan"] else "not in Atlan"
        if end["name"] is None:
            yield end["end"], "the route names none"
        else:
            yield end["end"], end["name"]
            yield "", there


def _header(explained: Explained, draft: Draft) -> Iterator[Line]:
    """Tell what the file says of the columns, and which file decides about those of the pair."""
    said = explained.said
    if isinstance(said, Said):
        yield "columns", _listed(said.names) if said.names is not None else "none that the tables have: no header"
        for difference in said.differences:
            yield "differs", f"{difference.kind.value}: {_listed(difference.names)}".rstrip(": ")
    for told in draft.facts.told.values():
        if told.undecided:
            yield "undecided", told.undecided
        elif told.deciding:
            decides = told.deciding.shaping or told.deciding.newest
            words = "has the columns" if told.deciding.shaping else "is the newest, and none has a header"
            yield "decides", f"s3://{decides.bucket}/{decides.key} {words}"


def _columns(draft: Draft) -> Iterator[Line]:
    paired = pairs(draft)
    if paired:
        shown = [f"{source} \N{RIGHTWARDS ARROW} {target}" for source, target in paired]
        yield _many(len(paired), "pair"), _listed(shown)
    for pair, lineage in draft.desired.pairs.items():
        for side, end, name in ((0, "source", pair.source), (1, "target", pair.target)):
            table = draft.facts.tables.get(name) if lineage.present else None
            known = {couple[side] for couple in paired}
            alone = [column.name for column in table.columns if column.name not in known] if table else []
            if alone:
                yield "unpaired", f"of the {end}: {_listed(alone)}"
        for finding in lineage.findings:
            yield "finding", finding


def _listed(names: Sequence[str]) -> str:
    more = f", and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return f"{', '.join(names[:SHOWN])}{more}"


def _catalog(contents: Contents) -> Iterator[Line]:
    for name in contents.found:
        found = held(name, contents)
        yield found["state"], f"{name.type.value} {name.qualified_name}"
        told = [f"{found[what]}" for what in ("size", "etag", "modified") if found.get(what) is not None]
        if told:
            yield "", f"{told[0]} bytes, ETag {', '.join(told[1:])}"


def _plan(explained: Explained, draft: Draft, contents: Contents) -> Iterator[Line]:
    if explained.ignored:
        yield "none", "a notification of this key is ignored"
        return
    todo = changes(draft, contents)
    for change in todo:
        if not change.column and change.verb is not Verb.KEEP:
            yield change.verb.value, f"{change.name.type.value} {change.name.qualified_name}"
    for verb, number in _counted(change for change in todo if change.column):
        if verb is not Verb.KEEP:
            yield verb.value, f"{_many(number, 'column process', 'es')} of the pair"
    kept = sum(change.verb is Verb.KEEP for change in todo)
    if kept:
        yield "keep", f"{_many(kept, 'asset')}, which Atlan skips since {'it is' if kept == 1 else 'they are'} equal"
    if not todo:
        yield "nothing", "the notification would change nothing"
        return
    yield "requests", f"{len(draft.plan.saves)} to save, {len(draft.plan.retires)} to archive"


def _counted(todo: Iterator[Change]) -> list[tuple[Verb, int]]:
    counts = Counter(change.verb for change in todo)
    return [(verb, counts[verb]) for verb in Verb if counts[verb]]


def _many(number: int, word: str, plural: str = "s") -> str:
    return f"{number:,} {word}{'' if number == 1 else plural}"
