"""
What the catalog should hold for an object and for a pair of tables, and what all of it is called.

Names are derived and never generated: a process is found again by the bucket, the key, the tables or the columns
that it stands for, and each begins with the name of its deployment, so that it is known to be ours.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from connector.core import columns
from connector.core.asset import Asset, Known, Name, Object, Process, Reference, Stat, Table, Type
from connector.core.columns import Rules
from connector.core.route import Match, Naming, Pair

ARROW: Final = "\N{RIGHTWARDS ARROW}"


@dataclass(frozen=True, slots=True)
class Hint:
    """An object that may have changed, and the route that takes it."""

    bucket: str
    key: str
    match: Match


@dataclass(frozen=True, slots=True)
class Namespace:
    """Where the assets of one deployment are named: below a connection, processes below the deployment too."""

    connection: str
    deployment: str

    def bucket(self, bucket: str, naming: Naming) -> Name:
        """Name a bucket that Atlan does not have yet."""
        return Name(Type.BUCKET, f"{self.connection}/{arn(bucket) if naming is Naming.ARN else bucket}")

    def object(self, bucket: Name, key: str) -> Name:
        """Name an object of a bucket."""
        return Name(Type.OBJECT, f"{bucket.qualified_name}/{key}")

    def into(self, bucket: str, key: str) -> Name:
        """Name the process from the source table into an object."""
        return self._process(f"in/{bucket}/{key}")

    def out(self, bucket: str, key: str) -> Name:
        """Name the process from an object to the target table."""
        return self._process(f"out/{bucket}/{key}")

    def pair(self, pair: Pair) -> Name:
        """Name the end-to-end process of a pair of tables."""
        return self._process(f"pair/{_arrow(pair.source, pair.target)}")

    def column(self, pair: Pair, source: str, target: str) -> Name:
        """Name the process of a pair of columns of a pair of tables."""
        return Name(Type.COLUMN_PROCESS, f"{self.pair(pair).qualified_name}/{_arrow(source, target)}")

    def owns(self, qualified_name: str) -> bool:
        """Tell whether a process is this deployment's."""
        return qualified_name.startswith(f"{self.connection}/{self.deployment}/")

    def _process(self, path: str) -> Name:
        return Name(Type.PROCESS, f"{self.connection}/{self.deployment}/{path}")


@dataclass(frozen=True, slots=True)
class Lineage:
    """
    The assets that should be there, parents first, and the names that should not, children first.

    `missing` are the qualified names of tables that the route names and Atlan does not have.
    """

    present: tuple[Asset, ...] = ()
    absent: tuple[Name, ...] = ()
    missing: tuple[str, ...] = ()


def arn(bucket: str, key: str | None = None) -> str:
    """Return the Amazon Resource Name of a bucket or an object."""
    return f"arn:aws:s3:::{bucket}" if key is None else f"arn:aws:s3:::{bucket}/{key}"


def gone(hint: Hint, space: Namespace, bucket: Name) -> Lineage:
    """Return what should be there of an object that S3 does not have: nothing, processes retired first."""
    into, out = space.into(hint.bucket, hint.key), space.out(hint.bucket, hint.key)
    return Lineage(absent=(into, out, space.object(bucket, hint.key)))


def there(
    hint: Hint, space: Namespace, bucket: tuple[Name, Reference], stat: Stat, tables: Mapping[str, Table]
) -> Lineage:
    """
    Return what should be there of an object that S3 has.

    Args:
        bucket: its name, and how to refer to it.
        tables: the tables that Atlan has, by qualified name; without one of the two, half of the lineage is made.
    """
    name, label = space.object(bucket[0], hint.key), _label(hint.key)
    file = Object(name, label, space.connection, bucket[1], hint.bucket, bucket[0].qualified_name, hint.key, stat)
    into, out = space.into(hint.bucket, hint.key), space.out(hint.bucket, hint.key)
    present: list[Asset] = [file]
    absent: list[Name] = []
    missing: list[str] = []
    for process, end in ((into, hint.match.source), (out, hint.match.target)):
        table = tables.get(end or "")
        if table and process == into:
            words = f"{_last(end)} {ARROW} {label}"
            present.append(Process(process, words, space.connection, (table.reference,), (name,)))
        elif table:
            words = f"{label} {ARROW} {_last(end)}"
            present.append(Process(process, words, space.connection, (name,), (table.reference,)))
        else:
            absent.append(process)
            missing += [end] if end else []
    return Lineage(tuple(present), tuple(absent), tuple(missing))


def end_to_end(pair: Pair, space: Namespace, rules: Rules, tables: Mapping[str, Table]) -> Lineage:
    """
    Return what should be there of a pair that has an object: a process, and one below it per pair of columns.

    Without one of the tables there is nothing to connect.

    Raises:
        AmbiguousColumnsError: the route has to say which column is meant.
    """
    name = space.pair(pair)
    source, target = tables.get(pair.source), tables.get(pair.target)
    if source is None or target is None:
        return Lineage(absent=(name,))
    left, right = _references(source), _references(target)
    words = f"{_last(pair.source)} {ARROW} {_last(pair.target)}"
    parent = Process(name, words, space.connection, (source.reference,), (target.reference,))
    children = (
        Process(space.column(pair, a, b), f"{a} {ARROW} {b}", space.connection, (left[a],), (right[b],), name)
        for a, b in columns.pairs(left, right, rules)
    )
    return Lineage((parent, *children))


def _references(table: Table) -> dict[str, Reference]:
    return {column.name: Known("Column", column.guid) for column in table.columns}


def _arrow(source: str, target: str) -> str:
    """Join two names so that no other two give the same text: `>` occurs only between them."""
    return f"{quote(source, safe='/ ')}>{quote(target, safe='/ ')}"


def _label(key: str) -> str:
    """Return the last segment of a key, with its slash where it ends in one; all of it, encoded, if that is blank."""
    label = key[key.rstrip("/").rfind("/") + 1 :]
    return label if label.strip("/").strip() else quote(key, safe="/")


def _last(qualified_name: str | None) -> str:
    return (qualified_name or "").rpartition("/")[2]
