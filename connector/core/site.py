"""
What surrounds the connector in AWS and Atlan, as the command `check` reads it.

`connector.adapters.site` and `connector.adapters.atlan.rights` read it, and `connector.core.inspection` judges it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Subscription:
    """
    What a bucket sends to one queue, topic or function, by ARN.

    `events` are types, or families of types that end in `*`; only keys that begin with `prefix` and end with `suffix`
    are told.
    """

    destination: str
    events: frozenset[str]
    prefix: str = ""
    suffix: str = ""


@dataclass(frozen=True, slots=True)
class Notices:
    """The notification configuration of a bucket; `bridged` tells whether EventBridge is on."""

    subscriptions: tuple[Subscription, ...] = ()
    bridged: bool = False


@dataclass(frozen=True, slots=True)
class Queue:
    """
    A queue of SQS.

    `policy` is its policy document, empty if it has none; `key` the KMS key that encrypts it, empty for SSE-SQS.
    """

    arn: str
    policy: Mapping[str, Any] = field(default_factory=dict)
    key: str = ""
    waiting: int = 0
    in_flight: int = 0

    @property
    def region(self) -> str:
        """Return the region, which is in the ARN."""
        return self.arn.split(":")[3]

    @property
    def account(self) -> str:
        """Return the account, which is in the ARN."""
        return self.arn.split(":")[4]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of EventBridge: the events that it matches, and the ARNs to which it sends them."""

    arn: str
    enabled: bool
    pattern: Mapping[str, Any]
    targets: frozenset[str]


@dataclass(frozen=True, slots=True)
class Connection:
    """A connection of Atlan: its admins' names, and when the API key's user last wrote an asset of it, if ever."""

    active: bool
    admins: frozenset[str] = frozenset()
    written: datetime | None = None
