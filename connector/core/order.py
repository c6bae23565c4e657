"""
The connector's own messages: what to sweep, and the hints that a sweep sends.

Hints are JSON in ASCII, so that a queue takes them whatever a key consists of. `connector.core.envelope` reads them.
"""

import json
import re
from dataclasses import dataclass
from typing import Final

from connector.errors import MalformedError

_PLACE: Final = re.compile(r"s3://([A-Za-z0-9._-]{1,255})(?:/(.*))?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Scope:
    """What a sweep is confined to: the keys of a bucket that begin with a prefix; all of them if it is empty."""

    bucket: str
    prefix: str = ""

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.prefix}"

    def meets(self, bucket: str, prefix: str) -> bool:
        """Tell whether there can be a key in this scope that begins with *prefix* in *bucket*."""
        return bucket == self.bucket and (prefix.startswith(self.prefix) or self.prefix.startswith(prefix))


@dataclass(frozen=True, slots=True)
class ObjectHint:
    """The catalog seems to differ from S3 for one key, be it on a route or not."""

    bucket: str
    key: str

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.key}"

    def body(self) -> str:
        """Return the message."""
        return json.dumps({"hint": {"bucket": self.bucket, "key": self.key}})


@dataclass(frozen=True, slots=True)
class PairHint:
    """The lineage between two tables seems to differ from what it should be."""

    source: str
    target: str

    def __str__(self) -> str:
        return f"{self.source} > {self.target}"

    def body(self) -> str:
        """Return the message."""
        return json.dumps({"hint": {"source": self.source, "target": self.target}})


Drifted = ObjectHint | PairHint


def scope(text: str) -> Scope:
    """
    Read `s3://bucket` or `s3://bucket/prefix`.

    Raises:
        MalformedError: it is something else.
    """
    found = _PLACE.fullmatch(text)
    if not found:
        raise MalformedError(f"{text[:200]!r} is no place to sweep; give s3://BUCKET or s3://BUCKET/PREFIX")
    return Scope(found[1], found[2] or "")


def hint(content: object) -> Drifted:
    """
    Read the content of a hint.

    Raises:
        MalformedError: it names neither an object nor a pair.
    """
    match content:
        case {"bucket": str(bucket), "key": str(key), **rest} if bucket and key and not rest:
            return ObjectHint(bucket, key)
        case {"source": str(source), "target": str(target), **rest} if source and target and not rest:
            return PairHint(source, target)
    raise MalformedError("a hint names `bucket` and `key`, or `source` and `target`; send it as a sweep does")
