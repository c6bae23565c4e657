"""Puts assets into the local catalog and objects into moto's S3 directly, which takes less long than to measure."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.s3.models import s3_backends

from local.catalog.entities import save
from local.catalog.entities.mutation import Mutation
from local.catalog.people import records
from local.catalog.search import index
from local.catalog.server import Server
from local.catalog.store import now_ms

Json = dict[str, Any]

CHUNK: Final = 1_000
"""Assets of a transaction."""


def entity(kind: str, name: str, **attributes: Any) -> Json:
    """Return an entity whose temporary guid contains its qualified name; its name is the last segment of that."""
    last = name.rpartition("/")[2]
    return {"typeName": kind, "guid": f"-{name}", "attributes": {"qualifiedName": name, "name": last, **attributes}}


def ref(kind: str, name: str, guid: str = "") -> Json:
    """Refer to an asset by its guid, or to one of the same transaction by the temporary guid of `entity`."""
    return {"typeName": kind, "guid": guid or f"-{name}"}


def store(server: Server, entities: Sequence[Json]) -> dict[str, str]:
    """Save without HTTP and without a response; return guids by temporary guid."""
    with server.store.write() as connection:
        mutation = Mutation(connection, records.ACTOR, now_ms())
        save.save(mutation, entities)
        index.write(connection, mutation.finish(), mutation.now)
        return mutation.assignments


def table(server: Server, name: str, columns: Iterable[str]) -> str:
    """Store a table with these columns, and return its guid."""
    guid = store(server, [entity("Table", name)])[f"-{name}"]
    found = [
        entity("Column", f"{name}/{one}", order=n, table=ref("Table", name, guid)) for n, one in enumerate(columns)
    ]
    for first in range(0, len(found), CHUNK):
        store(server, found[first : first + CHUNK])
    return guid


def put(bucket: str, keys: Iterable[str], body: bytes) -> None:
    """Put objects, of which nobody is notified."""
    backend = s3_backends[DEFAULT_ACCOUNT_ID]["aws"]
    for key in keys:
        backend.put_object(bucket, key, body, disable_notification=True)
