"""
Names every asset of ours.

Names are derived, never generated: the name of a process follows from its bucket, key, tables or columns, and starts
with the name of its deployment, which shows that it is ours.
"""

from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, unquote

from connector.core.asset import Name, Type
from connector.core.columns import Flow
from connector.core.route import Naming, Pair
from connector.core.seen import Around

TABLE: Final = 6
"""Segments of a table's qualified name: those of its connection, its database, schema and own name."""


@dataclass(frozen=True, slots=True)
class Namespace:
    """
    Where the assets of one deployment are named: below a connection, processes below the deployment too.

    `partition` is the part of AWS that the buckets are in: "aws", "aws-cn", "aws-us-gov".
    """

    connection: str
    deployment: str
    partition: str = "aws"

    def bucket(self, bucket: str, naming: Naming) -> Name:
        """Name a bucket that Atlan does not have yet."""
        return Name(Type.BUCKET, f"{self.connection}/{self.arn(bucket) if naming is Naming.ARN else bucket}")

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
        return self._process(f"pair/{_arrow(pair.target, pair.source)}")

    @property
    def pairs(self) -> str:
        """Return what the qualified names of all end-to-end processes begin with."""
        return self._process("pair/").qualified_name

    def column(self, pair: Pair, flow: Flow) -> Name:
        """Name the process into a column of the target table of a pair of tables."""
        return Name(Type.COLUMN_PROCESS, f"{self.pair(pair).qualified_name}/{_arrow(flow.target, *flow.sources)}")

    def pair_of(self, name: Name) -> Pair | None:
        """Return the pair of an end-to-end process or of a column process, or None if the name is of neither."""
        path = name.qualified_name.removeprefix(self.pairs)
        source, arrow, rest = path.partition(">")
        segments = rest.split("/")
        target = rest if name.type is Type.PROCESS else "/".join(segments[:TABLE])
        if path == name.qualified_name or not arrow or not source or not target or ">" in target:
            return None
        return Pair(unquote(source), unquote(target))

    def between(self, source: Around, target: Around) -> frozenset[str]:
        """Return the objects, as bucket/key, that processes of this deployment connect with both tables."""
        into, out = self._process("in/").qualified_name, self._process("out/").qualified_name
        left = {name.removeprefix(into) for name in source.reads if name.startswith(into)}
        return frozenset(left & {name.removeprefix(out) for name in target.writes if name.startswith(out)})

    def owns(self, name: Name) -> bool:
        """Return whether a process belongs to this deployment."""
        return name.qualified_name.startswith(f"{self.connection}/{self.deployment}/")

    def made(self, qualified_name: str) -> bool:
        """Return whether the connector made a process of this name, in this deployment or in another one."""
        deployment, _, path = qualified_name.removeprefix(f"{self.connection}/").partition("/")
        below = qualified_name.startswith(f"{self.connection}/{deployment}/")
        return below and path.startswith(("in/", "out/", "pair/"))

    def arn(self, bucket: str, key: str | None = None) -> str:
        """Return the Amazon Resource Name of a bucket or an object."""
        name = f"arn:{self.partition}:s3:::{bucket}"
        return name if key is None else f"{name}/{key}"

    def _process(self, path: str) -> Name:
        return Name(Type.PROCESS, f"{self.connection}/{self.deployment}/{path}")


def _arrow(target: str, *sources: str) -> str:
    """Join names so that no others give the same text: `>` and `+` occur only between them."""
    return f"{'+'.join(quote(source, safe='/ ') for source in sources)}>{quote(target, safe='/ ')}"
