"""
Decides what the catalog should contain: facts in, desired assets out.

`connector.sync` calls `desired`; `connector.reader` reads the facts.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from connector.core import nearest
from connector.core.asset import Asset, Bucket, ByGuid, Family, Found, Name, Object, Process, Reference, Stat, Table
from connector.core.findings import Finding
from connector.core.lineage import ARROW, Lineage, Told, end_to_end, last
from connector.core.names import Namespace
from connector.core.nearest import Looked
from connector.core.route import Hint, Match, Naming, Pair, Routes
from connector.core.shape import Form, Known, form
from connector.errors import MissingConnectionError


@dataclass(frozen=True, slots=True)
class Facts:
    """
    The facts that were read for a batch of hints.

    `stats` has what S3 says of each object now, None where there is none; `buckets` the assets that a bucket has in
    Atlan, active or archived; `connected` whether the S3 connection is active, read only where a bucket has to be made;
    `tables` the active tables, with their columns where a pair's lineage is not known; `known` has the pairs
    whose lineage is known to be in the catalog, and as it should be; `alive` those that no live object of the batch is
    of, and that have one; `told` what the objects of a pair tell of its columns; `differences` those between an object
    and its tables; `families` what the catalog has of a pair; `over` the pairs of which S3 has no object any more;
    `undecided`, for pairs of which that could not be found out, the reason; `similar`, by the name of each table, or of
    the S3 connection, that Atlan does not have, what resembles it.
    """

    stats: Mapping[Hint, Stat | None]
    buckets: Mapping[str, Sequence[Found]]
    connected: bool = True
    tables: Mapping[str, Table] = field(default_factory=dict)
    known: Mapping[Pair, Known] = field(default_factory=dict)
    alive: tuple[Pair, ...] = ()
    told: Mapping[Pair, Told] = field(default_factory=dict)
    differences: Mapping[Hint, tuple[Finding, ...]] = field(default_factory=dict)
    families: Mapping[Pair, Family] = field(default_factory=dict)
    over: frozenset[Pair] = frozenset()
    undecided: Mapping[Pair, str] = field(default_factory=dict)
    similar: Mapping[str, Looked] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Desired:
    """The desired state: buckets to create, the pairs that may have changed, and every object."""

    buckets: tuple[Lineage, ...]
    pairs: Mapping[Pair, Lineage]
    objects: Mapping[Hint, Lineage]

    def __iter__(self) -> Iterator[Lineage]:
        """Iterate over all of it, parents first."""
        yield from (*self.buckets, *self.pairs.values(), *self.objects.values())


def desired(facts: Facts, routes: Routes, space: Namespace) -> Desired:
    """
    Decide what the catalog should contain for the objects and pairs of a batch of hints.

    Raises:
        MissingConnectionError: a bucket has to be made, and the connection of the routes file is not in Atlan.
    """
    buckets = {bucket: placed(bucket, found, routes.naming, space) for bucket, found in facts.buckets.items()}
    objects = {
        hint: gone(hint, space, buckets[hint.bucket][0])
        if stat is None
        else there(hint, space, buckets[hint.bucket][:2], stat, facts)
        if isinstance(hint.match, Match)
        else off_route(hint, space)
        for hint, stat in facts.stats.items()
    }
    live = dict.fromkeys(hint for hint, stat in facts.stats.items() if stat and isinstance(hint.match, Match))
    return Desired(_made(live, buckets, facts), _pairs(live, facts, routes, space), objects)


def names(bucket: str, naming: Naming, space: Namespace) -> list[Name]:
    """Return the names that a bucket may have in Atlan, ours first."""
    return [space.bucket(bucket, other) for other in sorted(Naming, key=lambda other: other is not naming)]


Placed = tuple[Name, Reference, Bucket | None]
"""A bucket's name, a reference to it, and the asset to save first, or None if it is active."""


def placed(bucket: str, found: Sequence[Found], naming: Naming, space: Namespace) -> Placed:
    """Prefer an existing asset and keep its name; of several, the active one, then the one with our name."""
    ours = space.bucket(bucket, naming)
    best = min(found, key=lambda asset: (not asset.active, asset.name != ours, asset.name.qualified_name), default=None)
    if best is None:
        return ours, ours, Bucket(ours, bucket, space.connection)
    if best.active:
        return best.name, ByGuid(best.name.type, best.guid), None
    return best.name, best.name, Bucket(best.name, best.label, space.connection)


def _made(live: Mapping[Hint, None], buckets: Mapping[str, Placed], facts: Facts) -> tuple[Lineage, ...]:
    """Return the buckets of live objects to save; saving one needs an active connection."""
    made = [asset for name in dict.fromkeys(hint.bucket for hint in live) if (asset := buckets[name][2])]
    if made and not facts.connected:
        wanted = made[0].connection
        raise MissingConnectionError(
            f"{nearest.connection(wanted, facts.similar.get(wanted))}; create the S3 connection by "
            "`python -m connector connection --name NAME`, or correct `connection` in the routes file"
        )
    return tuple(Lineage((asset,)) for asset in made)


def _pairs(live: Mapping[Hint, None], facts: Facts, routes: Routes, space: Namespace) -> dict[Pair, Lineage]:
    """Decide about each pair, but not again where it is known, nor where S3 may still have an object of it."""
    alive = dict.fromkeys((*(pair for hint in live if (pair := hint.pair)), *facts.alive))
    lineages = {
        pair: end_to_end(pair, space, routes.rules(pair), facts.tables, facts.told.get(pair))
        for pair in alive
        if pair not in facts.known
    }
    known = {pair: facts.known[pair].findings for pair in alive if pair in facts.known}
    lineages |= {pair: Lineage(findings=found) for pair, found in known.items() if found}
    lineages |= {pair: Lineage(findings=(why,)) for pair, why in facts.undecided.items() if pair not in alive}
    return lineages | {pair: Lineage(absent=(space.pair(pair),)) for pair in facts.over if pair not in alive}


def written(pair: Pair, lineage: Lineage, facts: Facts) -> Known:
    """Return what is known about a pair once its *lineage* is in the catalog."""
    told = facts.told.get(pair, Told())
    tables = {end: facts.tables[end] for end in (pair.source, pair.target)}
    if told.undecided:
        family = facts.families[pair]
        left = Form(frozenset(child.name for child in family.children), family.note)
        return Known(left, tables, lineage.findings, undecided=True)
    return Known(form(lineage), tables, lineage.findings, told.deciding)


def gone(hint: Hint, space: Namespace, bucket: Name) -> Lineage:
    """Return the lineage of an object that is not in S3: everything absent, processes first."""
    into, out = space.into(hint.bucket, hint.key), space.out(hint.bucket, hint.key)
    return Lineage(absent=(into, out, space.object(bucket, hint.key)))


def off_route(hint: Hint, space: Namespace) -> Lineage:
    """Return the lineage of an object that is in S3, and on no route: none; the asset stays as long as the object."""
    return Lineage(absent=(space.into(hint.bucket, hint.key), space.out(hint.bucket, hint.key)))


def there(hint: Hint, space: Namespace, bucket: tuple[Name, Reference], stat: Stat, facts: Facts) -> Lineage:
    """
    Return the lineage of an object that is in S3.

    Args:
        bucket: its name, and a reference to it.
        facts: if Atlan does not have one of the two tables, half of the lineage is missing.
    """
    name, label = space.object(bucket[0], hint.key), _label(hint.key)
    file = Object(
        name,
        label,
        space.connection,
        bucket[1],
        hint.bucket,
        bucket[0].qualified_name,
        hint.key,
        space.arn(hint.bucket, hint.key),
        stat,
    )
    into, out = space.into(hint.bucket, hint.key), space.out(hint.bucket, hint.key)
    present: list[Asset] = [file]
    absent: list[Name] = []
    missing: list[str] = []
    for process, end in zip((into, out), hint.ends, strict=True):
        table = facts.tables.get(end or "")
        if table and process == into:
            words = f"{last(end)} {ARROW} {label}"
            present.append(Process(process, words, space.connection, (table.reference,), (name,)))
        elif table:
            words = f"{label} {ARROW} {last(end)}"
            present.append(Process(process, words, space.connection, (name,), (table.reference,)))
        else:
            absent.append(process)
            missing += [end] if end else []
    findings = tuple(nearest.table(end, facts.similar[end]) for end in missing if end in facts.similar)
    return Lineage(tuple(present), tuple(absent), tuple(missing), findings, facts.differences.get(hint, ()))


def _label(key: str) -> str:
    """Return the last segment of a key, with its trailing slash if any; the whole key, encoded, if that is blank."""
    label = key[key.rstrip("/").rfind("/") + 1 :]
    return label if label.strip("/").strip() else quote(key, safe="/")
