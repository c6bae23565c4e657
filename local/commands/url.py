"""The URL of an object or of a prefix, as a person types it. Used by `put`, `rm` and `show`."""

from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Url:
    """A bucket, and a key or the beginning of keys."""

    bucket: str
    key: str

    @classmethod
    def read(cls, text: str) -> Self:
        """
        Read a URL.

        Raises:
            SystemExit: it is not one of S3; says what to write.
        """
        bucket, _, key = text.removeprefix("s3://").partition("/")
        if not text.startswith("s3://") or not bucket:
            raise SystemExit(f"{text}: not the URL of an object in S3, as in s3://acme-exports/exports/orders.csv")
        return cls(bucket, key)

    def __str__(self) -> str:
        """Return the URL."""
        return f"s3://{self.bucket}/{self.key}"
