"""Writes a proposal as a routes file, with comments that say what each route is for, and what is not covered."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from connector.core.mistake import visible
from connector.core.suggest.general import Ends
from connector.core.suggest.proposal import Proposal
from connector.core.suggest.rule import EXCLUDE
from connector.core.suggest.told import Covered, Sum, Uncovered, covered, total, uncovered

SHOWN: Final = 10
"""Reasons why something is not covered, and pairs of one, that are written at most."""

_PLAIN: Final = re.compile(r"[A-Za-z0-9_][\w/.{}-]*(:(upper|lower)\}[\w/.{}-]*)*")
_OTHER: Final = re.compile(r"\W+")
_UNCERTAIN: Final = (
    "Not covered, since the tables are not certain. To choose: remove the # before a route, and its exclusion above."
)
_UNKNOWN: Final = (
    "Not covered. To catalog objects without lineage: remove the # before their route, and its exclusion above."
)
_UNITS: Final = ("B", "kB", "MB", "GB", "TB", "PB")


def written(made: Proposal, place: str, whole: Sum) -> str:
    """Return the text of the routes file; *place* is what was listed, and *whole* how much it is."""
    left = uncovered(made)
    lines = [
        f"# Proposed by: python -m connector suggest {visible(place)}",
        f"# It covers {share(made, whole)}.",
        "# Read it before you use it. To see what it would do:",
        f"# python -m connector sweep {visible(place)} --dry-run --routes FILE",
        f"connection: {_scalar(made.connection)}",
        "",
        "exclude:",
        *(f'  - "{text}"' for text in EXCLUDE),
        *_excluded(made),
        "",
        "routes:",
        *_rest([one for one in left if one.options], made.bucket, _UNCERTAIN),
        *(line for one in covered(made) for line in _route(one, made.bucket)),
        *_rest([one for one in left if not one.options], made.bucket, _UNKNOWN),
    ]
    return "\n".join(lines).rstrip("\n") + "\n"


def share(made: Proposal, whole: Sum) -> str:
    """Say how many objects, and how many of the bytes, the routes take."""
    part = total(made.stems[index] for index in made.covered)
    return (
        f"{part.objects:,} of {whole.objects:,} objects ({percent(part.objects, whole.objects)}) and "
        f"{size(part.size)} of {size(whole.size)} ({percent(part.size, whole.size)})"
    )


def percent(part: int, whole: int) -> str:
    """Return a share; only all is 100 %, and only nothing 0 %."""
    if part in (0, whole):
        return "100 %" if part else "0 %"
    return f"{min(99.9, max(0.1, 100 * part / whole)):.1f} %"


def size(number: int) -> str:
    """Return a number of bytes with a unit."""
    unit = min(len(_UNITS) - 1, (len(str(number)) - 1) // 3)
    return f"{number / 1000**unit:.1f} {_UNITS[unit]}" if unit else f"{number} B"


def counted(what: Sum) -> str:
    """Say how many objects it is."""
    return f"{what.objects:,} {'object' if what.objects == 1 else 'objects'}, {size(what.size)}"


def _excluded(made: Proposal) -> Iterator[str]:
    """Write each exclusion once, with what it is for."""
    stems: dict[str, list[int]] = {}
    for text, index in made.exclude:
        stems.setdefault(text, []).append(index)
    for text, indices in stems.items():
        stem, meaning = made.stems[indices[0]], made.meanings[indices[0]]
        told = counted(total(made.stems[index] for index in indices))
        yield f"  # {told}, as {visible(stem.samples[0])}: {meaning.why}"
        yield f"  - {json.dumps(text, ensure_ascii=False)}"


def _route(one: Covered, bucket: str) -> Iterator[str]:
    if one.source and one.target:
        pairs = f"{one.pairs:,} {'pair' if one.pairs == 1 else 'pairs'} of tables"
    else:
        lacking = "target" if one.source else "source"
        pairs = f"{one.pairs:,} {'table' if one.pairs == 1 else 'tables'}; Atlan has no {lacking} of this name"
    told = f"; the headers of files decided about {one.told:,}" if one.told else ""
    yield f"  # {counted(one.sum)}, {pairs}{told}: {visible(one.example)}"
    yield from entry(one.name, bucket, one.key, (one.source, one.target))
    yield ""


def entry(name: str, bucket: str, key: str, ends: Ends) -> Iterator[str]:
    """Yield the lines of a route."""
    yield f"  - name: {_scalar(name)}"
    yield f"    bucket: {bucket}"
    yield f"    key: {json.dumps(key, ensure_ascii=False)}"
    for side, text in zip(("source", "target"), ends, strict=True):
        if text:
            yield f"    {side}: {_scalar(text)}"


def _rest(left: Sequence[Uncovered], bucket: str, words: str) -> Iterator[str]:
    """Write what is not covered as comments, which are routes when they are no comments any more."""
    if left:
        yield f"  # {words}"
    used = Counter[str]()
    for one in left[:SHOWN]:
        yield f"  # {counted(one.sum)}, as {visible(one.example)}: {one.why}"
        for ends in one.options[:SHOWN] or [(None, None)]:
            name = f"open-{_OTHER.sub('-', one.example.partition('/')[0].lower())}"
            used[name] += 1
            for line in entry(f"{name}-{used[name]}", bucket, one.key, ends):
                yield f"  #{visible(line)[2:]}"
    if len(left) > SHOWN:
        yield f"  # … and {len(left) - SHOWN:,} more kinds of keys; the command lists them with --json."
    if left:
        yield ""


def _scalar(text: str) -> str:
    plain = _PLAIN.fullmatch(text) and text.casefold() != "null"
    return text if plain else json.dumps(text, ensure_ascii=False)
