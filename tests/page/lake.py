"""A catalog with tables, objects and their lineage, written without HTTP: what the tests of the page look at."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from local.catalog.entities import remove, save
from local.catalog.entities.mutation import Mutation
from local.catalog.people import records
from local.catalog.search import index
from local.catalog.store import Store, now_ms

Json = dict[str, Any]

SOURCE: Final = "default/postgres/1/shop/public"
TARGET: Final = "default/snowflake/2/DB/PUBLIC"
BUCKET: Final = "default/s3/3/lake"


def entity(kind: str, name: str, /, **attributes: Any) -> Json:
    """Return an entity that others of the same save can refer to by `new`."""
    own = {"qualifiedName": name, "name": name.rpartition("/")[2]}
    return {"typeName": kind, "guid": f"-{kind} {name}", "attributes": own | attributes}


def new(kind: str, name: str) -> Json:
    return {"typeName": kind, "guid": f"-{kind} {name}"}


def old(kind: str, name: str) -> Json:
    return {"typeName": kind, "uniqueAttributes": {"qualifiedName": name}}


class Lake:
    """Writes into *store* what the connector would."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._write([entity("S3Bucket", BUCKET)])

    def table(self, name: str, columns: Sequence[str] = ()) -> str:
        """Make a table with columns; return its qualified name."""
        made = [
            entity("Column", f"{name}/{column}", order=order, dataType="TEXT", table=new("Table", name))
            for order, column in enumerate(columns, start=1)
        ]
        self._write([entity("Table", name, connectorName=name.split("/")[1]), *made])
        return name

    def pair(self, name: str, columns: Sequence[str] = ("id", "total")) -> tuple[str, str]:
        """Make two tables, and the process between them with that of each column."""
        ends = (
            self.table(f"{SOURCE}/{name}", columns),
            self.table(f"{TARGET}/{name.upper()}", [c.upper() for c in columns]),
        )
        whole = f"{BUCKET}/pair/{name}"
        parts = [
            entity(
                "ColumnProcess",
                f"{whole}/{column}",
                inputs=[old("Column", f"{ends[0]}/{column}")],
                outputs=[old("Column", f"{ends[1]}/{column.upper()}")],
                process=new("Process", whole),
            )
            for column in columns
        ]
        through = {"inputs": [old("Table", ends[0])], "outputs": [old("Table", ends[1])]}
        self._write([entity("Process", whole, name=f"{name} → {name.upper()}", **through), *parts])
        return ends

    def flow(self, source: str, target: str) -> None:
        """Make a process from a table to another."""
        ends = {"inputs": [old("Table", source)], "outputs": [old("Table", target)]}
        self._write([entity("Process", f"{source}>{target}", **ends)])

    def drop(self, keys: Iterable[str], source: str = "", target: str = "") -> None:
        """Catalog objects, with a process from the source and one to the target."""
        made = []
        for key in keys:
            name, file = f"{BUCKET}/{key}", {"s3ObjectKey": key, "s3BucketName": "lake", "s3ObjectSize": 1500}
            made.append(entity("S3Object", name, **file, bucket=old("S3Bucket", BUCKET)))
            for table, kind in ((source, "in"), (target, "out")):
                sides = ([old("Table", table)], [new("S3Object", name)])
                inputs, outputs = sides if kind == "in" else sides[::-1]
                if table:
                    made.append(entity("Process", f"{BUCKET}/{kind}/{key}", inputs=inputs, outputs=outputs))
        self._write(made)

    def retire(self, *names: str) -> None:
        """Archive assets, in this order."""
        with self.store.write() as connection:
            mutation = Mutation(connection, records.ACTOR, now_ms())
            for name in names:
                remove.delete(mutation, [self._guid(connection, name)], "SOFT")
            index.write(connection, mutation.finish(), mutation.now)

    def retire_object(self, key: str) -> None:
        """Archive an object after its processes."""
        self.retire(f"{BUCKET}/in/{key}", f"{BUCKET}/out/{key}", f"{BUCKET}/{key}")

    def guid(self, name: str) -> str:
        with self.store.read() as connection:
            return self._guid(connection, name)

    def _guid(self, connection: Any, name: str) -> str:
        return str(connection.execute("SELECT guid FROM entity WHERE qualified_name = ?", (name,)).fetchone()[0])

    def _write(self, entities: list[Json]) -> None:
        with self.store.write() as connection:
            mutation = Mutation(connection, records.ACTOR, now_ms())
            save.save(mutation, entities)
            index.write(connection, mutation.finish(), mutation.now)
