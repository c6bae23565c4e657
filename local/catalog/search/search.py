"""
Answers POST search/indexsearch: matches documents of the index, and shows the entities as they are now.

So values are current and matching may be stale, as in Atlan. `http.queries` calls `search`; `index` has the documents.

Source: the public metastore, DiscoveryREST and EntityDiscoveryService (`directIndexSearch`).
"""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from local.catalog.entities import read
from local.catalog.errors import CatalogError, bad_request
from local.catalog.search import elsewhere, order, query
from local.catalog.search.aggregate import aggregate
from local.catalog.search.clause import ALWAYS, Clause, every
from local.catalog.search.syntax import check, refuse

Json = dict[str, Any]

TRACKED: Final = 10_000
"""Up to where hits are counted, unless all are asked for. Source: Elasticsearch 7.17, `track_total_hits`."""

KNOWN: Final = "from size query post_filter sort search_after track_total_hits aggregations aggs _source"
LACKING: Final = """
collapse docvalue_fields explain fields highlight indices_boost min_score pit profile rescore runtime_mappings
script_fields seq_no_primary_term slice stats stored_fields suggest terminate_after timeout track_scores version
"""


@dataclass(frozen=True, slots=True)
class Page:
    """Which hits of a search to show: *size* of them in order of *keys*, from *offset*."""

    keys: tuple[order.Key, ...]
    offset: int
    size: int


def search(connection: sqlite3.Connection, request: Json, now: int, window: int | None = None) -> Json:
    """
    Return the response to a search at *now* (milliseconds since 1970); from + size may reach to *window* (None: any).

    Raises:
        CatalogError: 400, an invalid request, with the fault; 500, a page beyond the window; 501, what is lacking here.
    """
    dsl = request.get("dsl")
    if not isinstance(dsl, dict) or not dsl:
        raise bad_request("Invalid search query")
    check("dsl", dsl, KNOWN, LACKING)
    elsewhere.check(dsl.get("query"))
    page, matching = _page(dsl, window), _matching(dsl, now)
    hits = every([matching, _optional(dsl.get("post_filter"))])
    answer: Json = {"queryType": "INDEX", "searchParameters": request}
    answer["approximateCount"] = _total(connection, hits, dsl.get("track_total_hits"))
    if entities := _show(connection, _guids(connection, _onward(hits, dsl, page), page), request):
        answer["entities"] = entities
    if requested := dsl.get("aggregations") or dsl.get("aggs"):
        answer["aggregations"] = aggregate(connection, matching, requested)
    return answer


def _page(dsl: Json, window: int | None) -> Page:
    offset, size = _whole(dsl, "from", 0), _whole(dsl, "size", 10)
    if window is not None and offset + size > window:
        message = "Result window is too large, from + size must be less than or equal to:"
        raise CatalogError(500, "ATLAS-500-00-001", f"{message} [{window}] but was [{offset + size}]")
    return Page(order.parse(dsl.get("sort")), offset, size)


def _whole(dsl: Json, name: str, default: int) -> int:
    value = dsl.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise refuse(f"[{name}] must be a whole number from 0, not {value!r:.100}")
    return value


def _matching(dsl: Json, now: int) -> Clause:
    """Compile the query, over what is visible at *now*; the plus signs say that no index will help with that."""
    visible = Clause("(+document.since <= ? AND +document.until > ?)", (now, now))
    return every([_optional(dsl.get("query")), visible])


def _optional(said: Any) -> Clause:
    return ALWAYS if said is None else query.compile_query(said)


def _onward(hits: Clause, dsl: Json, page: Page) -> Clause:
    """Narrow *hits* to those after the place that `search_after` names."""
    if dsl.get("search_after") is None:
        return hits
    if page.offset or not page.keys:
        raise refuse("search_after needs a sort, and no 'from' other than 0")
    return every([hits, order.after(page.keys, dsl["search_after"])])


def _total(connection: sqlite3.Connection, hits: Clause, tracked: Any) -> int:
    """Count *hits*: exactly if *tracked* is true, else up to a limit."""
    if tracked is True:
        (total,) = connection.execute(f"SELECT count(*) FROM document WHERE {hits.sql}", hits.values).fetchone()
    else:
        limit = tracked if isinstance(tracked, int) and tracked else TRACKED
        counted = f"SELECT count(*) FROM (SELECT 1 FROM document WHERE {hits.sql} LIMIT ?)"
        (total,) = connection.execute(counted, (*hits.values, limit)).fetchone()
    return int(total)


def _guids(connection: sqlite3.Connection, hits: Clause, page: Page) -> list[str]:
    keys = ", ".join([*(key.sql for key in page.keys), "document.id"])
    sql = f"SELECT document.guid FROM document WHERE {hits.sql} ORDER BY {keys} LIMIT ? OFFSET ?"
    return [guid for (guid,) in connection.execute(sql, (*hits.values, page.size, page.offset))]


def _show(connection: sqlite3.Connection, guids: Sequence[str], request: Json) -> list[Json]:
    """Give the headers of *guids*, without those that are gone."""
    chosen = "SELECT * FROM entity WHERE guid IN (SELECT value FROM json_each(?))"
    rows = {row["guid"]: row for row in connection.execute(chosen, (json.dumps(guids),))}
    relations = read.Relations(
        request.get("relationAttributes") or (),
        described=bool(request.get("includeRelationshipAttributes")),
        deleted=bool(request.get("allowDeletedRelations")),
    )
    attributes = request.get("attributes") or ()
    return [read.header(connection, rows[guid], attributes, relations) for guid in guids if guid in rows]
