"""Assets: plain values."""

from dataclasses import FrozenInstanceError
from datetime import UTC, datetime

import pytest

from connector.core.asset import ByGuid, Column, Name, Stat, Table, Type


def test_reference() -> None:
    """Processes refer to a table by its type and guid, independent of its columns."""
    assert Table("View", "g1", (Column("id", "g2"),)).reference == ByGuid("View", "g1")


def test_name() -> None:
    """A name is of one type: the same text names an object and a process, and they are two assets."""
    assert Name(Type.OBJECT, "c/x") != Name(Type.PROCESS, "c/x")
    assert len({Name(Type.OBJECT, "c/x"), Name(Type.OBJECT, "c/x")}) == 1


def test_types() -> None:
    """Types have Atlan's names."""
    assert [*Type] == ["S3Bucket", "S3Object", "Process", "ColumnProcess"]


def test_stat() -> None:
    """Values that S3 did not return are empty, a missing storage class is STANDARD, and locks are unknown."""
    stat = Stat(3, "e", datetime(2013, 1, 1, tzinfo=UTC))

    assert (stat.version, stat.content_type, stat.encryption) == ("", "", "")
    assert stat.storage_class == "STANDARD"
    assert (stat.lock_mode, stat.lock_until, stat.legal_hold) == (None, None, None)


def test_frozen() -> None:
    """An asset is immutable."""
    with pytest.raises(FrozenInstanceError):
        ByGuid("Table", "g").guid = "h"  # type: ignore[misc]
