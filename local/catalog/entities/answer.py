"""
The response to a write, as JSON: the entities it created, updated or deleted, and the guids it assigned.

`http.asked` calls `body`. The text is put together from the stored texts, since a header tells over a hundred
attributes that no save has set, the same for all entities of a type.

Source: the public metastore, EntityMutationResponse (a key without entities is absent, as is a map without keys) and
EntityGraphMapper (`getAttrsToLoad`, the attributes of a header).
"""

import json
from functools import lru_cache
from typing import Any, Final

from local.catalog.entities import read, types
from local.catalog.entities.find import Row
from local.catalog.entities.mutation import Mutation

Json = dict[str, Any]

_ENTITIES: Final = "SELECT * FROM entity WHERE guid IN (SELECT value FROM json_each(?))"


def body(mutation: Mutation) -> str:
    """Return the response to a finished *mutation*; affected neighbours count as updated."""
    guids = list(dict.fromkeys((*mutation.reported, *mutation.touched)))
    rows = {row["guid"]: row for row in mutation.connection.execute(_ENTITIES, (json.dumps(guids),))}
    lists: dict[str, list[str]] = {}
    for guid in guids:
        operation = mutation.reported.get(guid)
        if guid in mutation.gone:
            lists.setdefault(str(operation), []).append(json.dumps(mutation.gone[guid]))
        elif guid in rows:
            header = _own(mutation, rows[guid]) if operation else _neighbour(rows[guid])
            lists.setdefault(operation or "UPDATE", []).append(header)
    told = ", ".join(f'"{operation}": [{", ".join(headers)}]' for operation, headers in lists.items())
    mutated = f', "mutatedEntities": {{{told}}}' if lists else ""
    return f'{{"guidAssignments": {json.dumps(mutation.assignments)}{mutated}}}'


def _neighbour(row: Row) -> str:
    """Give the header of an entity that was only touched: nothing but its names."""
    stored = json.loads(row["attributes"])
    return json.dumps(read.bare(row, {name: stored[name] for name in ("qualifiedName", "name") if name in stored}))


def _own(mutation: Mutation, row: Row) -> str:
    """Give the header of an entity that was written: all its attributes that aren't null, and a process's ends."""
    stored = json.loads(row["attributes"])
    relations = ("inputs", "outputs") if types.is_a(row["type"], "Process") else ()
    more = {"__hasLineage": bool(row["has_lineage"])} | read.related(mutation.connection, row, relations)
    attributes = ", ".join((row["attributes"][1:-1], _inside(more), *_unset(row["type"], frozenset(stored))))
    header = read.bare(row, {"name": stored["name"]})
    del header["attributes"]
    return f'{{"attributes": {{{attributes}}}, {_inside(header)}}}'


@lru_cache(maxsize=1024)
def _unset(type_: str, stored: frozenset[str]) -> tuple[str, ...]:
    """Give, inside braces, the attributes that are not null although nothing is *stored* for them; none if none."""
    plain = [one for one in types.ATTRIBUTES[type_].values() if not one.relation and one.name not in stored]
    unset = {one.name: one.empty for one in plain if one.empty is not None}
    return (_inside(unset),) if unset else ()


def _inside(values: Json) -> str:
    """Give the JSON of an object without its braces."""
    return json.dumps(values)[1:-1]
