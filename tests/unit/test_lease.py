"""The rules of the lease, with items in memory."""

from itertools import count

import pytest

from connector.core.budget import GRACE, POLL, WAIT, WORK, Deadline
from connector.errors import BusyError, UnavailableError
from connector.lease import InProcess, Lease
from connector.limiter import BURST, Limiter
from tests.support.clock import Clock
from tests.support.journal import Journal

CONNECTION = "default/s3/1"


class Place:
    """The store of the items; `writer` returns the lease of one more process."""

    def __init__(self) -> None:
        self.clock, self.items, self.journal, self._tokens = Clock(), InProcess(), Journal(), count(1)

    def writer(self) -> Lease:
        limiter = Limiter(400, self.clock)
        return Lease(self.items, limiter, self.clock, lambda: f"holder {next(self._tokens)}", self.journal)

    def within(self, seconds: float) -> Deadline:
        return Deadline(self.clock.now + seconds)


@pytest.fixture
def place() -> Place:
    return Place()


def test_undisturbed(place: Place) -> None:
    """The cache is valid if the same process held the lease last, and not after another."""
    ours, theirs = place.writer(), place.writer()
    found = []

    for writer in (ours, ours, theirs, ours):
        with writer.hold(CONNECTION, place.within(WORK)) as term:
            found.append(term.undisturbed)

    assert found == [False, True, False, False]


def test_busy(place: Place) -> None:
    """While one holds the lease, another waits until the work would not fit any more; other connections are free."""
    with place.writer().hold(CONNECTION, place.within(840)):
        before = place.clock.now
        with (
            pytest.raises(BusyError, match="another invocation"),
            place.writer().hold(CONNECTION, place.within(WORK + 9)),
        ):
            pass
        waited = place.clock.now - before
        with place.writer().hold("default/s3/2", place.within(0)):
            pass

    assert 9 - POLL <= waited <= 9


def test_impatient(place: Place) -> None:
    """Where messages can be returned to the queue, the lease is waited for only for a moment, which is billed."""
    with place.writer().hold(CONNECTION, place.within(840)):
        before = place.clock.now
        with (
            pytest.raises(BusyError) as busy,
            place.writer().hold(CONNECTION, Deadline.after(120_000, before, messages=10)),
        ):
            pass

    assert WAIT - POLL <= place.clock.now - before <= WAIT
    assert busy.value.retry_after == 0  # its holder may end it at any moment


@pytest.mark.parametrize(
    ("later", "wait"),
    [
        pytest.param(10.0, 0.0, id="its holder may still be at work"),
        pytest.param(20.0, GRACE, id="its holder is at its deadline"),
        pytest.param(40.0, GRACE - 20, id="its holder was killed"),
    ],
)
def test_kept(place: Place, later: float, wait: float) -> None:
    """Nobody waits for a lease that is only kept, and the error says when it will be free."""
    killed = place.writer().hold(CONNECTION, place.within(20))
    killed.__enter__()
    place.clock.now += later
    before = place.clock.now

    with (
        pytest.raises(BusyError) as busy,
        place.writer().hold(CONNECTION, Deadline.after(120_000, before, messages=1)),
    ):
        pass

    assert busy.value.retry_after == pytest.approx(wait)
    assert place.clock.now - before == pytest.approx(0.0 if wait else WAIT, abs=POLL)


def test_nearly_free(place: Place) -> None:
    """A kept lease that will be free in a moment is waited for."""
    killed = place.writer().hold(CONNECTION, place.within(20))
    killed.__enter__()
    place.clock.now += 20 + GRACE - WAIT / 2

    with place.writer().hold(CONNECTION, Deadline.after(120_000, place.clock.now, messages=1)) as term:
        assert not term.undisturbed


def test_killed(place: Place) -> None:
    """The lease of a killed process is free 60 seconds after its deadline, and not before."""
    killed = place.writer().hold(CONNECTION, place.within(20))
    killed.__enter__()
    before = place.clock.now

    place.clock.now += 20
    with pytest.raises(BusyError), place.writer().hold(CONNECTION, place.within(WORK)):
        pass
    with place.writer().hold(CONNECTION, place.within(840)) as term:
        waited = place.clock.now - before

    assert 20 + GRACE <= waited <= 20 + GRACE + POLL
    assert not term.undisturbed


def test_ambiguous(place: Place) -> None:
    """After an ambiguous write no process gets the lease for 60 seconds, also not its holder; the cache is invalid."""
    ours = place.writer()
    with ours.hold(CONNECTION, place.within(840)) as term:
        term.ambiguous = True
    before = place.clock.now

    for writer in (ours, place.writer()):
        with (
            pytest.raises(BusyError, match="may still be carried out"),
            writer.hold(CONNECTION, place.within(WORK + 1)),
        ):
            pass
    place.clock.now = before
    with ours.hold(CONNECTION, place.within(840)) as term:
        assert place.clock.now == pytest.approx(before + GRACE)
    assert not term.undisturbed
    with ours.hold(CONNECTION, place.within(WORK)) as term:
        assert term.undisturbed


def test_forgotten(place: Place) -> None:
    """After an ambiguous write the cache is invalid, even if the item no longer exists."""
    ours = place.writer()
    with ours.hold(CONNECTION, place.within(840)) as term:
        term.ambiguous = True
    ours.items = InProcess()

    with ours.hold(CONNECTION, place.within(WORK)) as term:
        assert not term.undisturbed


def test_interrupted(place: Place) -> None:
    """After Ctrl-C, which may come in the middle of a write, the lease is kept as after an ambiguous write."""
    ours = place.writer()
    with pytest.raises(KeyboardInterrupt), ours.hold(CONNECTION, place.within(840)):
        raise KeyboardInterrupt
    before = place.clock.now

    with ours.hold(CONNECTION, place.within(840)) as term:
        assert place.clock.now == pytest.approx(before + GRACE)
    assert not term.undisturbed


def test_released_on_error(place: Place) -> None:
    """After an error, the lease is free again, whatever it was."""
    with pytest.raises(KeyError), place.writer().hold(CONNECTION, place.within(840)):
        raise KeyError
    with place.writer().hold(CONNECTION, place.within(WORK)) as term:
        assert not term.ambiguous


def test_released_late(place: Place) -> None:
    """A process that held the lease for too long does not release it for its next holder."""
    with place.writer().hold(CONNECTION, place.within(20)):
        place.clock.now += 20 + GRACE + 1
        theirs = place.writer().hold(CONNECTION, place.within(840))
        theirs.__enter__()

    with pytest.raises(BusyError), place.writer().hold(CONNECTION, place.within(WORK)):
        pass


def test_rate(place: Place) -> None:
    """The next writer continues at the rate of the previous one, as if it had sent the requests itself."""
    ours, theirs = place.writer(), place.writer()
    with ours.hold(CONNECTION, place.within(840)):
        for _ in range(BURST):
            ours.limiter.spend()

    with theirs.hold(CONNECTION, place.within(840)):
        assert theirs.limiter.due == pytest.approx(place.clock.now + BURST * 60 / 400)


class Lossy(InProcess):
    """Items that are taken, and never given back."""

    def end(self, connection: str, holder: str, expires: float, due: float) -> None:
        raise UnavailableError("DynamoDB does not answer")


def test_not_given_back(place: Place) -> None:
    """What was done under the lease is done, also when the lease cannot be given back: it then ends by itself."""
    place.items = Lossy()
    before = place.clock.now

    with place.writer().hold(CONNECTION, place.within(20)):
        pass

    assert [name for name, _ in place.journal.troubles] == ["unreleased"]
    with place.writer().hold(CONNECTION, place.within(840)):
        assert place.clock.now - before == pytest.approx(20 + GRACE, abs=POLL)
