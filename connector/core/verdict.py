"""
Says why an object is not in the catalog as somebody expects it, the most probable cause first.

The command `explain` prints it at the top. Every diagnosis but "in sync" names the next step.
"""

from collections.abc import Iterator, Sequence
from typing import cast

from connector.core import trail
from connector.core.asset import Type, is_column
from connector.core.diagnosis import CHECK, Diagnosis, Status, doubtful, explain, of_error, of_text, ok, untold, wrong
from connector.core.explanation import SETTLING, Change, Contents, Explained, Verb, Writer, changes, retired
from connector.core.lineage import Told
from connector.core.plan import Draft
from connector.core.route import Match, Pair, Routes, Unrouted
from connector.errors import ConnectorError

_FILE = "the routes file"


def verdict(explained: Explained, routes: Routes) -> list[Diagnosis]:
    """List what is wrong, the most probable cause first; one diagnosis if all is in order."""
    bucket, key = explained.hint.bucket, explained.hint.key
    if explained.decoded:
        fact = f"{key} is URL-encoded, as keys are in notifications; S3 has {explained.decoded}"
        return [wrong("the key", fact, "run the command with that key:", explain(bucket, explained.decoded))]
    found = [*_ignored(explained, routes)] if explained.ignored else [*_taken(explained)]
    return found or [ok("the catalog", "the object and its lineage are in sync with S3")]


def _ignored(explained: Explained, routes: Routes) -> Iterator[Diagnosis]:
    bucket, key = explained.hint.bucket, explained.hint.key
    if explained.stat is None and explained.near:
        yield _absent(explained)
    match explained.hint.match:
        case Unrouted.UNKNOWN_BUCKET:
            yield _unknown(bucket, key, routes)
        case Unrouted.EXCLUDED:
            yield wrong(
                "the route",
                f"the key matches the pattern {trail.exclusion(routes, key)} of `exclude`, which precedes all routes",
                f"narrow the pattern in {_FILE}, if the object is to be cataloged",
            )
        case Unrouted.FOLDER_MARKER:
            yield wrong(
                "the key",
                "it ends in a slash, so it is a folder marker of the S3 console and not a file",
                "give the key of a file; to catalog such keys, end `key` of the route in a slash",
            )
        case _:
            nearest = trail.misses(routes, bucket, key)[0]
            yield wrong(
                "the route",
                f"no route takes the key. The nearest is {nearest.route}, `{nearest.pattern}`, up to its segment "
                f"{nearest.segment}: {nearest.why}",
                f"correct `key` in {_FILE}, or upload the file under a key that a route takes",
            )


def _unknown(bucket: str, key: str, routes: Routes) -> Diagnosis:
    names = list(dict.fromkeys(route.bucket for route in routes.routes))
    taker = next(iter(trail.takers(routes, key)), None)
    near = trail.near(bucket, names)
    meant = near[0] if near else taker[0] if taker else ""
    step = f"correct `bucket` in {_FILE}, or the name of the bucket{'; perhaps you mean:' if meant else ''}"
    fact = f"no route is for the bucket {bucket}; the routes are for {', '.join(names)}"
    return wrong("the bucket", fact, step, *([explain(meant, key)] if meant else []))


def _taken(explained: Explained) -> Iterator[Diagnosis]:
    for thing, found in (("S3", explained.read), ("Atlan", explained.draft), ("the catalog", explained.contents)):
        if isinstance(found, ConnectorError):
            yield of_error(thing, found)
            return
    draft, contents = cast("Draft", explained.draft), cast("Contents", explained.contents)
    todo = changes(draft, contents)
    if explained.stat is None:
        yield from _gone(explained, todo)
    else:
        yield from _behind(explained, todo)
        yield from _lineage(explained, cast("Match", explained.match), draft)
    yield from _twice(contents)


def _absent(explained: Explained) -> Diagnosis:
    fact = "there is no object of this key: it was deleted, or never there"
    if not explained.near:
        return wrong("S3", fact, "check the bucket, the key and the AWS account")
    others = (explain(explained.hint.bucket, key) for key in explained.near)
    return wrong("S3", fact, "check the key; S3 has others that resemble it:", *others)


def _gone(explained: Explained, todo: Sequence[Change]) -> Iterator[Diagnosis]:
    if retired(explained, todo):
        fact = "S3 has no object of this key, and Atlan still has its assets: the notification was not applied"
        *step, sweep = _arrival(explained)
        yield wrong("the notification", fact, *step, f"{sweep} --max-retired 100")  # the brake: it is all there is
        return
    yield _absent(explained)
    if todo:
        fact = "S3 has no object of its pair of tables, and Atlan still has the lineage between them"
        yield doubtful("the lineage", fact, "apply it:", _sweep(explained))


def _behind(explained: Explained, todo: Sequence[Change]) -> Iterator[Diagnosis]:
    """Say what a notification would change: it did not arrive, or is still under way."""
    verbs = {change.name: change.verb for change in todo if change.verb not in (Verb.KEEP, Verb.SAVE)}
    file = next((change for change in todo if change.name.type is Type.OBJECT), None)
    route = explained.match.route.name if explained.match else ""
    if verbs and explained.age is not None and abs(explained.age) < SETTLING:  # S3's clock may be ahead of ours
        fact = f"the object changed {max(explained.age, 0):.0f} s ago, so its notification may still be under way"
        yield doubtful("the notification", fact, "run the command again in a minute")
    elif file and file.verb in (Verb.CREATE, Verb.RESTORE):
        fact = f"the route {route} takes the key, and Atlan does not have the object: its notification was not applied"
        yield wrong("the notification", fact, *_arrival(explained))
    elif file and file.verb is Verb.UPDATE:
        fact = "Atlan has an earlier state of the object: the notification of its last change was not applied"
        yield wrong("the notification", fact, *_arrival(explained))
    elif verbs:
        fact = f"Atlan has the object, and {len(verbs)} assets of its lineage differ from what they are to be"
        yield wrong("the lineage", fact, "apply it:", _sweep(explained))


def _arrival(explained: Explained) -> tuple[str, str, str]:
    return "see whether notifications arrive, and apply this one:", CHECK, _sweep(explained)


def _sweep(explained: Explained) -> str:
    command = explain(explained.hint.bucket, explained.hint.key)
    return command.replace(" explain ", " sweep ", 1)


def _lineage(explained: Explained, match: Match, draft: Draft) -> Iterator[Diagnosis]:
    yield from _missing(match, draft, explained)
    pair = match.pair
    lineage = draft.desired.pairs.get(pair) if pair else None
    told = draft.facts.told.get(pair, Told()) if pair else Told()
    if pair and lineage and lineage.present and not told.undecided and not any(map(is_column, lineage.present)):
        yield _no_columns(pair, draft, match)
    for finding in lineage.findings if lineage else ():
        yield of_text(Status.WARNING, "columns", finding, f"correct `columns` of the route {match.route.name}")
    yield from _header(explained, draft)
    absent = [end for end, named in (("source", match.source), ("target", match.target)) if named is None]
    if absent:
        fact = f"it names no {' and no '.join(absent)}, so there is no lineage {_without(absent)}"
        yield doubtful(
            f"the route {match.route.name}",
            fact,
            f"add `{'` and `'.join(absent)}` in {_FILE}, if the tables are in Atlan",
        )


def _header(explained: Explained, draft: Draft) -> Iterator[Diagnosis]:
    """Say how the file and its tables differ; the sentence of a difference ends with what to do."""
    if isinstance(explained.said, ConnectorError):
        yield of_error("the header", explained.said)
    mine = draft.facts.differences.get(explained.hint, ())
    for difference in mine:
        told = str(difference).rstrip(".")
        fact, _, step = told.rpartition("; ")
        fact = fact or told
        yield doubtful("the header", f"{fact[0].lower()}{fact[1:]}", step or "write the file again")


def _without(absent: Sequence[str]) -> str:
    sides = {"source": "into the object", "target": "out of the object"}
    return " or ".join(sides[end] for end in absent)


def _missing(match: Match, draft: Draft, explained: Explained) -> Iterator[Diagnosis]:
    lineage = draft.desired.objects[explained.hint]
    for number, name in enumerate(lineage.missing):
        end = "source" if name == match.source else "target"
        told = lineage.findings[number] if number < len(lineage.findings) else f"Atlan has no table {name}"
        told = told.partition("; ")[0]
        step = f"correct `{end}` of the route {match.route.name} in {_FILE}, or let Atlan crawl the table"
        yield wrong(f"the {end} table", told, step)


def _no_columns(pair: Pair, draft: Draft, match: Match) -> Diagnosis:
    tables = draft.facts.tables
    left, right = (
        ", ".join(column.name for column in tables[end].columns[:5]) or "none" for end in (pair.source, pair.target)
    )
    return doubtful(
        "columns",
        f"the tables have no column in common: the source has {left}, the target has {right}",
        f"add `columns: rename` to the route {match.route.name}, or correct its tables",
    )


def _twice(contents: Contents) -> Iterator[Diagnosis]:
    for name, found in contents.found.items():
        active = [one.guid for one in found if one.active]
        if len(active) > 1:
            fact = f"it has {len(active)} assets of the name {name.qualified_name}: {', '.join(active)}"
            yield doubtful("Atlan", fact, "delete all but one of them in Atlan")


def flux(explained: Explained, connection: str) -> list[Diagnosis]:
    """Say whether what was read may be changing: it is read without the lease, while others may write."""
    before, after = explained.writers
    for writer in explained.writers:
        if isinstance(writer, ConnectorError):
            return [of_text(Status.UNKNOWN, "other writers", str(writer), "run the command again in a minute")]
    if not isinstance(before, Writer) or not isinstance(after, Writer):
        fact = "LEASE_TABLE is not set, so it is not known whether another process writes now"
        return [untold("other writers", fact, "set LEASE_TABLE to the table of the stack")]
    if after.left:
        fact = f"a process holds the lease of {connection}, for {after.left:.0f} s more at most, and may write now"
    elif before.holder != after.holder or before.left:
        fact = f"a process held the lease of {connection} while this was read, and may have written"
    else:
        return [ok("other writers", f"none held the lease of {connection} while this was read")]
    return [doubtful("other writers", fact, "run the command again when it is done")]
