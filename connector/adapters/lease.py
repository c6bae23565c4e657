"""
The lease: who may write to a connection.

`Local` is for a process that is alone, `Dynamo` for many. Both wait as long as the invocation can spare.
"""

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from uuid import uuid4

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from connector.adapters.pace import Pace
from connector.errors import BusyError, UnavailableError
from connector.ports import Term

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

    _Item = Mapping[str, AttributeValueTypeDef]

WORK: Final = 15.0
"""Seconds that the work under a lease needs at least: with less left, the notification is better handed back."""

GRACE: Final = 60.0
"""Seconds within which a write may still land, after the sender gave up waiting for the answer, or was killed."""

_CONFIG: Final = Config(connect_timeout=3, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 3})
_PAUSE: Final = 0.5
_FREE: Final = "attribute_not_exists(#c) OR expires_at <= :now OR holder = :me"


@dataclass(slots=True)
class Local:
    """A lock for each connection, for this process only; `clock` is the monotonic one, `pause` waits some seconds."""

    clock: Callable[[], float] = time.monotonic
    pause: Callable[[float], None] = time.sleep
    _locks: defaultdict[str, threading.Lock] = field(default_factory=lambda: defaultdict(threading.Lock))
    _kept: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def hold(self, connection: str, deadline: float) -> Iterator[Term]:
        """
        Wait for the lock, as long as there is time to use it before *deadline*, in seconds of the monotonic clock.

        After an ambiguous write nobody gets it for a grace.

        Raises:
            BusyError: it was not free in time.
        """
        lock = self._locks[connection]
        if not lock.acquire(timeout=max(0.0, deadline - WORK - self.clock())):
            raise BusyError(f"{connection}: another thread wrote until there was no time left; send it again")
        try:
            term = Term(undisturbed=not self._outwaited(connection, deadline), grace=GRACE)
            yield term
            if term.ambiguous:
                self._kept[connection] = self.clock() + GRACE
        finally:
            lock.release()

    def _outwaited(self, connection: str, deadline: float) -> bool:
        """Wait until an ambiguous write has landed, and tell whether there was one."""
        if connection not in self._kept:
            return False
        until = self._kept[connection]
        if until > max(deadline - WORK, self.clock()):
            raise BusyError(f"{connection}: a write without an answer may still be carried out; send it again")
        self.pause(max(0.0, until - self.clock()))
        del self._kept[connection]
        return True


@dataclass(slots=True)
class Dynamo:
    """
    An item for each connection in the DynamoDB table *table*: who holds it, and until when.

    It expires by itself, so that a holder that was killed does not block the others for ever, and only a minute after
    the holder's end, so that what the killed one sent has landed by then. DynamoDB's own time to live only tidies.

    The item hands the pace of requests on, too. `clock` gives seconds since 1970; `pause` waits so many seconds.
    """

    table: str
    pace: Pace
    client: "DynamoDBClient" = field(default_factory=lambda: boto3.client("dynamodb", config=_CONFIG))
    clock: Callable[[], float] = time.time
    pause: Callable[[float], None] = time.sleep
    _last: str = ""
    _threads: Local = field(default_factory=Local)

    @contextmanager
    def hold(self, connection: str, deadline: float) -> Iterator[Term]:
        """
        Wait for the lease, as long as there is time to use it before *deadline*, in seconds of the monotonic clock.

        Each time is another holder, with a name of its own: a put that was carried out twice, or late, is then never
        taken for an earlier one. After an ambiguous write the lease is not released but kept for a grace, from us, too.

        Raises:
            BusyError: it was not free in time.
            UnavailableError: DynamoDB does not answer, or denies.
        """
        with self._threads.hold(connection, deadline):
            me = uuid4().hex
            previous = self._take(connection, deadline, me)
            self.pace.resume(float(previous.get("due", {}).get("N", 0)))
            term = Term(undisturbed=previous.get("holder", {}).get("S", "-") == self._last, grace=GRACE)
            self._last = me
            try:
                yield term
            finally:
                if term.ambiguous:
                    self._last = ""  # what is remembered may not be what is carried out yet
                self._end(connection, me, GRACE if term.ambiguous else 0.0)

    def _take(self, connection: str, deadline: float, me: str) -> "_Item":
        """Return the item as it was before."""
        while True:
            previous = self._put(connection, deadline - time.monotonic(), me)
            if previous is not None:
                return previous
            if time.monotonic() + _PAUSE > deadline - WORK:
                raise BusyError(
                    f"{connection}: another invocation writes, or what it sent without an answer may still be carried "
                    "out; send it again"
                )
            self.pause(_PAUSE)

    def _put(self, connection: str, left: float, me: str) -> "_Item | None":
        """Take the lease and return the item as it was, empty if there was none; None where somebody else holds it."""
        now = self.clock()
        with _explaining(connection):
            try:
                answer = self.client.put_item(
                    TableName=self.table,
                    Item={
                        "connection": {"S": connection},
                        "holder": {"S": me},
                        "expires_at": {"N": f"{now + left + GRACE:.0f}"},
                    },
                    ConditionExpression=_FREE,
                    ExpressionAttributeNames={"#c": "connection"},
                    ExpressionAttributeValues={":now": {"N": f"{now:.0f}"}, ":me": {"S": me}},
                    ReturnValues="ALL_OLD",
                )
            except self.client.exceptions.ConditionalCheckFailedException:
                return None
        return answer.get("Attributes", {})

    def _end(self, connection: str, me: str, seconds: float) -> None:
        """Let it expire in so many seconds. The item stays, so that the next holder knows whether it was the last."""
        with _explaining(connection):
            try:
                self.client.update_item(
                    TableName=self.table,
                    Key={"connection": {"S": connection}},
                    UpdateExpression="SET expires_at = :end, due = :due",
                    ConditionExpression="holder = :me",
                    ExpressionAttributeValues={
                        ":end": {"N": f"{self.clock() + seconds:.0f}"},
                        ":due": {"N": f"{self.pace.due:.3f}"},
                        ":me": {"S": me},
                    },
                )
            except self.client.exceptions.ConditionalCheckFailedException:
                return  # it expired, and is another's


@contextmanager
def _explaining(connection: str) -> Iterator[None]:
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        raise UnavailableError(f"the lease of {connection}: DynamoDB fails: {error}") from error
