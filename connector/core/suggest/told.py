"""Adds up what a proposal covers, and what it does not and why."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from connector.core.suggest.general import Ends, escaped, excluding
from connector.core.suggest.meaning import Why
from connector.core.suggest.proposal import Proposal
from connector.core.suggest.rule import names
from connector.core.suggest.stem import Stem


@dataclass(frozen=True, slots=True)
class Sum:
    """A number of objects, and their bytes."""

    objects: int = 0
    size: int = 0


@dataclass(frozen=True, slots=True)
class Covered:
    """A route that is proposed, with what it covers; `told` are the pairs that the header of a file decided."""

    name: str
    key: str
    source: str | None
    target: str | None
    sum: Sum
    pairs: int
    told: int
    example: str


@dataclass(frozen=True, slots=True)
class Uncovered:
    """Objects that no route takes, why, the pairs that they can mean, and a pattern of their keys."""

    why: Why
    sum: Sum
    example: str
    key: str
    options: tuple[Ends, ...]


def total(stems: Iterable[Stem]) -> Sum:
    """Add up stems."""
    counted = list(stems)
    return Sum(sum(stem.objects for stem in counted), sum(stem.size for stem in counted))


def covered(made: Proposal) -> list[Covered]:
    """Return what each route covers, in the order of the routes."""
    found = []
    for name, rule in zip(names(made.rules), made.rules, strict=True):
        stems = [made.stems[index] for index in rule.stems]
        meanings = [made.meanings[index] for index in rule.stems]
        pairs = {meaning.options[0].ends for meaning in meanings}
        told = {meaning.options[0].ends for meaning in meanings if meaning.told}
        found.append(Covered(name, rule.key, *rule.ends, total(stems), len(pairs), len(told), stems[0].samples[0]))
    return found


def uncovered(made: Proposal) -> list[Uncovered]:
    """Return what no route covers, the most objects first; the keys of one top folder are told together."""
    groups: dict[object, list[int]] = {}
    tops = Counter(made.stems[index].samples[0].partition("/")[0] for index in made.covered)
    for index, meaning in enumerate(made.meanings):
        if meaning.why:
            options = tuple(option.ends for option in meaning.options)
            stem = made.stems[index]
            top = stem.samples[0].partition("/")[0] if len(stem.segments) > 1 else ""
            own = (index,) if options else (top, top in tops and excluding(stem))
            groups.setdefault((meaning.why, options, own), []).append(index)
    found = []
    for indices in groups.values():
        stem, meaning = made.stems[indices[0]], made.meanings[indices[0]]
        top = stem.samples[0].partition("/")[0]
        whole = len(stem.segments) > 1 and top not in tops and not meaning.options
        key = f"{escaped(top)}/**" if whole else excluding(stem)
        options = tuple(option.ends for option in meaning.options)
        told = total(made.stems[index] for index in indices)
        found.append(Uncovered(meaning.why or Why.NO_TABLE, told, stem.samples[0], key, options))
    return sorted(found, key=lambda one: (-one.sum.objects, one.example))
