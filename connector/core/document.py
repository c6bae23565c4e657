"""What was read about an object as data, for `explain --json`; `connector.core.sections` tells the same as text."""

from collections.abc import Sequence
from typing import Any

from connector.core import trail
from connector.core.asset import Stat
from connector.core.diagnosis import Diagnosis
from connector.core.explanation import Contents, Explained, changes, ends, held, pairs
from connector.core.plan import Draft
from connector.core.route import Routes
from connector.core.shape import Said
from connector.errors import ConnectorError


def document(
    explained: Explained, routes: Routes, found: Sequence[Diagnosis], flux: Sequence[Diagnosis]
) -> dict[str, Any]:
    """Return everything for JSON."""
    draft, contents = explained.draft, explained.contents
    known = isinstance(draft, Draft) and isinstance(contents, Contents)
    errors = [error for error in (explained.stat, draft, contents) if isinstance(error, ConnectorError)]
    return {
        "bucket": explained.hint.bucket,
        "key": explained.hint.key,
        "verdict": [one.document() for one in found],
        "route": _routed(explained, routes),
        "s3": _stat(explained.stat),
        "tables": ends(explained, draft) if isinstance(draft, Draft) else [],
        "header": _header(explained),
        "columns": [list(pair) for pair in pairs(draft)] if isinstance(draft, Draft) else [],
        "catalog": [held(name, contents) for name in contents.found if contents.found[name]]
        if isinstance(contents, Contents)
        else [],
        "plan": _planned(draft, contents)
        if known and isinstance(draft, Draft) and isinstance(contents, Contents)
        else None,
        "errors": [{"reason": error.reason, "message": str(error)} for error in errors],
        "other_writers": [one.document() for one in flux],
    }


def _header(explained: Explained) -> dict[str, Any] | None:
    said = explained.said
    if not isinstance(said, Said):
        return None
    differences = [{"kind": one.kind.value, "message": str(one)} for one in said.differences]
    return {"columns": said.names and list(said.names), "differences": differences}


def _routed(explained: Explained, routes: Routes) -> dict[str, Any]:
    match, key = explained.match, explained.hint.key
    if match is None:
        missed = trail.misses(routes, explained.hint.bucket, key)
        return {
            "ignored": str(explained.hint.match),
            "excluded_by": trail.exclusion(routes, key) or None,
            "routes": [
                {"name": miss.route, "key": miss.pattern, "segment": miss.segment, "why": miss.why} for miss in missed
            ],
        }
    captured = match.route.key.match(key)
    return {
        "name": match.route.name,
        "key": match.route.key.text,
        "captured": captured,
        "source": match.source,
        "target": match.target,
    }


def _planned(draft: Draft, contents: Contents) -> dict[str, Any]:
    todo = {change.name: change.verb.value for change in changes(draft, contents)}

    def told(parts: Sequence[Sequence[Any]]) -> list[list[dict[str, str]]]:
        return [
            [
                {"verb": todo[asset.name], "type": asset.name.type.value, "qualified_name": asset.name.qualified_name}
                for asset in part
            ]
            for part in parts
        ]

    return {"saves": told(draft.plan.saves), "retires": told(draft.plan.retires)}


def _stat(stat: Stat | ConnectorError | None) -> dict[str, Any] | None:
    if not isinstance(stat, Stat):
        return None
    return {
        "size": stat.size,
        "etag": stat.etag,
        "modified": stat.modified.isoformat(),
        "version": stat.version,
        "content_type": stat.content_type,
        "storage_class": stat.storage_class,
        "encryption": stat.encryption,
    }
