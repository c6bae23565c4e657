"""
The network between a process and the world: time passes, processes die, requests fail in every way they can.

A request is carried out by the world's clock, not by its sender's: it goes on when the sender is dead, and may be
carried out long after the sender gave up.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random
from typing import Any, Final, Protocol

from connector.errors import (
    ConnectorError,
    ForbiddenError,
    PermanentError,
    RateLimitedError,
    RefusedError,
    UnauthorizedError,
    UnavailableError,
)
from tests.simulation.loop import Fiber, Loop, current

TIMEOUT: Final = 15.0
"""Seconds that a sender waits for an answer."""

LATEST: Final = 50.0
"""Seconds after which a request that was sent is carried out or never; the lease's grace is a little more."""


class Sender(Protocol):
    """A process: one of its fibers waits for the answer, and it can be killed with all of them."""

    def kill(self) -> None: ...


class Fault(StrEnum):
    """
    What may happen to a request.

    Before: it is not carried out. After: it is, but the sender does not learn it. Twice: the client sent it again,
    and the second answer is what the sender gets; only that of AWS does so.
    """

    UNAUTHORIZED = "401"
    FORBIDDEN = "403"
    REFUSED = "400"
    LIMITED = "429"
    FAILED = "500 before"
    FAILED_AFTER = "500 after"
    UNAVAILABLE = "503"
    UNSENT = "connection refused"
    RESET = "reset before"
    RESET_AFTER = "reset after"
    LATE = "timeout, carried out late"
    STALL = "process stalls"
    TWICE = "carried out twice"
    KILL = "kill before"
    KILL_AFTER = "kill after"
    KILL_LATE = "kill, carried out late"


_CARRIED_OUT: Final = {None, Fault.FAILED_AFTER, Fault.RESET_AFTER, Fault.LATE, Fault.STALL, Fault.TWICE} | {
    Fault.KILL_AFTER,
    Fault.KILL_LATE,
}
_KILLS: Final = {Fault.KILL, Fault.KILL_AFTER, Fault.KILL_LATE}
_DELAYED: Final = {Fault.LATE, Fault.KILL_LATE}


def atlan(fault: Fault, what: str, *, write: bool) -> ConnectorError:
    """Return the error that the Atlan adapter makes of a fault."""
    match fault:
        case Fault.UNAUTHORIZED:
            return UnauthorizedError(what)
        case Fault.FORBIDDEN:
            return ForbiddenError(what)
        case Fault.REFUSED:
            return RefusedError(what)
        case Fault.LIMITED:
            return RateLimitedError(what)
        case Fault.UNSENT | Fault.UNAVAILABLE:
            return UnavailableError(what)
    return UnavailableError(f"{what}: {fault}", ambiguous=write)


def s3(fault: Fault, what: str, *, write: bool) -> ConnectorError:
    """Return the error that the S3 adapter makes of a fault."""
    return atlan(fault, what, write=write)


def aws(fault: Fault, what: str, *, write: bool) -> ConnectorError:
    """Return the error that the adapters of DynamoDB and SQS make of a fault: one for all."""
    return UnavailableError(f"{what}: {fault}")


@dataclass(frozen=True, slots=True)
class Request:
    """
    What is asked of the world.

    `answer` carries it out, given what `prepare` saw a moment before; its `ConnectorError` is the answer, too.
    """

    what: str
    answer: Callable[[Any], Any]
    prepare: Callable[[], Any] = lambda: None
    write: bool = False
    explain: Callable[..., ConnectorError] = atlan

    @property
    def kind(self) -> str:
        """Return "write", "read", or "aws" for the lease and the queue."""
        return "aws" if self.explain is aws else "write" if self.write else "read"


@dataclass
class Wire:
    """
    Requests of a kind are numbered; `faults` says what happens to which, until `calm`, in seconds.

    `slow` is how many seconds Atlan may take for an answer, at most. `open` counts the requests that are yet to be
    carried out, whether or not anybody waits for them. `rejected` says that S3 rejected a listing, after which a sweep
    decides about the pair.
    """

    loop: Loop
    random: Random
    faults: Mapping[tuple[str, int], Fault]
    calm: float
    note: Callable[[str], None]
    slow: float = 0.0
    tally: Counter[str] = field(default_factory=Counter)
    sent: Counter[str] = field(default_factory=Counter)
    open: int = 0
    rejected: bool = False

    def call(self, sender: Sender, request: Request, patience: float = TIMEOUT) -> Any:
        """Send a request, and wait so long for its answer, or for the error that the process gets instead."""
        fiber = current()
        self.sent[request.kind] += 1
        number = request.kind, self.sent[request.kind]
        fault = self.faults.get(number) if self.loop.now < self.calm else None
        if fault:
            self.tally[fault.value] += 1
            self.note(f"{request.what}: {fault}")
        if fault in _CARRIED_OUT:
            self._carry_out(fiber, request, fault, patience)
        elif fault not in _KILLS:
            self._after(self._moment(), fiber, request.explain(fault, request.what, write=request.write))
        if fault in _KILLS:
            self.loop.after(self.random.uniform(0, 0.5), sender.kill)
        elif fault is Fault.LATE:
            self._after(patience, fiber, request.explain(fault, request.what, write=request.write))
        answer = fiber.wait()
        if isinstance(answer, ConnectorError):
            self.rejected = self.rejected or (request.explain is s3 and isinstance(answer, PermanentError))
            raise answer
        return answer

    def _carry_out(self, fiber: Fiber, request: Request, fault: Fault | None, patience: float) -> None:
        """Let the world see the request, decide a moment later, and answer a moment later still, if anybody waits."""
        late = self.random.uniform(TIMEOUT, LATEST - 1) if fault in _DELAYED else 0.0
        go, gap, back = self._moment() + late, self._moment() if request.write else 0.0, self._back(request)
        in_time = fault not in _DELAYED and self._in_time(go + gap + back, fiber, request, patience)

        def decide(seen: Any) -> None:
            self.open -= 1
            try:
                answer = request.answer(seen)
                if fault is Fault.TWICE:
                    answer = request.answer(seen)
            except ConnectorError as error:
                answer = error
            if late:
                self.note(f"{request.what}: carried out late")
            if fault in {Fault.FAILED_AFTER, Fault.RESET_AFTER}:
                answer = request.explain(fault, request.what, write=request.write)
            if in_time:
                stall = self.random.uniform(1, 40) if fault is Fault.STALL else 0.0
                self._after(back + stall, fiber, answer)

        def arrive() -> None:
            seen = request.prepare()
            if gap:
                self.loop.after(gap, lambda: decide(seen))
            else:
                decide(seen)

        self.open += 1
        self.loop.after(go, arrive)

    def _back(self, request: Request) -> float:
        slow = self.slow if request.explain is atlan else 0.0
        return self._moment() + (self.random.uniform(0.3, 1.0) * slow if slow else 0.0)

    def _in_time(self, seconds: float, fiber: Fiber, request: Request, patience: float) -> bool:
        """Tell whether the sender waits for *seconds*; if not, it gets an error when its patience ends."""
        if seconds > patience:
            self.tally["no answer in time"] += 1
            self._after(patience, fiber, request.explain(Fault.LATE, request.what, write=request.write))
        return seconds <= patience

    def _after(self, seconds: float, fiber: Fiber, answer: Any) -> None:
        self.loop.after(seconds, lambda: fiber.switch(answer))

    def _moment(self) -> float:
        return self.random.random() * 0.4
