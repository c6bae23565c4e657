"""
Names every asset of ours.

Names are derived, never generated: the name of a process follows from its bucket, key, tables or columns, and starts
with the name of its deployment, which shows that it is ours.
"""

from dataclasses import dataclass
from urllib.parse import quote

from connector.core.asset import Name, Type
from connector.core.route import Naming, Pair


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
        return self._process(f"pair/{_arrow(pair.source, pair.target)}")

    def column(self, pair: Pair, source: str, target: str) -> Name:
        """Name the process of a pair of columns of a pair of tables."""
        return Name(Type.COLUMN_PROCESS, f"{self.pair(pair).qualified_name}/{_arrow(source, target)}")

    def owns(self, name: Name) -> bool:
        """Return whether a process belongs to this deployment."""
        return name.qualified_name.startswith(f"{self.connection}/{self.deployment}/")

    def arn(self, bucket: str, key: str | None = None) -> str:
        """Return the Amazon Resource Name of a bucket or an object."""
        name = f"arn:{self.partition}:s3:::{bucket}"
        return name if key is None else f"{name}/{key}"

    def _process(self, path: str) -> Name:
        return Name(Type.PROCESS, f"{self.connection}/{self.deployment}/{path}")


def _arrow(source: str, target: str) -> str:
    """Join two names so that no other two give the same text: `>` occurs only between them."""
    return f"{quote(source, safe='/ ')}>{quote(target, safe='/ ')}"
